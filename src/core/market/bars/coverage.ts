/** When a trade channel was listened to without loss, in exchange time. Knows no trades and no bars. */

import { assert } from '../../base/assert.ts';

/** A stretch `[fromMs, toMs)` in which trades may have been missed. */
export type Blank = { fromMs: number; toMs: number };

/** Blanks kept at most. Beyond it the two oldest become one: that may deny coverage that was there, and never claims any. */
export const MAX_BLANKS = 256;

/** Before all exchange time. Not -Infinity, which JSON does not have. */
const SINCE_EVER = Number.MIN_SAFE_INTEGER;

/** Coverage as plain JSON. */
export type SavedCoverage = { isCovered: boolean; uncoveredSinceMs: number; blanks: Blank[] };

/** Covered time of one instrument's trade channel: everything but the blanks. It begins uncovered. */
export class Coverage {
  #isCovered = false;
  /** While not covered: the running blank is `[uncoveredSinceMs, ...)`. */
  #uncoveredSinceMs = SINCE_EVER;
  /** Finished blanks, ascending, apart from each other. */
  #blanks: Blank[] = [];

  /** The channel is listened to from `ms` on. Nothing changes when it already was. */
  coverFrom(ms: number): void {
    assert(Number.isFinite(ms), 'coverage begins at a known exchange time');
    if (this.#isCovered) return;
    this.#isCovered = true;
    if (ms > this.#uncoveredSinceMs) this.#add(this.#uncoveredSinceMs, ms);
  }

  /** The channel is not listened to any more from `ms` on. */
  uncover(ms: number): void {
    assert(Number.isFinite(ms), 'coverage ends at a known exchange time');
    this.#uncoveredSinceMs = this.#isCovered ? ms : Math.min(this.#uncoveredSinceMs, ms);
    this.#isCovered = false;
  }

  /**
   * Trades are missing between one at `fromMs` and one at `toMs`.
   *
   * A missing one may bear the very time of either, so the ms of the later one counts as lost too; a hole is never empty.
   */
  hole(fromMs: number, toMs: number): void {
    assert(Number.isFinite(fromMs) && Number.isFinite(toMs), 'a hole lies between known exchange times');
    this.#add(Math.min(fromMs, toMs), Math.max(fromMs, toMs) + 1);
  }

  /** Covered ms of `[fromMs, toMs)`, whole: a fraction is cut off, so only a stretch without any blank is full. */
  coveredMs(fromMs: number, toMs: number): number {
    const endMs = this.#isCovered ? toMs : Math.min(toMs, this.#uncoveredSinceMs);
    let covered = Math.max(0, endMs - fromMs);
    for (const blank of this.#blanks) {
      covered -= Math.max(0, Math.min(blank.toMs, endMs) - Math.max(blank.fromMs, fromMs));
    }
    return Math.max(0, Math.floor(covered));
  }

  /** Nobody will ask about the time before `ms` any more. */
  forgetBefore(ms: number): void {
    if (this.#blanks.length > 0 && this.#blanks[0]!.toMs <= ms) this.#blanks = this.#blanks.filter((b) => b.toMs > ms);
  }

  save(): SavedCoverage {
    return {
      isCovered: this.#isCovered,
      uncoveredSinceMs: this.#uncoveredSinceMs,
      blanks: this.#blanks.map((blank) => ({ ...blank })),
    };
  }

  restore(saved: SavedCoverage): void {
    this.#isCovered = saved.isCovered;
    this.#uncoveredSinceMs = saved.uncoveredSinceMs;
    this.#blanks = saved.blanks.map((blank) => ({ ...blank }));
  }

  /** Joins `[fromMs, toMs)` with the blanks that it touches. */
  #add(fromMs: number, toMs: number): void {
    const joined: Blank = { fromMs, toMs };
    const blanks: Blank[] = [joined];
    for (const blank of this.#blanks) {
      if (blank.toMs < joined.fromMs || blank.fromMs > joined.toMs) {
        blanks.push(blank);
      } else {
        joined.fromMs = Math.min(joined.fromMs, blank.fromMs);
        joined.toMs = Math.max(joined.toMs, blank.toMs);
      }
    }
    blanks.sort((a, b) => a.fromMs - b.fromMs);
    if (blanks.length > MAX_BLANKS) {
      const oldest = blanks.shift()!;
      blanks[0] = { fromMs: oldest.fromMs, toMs: blanks[0]!.toMs };
    }
    this.#blanks = blanks;
  }
}
