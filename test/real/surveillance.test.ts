/** Every metric of every sampled second of the recordings, against the slow reference; and scores against two passes. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InstrumentSpec } from '../../src/core/market/instrument.ts';
import { Tick } from '../../src/core/market/tick.ts';
import { discoveredSpec } from '../../src/core/market/venues/symbol-table.ts';
import type { InstrumentRun } from '../../src/core/scan/instrument-run.ts';
import { Scanner } from '../../src/core/scan/scanner.ts';
import type { VenueRun } from '../../src/core/scan/venue-run.ts';
import { METRICS, type MetricName, type Sample } from '../../src/core/signal/surveillance/metric.ts';
import { Surveillance } from '../../src/core/signal/surveillance/surveillance.ts';
import type { SurveillanceConfig } from '../../src/core/signal/surveillance/surveillance-config.ts';
import { openRecordings } from '../../src/shell/recording/open.ts';
import { linkInput, CONFIG as MARKET_CONFIG, stepFrame } from '../core/scan/bench-scanner.ts';
import { isClose } from '../core/signal/surveillance-world.ts';
import { decodeText } from '../support/codec-harness.ts';
import { HFTBACKTEST } from './support/hftbacktest.ts';
import { at, skip } from './support/payloads.ts';
import {
  basisMetrics,
  bookMetrics,
  type Decimal,
  decimalOf,
  type Metrics,
  moments,
  type ReferenceBook,
  type ReferenceSide,
  type ReferenceTerms,
  termMetrics,
  venueMetrics,
} from './surveillance-reference.ts';

/** Windows that fit into recordings of half a minute. */
const CONFIG: SurveillanceConfig = {
  zscore: {
    metrics: ['spread_bps', 'basis_bps', 'depth_10bps_total', 'imbalance'],
    windowSamples: 15,
    minSamples: 5,
    minStandardDeviation: 0.0001,
    resetGapMs: 5000,
  },
  maxLegAgeMs: 5000,
  maxFundingAgeMs: 120_000,
  depthChangeMs: 7000,
  spreadWindowMs: 10_000,
};

interface Recording {
  readonly name: string;
  readonly paths: readonly string[];
  /** What discovery does not know. */
  readonly specs: readonly InstrumentSpec[];
  /** Fewer samples than these, and the test tests nothing. */
  readonly samples: number;
  /** Metrics that are a number in at least one of them. */
  readonly known: readonly MetricName[];
}

const spec = (venue: string, symbol: string, rest: Partial<InstrumentSpec>): InstrumentSpec =>
  discoveredSpec(venue, symbol, { quote: 'USDT', type: 'spot', ...rest });

const BOOK: readonly MetricName[] = ['mid_price', 'spread_bps', 'top_10_notional_imbalance', 'spread_volatility_bps'];
const DEPTH: readonly MetricName[] = ['depth_10bps_total', 'imbalance', 'depth_10bps_change_pct'];

const RECORDINGS: readonly Recording[] = [
  {
    name: 'Binance spot, USD-M and COIN-M',
    paths: HFTBACKTEST.map(({ path }) => path),
    specs: ['BTC', 'ETH'].flatMap((base) => [
      spec('binance', `${base}USDT`, { base }),
      spec('binance_usdm', `${base}USDT`, { base, type: 'perpetual' }),
      // As if its dollars were USDT: another venue to compare with, and inverse contracts of 100 and 10 dollars.
      spec('binance_coinm', `${base}USD_PERP`, {
        base,
        type: 'perpetual',
        contract: { kind: 'inverse', multiplier: base === 'BTC' ? 100 : 10 },
      }),
    ]),
    samples: 2000,
    known: [...BOOK, ...DEPTH, 'depth_5bps_total', 'basis_bps', 'cross_exchange_spread_bps', 'arbitrage'],
  },
  {
    name: 'Bybit spot and linear',
    paths: [at('cryptofeed/v3_jsonl/BYBIT.jsonl.zst')],
    specs: ['BTC', 'ETH'].flatMap((base) => [
      spec('bybit_spot', `${base}USDT`, { base, depth: 200 }),
      spec('bybit_linear', `${base}USDT`, { base, type: 'perpetual', depth: 200 }),
    ]),
    samples: 150,
    known: [...BOOK, 'basis_bps', 'mark_index_deviation_bps', 'mark_mid_deviation_bps', 'funding_basis_divergence'],
  },
  { name: 'Kraken', paths: [at('cryptofeed/raw/KRAKEN')], specs: [], samples: 1000, known: [...BOOK, ...DEPTH] },
  { name: 'OKX', paths: [at('cryptofeed/raw/OKX')], specs: [], samples: 200, known: [...BOOK, 'depth_5bps_bid'] },
  { name: 'Coinbase', paths: [at('cryptofeed/raw/COINBASE')], specs: [], samples: 250, known: [...BOOK, ...DEPTH] },
];

/** The last prices of each snapshot that was asked for, as sent: `venue symbol side`. */
type SnapshotEnds = Map<string, Decimal>;

/** Levels best first, and how far the side is known: to the end of its snapshot, of its levels, or to its own end. */
function referenceSide(run: InstrumentRun, side: 'bids' | 'asks', ends: SnapshotEnds): ReferenceSide {
  const { book, instrument } = run;
  const { count } = book[side];
  const [prices, sizes] = [new Float64Array(count), new Float64Array(count)];
  book[side].top(count, prices, sizes);
  const levels = Array.from(prices, (price, i) => [BigInt(price), BigInt(sizes[i]!)] as const);
  const { venue, symbol, spec } = instrument;
  const end = ends.get(`${venue} ${symbol} ${side}`);
  if (end !== undefined)
    return { levels, reach: (end.digits * 10n ** BigInt(book.priceDecimals)) / 10n ** BigInt(end.decimals) };
  const isWhole = venue === 'coinbase' || (spec.depth !== null && count < spec.depth);
  return { levels, reach: isWhole ? null : levels.at(-1)![0] };
}

/** Null: no sample is due. */
function referenceBook(run: InstrumentRun, ends: SnapshotEnds): ReferenceBook | null {
  const { book, instrument } = run;
  if (book.state !== 'live' || book.bids.count === 0 || book.asks.count === 0) return null;
  if (book.bids.bestPrice >= book.asks.bestPrice) return null;
  const { contract } = instrument.spec;
  const multiplier = contract.kind === 'base' ? 1 : contract.multiplier;
  return {
    bids: referenceSide(run, 'bids', ends),
    asks: referenceSide(run, 'asks', ends),
    priceDecimals: book.priceDecimals,
    sizeDecimals: book.sizeDecimals,
    isInverse: contract.kind === 'inverse',
    multiplier: multiplier === null ? null : decimalOf(`${multiplier}`),
  };
}

/** What a play of a recording saw and compared. */
class Comparison {
  readonly #surveillance = new Surveillance(CONFIG);
  readonly #scanner: Scanner;
  readonly #added = new Set<InstrumentRun>();
  readonly #lastSecond = new Map<VenueRun, number>();
  readonly #terms = new Map<string, ReferenceTerms>();
  /** Reference values by second, of each instrument. */
  readonly #history = new Map<InstrumentRun, Map<number, Metrics>>();
  readonly #ends: SnapshotEnds = new Map();
  readonly known = new Set<string>();
  samples = 0;
  scores = 0;
  truncated = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** After each frame: samples every venue whose exchange time has reached another second. */
  follow(nowMs: number): void {
    for (const run of this.#scanner.instruments) {
      if (this.#added.has(run)) continue;
      this.#added.add(run);
      this.#surveillance.add(run.instrument, run);
      this.#history.set(run, new Map());
    }
    for (const venue of this.#scanner.venues) {
      const second = Math.floor(venue.clock.nowMs / 1000);
      if (Number.isNaN(second) || second === this.#lastSecond.get(venue)) continue;
      this.#lastSecond.set(venue, second);
      for (const run of venue.instruments) this.#compare(run, second, nowMs);
    }
  }

  /** A snapshot that was asked for, in Binance's words: `{"lastUpdateId":…,"bids":[["61837.63","3.78"],…],"asks":[…]}`. */
  hearSnapshot(venue: string, symbol: string, text: string): void {
    const message = JSON.parse(text);
    if (!('lastUpdateId' in message)) return;
    for (const side of ['bids', 'asks'])
      this.#ends.set(`${venue} ${symbol} ${side}`, decimalOf(message[side].at(-1)[0]));
  }

  /** Bybit's own words, merged by hand: `{"topic":"tickers.BTCUSDT","data":{"markPrice":"65117.43",…}}`. */
  hearTicker(venue: string, text: string, nowMs: number): void {
    const { topic, data } = JSON.parse(text);
    if (typeof topic !== 'string' || !topic.startsWith('tickers.')) return;
    const key = `${venue} ${data.symbol}`;
    const before = this.#terms.get(key);
    this.#terms.set(key, {
      mark: data.markPrice ?? before?.mark ?? null,
      index: data.indexPrice ?? before?.index ?? null,
      funding: data.fundingRate ?? before?.funding ?? null,
    });
    const run = this.#scanner.instruments.find(
      ({ instrument }) => instrument.venue === venue && instrument.symbol === data.symbol,
    )!;
    const numberOf = (value: string | undefined): number => (value === undefined ? Number.NaN : Number(value));
    this.follow(nowMs);
    const tick = new Tick();
    tick.instrument = run.instrument;
    tick.markPrice = numberOf(data.markPrice);
    tick.indexPrice = numberOf(data.indexPrice);
    tick.fundingRate = numberOf(data.fundingRate);
    tick.nextFundingTimeMs = numberOf(data.nextFundingTime);
    this.#surveillance.onTicker(tick, nowMs);
  }

  #compare(run: InstrumentRun, second: number, nowMs: number): void {
    const book = referenceBook(run, this.#ends);
    const { venue, symbol } = run.instrument;
    const where = `${venue} ${symbol} at ${second}`;
    const sample = this.#surveillance.sample(run.instrument.index, second * 1000, nowMs);
    if (book === null || sample === null) {
      assert.equal(sample, null, `${where}: a sample without a book`);
      assert.equal(book, null, `${where}: a book without a sample`);
      return;
    }
    this.samples += 1;
    const expected = this.#expected(run, book, second);
    for (const [i, name] of METRICS.entries()) {
      const wanted = expected[name] ?? Number.NaN;
      const found = sample.values[i]!;
      assert.ok(isClose(found, wanted, expected['mid_price']!), `${where}: ${name} is ${found}, wanted ${wanted}`);
      if (!Number.isNaN(found)) this.known.add(name);
    }
    this.#compareTruncated(sample, expected, where);
    this.#compareScores(sample, run, second, where);
  }

  #expected(run: InstrumentRun, book: ReferenceBook, second: number): Metrics {
    const { base, type } = run.instrument.spec;
    const legs = this.#scanner.instruments.filter(
      (other) => other !== run && base !== null && other.instrument.spec.base === base,
    );
    const booksOf = (legType: string): ReferenceBook[] =>
      legs.flatMap((leg) => (leg.instrument.spec.type === legType ? (referenceBook(leg, this.#ends) ?? []) : []));
    const metrics = bookMetrics(book);
    const [spot] = booksOf('spot');
    const peers = booksOf(type);
    if (type === 'perpetual' && spot !== undefined) Object.assign(metrics, basisMetrics(book, spot));
    if (base !== null && peers.length > 0) Object.assign(metrics, venueMetrics(book, peers));
    const terms = this.#terms.get(`${run.instrument.venue} ${run.instrument.symbol}`);
    if (terms !== undefined && type === 'perpetual')
      Object.assign(metrics, termMetrics(book, terms, metrics['basis_abs'] ?? Number.NaN));
    Object.assign(metrics, this.#windowMetrics(run, metrics, second));
    return metrics;
  }

  #windowMetrics(run: InstrumentRun, metrics: Metrics, second: number): Metrics {
    const history = this.#history.get(run)!;
    history.set(second, metrics);
    const window: Metrics = {};
    const before = history.get(second - CONFIG.depthChangeMs / 1000)?.['depth_10bps_total'] ?? Number.NaN;
    const now = metrics['depth_10bps_total']!;
    if (before > 0) window['depth_10bps_change_pct'] = ((now - before) / before) * 100;
    const seconds = CONFIG.spreadWindowMs / 1000;
    const spreads = Array.from({ length: seconds }, (_, i) => history.get(second - i)?.['spread_bps']).filter(
      (value) => value !== undefined,
    );
    if (spreads.length * 2 < seconds) return window;
    const { mean, deviation } = moments(spreads);
    return { ...window, time_weighted_spread_bps: mean, spread_volatility_bps: deviation };
  }

  #compareTruncated(sample: Sample, expected: Metrics, where: string): void {
    if (sample.truncated !== 0) this.truncated += 1;
    for (const [band, bps] of [5, 10, 25].entries()) {
      const isCut = (sample.truncated & (1 << band)) !== 0;
      if (isCut) assert.ok(Number.isNaN(expected[`depth_${bps}bps_total`]), `${where}: ${bps} bps is cut`);
    }
  }

  #compareScores(sample: Sample, run: InstrumentRun, second: number, where: string): void {
    const { metrics, windowSamples, minSamples, minStandardDeviation, resetGapMs } = CONFIG.zscore;
    const history = this.#history.get(run)!;
    for (const [i, name] of metrics.entries()) {
      const value = history.get(second)![name] ?? Number.NaN;
      const window: number[] = [];
      let next = Number.isNaN(value) ? Number.NaN : second;
      for (const [time, then] of [...history].reverse()) {
        const earlier = then[name] ?? Number.NaN;
        if (time === second || Number.isNaN(earlier)) continue;
        if (!((next - time) * 1000 < resetGapMs) || window.length === windowSamples) break;
        window.push(earlier);
        next = time;
      }
      const { mean, deviation } = moments(window);
      if (Math.abs(deviation - minStandardDeviation) < 1e-9) continue;
      const isReady = window.length >= minSamples && deviation > minStandardDeviation;
      const wanted = isReady ? (value - mean) / deviation : Number.NaN;
      const found = sample.zscores[i]!;
      const isEqual = Number.isNaN(wanted)
        ? Number.isNaN(found)
        : Math.abs(found - wanted) <= 1e-6 * (1 + Math.abs(wanted));
      assert.ok(isEqual, `${where}: score of ${name} is ${found}, wanted ${wanted}`);
      if (isReady) this.scores += 1;
    }
  }
}

async function play({ paths, specs }: Recording): Promise<Comparison> {
  const scanner = new Scanner({ decodeText });
  const comparison = new Comparison(scanner);
  const recordings = await openRecordings(paths);
  let isStarted = false;
  try {
    while (await recordings.ready()) {
      for (let record = recordings.next(); record !== null; record = recordings.next()) {
        const { receiveTimeMs, kind } = record;
        if (!isStarted) start(scanner, specs, receiveTimeMs);
        isStarted = true;
        const { rank, venue, transport, symbol } = record.connection;
        if (kind !== 'frame') {
          const state = kind === 'link_up' ? 'up' : 'down';
          const restSymbol = transport === 'rest' ? (symbol ?? '') : undefined;
          scanner.step(linkInput(rank, venue, state, receiveTimeMs, restSymbol));
          continue;
        }
        const bytes = record.bytes.slice(record.from, record.to);
        if (transport === 'rest' && symbol !== null) comparison.hearSnapshot(venue, symbol, `${Buffer.from(bytes)}`);
        stepFrame(scanner, rank, bytes, receiveTimeMs);
        if (venue === 'bybit_linear') comparison.hearTicker(venue, Buffer.from(bytes).toString(), receiveTimeMs);
        comparison.follow(receiveTimeMs);
      }
    }
  } finally {
    await recordings.close();
  }
  return comparison;
}

function start(scanner: Scanner, instruments: readonly InstrumentSpec[], receiveTimeMs: number): void {
  const versions = { configHash: '', codeVersion: '', restoredState: null };
  scanner.step({ kind: 'start', config: MARKET_CONFIG, ...versions, instruments, receiveTimeMs });
}

describe('surveillance on recordings', { skip }, () => {
  for (const recording of RECORDINGS) {
    test(recording.name, async (t) => {
      const { samples, scores, truncated, known } = await play(recording);
      assert.ok(samples >= recording.samples, `${samples} samples`);
      assert.ok(scores > samples / 10, `${scores} scores`);
      for (const name of recording.known) assert.ok(known.has(name), `${name} was never known`);
      t.diagnostic(
        `${samples} samples, ${truncated} with a band out of reach, ${scores} scores, ${known.size} metrics`,
      );
    });
  }
});
