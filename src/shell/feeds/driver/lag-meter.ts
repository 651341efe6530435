/** Measures how late frames are stepped. Reads the clock once for several of them: tens of thousands of times a second it would show. */

import { LagHistogram, type LagPercentiles } from './lag-histogram.ts';

/** So many frames are said to be as late as the last of them was done: each some µs too late. */
const GROUP = 16;

export class LagMeter {
  readonly #nowMs: () => number;
  readonly #histogram = new LagHistogram();
  /** Arrival of frames stepped since the clock was last read. */
  readonly #arrivedMs = new Float64Array(GROUP);
  #count = 0;

  /** @param nowMs - of the clock that tells arrivals */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** A frame was stepped to its end. */
  add(arrivedMs: number): void {
    this.#arrivedMs[this.#count] = arrivedMs;
    this.#count += 1;
    if (this.#count === GROUP) this.settle();
  }

  /** To be called before others have their turn: what was stepped is not late for what they take. */
  settle(): void {
    if (this.#count === 0) return;
    const nowMs = this.#nowMs();
    for (let i = 0; i < this.#count; i++) this.#histogram.add(nowMs - this.#arrivedMs[i]!);
    this.#count = 0;
  }

  /** As `LagHistogram.take`. */
  take(): LagPercentiles | null {
    return this.#histogram.take();
  }
}
