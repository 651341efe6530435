/** A scan's world without a network: simulated venues in this process, on the scan's own clock, which goes faster than the world's. */

import { scaledClock } from '../../feeds/clocks.ts';
import type { Clock, Transport } from '../../feeds/transport.ts';
import { driveWorld, InProcessTransport } from '../../sim/serve/in-process.ts';
import type { Fault } from '../../sim/world/fault.ts';
import { SIM_VENUES, SimWorld } from '../../sim/world/sim-world.ts';

export interface DemoWorld {
  readonly clock: Clock;
  readonly transport: Transport;
  close(): void;
}

/** Who chooses none is shown the venues that are simulated. */
export const DEMO_VENUES: readonly string[] = SIM_VENUES;

const ASSETS = 6;
/** Coarser than the simulator's own step: at 20x, 50 ms of the market are 2.5 of the world's. */
const STEP_MS = 50;
/** A network is never at its best for long: a quarter of a minute in, one venue hangs up on us; later, updates get lost. */
const FAULTS: readonly Fault[] = [
  {
    kind: 'disconnect',
    atMs: 45_000,
    forMs: 0,
    venue: 'kraken',
    symbol: null,
    channel: null,
    code: 1006,
    everyMs: 0,
  },
  { kind: 'gap', atMs: 90_000, forMs: 10_000, venue: 'binance', symbol: null, channel: null, count: 1 },
];

/** @param seed - the same gives the same market */
export function demoWorld(speed: number, seed: string): DemoWorld {
  const clock = scaledClock(speed);
  const startMs = Math.floor(clock.nowMs() / 1000) * 1000;
  const world = new SimWorld({ seed, startMs, assets: ASSETS, stepMs: STEP_MS, faults: FAULTS });
  const stop = driveWorld(world, clock);
  return { clock, transport: new InProcessTransport(world, clock), close: stop };
}
