/** A seeded script of faults and of what operators do meanwhile: the same seed gives the same. Breaks nothing itself. */

import { Prng } from '../../../src/core/base/prng.ts';
import type { Fault, FaultEffect } from '../../../src/shell/sim/world/fault.ts';
import { SIM_VENUES, type SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';

export interface ChaosScript {
  readonly seed: number;
  readonly durationMs: number;
  /** Some of them, so that many seeds cost little. */
  readonly venues: readonly SimVenueName[];
  readonly faults: readonly Fault[];
  /** In the order of their times. */
  readonly orders: readonly ChaosOrder[];
  /** Whether the automatic triggers may pull the kill switch; then what follows may be silence. */
  readonly hasTriggers: boolean;
}

/** What an operator does, ms since the world began. */
export type ChaosOrder =
  | { readonly kind: 'reconnect' | 'resync'; readonly atMs: number; readonly venue: SimVenueName }
  | { readonly kind: 'kill'; readonly atMs: number };

const MINUTE_MS = 60_000;
export const CHAOS_MS = 30 * MINUTE_MS;
/** Faults begin after the cold start, and end early enough for the slowest retry (a refused stream: ten minutes). */
const FIRST_MS = 30_000;
const LAST_END_MS = CHAOS_MS - 13 * MINUTE_MS;
const MEAN_PAUSE_MS = 35_000;
const LONGEST_MS = 90_000;
const KILL_CHANCE = 0.2;
const TRIGGER_CHANCE = 0.2;
/** Of all venues at once; else two. */
const MANY_CHANCE = 0.2;

type Make = (prng: Prng) => FaultEffect;

const chance = (prng: Prng, most: number): number => Math.round(prng.next() * most * 1000) / 1000;

/** Every family that there is. */
const FAMILIES: readonly Make[] = [
  (prng) => ({ kind: 'drop', chance: chance(prng, 0.1) }),
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

export function chaosScript(seed: number): ChaosScript {
  const prng = new Prng(`chaos ${seed}`);
  const venues = someVenues(prng);
  const faults: Fault[] = [];
  for (let atMs = FIRST_MS; atMs < LAST_END_MS; atMs += Math.round(2 * prng.next() * MEAN_PAUSE_MS))
    faults.push(oneFault(prng, atMs, venues));
  const orders: ChaosOrder[] = [];
  for (let i = prng.int(3); i > 0; i--) {
    const atMs = FIRST_MS + prng.int(LAST_END_MS - FIRST_MS);
    orders.push({ kind: prng.chance(0.5) ? 'reconnect' : 'resync', atMs, venue: oneOf(prng, venues) });
  }
  if (prng.chance(KILL_CHANCE)) orders.push({ kind: 'kill', atMs: 1_000 + prng.int(LAST_END_MS) });
  orders.sort((a, b) => a.atMs - b.atMs);
  return { seed, durationMs: CHAOS_MS, venues, faults, orders, hasTriggers: prng.chance(TRIGGER_CHANCE) };
}

function oneFault(prng: Prng, atMs: number, venues: readonly SimVenueName[]): Fault {
  const effect = FAMILIES[prng.int(FAMILIES.length)]!(prng);
  const forMs = Math.min(1_000 + prng.int(LONGEST_MS), LAST_END_MS - atMs);
  const venue = prng.chance(0.15) ? null : oneOf(prng, venues);
  return { ...effect, atMs, forMs, venue, symbol: null, channel: null };
}

function someVenues(prng: Prng): SimVenueName[] {
  const most = prng.chance(MANY_CHANCE) ? SIM_VENUES.length : 2;
  const rest = [...SIM_VENUES];
  return Array.from({ length: most }, () => rest.splice(prng.int(rest.length), 1)[0]!);
}

function oneOf(prng: Prng, venues: readonly SimVenueName[]): SimVenueName {
  return venues[prng.int(venues.length)]!;
}
