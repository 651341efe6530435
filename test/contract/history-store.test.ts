/** What every history does, whatever it keeps its rows in. */

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import { METRICS } from '../../src/core/signal/surveillance/metric.ts';
import { gapRow } from '../../src/shell/stores/history/effect-rows.ts';
import type { BookRow, HealthRow, TickerRow } from '../../src/shell/stores/history/history-rows.ts';
import type { HistorySink, HistorySource } from '../../src/shell/stores/history/history-store.ts';
import { SqliteHistorySink } from '../../src/shell/stores/history/sqlite-history-sink.ts';
import { SqliteHistorySource } from '../../src/shell/stores/history/sqlite-history-source.ts';
import {
  alert,
  bar,
  batchOf,
  gap,
  historyFolder,
  listOf,
  PERP,
  resolved,
  sample,
  T0,
} from '../stores/history/support/rows.ts';

/** A new history; its source is asked for when rows are there. */
interface Opened {
  readonly sink: HistorySink;
  source(): HistorySource;
}

const STORES: Readonly<Record<string, (t: TestContext) => Opened>> = {
  sqlite: (t) => {
    const dir = historyFolder(t);
    return { sink: new SqliteHistorySink(dir), source: () => new SqliteHistorySource(dir) };
  },
};

const ALL = { fromMs: null, toMs: null, limit: null, venue: null, instrument: null };
const { venue, symbol, instrument } = PERP;

for (const [name, open] of Object.entries(STORES)) {
  /** Writes batches one after the other, each to be stored, then asks. */
  const contract = (
    title: string,
    batches: readonly ReturnType<typeof batchOf>[],
    ask: (source: HistorySource, sink: HistorySink) => Promise<void>,
  ): void => {
    test(`${name}: ${title}`, async (t) => {
      const { sink, source: openSource } = open(t);
      t.after(() => sink.close(1000));
      for (const batch of batches) assert.deepEqual(await sink.write(batch), { kind: 'written' });
      const source = openSource();
      t.after(() => source.close());
      await ask(source, sink);
    });
  };

  const spread = (timeMs: number, value: number, more = {}) => sample(timeMs, { spread_bps: value }, more);

  contract(
    'a sample comes back with its scores, and what was unknown is null',
    [batchOf({ samples: [sample(T0, { spread_bps: 1.5, basis_bps: -7 }, { zscores: [2.5, Number.NaN] })] })],
    async (source) => {
      assert.deepEqual(await listOf(source.metrics({ ...ALL, metrics: ['spread_bps', 'mid_price', 'basis_bps'] })), [
        { venue, instrument, timeMs: T0, values: [1.5, null, -7], zscores: [2.5, null, null] },
      ]);
      assert.deepEqual(await listOf(source.metrics({ ...ALL, metrics: ['mid_price'] })), [], 'it has none of these');
    },
  );

  contract(
    'the same rows twice are there once, and a sample measured again replaces itself',
    [
      batchOf({ samples: [spread(T0, 1), spread(T0 + 1000, 2)], gaps: [gapRow(venue, symbol, instrument, gap(T0))] }),
      batchOf({ samples: [spread(T0, 1), spread(T0 + 1000, 3)], gaps: [gapRow(venue, symbol, instrument, gap(T0))] }),
    ],
    async (source) => {
      const rows = await listOf(source.metrics({ ...ALL, metrics: ['spread_bps'] }));
      assert.deepEqual(
        rows.map(({ timeMs, values }) => [timeMs, values[0]]),
        [
          [T0, 1],
          [T0 + 1000, 3],
        ],
      );
      assert.equal((await listOf(source.gaps({ ...ALL, kind: null }))).length, 1);
    },
  );

  contract(
    'a range begins at its start and ends before its end; the newest come oldest first; by venue and instrument',
    [
      batchOf({
        samples: [0, 1, 2, 3, 4].flatMap((i) => [
          spread(T0 + i * 1000, i),
          spread(T0 + i * 1000, 10 + i, { venue: 'okx' }),
          spread(T0 + i * 1000, 20 + i, { venue: 'okx', instrument: 'ETH-USDT-PERP' }),
        ]),
      }),
    ],
    async (source) => {
      const values = async (more: object): Promise<unknown[]> =>
        (await listOf(source.metrics({ ...ALL, metrics: ['spread_bps'], ...more }))).map((row) => row.values[0]);
      assert.deepEqual(await values({ venue, fromMs: T0 + 1000, toMs: T0 + 4000 }), [1, 2, 3]);
      assert.deepEqual(await values({ venue, limit: 2 }), [3, 4]);
      assert.deepEqual(await values({ venue, instrument, limit: 2 }), [3, 4], 'one series is read by another way');
      assert.deepEqual(await values({ venue, instrument, fromMs: T0 + 1000, toMs: T0 + 4000 }), [1, 2, 3]);
      assert.deepEqual(await values({ venue, instrument, fromMs: T0 + 1000, toMs: T0 + 4000, limit: 2 }), [2, 3]);
      assert.deepEqual(await values({ instrument, fromMs: T0 + 4000 }), [4, 14]);
      assert.deepEqual(await values({ instrument: 'ETH-USDT-PERP', limit: 3 }), [22, 23, 24]);
      assert.deepEqual(await values({ venue: 'kraken' }), []);
      assert.deepEqual(await values({ fromMs: T0 + 3000, toMs: T0 + 3001 }), [3, 13, 23]);
    },
  );

  const fired = alert(T0);
  contract(
    'an alert is its newest look: resolved stays resolved, whatever comes again from before',
    [
      batchOf({ alerts: [fired] }),
      batchOf({ alerts: [{ ...fired, peakValue: 9, lastAtMs: T0 + 500 }, resolved(fired, T0 + 2500.75)] }),
      batchOf({ alerts: [fired] }),
    ],
    async (source) => {
      const query = { ...ALL, type: null, priority: null };
      assert.deepEqual(await listOf(source.alerts(query)), [resolved(fired, T0 + 2500.75)]);
      assert.deepEqual(await listOf(source.alerts({ ...query, priority: 'P1' })), []);
      assert.deepEqual(await listOf(source.alerts({ ...query, fromMs: T0 + 1 })), [], 'by the time of firing');
    },
  );

  contract(
    'an older look at an alert takes nothing back, and neither does one that thinks that it still fires',
    [
      batchOf({ alerts: [{ ...fired, peakValue: 9, lastAtMs: T0 + 500 }] }),
      batchOf({ alerts: [{ ...fired, lastAtMs: T0 + 400 }] }),
      batchOf({ alerts: [resolved(alert(T0 + 1), T0 + 900)] }),
      batchOf({ alerts: [{ ...alert(T0 + 1), lastAtMs: T0 + 950 }] }),
    ],
    async (source) => {
      const alerts = await listOf(source.alerts({ ...ALL, type: null, priority: null }));
      assert.deepEqual(
        alerts.map(({ state, peakValue }) => [state, peakValue]),
        [
          ['firing', 9],
          ['resolved', 4.5],
        ],
      );
    },
  );

  contract(
    'alerts are counted by what they have in common; the open ones have no duration',
    [
      batchOf({
        alerts: [
          resolved(alert(T0), T0 + 2000),
          resolved(alert(T0 + 1000), T0 + 5000),
          alert(T0 + 2000, { priority: 'P1', type: 'cpu', venue: null }),
        ],
      }),
    ],
    async (source) => {
      const query = { ...ALL, type: null, priority: null };
      assert.deepEqual(await source.alertGroups(query, 'priority'), [
        { group: 'P2', count: 2, openCount: 0, averageSeconds: 3, longestSeconds: 4 },
        { group: 'P1', count: 1, openCount: 1, averageSeconds: null, longestSeconds: null },
      ]);
      assert.deepEqual(
        (await source.alertGroups({ ...query, fromMs: T0 + 2000 }, 'venue')).map(({ group, count }) => [group, count]),
        [[null, 1]],
      );
    },
  );

  contract(
    'a gap is there while it is open, gets its end, and is not opened again by what comes from before',
    [
      batchOf({ gaps: [gapRow(venue, symbol, instrument, gap(T0 + 0.5)), gapRow('okx', 'B', 'B', gap(T0))] }),
      batchOf({ gaps: [gapRow(venue, symbol, instrument, gap(T0 + 0.5, { endMs: T0 + 1500.9 }))] }),
      batchOf({ gaps: [gapRow(venue, symbol, instrument, gap(T0 + 0.5))] }),
    ],
    async (source) => {
      const gaps = await listOf(source.gaps({ ...ALL, kind: 'sequence' }));
      assert.deepEqual(
        gaps.map((one) => [one.venue, one.startMs, one.endMs, one.idBefore, one.idAfter]),
        [
          [venue, T0, T0 + 1500, 5, 9],
          ['okx', T0, null, 5, 9],
        ],
      );
      assert.deepEqual(await source.gapGroups({ ...ALL, kind: null }, 'venue'), [
        { group: venue, count: 1, openCount: 0, averageSeconds: 1.5, longestSeconds: 1.5 },
        { group: 'okx', count: 1, openCount: 1, averageSeconds: null, longestSeconds: null },
      ]);
    },
  );

  const row = (minutes: number, closeMs: number, more = {}) => ({ ...PERP, minutes, bar: bar(closeMs, more) });
  contract(
    'of a bar the highest revision stays, in whatever order they come; NULL stays NULL',
    [
      batchOf({ bars: [row(1, T0), row(1, T0, { revision: 2, close: 102, vwap: null }), row(15, T0)] }),
      batchOf({ bars: [row(1, T0, { revision: 1, close: 101 })] }),
    ],
    async (source) => {
      assert.deepEqual(await listOf(source.bars({ ...ALL, minutes: 1 })), [
        row(1, T0, { revision: 2, close: 102, vwap: null }),
      ]);
      assert.equal((await listOf(source.bars({ ...ALL, minutes: 60 }))).length, 0);
    },
  );

  const ticker: TickerRow = {
    ...{ venue, instrument, timeMs: T0, markPrice: 67_000.1, indexPrice: null, fundingRate: 0.0001 },
    ...{ nextFundingMs: T0 + 3_600_000, openInterest: null },
  };
  const health: HealthRow = {
    ...{ venue: '*', timeMs: T0, grade: 'B', score: 88.25, components: { security: null, api_health: 90 } },
    ...{ lastMessageMs: null, messageCount: null, latencyMs: null, books: null, liveBooks: null, gapCount: null },
    badFrameCount: null,
  };
  const book: BookRow = {
    venue,
    instrument,
    timeMs: T0,
    bids: [[99, 1.5]],
    asks: [
      [101, 2],
      [102, 3],
    ],
  };
  contract(
    'tickers, health and books come back as they were',
    [batchOf({ tickers: [ticker], health: [health, { ...health, venue: 'okx' }], books: [book] })],
    async (source) => {
      assert.deepEqual(await listOf(source.tickers(ALL)), [ticker]);
      assert.deepEqual(await listOf(source.health({ ...ALL, venue: '*' })), [health]);
      assert.deepEqual(await listOf(source.books(ALL)), [book]);
    },
  );

  contract('nothing was ever written of something', [batchOf({ samples: [spread(T0, 1)] })], async (source) => {
    assert.deepEqual(await listOf(source.alerts({ ...ALL, type: null, priority: null })), []);
    assert.deepEqual(await source.gapGroups({ ...ALL, kind: null }, 'kind'), []);
  });

  contract('rows that come while somebody reads are seen by the next question', [batchOf({})], async (source, sink) => {
    assert.equal((await sink.write(batchOf({ samples: [spread(T0, 1)] }))).kind, 'written');
    const rows = await listOf(source.metrics({ ...ALL, metrics: METRICS }));
    assert.equal(rows.length, 1);
  });

  test(`${name}: any rows in any order, some of them twice: each second of each series once, oldest first`, async (t) => {
    const point = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom('a', 'b'), fc.constantFrom('X', 'Y'));
    await fc.assert(
      fc.asyncProperty(fc.array(point, { minLength: 1, maxLength: 40 }), fc.nat(25), async (points, limit) => {
        const { sink, source: openSource } = open(t);
        const samples = points.map(([second, at, of]) =>
          spread(T0 + second * 1000, second, { venue: at, instrument: of }),
        );
        const half = samples.length >> 1;
        for (const part of [samples.slice(0, half), samples.slice(half), samples.slice(0, 3)])
          await sink.write(batchOf({ samples: part }));
        const source = openSource();
        const asked = { ...ALL, venue: 'a', instrument: 'X', metrics: ['spread_bps'] as const };
        const wanted = new Set(points.flatMap(([second, at, of]) => (at === 'a' && of === 'X' ? [second] : [])));
        const seconds = [...wanted].sort((a, b) => a - b);
        const got = async (more: object) =>
          (await listOf(source.metrics({ ...asked, ...more }))).map((one) => one.values[0]);
        assert.deepEqual(await got({}), seconds);
        assert.deepEqual(await got({ limit: limit + 1 }), seconds.slice(-limit - 1));
        const all = await listOf(source.metrics({ ...ALL, metrics: ['spread_bps'] }));
        assert.equal(all.length, new Set(points.map(String)).size);
        source.close();
        await sink.close(1000);
      }),
      { numRuns: 25 },
    );
  });
}
