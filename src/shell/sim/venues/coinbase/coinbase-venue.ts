/** Simulated Coinbase Exchange: connections, messages a second, REST by saved-up requests. One object is the exchange. */

import type { Prices } from '../../price-process.ts';
import { jsonReply } from '../door.ts';
import { ByAddress, SlidingWindow, TokenBucket } from '../rate-window.ts';
import type { SimAnswer, SimBook, SimPeer, SimReply, SimVenue } from '../sim-venue.ts';
import { VenueBase } from '../venue-base.ts';
import type { Channel, CoinbaseMarket } from './coinbase-market.ts';
import { answer, products } from './coinbase-rest.ts';
import { CoinbaseSession } from './coinbase-session.ts';

const SECOND_US = 1_000_000;
/** [docs] 8 a second and address, bursts of 20: so many of them in the time in which they are earned. */
const DOOR = { connects: 20, windowUs: 2.5 * SECOND_US, banUs: 0 };
/** [docs] by one address. */
const MESSAGES_PER_SECOND = 100;
/** [docs] public REST. */
const REQUESTS_PER_SECOND = 10;
const BURST_REQUESTS = 15;

export class CoinbaseVenue extends VenueBase<CoinbaseMarket, CoinbaseSession> implements SimVenue {
  readonly name = 'coinbase';
  readonly #messages = new ByAddress(() => new SlidingWindow(SECOND_US));
  readonly #requests = new ByAddress(() => new TokenBucket(REQUESTS_PER_SECOND, BURST_REQUESTS));
  readonly #lastSecond = new ByAddress(() => new SlidingWindow(SECOND_US));

  constructor(markets: readonly CoinbaseMarket[], prices: Prices, startUs: number) {
    super(markets, ({ market }) => market.spec.symbol, prices, startUs, DOOR);
  }

  products(): readonly string[] {
    return products(this);
  }

  hears(address: string): boolean {
    return this.#messages.at(address).add(this.nowUs()) <= MESSAGES_PER_SECOND;
  }

  alike(address: string, channel: Channel, symbol: string): number {
    return [...this.open].filter((session) => session.address === address && session.holds(channel, symbol)).length;
  }

  book(symbol: string): SimBook | null {
    const market = this.markets.get(symbol)?.market;
    return market === undefined ? null : { spec: market.spec, truth: market.book, lastId: null };
  }

  connect(_path: string, peer: SimPeer, address: string): SimAnswer {
    this.counts.connects += 1;
    const waitSeconds = this.door.knock(address, this.nowUs());
    if (waitSeconds !== null) {
      this.counts.refusedConnects += 1;
      return { kind: 'refused', reply: tooMany(waitSeconds) };
    }
    const session = new CoinbaseSession(this, peer, address);
    this.open.add(session);
    return { kind: 'open', session };
  }

  request(method: string, path: string, _headers: Readonly<Record<string, string>>, address: string): SimReply {
    this.counts.requests += 1;
    this.counts.peakWeight = Math.max(this.counts.peakWeight, this.#lastSecond.at(address).add(this.nowUs()));
    const url = new URL(path, 'http://venue');
    const isBanned = this.door.bannedUntilUs(address, this.nowUs()) !== null;
    if (!isBanned && this.#requests.at(address).take(this.nowUs())) {
      return method === 'GET' ? answer(this, url.pathname, url.searchParams) : jsonReply(405, '{}');
    }
    this.counts.refusedRequests += 1;
    return tooMany(null);
  }

  step(stepUs: number, lengthUs: number): void {
    this.moveTo(stepUs);
    for (const market of this.markets.values()) {
      market.market.step(stepUs, this.prices, market, lengthUs);
      market.step(stepUs, lengthUs);
    }
    this.moveTo(stepUs + lengthUs);
    if (this.nowUs() % SECOND_US === 0) this.tendSessions('going away');
  }

  /** Told on the `status` channel alone: who listens to market data hears nothing of it. */
  announceMaintenance(closeAfterUs: number): void {
    for (const session of this.open) session.tellStatus();
    this.planClose(closeAfterUs);
  }
}

/** Its REST names no time to wait [assumed]; the edge in front of its sockets does. */
function tooMany(seconds: number | null): SimReply {
  const headers: Record<string, string> = seconds === null ? {} : { 'retry-after': String(seconds) };
  return jsonReply(429, '{"message":"Public rate limit exceeded"}', headers);
}
