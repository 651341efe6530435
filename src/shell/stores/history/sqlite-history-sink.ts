/**
 * Writes the history into `history.db`, a batch a transaction, and takes old rows out in slices. Blocks its thread while it
 * does: a scanner has it in a thread of its own (`history-worker.ts`).
 *
 * This module loads a native library: reach it by `import()` only, and never from a replay.
 */

import type Database from 'libsql';
import { DAY_MS } from '../../../core/base/time.ts';
import { METRICS, type MetricName } from '../../../core/signal/surveillance/metric.ts';
import { CryptorunError } from '../../errors.ts';
import { makePrivateDirectory } from '../atomic-file.ts';
import { isBusy, isSqliteError, openSqlite, type SqliteFile, writing } from '../control/sqlite/sqlite-file.ts';
import { statIfThere } from '../control/state-folder.ts';
import {
  ALERT_WRITER,
  BAR_WRITER,
  BOOK_WRITER,
  GAP_WRITER,
  HEALTH_WRITER,
  type RowWriter,
  type SqlValue,
  TICKER_WRITER,
} from './history-columns.ts';
import { historyPath } from './history-path.ts';
import { HISTORY_KINDS, type HistoryBatch, type MetricChunk, rowWidth } from './history-rows.ts';
import { HISTORY_TABLES, historyError, prepareHistory, zscoreColumn } from './history-schema.ts';
import type { HistorySink, RetentionDays, WriteOutcome } from './history-store.ts';

/** How long a write waits for another process that writes, such as a query tool that was left in a transaction. */
const BUSY_TIMEOUT_MS = 2000;
/** A bigger WAL is written back: a minute's rows of a thousand instruments. */
const MAX_WAL_BYTES = 16 << 20;
/** Rows that one slice of pruning takes out at most: some 50 ms of work. */
const SLICE_ROWS = 5000;

/** An open file with its statements. */
interface Open {
  readonly db: SqliteFile;
  readonly inode: number;
  readonly statements: Map<string, Database.Statement>;
}

export class SqliteHistorySink implements HistorySink {
  readonly #dir: string;
  readonly #path: string;
  #open: Open | null = null;
  #walLimit = MAX_WAL_BYTES;

  /** Opens nothing yet: a disk that is full now may not be so later. */
  constructor(stateDir: string) {
    this.#dir = stateDir;
    this.#path = historyPath(stateDir);
  }

  async write(batch: HistoryBatch): Promise<WriteOutcome> {
    try {
      const { db } = this.#opened();
      writing(db, () => this.#writeAll(batch));
      this.#shrinkWal(db);
      return { kind: 'written' };
    } catch (cause) {
      const { message: reason } = this.#failure('write', cause);
      return isOfRows(cause) ? { kind: 'lost', reason } : { kind: 'refused', batch, reason };
    }
  }

  /**
   * Takes out some rows that are older than they are kept. The file does not shrink by it: the space is used again.
   *
   * @returns true: there may be more
   * @throws CryptorunError
   */
  pruneSlice(nowMs: number, retention: RetentionDays): boolean {
    try {
      const { db } = this.#opened();
      return HISTORY_KINDS.some((kind) => {
        const { table, time, kept } = HISTORY_TABLES[kind];
        const days = retention[kept];
        return days > 0 && this.#pruneTable(db, table, time, nowMs - days * DAY_MS);
      });
    } catch (cause) {
      throw this.#failure('prune', cause);
    }
  }

  /** Gives back the space of rows that were taken out. Needs as much free disk as the file has then. @throws CryptorunError */
  vacuum(): void {
    try {
      const { db } = this.#opened();
      db.exec('VACUUM; PRAGMA analysis_limit = 1000; ANALYZE');
      db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } catch (cause) {
      throw this.#failure('vacuum', cause);
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    this.#walLimit = 0;
    this.#shrinkWal(open.db);
    open.db.close();
  }

  #writeAll(batch: HistoryBatch): void {
    for (const chunk of batch.metrics) this.#writeMetrics(chunk);
    this.#writeRows(batch.books, BOOK_WRITER);
    this.#writeRows(batch.tickers, TICKER_WRITER);
    this.#writeRows(batch.health, HEALTH_WRITER);
    this.#writeRows(batch.bars, BAR_WRITER);
    this.#writeRows(batch.gaps, GAP_WRITER);
    this.#writeRows(batch.alerts, ALERT_WRITER);
  }

  #writeMetrics({ zscoreMetrics, venues, instruments, numbers }: MetricChunk): void {
    const insert = this.#statement(metricInsert(zscoreMetrics));
    const width = rowWidth(zscoreMetrics);
    const values: SqlValue[] = [];
    for (let row = 0; row < venues.length; row++) {
      values[0] = venues[row]!;
      values[1] = instruments[row]!;
      for (let i = 0; i < width; i++) values[2 + i] = numbers[row * width + i]!;
      insert.run(values);
    }
  }

  #writeRows<Row>(rows: readonly Row[], writer: RowWriter<Row>): void {
    if (rows.length === 0) return;
    const statement = this.#statement(writer.sql);
    for (const row of rows) statement.run(writer.values(row));
  }

  #statement(sql: string): Database.Statement {
    const { db, statements } = this.#open!;
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  }

  /** A file that was removed or replaced would be written unnoticed, for as long as it is open. */
  #opened(): Open {
    if (this.#open !== null && statIfThere(this.#path)?.ino === this.#open.inode) return this.#open;
    makePrivateDirectory(this.#dir);
    const db = openSqlite(this.#path, BUSY_TIMEOUT_MS);
    prepareHistory(db, this.#path, BUSY_TIMEOUT_MS);
    this.#open = { db, inode: statIfThere(this.#path)?.ino ?? 0, statements: new Map() };
    return this.#open;
  }

  /**
   * Only here is the WAL written back, under the writer's lock: see `SqliteControlStore` for why. A reader that is in the
   * middle of it keeps it from becoming short: nobody waits for that, and the next try comes when it has grown again.
   */
  #shrinkWal(db: SqliteFile): void {
    if (this.#walBytes() <= this.#walLimit) return;
    try {
      db.exec('PRAGMA busy_timeout = 0');
      db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } catch {
      // The rows are committed in the WAL.
    }
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    this.#walLimit = this.#walBytes() + MAX_WAL_BYTES;
  }

  #walBytes(): number {
    return statIfThere(`${this.#path}-wal`)?.size ?? 0;
  }

  #pruneTable(db: SqliteFile, table: string, time: string, beforeMs: number): boolean {
    const nth = `SELECT ${time} FROM ${table} WHERE ${time} < ? ORDER BY ${time} LIMIT 1 OFFSET ${SLICE_ROWS}`;
    const untilMs = (this.#statement(nth).raw().get(beforeMs) as [number] | undefined)?.[0];
    const slice = this.#statement(`DELETE FROM ${table} WHERE ${time} <= ?`);
    writing(db, () => slice.run(untilMs ?? beforeMs - 1));
    this.#shrinkWal(db);
    return untilMs !== undefined;
  }

  /** Whatever it was but another's lock, a file that is opened anew is the better beginning. */
  #failure(verb: string, cause: unknown): Error {
    if (!isBusy(cause)) this.#open = null;
    return historyError(`cannot ${verb} ${this.#path}`, cause) as Error;
  }
}

/** A sample has one row, and the same sample replaces itself. */
function metricInsert(zscoreMetrics: readonly MetricName[]): string {
  const columns = ['venue', 'instrument', 'time_ms', 'truncated_bands', ...METRICS, ...zscoreMetrics.map(zscoreColumn)];
  const values = columns.map(() => '?').join(', ');
  return `INSERT OR REPLACE INTO metrics (${columns.join(', ')}) VALUES (${values})`;
}

/** Rows that no table takes, now or later: given again they would be refused again, and all others behind them. */
function isOfRows(cause: unknown): boolean {
  if (cause instanceof CryptorunError) return false;
  return !isSqliteError(cause) || /^SQLITE_(?:CONSTRAINT|MISMATCH|RANGE|TOOBIG)/.test(codeOf(cause));
}

function codeOf(cause: Error): string {
  return 'code' in cause ? String(cause.code) : '';
}
