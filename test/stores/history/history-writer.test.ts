/** The writer of the history in front of a sink that does what a test says: what is kept, what is told, and what goes when. */

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Effect } from '../../../src/core/scan/effect.ts';
import { type HistoryBatch, rowsOf, rowWidth } from '../../../src/shell/stores/history/history-rows.ts';
import type { HistorySink, WriteOutcome } from '../../../src/shell/stores/history/history-store.ts';
import { HistoryWriter, type HistoryWriterOptions } from '../../../src/shell/stores/history/history-writer.ts';
import { alert, alertEffect, bar, gap, PERP, SCORED, sample, T0 } from './support/rows.ts';

const { venue, symbol } = PERP;

/** Keeps what it is given; `answer` decides what becomes of it. */
class FakeSink implements HistorySink {
  readonly written: HistoryBatch[] = [];
  calls = 0;
  closedWithin: number | null = null;
  answer: (batch: HistoryBatch) => WriteOutcome | Promise<WriteOutcome> = () => ({ kind: 'written' });

  async write(batch: HistoryBatch): Promise<WriteOutcome> {
    this.calls += 1;
    const outcome = await this.answer(batch);
    if (outcome.kind === 'written') this.written.push(batch);
    return outcome;
  }

  async close(limitMs: number): Promise<void> {
    this.closedWithin = limitMs;
  }

  get rows(): number {
    return this.written.reduce((sum, batch) => sum + rowsOf(batch), 0);
  }
}

interface World {
  readonly sink: FakeSink;
  readonly writer: HistoryWriter;
  readonly told: string[];
  /** Lets this much time go by, and all that follows from it happen. */
  pass(ms: number): Promise<void>;
}

function world(t: TestContext, more: Partial<HistoryWriterOptions> = {}): World {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const sink = new FakeSink();
  const told: string[] = [];
  const writer = new HistoryWriter(sink, {
    zscoreMetrics: SCORED,
    metricsEveryMs: 1000,
    maxQueuedRows: 100,
    batchMs: 1000,
    instrumentOf: () => PERP.instrument,
    tickerOf: () => null,
    onProblem: (text) => told.push(text),
    ...more,
  });
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const pass = async (ms: number): Promise<void> => {
    await settle();
    t.mock.timers.tick(ms);
    await settle();
  };
  return { sink, writer, told, pass };
}

const sampleAt = (second: number): Effect => ({
  kind: 'sample',
  sample: sample(T0 + second * 1000, { spread_bps: second }),
});
const barAt = (minute: number): Effect => ({ kind: 'bar', venue, symbol, minutes: 1, bar: bar(T0 + minute * 60_000) });
const full: WriteOutcome['kind'] = 'refused';
const refuse = (batch: HistoryBatch): WriteOutcome =>
  ({ kind: full, batch, reason: 'cannot write: disk is full' }) as WriteOutcome;

test('rows are gathered for a batch, and all kinds of them arrive', async (t) => {
  const { sink, writer, told, pass } = world(t);
  writer.take(sampleAt(0));
  writer.take(barAt(0));
  writer.take({ kind: 'gap_opened', venue, symbol, gap: gap(T0) });
  writer.take(alertEffect(alert(T0)));
  writer.take({ kind: 'digest', venue, symbol, minuteMs: T0, sha256: '' });
  await pass(999);
  assert.equal(sink.calls, 0);
  await pass(1);
  assert.equal(sink.calls, 1);
  const [batch] = sink.written;
  assert.deepEqual(
    [batch!.metrics[0]!.venues, batch!.bars[0]!.instrument, batch!.gaps[0]!.instrument, batch!.alerts[0]!.id],
    [[venue], PERP.instrument, PERP.instrument, `spread-${T0}`],
  );
  assert.deepEqual(writer.state, { writtenRows: 4, queuedRows: 0, droppedRows: 0, problem: null });
  await pass(5000);
  assert.equal(sink.calls, 1, 'nothing to write is not written');
  assert.deepEqual(told, []);
});

test('what is nothing to keep is not kept', async (t) => {
  const { sink, writer, pass } = world(t, { metricsEveryMs: 10_000 });
  for (let second = 0; second < 30; second++) writer.take(sampleAt(second));
  writer.take(alertEffect(alert(T0, { state: 'pending', firedAtMs: null })));
  writer.take({ kind: 'gap_opened', venue, symbol, gap: gap(Number.NaN) });
  await pass(1000);
  const seconds = [...sink.written[0]!.metrics[0]!.numbers].filter((value) => value >= T0 && value <= T0 + 30_000);
  assert.deepEqual(seconds, [T0, T0 + 10_000, T0 + 20_000], 'one sample in so many seconds');
  assert.deepEqual([sink.written[0]!.alerts, sink.written[0]!.gaps], [[], []], 'never fired; began at no known time');
});

test('a ticker is kept at its sample, where there is something new', async (t) => {
  const facts = { markPrice: 1, indexPrice: null, fundingRate: null, nextFundingMs: null, openInterest: null };
  const { sink, writer, pass } = world(t, { tickerOf: ({ timeMs }) => (timeMs === T0 ? facts : null) });
  writer.take(sampleAt(0));
  writer.take(sampleAt(1));
  await pass(1000);
  const { venue: at, instrument } = PERP;
  assert.deepEqual(sink.written[0]!.tickers, [{ venue: at, instrument, timeMs: T0, ...facts }]);
});

test('after a reload scores are kept by the metrics that are scored then; of others none', async (t) => {
  const { sink, writer, pass } = world(t);
  const scored = (second: number, zscores: number[]): Effect => ({
    kind: 'sample',
    sample: sample(T0 + second * 1000, { spread_bps: 1 }, { zscores }),
  });
  writer.take(scored(0, [1, 2]));
  writer.rescore(['mid_price', 'spread_bps', 'basis_bps']);
  writer.take(scored(1, [3, 4, 5]));
  writer.take(scored(2, [6, 7]));
  await pass(1000);
  const { metrics } = sink.written[0]!;
  assert.deepEqual(
    metrics.map(({ zscoreMetrics, venues }) => [zscoreMetrics.length, venues.length]),
    [
      [2, 1],
      [3, 2],
    ],
  );
  const scoresAt = rowWidth([]);
  assert.deepEqual([...metrics[0]!.numbers.subarray(scoresAt, scoresAt + 2)], [1, 2]);
  const width = rowWidth(metrics[1]!.zscoreMetrics);
  assert.deepEqual([...metrics[1]!.numbers.subarray(scoresAt, width)], [3, 4, 5]);
  assert.deepEqual(
    [...metrics[1]!.numbers.subarray(width + scoresAt, 2 * width)],
    [Number.NaN, Number.NaN, Number.NaN],
  );
});

test('refused: told once, tried again ever more rarely, and told when it is over', async (t) => {
  const { sink, writer, told, pass } = world(t);
  sink.answer = refuse;
  writer.take(sampleAt(0));
  await pass(1000);
  assert.equal(writer.state.problem, 'cannot write: disk is full');
  let waits = 0;
  for (let ms = 0; ms < 600_000; ms += 1000) {
    await pass(1000);
    if (ms === 60_000) waits = sink.calls;
  }
  assert.ok(waits >= 6 && waits <= 9, `${waits} tries in the first minute`);
  assert.ok(sink.calls - waits <= 600 / 30, `${sink.calls} tries in ten minutes`);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /^history: cannot write: disk is full; the scan goes on/);
  sink.answer = () => ({ kind: 'written' });
  await pass(30_000);
  assert.deepEqual([sink.rows, writer.state.problem], [1, null]);
  assert.deepEqual(told.slice(1), ['history: written again; 0 rows could not be kept']);
});

test('no room: samples go first and the oldest of them, alerts and gaps last; told once, and how many', async (t) => {
  const { sink, writer, told, pass } = world(t);
  sink.answer = refuse;
  writer.take(alertEffect(alert(T0)));
  writer.take({ kind: 'gap_opened', venue, symbol, gap: gap(T0) });
  for (let minute = 0; minute < 20; minute++) writer.take(barAt(minute));
  for (let second = 0; second < 500; second++) {
    writer.take(sampleAt(second));
    assert.ok(writer.state.queuedRows <= 100, `${writer.state.queuedRows} rows wait`);
    if (second % 10 === 0) await pass(1000);
  }
  assert.equal(told.length, 1);
  const gone = writer.state.droppedRows;
  assert.equal(gone + writer.state.queuedRows, 522);
  sink.answer = () => ({ kind: 'written' });
  await pass(30_000);
  await pass(1000);
  const all = <Kind extends 'alerts' | 'gaps' | 'bars'>(kind: Kind): number =>
    sink.written.reduce((sum, batch) => sum + batch[kind].length, 0);
  assert.deepEqual([all('alerts'), all('gaps'), all('bars')], [1, 1, 20]);
  const times = sink.written.flatMap(({ metrics }) => metrics.flatMap(({ numbers }) => [...numbers]));
  for (let second = 460; second < 500; second++)
    assert.ok(times.includes(T0 + second * 1000), `the newest samples are there: ${second}`);
  assert.equal(told.length, 2);
  assert.match(
    told[1]!,
    new RegExp(`^history: written again; ${gone} rows could not be kept \\(.*metrics ${gone}\\)$`),
  );
});

test('no room even without samples: bars go before gaps, gaps before alerts', async (t) => {
  const { sink, writer, pass } = world(t, { maxQueuedRows: 10 });
  sink.answer = () => new Promise(() => {});
  writer.take(barAt(0));
  await pass(1000);
  for (let i = 0; i < 6; i++) {
    writer.take(alertEffect(alert(T0 + i)));
    writer.take({ kind: 'gap_opened', venue, symbol, gap: gap(T0 + i) });
    writer.take(barAt(i));
  }
  assert.deepEqual(writer.state, { writtenRows: 0, queuedRows: 10, droppedRows: 9, problem: null });
});

test('a batch that was lost is counted, and the next one is tried', async (t) => {
  const { sink, writer, told, pass } = world(t);
  sink.answer = () => ({ kind: 'lost', reason: 'the thread is gone' });
  writer.take(sampleAt(0));
  await pass(1000);
  sink.answer = () => ({ kind: 'written' });
  writer.take(sampleAt(1));
  await pass(1000);
  await pass(1000);
  assert.deepEqual(writer.state, { writtenRows: 1, queuedRows: 0, droppedRows: 1, problem: null });
  assert.equal(told.length, 2);
  assert.match(told[1]!, /1 rows could not be kept$/);
});

test('the end: what waits is written, in as many batches as it takes', async (t) => {
  const { sink, writer } = world(t, { maxQueuedRows: 1000 });
  for (let second = 0; second < 990; second++) writer.take(sampleAt(second));
  const end = await writer.close(1000);
  assert.deepEqual(end, { isWhole: true, writtenRows: 990, droppedRows: 0 });
  assert.equal(sink.rows, 990);
  assert.ok(sink.closedWithin !== null);
});

test('the end, while nothing can be written: tried once more, then it is over', async (t) => {
  const { sink, writer, pass } = world(t);
  sink.answer = refuse;
  writer.take(sampleAt(0));
  await pass(1000);
  writer.take(sampleAt(1));
  const calls = sink.calls;
  assert.deepEqual(await writer.close(1000), { isWhole: false, writtenRows: 0, droppedRows: 2 });
  assert.equal(sink.calls, calls + 1);
});

test('the end, of a sink that never answers: not later than asked', async (t) => {
  const { sink, writer, pass } = world(t);
  sink.answer = () => new Promise(() => {});
  writer.take(sampleAt(0));
  const ending = writer.close(1000);
  await pass(1000);
  assert.deepEqual(await ending, { isWhole: false, writtenRows: 0, droppedRows: 1 });
});

test('who can wait, waits until there is room, or until nothing can be written', async (t) => {
  const { sink, writer } = world(t);
  for (let second = 0; second < 90; second++) writer.take(sampleAt(second));
  await writer.drained(40);
  assert.ok(writer.state.queuedRows <= 40);
  sink.answer = refuse;
  for (let second = 0; second < 50; second++) writer.take(sampleAt(second));
  await writer.drained(0);
  assert.equal(writer.state.problem, 'cannot write: disk is full');
});
