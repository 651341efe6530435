/** A seeded script of faults and of what operators do meanwhile: the same seed gives the same. Breaks nothing itself. */

import { Prng } from '../../../src/core/base/prng.ts';
import type { Fault, FaultEffect, FaultTarget } from '../../../src/shell/sim/world/fault.ts';
import { SIM_VENUES, type SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';

export interface ChaosScript {
  readonly seed: number;
  readonly durationMs: number;
  readonly venues: readonly SimVenueName[];
  /** How many assets each venue lists. */
  readonly assets: number;
  /** Of the markets, against the usual. Books move at any of them: a message or two a second at the lowest. */
  readonly activity: number;
  /** Whether OKX begins a book with a snapshot; else REST has to give it. */
  readonly okxSendsSnapshot: boolean;
  /** Binance's deepest snapshots, at five times the usual weight: the budget is what limits resyncs then. */
  readonly isDeep: boolean;
  /** Levels a side of Binance's snapshots, fewer than its books have, and its books refreshed often; null: all, and seldom. */
  readonly snapshotLevels: 50 | 100 | null;
  readonly faults: readonly Fault[];
  /** In the order of their times. */
  readonly orders: readonly ChaosOrder[];
  /** Whether the automatic triggers may pull the kill switch; then what follows may be silence. */
  readonly hasTriggers: boolean;
  /** Whether surveillance and alerts run beside the books. */
  readonly hasAlerts: boolean;
  /** Whether the run is stepped a second time from its tape: it doubles the core's work, so only of every eighth seed. */
  readonly isReplayed: boolean;
}

/** What an operator does, ms since the world began; what has `forMs` is taken back so long after. */
export type ChaosOrder =
  | { readonly kind: 'reconnect' | 'resync'; readonly atMs: number; readonly venue: SimVenueName }
  | { readonly kind: 'switch_off'; readonly atMs: number; readonly forMs: number; readonly venue: SimVenueName }
  | { readonly kind: 'pause' | 'halt'; readonly atMs: number; readonly forMs: number }
  | { readonly kind: 'kill'; readonly atMs: number };

const MINUTE_MS = 60_000;
export const CHAOS_MS = 30 * MINUTE_MS;
/** Faults begin after the cold start, and end early enough for the slowest retry (a refused stream: ten minutes). */
const FIRST_MS = 30_000;
const LAST_END_MS = CHAOS_MS - 13 * MINUTE_MS;
const MEAN_PAUSE_MS = 35_000;
const LONGEST_MS = 90_000;
const MOST_ORDERS = 4;
const KILL_CHANCE = 0.12;
const TRIGGER_CHANCE = 0.35;
const ALERT_CHANCE = 0.25;
const REPLAY_EVERY = 8;

const VENUES: readonly SimVenueName[] = SIM_VENUES;
/** How many of them: mostly two, at most four. */
const VENUE_COUNTS = [1, 1, 2, 2, 2, 2, 2, 3, 3, 4];
const ASSET_COUNTS = [1, 1, 1, 2];
const ACTIVITIES = [0.1, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 1];

const chance = (prng: Prng, most: number): number => Math.round(prng.next() * most * 1000) / 1000;

type Make = (prng: Prng) => FaultEffect;

/** Every family that there is. */
const FAMILIES: readonly Make[] = [
  (prng) => ({ kind: 'drop', chance: chance(prng, prng.chance(0.3) ? 0.6 : 0.1) }),
  (prng) => ({ kind: 'duplicate', chance: chance(prng, 1) }),
  (prng) => ({ kind: 'reorder', chance: chance(prng, 0.1) }),
  (prng) => ({ kind: 'delay', delayMs: prng.int(3_000), jitterMs: prng.int(1_000) }),
  (prng) => ({ kind: 'gap', count: 1 + prng.int(5) }),
  (prng) => ({ kind: 'wrong_checksum', count: 1 + prng.int(5) }),
  () => ({ kind: 'stale' }),
  () => ({ kind: 'ack_without_data' }),
  () => ({ kind: 'half_open' }),
  (prng) => ({ kind: 'slow', messagesPerSecond: 1 + prng.int(20), capacity: 50 + prng.int(300) }),
  (prng) => ({ kind: 'garbage', chance: chance(prng, 0.02) }),
  () => ({ kind: 'oversize', bytes: 17_000_000, count: 1 }),
  (prng) => ({ kind: 'disconnect', code: prng.chance(0.5) ? 1006 : 1001, everyMs: prng.int(4) * 3_000 }),
  () => ({ kind: 'refuse', status: 503 }),
  (prng) => ({ kind: 'maintenance', closeAfterMs: 2_000 + prng.int(20_000) }),
  () => ({ kind: 'ban' }),
  (prng) => ({ kind: 'clock', aheadMs: prng.int(20_000) - 10_000 }),
  (prng) => ({
    kind: 'rest_failure',
    mode: (['error', 'timeout', 'late', 'reset'] as const)[prng.int(4)]!,
    status: 500 + prng.int(5),
    delayMs: 1_000 + prng.int(12_000),
    chance: 0.3 + chance(prng, 0.7),
  }),
  (prng) => ({ kind: 'crossed', ticks: prng.int(4) }),
  (prng) => ({ kind: 'shock', asset: null, moveBps: prng.int(2_000) - 1_000, overMs: 5_000, recoverMs: 10_000 }),
  (prng) => ({ kind: 'divergence', bps: prng.int(400) - 200 }),
  (prng) => ({ kind: 'regime', regime: (['volatile', 'crash', 'thin', 'trending'] as const)[prng.int(4)]! }),
];

/** Those that may hit one channel alone: what the others bring must hide nothing. */
const BY_CHANNEL: ReadonlySet<Fault['kind']> = new Set(['drop', 'duplicate', 'reorder', 'stale', 'ack_without_data']);
const CHANNEL_CHANCE = 0.3;

export function chaosScript(seed: number): ChaosScript {
  const prng = new Prng(`chaos ${seed}`);
  const venues = someVenues(prng);
  const faults: Fault[] = [];
  for (let atMs = FIRST_MS; atMs < LAST_END_MS; atMs += Math.round(2 * prng.next() * MEAN_PAUSE_MS))
    faults.push(oneFault(prng, atMs, venues));
  const assets = prng.pick(ASSET_COUNTS);
  const activity = prng.pick(ACTIVITIES);
  const okxSendsSnapshot = prng.chance(0.8);
  const isDeep = prng.chance(0.5);
  return {
    seed,
    durationMs: CHAOS_MS,
    venues,
    assets,
    activity,
    okxSendsSnapshot,
    isDeep,
    snapshotLevels: isDeep ? null : prng.fork('snapshots').pick([50, 100, null]),
    faults,
    orders: someOrders(prng, venues),
    hasTriggers: prng.chance(TRIGGER_CHANCE),
    hasAlerts: prng.chance(ALERT_CHANCE),
    isReplayed: seed % REPLAY_EVERY === 0,
  };
}

/** When what it does is over. */
export function faultEndMs(fault: Fault): number {
  const end = fault.atMs + fault.forMs;
  if (fault.kind === 'maintenance') return Math.max(end, fault.atMs + fault.closeAfterMs);
  if (fault.kind === 'shock') return Math.max(end, fault.atMs + fault.overMs + fault.recoverMs);
  return end;
}

function oneFault(prng: Prng, atMs: number, venues: readonly SimVenueName[]): Fault {
  const effect = prng.pick(FAMILIES)(prng);
  const forMs = Math.min(1_000 + prng.int(LONGEST_MS), LAST_END_MS - atMs);
  return { ...effect, atMs, forMs, ...someTarget(prng, effect.kind, venues) };
}

function someTarget(prng: Prng, kind: Fault['kind'], venues: readonly SimVenueName[]): FaultTarget {
  const venue = prng.chance(0.15) ? null : prng.pick(venues);
  const isOfOne = BY_CHANNEL.has(kind) && prng.chance(CHANNEL_CHANCE);
  return { venue, symbol: null, channel: isOfOne ? prng.pick(['depth', 'trade', 'bbo'] as const) : null };
}

function someVenues(prng: Prng): SimVenueName[] {
  const rest = [...VENUES];
  return Array.from({ length: prng.pick(VENUE_COUNTS) }, () => rest.splice(prng.int(rest.length), 1)[0]!);
}

function someOrders(prng: Prng, venues: readonly SimVenueName[]): ChaosOrder[] {
  const orders = Array.from({ length: prng.int(MOST_ORDERS) }, () => oneOrder(prng, prng.pick(venues)));
  if (prng.chance(KILL_CHANCE)) orders.push({ kind: 'kill', atMs: 1_000 + prng.int(LAST_END_MS) });
  return orders.sort((a, b) => a.atMs - b.atMs);
}

function oneOrder(prng: Prng, venue: SimVenueName): ChaosOrder {
  const kind = prng.pick(['reconnect', 'resync', 'switch_off', 'pause', 'halt'] as const);
  const atMs = FIRST_MS + prng.int(LAST_END_MS - FIRST_MS - LONGEST_MS);
  if (kind === 'reconnect' || kind === 'resync') return { kind, atMs, venue };
  const forMs = 2_000 + prng.int(LONGEST_MS - 2_000);
  return kind === 'switch_off' ? { kind, atMs, forMs, venue } : { kind, atMs, forMs };
}
