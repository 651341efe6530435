/** Says when a second is over for one who only looks now and then. Reads no clock. */

import { SECOND_MS } from '../../../core/base/time.ts';

/**
 * Looks come a little late, each by another amount. Counted from the look before, seconds would grow by that, and of ten minutes some
 * would be missing; so they are counted on a grid that begins with the first look. After a pause it begins anew: nothing is made up for.
 */
export class SecondGrid {
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs - of a steady clock. @returns whether a second is over since it last said so; the first look says so */
  isOver(nowMs: number): boolean {
    const sinceMs = nowMs - this.#lastMs;
    if (sinceMs < SECOND_MS) return false;
    this.#lastMs = sinceMs < 2 * SECOND_MS ? this.#lastMs + SECOND_MS : nowMs;
    return true;
  }
}
