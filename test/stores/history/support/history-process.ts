/**
 * Writes samples as fast as they are taken until it is killed: `history-process DIR`. Prints a line for each batch that was
 * acknowledged: how many rows are written. Bundled by the test that starts it.
 */

import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { HistoryWriter } from '../../../../src/shell/stores/history/history-writer.ts';
import { WorkerHistorySink } from '../../../../src/shell/stores/history/worker-history-sink.ts';
import { PERP, SCORED, sample, T0 } from './rows.ts';

const [dir = '', from = '0'] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);
const retention = { metrics: 0, alerts: 0, dataGaps: 0, ticker: 0, health: 0, bars: 0, books: 0 };
const sink = new WorkerHistorySink({ stateDir: dir, retention, onProblem: say });
const writer = new HistoryWriter(sink, {
  zscoreMetrics: SCORED,
  metricsEveryMs: 1000,
  maxQueuedRows: 4000,
  batchMs: 5,
  instrumentOf: () => PERP.instrument,
  tickerOf: () => null,
  onProblem: say,
});

async function write(): Promise<void> {
  let told = 0;
  for (let second = Number(from); ; ) {
    for (let i = 0; i < 50; i++) {
      writer.take({ kind: 'sample', sample: sample(T0 + second * 1000, { spread_bps: second }) });
      second += 1;
    }
    await writer.drained(2000);
    const { writtenRows } = writer.state;
    if (writtenRows > told) say(`written ${writtenRows}`);
    told = writtenRows;
    await pause(1);
  }
}

void write();
