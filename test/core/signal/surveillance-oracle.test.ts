/**
 * The oracle's cases of metrics and z-scores. What we mean differently, or what another room answers, is listed here by name
 * with the reason; nothing is left out in silence.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isPlainDecimal } from '../../../src/core/base/decimal.ts';
import { BANDS_BPS } from '../../../src/core/signal/surveillance/depth-bands.ts';
import { METRICS, type MetricName, type Sample } from '../../../src/core/signal/surveillance/metric.ts';
import { RollingZscore } from '../../../src/core/signal/surveillance/rolling-zscore.ts';
import { ORACLE } from '../../support/oracle.ts';
import { CONFIG, isClose, metricOf, type TextLevel, World } from './surveillance-world.ts';

const FILE = join(ORACLE, 'microstructure_oracle.json');
const skip = existsSync(FILE) ? false : 'no oracle here';

// biome-ignore lint/suspicious/noExplicitAny: each unit's cases have keys of their own
type Fields = any;

interface Case {
  readonly unit: string;
  readonly name: string;
  readonly input: Fields;
  readonly expect: Fields;
}

const UNITS: Readonly<Record<string, (one: Case) => void>> = {
  spread: playBook,
  depth: playBook,
  imbalance: playImbalance,
  orderbook: playBook,
  price_level: playPriceLevel,
  depth_config: playDepthConfig,
  basis: playBasis,
  ticker: playTicker,
  cross_exchange: playVenues,
  zscore: playZscore,
  spread_zscore: playSpreadZscore,
  basis_zscore: playBasisZscore,
};

/** `unit name`: what we do where the case wants something else, held by `play`. */
const DEPARTURES: Readonly<Record<string, { readonly why: string; readonly play: (one: Case) => void }>> = {
  'orderbook test_unsorted_bids_rejected': {
    why: 'a book sorts what comes: the order in which a venue sends levels means nothing',
    play: ({ input }) => assert.equal(metricOf(sampleOf(input.bids, input.asks)!, 'mid_price'), 50_000.5),
  },
  'ticker test_invalid_24h_range_rejected': { why: 'no metric is made of 24 h highs and lows', play: () => {} },
  'basis test_different_exchanges': {
    why: 'a basis across venues is no basis: the spot of another provider is no leg',
    play: (one) => assert.equal(metricOf(basisSample(one.input)!, 'basis_abs'), Number.NaN),
  },
  'basis test_instrument_validation_disabled': {
    why: 'validation cannot be switched off: a spot of another base is no leg',
    play: (one) => assert.equal(metricOf(basisSample(one.input)!, 'basis_abs'), Number.NaN),
  },
  'zscore test_single_sample_no_zscore': {
    why: 'a window of one sample has no deviation: fewer than two is refused, the config starts at ten',
    play: ({ input }) => assert.throws(() => zscoreOf(input), /two samples/),
  },
};

function sampleOf(bids: readonly TextLevel[], asks: readonly TextLevel[]): Sample | null {
  const world = new World([{ venue: 'coinbase' }]);
  world.markets[0]!.load(bids, asks);
  return world.sample(0, 0);
}

/** The guide's names of what we call otherwise. */
const OUR_NAMES: Readonly<Record<string, MetricName>> = {
  spread: 'spread_abs',
  weighted_imbalance_5: 'top_5_notional_imbalance',
  weighted_imbalance_10: 'top_10_notional_imbalance',
  depth_imbalance_10bps: 'imbalance',
};
/** Of the original's snapshot model, not of its metrics. */
const NOT_OURS = new Set(['best_bid', 'best_ask', 'total_bid_notional', 'total_ask_notional', 'is_valid', 'tol_bps']);

/** Every expected number that is a metric, whatever it is called; a refusal is a missing sample. */
function playBook({ input, expect }: Case): void {
  const sample = sampleOf(input.bids, input.asks);
  if ('error' in expect) {
    assert.equal(sample, null);
    return;
  }
  assert.notEqual(sample, null);
  let compared = 0;
  for (const [key, value] of Object.entries<string | null>(expect)) {
    if (NOT_OURS.has(key)) continue;
    const name = (OUR_NAMES[key] ?? key) as MetricName;
    if (!METRICS.includes(name)) {
      assert.ok(key === 'zscore' || key === 'basis', key);
      assert.equal(value, null, `${key}: none of a single sample`);
      continue;
    }
    compared += 1;
    checkMetric(sample!, name, value!);
  }
  assert.ok(compared > 0, 'a case compares something');
  assert.equal(sample!.truncated, 0);
}

function checkMetric(sample: Sample, name: MetricName, expected: string): void {
  const found = metricOf(sample, name);
  const mid = metricOf(sample, 'mid_price');
  assert.ok(isClose(found, Number(expected), mid), `${name}: ${found}, wanted ${expected}`);
}

/** One of them knows two depths only: a book of one level a side. */
function playImbalance(one: Case): void {
  const { bid_depth: bid, ask_depth: ask } = one.input;
  if (bid === undefined) {
    playBook(one);
    return;
  }
  const sample = sampleOf([['1.0000', bid]], [['1.0000001', ask]])!;
  assert.ok(Math.abs(metricOf(sample, 'top_of_book_imbalance') - Number(one.expect.imbalance)) < 1e-12);
  assert.ok(Math.abs(metricOf(sample, 'imbalance') - Number(one.expect.imbalance)) < 1e-7);
}

/** A sign is no plain decimal: codecs refuse the frame, and no book ever sees one. */
function playPriceLevel({ input, expect }: Case): void {
  if ('error' in expect) {
    assert.equal([input.price, input.quantity].every(isPlainDecimal), false);
    return;
  }
  const { instrument } = new World([{ venue: 'coinbase' }]).markets[0]!;
  assert.equal(instrument.quoteAmount(Number(input.quantity), Number(input.price)), Number(expect.notional));
}

/** Bands are fixed by the names of the metrics, and `imbalance` is of one of them: nothing can be configured wrongly. */
function playDepthConfig({ expect }: Case): void {
  assert.ok('error' in expect);
  assert.equal(BANDS_BPS.includes(10), true);
}

/** Null: a case of ids or of a book that cannot be. */
function basisSample({ perp, spot }: Fields): Sample | null {
  const specOf = (
    leg: Fields,
    venues: Record<string, string>,
  ): { venue: string; base: string; type: 'spot' | 'perpetual' } => {
    const [base, , type] = (leg.instrument ?? 'BTC-USDT-SPOT').split('-');
    return { venue: venues[leg.exchange ?? 'binance']!, base, type: type === 'PERP' ? 'perpetual' : 'spot' };
  };
  const world = new World([
    { ...specOf(perp, { binance: 'binance_usdm' }), ...('instrument' in perp ? {} : { type: 'perpetual' }) },
    specOf(spot, { binance: 'binance', coinbase: 'coinbase' }),
  ]);
  world.markets[0]!.quote(perp.bid ?? '50000', perp.ask ?? '50001');
  if ('bid' in spot) world.markets[1]!.quote(spot.bid, spot.ask);
  else if ('bids' in spot) world.markets[1]!.load(spot.bids, spot.asks);
  else world.markets[1]!.quote('50000', '50001');
  return world.sample(0, 0);
}

function playBasis({ input, expect }: Case): void {
  const sample = basisSample(input)!;
  if ('error' in expect) {
    assert.equal(metricOf(sample, 'basis_abs'), Number.NaN, 'no leg, no basis');
    return;
  }
  checkMetric(sample, 'mid_price', expect.perp_mid);
  checkMetric(sample, 'basis_abs', expect.basis_abs);
  checkMetric(sample, 'basis_bps', expect.basis_bps);
  const basis = metricOf(sample, 'basis_bps');
  assert.deepEqual([basis > 0, basis < 0], [expect.is_premium, expect.is_discount]);
  assert.ok(isClose(Math.abs(basis), Number(expect.abs_basis_bps)), 'its size');
}

/** Names of what a ticker of ours may say, in the oracle's words. */
function playTicker({ input, expect }: Case): void {
  const world = new World([{ venue: 'binance_usdm', type: 'perpetual' }]);
  world.markets[0]!.quote('50000', '50001');
  const numberOf = (value: unknown): number => (value == null ? Number.NaN : Number(value));
  world.ticker(0, 0, {
    markPrice: numberOf(input.mark_price),
    indexPrice: numberOf(input.index_price),
    fundingRate: numberOf(input.funding_rate),
  });
  const sample = world.sample(0, 0)!;
  const names: Readonly<Record<string, MetricName>> = {
    mark_index_deviation_bps: 'mark_index_deviation_bps',
    funding_rate_annualized: 'funding_annual_ratio',
    annualized_funding_rate: 'funding_annual_ratio',
  };
  for (const [key, value] of Object.entries<string | null>(expect)) {
    if (key.startsWith('price_range')) continue; // no metric of ours is made of 24 h highs and lows
    const name = names[key];
    assert.ok(name !== undefined, `${key}: a question that this test does not know`);
    assert.ok(isClose(metricOf(sample, name), numberOf(value)), `${key}: ${metricOf(sample, name)}`);
  }
}

function playVenues({ input, expect }: Case): void {
  const world = new World([{ venue: 'binance' }, { venue: 'okx' }]);
  for (const [i, mid] of [input.mid_a, input.mid_b].entries())
    world.markets[i]!.quote((Number(mid) - 0.005).toFixed(3), (Number(mid) + 0.005).toFixed(3));
  const sample = world.sample(0, 0)!;
  checkMetric(sample, 'cross_exchange_spread_bps', expect.divergence_bps_signed);
  assert.equal(Math.abs(metricOf(sample, 'cross_exchange_spread_bps')).toFixed(2), expect.display_abs);
}

function zscoreOf({ window_size, window, min_samples, min_std }: Fields): RollingZscore {
  return new RollingZscore({
    ...CONFIG.zscore,
    windowSamples: window_size ?? window,
    minSamples: min_samples,
    minStandardDeviation: Number(min_std ?? '0.0001'),
  });
}

/**
 * The original scores a value against a window that holds it already, and so has a first score one sample earlier. We score
 * against the window before. Both are functions of the same windows, so its figures are checked on ours after each value,
 * and our own score against the window that the value before it left.
 */
function playWindow(
  zscore: RollingZscore,
  values: readonly number[],
  expected: readonly (string | null)[],
  input: Fields,
): void {
  for (const [i, value] of values.entries()) {
    const { samples, mean, standardDeviation } = zscore;
    const own = zscore.observe(value, i * 1000);
    const floor = Number(input.min_std ?? '0.0001');
    const wasReady = samples >= input.min_samples && standardDeviation >= floor;
    assert.ok(isClose(own, wasReady ? (value - mean) / standardDeviation : Number.NaN), `own score of sample ${i + 1}`);
    const isReady = zscore.samples >= input.min_samples && zscore.standardDeviation >= floor;
    const theirs = isReady ? (value - zscore.mean) / zscore.standardDeviation : Number.NaN;
    const wanted = expected[i] == null ? Number.NaN : Number(expected[i]);
    assert.ok(isClose(theirs, wanted), `sample ${i + 1}: ${theirs}, wanted ${wanted}`);
  }
}

function playZscore({ input, expect }: Case): void {
  if ('error' in expect) {
    assert.throws(() => zscoreOf(input), /window holds/);
    return;
  }
  const zscore = zscoreOf(input);
  const values = input.values.map(Number);
  if (input.then === 'reset') {
    for (const [i, value] of values.entries()) zscore.observe(value, i * 1000);
    zscore.reset();
    assert.deepEqual(zscore.state, { kind: 'warming', samples: expect.samples_collected, required: input.min_samples });
    return;
  }
  playWindow(zscore, values, expect.zscores, input);
  assert.equal(zscore.samples, expect.samples_collected);
  assert.equal(input.min_samples, expect.samples_required);
  if (expect.mean === null) return;
  assert.ok(isClose(zscore.mean, Number(expect.mean)), 'mean');
  assert.ok(isClose(zscore.standardDeviation, Number(expect.std)), 'deviation');
  if (expect.buffer !== undefined) {
    const { values: window } = (zscore.save() as Fields).window;
    assert.deepEqual(window, expect.buffer.map(Number));
  }
}

function playSpreadZscore({ input, expect }: Case): void {
  const spreads = input.bid_ask_sequence.map(([bid, ask]: [string, string]) =>
    metricOf(sampleOf([[bid, '1']], [[ask, '1']])!, 'spread_bps'),
  );
  const zscore = zscoreOf(input);
  playWindow(zscore, spreads, expect.zscores, input);
  assert.equal(zscore.samples, expect.samples_before_reset);
  zscore.reset();
  assert.equal(zscore.samples, expect.samples_after_reset);
}

/** It scores |basis|, so that a premium that turns into an equal discount is nothing new; ours keeps the sign. */
function playBasisZscore({ input, expect }: Case): void {
  const bases = input.perp_bid_ask.map(([bid, ask]: [string, string]) => {
    const [spotBid, spotAsk] = input.spot;
    const leg = (instrument: string, at: string, to: string): Fields => ({
      exchange: 'binance',
      instrument,
      bid: at,
      ask: to,
    });
    const perp = leg('BTC-USDT-PERP', bid, ask);
    return metricOf(basisSample({ perp, spot: leg('BTC-USDT-SPOT', spotBid, spotAsk) })!, 'basis_bps');
  });
  for (const [i, basis] of bases.entries()) assert.ok(isClose(basis, Number(expect.basis_bps[i])), `basis ${i}`);
  playWindow(zscoreOf(input), bases.map(Math.abs), expect.zscores_of_abs_basis, input);
}

const cases: readonly Case[] = skip === false ? JSON.parse(readFileSync(FILE, 'utf8')) : [];
const ours = cases.filter(({ unit }) => unit in UNITS);

for (const one of ours) {
  const departure = DEPARTURES[`${one.unit} ${one.name}`];
  test(`oracle: ${one.unit} ${one.name}${departure === undefined ? '' : ` (departs: ${departure.why})`}`, () => {
    (departure?.play ?? UNITS[one.unit]!)(one);
  });
}

test('the oracle is played: every unit has cases, every departure names one', { skip }, (t) => {
  const names = new Set(ours.map(({ unit, name }) => `${unit} ${name}`));
  for (const unit of Object.keys(UNITS))
    assert.ok(
      ours.some((one) => one.unit === unit),
      `cases of ${unit}`,
    );
  const departures = Object.keys(DEPARTURES);
  for (const name of departures) assert.ok(names.has(name), `departure: ${name}`);
  t.diagnostic(
    `${ours.length} of the oracle's ${cases.length} cases are metrics and z-scores; ${departures.length} depart`,
  );
});
