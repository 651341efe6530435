/** What the benches measure surveillance with: the shipped windows, and more metrics scored. Data only. */

import type { SurveillanceConfig } from '../../src/core/signal/surveillance/surveillance-config.ts';

export const SURVEILLANCE_CONFIG: SurveillanceConfig = {
  zscore: {
    metrics: [
      'spread_bps',
      'basis_bps',
      'depth_10bps_total',
      'imbalance',
      'mark_index_deviation_bps',
      'cross_exchange_spread_bps',
    ],
    windowSamples: 300,
    minSamples: 30,
    minStandardDeviation: 0.0001,
    resetGapMs: 5000,
  },
  maxLegAgeMs: 5000,
  maxFundingAgeMs: 120_000,
  depthChangeMs: 60_000,
  spreadWindowMs: 300_000,
};
