/** Simulated Bybit, spot or linear: connections, REST behind the edge that both share. One object is one product of the exchange. */

import type { Prng } from '../../../../core/base/prng.ts';
import type { Prices } from '../../price-process.ts';
import { jsonReply } from '../door.ts';
import type { SimAnswer, SimBook, SimPeer, SimReply, SimVenue } from '../sim-venue.ts';
import { VenueBase } from '../venue-base.ts';
import type { BybitEdge } from './bybit-edge.ts';
import type { Category } from './bybit-encoder.ts';
import type { BybitMarket } from './bybit-market.ts';
import { answer } from './bybit-rest.ts';
import { BybitSession } from './bybit-session.ts';

const SECOND_US = 1_000_000;
/** [docs] 500 connections in 5 minutes; how long a breach shuts out is assumed to be as for requests. */
const DOOR = { connects: 500, windowUs: 300 * SECOND_US, banUs: 600 * SECOND_US };
const REST_ROOT = '/v5/market/';

export class BybitVenue extends VenueBase<BybitMarket, BybitSession> implements SimVenue {
  readonly name: 'bybit_spot' | 'bybit_linear';
  readonly category: Category;
  readonly #prng: Prng;
  readonly #edge: BybitEdge;

  constructor(
    category: Category,
    markets: readonly BybitMarket[],
    prices: Prices,
    prng: Prng,
    startUs: number,
    edge: BybitEdge,
  ) {
    super(markets, ({ listing }) => listing.spec.symbol, prices, startUs, DOOR);
    this.category = category;
    this.name = category === 'spot' ? 'bybit_spot' : 'bybit_linear';
    this.#prng = prng;
    this.#edge = edge;
  }

  book(symbol: string): SimBook | null {
    const market = this.markets.get(symbol);
    if (market === undefined) return null;
    return { spec: market.listing.spec, truth: market.market.book, lastId: market.bookId };
  }

  connect(path: string, peer: SimPeer, address: string): SimAnswer {
    this.counts.connects += 1;
    const isWelcome = this.door.knock(address, this.nowUs()) === null && !this.#edge.isBanned(address, this.nowUs());
    const isServed = new URL(path, 'ws://venue').pathname === `/v5/public/${this.category}`;
    if (!isWelcome || !isServed) {
      this.counts.refusedConnects += 1;
      return { kind: 'refused', reply: isWelcome ? jsonReply(404, '') : tooFrequent() };
    }
    const session = new BybitSession(this, peer, `d9avt8shteepr00g-${this.#prng.int(0x1_0000_0000).toString(36)}`);
    this.open.add(session);
    return { kind: 'open', session };
  }

  request(method: string, path: string, _headers: Readonly<Record<string, string>>, address: string): SimReply {
    this.counts.requests += 1;
    const nowUs = this.nowUs();
    const isTaken = this.door.bannedUntilUs(address, nowUs) === null && this.#edge.take(address, nowUs);
    this.counts.peakWeight = this.#edge.peak;
    if (!isTaken) {
      this.counts.refusedRequests += 1;
      return tooFrequent();
    }
    const url = new URL(path, 'http://venue');
    if (method !== 'GET' || !url.pathname.startsWith(REST_ROOT)) return jsonReply(404, '');
    return answer(this, url.pathname.slice(REST_ROOT.length), url.searchParams);
  }

  step(stepUs: number, lengthUs: number): void {
    this.moveTo(stepUs);
    for (const market of this.markets.values()) {
      market.market.step(stepUs, this.prices, market, lengthUs);
      market.step(stepUs, lengthUs);
    }
    this.moveTo(stepUs + lengthUs);
    if (this.nowUs() % SECOND_US === 0) this.tendSessions('service restart');
  }

  /** Nothing is announced on this feed: the service begins anew, ids with it, and the connections end later. */
  announceMaintenance(closeAfterUs: number): void {
    for (const market of this.markets.values()) market.restart();
    this.planClose(closeAfterUs);
  }
}

/** Bybit tells no time to wait. */
function tooFrequent(): SimReply {
  return { status: 403, headers: { 'content-type': 'text/plain' }, body: 'access too frequent' };
}
