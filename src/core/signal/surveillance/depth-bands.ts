/** Sums one side of a book from its best level outwards, as far as the widest band. Knows no venue and no units. */

import type { BookSide } from '../../market/book/book-side.ts';

/** The bands around the mid, in hundredths of a percent; `METRICS` has their names in this order. */
export const BANDS_BPS: readonly number[] = [5, 10, 25];
const WIDEST = BANDS_BPS.length - 1;
/** Levels a side that the notional imbalances are of. */
export const TOP_FEW = 5;
export const TOP_MANY = 10;
/** Levels copied at first; a book is asked for more as long as its widest band wants more. */
const FIRST_LEVELS = 64;
const BPS = 10_000;

/**
 * The last price of a band, exactly: band limits are inclusive and venues' prices do stand on them, where rounding would drop
 * a level. Integers throughout, as long as twice the mid is below 2^53.
 *
 * @param twiceMid - best bid and best ask together, price mantissas
 * @param sign - 1: the lowest bid of the band; -1: the highest ask
 */
export function bandEdge(twiceMid: number, bps: number, sign: 1 | -1): number {
  const parts = 2 * BPS;
  const rest = twiceMid % parts;
  const whole = (twiceMid - rest) / parts;
  const share = BPS - sign * bps;
  const fraction = (rest * share) / parts;
  return whole * share + (sign > 0 ? Math.ceil(fraction) : Math.floor(fraction));
}

/** What one side holds. Reused: valid until the next `read`. */
export class SideDepth {
  /** By `BANDS_BPS`: the sum of all levels read that lie in the band. */
  readonly bands = new Float64Array(BANDS_BPS.length);
  /** Limits of the bands as keys: the price, negated for asks. */
  readonly edges = new Float64Array(BANDS_BPS.length);
  /** Of the best levels, wherever they lie. */
  topFew = 0;
  topMany = 0;
  /** How many levels were read, more than the larger top where there are as many; and the key of the last. */
  found = 0;
  lastKey = Number.NaN;
  readonly #sign: 1 | -1;
  #prices = new Float64Array(FIRST_LEVELS);
  #sizes = new Float64Array(FIRST_LEVELS);

  /** @param sign - 1 bids, -1 asks */
  constructor(sign: 1 | -1) {
    this.#sign = sign;
  }

  /**
   * Sums a side that is not empty.
   *
   * @param expected - levels that will probably do; a wrong guess costs time, nothing else
   * @param isByPrice - a level weighs price times size; else its size alone (inverse contracts)
   * @returns how many levels the widest band and the tops took
   */
  read(side: BookSide, twiceMid: number, expected: number, isByPrice: boolean): number {
    for (let band = 0; band <= WIDEST; band++)
      this.edges[band] = this.#sign * bandEdge(twiceMid, BANDS_BPS[band]!, this.#sign);
    this.found = this.#copy(side, Math.max(expected, TOP_MANY + 1));
    return this.#sum(this.found, isByPrice);
  }

  /** How many of the best levels, up to as many as the larger top takes, are known: none beyond `reach`, a key. */
  knownLevels(reach: number): number {
    const most = Math.min(this.found, TOP_MANY);
    let level = 0;
    while (level < most && this.#sign * this.#prices[level]! >= reach) level += 1;
    return level;
  }

  /** Copies the best levels, past the widest band or all there are. */
  #copy(side: BookSide, expected: number): number {
    const edge = this.edges[WIDEST]!;
    for (let limit = expected; ; limit *= 4) {
      if (this.#prices.length < limit) {
        this.#prices = new Float64Array(limit);
        this.#sizes = new Float64Array(limit);
      }
      const found = side.top(limit, this.#prices, this.#sizes);
      this.lastKey = this.#sign * this.#prices[found - 1]!;
      if (found < limit || this.lastKey < edge) return found;
    }
  }

  #sum(found: number, isByPrice: boolean): number {
    const sign = this.#sign;
    const prices = this.#prices;
    const sizes = this.#sizes;
    const { bands, edges } = this;
    let sum = 0;
    let band = 0;
    let level = 0;
    for (; level < found; level++) {
      const price = prices[level]!;
      while (band <= WIDEST && sign * price < edges[band]!) bands[band++] = sum;
      if (level === TOP_FEW) this.topFew = sum;
      if (level === TOP_MANY) this.topMany = sum;
      if (band > WIDEST && level >= TOP_MANY) break;
      sum += isByPrice ? price * sizes[level]! : sizes[level]!;
    }
    for (; band <= WIDEST; band++) bands[band] = sum;
    if (found <= TOP_FEW) this.topFew = sum;
    if (found <= TOP_MANY) this.topMany = sum;
    return level;
  }
}
