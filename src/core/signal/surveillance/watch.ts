/** What surveillance keeps of one instrument: where its book is read, what was last heard, its windows. Computes no metric. */

import type { JsonObject } from '../../base/json.ts';
import { SECOND_MS } from '../../base/time.ts';
import type { Book } from '../../market/book/book.ts';
import type { Instrument } from '../../market/instrument.ts';
import { providerOf } from '../../market/venues/registry.ts';
import { DerivativeTerms } from './derivative-terms.ts';
import { RollingZscore } from './rolling-zscore.ts';
import { SecondRing } from './second-ring.ts';
import type { SurveillanceConfig } from './surveillance-config.ts';

/** Where an instrument's market stands; read at each sample, because a run may put another book in the place of this one. */
export interface SurveillanceSource {
  readonly book: Book;
  readonly instrument: Instrument;
  /** Depth messages so far: that they go on is how surveillance knows, once a second, that the book was heard of. */
  readonly counters: { readonly depthUpdates: number; readonly depthSnapshots: number };
}

export class Watch {
  readonly instrument: Instrument;
  readonly source: SurveillanceSource;
  readonly provider: string;
  readonly terms = new DerivativeTerms();
  readonly depths: SecondRing;
  readonly spreads: SecondRing;
  /** By the configured metrics. */
  readonly zscores: readonly RollingZscore[];
  /** Perpetual: spot of the same provider, base and quote, by venue. */
  readonly spots: Watch[] = [];
  /** The same base, quote and type on other venues, by venue. */
  readonly peers: Watch[] = [];
  /** The newest second asked for; -Infinity: none. */
  lastSecondMs = Number.NEGATIVE_INFINITY;
  readonly #names: readonly string[];
  #heardMessages = 0;
  #heardMs = Number.NaN;

  constructor(instrument: Instrument, source: SurveillanceSource, config: SurveillanceConfig) {
    this.instrument = instrument;
    this.source = source;
    this.provider = providerOf(instrument.venue);
    this.depths = new SecondRing(config.depthChangeMs + SECOND_MS);
    this.spreads = new SecondRing(config.spreadWindowMs);
    this.#names = config.zscore.metrics;
    this.zscores = this.#names.map(() => new RollingZscore(config.zscore));
  }

  /** Live, two-sided, not crossed. A polled book is as old as its answer: no sample is made of it. */
  get hasMarket(): boolean {
    const { book } = this.source;
    return book.state === 'live' && book.bids.bestPrice < book.asks.bestPrice;
  }

  /** Looks whether depth has come since the last look; as exact as the looks are close, one second. */
  listen(nowMs: number): void {
    const { depthUpdates, depthSnapshots } = this.source.counters;
    const messages = depthUpdates + depthSnapshots;
    if (messages === this.#heardMessages) return;
    this.#heardMessages = messages;
    this.#heardMs = nowMs;
  }

  /** May another instrument's metric lean on this book? */
  isLegAt(nowMs: number, maxAgeMs: number): boolean {
    this.listen(nowMs);
    return this.hasMarket && nowMs - this.#heardMs <= maxAgeMs;
  }

  save(): JsonObject {
    const { venue, symbol } = this.instrument;
    return {
      venue,
      symbol,
      lastSecondMs: Number.isFinite(this.lastSecondMs) ? this.lastSecondMs : null,
      heardMessages: this.#heardMessages,
      heardMs: Number.isNaN(this.#heardMs) ? null : this.#heardMs,
      terms: this.terms.save(),
      depths: this.depths.save(),
      spreads: this.spreads.save(),
      zscores: Object.fromEntries(this.#names.map((name, i) => [name, this.zscores[i]!.save()])),
    };
  }

  restore(saved: JsonObject): void {
    this.lastSecondMs = (saved['lastSecondMs'] as number | null) ?? Number.NEGATIVE_INFINITY;
    this.#heardMessages = saved['heardMessages'] as number;
    this.#heardMs = (saved['heardMs'] as number | null) ?? Number.NaN;
    this.terms.restore(saved['terms'] as JsonObject);
    this.depths.restore(saved['depths'] as JsonObject | null);
    this.spreads.restore(saved['spreads'] as JsonObject | null);
    const zscores = saved['zscores'] as JsonObject;
    this.#names.forEach((name, i) => {
      this.zscores[i]!.restore((zscores[name] ?? null) as JsonObject | null);
    });
  }
}
