/**
 * What one run keeps for later questions: hands the core's effects to the writer of the history, and looks up in the scanner what
 * is no effect: health, what venues say of their derivatives, books. Decides nothing of markets.
 */

import { mantissaNumber } from '../../../core/base/decimal.ts';
import { SECOND_MS } from '../../../core/base/time.ts';
import { knownTop } from '../../../core/market/book/known-levels.ts';
import type { Effect } from '../../../core/scan/effect.ts';
import type { InstrumentRun } from '../../../core/scan/instrument-run.ts';
import type { Scanner } from '../../../core/scan/scanner.ts';
import type { VenueRun } from '../../../core/scan/venue-run.ts';
import type { MetricName, Sample } from '../../../core/signal/surveillance/metric.ts';
import type { HistoryConfig } from '../../config/history-config.ts';
import type { VenueHealth } from '../../stores/history/effect-rows.ts';
import type { BookRow, TickerFacts } from '../../stores/history/history-rows.ts';
import type { HistorySink } from '../../stores/history/history-store.ts';
import { type HistoryEnd, type HistoryState, HistoryWriter } from '../../stores/history/history-writer.ts';
import { WorkerHistorySink } from '../../stores/history/worker-history-sink.ts';

export interface RunHistoryOptions {
  readonly stateDir: string;
  readonly config: HistoryConfig;
  /** `surveillance.zscore.metrics`. */
  readonly zscoreMetrics: readonly MetricName[];
  /** The scanner as it is now: a reload makes another. */
  readonly scanner: () => Scanner;
  /** One line for people. */
  readonly onProblem: (text: string) => void;
}

/** Six a minute: 60,480 rows of a run in the week that they are kept. */
const HEALTH_EVERY_MS = 10 * SECOND_MS;
/** Levels a side of a book snapshot: what venues' partial depth streams have. */
const BOOK_LEVELS = 20;

const prices = new Float64Array(BOOK_LEVELS);
const sizes = new Float64Array(BOOK_LEVELS);

export class RunHistory {
  readonly #writer: HistoryWriter;
  readonly #options: RunHistoryOptions;
  /** Of the scanner that they were looked up in, by venue and symbol. */
  #runs = new Map<string, InstrumentRun>();
  #runsOf: { readonly scanner: Scanner; readonly count: number } | null = null;
  /** Receive time of the newest of a venue's terms that was kept, by instrument. */
  readonly #termsMs = new Map<string, number>();
  #healthMs = Number.NEGATIVE_INFINITY;
  #booksMs = Number.NEGATIVE_INFINITY;

  /** @param sink - other than the thread of `history.db` only in tests */
  constructor(options: RunHistoryOptions, sink: HistorySink = threadOf(options)) {
    this.#options = options;
    const { config, zscoreMetrics, onProblem } = options;
    this.#writer = new HistoryWriter(sink, {
      zscoreMetrics,
      metricsEveryMs: config.metricsEverySeconds * SECOND_MS,
      maxQueuedRows: config.maxQueuedRows,
      batchMs: config.batchMs,
      instrumentOf: (venue, symbol) => this.#runOf(venue, symbol)?.instrument.spec.id ?? `${venue}:${symbol}`,
      tickerOf: (sample) => this.#tickerOf(sample),
      onProblem,
    });
  }

  get state(): HistoryState {
    return this.#writer.state;
  }

  /** To be called with a reload, before the first step of the next scanner. */
  rescore(zscoreMetrics: readonly MetricName[]): void {
    this.#writer.rescore(zscoreMetrics);
  }

  /** To be told of each effect, right after the step that gave it. */
  take(effect: Effect): void {
    this.#writer.take(effect);
  }

  /** To be called once a second of receive time, or more often. */
  onTime(nowMs: number): void {
    const { bookSnapshotsEverySeconds } = this.#options.config;
    const healthMs = nowMs - (nowMs % HEALTH_EVERY_MS);
    if (healthMs > this.#healthMs) this.#takeHealth(healthMs);
    this.#healthMs = Math.max(healthMs, this.#healthMs);
    if (bookSnapshotsEverySeconds === 0) return;
    const booksMs = nowMs - (nowMs % (bookSnapshotsEverySeconds * SECOND_MS));
    if (booksMs > this.#booksMs) this.#takeBooks(bookSnapshotsEverySeconds * SECOND_MS);
    this.#booksMs = Math.max(booksMs, this.#booksMs);
  }

  /** As `HistoryWriter.drained`. */
  drained(rows: number): Promise<void> {
    return this.#writer.drained(rows);
  }

  /** As `HistoryWriter.close`. */
  close(limitMs: number): Promise<HistoryEnd> {
    return this.#writer.close(limitMs);
  }

  #takeHealth(timeMs: number): void {
    const scanner = this.#options.scanner();
    const { ops } = scanner;
    if (ops !== null) this.#writer.health(ops.health(timeMs), timeMs, scanner.venues.filter(isHeard).map(healthOf));
  }

  /** At exchange time, on the same grid in each run. */
  #takeBooks(everyMs: number): void {
    for (const { clock, instruments, name } of this.#options.scanner().venues) {
      const timeMs = clock.nowMs - (clock.nowMs % everyMs);
      if (Number.isNaN(timeMs)) continue;
      for (const run of instruments) if (run.book.state === 'live') this.#writer.book(bookRow(name, run, timeMs));
    }
  }

  #tickerOf({ venue, symbol }: Sample): TickerFacts | null {
    const run = this.#runOf(venue, symbol);
    const terms = run && this.#options.scanner().signal?.surveillance.terms(run.instrument.index);
    if (run === undefined || !terms) return null;
    const key = `${venue} ${symbol}`;
    const toldMs = Math.max(...[terms.markMs, terms.indexMs, terms.fundingMs].filter((ms) => !Number.isNaN(ms)));
    if (!(toldMs > (this.#termsMs.get(key) ?? Number.NEGATIVE_INFINITY))) return null;
    this.#termsMs.set(key, toldMs);
    const { markPrice, indexPrice, fundingRate, nextFundingTimeMs: nextFundingMs, openInterest } = terms;
    return known({ markPrice, indexPrice, fundingRate, nextFundingMs, openInterest });
  }

  #runOf(venue: string, symbol: string): InstrumentRun | undefined {
    const scanner = this.#options.scanner();
    const { instruments } = scanner;
    // Recordings show new instruments as they go on.
    if (scanner !== this.#runsOf?.scanner || instruments.length !== this.#runsOf.count) {
      this.#runsOf = { scanner, count: instruments.length };
      this.#runs = new Map(instruments.map((run) => [`${run.instrument.venue} ${run.instrument.symbol}`, run]));
    }
    return this.#runs.get(`${venue} ${symbol}`);
  }
}

function threadOf({ stateDir, config, onProblem }: RunHistoryOptions): HistorySink {
  return new WorkerHistorySink({ stateDir, retention: config.retentionDays, onProblem });
}

function isHeard({ frames }: VenueRun): boolean {
  return frames > 0;
}

function healthOf({ name: venue, frames, instruments, latencyMs, malformed, heardMs }: VenueRun): VenueHealth {
  const runs = instruments.filter(({ counters }) => counters.depthUpdates + counters.depthSnapshots > 0);
  return {
    venue,
    lastMessageMs: orNull(heardMs),
    messageCount: frames,
    latencyMs: orNull(latencyMs),
    books: runs.length,
    liveBooks: runs.filter(({ book }) => book.state === 'live').length,
    gapCount: runs.reduce((sum, run) => sum + run.counters.gaps, 0),
    badFrameCount: malformed,
  };
}

function bookRow(venue: string, { book, instrument }: InstrumentRun, timeMs: number): BookRow {
  const levels = (side: 'bids' | 'asks'): [price: number, size: number][] => {
    const count = knownTop(book, side, BOOK_LEVELS, prices, sizes);
    return Array.from({ length: count }, (_, i) => [
      mantissaNumber(prices[i]!, book.priceDecimals),
      mantissaNumber(sizes[i]!, book.sizeDecimals),
    ]);
  };
  return { venue, instrument: instrument.spec.id, timeMs, bids: levels('bids'), asks: levels('asks') };
}

function known(terms: Readonly<Record<keyof TickerFacts, number>>): TickerFacts {
  const entries = Object.entries(terms).map(([name, value]) => [name, orNull(value)]);
  return Object.fromEntries(entries) as unknown as TickerFacts;
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
