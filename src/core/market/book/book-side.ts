/**
 * One side of an order book: price levels by integer price mantissa. A window of flat slots around the best price takes the
 * traffic in constant time; the far, thin rest stands in sorted arrays. Knows no venue, no sequence, no units.
 */

import type { JsonObject } from '../../base/json.ts';

/**
 * Windows are 2^10 to 2^16 prices wide: 8 KiB to 512 KiB a side. A deep book gets 2^14 at least: measured on recorded Binance
 * books, that takes 85 to 99 % of the updates, while their snapshots alone would suggest 2^11.
 */
const MIN_WINDOW = 1 << 10;
const MIN_DEEP_WINDOW = 1 << 14;
const MAX_WINDOW = 1 << 16;
const DEEP_LEVELS = 500;
/** The best price stands three quarters up a fresh window: books are hit inward more often than they are improved. */
const BEST_AT = 0.75;
/** A lone level's unit would be its own price, and the window's base far beyond 2^53: larger units than this are not used. */
const MAX_UNIT = 1e9;
/** Changed sizes that are noted one by one before the whole top counts as changed. */
const MAX_NOTED = 8;
/** More levels a side than this are not kept; the worst goes, counted. Coinbase's full books have some tens of thousands. */
export const MAX_LEVELS = 100_000;

/**
 * One sorted side. Prices and sizes are non-negative integer mantissas below 2^53; a size of 0 is no level.
 *
 * Inside, a key is the price for bids and the negated price for asks, so that the best level always has the largest key.
 * Every far key is below `#base`; slot i of the window is the key `#base + i * #unit`. The unit is what all prices are
 * multiples of (the tick size, where the wire writes more decimals than that), so that the window reaches far enough.
 */
export class BookSide {
  readonly #sign: 1 | -1;
  #base = 0;
  #unit = 1;
  #span = MIN_WINDOW;
  #sizes = new Float64Array(MIN_WINDOW);
  /** One bit a slot, and one bit a word of those. */
  #words = new Int32Array(MIN_WINDOW >> 5);
  #summary = new Int32Array(MIN_WINDOW >> 10);
  /** The highest used slot, -1 when the window is empty. */
  #top = -1;
  #windowCount = 0;
  /** Ascending keys in `[#farFrom, #farEnd)`: the best is last. Depth-limited books drop their worst level all the time. */
  #farKeys = new Float64Array(64);
  #farSizes = new Float64Array(64);
  #farFrom = 0;
  #farEnd = 0;
  /** Levels pushed out at MAX_LEVELS since the start. */
  droppedLevels = 0;
  /**
   * What changed at or above `#watchKey` since `watch`, for whoever keeps a copy of the top: a level came or went (or too
   * much happened to note), or else only the noted sizes changed.
   */
  isTopReshaped = true;
  notedCount = 0;
  readonly notedPrices = new Float64Array(MAX_NOTED);
  readonly notedSizes = new Float64Array(MAX_NOTED);
  #watchKey = Number.NEGATIVE_INFINITY;

  constructor(side: 'bid' | 'ask') {
    this.#sign = side === 'bid' ? 1 : -1;
  }

  get count(): number {
    return this.#windowCount + this.#farEnd - this.#farFrom;
  }

  /** Price of the best level; NaN when there is none. */
  get bestPrice(): number {
    if (this.#top >= 0) return this.#sign * (this.#base + this.#top * this.#unit);
    return this.#farEnd > this.#farFrom ? this.#sign * this.#farKeys[this.#farEnd - 1]! : Number.NaN;
  }

  /** Size of the best level; NaN when there is none. */
  get bestSize(): number {
    if (this.#top >= 0) return this.#sizes[this.#top]!;
    return this.#farEnd > this.#farFrom ? this.#farSizes[this.#farEnd - 1]! : Number.NaN;
  }

  /** True when anything at or above the watched price changed since `watch`. */
  get isTopChanged(): boolean {
    return this.isTopReshaped || this.notedCount > 0;
  }

  clear(): void {
    if (this.#windowCount > 0) {
      this.#sizes.fill(0);
      this.#words.fill(0);
      this.#summary.fill(0);
    }
    this.#top = -1;
    this.#windowCount = 0;
    this.#farFrom = 0;
    this.#farEnd = 0;
    this.isTopReshaped = true;
  }

  /** Replaces everything by levels in any order; of two with one price the later wins. Chooses the window's width. */
  load(prices: Float64Array, sizes: Float64Array, from: number, to: number): void {
    this.clear();
    this.#shape(prices, sizes, from, to);
    for (let i = from; i < to; i++) this.set(prices[i]!, sizes[i]!);
  }

  /** Sets the size at a price; 0 removes it, and removing what is not there is harmless. */
  set(price: number, size: number): void {
    const key = this.#sign * price;
    const distance = key - this.#base;
    // A division costs as much as the rest of this; most books have the unit 1.
    const offset = this.#unit === 1 ? distance : distance / this.#unit;
    if (offset >= 0 && offset < this.#span) {
      const slot = offset | 0;
      if (slot !== offset) {
        this.#setOffUnit(price, key, size);
        return;
      }
      // The bits of a window fit the processor's first cache, its sizes do not: they are written, not read.
      const hadLevel = (this.#words[slot >> 5]! & (1 << (slot & 31))) !== 0;
      this.#sizes[slot] = size;
      if (hadLevel && size !== 0) {
        if (key < this.#watchKey) return;
        const at = this.notedCount;
        if (at === MAX_NOTED) this.isTopReshaped = true;
        else {
          this.notedPrices[at] = price;
          this.notedSizes[at] = size;
          this.notedCount = at + 1;
        }
        return;
      }
      if (key >= this.#watchKey && (hadLevel || size !== 0)) this.isTopReshaped = true;
      if (hadLevel) this.#vacate(slot);
      else if (size !== 0) {
        this.#occupy(slot);
        if (this.count > MAX_LEVELS) this.#dropWorst();
      }
      return;
    }
    if (key >= this.#watchKey) this.isTopReshaped = true;
    if (key % this.#unit !== 0) this.#setOffUnit(price, key, size);
    else if (offset < 0) this.#setFar(key, size);
    else if (size !== 0) {
      this.#rebase(key);
      this.set(price, size);
    }
  }

  /** Removes the worst levels until at most `limit` are left. */
  truncate(limit: number): void {
    while (this.count > limit) this.#removeWorst();
  }

  /**
   * Copies the best levels, best first.
   *
   * @returns how many were copied: `limit` or as many as there are
   */
  top(limit: number, prices: Float64Array, sizes: Float64Array): number {
    let found = 0;
    let slot = this.#top;
    while (slot >= 0 && found < limit) {
      prices[found] = this.#sign * (this.#base + slot * this.#unit);
      sizes[found] = this.#sizes[slot]!;
      found += 1;
      slot = this.#below(slot);
    }
    for (let i = this.#farEnd - 1; i >= this.#farFrom && found < limit; i--) {
      prices[found] = this.#sign * this.#farKeys[i]!;
      sizes[found] = this.#farSizes[i]!;
      found += 1;
    }
    return found;
  }

  /** From now on changes at `price` or better are told; NaN: any change. Forgets those told before. */
  watch(price: number): void {
    this.#watchKey = !Number.isNaN(price) ? this.#sign * price : Number.NEGATIVE_INFINITY;
    this.isTopReshaped = false;
    this.notedCount = 0;
  }

  /** Multiplies all prices and sizes by powers of ten (an instrument's decimals grew). */
  rescale(priceFactor: number, sizeFactor: number): void {
    const count = this.count;
    const prices = new Float64Array(count);
    const sizes = new Float64Array(count);
    this.top(count, prices, sizes);
    for (let i = 0; i < count; i++) {
      prices[i]! *= priceFactor;
      sizes[i]! *= sizeFactor;
    }
    this.#watchKey = Number.NEGATIVE_INFINITY;
    this.load(prices, sizes, 0, count);
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

  #occupy(slot: number): void {
    this.#words[slot >> 5]! |= 1 << (slot & 31);
    this.#summary[slot >> 10]! |= 1 << ((slot >> 5) & 31);
    this.#windowCount += 1;
    if (slot > this.#top) this.#top = slot;
  }

  #vacate(slot: number): void {
    const word = slot >> 5;
    this.#words[word]! &= ~(1 << (slot & 31));
    if (this.#words[word] === 0) this.#summary[slot >> 10]! &= ~(1 << (word & 31));
    this.#windowCount -= 1;
    if (slot !== this.#top) return;
    this.#top = this.#below(slot);
    if (this.#top < 0 && this.#farEnd > this.#farFrom) this.#rebase(this.#farKeys[this.#farEnd - 1]!);
  }

  /** The highest used slot below `slot`, or -1. */
  #below(slot: number): number {
    const word = slot >> 5;
    const rest = this.#words[word]! & ((1 << (slot & 31)) - 1);
    if (rest !== 0) return (word << 5) + 31 - Math.clz32(rest);
    let group = slot >> 10;
    let groups = this.#summary[group]! & ((1 << (word & 31)) - 1);
    while (groups === 0) {
      group -= 1;
      if (group < 0) return -1;
      groups = this.#summary[group]!;
    }
    const next = (group << 5) + 31 - Math.clz32(groups);
    return (next << 5) + 31 - Math.clz32(this.#words[next]!);
  }

  /** The lowest used slot; the window must not be empty. */
  #lowest(): number {
    let group = 0;
    while (this.#summary[group] === 0) group += 1;
    const groups = this.#summary[group]!;
    const word = (group << 5) + 31 - Math.clz32(groups & -groups);
    const bits = this.#words[word]!;
    return (word << 5) + 31 - Math.clz32(bits & -bits);
  }

  #dropWorst(): void {
    this.droppedLevels += 1;
    this.#removeWorst();
  }

  /** A price between the units seen so far: no level can be there to remove, and one to add makes the unit smaller. */
  #setOffUnit(price: number, key: number, size: number): void {
    if (size === 0) return;
    const count = this.count;
    const prices = new Float64Array(count + 1);
    const sizes = new Float64Array(count + 1);
    this.top(count, prices, sizes);
    prices[count] = price;
    sizes[count] = size;
    const watchKey = this.#watchKey;
    const isTopReshaped = this.isTopReshaped || key >= watchKey;
    this.load(prices, sizes, 0, count + 1);
    this.#watchKey = watchKey;
    this.isTopReshaped = isTopReshaped;
  }

  #removeWorst(): void {
    if (this.#farEnd > this.#farFrom) {
      if (this.#farKeys[this.#farFrom]! >= this.#watchKey) this.isTopReshaped = true;
      this.#farFrom += 1;
      return;
    }
    const slot = this.#lowest();
    if (this.#base + slot * this.#unit >= this.#watchKey) this.isTopReshaped = true;
    this.#sizes[slot] = 0;
    this.#vacate(slot);
  }

  #setFar(key: number, size: number): void {
    const at = this.#farIndex(key);
    const isThere = at < this.#farEnd && this.#farKeys[at] === key;
    if (size !== 0) {
      if (isThere) this.#farSizes[at] = size;
      else {
        this.#insertFar(at, key, size);
        if (this.count > MAX_LEVELS) this.#dropWorst();
      }
      // The price has fallen to the bottom of the window: move the window after it.
      if (this.#top >= 0 && this.#top < this.#span >> 3) this.#rebase(this.#base + this.#top * this.#unit);
    } else if (isThere) {
      this.#farKeys.copyWithin(at, at + 1, this.#farEnd);
      this.#farSizes.copyWithin(at, at + 1, this.#farEnd);
      this.#farEnd -= 1;
    }
  }

  #insertFar(at: number, key: number, size: number): void {
    if (this.#farFrom > 0) {
      // The worse levels move down into the room that dropped ones left.
      const keys = this.#farKeys;
      const sizes = this.#farSizes;
      this.#farFrom -= 1;
      keys.copyWithin(this.#farFrom, this.#farFrom + 1, at);
      sizes.copyWithin(this.#farFrom, this.#farFrom + 1, at);
      keys[at - 1] = key;
      sizes[at - 1] = size;
      return;
    }
    if (this.#farEnd === this.#farKeys.length) this.#growFar();
    this.#farKeys.copyWithin(at + 1, at, this.#farEnd);
    this.#farSizes.copyWithin(at + 1, at, this.#farEnd);
    this.#farKeys[at] = key;
    this.#farSizes[at] = size;
    this.#farEnd += 1;
  }

  #growFar(): void {
    const keys = new Float64Array(this.#farKeys.length * 2);
    const sizes = new Float64Array(keys.length);
    keys.set(this.#farKeys);
    sizes.set(this.#farSizes);
    this.#farKeys = keys;
    this.#farSizes = sizes;
  }

  /** The first far index whose key is not below `key`. */
  #farIndex(key: number): number {
    let low = this.#farFrom;
    let high = this.#farEnd;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#farKeys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Chooses the unit and a window that holds nine tenths of these levels, and puts it around their best. */
  #shape(prices: Float64Array, sizes: Float64Array, from: number, to: number): void {
    let unit = 0;
    let isBestFirst = true;
    for (let i = from; i < to; i++) {
      if (sizes[i] === 0 || (i > from && this.#sign * prices[i]! >= this.#sign * prices[i - 1]!)) isBestFirst = false;
      if (unit !== 1 && sizes[i] !== 0) unit = greatestCommonDivisor(prices[i]!, unit);
    }
    this.#unit = unit > 1 && unit <= MAX_UNIT ? unit : 1;
    // Every venue sends the best level first; sorting a thousand that are sorted costs as much as loading them.
    const ranked = isBestFirst ? prices.subarray(from, to) : this.#rankedPrices(prices, sizes, from, to);
    const count = ranked.length;
    const best = count > 0 ? this.#sign * ranked[0]! : 0;
    const reach = count > 0 ? (best - this.#sign * ranked[count - 1 - Math.floor(count / 10)]!) / this.#unit : 0;
    let span = count > DEEP_LEVELS ? MIN_DEEP_WINDOW : MIN_WINDOW;
    while (span < MAX_WINDOW && span * BEST_AT < reach) span *= 2;
    if (span !== this.#span) {
      this.#span = span;
      this.#sizes = new Float64Array(span);
      this.#words = new Int32Array(span >> 5);
      this.#summary = new Int32Array(span >> 10);
    }
    this.#base = best - Math.floor(span * BEST_AT) * this.#unit;
  }

  /** The prices of levels in any order, best first. */
  #rankedPrices(prices: Float64Array, sizes: Float64Array, from: number, to: number): Float64Array {
    const sorted = prices
      .subarray(from, to)
      .filter((_, i) => sizes[from + i] !== 0)
      .sort();
    return this.#sign > 0 ? sorted.reverse() : sorted;
  }

  /** Moves the window so that `best` stands three quarters up; levels cross between it and the far arrays. */
  #rebase(best: number): void {
    const count = this.count;
    const prices = new Float64Array(count);
    const sizes = new Float64Array(count);
    this.top(count, prices, sizes);
    for (let slot = this.#top; slot >= 0; slot = this.#below(slot)) this.#sizes[slot] = 0;
    this.#words.fill(0);
    this.#summary.fill(0);
    this.#top = -1;
    this.#windowCount = 0;
    this.#base = best - Math.floor(this.#span * BEST_AT) * this.#unit;
    while (this.#farKeys.length < count) this.#growFar();
    this.#farFrom = 0;
    this.#farEnd = 0;
    // Worst first, so that far keys come in ascending order.
    for (let i = count - 1; i >= 0; i--) {
      const key = this.#sign * prices[i]!;
      if (key < this.#base) {
        this.#farKeys[this.#farEnd] = key;
        this.#farSizes[this.#farEnd] = sizes[i]!;
        this.#farEnd += 1;
      } else {
        const slot = (key - this.#base) / this.#unit;
        this.#sizes[slot] = sizes[i]!;
        this.#occupy(slot);
      }
    }
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
