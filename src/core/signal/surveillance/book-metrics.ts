/** The metrics that one book tells by itself: spread, depth, imbalance. Keeps nothing but room to work in. */

import { POW10 } from '../../base/decimal.ts';
import type { Book } from '../../market/book/book.ts';
import type { Instrument } from '../../market/instrument.ts';
import { reachKey } from './book-reach.ts';
import { BANDS_BPS, SideDepth, TOP_FEW, TOP_MANY } from './depth-bands.ts';
import { METRIC_INDEX } from './metric.ts';

const { mid_price, spread_abs, spread_bps, depth_5bps_bid, imbalance } = METRIC_INDEX;
const { top_of_book_imbalance, top_5_notional_imbalance, top_10_notional_imbalance } = METRIC_INDEX;
/** Bid, ask and total of each band stand together. */
const BAND_STRIDE = 3;
/** `imbalance` is that of the 10 bps band. */
const IMBALANCE_BAND = BANDS_BPS.indexOf(10);
/** A little more than a side took the second before. */
const SPARE_LEVELS = 32;

/** Room that the sides of all books are summed in, one after the other. */
export class BookMetrics {
  readonly #bids = new SideDepth(1);
  readonly #asks = new SideDepth(-1);
  /** Levels that each instrument's bids and asks took last: what to copy next time. Changes no figure. */
  readonly #taken: number[] = [];

  /**
   * Fills in the metrics of a live, two-sided book that is not crossed.
   *
   * - mid (bid + ask) / 2; spread ask - bid, and in hundredths of a percent of the mid
   * - depth of N bps: sum of price times size from the best price to mid * (1 -+ N / 10 000), both included, in quote units;
   *   NaN where the book does not reach, or a contract's multiplier is unknown
   * - `imbalance`: (bid - ask) / (bid + ask) of the 10 bps depth, 0 when there is none; `top_5_` and `top_10_notional_imbalance`
   *   likewise of the best levels (fewer where the book has no more), `top_of_book_imbalance` of the best sizes. Ratios know
   *   no multiplier
   *
   * @returns bit i: band i is not reached on at least one side
   * @see the surveillance guide's table of metrics: its names and formulas are kept
   */
  measure(book: Book, instrument: Instrument, values: Float64Array): number {
    const bid = book.bids.bestPrice;
    const ask = book.asks.bestPrice;
    const scale = POW10[book.priceDecimals]!;
    values[mid_price] = (bid + ask) / (2 * scale);
    values[spread_abs] = (ask - bid) / scale;
    values[spread_bps] = ((ask - bid) * 20_000) / (bid + ask);
    values[top_of_book_imbalance] = balance(book.bids.bestSize, book.asks.bestSize);
    this.#read(book, instrument, bid + ask);
    const bidReach = reachKey(book, instrument, 1, this.#bids.lastKey);
    const askReach = reachKey(book, instrument, -1, this.#asks.lastKey);
    this.#balanceTops(bidReach, askReach, values);
    return this.#fillBands(unitOf(book, instrument), bidReach, askReach, values);
  }

  #read(book: Book, { index, spec }: Instrument, twiceMid: number): void {
    const isByPrice = spec.contract.kind !== 'inverse';
    const expected = this.#taken[index] ?? 0;
    const bids = this.#bids.read(book.bids, twiceMid, expected, isByPrice);
    const asks = this.#asks.read(book.asks, twiceMid, expected, isByPrice);
    this.#taken[index] = Math.max(bids, asks) + SPARE_LEVELS;
  }

  #fillBands(unit: number, bidReach: number, askReach: number, values: Float64Array): number {
    let truncated = 0;
    for (let band = 0; band < BANDS_BPS.length; band++) {
      const isBidKnown = bidReach <= this.#bids.edges[band]!;
      const isAskKnown = askReach <= this.#asks.edges[band]!;
      const bid = isBidKnown ? this.#bids.bands[band]! : Number.NaN;
      const ask = isAskKnown ? this.#asks.bands[band]! : Number.NaN;
      if (!isBidKnown || !isAskKnown) truncated |= 1 << band;
      const at = depth_5bps_bid + band * BAND_STRIDE;
      values[at] = bid * unit;
      values[at + 1] = ask * unit;
      values[at + 2] = (bid + ask) * unit;
      if (band === IMBALANCE_BAND) values[imbalance] = balance(bid, ask);
    }
    return truncated;
  }

  /** Fewer levels than a top has are all there are only where the side is known to its end; elsewhere a top ends at the reach. */
  #balanceTops(bidReach: number, askReach: number, values: Float64Array): void {
    const bids = this.#bids;
    const asks = this.#asks;
    const bidLevels = bidReach === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : bids.knownLevels(bidReach);
    const askLevels = askReach === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : asks.knownLevels(askReach);
    const levels = Math.min(bidLevels, askLevels);
    if (levels >= TOP_FEW) values[top_5_notional_imbalance] = balance(bids.topFew, asks.topFew);
    if (levels >= TOP_MANY) values[top_10_notional_imbalance] = balance(bids.topMany, asks.topMany);
  }
}

/** -1 to 1; nothing on either side is no imbalance. */
function balance(bid: number, ask: number): number {
  const total = bid + ask;
  return total === 0 ? 0 : (bid - ask) / total;
}

/** Quote units in one unit of a side's sum, which is of mantissas; NaN: the multiplier is unknown. */
function unitOf(book: Book, instrument: Instrument): number {
  const perUnit = instrument.quoteAmount(1, 1) / POW10[book.sizeDecimals]!;
  return instrument.spec.contract.kind === 'inverse' ? perUnit : perUnit / POW10[book.priceDecimals]!;
}
