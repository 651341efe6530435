/** Percentiles of how late frames were stepped. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LagHistogram } from '../../src/shell/feeds/driver/lag-histogram.ts';

test('percentiles of all that came since the last asking', () => {
  for (const [lagsMs, expected] of [
    [[], null],
    [[0], { p50: 0, p95: 0, p99: 0 }],
    [[0.01, 0.05, 0.06], { p50: 0.05, p95: 0.1, p99: 0.1 }],
    [[50, 51, 400], { p50: 55, p95: 400, p99: 400 }],
    [[1e9], { p50: 60_000, p95: 60_000, p99: 60_000 }],
    [Array.from({ length: 100 }, (_, i) => i / 10), { p50: 4.9, p95: 9.4, p99: 9.8 }],
  ] as const) {
    const lags = new LagHistogram();
    for (const lagMs of lagsMs) lags.add(lagMs);
    assert.deepEqual(lags.take(), expected);
    assert.equal(lags.take(), null);
  }
});

test('never less than the true percentile, and never more than a bin above it', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 59_000, noNaN: true }), { minLength: 1 }), (lagsMs) => {
      const lags = new LagHistogram();
      for (const lagMs of lagsMs) lags.add(lagMs);
      const sorted = Float64Array.from(lagsMs).sort();
      const { p50, p95, p99 } = lags.take()!;
      for (const [share, told] of [
        [0.5, p50],
        [0.95, p95],
        [0.99, p99],
      ] as const) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1]!;
        const bin = exact < 50 ? 0.05 : 5;
        assert.ok(told >= exact - 1e-9 && told <= exact + bin + 1e-9, `${told} of ${exact}`);
      }
    }),
  );
});
