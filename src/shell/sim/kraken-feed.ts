/** One recorded Kraken v2 connection: connect, subscribe, snapshots, updates, and one loss of the connection. */

import type { Prng } from '../../core/base/prng.ts';
import { Agenda } from './agenda.ts';
import {
  books,
  HEARTBEAT,
  INSTRUMENTS,
  instrumentSnapshot,
  pingRequest,
  pong,
  type Subscription,
  status,
  subscribeAck,
  subscribeRequest,
  TICKERS,
  TRADES,
} from './kraken-encoder.ts';
import { KrakenListing } from './kraken-listing.ts';
import type { Market } from './market.ts';
import type { Prices } from './price-process.ts';
import type { ListingTally } from './truth.ts';
import type { RawWire } from './wire.ts';

/** Kraken sends a heartbeat a second only while it has nothing else to send. */
const HEARTBEAT_US = 1_000_000;
const PING_US = 30_000_000;
/** The recorder reads the instrument list before it asks for data: long enough for one heartbeat. */
const SUBSCRIBE_AFTER_US = 1_350_000;

/** When the connection is lost and when the recorder has a new one, by the venue's clock. */
export interface Outage {
  readonly fromUs: number;
  readonly toUs: number;
}

export class KrakenFeed {
  readonly #wire: RawWire;
  readonly #prng: Prng;
  readonly #agenda = new Agenda();
  readonly #listings: readonly KrakenListing[];
  #isConnected = false;
  #connection = 0;
  #requestId = 0;
  #lastSentUs = 0;

  constructor(
    markets: readonly { readonly market: Market; readonly depth: number }[],
    wire: RawWire,
    prng: Prng,
    startUs: number,
    outage: Outage,
  ) {
    this.#wire = wire;
    this.#prng = prng;
    const send = (sentUs: number, payload: string): void => this.#send(sentUs, payload);
    this.#listings = markets.map(
      ({ market, depth }) => new KrakenListing(market, depth, prng.fork(market.spec.symbol), startUs, send),
    );
    this.#agenda.at(startUs, (atUs) => this.#connect(atUs));
    this.#agenda.at(outage.fromUs, () => this.#lose());
    this.#agenda.at(outage.toUs, (atUs) => this.#connect(atUs));
  }

  get tallies(): readonly ListingTally[] {
    return this.#listings.map((listing) => listing.tally);
  }

  step(stepUs: number, prices: Prices): void {
    this.#agenda.runDue(stepUs);
    if (this.#isConnected && stepUs - this.#lastSentUs >= HEARTBEAT_US) this.#send(stepUs, HEARTBEAT);
    for (const listing of this.#listings) listing.market.step(stepUs, prices, listing);
  }

  #connect(atUs: number): void {
    this.#isConnected = true;
    this.#connection += 1;
    this.#wire.connect(atUs);
    // Kraken's connection ids exceed 2^53; as text they stay exact.
    this.#send(atUs + 900, status(`8061934421430${String(this.#prng.int(100_000)).padStart(5, '0')}`));
    this.#agenda.at(atUs + 120_000, (us) => this.#subscribeInstruments(us));
    this.#agenda.at(atUs + SUBSCRIBE_AFTER_US, (us) => this.#subscribeData(us));
    this.#planPing(atUs, this.#connection);
  }

  /** Nothing announces it: the messages just stop. */
  #lose(): void {
    this.#isConnected = false;
    for (const listing of this.#listings) listing.disconnect();
  }

  #subscribeInstruments(atUs: number): void {
    const requestId = this.#request(atUs, INSTRUMENTS, []);
    this.#send(atUs + 200, subscribeAck(INSTRUMENTS, null, atUs + 200, requestId));
    this.#send(atUs + 700, instrumentSnapshot(this.#listings.map((listing) => listing.market.spec)));
  }

  #subscribeData(atUs: number): void {
    const symbols = this.#listings.map((listing) => listing.market.spec.symbol);
    for (const { depth, market } of this.#listings) this.#subscribe(atUs, books(depth), [market.spec.symbol]);
    this.#subscribe(atUs + 300, TRADES, symbols);
    this.#subscribe(atUs + 500, TICKERS, symbols);
    let snapshotUs = atUs + 900;
    for (const listing of this.#listings) {
      listing.subscribe(snapshotUs);
      snapshotUs += 400;
    }
  }

  /** One request, one ack a symbol. */
  #subscribe(atUs: number, subscription: Subscription, symbols: readonly string[]): void {
    const requestId = this.#request(atUs, subscription, symbols);
    for (const symbol of symbols) this.#send(atUs + 70, subscribeAck(subscription, symbol, atUs + 70, requestId));
  }

  #request(atUs: number, subscription: Subscription, symbols: readonly string[]): number {
    this.#requestId += 1;
    this.#wire.send(atUs, subscribeRequest(subscription, symbols, this.#requestId));
    return this.#requestId;
  }

  #planPing(atUs: number, connection: number): void {
    this.#agenda.at(atUs + PING_US, (us) => {
      if (!this.#isConnected || connection !== this.#connection) return;
      this.#requestId += 1;
      this.#wire.send(us, pingRequest(this.#requestId));
      this.#send(us + 40, pong(us + 40, this.#requestId));
      this.#planPing(us, connection);
    });
  }

  #send(sentUs: number, payload: string): void {
    this.#lastSentUs = sentUs;
    this.#wire.receive(sentUs, payload);
  }
}
