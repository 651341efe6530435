import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SignalSeries } from '../../../../src/core/ops/facts.ts';
import { correlationResult, MIN_RETURNS, pearson } from '../../../../src/core/ops/guards/correlation.ts';
import { folderWith, loaded, PROJECT, reportOf, requestIn } from '../../../config/support.ts';
import { GUARDS } from '../kpi/ops-fixtures.ts';

/** Both have mean 0, and correlation 0 with each other. */
const ALONG = [1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1];
const ACROSS = [1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1];

function mixed(r: number): number[] {
  return ALONG.map((along, i) => r * along + Math.sqrt(1 - r * r) * ACROSS[i]!);
}

function signal(symbol: string, score: number, returns: readonly number[]): SignalSeries {
  return { symbol, score, returns };
}

function shown(signals: readonly SignalSeries[] | null, config: Partial<typeof GUARDS.correlation> = {}): string {
  const { name, status, message } = correlationResult(signals, { ...GUARDS.correlation, ...config });
  return `${name} ${status}: ${message}`;
}

test('no signals, or a single one, is no data', () => {
  assert.equal(shown(null), 'correlation NO DATA: no data: no signals');
  assert.equal(shown([]), 'correlation NO DATA: no data: no signals');
  assert.equal(
    shown([signal('BTC/USD', 80, ALONG)]),
    'correlation NO DATA: no data: one signal, BTC/USD, and nothing to compare it with',
  );
});

test('the grade follows the worst pair, which is named', () => {
  const pair = (r: number) => shown([signal('BTC/USD', 80, ALONG), signal('ETH/USD', 70, mixed(r))]);
  const named = 'BTC/USD and ETH/USD';
  // [correlation, expected]
  assert.equal(pair(0.23), `correlation OK: Signal correlation OK: 0.230 (limit 0.850), ${named}`);
  assert.equal(pair(0.764), `correlation OK: Signal correlation OK: 0.764 (limit 0.850), ${named}`);
  assert.equal(pair(0.766), `correlation WARN: Signal correlation elevated: 0.766 (limit 0.850), ${named}`);
  assert.equal(pair(0.851), `correlation BLOCK: Signal correlation too high: 0.851 >= 0.850, ${named}`);
  assert.equal(pair(-0.9), `correlation BLOCK: Signal correlation too high: 0.900 >= 0.850, ${named}, opposite`);
});

test('opposite bets are one bet too, whichever pair comes first', () => {
  const signals = [signal('A', 3, ALONG), signal('B', 2, mixed(0.5)), signal('C', 1, mixed(-0.8))];
  assert.match(shown(signals), /WARN: Signal correlation elevated: 0\.800 \(limit 0\.850\), A and C, opposite/);
});

test('scores decide who is compared, not how alike they are', () => {
  const signals = [
    signal('D', 10, ALONG), // the same as A, and too weak to be looked at
    signal('B', 80, mixed(0.1)),
    signal('A', 80, ALONG),
    signal('C', 79.9, mixed(-0.2)),
  ];
  // B and C correlate by 0.1 * -0.2 + sqrt(0.99 * 0.96): both are mostly ACROSS.
  assert.equal(
    shown(signals, { topNSignals: 3 }),
    'correlation BLOCK: Signal correlation too high: 0.955 >= 0.850, B and C',
  );
  assert.match(shown(signals, { topNSignals: 2 }), /OK: 0\.100 \(limit 0\.850\), A and B/);
  assert.match(shown(signals, { topNSignals: 4 }), /too high: 1\.000 >= 0\.850, A and D/);
});

test('a symbol is not compared with itself', () => {
  assert.match(shown([signal('A', 9, ALONG), signal('A', 8, ALONG)]), /NO DATA: no data: one signal, A/);
});

test('what has no correlation is left out, and said so', () => {
  const flat = ALONG.map(() => 0.01);
  const broken = [...ALONG.slice(1), Number.NaN];
  const signals = [
    signal('A', 5, ALONG),
    signal('B', 4, mixed(0.5)),
    signal('FLAT', 3, flat),
    signal('NAN', 2, broken),
    signal('YOUNG', 1, ALONG.slice(3)),
  ];
  const left = 'left out: FLAT, NAN, YOUNG (too few returns, or none that differ)';
  assert.equal(shown(signals), `correlation OK: Signal correlation OK: 0.500 (limit 0.850), A and B; ${left}`);
  assert.equal(
    shown(signals.slice(2)),
    `correlation NO DATA: no data: no two signals with returns to compare; ${left}`,
  );
});

test('series of different length are compared over their common end, and only within the look-back', () => {
  const old = [9, 8, -7, 6, 5, 9, 3];
  const long = signal('LONG', 2, [...old, ...ALONG]);
  const short = signal('SHORT', 1, mixed(0.3));
  assert.match(shown([long, short]), /OK: 0\.300/);
  const both = [long, signal('OTHER', 1, [...old.map((x) => -x), ...mixed(0.3)])];
  assert.match(shown(both, { lookbackPeriods: 12 }), /OK: 0\.300/);
  assert.match(shown(both, { lookbackPeriods: 19 }), /too high: 0\.9\d\d .*opposite/);
});

test('a pair that stands still over its common end is counted as undefined', () => {
  const flatAtTheEnd = [5, -5, ...Array.from({ length: 12 }, () => 0.5)];
  const signals = [signal('A', 3, ALONG), signal('B', 2, mixed(0.4)), signal('C', 1, flatAtTheEnd)];
  assert.match(shown(signals), /OK: 0\.400 \(limit 0\.850\), A and B; pairs without a correlation: 2$/);
});

const SERIES = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 30 });

test('the correlation of a series with a line through it is 1 or -1, and never beyond', () => {
  fc.assert(
    fc.property(
      SERIES,
      fc.constantFrom(-3, -0.01, 0.5, 1e6),
      fc.integer({ min: -5, max: 5 }),
      (series, slope, shift) => {
        const line = series.map((x) => slope * x + shift);
        const r = pearson(series, line, series.length);
        assert.ok(Number.isNaN(r) || (r >= -1 && r <= 1), `${r}`);
        const spread = Math.max(...series) - Math.min(...series);
        if (spread > 0.01) assert.ok(Math.abs(r - Math.sign(slope)) < 1e-6, `${r}`);
      },
    ),
    { numRuns: 300 },
  );
});

test('against numbers worked out by hand', () => {
  // dx = -2 -1 0 1 2, dy = -1 -2 1 0 2: 2 + 2 + 0 + 0 + 4 over sqrt(10 * 10)
  assert.ok(Math.abs(pearson([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 5) - 0.8) < 1e-12);
  assert.ok(Number.isNaN(pearson([1, 1, 1], [1, 2, 3], 3)));
});

test('the shortest look-back that the config takes is judged, a shorter one is refused', (t) => {
  const requestFor = (periods: number) => {
    const packaged = (name: string) => readFileSync(join(PROJECT, 'config', name), 'utf8');
    const files = {
      'config/ops.yaml': `guards: { correlation: { lookback_periods: ${periods} } }\n`,
      'config/venues.yaml': packaged('venues.yaml'),
      'config/instruments.yaml': packaged('instruments.yaml'),
    };
    return requestIn(folderWith(t, files));
  };
  const { correlation } = loaded(requestFor(MIN_RETURNS)).ops.guards;
  assert.equal(correlation.lookbackPeriods, MIN_RETURNS);
  assert.match(shown([signal('A', 2, ALONG), signal('B', 1, ALONG)], correlation), /^correlation BLOCK/);
  assert.match(reportOf(requestFor(MIN_RETURNS - 1)), /guards\.correlation\.lookback_periods: wanted/);
});
