/** Simulated OKX: connections, connects a second, requests per endpoint. One object is the exchange. */

import type { Prng } from '../../../../core/base/prng.ts';
import type { Prices } from '../../price-process.ts';
import { jsonReply } from '../door.ts';
import { ByAddress, SlidingWindow } from '../rate-window.ts';
import type { SimAnswer, SimBook, SimPeer, SimReply, SimVenue } from '../sim-venue.ts';
import { VenueBase } from '../venue-base.ts';
import type { OkxMarket } from './okx-market.ts';
import { answer, instrumentRows, OTHER_LIMIT, REST_LIMITS } from './okx-rest.ts';
import { OkxSession } from './okx-session.ts';

const SECOND_US = 1_000_000;
/** [docs] three a second and address. */
const DOOR = { connects: 3, windowUs: SECOND_US, banUs: 0 };
const REST_WINDOW_US = 2 * SECOND_US;
const REST_ROOT = '/api/v5/';

export interface OkxOptions {
  /** Whether `books` begins with a snapshot; else a client has to ask REST for one. */
  readonly sendsSnapshot: boolean;
}

export class OkxVenue extends VenueBase<OkxMarket, OkxSession> implements SimVenue {
  readonly name = 'okx';
  readonly sendsSnapshot: boolean;
  readonly #byIndex: ReadonlyMap<string, OkxMarket>;
  readonly #prng: Prng;
  /** By address and endpoint. */
  readonly #requests = new ByAddress(() => new SlidingWindow(REST_WINDOW_US));

  constructor(markets: readonly OkxMarket[], prices: Prices, prng: Prng, startUs: number, options: OkxOptions) {
    super(markets, ({ listing }) => listing.spec.symbol, prices, startUs, DOOR);
    this.#byIndex = new Map(markets.filter((one) => one.derivative !== null).map((one) => [one.index, one]));
    this.#prng = prng;
    this.sendsSnapshot = options.sendsSnapshot;
  }

  ofIndex(index: string): OkxMarket | undefined {
    return this.#byIndex.get(index);
  }

  instruments(type: string): readonly string[] {
    return instrumentRows(this.markets.values(), type, null);
  }

  book(symbol: string): SimBook | null {
    const market = this.markets.get(symbol);
    if (market === undefined) return null;
    return { spec: market.listing.spec, truth: market.market.book, lastId: market.bookId };
  }

  connect(path: string, peer: SimPeer, address: string): SimAnswer {
    this.counts.connects += 1;
    const waitSeconds = this.door.knock(address, this.nowUs());
    const { pathname } = new URL(path, 'ws://venue');
    const isBusiness = pathname === '/ws/v5/business';
    if (waitSeconds !== null || !(isBusiness || pathname === '/ws/v5/public')) {
      this.counts.refusedConnects += 1;
      return { kind: 'refused', reply: waitSeconds === null ? jsonReply(404, '') : tooMany(waitSeconds) };
    }
    const id = this.#prng.int(0x1_0000_0000).toString(16).padStart(8, '0');
    const session = new OkxSession(this, peer, id, isBusiness);
    this.open.add(session);
    return { kind: 'open', session };
  }

  request(method: string, path: string, _headers: Readonly<Record<string, string>>, address: string): SimReply {
    this.counts.requests += 1;
    const url = new URL(path, 'http://venue');
    const bannedUntilUs = this.door.bannedUntilUs(address, this.nowUs());
    const name = url.pathname.slice(REST_ROOT.length);
    if (method !== 'GET' || !url.pathname.startsWith(REST_ROOT)) return jsonReply(404, '{}');
    const isTooMany = this.#requests.at(`${address} ${name}`).add(this.nowUs()) > (REST_LIMITS[name] ?? OTHER_LIMIT);
    if (bannedUntilUs === null && !isTooMany) return answer(this, name, url.searchParams);
    this.counts.refusedRequests += 1;
    return tooMany(bannedUntilUs === null ? 2 : Math.ceil((bannedUntilUs - this.nowUs()) / SECOND_US));
  }

  step(stepUs: number, lengthUs: number): void {
    this.moveTo(stepUs);
    for (const market of this.markets.values()) {
      market.market.step(stepUs, this.prices, market, lengthUs);
      market.step(stepUs, lengthUs);
    }
    this.moveTo(stepUs + lengthUs);
    if (this.nowUs() % SECOND_US !== 0) return;
    this.tendSessions('service upgrade');
  }

  announceMaintenance(closeAfterUs: number): void {
    for (const session of this.open) session.announceUpgrade();
    this.planClose(closeAfterUs);
  }
}

/** OKX tells no time to wait; the edge in front of it does on a ban. */
function tooMany(seconds: number): SimReply {
  return jsonReply(429, '{"code":"50011","msg":"Too Many Requests","data":[]}', { 'retry-after': String(seconds) });
}
