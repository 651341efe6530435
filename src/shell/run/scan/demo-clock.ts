/**
 * A demo's time: so many times as fast as the world's, as long as this process keeps up. It moves between turns of the event loop
 * alone, and by a bounded step: what a slow machine takes to work off a step is no silence of the simulated venues.
 */

import { quantised } from '../../feeds/clocks.ts';
import type { Clock } from '../../feeds/transport.ts';
import { VirtualClock } from '../../sim/serve/virtual-clock.ts';

const EVERY_MS = 2;
/** Of the world's time; at 20x, two fifths of a second of the market. */
const MAX_STEP_MS = 20;

export interface DemoClock extends Clock {
  /** Time stands still from then on. */
  stop(): void;
}

export function demoClock(speed: number, startMs: number): DemoClock {
  const time = new VirtualClock(quantised(startMs));
  let worldMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const stepMs = Math.min(MAX_STEP_MS, nowMs - worldMs);
    worldMs = nowMs;
    time.advanceTo(time.nowMs() + stepMs * speed);
  }, EVERY_MS);
  return {
    nowMs: () => quantised(time.nowMs()),
    after: (delayMs, run) => time.after(delayMs, run),
    stop: () => clearInterval(timer),
  };
}
