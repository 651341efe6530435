/**
 * Answers questions from `history.db`, beside whoever writes it. Makes no file and changes nothing in one.
 *
 * This module loads a native library: reach it by `import()` only, and never from a replay.
 */

import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type { MetricName } from '../../../core/signal/surveillance/metric.ts';
import { CryptorunError } from '../../errors.ts';
import { openSqlite, type SqliteFile } from '../control/sqlite/sqlite-file.ts';
import { statIfThere } from '../control/state-folder.ts';
import { alertOf, barOf, bookOf, gapOf, healthOf, type SqlRow, type SqlValue, tickerOf } from './history-columns.ts';
import { historyPath } from './history-path.ts';
import type { BarRow, BookRow, GapRow, HealthRow, HistoryKind, TickerRow } from './history-rows.ts';
import { checkVersion, HISTORY_TABLES, historyError, zscoreColumn } from './history-schema.ts';
import type {
  AlertGrouping,
  AlertQuery,
  BarQuery,
  GapGrouping,
  GapQuery,
  HealthQuery,
  HistoryGroup,
  HistoryPlace,
  HistoryRange,
  HistorySource,
  MetricQuery,
  MetricRow,
} from './history-store.ts';

/** A reader waits only while the WAL is written back. */
const BUSY_TIMEOUT_MS = 2000;

/** No row is before or after these. */
const LEAST_MS = Number.MIN_SAFE_INTEGER;
const MOST_MS = Number.MAX_SAFE_INTEGER;

/** Conditions of a WHERE, and the values that their `?` stand for. */
interface Conditions {
  readonly sql: readonly string[];
  readonly values: readonly SqlValue[];
}

/** What one table holds; times of its oldest and newest row, ms since the epoch. */
export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
}

export class SqliteHistorySource implements HistorySource {
  readonly #path: string;
  readonly #db: SqliteFile;

  /** @throws CryptorunError `history_unknown` where there is no history, else as it says why it cannot be read */
  constructor(stateDir: string) {
    this.#path = historyPath(stateDir);
    if (!statIfThere(this.#path)?.size) throw nothingThere(this.#path);
    try {
      this.#db = openSqlite(this.#path, BUSY_TIMEOUT_MS);
      this.#db.exec('PRAGMA query_only = ON');
      if (!checkVersion(this.#db, this.#path)) throw nothingThere(this.#path);
    } catch (cause) {
      throw historyError(`cannot read ${this.#path}`, cause);
    }
  }

  async *metrics(query: MetricQuery): AsyncIterable<MetricRow> {
    const names = query.metrics;
    const select = this.#knownColumns(names);
    const isAny = names.length === 0 ? [] : [`coalesce(${select.slice(0, names.length).join(', ')}, NULL) IS NOT NULL`];
    const where = { sql: [...isAny, ...placeOf(query).sql], values: placeOf(query).values };
    const columns = ['time_ms', 'venue', 'instrument', ...select];
    const rows = isOneSeries(query)
      ? this.#series(columns, where, query)
      : this.#iterate<SqlValue[]>(rowsSql('metrics', columns, where, query), true);
    for (const row of rows) {
      const [timeMs, venue, instrument, ...numbers] = row as [number, string, string, ...(number | null)[]];
      const values = numbers.slice(0, names.length);
      yield { venue, instrument, timeMs, values, zscores: numbers.slice(names.length) };
    }
  }

  async *alerts(query: AlertQuery): AsyncIterable<AlertRecord> {
    for (const row of this.#rows('alerts', alertConditions(query), query)) yield alertOf(row);
  }

  async alertGroups(query: Omit<AlertQuery, 'limit'>, by: AlertGrouping): Promise<readonly HistoryGroup[]> {
    return this.#groups('alerts', by, 'resolved_at_ms', alertConditions(query), query);
  }

  async *gaps(query: GapQuery): AsyncIterable<GapRow> {
    for (const row of this.#rows('gaps', gapConditions(query), query)) yield gapOf(row);
  }

  async gapGroups(query: Omit<GapQuery, 'limit'>, by: GapGrouping): Promise<readonly HistoryGroup[]> {
    return this.#groups('gaps', by, 'end_ms', gapConditions(query), query);
  }

  async *bars(query: BarQuery): AsyncIterable<BarRow> {
    const where = both(placeOf(query), equals('minutes', query.minutes));
    for (const row of this.#rows('bars', where, query)) yield barOf(row);
  }

  async *tickers(query: HistoryRange & HistoryPlace): AsyncIterable<TickerRow> {
    for (const row of this.#rows('tickers', placeOf(query), query)) yield tickerOf(row);
  }

  async *health(query: HealthQuery): AsyncIterable<HealthRow> {
    for (const row of this.#rows('health', equals('venue', query.venue), query)) yield healthOf(row);
  }

  async *books(query: HistoryRange & HistoryPlace): AsyncIterable<BookRow> {
    for (const row of this.#rows('books', placeOf(query), query)) yield bookOf(row);
  }

  /** Reads every page of the file: seconds for each gigabyte. @throws CryptorunError */
  sizes(): TableSize[] {
    const sql = 'SELECT name, sum(ncell), sum(pgsize) FROM dbstat WHERE aggregate = true GROUP BY name';
    const pages = new Map(this.#all<[string, number, number]>({ sql, values: [] }, true).map((row) => [row[0], row]));
    return Object.values(HISTORY_TABLES).map(({ table, time }) => {
      const [, rows, bytes] = pages.get(table) ?? [table, 0, 0];
      const ends = `SELECT (SELECT min(${time}) FROM ${table}), (SELECT max(${time}) FROM ${table})`;
      const [oldestMs = null, newestMs = null] = this.#all<(number | null)[]>({ sql: ends, values: [] }, true)[0] ?? [];
      return { table, rows, bytes, oldestMs, newestMs };
    });
  }

  close(): void {
    this.#db.close();
  }

  /** Metrics and their z-scores; NULL for those that an older writer had no column for. */
  #knownColumns(names: readonly MetricName[]): string[] {
    const found = this.#all<[string]>({ sql: 'SELECT name FROM pragma_table_info(?)', values: ['metrics'] }, true);
    const known = new Set(found.map(([name]) => name));
    return [...names, ...names.map(zscoreColumn)].map((name) => (known.has(name) ? name : 'NULL'));
  }

  /**
   * Rows of one series: hops from each second to the next one that has any rows, and asks there for its row by the whole key.
   * The key begins with the time, so a range would read the rows of all instruments.
   */
  *#series(columns: readonly string[], where: Conditions, range: HistoryRange): Iterable<SqlValue[]> {
    if (range.limit === null) yield* this.#hops(columns, where, range, 'up');
    else yield* [...this.#hops(columns, where, range, 'down')].reverse();
  }

  *#hops(
    columns: readonly string[],
    where: Conditions,
    { fromMs, toMs, limit }: HistoryRange,
    way: 'up' | 'down',
  ): Iterable<SqlValue[]> {
    const [edge, after] = way === 'up' ? ['min', '>'] : ['max', '<'];
    const next = this.#db.prepare(`SELECT ${edge}(time_ms) FROM metrics WHERE time_ms ${after} ?`).raw();
    const all = ['time_ms = ?', ...where.sql].join(' AND ');
    const row = this.#db.prepare(`SELECT ${columns.join(', ')} FROM metrics WHERE ${all}`).raw();
    const [lowest, highest] = [fromMs ?? LEAST_MS, toMs ?? MOST_MS];
    let left = limit ?? Number.POSITIVE_INFINITY;
    for (let ms = way === 'up' ? lowest - 1 : highest; left > 0; ) {
      const [at] = next.get(ms) as [number | null];
      if (at === null || at < lowest || at >= highest) return;
      ms = at;
      const found = row.get(ms, ...where.values) as SqlValue[] | undefined;
      if (found === undefined) continue;
      left -= 1;
      yield found;
    }
  }

  #rows(kind: HistoryKind, where: Conditions, range: HistoryRange): Iterable<SqlRow> {
    return this.#iterate<SqlRow>(rowsSql(kind, ['*'], where, range), false);
  }

  #groups(
    kind: HistoryKind,
    by: string,
    end: string,
    where: Conditions,
    range: Omit<HistoryRange, 'limit'>,
  ): HistoryGroup[] {
    const { table, time } = HISTORY_TABLES[kind];
    const all = both(rangeOf(time, range), where);
    const sql = `SELECT ${by}, count(*), count(*) - count(${end}), avg(duration_seconds), max(duration_seconds)
      FROM ${table} WHERE ${all.sql.join(' AND ')} GROUP BY 1 ORDER BY 2 DESC, 1`;
    const rows = this.#all<[string | null, number, number, number | null, number | null]>({ ...all, sql }, true);
    return rows.map(([group, count, openCount, averageSeconds, longestSeconds]) => ({
      group,
      count,
      openCount,
      averageSeconds,
      longestSeconds,
    }));
  }

  #all<Row>(statement: Statement, isRaw: boolean): Row[] {
    return [...this.#iterate<Row>(statement, isRaw)];
  }

  /** Row by row: a history does not fit into memory. */
  *#iterate<Row>({ sql, values }: Statement, isRaw: boolean): Iterable<Row> {
    try {
      const statement = this.#db.prepare(sql);
      yield* (isRaw ? statement.raw() : statement).iterate(...values) as Iterable<Row>;
    } catch (cause) {
      throw historyError(`cannot read ${this.#path}`, cause);
    }
  }
}

interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

function nothingThere(path: string): CryptorunError {
  const advice = 'a scan writes it as it runs, and `cryptorun state rebuild` fills it from a journal';
  return new CryptorunError('history_unknown', `there is no history yet: ${path} is missing; ${advice}`);
}

function alertConditions(query: Omit<AlertQuery, 'limit'>): Conditions {
  return both(placeOf(query), equals('type', query.type), equals('priority', query.priority));
}

function gapConditions(query: Omit<GapQuery, 'limit'>): Conditions {
  return both(placeOf(query), equals('kind', query.kind));
}

function placeOf({ venue, instrument }: HistoryPlace): Conditions {
  return both(equals('venue', venue), equals('instrument', instrument));
}

/** Null asks for nothing. */
function equals(column: string, value: SqlValue): Conditions {
  return value === null ? { sql: [], values: [] } : { sql: [`${column} = ?`], values: [value] };
}

function rangeOf(time: string, { fromMs, toMs }: Omit<HistoryRange, 'limit'>): Conditions {
  // Without an end of its own a range is written with one, so that there is always a condition.
  return {
    sql: [`${time} >= ?`, `${time} < ?`],
    values: [fromMs ?? LEAST_MS, toMs ?? MOST_MS],
  };
}

function both(...all: readonly Conditions[]): Conditions {
  return { sql: all.flatMap(({ sql }) => sql), values: all.flatMap(({ values }) => values) };
}

/** All of a range oldest first, or the newest `limit` of it, oldest of them first. */
function rowsSql(kind: HistoryKind, columns: readonly string[], where: Conditions, range: HistoryRange): Statement {
  const { table, time } = HISTORY_TABLES[kind];
  const all = both(rangeOf(time, range), where);
  const select = `SELECT ${columns.join(', ')} FROM ${table} WHERE ${all.sql.join(' AND ')} ORDER BY ${time}`;
  if (range.limit === null) return { sql: select, values: all.values };
  const order = kind === 'health' ? `${time}, venue` : `${time}, venue, instrument`;
  return { sql: `SELECT * FROM (${select} DESC LIMIT ?) ORDER BY ${order}`, values: [...all.values, range.limit] };
}

/** One instrument of one venue: of a thousand others in the same second nothing is read. */
function isOneSeries(query: HistoryPlace): boolean {
  return query.venue !== null && query.instrument !== null;
}
