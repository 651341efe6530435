/** Simulated Binance, spot or USD-M: connections, request weights, bans. One object is one host of the exchange. */

import type { Prices } from '../../price-process.ts';
import { msOf } from '../../wire-text.ts';
import { jsonReply } from '../door.ts';
import { ByAddress, FixedWindow } from '../rate-window.ts';
import type { SimAnswer, SimBook, SimPeer, SimReply, SimVenue } from '../sim-venue.ts';
import { VenueBase } from '../venue-base.ts';
import type { BinanceMarket } from './binance-market.ts';
import { answer, weightOf } from './binance-rest.ts';
import { BinanceSession, type SessionLimits } from './binance-session.ts';
import { parsePath } from './streams.ts';

const SECOND_US = 1_000_000;
const DAY_US = 86_400 * SECOND_US;

interface Figures {
  readonly session: SessionLimits;
  /** Weight a minute. */
  readonly weight: number;
  /** The current version first; older ones answer alike. */
  readonly restRoots: readonly string[];
}

/** [docs] but the USD-M weight and stream cap, which several clients report. */
const FIGURES: Readonly<Record<'spot' | 'usdm', Figures>> = {
  spot: {
    session: {
      messagesPerSecond: 5,
      streams: 1024,
      pingUs: 20 * SECOND_US,
      pongWithinUs: 60 * SECOND_US,
      lifeUs: DAY_US,
    },
    weight: 6_000,
    restRoots: ['/api/v3/', '/api/v1/'],
  },
  usdm: {
    session: {
      messagesPerSecond: 10,
      streams: 200,
      pingUs: 180 * SECOND_US,
      pongWithinUs: 600 * SECOND_US,
      lifeUs: DAY_US,
    },
    weight: 2_400,
    restRoots: ['/fapi/v1/'],
  },
};

/** [docs] 300 attempts in 5 minutes; a breach shuts the address out for a while (assumed: 2 minutes). */
const DOOR = { connects: 300, windowUs: 300 * SECOND_US, banUs: 120 * SECOND_US };
/** Who goes on asking after so many 429 is banned: 2 minutes first, then twice as long each time (docs: up to 3 days). */
const PATIENCE = 20;
const FIRST_BAN_US = 120 * SECOND_US;
const LONGEST_BAN_US = 3 * DAY_US;

export interface BinanceOptions {
  /** USD-M: the un-routed `/ws` and `/stream` of before 2026-04-23 bring data. Default: they are silent. */
  readonly servesUnrouted: boolean;
}

export class BinanceVenue extends VenueBase<BinanceMarket, BinanceSession> implements SimVenue {
  readonly name: 'binance' | 'binance_usdm';
  readonly kind: 'spot' | 'usdm';
  readonly servesUnrouted: boolean;
  readonly limits: SessionLimits;
  readonly weightLimit: number;
  readonly #restRoots: readonly string[];
  readonly #weights = new ByAddress(() => new FixedWindow(60 * SECOND_US));
  readonly #refusals = new ByAddress(() => new FixedWindow(60 * SECOND_US));
  readonly #nextBanUs = new Map<string, number>();

  constructor(
    kind: 'spot' | 'usdm',
    markets: readonly BinanceMarket[],
    prices: Prices,
    startUs: number,
    options: BinanceOptions,
  ) {
    super(markets, ({ listing }) => listing.spec.symbol, prices, startUs, DOOR);
    this.kind = kind;
    this.name = kind === 'spot' ? 'binance' : 'binance_usdm';
    const figures = FIGURES[kind];
    this.limits = figures.session;
    this.weightLimit = figures.weight;
    this.servesUnrouted = options.servesUnrouted;
    this.#restRoots = figures.restRoots;
  }

  book(symbol: string): SimBook | null {
    const market = this.markets.get(symbol);
    if (market === undefined) return null;
    return { spec: market.listing.spec, truth: market.market.book, lastId: market.updateId };
  }

  connect(path: string, peer: SimPeer, address: string): SimAnswer {
    this.counts.connects += 1;
    const waitSeconds = this.door.knock(address, this.nowUs());
    const parsed = parsePath(path, this.kind);
    if (waitSeconds !== null || parsed === null) {
      this.counts.refusedConnects += 1;
      const refusal = waitSeconds === null ? jsonReply(404, '') : this.#banned(this.nowUs() + waitSeconds * SECOND_US);
      return { kind: 'refused', reply: refusal };
    }
    const session = new BinanceSession(this, peer, parsed);
    this.open.add(session);
    return { kind: 'open', session };
  }

  request(method: string, path: string, _headers: Readonly<Record<string, string>>, address: string): SimReply {
    this.counts.requests += 1;
    const url = new URL(path, 'http://venue');
    const bannedUntilUs = this.door.bannedUntilUs(address, this.nowUs());
    if (bannedUntilUs !== null) return this.#refuse(this.#banned(bannedUntilUs));
    const root = this.#restRoots.find((known) => url.pathname.startsWith(known));
    if (method !== 'GET' || root === undefined) return jsonReply(404, '{}');
    const name = url.pathname.slice(root.length);
    const window = this.#weights.at(address);
    const used = window.add(this.nowUs(), weightOf(this.kind, name, url.searchParams));
    if (used > this.weightLimit) return this.#refuse(this.#overweight(address, window));
    this.counts.peakWeight = Math.max(this.counts.peakWeight, used);
    const reply = answer(this, name, url.searchParams);
    return { ...reply, headers: { ...reply.headers, ...this.#usedWeight(used) } };
  }

  step(stepUs: number, lengthUs: number): void {
    this.moveTo(stepUs);
    for (const market of this.markets.values()) {
      market.market.step(stepUs, this.prices, market, lengthUs);
      market.step(stepUs, lengthUs);
    }
    this.moveTo(stepUs + lengthUs);
    if (this.nowUs() % SECOND_US !== 0) return;
    for (const market of this.markets.values()) market.derivative?.move();
    this.tendSessions('server shutdown');
  }

  announceMaintenance(closeAfterUs: number): void {
    for (const session of this.open) session.announceShutdown(msOf(this.wireUs()));
    this.planClose(closeAfterUs);
  }

  #refuse(reply: SimReply): SimReply {
    this.counts.refusedRequests += 1;
    return reply;
  }

  /** 429 until the minute is over; 418 for those who do not listen. */
  #overweight(address: string, window: FixedWindow): SimReply {
    if (this.#refusals.at(address).add(this.nowUs(), 1) > PATIENCE) {
      const lengthUs = this.#nextBanUs.get(address) ?? FIRST_BAN_US;
      this.#nextBanUs.set(address, Math.min(LONGEST_BAN_US, lengthUs * 2));
      this.ban(address, this.nowUs() + lengthUs);
      return this.#banned(this.nowUs() + lengthUs);
    }
    const message =
      `Too much request weight used; current limit is ${this.weightLimit} request weight per 1 MINUTE. ` +
      'Please use WebSocket Streams for live updates to avoid polling the API.';
    const seconds = Math.ceil((window.endUs(this.nowUs()) - this.nowUs()) / SECOND_US);
    const headers = { 'retry-after': String(seconds), ...this.#usedWeight(window.used(this.nowUs())) };
    return jsonReply(429, `{"code":-1003,"msg":"${message}"}`, headers);
  }

  #banned(untilUs: number): SimReply {
    const message = `Way too much request weight used; IP banned until ${msOf(untilUs + this.aheadUs)}. Please use WebSocket Streams.`;
    const seconds = String(Math.ceil((untilUs - this.nowUs()) / SECOND_US));
    return jsonReply(418, `{"code":-1003,"msg":"${message}"}`, { 'retry-after': seconds });
  }

  #usedWeight(used: number): Record<string, string> {
    return { 'x-mbx-used-weight': String(used), 'x-mbx-used-weight-1m': String(used) };
  }
}
