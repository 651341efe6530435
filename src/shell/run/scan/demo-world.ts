/** A scan's world without a network: simulated venues in this process, on the scan's own clock, which goes faster than the world's. */

import type { Clock, Transport } from '../../feeds/transport.ts';
import { driveWorld, InProcessTransport } from '../../sim/serve/in-process.ts';
import type { SimVenueName } from '../../sim/venues/sim-venue.ts';
import type { Fault, FaultEffect } from '../../sim/world/fault.ts';
import { SIM_VENUES, SimWorld, USUAL_VENUES } from '../../sim/world/sim-world.ts';
import { demoClock } from './demo-clock.ts';

export interface DemoWorld {
  readonly clock: Clock;
  readonly transport: Transport;
  close(): void;
}

export interface DemoWorldOptions {
  /** Those of them that can be simulated are there. */
  readonly venues: readonly string[];
  readonly speed: number;
  /** The same gives the same market. */
  readonly seed: string;
  /** How long it is to run, in its own time; null: nobody knows. */
  readonly durationMs: number | null;
}

/** What is shown to who chooses none. */
export const DEMO_VENUES: readonly string[] = USUAL_VENUES;

const ASSETS = 6;
/** Coarser than the simulator's own step: at 20x, 50 ms of the market are 2.5 of the world's. */
const STEP_MS = 50;
const SECOND_MS = 1000;

function fault(atSecond: number, forSeconds: number, venue: SimVenueName | null, effect: FaultEffect): Fault {
  return {
    ...effect,
    atMs: atSecond * SECOND_MS,
    forMs: forSeconds * SECOND_MS,
    venue,
    symbol: null,
    channel: null,
  } as Fault;
}

/**
 * A network is never at its best for long. Each is so long that an onlooker sees it at 20x, and over before the next one: a
 * venue hangs up on us and lets nobody in; updates get lost while snapshots are not to be had; a feed goes silent; a checksum
 * is wrong; a socket dies without a word.
 */
export const DEMO_FAULTS: readonly Fault[] = [
  fault(45, 0, 'kraken', { kind: 'disconnect', code: 1006, everyMs: 0 }),
  fault(45, 40, 'kraken', { kind: 'refuse', status: 503 }),
  fault(180, 10, 'binance', { kind: 'gap', count: 3 }),
  fault(175, 45, 'binance', { kind: 'rest_failure', mode: 'error', status: 503, delayMs: 0, chance: 1 }),
  fault(330, 75, 'okx', { kind: 'stale' }),
  fault(540, 30, null, { kind: 'shock', asset: null, moveBps: -250, overMs: 20_000, recoverMs: 60_000 }),
  fault(660, 5, 'kraken', { kind: 'wrong_checksum', count: 1 }),
  fault(780, 60, 'binance_usdm', { kind: 'half_open' }),
];

export function demoWorld({ venues: wanted, speed, seed, durationMs }: DemoWorldOptions): DemoWorld {
  // One of a known length ends about now: what it recorded is not of the future.
  const clock = demoClock(speed, Date.now() - (durationMs ?? 0) * (1 - 1 / speed));
  const startMs = Math.floor(clock.nowMs() / SECOND_MS) * SECOND_MS;
  const venues = SIM_VENUES.filter((name) => wanted.includes(name));
  const world = new SimWorld({ seed, startMs, venues, assets: ASSETS, stepMs: STEP_MS, faults: DEMO_FAULTS });
  driveWorld(world, clock);
  return { clock, transport: new InProcessTransport(world, clock), close: () => clock.stop() };
}
