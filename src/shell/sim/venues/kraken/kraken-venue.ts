/** Simulated Kraken spot: connections, the edge that shuts out who connects too often, REST. One object is the exchange. */

import type { Prng } from '../../../../core/base/prng.ts';
import { instrumentSnapshot } from '../../kraken-encoder.ts';
import type { Prices } from '../../price-process.ts';
import { Door } from '../door.ts';
import { ByAddress } from '../rate-window.ts';
import {
  type SimAnswer,
  type SimBook,
  type SimPeer,
  type SimReply,
  type SimVenue,
  type VenueCounts,
  zeroCounts,
} from '../sim-venue.ts';
import type { KrakenMarket } from './kraken-market.ts';
import { answer, failure } from './kraken-rest.ts';
import { KrakenSession } from './kraken-session.ts';

const SECOND_US = 1_000_000;
/** [seen] about 150 attempts in 10 minutes at the edge, then 10 minutes out; REST is behind the same edge. */
const DOOR = { connects: 150, windowUs: 600 * SECOND_US, banUs: 600 * SECOND_US };
/** [assumed] public REST: one call a second in the long run, bursts of fifteen. */
const BURST_CALLS = 15;
const REST_ROOT = '/0/public/';

/** Calls that an address still has. */
interface Allowance {
  calls: number;
  sinceUs: number;
}

export class KrakenVenue implements SimVenue {
  readonly name = 'kraken';
  readonly counts: VenueCounts = zeroCounts();
  readonly #markets: ReadonlyMap<string, KrakenMarket>;
  readonly #prices: Prices;
  readonly #prng: Prng;
  readonly #door = new Door(DOOR);
  readonly #allowances = new ByAddress<Allowance>(() => ({ calls: BURST_CALLS, sinceUs: 0 }));
  readonly #sessions = new Set<KrakenSession>();
  #nowUs: number;
  #aheadUs = 0;
  #closeAtUs = Number.POSITIVE_INFINITY;

  constructor(markets: readonly KrakenMarket[], prices: Prices, prng: Prng, startUs: number) {
    this.#markets = new Map(markets.map((market) => [market.market.spec.symbol, market]));
    this.#prices = prices;
    this.#prng = prng;
    this.#nowUs = startUs;
  }

  get symbols(): readonly string[] {
    return [...this.#markets.keys()];
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  nowUs(): number {
    return this.#nowUs;
  }

  wireUs(): number {
    return this.#nowUs + this.#aheadUs;
  }

  market(symbol: string): KrakenMarket | undefined {
    return this.#markets.get(symbol);
  }

  instruments(): string {
    const specs = [...this.#markets.values()].map(({ market }) => market.spec);
    const bases = specs.map((spec) => spec.symbol.split('/')[0]!);
    return instrumentSnapshot(specs, bases);
  }

  book(symbol: string): SimBook | null {
    const market = this.#markets.get(symbol)?.market;
    return market === undefined ? null : { spec: market.spec, truth: market.book, lastId: null };
  }

  connect(path: string, peer: SimPeer, address: string): SimAnswer {
    this.counts.connects += 1;
    const waitSeconds = this.#door.knock(address, this.#nowUs);
    const isServed = new URL(path, 'ws://venue').pathname === '/v2';
    if (waitSeconds !== null || !isServed) {
      this.counts.refusedConnects += 1;
      return { kind: 'refused', reply: waitSeconds === null ? notFound() : shutOut(waitSeconds) };
    }
    // Kraken's connection ids exceed 2^53; as text they stay exact.
    const id = `8061934421430${String(this.#prng.int(100_000)).padStart(5, '0')}`;
    const session = new KrakenSession(this, peer, id);
    this.#sessions.add(session);
    return { kind: 'open', session };
  }

  request(method: string, path: string, _headers: Readonly<Record<string, string>>, address: string): SimReply {
    this.counts.requests += 1;
    const url = new URL(path, 'http://venue');
    const bannedUntilUs = this.#door.bannedUntilUs(address, this.#nowUs);
    if (bannedUntilUs !== null) {
      this.counts.refusedRequests += 1;
      return shutOut(Math.ceil((bannedUntilUs - this.#nowUs) / SECOND_US));
    }
    if (method !== 'GET' || !url.pathname.startsWith(REST_ROOT)) return notFound();
    if (!this.#isAllowed(address)) {
      this.counts.refusedRequests += 1;
      return failure('EAPI:Rate limit exceeded');
    }
    const name = url.pathname.slice(REST_ROOT.length);
    return answer([...this.#markets.values()], name, url.searchParams, this.wireUs());
  }

  step(stepUs: number, lengthUs: number): void {
    this.#nowUs = stepUs;
    for (const market of this.#markets.values()) market.market.step(stepUs, this.#prices, market, lengthUs);
    this.#nowUs = stepUs + lengthUs;
    for (const session of [...this.#sessions]) session.keepAlive(this.#nowUs);
    if (this.#nowUs >= this.#closeAtUs) this.closeAll(1001, 'maintenance');
  }

  setClockAhead(us: number): void {
    this.#aheadUs = us;
    for (const market of this.#markets.values()) market.setClockAhead(us);
  }

  /** `status` with `system: maintenance`; the connections go later. */
  announceMaintenance(closeAfterUs: number): void {
    for (const session of this.#sessions) session.tellStatus('maintenance');
    this.#closeAtUs = this.#nowUs + closeAfterUs;
  }

  ban(address: string, untilUs: number): void {
    this.#door.ban(address, untilUs);
  }

  closeAll(code: number, reason: string): void {
    this.#closeAtUs = Number.POSITIVE_INFINITY;
    for (const session of [...this.#sessions]) session.end(code, reason);
  }

  forget(session: KrakenSession): void {
    this.#sessions.delete(session);
  }

  #isAllowed(address: string): boolean {
    const allowance = this.#allowances.at(address);
    const earned = (this.#nowUs - allowance.sinceUs) / SECOND_US;
    allowance.calls = Math.min(BURST_CALLS, allowance.calls + earned);
    allowance.sinceUs = this.#nowUs;
    if (allowance.calls < 1) return false;
    allowance.calls -= 1;
    return true;
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
