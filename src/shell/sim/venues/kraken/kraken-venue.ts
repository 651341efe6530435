/** Simulated Kraken spot: connections, the edge that shuts out who connects too often, REST. One object is the exchange. */

import type { Prng } from '../../../../core/base/prng.ts';
import { instrumentSnapshot } from '../../kraken-encoder.ts';
import type { Prices } from '../../price-process.ts';
import { ByAddress, TokenBucket } from '../rate-window.ts';
import type { SimAnswer, SimBook, SimPeer, SimReply, SimVenue } from '../sim-venue.ts';
import { VenueBase } from '../venue-base.ts';
import type { KrakenMarket } from './kraken-market.ts';
import { answer, failure } from './kraken-rest.ts';
import { KrakenSession } from './kraken-session.ts';

const SECOND_US = 1_000_000;
/** [seen] about 150 attempts in 10 minutes at the edge, then 10 minutes out; REST is behind the same edge. */
const DOOR = { connects: 150, windowUs: 600 * SECOND_US, banUs: 600 * SECOND_US };
/** [assumed] public REST: one call a second in the long run, bursts of fifteen. */
const CALLS_PER_SECOND = 1;
const BURST_CALLS = 15;
const REST_ROOT = '/0/public/';

export class KrakenVenue extends VenueBase<KrakenMarket, KrakenSession> implements SimVenue {
  readonly name = 'kraken';
  readonly #prng: Prng;
  readonly #calls = new ByAddress(() => new TokenBucket(CALLS_PER_SECOND, BURST_CALLS));

  constructor(markets: readonly KrakenMarket[], prices: Prices, prng: Prng, startUs: number) {
    super(markets, ({ market }) => market.spec.symbol, prices, startUs, DOOR);
    this.#prng = prng;
  }

  instruments(): string {
    const specs = [...this.markets.values()].map(({ market }) => market.spec);
    const bases = specs.map((spec) => spec.symbol.split('/')[0]!);
    return instrumentSnapshot(specs, bases);
  }

  book(symbol: string): SimBook | null {
    const market = this.markets.get(symbol)?.market;
    return market === undefined ? null : { spec: market.spec, truth: market.book, lastId: null };
  }

  connect(path: string, peer: SimPeer, address: string): SimAnswer {
    this.counts.connects += 1;
    const waitSeconds = this.door.knock(address, this.nowUs());
    const isServed = new URL(path, 'ws://venue').pathname === '/v2';
    if (waitSeconds !== null || !isServed) {
      this.counts.refusedConnects += 1;
      return { kind: 'refused', reply: waitSeconds === null ? notFound() : shutOut(waitSeconds) };
    }
    // Kraken's connection ids exceed 2^53; as text they stay exact.
    const id = `8061934421430${String(this.#prng.int(100_000)).padStart(5, '0')}`;
    const session = new KrakenSession(this, peer, id);
    this.open.add(session);
    return { kind: 'open', session };
  }

  request(method: string, path: string, _headers: Readonly<Record<string, string>>, address: string): SimReply {
    this.counts.requests += 1;
    const url = new URL(path, 'http://venue');
    const bannedUntilUs = this.door.bannedUntilUs(address, this.nowUs());
    if (bannedUntilUs !== null) {
      this.counts.refusedRequests += 1;
      return shutOut(Math.ceil((bannedUntilUs - this.nowUs()) / SECOND_US));
    }
    if (method !== 'GET' || !url.pathname.startsWith(REST_ROOT)) return notFound();
    if (!this.#calls.at(address).take(this.nowUs())) {
      this.counts.refusedRequests += 1;
      return failure('EAPI:Rate limit exceeded');
    }
    const name = url.pathname.slice(REST_ROOT.length);
    return answer([...this.markets.values()], name, url.searchParams, this.wireUs());
  }

  step(stepUs: number, lengthUs: number): void {
    this.moveTo(stepUs);
    for (const market of this.markets.values()) market.market.step(stepUs, this.prices, market, lengthUs);
    this.moveTo(stepUs + lengthUs);
    this.tendSessions('maintenance');
  }

  /** `status` with `system: maintenance`; the connections go later. */
  announceMaintenance(closeAfterUs: number): void {
    for (const session of this.open) session.tellStatus('maintenance');
    this.planClose(closeAfterUs);
  }
}

function notFound(): SimReply {
  return { status: 404, headers: {}, body: '' };
}

/** What the edge before the venue says, not the venue. */
function shutOut(seconds: number): SimReply {
  return {
    status: 429,
    headers: { 'retry-after': String(seconds), 'content-type': 'text/plain' },
    body: 'error code: 1015',
  };
}
