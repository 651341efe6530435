/** What the surveillance is configured by (config `scanner.yaml`, `surveillance`). Types only. */

import type { MetricName } from './metric.ts';

export interface ZscoreConfig {
  /** Metrics that are scored; `basis_bps` is scored as it is, with its sign. */
  readonly metrics: readonly MetricName[];
  /** Samples in the window (300). */
  readonly windowSamples: number;
  /** Fewer than these, and there is no score yet: `warming n/30`. */
  readonly minSamples: number;
  /** A window whose standard deviation is below this gives no score, in the metric's own unit (0.0001). */
  readonly minStandardDeviation: number;
  /** A hole of at least this long in a key's samples empties that key's window, ms (5000). */
  readonly resetGapMs: number;
}

export interface SurveillanceConfig {
  readonly zscore: ZscoreConfig;
  /** A leg (spot of a basis, another venue's book, mark, index) not heard of for longer is no leg, ms of receive time (5000). */
  readonly maxLegAgeMs: number;
  /** As long a funding rate holds without being said again: OKX says it only every 30 to 90 s; ms of receive time (120 000). */
  readonly maxFundingAgeMs: number;
  /** `depth_10bps_change_pct` compares with the sample this long before; whole seconds, ms (60 000). */
  readonly depthChangeMs: number;
  /** Window of `time_weighted_spread_bps` and `spread_volatility_bps`; whole seconds, ms (300 000). */
  readonly spreadWindowMs: number;
}
