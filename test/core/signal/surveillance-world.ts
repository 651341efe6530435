/** Markets by hand for surveillance: books from decimal text, tickers, seconds. No test of its own. */

import { decimalsOf, mantissaOf } from '../../../src/core/base/decimal.ts';
import { Book } from '../../../src/core/market/book/book.ts';
import { SEQUENCE_RULES } from '../../../src/core/market/book/sequence.ts';
import { Instrument, type InstrumentSpec } from '../../../src/core/market/instrument.ts';
import { Tick, TickKind } from '../../../src/core/market/tick.ts';
import { discoveredSpec } from '../../../src/core/market/venues/symbol-table.ts';
import { METRICS, type MetricName, type Sample } from '../../../src/core/signal/surveillance/metric.ts';
import { Surveillance } from '../../../src/core/signal/surveillance/surveillance.ts';
import type { SurveillanceConfig } from '../../../src/core/signal/surveillance/surveillance-config.ts';
import { depthTick, type Level } from '../../support/book-reference.ts';

export const START_MS = 1_793_610_890_000;

export const CONFIG: SurveillanceConfig = {
  zscore: {
    metrics: ['spread_bps', 'basis_bps'],
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

/** A level as text: `['50000.5', '2']`. */
export type TextLevel = readonly [price: string, size: string];

/** One instrument's market, as surveillance reads it. */
export class Market {
  readonly instrument: Instrument;
  readonly counters = { depthUpdates: 0, depthSnapshots: 0 };
  book: Book;

  constructor(spec: InstrumentSpec, index: number) {
    this.instrument = new Instrument(spec, index);
    this.book = new Book(this.instrument, SEQUENCE_RULES[spec.venue]!);
  }

  /** Replaces the book by these levels; live at once. */
  load(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    const { tick, batch } = this.#depth('snapshot', bids, asks);
    this.book.applySnapshot(tick, batch, START_MS);
    this.counters.depthSnapshots += 1;
  }

  /** What a poll found, where no stream brings depth. */
  poll(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    const { tick, batch } = this.#depth('snapshot', bids, asks);
    this.book.applyPoll(tick, batch);
    this.counters.depthSnapshots += 1;
  }

  /** Sets these levels of a live book. */
  change(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    const { tick, batch } = this.#depth('delta', bids, asks);
    this.book.applyDelta(tick, batch);
    this.counters.depthUpdates += 1;
  }

  #depth(
    kind: 'snapshot' | 'delta',
    bids: readonly TextLevel[],
    asks: readonly TextLevel[],
  ): ReturnType<typeof depthTick> {
    const all = [...bids, ...asks];
    this.instrument.growDecimals(
      decimalsThatFit(all.map(([price]) => price)),
      decimalsThatFit(all.map(([, size]) => size)),
    );
    const { priceDecimals, sizeDecimals } = this.instrument;
    const mantissas = (levels: readonly TextLevel[]): Level[] =>
      levels.map(([price, size]) => [mantissaWithin(price, priceDecimals), mantissaWithin(size, sizeDecimals)]);
    const fields = { bids: mantissas(bids), asks: mantissas(asks), eventTimeMs: START_MS, lastId: 1, previousId: 1 };
    return depthTick(kind, this.instrument, fields);
  }

  /** A book of one level a side, of one unit each. */
  quote(bid: string, ask: string): void {
    this.load([[bid, '1']], [[ask, '1']]);
  }

  /** A depth message came that changed nothing. */
  hear(): void {
    this.counters.depthUpdates += 1;
  }

  lose(): void {
    this.book.invalidate('sequence', 'test', START_MS);
  }
}

/** As many decimals as all of these numbers have, if they fit a mantissa: 16 digits are too many for some. */
function decimalsThatFit(texts: readonly string[]): number {
  const largest = Math.max(1, ...texts.map((text) => text.split('.')[0]!.length));
  return Math.min(Math.max(0, ...texts.map(decimalsOf)), 15 - largest);
}

/** Digits beyond the decimals are cut off. */
function mantissaWithin(text: string, decimals: number): number {
  const [whole = '', fraction = ''] = text.split('.');
  return mantissaOf(decimals === 0 ? whole : `${whole}.${fraction.slice(0, decimals).padEnd(decimals, '0')}`, decimals);
}

type MarketSpec = Partial<InstrumentSpec> & { readonly venue: string };

/** Some markets under one surveillance, and their seconds. */
export class World {
  readonly markets: Market[] = [];
  readonly config: SurveillanceConfig;
  surveillance: Surveillance;

  constructor(specs: readonly MarketSpec[], config: SurveillanceConfig = CONFIG) {
    this.config = config;
    for (const { venue, ...rest } of specs) {
      const symbol = rest.symbol ?? `${rest.base ?? 'BTC'}${rest.quote ?? 'USDT'}`;
      const spec = discoveredSpec(venue, symbol, { base: 'BTC', quote: 'USDT', type: 'spot', ...rest });
      this.markets.push(new Market(spec, this.markets.length));
    }
    this.surveillance = this.fresh();
  }

  /** Another surveillance over the same markets. */
  fresh(): Surveillance {
    const surveillance = new Surveillance(this.config);
    for (const market of this.markets) surveillance.add(market.instrument, market);
    return surveillance;
  }

  /** Samples one market at a second after the start. */
  sample(market: number, second: number): Sample | null {
    const timeMs = START_MS + second * 1000;
    return this.surveillance.sample(market, timeMs, timeMs);
  }

  /** One metric of a sample; null: there is no sample. */
  metric(market: number, second: number, name: MetricName): number | null {
    const sample = this.sample(market, second);
    return sample === null ? null : metricOf(sample, name);
  }

  ticker(market: number, second: number, fields: Partial<Tick>): void {
    const tick = Object.assign(new Tick(), { kind: TickKind.ticker, channel: 'ticker' }, fields);
    tick.instrument = this.markets[market]!.instrument;
    this.surveillance.onTicker(tick, START_MS + second * 1000);
  }
}

export function metricOf(sample: Sample, name: MetricName): number {
  return sample.values[METRICS.indexOf(name)]!;
}

/** Within 1e-9 of the expected value, or within 1e-12 of the price level, whichever is more. */
export function isClose(found: number, expected: number, mid = 0): boolean {
  if (Number.isNaN(expected) || Number.isNaN(found)) return Number.isNaN(expected) && Number.isNaN(found);
  return Math.abs(found - expected) <= Math.max(1e-9 * Math.abs(expected), 1e-12 * mid);
}
