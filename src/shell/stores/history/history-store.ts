/** The port of the history: who takes rows, and who answers questions about them. Types only. */

import type { AlertPriority, AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type { MetricName } from '../../../core/signal/surveillance/metric.ts';
import type { BarRow, BookRow, GapRow, HealthRow, HistoryBatch, TickerRow } from './history-rows.ts';

/**
 * What became of a batch.
 *
 * - `written`: all of it is stored, and survives the death of this process
 * - `refused`: nothing of it is, or nobody knows; here it is again, to be given anew later. `reason` is for people
 * - `lost`: it may or may not be stored, and is not to be given anew
 */
export type WriteOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'refused'; readonly batch: HistoryBatch; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: string };

/**
 * Takes rows. One contract for all implementations, held with `HistorySource` by `test/contract/history-store.test.ts`.
 *
 * Idempotent: a row has a key, and the same row twice is one row. Of a bar the higher revision stays, of a gap the closed one,
 * of an alert the newer look. A batch belongs to the sink from the call until its outcome. Never rejects.
 */
export interface HistorySink {
  write(batch: HistoryBatch): Promise<WriteOutcome>;
  /** @param limitMs - gives up whatever is not done by then */
  close(limitMs: number): Promise<void>;
}

/** `[fromMs, toMs)` in ms since the epoch, null: without an end; `limit`: the newest so many, null: all. */
export interface HistoryRange {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly limit: number | null;
}

/** Null: any. */
export interface HistoryPlace {
  readonly venue: string | null;
  /** Our id, such as `BTC-USDT-PERP`. */
  readonly instrument: string | null;
}

export interface MetricQuery extends HistoryRange, HistoryPlace {
  /** Samples that have none of these are left out. */
  readonly metrics: readonly MetricName[];
}

export interface MetricRow {
  readonly venue: string;
  readonly instrument: string;
  readonly timeMs: number;
  /** By the metrics asked for; null: unknown at that second. */
  readonly values: readonly (number | null)[];
  readonly zscores: readonly (number | null)[];
}

/** Times are those of firing. */
export interface AlertQuery extends HistoryRange, HistoryPlace {
  readonly type: string | null;
  readonly priority: AlertPriority | null;
}

/** Times are those of the beginning. */
export interface GapQuery extends HistoryRange, HistoryPlace {
  readonly kind: string | null;
}

/** Times are those of the close. */
export interface BarQuery extends HistoryRange, HistoryPlace {
  readonly minutes: number;
}

/** `venue`: `*` for the run as a whole. */
export interface HealthQuery extends HistoryRange {
  readonly venue: string | null;
}

/** Alerts or gaps that have one thing in common, null where they have none. Durations of those that are over. */
export interface HistoryGroup {
  readonly group: string | null;
  readonly count: number;
  readonly openCount: number;
  readonly averageSeconds: number | null;
  readonly longestSeconds: number | null;
}

export type AlertGrouping = 'priority' | 'type' | 'venue' | 'instrument';
export type GapGrouping = 'kind' | 'venue' | 'instrument';

/**
 * Answers questions. Rows come oldest first and are read as they are asked for; groups by count, the most first.
 *
 * Every method rejects with `CryptorunError` where the history cannot be read.
 */
export interface HistorySource {
  metrics(query: MetricQuery): AsyncIterable<MetricRow>;
  alerts(query: AlertQuery): AsyncIterable<AlertRecord>;
  alertGroups(query: Omit<AlertQuery, 'limit'>, by: AlertGrouping): Promise<readonly HistoryGroup[]>;
  gaps(query: GapQuery): AsyncIterable<GapRow>;
  gapGroups(query: Omit<GapQuery, 'limit'>, by: GapGrouping): Promise<readonly HistoryGroup[]>;
  bars(query: BarQuery): AsyncIterable<BarRow>;
  tickers(query: HistoryRange & HistoryPlace): AsyncIterable<TickerRow>;
  health(query: HealthQuery): AsyncIterable<HealthRow>;
  books(query: HistoryRange & HistoryPlace): AsyncIterable<BookRow>;
  close(): void;
}

/** How long rows are kept, days; 0: for good. In the words of the configuration (`scanner.yaml`, `history`). */
export interface RetentionDays {
  readonly metrics: number;
  readonly alerts: number;
  readonly dataGaps: number;
  readonly ticker: number;
  readonly health: number;
  readonly bars: number;
  readonly books: number;
}
