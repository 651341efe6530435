/** The tables of `history.db`, as `docs/schema/history.md` tells them, how older ones become these, and what is refused. */

import { METRICS, type MetricName } from '../../../core/signal/surveillance/metric.ts';
import { CryptorunError } from '../../errors.ts';
import { migrate, type SchemaSteps, useWal, versionOf } from '../control/sqlite/control-schema.ts';
import { isSqliteError, type SqliteFile, sqliteError, writing } from '../control/sqlite/sqlite-file.ts';
import type { HistoryKind } from './history-rows.ts';
import type { RetentionDays } from './history-store.ts';

/** As in `control-schema.ts`: step i brings version i to i + 1, and is never changed once released. */
export const HISTORY_SCHEMA: SchemaSteps = [createTables];

export interface HistoryTable {
  readonly table: string;
  /** The time by which rows grow old: the first column of the key, or one with an index. */
  readonly time: string;
  readonly kept: keyof RetentionDays;
}

/** Where the rows of each kind are. */
export const HISTORY_TABLES: Readonly<Record<HistoryKind, HistoryTable>> = {
  metrics: { table: 'metrics', time: 'time_ms', kept: 'metrics' },
  books: { table: 'order_book_snapshots', time: 'time_ms', kept: 'books' },
  tickers: { table: 'ticker_snapshots', time: 'time_ms', kept: 'ticker' },
  health: { table: 'health_snapshots', time: 'time_ms', kept: 'health' },
  bars: { table: 'bars', time: 'close_ms', kept: 'bars' },
  gaps: { table: 'data_gaps', time: 'start_ms', kept: 'dataGaps' },
  alerts: { table: 'alerts', time: 'fired_at_ms', kept: 'alerts' },
};

/** The column of a metric's z-score. */
export function zscoreColumn(metric: MetricName): string {
  return `${metric}_zscore`;
}

/**
 * Makes the tables where there are none, brings older ones up to date, and sets how the file is written.
 *
 * Commits are not flushed one by one (`synchronous = NORMAL`): the death of the process loses nothing that was committed, a
 * power loss the newest of it. The WAL is written back only where we say; see `SqliteHistorySink`.
 *
 * @throws CryptorunError, or SqliteError
 */
export function prepareHistory(db: SqliteFile, path: string, waitMs: number): void {
  checkVersion(db, path);
  migrate(db, path, HISTORY_SCHEMA, { mayCreate: true });
  useWal(db, waitMs);
  db.exec('PRAGMA synchronous = NORMAL');
  addMissingMetrics(db);
}

/**
 * Refuses a file of a newer version.
 *
 * @returns false: the file has no tables yet
 */
export function checkVersion(db: SqliteFile, path: string): boolean {
  const version = versionOf(db);
  if (version <= HISTORY_SCHEMA.length) return version > 0;
  const known = `this program knows versions up to ${HISTORY_SCHEMA.length} only`;
  throw new CryptorunError('history_unreadable', `cannot use ${path}: it is of version ${version}, and ${known}`);
}

/** What SQLite failed at, as an operator's error with the way out; everything else is passed on as it is. */
export function historyError(action: string, cause: unknown): unknown {
  if (!isSqliteError(cause)) return cause;
  const error = sqliteError(action, cause);
  if (error.code !== 'state_unreadable') return error;
  const advice = 'if it is damaged, stop the scanner and make it anew with `cryptorun state reset`';
  return new CryptorunError('history_unreadable', `${error.message}; ${advice}`, { cause });
}

/** RFC 3339 in UTC of a column of ms; made when it is read, so it costs no space. */
function textOf(name: string, column: string): string {
  return `${name} TEXT GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')) VIRTUAL`;
}

/** Seconds between two columns of ms; NULL while the second is. */
function secondsBetween(fromMs: string, toMs: string): string {
  return `duration_seconds REAL GENERATED ALWAYS AS ((${toMs} - ${fromMs}) / 1000.0) VIRTUAL`;
}

/**
 * Keys begin with the time: rows then come at the end of the table, whatever the number of instruments. Measured at 1,000
 * instruments a second: 34 MB of log for two minutes, where keys that begin with the instrument make 960 MB.
 */
function createTables(db: SqliteFile): void {
  db.exec(`
    CREATE TABLE metrics (
      time_ms INTEGER NOT NULL, venue TEXT NOT NULL, instrument TEXT NOT NULL, truncated_bands INTEGER NOT NULL,
      ${textOf('time', 'time_ms')},
      PRIMARY KEY (time_ms, venue, instrument)) STRICT, WITHOUT ROWID;
    CREATE TABLE alerts (
      id TEXT NOT NULL PRIMARY KEY, key TEXT NOT NULL, type TEXT NOT NULL, priority TEXT NOT NULL,
      original_priority TEXT NOT NULL, severity TEXT NOT NULL, venue TEXT, instrument TEXT, metric TEXT NOT NULL,
      condition TEXT NOT NULL, threshold REAL NOT NULL, zscore_threshold REAL, state TEXT NOT NULL,
      pending_at_ms INTEGER NOT NULL, fired_at_ms INTEGER NOT NULL, value REAL, zscore REAL, last_value REAL,
      last_at_ms INTEGER NOT NULL, peak_value REAL, peak_at_ms INTEGER NOT NULL, escalated_at_ms INTEGER,
      escalation_reason TEXT, acknowledged_at_ms INTEGER, acknowledged_by TEXT, acknowledgement_reason TEXT,
      ladder_step INTEGER NOT NULL, silenced_by TEXT, resolution_kind TEXT, resolved_at_ms INTEGER, resolution_value REAL,
      record_json TEXT NOT NULL,
      ${textOf('fired_at', 'fired_at_ms')}, ${textOf('resolved_at', 'resolved_at_ms')},
      ${secondsBetween('fired_at_ms', 'resolved_at_ms')}) STRICT, WITHOUT ROWID;
    CREATE INDEX alerts_by_time ON alerts (fired_at_ms);
    CREATE TABLE data_gaps (
      start_ms INTEGER NOT NULL, venue TEXT NOT NULL, symbol TEXT NOT NULL, kind TEXT NOT NULL, instrument TEXT NOT NULL,
      end_ms INTEGER, id_before INTEGER, id_after INTEGER, reason TEXT NOT NULL,
      ${textOf('start_time', 'start_ms')}, ${textOf('end_time', 'end_ms')}, ${secondsBetween('start_ms', 'end_ms')},
      PRIMARY KEY (start_ms, venue, symbol, kind)) STRICT, WITHOUT ROWID;
    CREATE TABLE ticker_snapshots (
      time_ms INTEGER NOT NULL, venue TEXT NOT NULL, instrument TEXT NOT NULL, mark_price REAL, index_price REAL,
      funding_rate REAL, next_funding_ms INTEGER, open_interest REAL, ${textOf('time', 'time_ms')},
      PRIMARY KEY (time_ms, venue, instrument)) STRICT, WITHOUT ROWID;
    CREATE TABLE health_snapshots (
      time_ms INTEGER NOT NULL, venue TEXT NOT NULL, grade TEXT, score REAL, components_json TEXT, last_message_ms INTEGER,
      message_count INTEGER, latency_ms REAL, books INTEGER, live_books INTEGER, gap_count INTEGER,
      bad_frame_count INTEGER, ${textOf('time', 'time_ms')},
      PRIMARY KEY (time_ms, venue)) STRICT, WITHOUT ROWID;
    CREATE TABLE bars (
      close_ms INTEGER NOT NULL, minutes INTEGER NOT NULL, venue TEXT NOT NULL, symbol TEXT NOT NULL,
      instrument TEXT NOT NULL, open_ms INTEGER NOT NULL, revision INTEGER NOT NULL, price_source TEXT NOT NULL,
      open REAL, high REAL, low REAL, close REAL, base_volume REAL, quote_volume REAL, buy_quote_volume REAL,
      sell_quote_volume REAL, trade_count INTEGER NOT NULL, vwap REAL, cvd REAL, complete INTEGER NOT NULL,
      coverage_ms INTEGER NOT NULL, ${textOf('close_time', 'close_ms')},
      PRIMARY KEY (close_ms, minutes, venue, symbol)) STRICT, WITHOUT ROWID;
    CREATE TABLE order_book_snapshots (
      time_ms INTEGER NOT NULL, venue TEXT NOT NULL, instrument TEXT NOT NULL, bids_json TEXT NOT NULL,
      asks_json TEXT NOT NULL, ${textOf('time', 'time_ms')},
      PRIMARY KEY (time_ms, venue, instrument)) STRICT, WITHOUT ROWID;`);
}

/** A metric that a later version appends is a later column: no step of its own, and an older program goes on without it. */
function addMissingMetrics(db: SqliteFile): void {
  if (missingMetrics(db).length === 0) return;
  writing(db, () => {
    for (const name of missingMetrics(db)) {
      db.exec(`ALTER TABLE metrics ADD COLUMN ${name} REAL; ALTER TABLE metrics ADD COLUMN ${zscoreColumn(name)} REAL`);
    }
    db.exec(
      `DROP VIEW IF EXISTS metrics_long; CREATE VIEW metrics_long AS ${METRICS.map(longRows).join(' UNION ALL ')}`,
    );
  });
}

function missingMetrics(db: SqliteFile): MetricName[] {
  const columns = db.prepare('SELECT name FROM pragma_table_xinfo(?)').raw().all('metrics') as [string][];
  const known = new Set(columns.map(([name]) => name));
  return METRICS.filter((name) => !known.has(name));
}

/** One metric as the guide has them all: a row for each value. */
function longRows(name: MetricName): string {
  return `SELECT '${name}' AS metric_name, venue, instrument, time_ms AS timestamp, time, ${name} AS value,
    ${zscoreColumn(name)} AS zscore FROM metrics WHERE ${name} IS NOT NULL`;
}
