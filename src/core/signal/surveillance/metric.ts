/** The market-quality metrics by name: what each is, in which unit, and where it stands in a sample. Computes nothing. */

/**
 * In the order of a sample's values; a later version only appends. Names are those of the surveillance guide where it has one.
 *
 * Prices and notionals are in quote units (contracts converted), ratios are -1 to 1, funding is a fraction per interval
 * (`funding_annual_ratio`: a year of it). Flags are 0 or 1. NaN in a sample: unknown at that second, and never zero.
 */
export const METRICS = [
  'mid_price',
  'spread_abs',
  'spread_bps',
  'depth_5bps_bid',
  'depth_5bps_ask',
  'depth_5bps_total',
  'depth_10bps_bid',
  'depth_10bps_ask',
  'depth_10bps_total',
  'depth_25bps_bid',
  'depth_25bps_ask',
  'depth_25bps_total',
  'imbalance',
  'top_of_book_imbalance',
  'top_5_notional_imbalance',
  'top_10_notional_imbalance',
  'depth_10bps_change_pct',
  'basis_abs',
  'basis_bps',
  'mark_index_deviation_bps',
  'mark_mid_deviation_bps',
  'funding_rate',
  'funding_annual_ratio',
  'funding_basis_divergence',
  'cross_exchange_spread_bps',
  'cross_exchange_spread_abs',
  'arbitrage',
  'time_weighted_spread_bps',
  'spread_volatility_bps',
] as const;
export type MetricName = (typeof METRICS)[number];

/** A metric's place in a sample's values. */
export const METRIC_INDEX = Object.fromEntries(METRICS.map((name, index) => [name, index])) as Readonly<
  Record<MetricName, number>
>;

/**
 * One instrument at one second of its venue's exchange time. Owned by the receiver: made anew for each.
 *
 * A band that the received book does not reach is `truncated` and its value NaN: what was received is no depth of the band.
 */
export interface Sample {
  readonly venue: string;
  readonly symbol: string;
  /** Our id, such as `BTC-USDT-PERP`. */
  readonly instrument: string;
  /** The second's start, exchange time, ms since the epoch; a whole number of seconds. */
  readonly timeMs: number;
  /** By `METRICS`; NaN: unknown. */
  readonly values: Float64Array;
  /** By the configured z-score metrics, in their order; NaN: none. */
  readonly zscores: Float64Array;
  /** Bit i: the i-th configured band was not reached on at least one side. */
  readonly truncated: number;
}
