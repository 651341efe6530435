/** After which faults all was right again, and how long it took. Judges nothing. */

import type { Fault } from '../../../src/shell/sim/world/fault.ts';
import type { SimVenueName } from '../../../src/shell/sim/world/sim-world.ts';
import { faultEndMs } from './chaos-script.ts';

export class Recoveries {
  readonly #venues: readonly SimVenueName[];
  readonly #faults: readonly Fault[];
  readonly #open: Set<Fault>;
  /** Of faults that no other one followed before all was right: what came from them alone. */
  readonly timesMs: number[] = [];

  constructor(venues: readonly SimVenueName[], faults: readonly Fault[]) {
    this.#venues = venues;
    this.#faults = faults;
    this.#open = new Set(faults);
  }

  get count(): number {
    return this.#faults.length - this.#open.size;
  }

  /** @param isRight - is the venue's feed live, and every book its own? @param atMs - since the world began */
  onSecond(isRight: (venue: SimVenueName) => boolean, atMs: number): void {
    const right = new Set(this.#venues.filter(isRight));
    for (const fault of this.#open) {
      const endMs = faultEndMs(fault);
      if (endMs > atMs) continue;
      const venues = fault.venue === null ? this.#venues : [fault.venue];
      if (!venues.every((venue) => right.has(venue))) continue;
      this.#open.delete(fault);
      const isFollowed = this.#faults.some((other) => other !== fault && isBetween(other, fault, endMs, atMs));
      if (!isFollowed) this.timesMs.push(atMs - endMs);
    }
  }
}

/** Was it on, for one of the same venues, while the other one was being recovered from? */
function isBetween(other: Fault, fault: Fault, fromMs: number, toMs: number): boolean {
  const isSame = other.venue === null || fault.venue === null || other.venue === fault.venue;
  return isSame && other.atMs <= toMs && faultEndMs(other) > fromMs;
}
