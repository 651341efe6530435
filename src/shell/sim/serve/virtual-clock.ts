/** A clock that moves when it is told to, and the timers on it. Has the shape of the shell's `Clock`; knows no wall clock. */

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export class VirtualClock {
  #nowMs: number;
  /** By time, those of the same time in the order made. */
  readonly #timers: Timer[] = [];

  /** @param startMs - ms since the epoch */
  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), run };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timers[middle]!.atMs <= timer.atMs) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Timers that have not run. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** Runs every timer that is due by then, each at its own time, then stands at `toMs`. */
  advanceTo(toMs: number): void {
    while (this.#timers.length > 0 && this.#timers[0]!.atMs <= toMs) {
      const timer = this.#timers.shift()!;
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.run();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }
}
