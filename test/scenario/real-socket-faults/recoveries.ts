/** When each fault was over and its venue right again, in the order of looks. Judges nothing. */

import { median } from '../../../bench/median.ts';
import type { Fault } from '../../../src/shell/sim/world/fault.ts';
import type { Look } from './watched-books.ts';

export class Recoveries {
  readonly #faults: readonly Fault[];
  readonly #recoveredMs = new Map<Fault, number>();

  constructor(faults: readonly Fault[]) {
    this.#faults = faults;
  }

  /** @param atMs - since the world began */
  note(looks: readonly Look[], atMs: number): void {
    for (const fault of this.#faults) {
      const endMs = fault.atMs + fault.forMs;
      if (endMs > atMs || this.#recoveredMs.has(fault)) continue;
      const isRight = looks.every(({ venue, verdict }) => venue !== fault.venue || verdict === 'equal');
      if (isRight) this.#recoveredMs.set(fault, atMs - endMs);
    }
  }

  /** Faults after which a venue has not been right yet. */
  get pending(): readonly Fault[] {
    return this.#faults.filter((fault) => !this.#recoveredMs.has(fault));
  }

  summary(): string {
    const times = [...this.#recoveredMs.values()];
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    return `${times.length} faults, recovered after ${seconds(median(times))} (median), ${seconds(Math.max(...times))} (longest)`;
  }
}
