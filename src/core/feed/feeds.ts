/**
 * The feeds of a run: every venue's, the numbers of connections and requests, and what venues share (hosts, REST pools). The
 * Scanner's one door to this room; steps when told, and reads no clock.
 */

import type { JsonObject } from '../base/json.ts';
import { Prng } from '../base/prng.ts';
import type { InstrumentSpec } from '../market/instrument.ts';
import type { CallFact } from '../ops/facts.ts';
import { compareText, type StatusRow } from '../ops/status.ts';
import type { Dialect } from './dialect.ts';
import { dialectOf } from './dialects/registry.ts';
import { FRAME_SLOT } from './feed-clock.ts';
import type { FeedStart, VenueFeedConfig } from './feed-config.ts';
import type { FeedPorts, Followed } from './feed-ports.ts';
import { feedRows } from './feed-rows.ts';
import { HostGate, hostOf, type SavedHostGate } from './host-gate.ts';
import type { Line } from './line.ts';
import type { ResyncWay } from './resync-queue.ts';
import type { Session } from './session.ts';
import { type FeedsSide, type RestFrame, type SavedVenueFeed, VenueFeed } from './venue-feed.ts';
import { type SavedWeightBudget, WeightBudget } from './weight-budget.ts';

/**
 * Requests are numbered from here, connections from 1: a REST reply is told from a socket's frame by its number, and arrays by
 * connection stay dense.
 */
export const FIRST_REQUEST = 1_000_000_000;

/** A socket that is asked for, opening or open. */
interface Carried {
  readonly venue: VenueFeed;
  readonly dialect: Dialect;
  readonly line: Line;
  readonly session: Session;
}

/** Plain JSON. */
type SavedFeeds = {
  nextConnection: number;
  nextRequest: number;
  hosts: [host: string, gate: SavedHostGate][];
  budgets: [pool: string, budget: SavedWeightBudget][];
  venues: SavedVenueFeed[];
};

export class Feeds {
  readonly #ports: FeedPorts;
  readonly #venues = new Map<string, VenueFeed>();
  readonly #dialects = new Map<string, Dialect>();
  /** By index in the Scanner, and by venue and symbol. */
  readonly #venueOf = new Map<number, VenueFeed>();
  readonly #indexOf = new Map<string, number>();
  readonly #hosts = new Map<string, HostGate>();
  readonly #budgets = new Map<string, WeightBudget>();
  readonly #carried = new Map<number, Carried>();
  /** By connection. */
  readonly #clocks: (Float64Array | undefined)[] = [];
  #nextConnection = 1;
  #nextRequest = FIRST_REQUEST;

  /** @param instruments - all that the Scanner has registered; those of venues that `start` does not name are left alone */
  constructor(start: FeedStart, instruments: readonly Followed[], ports: FeedPorts) {
    this.#ports = ports;
    const prng = new Prng(start.seed);
    for (const name of Object.keys(start.venues).sort(compareText)) {
      const mine = instruments.filter(({ spec }) => spec.venue === name);
      const dialect = dialectOf(name);
      if (dialect === null || mine.length === 0) continue;
      const config = start.venues[name]!;
      const side = this.#sideFor(config, instruments.length);
      const budget = this.#budgetOf(config.rest.weightPool ?? name, config);
      this.#dialects.set(name, dialect);
      const venue = new VenueFeed(name, config, dialect, mine, budget, prng.fork(name), side);
      this.#venues.set(name, venue);
      for (const { spec, index } of mine) {
        this.#venueOf.set(index, venue);
        this.#indexOf.set(keyOf(name, spec.symbol), index);
      }
    }
  }

  /** By name. */
  get venues(): readonly VenueFeed[] {
    return [...this.#venues.values()];
  }

  /** Where the Scanner notes a connection's frames and ticks; undefined: no socket of ours, or given up. */
  clockOf(connection: number): Float64Array | undefined {
    return this.#clocks[connection];
  }

  /** Is it on its way to replace a connection that still carries its instruments? */
  isReplacement(connection: number): boolean {
    const state = this.#carried.get(connection)?.line.state;
    return state?.kind === 'rotating' && state.replacement.connection === connection;
  }

  /** Is it a request whose depth is the book as it is? */
  isPoll(request: number): boolean {
    return this.venues.some((venue) => venue.isPoll(request));
  }

  /** Levels a side that a depth snapshot of this instrument has unless the side has no more; 0: not known. */
  snapshotLevels(spec: InstrumentSpec): number {
    const venue = this.#venues.get(spec.venue);
    if (venue === undefined) return 0;
    return this.#dialects.get(venue.name)!.snapshotLevels?.(venue.config, spec) ?? 0;
  }

  onUp(connection: number, nowMs: number): void {
    this.#carried.get(connection)?.line.onUp(connection, nowMs);
  }

  onDown(connection: number, reason: string, nowMs: number): void {
    this.#carried.get(connection)?.line.onDown(connection, reason, nowMs);
  }

  onAlive(connection: number, nowMs: number): void {
    const clock = this.#clocks[connection];
    if (clock !== undefined) clock[FRAME_SLOT] = nowMs;
  }

  /** A message that is no market data. */
  onText(connection: number, text: string, nowMs: number): void {
    const carried = this.#carried.get(connection);
    if (carried === undefined) return;
    carried.venue.onReply(carried.line, connection, carried.dialect.read(text), nowMs);
  }

  /** @param request - of `open_connection` or `rest_request`; null: a call that is none of ours, of the same address */
  onCall(request: number | null, call: Omit<CallFact, 'timeMs'>, nowMs: number): void {
    if (call.transport === 'websocket') {
      const line = request === null ? undefined : this.#carried.get(request)?.line;
      if (line !== undefined) this.#hostGate(line.url)?.onRefused(call, nowMs);
      return;
    }
    for (const venue of this.#venues.values()) {
      if (request === null ? venue.config.provider === call.provider : venue.owns(request))
        venue.onCall(request, call, nowMs);
    }
  }

  /** A reply was stepped. @param symbol - what was asked about */
  onRestFrame(request: number, venue: string, symbol: string, what: RestFrame, nowMs: number): void {
    const index = this.#indexOf.get(keyOf(venue, symbol));
    if (index !== undefined) this.#venues.get(venue)?.onRestFrame(request, index, what, nowMs);
  }

  /** A book wants to be synced. @param index - the instrument's in the Scanner */
  wantSync(index: number, way: ResyncWay, nowMs: number): void {
    this.#venueOf.get(index)?.wantSync(index, way, nowMs);
  }

  /** @returns false: no such venue is fed */
  reconnect(venue: string, reason: string, nowMs: number): boolean {
    const feed = this.#venues.get(venue);
    feed?.reconnect(reason, nowMs);
    return feed !== undefined;
  }

  onDropped(connection: number, what: 'depth' | 'other', frames: number): void {
    const venue = this.#carried.get(connection)?.venue;
    if (venue !== undefined) venue.dropped[what] += frames;
  }

  /** Looks at all deadlines, limits and permissions, and does what is due. */
  review(nowMs: number): void {
    for (const venue of this.#venues.values()) venue.review(nowMs);
  }

  rows(nowMs: number): StatusRow[] {
    return this.venues.flatMap((venue) => feedRows(venue, nowMs));
  }

  save(): JsonObject {
    const saved: SavedFeeds = {
      nextConnection: this.#nextConnection,
      nextRequest: this.#nextRequest,
      hosts: Array.from(this.#hosts, ([host, gate]) => [host, gate.save()]),
      budgets: Array.from(this.#budgets, ([pool, budget]) => [pool, budget.save()]),
      venues: this.venues.map((venue) => venue.save()),
    };
    return saved as unknown as JsonObject;
  }

  /** Takes up what `save` gave, of the same config and instruments. */
  restore(saved: JsonObject, nowMs: number): void {
    const from = saved as unknown as SavedFeeds;
    this.#nextConnection = from.nextConnection;
    this.#nextRequest = from.nextRequest;
    for (const [host, gate] of from.hosts) this.#hosts.get(host)?.restore(gate);
    for (const [pool, budget] of from.budgets) this.#budgets.get(pool)?.restore(budget);
    this.venues.forEach((venue, i) => {
      venue.restore(from.venues[i]!, nowMs);
    });
  }

  #sideFor(config: VenueFeedConfig, instruments: number): FeedsSide {
    return {
      ports: this.#ports,
      instruments,
      hostOf: (url) => this.#hostGateFor(url, config),
      nextConnection: () => this.#nextConnection++,
      nextRequest: () => this.#nextRequest++,
      onOpened: (venue, line, session) => {
        const dialect = this.#dialects.get(venue.name)!;
        this.#carried.set(session.connection, { venue, dialect, line, session });
        this.#clocks[session.connection] = session.clock;
      },
      onClosed: ({ connection }, successor, reason) => {
        if (!this.#carried.delete(connection)) return;
        this.#clocks[connection] = undefined;
        this.#ports.onClosed(connection, successor?.connection ?? null, reason);
      },
    };
  }

  #hostGateFor(url: string, config: VenueFeedConfig): HostGate {
    const known = this.#hostGate(url);
    if (known !== undefined) return known;
    const gate = new HostGate(config);
    this.#hosts.set(hostOf(url), gate);
    return gate;
  }

  #hostGate(url: string): HostGate | undefined {
    return this.#hosts.get(hostOf(url));
  }

  #budgetOf(pool: string, config: VenueFeedConfig): WeightBudget {
    const known = this.#budgets.get(pool);
    if (known !== undefined) return known;
    const budget = new WeightBudget(config);
    this.#budgets.set(pool, budget);
    return budget;
  }
}

function keyOf(venue: string, symbol: string): string {
  return `${venue} ${symbol}`;
}
