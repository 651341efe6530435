/** One recorded OKX v5 connection: subscribe, snapshots, updates; one update is lost and the book subscribed anew. */

import type { Prng } from '../../core/base/prng.ts';
import { Agenda } from './agenda.ts';
import type { Market } from './market.ts';
import { ack, arg, type OkxListing as Listing, PING, PONG, request } from './okx-encoder.ts';
import { OkxListing } from './okx-listing.ts';
import type { Prices } from './price-process.ts';
import type { ListingTally } from './truth.ts';
import type { RawWire } from './wire.ts';

/** OKX closes a connection that is silent for 30 s; recorders ping well before, whether it is silent or not. */
const PING_US = 20_000_000;
const SUBSCRIBE_AFTER_US = 150_000;
const UNSUBSCRIBED_TO_SUBSCRIBE_US = 80_000;

/** When the first listing's update is lost, and when the recorder asks for a new snapshot, by the venue's clock. */
export interface Loss {
  readonly lostUs: number;
  readonly resyncUs: number;
}

export class OkxFeed {
  readonly #wire: RawWire;
  readonly #agenda = new Agenda();
  readonly #listings: readonly OkxListing[];
  readonly #connectionId: string;
  #requestId = 1511;

  constructor(
    markets: readonly { readonly market: Market; readonly listing: Listing }[],
    wire: RawWire,
    prng: Prng,
    startUs: number,
    loss: Loss,
  ) {
    this.#wire = wire;
    this.#connectionId = prng.int(0x100000000).toString(16).padStart(8, '0');
    const send = (sentUs: number, payload: string): void => this.#wire.receive(sentUs, payload);
    this.#listings = markets.map(
      ({ market, listing }) => new OkxListing(market, listing, prng.fork(listing.spec.symbol), send),
    );
    const first = this.#listings[0]!;
    this.#agenda.at(startUs, (atUs) => this.#wire.connect(atUs));
    this.#agenda.at(startUs + SUBSCRIBE_AFTER_US, (atUs) => this.#subscribe(atUs));
    this.#agenda.at(startUs + PING_US, (atUs) => this.#ping(atUs));
    this.#agenda.at(loss.lostUs, () => first.loseUpdate());
    this.#agenda.at(loss.resyncUs, (atUs) => this.#resync(atUs, first));
  }

  get tallies(): readonly ListingTally[] {
    return this.#listings.map((listing) => listing.tally);
  }

  step(stepUs: number, prices: Prices): void {
    this.#agenda.runDue(stepUs);
    for (const listing of this.#listings) listing.step(stepUs, prices);
  }

  #subscribe(atUs: number): void {
    const args = this.#listings.flatMap((listing) => listing.channels.map((channel) => arg(channel, listing.symbol)));
    this.#request('subscribe', atUs, args);
    for (const listing of this.#listings) {
      listing.subscribe();
      listing.subscribeBook(atUs + 900);
    }
  }

  /** What a client does after a gap: leave the book's channel and join it again, which brings a snapshot. */
  #resync(atUs: number, listing: OkxListing): void {
    const args = [arg('books', listing.symbol)];
    this.#request('unsubscribe', atUs, args);
    listing.unsubscribeBook();
    this.#agenda.at(atUs + UNSUBSCRIBED_TO_SUBSCRIBE_US, (us) => {
      this.#request('subscribe', us, args);
      listing.subscribeBook(us + 600);
    });
  }

  #request(op: 'subscribe' | 'unsubscribe', atUs: number, args: readonly string[]): void {
    this.#requestId += 1;
    this.#wire.send(atUs, request(op, args, this.#requestId));
    for (const oneArg of args) this.#wire.receive(atUs + 300, ack(op, oneArg, this.#requestId, this.#connectionId));
  }

  #ping(atUs: number): void {
    this.#wire.send(atUs, PING);
    this.#wire.receive(atUs + 50, PONG);
    this.#agenda.at(atUs + PING_US, (us) => this.#ping(us));
  }
}
