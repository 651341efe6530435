/** What the history keeps, row by row, and how rows travel together. Types, and the one packed layout; stores nothing. */

import type { Bar } from '../../../core/market/bars/bar.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import { METRICS, type MetricName } from '../../../core/signal/surveillance/metric.ts';

/** Tables in the order in which their rows are given up when there is no room: what can be had again first. */
export const HISTORY_KINDS = ['metrics', 'books', 'tickers', 'health', 'bars', 'gaps', 'alerts'] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/**
 * Samples packed for the way to another thread: strings beside one block of numbers.
 *
 * Row i has venue and instrument at i, and in `numbers` from `i * rowWidth(zscoreMetrics)` on: time (ms since the epoch),
 * truncated bands (bits), the values by `METRICS`, the z-scores by `zscoreMetrics`. NaN: unknown.
 */
export interface MetricChunk {
  readonly zscoreMetrics: readonly MetricName[];
  readonly venues: readonly string[];
  readonly instruments: readonly string[];
  readonly numbers: Float64Array;
}

/** Where the values begin in a packed row; what stands before is said at `MetricChunk`. */
export const VALUES_AT = 2;

export function rowWidth(zscoreMetrics: readonly MetricName[]): number {
  return VALUES_AT + METRICS.length + zscoreMetrics.length;
}

/** A gap of a book. Times in ms of exchange time, whole; `endMs` null: open still, or open when the run ended. */
export interface GapRow {
  readonly venue: string;
  readonly symbol: string;
  readonly instrument: string;
  readonly kind: string;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly idBefore: number | null;
  readonly idAfter: number | null;
  readonly reason: string;
}

/** What a derivatives venue last said of an instrument, at the sampled second. Null: not known. */
export interface TickerFacts {
  /** Quote units. */
  readonly markPrice: number | null;
  readonly indexPrice: number | null;
  /** A fraction per interval. */
  readonly fundingRate: number | null;
  /** Ms since the epoch. */
  readonly nextFundingMs: number | null;
  /** In the venue's size unit. */
  readonly openInterest: number | null;
}

export interface TickerRow extends TickerFacts {
  readonly venue: string;
  readonly instrument: string;
  readonly timeMs: number;
}

/** Stands for the venue where all of a run is meant. */
export const WHOLE_RUN = '*';

/**
 * `venue` is `*` for the run as a whole: grade, score and components are known of that only, all else of venues. Counts are
 * totals since the start of the run. Null: not known.
 */
export interface HealthRow {
  readonly venue: string;
  /** Receive time, ms since the epoch. */
  readonly timeMs: number;
  /** `A` to `F`. */
  readonly grade: string | null;
  /** 0 to 100. */
  readonly score: number | null;
  /** Score by component; null: it has none. */
  readonly components: Readonly<Record<string, number | null>> | null;
  readonly lastMessageMs: number | null;
  readonly messageCount: number | null;
  readonly latencyMs: number | null;
  readonly books: number | null;
  readonly liveBooks: number | null;
  readonly gapCount: number | null;
  /** Frames that could not be read. */
  readonly badFrameCount: number | null;
}

export interface BarRow {
  readonly venue: string;
  readonly symbol: string;
  readonly instrument: string;
  /** 1, 15 or 60. */
  readonly minutes: number;
  readonly bar: Bar;
}

/** The best levels of a book, best first, each `[price, size]` in quote units and the venue's size unit. */
export interface BookRow {
  readonly venue: string;
  readonly instrument: string;
  /** Exchange time, ms since the epoch. */
  readonly timeMs: number;
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
}

/** Rows that are stored together: all of them or none. */
export interface HistoryBatch {
  readonly metrics: readonly MetricChunk[];
  readonly books: readonly BookRow[];
  readonly tickers: readonly TickerRow[];
  readonly health: readonly HealthRow[];
  readonly bars: readonly BarRow[];
  readonly gaps: readonly GapRow[];
  readonly alerts: readonly AlertRecord[];
}

export function rowsOf(batch: HistoryBatch): number {
  const { metrics, ...others } = batch;
  const samples = metrics.reduce((sum, { venues }) => sum + venues.length, 0);
  return Object.values(others).reduce((sum, rows: readonly unknown[]) => sum + rows.length, samples);
}
