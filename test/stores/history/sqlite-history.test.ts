/** `history.db` itself: what direct SQL finds in it, how old rows go, and what an operator is told when it cannot be used. */

import assert from 'node:assert/strict';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import Database from 'libsql';
import { DAY_MS, isoText } from '../../../src/core/base/time.ts';
import { METRICS } from '../../../src/core/signal/surveillance/metric.ts';
import { CryptorunError } from '../../../src/shell/errors.ts';
import { gapRow } from '../../../src/shell/stores/history/effect-rows.ts';
import { HISTORY_TABLES } from '../../../src/shell/stores/history/history-schema.ts';
import { SqliteHistorySink } from '../../../src/shell/stores/history/sqlite-history-sink.ts';
import { SqliteHistorySource } from '../../../src/shell/stores/history/sqlite-history-source.ts';
import { alert, bar, batchOf, gap, historyFolder, listOf, PERP, resolved, SCORED, sample, T0 } from './support/rows.ts';

const { venue, symbol, instrument } = PERP;
const FOR_GOOD = { metrics: 0, alerts: 0, dataGaps: 0, ticker: 0, health: 0, bars: 0, books: 0 };
const ALL = { fromMs: null, toMs: null, limit: null, venue: null, instrument: null };

async function written(dir: string, ...batches: Parameters<typeof batchOf>[0][]): Promise<void> {
  const sink = new SqliteHistorySink(dir);
  for (const rows of batches) assert.deepEqual(await sink.write(batchOf(rows)), { kind: 'written' });
  await sink.close();
}

/** As an operator's own SQL sees it; `?` stand for the values. */
function query(dir: string, sql: string, ...values: unknown[]): unknown[] {
  const db = new Database(join(dir, 'history.db'));
  const rows = db.prepare(sql).all(...values);
  db.close();
  return rows;
}

test("the guide's questions in SQL: recent spreads with z-scores, alerts of an hour by priority, gaps of a day by venue", async (t) => {
  const dir = historyFolder(t);
  await written(dir, {
    samples: [0, 1, 2].map((i) => sample(T0 + i * 1000, { spread_bps: i }, { zscores: [i / 10, Number.NaN] })),
    alerts: [alert(T0), resolved(alert(T0 + 1), T0 + 60_001)],
    gaps: [gapRow(venue, symbol, instrument, gap(T0, { endMs: T0 + 2500 }))],
  });
  assert.deepEqual(
    query(
      dir,
      `SELECT time, value AS spread_bps, zscore FROM metrics_long
       WHERE metric_name = 'spread_bps' AND venue = 'binance' AND instrument = 'BTC-USDT-PERP'
       ORDER BY timestamp DESC LIMIT 2`,
    ),
    [
      { time: '2026-03-01T12:00:02.000Z', spread_bps: 2, zscore: 0.2 },
      { time: '2026-03-01T12:00:01.000Z', spread_bps: 1, zscore: 0.1 },
    ],
  );
  assert.deepEqual(
    query(dir, 'SELECT priority, count(*) AS n FROM alerts WHERE fired_at > ? GROUP BY priority', '2026-03-01T11:00'),
    [{ priority: 'P2', n: 2 }],
  );
  assert.deepEqual(
    query(dir, 'SELECT venue, count(*) AS n, avg(duration_seconds) AS s FROM data_gaps GROUP BY venue'),
    [{ venue: 'binance', n: 1, s: 2.5 }],
  );
});

test('a column for each metric and its z-score; times as text are those of the program, to the ms', async (t) => {
  const dir = historyFolder(t);
  const times = Array.from({ length: 50 }, (_, i) => T0 + i * 86_399_877 + i);
  await written(dir, { bars: times.map((ms) => ({ ...PERP, minutes: 1, bar: bar(ms) })) });
  const columns = query(dir, "SELECT name FROM pragma_table_info('metrics')") as { name: string }[];
  const names = columns.map(({ name }) => name);
  for (const metric of METRICS) assert.ok(names.includes(metric) && names.includes(`${metric}_zscore`), metric);
  assert.deepEqual(
    query(dir, 'SELECT close_time FROM bars ORDER BY close_ms'),
    times.map((ms) => ({ close_time: isoText(ms) })),
  );
});

test('private, and read beside a writer', async (t) => {
  const dir = historyFolder(t);
  const sink = new SqliteHistorySink(dir);
  await sink.write(batchOf({ samples: [sample(T0, { spread_bps: 1 })] }));
  const source = new SqliteHistorySource(dir);
  await sink.write(batchOf({ samples: [sample(T0 + 1000, { spread_bps: 2 })] }));
  assert.equal((await listOf(source.metrics({ ...ALL, metrics: ['spread_bps'] }))).length, 2);
  for (const name of ['history.db', 'history.db-wal', 'history.db-shm'])
    assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
  source.close();
  await sink.close();
});

test('each table is pruned by its own age, in slices; what is young stays, 0 keeps for good', async (t) => {
  const dir = historyFolder(t);
  const nowMs = T0 + 100 * DAY_MS;
  const days = [99, 95, 50, 20, 1];
  const ages = days.map((day) => nowMs - day * DAY_MS);
  const health = { venue: '*', grade: 'A', score: 99, components: null, lastMessageMs: null, messageCount: null };
  const counts = { latencyMs: null, books: null, liveBooks: null, gapCount: null, badFrameCount: null };
  const terms = { markPrice: 1, indexPrice: 1, fundingRate: 1, nextFundingMs: null, openInterest: null };
  await written(dir, {
    samples: [...ages, ...Array.from({ length: 12_000 }, (_, i) => T0 + i * 1000)].map((ms) =>
      sample(ms, { spread_bps: 1 }),
    ),
    alerts: ages.map((ms) => alert(ms)),
    gaps: ages.map((ms) => gapRow(venue, symbol, instrument, gap(ms))),
    bars: ages.map((ms) => ({ ...PERP, minutes: 1, bar: bar(ms) })),
    tickers: ages.map((timeMs) => ({ venue, instrument, timeMs, ...terms })),
    health: ages.map((timeMs) => ({ ...health, ...counts, timeMs })),
    books: ages.map((timeMs) => ({ venue, instrument, timeMs, bids: [], asks: [] })),
  });
  const sink = new SqliteHistorySink(dir);
  const retention = { metrics: 96, alerts: 0, dataGaps: 60, ticker: 30, health: 7, bars: 98, books: 30 };
  let slices = 1;
  while (sink.pruneSlice(nowMs, retention)) slices += 1;
  await sink.close();
  assert.ok(slices >= 3, `${slices} slices`);
  const left = (table: string): number => (query(dir, `SELECT count(*) AS n FROM ${table}`) as { n: number }[])[0]!.n;
  const counted = Object.values(HISTORY_TABLES).map(({ table, kept }) => [table, kept, left(table)]);
  const wanted = Object.values(HISTORY_TABLES).map(({ table, kept }) => {
    const maxDays = retention[kept] || Number.POSITIVE_INFINITY;
    return [table, kept, days.filter((day) => day <= maxDays).length];
  });
  assert.deepEqual(counted, wanted);
});

test('vacuum gives back the space of what was pruned', async (t) => {
  const dir = historyFolder(t);
  await written(dir, { samples: Array.from({ length: 5000 }, (_, i) => sample(T0 + i * 1000, { spread_bps: i })) });
  const before = statSync(join(dir, 'history.db')).size;
  const sink = new SqliteHistorySink(dir);
  while (sink.pruneSlice(T0 + 90 * DAY_MS, { ...FOR_GOOD, metrics: 1 }));
  sink.vacuum();
  await sink.close();
  const after = statSync(join(dir, 'history.db')).size;
  assert.ok(after < before / 2, `${before} -> ${after}`);
});

test('sizes: rows and bytes of each table, and from when they are', async (t) => {
  const dir = historyFolder(t);
  await written(dir, { samples: Array.from({ length: 700 }, (_, i) => sample(T0 + i * 1000, { spread_bps: i })) });
  const source = new SqliteHistorySource(dir);
  const [metrics, ...others] = source.sizes();
  source.close();
  assert.deepEqual(
    [metrics!.table, metrics!.rows, metrics!.oldestMs, metrics!.newestMs],
    ['metrics', 700, T0, T0 + 699_000],
  );
  assert.ok(metrics!.bytes > 700 * 20);
  for (const one of others) assert.deepEqual([one.rows, one.oldestMs, one.newestMs], [0, null, null], one.table);
});

test('a file that was taken away while it was written is made anew, with the next rows', async (t) => {
  const dir = historyFolder(t);
  const other = historyFolder(t);
  await written(other, { samples: [sample(T0, { spread_bps: 9 })] });
  const sink = new SqliteHistorySink(dir);
  await sink.write(batchOf({ samples: [sample(T0, { spread_bps: 1 })] }));
  for (const name of ['history.db', 'history.db-wal', 'history.db-shm']) {
    const { rmSync } = await import('node:fs');
    rmSync(join(dir, name), { force: true });
  }
  assert.deepEqual(await sink.write(batchOf({ samples: [sample(T0 + 1000, { spread_bps: 2 })] })), { kind: 'written' });
  await sink.close();
  const source = new SqliteHistorySource(dir);
  const rows = await listOf(source.metrics({ ...ALL, metrics: ['spread_bps'] }));
  source.close();
  assert.deepEqual(
    rows.map(({ values }) => values[0]),
    [2],
  );
});

test('a metric that a later version knows is a later column; rows from before have none of it', async (t) => {
  const dir = historyFolder(t);
  await written(dir, { samples: [sample(T0, { spread_bps: 1, arbitrage: 1 })] });
  const db = new Database(join(dir, 'history.db'));
  db.exec(
    'DROP VIEW metrics_long; ALTER TABLE metrics DROP COLUMN arbitrage; ALTER TABLE metrics DROP COLUMN arbitrage_zscore',
  );
  db.close();
  const source = new SqliteHistorySource(dir);
  const asked = { ...ALL, metrics: ['spread_bps', 'arbitrage'] as const };
  assert.deepEqual((await listOf(source.metrics(asked)))[0]!.values, [1, null], 'read before it was written');
  await written(dir, { samples: [sample(T0 + 1000, { spread_bps: 2, arbitrage: 0 })] });
  assert.deepEqual(
    (await listOf(source.metrics(asked))).map(({ values }) => values),
    [
      [1, null],
      [2, 0],
    ],
  );
  source.close();
  assert.equal(query(dir, "SELECT * FROM metrics_long WHERE metric_name = 'arbitrage'").length, 1);
});

test('rows that no table takes are lost, not given again for ever', async (t) => {
  const sink = new SqliteHistorySink(historyFolder(t));
  t.after(() => sink.close());
  const outcome = await sink.write(
    batchOf({ gaps: [{ ...gapRow(venue, symbol, instrument, gap(T0)), startMs: 0.5 }] }),
  );
  assert.equal(outcome.kind, 'lost');
  assert.deepEqual(await sink.write(batchOf({ samples: [sample(T0, { spread_bps: 1 })] })), { kind: 'written' });
});

/** What the source says of a folder; null: it opens. */
function complaint(dir: string): [code: string, message: string] | null {
  try {
    new SqliteHistorySource(dir).close();
    return null;
  } catch (error) {
    assert.ok(error instanceof CryptorunError, String(error));
    return [error.code, error.message];
  }
}

test('no history, an empty file, a newer one, a damaged one, one that may not be read: each in words', async (t) => {
  const missing = complaint(historyFolder(t))!;
  assert.equal(missing[0], 'history_unknown');
  assert.match(missing[1], /^there is no history yet: .*history\.db is missing; .*`cryptorun state rebuild`/);

  const empty = historyFolder(t);
  writeFileSync(join(empty, 'history.db'), '', { mode: 0o600 });
  assert.equal(complaint(empty)![0], 'history_unknown');

  const newer = historyFolder(t);
  await written(newer, {});
  query(newer, 'SELECT 1');
  const db = new Database(join(newer, 'history.db'));
  db.exec('PRAGMA user_version = 99');
  db.close();
  assert.match(complaint(newer)![1], /history\.db: it is of version 99, and this program knows versions up to 1 only$/);
  const refused = await new SqliteHistorySink(newer).write(batchOf({}));
  assert.ok(refused.kind === 'refused' && /of version 99/.test(refused.reason));

  const damaged = historyFolder(t);
  writeFileSync(join(damaged, 'history.db'), 'no such thing '.repeat(5000), { mode: 0o600 });
  const [code, message] = complaint(damaged)!;
  assert.equal(code, 'history_unreadable');
  assert.match(message, /file is not a database; if it is damaged, .*`cryptorun state reset`/);
  const told = await new SqliteHistorySink(damaged).write(batchOf({}));
  assert.ok(told.kind === 'refused' && /not a database/.test(told.reason));

  if (process.getuid?.() === 0) return t.diagnostic('NOT TESTED: to root no file is closed');
  const closed = historyFolder(t);
  await written(closed, {});
  chmodSync(join(closed, 'history.db'), 0);
  assert.equal(complaint(closed)![0], 'permission_denied');
});

test('scores are kept by their metric, also after other metrics are scored', async (t) => {
  const dir = historyFolder(t);
  await written(dir, { samples: [sample(T0, { spread_bps: 1 }, { zscores: [1.5, Number.NaN] })] });
  assert.deepEqual(SCORED, ['spread_bps', 'basis_bps']);
  assert.deepEqual(
    query(dir, 'SELECT spread_bps_zscore AS a, basis_bps_zscore AS b, mid_price_zscore AS c FROM metrics'),
    [{ a: 1.5, b: null, c: null }],
  );
});
