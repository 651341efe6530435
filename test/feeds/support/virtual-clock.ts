/** A clock that a test moves by hand. Timers run in the order of their time, then of their making. */

import type { Clock } from '../../../src/shell/feeds/transport.ts';

export class VirtualClock implements Clock {
  #nowMs: number;
  #made = 0;
  readonly #timers = new Map<number, { readonly dueMs: number; readonly run: () => void }>();

  constructor(startMs = 1_772_366_400_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const key = this.#made++;
    this.#timers.set(key, { dueMs: this.#nowMs + Math.max(0, delayMs), run });
    return () => this.#timers.delete(key);
  }

  /** Goes on by so much, and runs what falls due on the way. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(([, { dueMs }]) => dueMs <= untilMs)
        .sort(([a, one], [b, other]) => one.dueMs - other.dueMs || a - b);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#nowMs = next[1].dueMs;
      next[1].run();
    }
    this.#nowMs = untilMs;
  }
}
