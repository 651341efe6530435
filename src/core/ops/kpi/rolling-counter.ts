/** Counts what happened within the last so many ms, in fixed memory whatever the rate. Keeps no single event and reads no clock. */

import { assert } from '../../base/assert.ts';

/** Plain JSON. `counts` stand oldest first; the first one is bucket number `oldest`. */
export type SavedCounter = { windowMs: number; timeMs: number; oldest: number; counts: number[] };

/** 60: one second of a minute, so that a figure is never off by more than a 60th of its window. */
const DEFAULT_BUCKETS = 60;

/**
 * A sum over a sliding window that is cut into equal buckets.
 *
 * An event counts while any part of its bucket is later than `now - windowMs`: for at least the window and at most one
 * bucket (`windowMs / buckets`) longer, never shorter, so that a quota is never under-counted. Where event and reading
 * both fall on bucket edges it is exact: an event that is `windowMs` old no longer counts. Expires when read as when
 * written. Time never runs backwards: what comes late counts now.
 */
export class RollingCounter {
  readonly #windowMs: number;
  readonly #buckets: number;
  /** A ring: bucket `k` spans `(k, k + 1]` widths and lies at `k` modulo its length, one more than the window has buckets. */
  readonly #counts: Float64Array;
  #timeMs: number;
  /** Number of the oldest bucket that still counts. */
  #oldest: number;
  #total = 0;

  /** @param windowMs - over 0; @param startMs - no time before it is known */
  constructor(windowMs: number, startMs: number, buckets = DEFAULT_BUCKETS) {
    assert(windowMs > 0 && buckets >= 1, 'a window has a length and at least one bucket');
    this.#windowMs = windowMs;
    this.#buckets = buckets;
    this.#counts = new Float64Array(buckets + 1);
    this.#timeMs = startMs;
    this.#oldest = this.#oldestAt(startMs);
  }

  add(timeMs: number, amount = 1): void {
    this.#advance(timeMs);
    const bucket = Math.ceil(this.#widths(this.#timeMs)) - 1;
    this.#counts[this.#slotOf(bucket)]! += amount;
    this.#total += amount;
  }

  /** The sum of the window that ends now. */
  total(nowMs: number): number {
    this.#advance(nowMs);
    return this.#total;
  }

  save(): SavedCounter {
    const counts = Array.from(this.#counts, (_, i) => this.#counts[this.#slotOf(this.#oldest + i)]!);
    return { windowMs: this.#windowMs, timeMs: this.#timeMs, oldest: this.#oldest, counts };
  }

  /** Takes a saved count over. One of another window or resolution says nothing about this one: it is left. */
  restore(saved: SavedCounter): void {
    if (saved.windowMs !== this.#windowMs || saved.counts.length !== this.#counts.length) return;
    this.#timeMs = saved.timeMs;
    this.#oldest = saved.oldest;
    for (const [i, count] of saved.counts.entries()) this.#counts[this.#slotOf(saved.oldest + i)] = count;
    this.#total = saved.counts.reduce((sum, count) => sum + count, 0);
  }

  #advance(timeMs: number): void {
    if (!(timeMs > this.#timeMs)) return;
    this.#timeMs = timeMs;
    const oldest = this.#oldestAt(timeMs);
    const expired = Math.min(oldest - this.#oldest, this.#counts.length);
    for (let i = 0; i < expired; i++) this.#clear(this.#slotOf(this.#oldest + i));
    this.#oldest = oldest;
  }

  #clear(slot: number): void {
    this.#total -= this.#counts[slot]!;
    this.#counts[slot] = 0;
  }

  #oldestAt(timeMs: number): number {
    return Math.floor(this.#widths(timeMs)) - this.#buckets;
  }

  #widths(timeMs: number): number {
    return (timeMs * this.#buckets) / this.#windowMs;
  }

  #slotOf(bucket: number): number {
    const length = this.#counts.length;
    return ((bucket % length) + length) % length;
  }
}
