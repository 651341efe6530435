/**
 * The clocks that a run may live by: the system's, and one that goes faster from the moment it is made. Neither runs backwards. What is
 * done again and again is done by them.
 */

// The global of the same name is a getter, which costs a clock that is asked at each read more than the time itself.
import { performance } from 'node:perf_hooks';
import type { Clock } from './transport.ts';

/** Node fires timers that are longer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Wall clock at the start plus what the steady clock has gone since: a step of the wall clock is no step of this one. */
export function systemClock(): Clock {
  const startMs = Date.now();
  const steadyMs = performance.now();
  return {
    nowMs: () => quantised(startMs + (performance.now() - steadyMs)),
    after(delayMs, run) {
      const timer = setTimeout(run, timerMs(delayMs));
      return () => clearTimeout(timer);
    },
  };
}

/**
 * A demo's time. It stands still while this process does: at 20x, a pause of 250 ms would be five seconds of silence to a
 * market that is simulated in the same process.
 */
const MAX_LEAP_MS = 20;

/** From the wall clock at the start on, so many times as fast, as long as it is asked every few ms. */
export function scaledClock(speed: number): Clock {
  let runMs = Date.now();
  let steadyMs = performance.now();
  const nowMs = (): number => {
    const worldMs = performance.now();
    runMs += Math.min(MAX_LEAP_MS, worldMs - steadyMs) * speed;
    steadyMs = worldMs;
    return quantised(runMs);
  };
  return {
    nowMs,
    after(delayMs, run) {
      const dueMs = nowMs() + delayMs;
      // Time may have stood still meanwhile.
      const look = (): void => {
        const leftMs = dueMs - nowMs();
        if (leftMs <= 0) run();
        else timer = setTimeout(look, timerMs(leftMs / speed));
      };
      let timer = setTimeout(look, timerMs(delayMs / speed));
      return () => clearTimeout(timer);
    },
  };
}

/** Again and again, on the run's clock; a late one delays the next, and none is made up for. @returns stops it */
export function everyMs(clock: Clock, intervalMs: number, run: () => void): () => void {
  let cancel = clock.after(intervalMs, tick);
  function tick(): void {
    cancel = clock.after(intervalMs, tick);
    run();
  }
  return () => cancel();
}

function timerMs(ms: number): number {
  return Math.min(MAX_TIMER_MS, Math.max(0, ms));
}

/** Receive times are doubles of whole microseconds: what a journal writes and reads back unchanged. */
export function quantised(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
