/**
 * One side of a book whose best levels are read all the time: those of venues with checksums, at most some thousand levels
 * deep. Says from which rank on it changed. Knows no venue, no sequence, no units.
 */

import type { JsonObject } from '../../base/json.ts';
import { type BookSide, MAX_LEVELS } from './book-side.ts';
import { SortedLevels } from './sorted-levels.ts';

/** @see BookSide */
export class SortedSide implements BookSide {
  /** By price for bids, by negated price for asks. Rank r, 0 the best, is the index `levels.end - 1 - r`. */
  readonly levels = new SortedLevels('kept');
  readonly #sign: 1 | -1;
  droppedLevels = 0;
  /** The best rank that changed since its reader last set this: a level came, went, or has another size. */
  changedRank = 0;

  constructor(side: 'bid' | 'ask') {
    this.#sign = side === 'bid' ? 1 : -1;
  }

  get count(): number {
    return this.levels.end - this.levels.from;
  }

  get bestPrice(): number {
    const { from, end, keys } = this.levels;
    return end > from ? this.#sign * keys[end - 1]! : Number.NaN;
  }

  get bestSize(): number {
    const { from, end, sizes } = this.levels;
    return end > from ? sizes[end - 1]! : Number.NaN;
  }

  clear(): void {
    this.levels.clear();
    this.changedRank = 0;
  }

  load(prices: Float64Array, sizes: Float64Array, from: number, to: number): void {
    const { levels } = this;
    levels.reserve(to - from);
    this.changedRank = 0;
    if (!this.#isBestFirst(prices, sizes, from, to)) {
      for (let i = from; i < to; i++) this.set(prices[i]!, sizes[i]!);
      return;
    }
    let at = levels.from + to - from;
    levels.end = at;
    for (let i = from; i < to; i++) {
      at -= 1;
      levels.keys[at] = this.#sign * prices[i]!;
      levels.sizes[at] = sizes[i]!;
      levels.lengths[at] = 0;
    }
  }

  setAll(prices: Float64Array, sizes: Float64Array, from: number, to: number): void {
    for (let i = from; i < to; i++) this.set(prices[i]!, sizes[i]!);
  }

  set(price: number, size: number): void {
    const { levels } = this;
    const key = this.#sign * price;
    const at = levels.find(key);
    let rank = levels.end - at;
    if (at < levels.end && levels.keys[at] === key) {
      rank -= 1;
      if (size !== 0) {
        levels.sizes[at] = size;
        levels.lengths[at] = 0;
      } else levels.remove(at);
    } else {
      if (size === 0) return;
      levels.insert(at, key, size);
      if (this.count > MAX_LEVELS) {
        this.droppedLevels += 1;
        levels.from += 1;
      }
    }
    if (rank < this.changedRank) this.changedRank = rank;
  }

  truncate(limit: number): void {
    const { levels } = this;
    if (levels.end - levels.from <= limit) return;
    levels.from = levels.end - limit;
    if (limit < this.changedRank) this.changedRank = limit;
  }

  top(limit: number, prices: Float64Array, sizes: Float64Array): number {
    const { levels } = this;
    const count = Math.min(limit, this.count);
    for (let rank = 0; rank < count; rank++) {
      prices[rank] = this.#sign * levels.keys[levels.end - 1 - rank]!;
      sizes[rank] = levels.sizes[levels.end - 1 - rank]!;
    }
    return count;
  }

  rescale(priceFactor: number, sizeFactor: number): void {
    const { keys, sizes, lengths, from, end } = this.levels;
    for (let i = from; i < end; i++) {
      keys[i]! *= priceFactor;
      sizes[i]! *= sizeFactor;
      lengths[i] = 0;
    }
    this.changedRank = 0;
  }

  save(): JsonObject {
    const prices = new Float64Array(this.count);
    const sizes = new Float64Array(this.count);
    this.top(this.count, prices, sizes);
    return { prices: Array.from(prices), sizes: Array.from(sizes), droppedLevels: this.droppedLevels };
  }

  restore(saved: JsonObject): void {
    const prices = Float64Array.from(saved['prices'] as number[]);
    this.load(prices, Float64Array.from(saved['sizes'] as number[]), 0, prices.length);
    this.droppedLevels = saved['droppedLevels'] as number;
  }

  /** As venues send snapshots: such levels can be taken over as they are. */
  #isBestFirst(prices: Float64Array, sizes: Float64Array, from: number, to: number): boolean {
    if (to - from > MAX_LEVELS) return false;
    for (let i = from; i < to; i++) {
      if (sizes[i] === 0 || (i > from && this.#sign * prices[i]! >= this.#sign * prices[i - 1]!)) return false;
    }
    return true;
  }
}
