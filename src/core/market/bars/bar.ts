/** The closed bar, as every reader of it sees it. Holds types only. */

/** Where a bar's prices come from: its trades; the book's mid at its close, when it had none; nowhere. */
export type PriceSource = 'trade' | 'mid' | 'none';

/**
 * OHLCV of one minute (or 15, or 60), labelled by its close, `[openMs, closeMs)` in exchange time.
 *
 * Prices in quote units. Volumes are sums over the trades seen (0 without trades, a lower bound where not covered), NULL
 * when the contract's multiplier is unknown. Immutable: a late trade makes a new one with the next `revision`.
 */
export interface Bar {
  readonly openMs: number;
  /** The label: exclusive end of the bar, ms since epoch. */
  readonly closeMs: number;
  /** 0 for the first emission. */
  readonly revision: number;
  readonly priceSource: PriceSource;
  readonly open: number | null;
  readonly high: number | null;
  readonly low: number | null;
  readonly close: number | null;
  readonly baseVolume: number | null;
  readonly quoteVolume: number | null;
  readonly buyQuoteVolume: number | null;
  readonly sellQuoteVolume: number | null;
  readonly tradeCount: number;
  /** quoteVolume / baseVolume; NULL without trades. */
  readonly vwap: number | null;
  /** Cumulative volume delta of the bar: buy minus sell quote volume. */
  readonly cvd: number | null;
  /** True only if the trade channel was covered for the whole bar without a gap. */
  readonly complete: boolean;
  /** Whole milliseconds of the bar during which the trade channel was covered; a fraction is cut off. */
  readonly coverageMs: number;
}
