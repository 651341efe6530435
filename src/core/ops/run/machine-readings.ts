/** What the machine said last, and what must not be forgotten of what it said before. Judges nothing. */

import type { HostFact } from '../facts.ts';

/** Plain JSON. */
export type SavedMachine = {
  host: HostFact | null;
  longestStallMs: number | null;
  wallClockOffsetMs: number | null;
};

export class MachineReadings {
  #host: HostFact | null = null;
  #longestStallMs: number | null = null;
  #wallClockOffsetMs: number | null = null;

  onHost(host: HostFact): void {
    const { eventLoopLagMs, wallClockStepMs } = host;
    this.#host = host;
    if (eventLoopLagMs !== null) this.#longestStallMs = Math.max(this.#longestStallMs ?? 0, eventLoopLagMs);
    if (wallClockStepMs !== null) this.#wallClockOffsetMs = (this.#wallClockOffsetMs ?? 0) + wallClockStepMs;
  }

  /** The latest; null before the first. */
  get host(): HostFact | null {
    return this.#host;
  }

  /** Since `forgetStall`: readings and judgements need not keep step, and a stall is in one reading only. Null: no reading. */
  get longestStallMs(): number | null {
    return this.#longestStallMs;
  }

  /** All `wallClockStepMs` so far: a step stays wrong after the fact that reported it. Null: never told. */
  get wallClockOffsetMs(): number | null {
    return this.#wallClockOffsetMs;
  }

  /** It was judged. */
  forgetStall(): void {
    this.#longestStallMs = null;
  }

  save(): SavedMachine {
    const { host, longestStallMs, wallClockOffsetMs } = this;
    return { host, longestStallMs, wallClockOffsetMs };
  }

  restore({ host, longestStallMs, wallClockOffsetMs }: SavedMachine): void {
    this.#host = host;
    this.#longestStallMs = longestStallMs;
    this.#wallClockOffsetMs = wallClockOffsetMs;
  }
}
