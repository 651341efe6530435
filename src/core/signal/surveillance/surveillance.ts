/**
 * Measures the quality of every market once a second of its venue's exchange time, and says how unusual what it scores is.
 * Judges nothing: what is too much is the alerts' business.
 */

import { assert } from '../../base/assert.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Instrument } from '../../market/instrument.ts';
import type { Tick } from '../../market/tick.ts';
import { BookMetrics } from './book-metrics.ts';
import type { DerivativeTerms } from './derivative-terms.ts';
import { measureLegs } from './leg-metrics.ts';
import { METRIC_INDEX, METRICS, type MetricName, type Sample } from './metric.ts';
import type { ZscoreState } from './rolling-zscore.ts';
import type { SurveillanceConfig } from './surveillance-config.ts';
import { type SurveillanceSource, Watch } from './watch.ts';

export type { SurveillanceSource } from './watch.ts';

const { spread_bps, depth_10bps_total, depth_10bps_change_pct } = METRIC_INDEX;
const { time_weighted_spread_bps, spread_volatility_bps } = METRIC_INDEX;
/** A window's figure needs samples in this share of its seconds. */
const MIN_COVERED_SHARE = 0.5;
/** Types of which a base and a quote name one market; dated contracts differ by their date. */
const COMPARED_TYPES: readonly string[] = ['spot', 'perpetual'];

/**
 * Instruments are known by `Instrument.index`. Everything is read at the sample; between samples only tickers are noted, so
 * depth messages cost nothing here.
 */
export class Surveillance {
  readonly #config: SurveillanceConfig;
  /** By instrument index. */
  readonly #watches: Watch[] = [];
  readonly #books = new BookMetrics();
  /** Of each scored metric, its place in a sample's values. */
  readonly #scored: readonly number[];

  constructor(config: SurveillanceConfig) {
    this.#config = config;
    this.#scored = config.zscore.metrics.map((name) => METRIC_INDEX[name]);
  }

  /** From now on it may be sampled; once an instrument. */
  add(instrument: Instrument, source: SurveillanceSource): void {
    assert(this.#watches[instrument.index] === undefined, 'an instrument is added once');
    const watch = new Watch(instrument, source, this.#config);
    for (const other of this.#watches) {
      if (other === undefined) continue;
      join(watch, other);
      join(other, watch);
    }
    this.#watches[instrument.index] = watch;
  }

  /** Notes mark, index, funding and open interest; a tick of an instrument that was not added means nothing. */
  onTicker(tick: Tick, receiveTimeMs: number): void {
    const watch = this.#watches[tick.instrument.index];
    if (watch === undefined) return;
    watch.terms.take(tick, receiveTimeMs, watch.provider === 'bybit', this.#config.maxFundingAgeMs);
  }

  /**
   * Measures one instrument at one second. Call it for every second, also of a venue that is silent: windows are emptied by
   * it, too.
   *
   * @param secondMs - the second's start, exchange time; a second not later than the last one gives nothing
   * @param receiveTimeMs - now: the age of other legs is told by it
   * @returns null: a missing sample, because there is no live, two-sided book that is not crossed
   */
  sample(index: number, secondMs: number, receiveTimeMs: number): Sample | null {
    const watch = this.#watches[index];
    assert(watch !== undefined, 'only what was added is sampled');
    if (secondMs <= watch.lastSecondMs) return null;
    watch.lastSecondMs = secondMs;
    watch.listen(receiveTimeMs);
    if (!watch.hasMarket) {
      for (let i = 0; i < watch.zscores.length; i++) watch.zscores[i]!.observe(Number.NaN, secondMs);
      return null;
    }
    const { instrument, source } = watch;
    const values = new Float64Array(METRICS.length).fill(Number.NaN);
    const truncated = this.#books.measure(source.book, instrument, values);
    measureLegs(watch, receiveTimeMs, this.#config, values);
    this.#follow(watch, secondMs, values);
    return {
      venue: instrument.venue,
      symbol: instrument.symbol,
      instrument: instrument.spec.id,
      timeMs: secondMs,
      values,
      zscores: this.#score(watch, secondMs, values),
      truncated,
    };
  }

  /** Where a metric's score stands, to be shown: `warming 12/30`; null: it is not scored. */
  zscoreState(index: number, metric: MetricName): ZscoreState | null {
    const place = this.#config.zscore.metrics.indexOf(metric);
    return this.#watches[index]?.zscores[place]?.state ?? null;
  }

  /** Mark, index, funding and open interest as last told, to be read; null: not added. */
  terms(index: number): Readonly<DerivativeTerms> | null {
    return this.#watches[index]?.terms ?? null;
  }

  /** Metrics over time: against an earlier sample, and over the window of the last samples. */
  #follow(watch: Watch, secondMs: number, values: Float64Array): void {
    const { depths, spreads } = watch;
    const depth = values[depth_10bps_total]!;
    depths.put(secondMs, depth);
    const before = depths.at(secondMs - this.#config.depthChangeMs);
    if (before > 0) values[depth_10bps_change_pct] = ((depth - before) / before) * 100;
    spreads.put(secondMs, values[spread_bps]!);
    if (spreads.count < spreads.capacity * MIN_COVERED_SHARE) return;
    // One sample a second, each standing for its own second: the mean is the time-weighted one.
    values[time_weighted_spread_bps] = spreads.mean;
    values[spread_volatility_bps] = spreads.standardDeviation;
  }

  #score(watch: Watch, secondMs: number, values: Float64Array): Float64Array {
    const { zscores } = watch;
    const scores = new Float64Array(zscores.length);
    for (let i = 0; i < zscores.length; i++) scores[i] = zscores[i]!.observe(values[this.#scored[i]!]!, secondMs);
    return scores;
  }

  save(): JsonObject {
    return { watches: this.#watches.flatMap((watch) => (watch === undefined ? [] : [watch.save()])) };
  }

  /** Takes up what `save` gave for the instruments that were added; the others are forgotten, or stay as new. */
  restore(saved: JsonObject): void {
    const byName = new Map<string, Watch>();
    for (const watch of this.#watches)
      if (watch !== undefined) byName.set(`${watch.instrument.venue} ${watch.instrument.symbol}`, watch);
    for (const entry of saved['watches'] as JsonObject[])
      byName.get(`${entry['venue']} ${entry['symbol']}`)?.restore(entry);
  }
}

/** Makes `other` a leg of `watch` where it is one. */
function join(watch: Watch, other: Watch): void {
  const own = watch.instrument.spec;
  const { base, quote, type } = other.instrument.spec;
  if (base === null || base !== own.base || quote === null || quote !== own.quote) return;
  if (own.type === 'perpetual' && type === 'spot' && watch.provider === other.provider) insert(watch.spots, other);
  if (type === own.type && other.instrument.venue !== own.venue && COMPARED_TYPES.includes(type))
    insert(watch.peers, other);
}

/** By venue and symbol, so that the order of registration means nothing. */
function insert(watches: Watch[], watch: Watch): void {
  watches.push(watch);
  watches.sort(
    (a, b) =>
      compareText(a.instrument.venue, b.instrument.venue) || compareText(a.instrument.symbol, b.instrument.symbol),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
