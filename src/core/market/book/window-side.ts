/**
 * One side of a deep, dense book: a window of flat slots around the best price takes the traffic in constant time; the far,
 * thin rest is sorted. Knows no venue, no sequence, no units.
 */

import type { JsonObject } from '../../base/json.ts';
import { type BookSide, MAX_LEVELS } from './book-side.ts';
import { SortedLevels } from './sorted-levels.ts';

/**
 * Windows are 2^10 to 2^16 prices wide: 8 KiB to 512 KiB a side, of which only the pages with levels are touched. A deep book
 * gets the widest: a change below the window costs five times as much as one inside, and measured on recorded Binance books 2^14
 * leaves up to 16 % of them below, while their snapshots alone would suggest 2^11.
 */
const MIN_WINDOW = 1 << 10;
const MAX_WINDOW = 1 << 16;
const DEEP_LEVELS = 500;
/** The best price stands three quarters up a fresh window: books are hit inward more often than they are improved. */
const BEST_AT = 0.75;
/** A lone level's unit would be its own price, and the window's base far beyond 2^53: larger units than this are not used. */
const MAX_UNIT = 1e9;

/**
 * @see BookSide
 *
 * Inside, a key is the price for bids and the negated price for asks, so that the best level always has the largest key.
 * Every far key is below `#base`; slot i of the window is the key `#base + i * #unit`. The unit is what all prices are
 * multiples of (the tick size, where the wire writes more decimals than that), so that the window reaches far enough.
 */
export class WindowSide implements BookSide {
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
  /** Every level that is not in the window. */
  readonly #far = new SortedLevels('none');
  droppedLevels = 0;

  constructor(side: 'bid' | 'ask') {
    this.#sign = side === 'bid' ? 1 : -1;
  }

  get count(): number {
    return this.#windowCount + this.#far.count;
  }

  get bestPrice(): number {
    if (this.#top >= 0) return this.#sign * (this.#base + this.#top * this.#unit);
    const { count, keys, end } = this.#far;
    return count > 0 ? this.#sign * keys[end - 1]! : Number.NaN;
  }

  get bestSize(): number {
    if (this.#top >= 0) return this.#sizes[this.#top]!;
    const { count, sizes, end } = this.#far;
    return count > 0 ? sizes[end - 1]! : Number.NaN;
  }

  clear(): void {
    this.#clearWindow();
    this.#far.clear();
  }

  /** Chooses the window's width, too. */
  load(prices: Float64Array, sizes: Float64Array, from: number, to: number): void {
    this.clear();
    this.#shape(prices, sizes, from, to);
    this.setAll(prices, sizes, from, to);
  }

  setAll(prices: Float64Array, sizes: Float64Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      // Far levels come one after the other, behind those of the window.
      if (this.#sign * prices[i]! >= this.#base) i = this.#setInWindow(prices, sizes, i, to);
      if (i < to) this.set(prices[i]!, sizes[i]!);
    }
  }

  /**
   * Sets levels as long as nothing but slots of the window change: in one loop, because V8 allocates for every double that is
   * passed to a function.
   *
   * @returns the index of the first level that is not set: for `set`
   */
  #setInWindow(prices: Float64Array, sizes: Float64Array, from: number, to: number): number {
    const sign = this.#sign;
    const base = this.#base;
    const unit = this.#unit;
    const slots = this.#sizes;
    const words = this.#words;
    const span = slots.length;
    const room = MAX_LEVELS - this.#far.count;
    let count = this.#windowCount;
    let top = this.#top;
    let i = from;
    for (; i < to; i++) {
      const distance = sign * prices[i]! - base;
      const offset = unit === 1 ? distance : distance / unit;
      const slot = offset | 0;
      if (slot !== offset || slot < 0 || slot >= span || count >= room) break;
      const size = sizes[i]!;
      if (slot >= top) {
        // The best level goes: `set` looks for the next.
        if (size === 0 && slot === top) break;
        if (size !== 0) top = slot;
      }
      // No branches: whether a level is new, changed or gone is a coin toss, and a wrong guess costs as much as three levels.
      const word = words[slot >> 5]!;
      const has = Math.min(size, 1) | 0;
      const had = (word >>> slot) & 1;
      const next = word ^ ((had ^ has) << slot);
      words[slot >> 5] = next;
      slots[slot] = size;
      count += has - had;
      if (word === 0 || next === 0) this.#summarise(slot >> 5, next);
    }
    this.#windowCount = count;
    this.#top = top;
    return i;
  }

  /** Notes whether a word of the window has levels. */
  #summarise(word: number, bits: number): void {
    const bit = 1 << (word & 31);
    if (bits === 0) this.#summary[word >> 5]! &= ~bit;
    else this.#summary[word >> 5]! |= bit;
  }

  set(price: number, size: number): void {
    const key = this.#sign * price;
    const distance = key - this.#base;
    // A division costs as much as the rest of this; most books have the unit 1.
    const offset = this.#unit === 1 ? distance : distance / this.#unit;
    if (offset >= 0 && offset < this.#span) {
      const slot = offset | 0;
      if (slot !== offset) {
        this.#setOffUnit(price, size);
        return;
      }
      // The bits of a window fit the processor's first cache, its sizes do not: they are written, not read.
      const hadLevel = (this.#words[slot >> 5]! & (1 << (slot & 31))) !== 0;
      this.#sizes[slot] = size;
      if (hadLevel) {
        if (size === 0) this.#vacate(slot);
      } else if (size !== 0) {
        this.#occupy(slot);
        if (this.count > MAX_LEVELS) this.#dropWorst();
      }
      return;
    }
    if (this.#unit !== 1 && !isMultiple(key, this.#unit)) this.#setOffUnit(price, size);
    else if (offset < 0) this.#setFar(key, size);
    else if (size !== 0) {
      this.#rebase(key);
      this.set(price, size);
    }
  }

  truncate(limit: number): void {
    while (this.count > limit) this.#removeWorst();
  }

  top(limit: number, prices: Float64Array, sizes: Float64Array): number {
    let found = 0;
    let slot = this.#top;
    while (slot >= 0 && found < limit) {
      prices[found] = this.#sign * (this.#base + slot * this.#unit);
      sizes[found] = this.#sizes[slot]!;
      found += 1;
      slot = this.#below(slot);
    }
    const far = this.#far;
    for (let i = far.end - 1; i >= far.from && found < limit; i--) {
      prices[found] = this.#sign * far.keys[i]!;
      sizes[found] = far.sizes[i]!;
      found += 1;
    }
    return found;
  }

  rescale(priceFactor: number, sizeFactor: number): void {
    const count = this.count;
    const prices = new Float64Array(count);
    const sizes = new Float64Array(count);
    this.top(count, prices, sizes);
    for (let i = 0; i < count; i++) {
      prices[i]! *= priceFactor;
      sizes[i]! *= sizeFactor;
    }
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

  /** Sizes of slots without a level mean nothing. */
  #clearWindow(): void {
    if (this.#windowCount > 0) {
      this.#words.fill(0);
      this.#summary.fill(0);
    }
    this.#top = -1;
    this.#windowCount = 0;
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
    if (this.#top < 0 && this.#far.count > 0) this.#rebase(this.#far.keys[this.#far.end - 1]!);
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
  #setOffUnit(price: number, size: number): void {
    if (size === 0) return;
    const count = this.count;
    const prices = new Float64Array(count + 1);
    const sizes = new Float64Array(count + 1);
    this.top(count, prices, sizes);
    prices[count] = price;
    sizes[count] = size;
    this.load(prices, sizes, 0, count + 1);
  }

  #removeWorst(): void {
    if (this.#far.count > 0) {
      this.#far.from += 1;
      return;
    }
    this.#vacate(this.#lowest());
  }

  #setFar(key: number, size: number): void {
    const far = this.#far;
    const at = far.find(key);
    const isThere = at < far.end && far.keys[at] === key;
    if (size === 0) {
      if (isThere) far.remove(at);
      return;
    }
    if (isThere) far.sizes[at] = size;
    else {
      far.insert(at, key, size);
      if (this.count > MAX_LEVELS) this.#dropWorst();
    }
    // The price has fallen to the bottom of the window: move the window after it.
    if (this.#top >= 0 && this.#top < this.#span >> 3) this.#rebase(this.#base + this.#top * this.#unit);
  }

  /** Chooses the unit and a window that holds nine tenths of these levels, and puts it around their best. */
  #shape(prices: Float64Array, sizes: Float64Array, from: number, to: number): void {
    let unit = 0;
    let isBestFirst = true;
    for (let i = from; i < to; i++) {
      if (sizes[i] === 0 || (i > from && this.#sign * prices[i]! >= this.#sign * prices[i - 1]!)) isBestFirst = false;
      if (unit !== 1 && sizes[i] !== 0 && !isMultiple(prices[i]!, unit)) unit = greatestCommonDivisor(prices[i]!, unit);
    }
    this.#unit = unit > 1 && unit <= MAX_UNIT ? unit : 1;
    // Every venue sends the best level first; sorting a thousand that are sorted costs as much as loading them.
    const ranked = isBestFirst ? prices.subarray(from, to) : this.#rankedPrices(prices, sizes, from, to);
    const count = ranked.length;
    const best = count > 0 ? this.#sign * ranked[0]! : 0;
    const reach = count > 0 ? (best - this.#sign * ranked[count - 1 - Math.floor(count / 10)]!) / this.#unit : 0;
    let span = count > DEEP_LEVELS ? MAX_WINDOW : MIN_WINDOW;
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
    this.#clearWindow();
    this.#base = best - Math.floor(this.#span * BEST_AT) * this.#unit;
    const far = this.#far;
    far.clear();
    // Worst first, so that far keys come in ascending order.
    for (let i = count - 1; i >= 0; i--) {
      const key = this.#sign * prices[i]!;
      if (key < this.#base) {
        far.insert(far.end, key, sizes[i]!);
      } else {
        const slot = (key - this.#base) / this.#unit;
        this.#sizes[slot] = sizes[i]!;
        this.#occupy(slot);
      }
    }
  }
}

/** `price % unit === 0` in a tenth of the time. Exact: below 2^53 a quotient of integers is rounded to no other integer. */
function isMultiple(price: number, unit: number): boolean {
  const quotient = price / unit;
  return unit !== 0 && quotient === Math.floor(quotient);
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
