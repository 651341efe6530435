/** Rows for tests of the history, each as the core would tell it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Bar } from '../../../../src/core/market/bars/bar.ts';
import type { Gap } from '../../../../src/core/market/book/gap.ts';
import type { Effect } from '../../../../src/core/scan/effect.ts';
import type { AlertRecord } from '../../../../src/core/signal/detect/alert-record.ts';
import {
  METRIC_INDEX,
  METRICS,
  type MetricName,
  type Sample,
} from '../../../../src/core/signal/surveillance/metric.ts';
import { HistoryQueue } from '../../../../src/shell/stores/history/history-queue.ts';
import type { HistoryBatch } from '../../../../src/shell/stores/history/history-rows.ts';

/** 2026-03-01T12:00:00Z. */
export const T0 = 1_772_366_400_000;
export const SCORED: readonly MetricName[] = ['spread_bps', 'basis_bps'];
export const PERP = { venue: 'binance', symbol: 'BTCUSDT', instrument: 'BTC-USDT-PERP' };

/** A new folder that goes with the test. */
export function historyFolder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'cryptorun-history-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Metrics that are not named are unknown; `zscores` by `SCORED`. */
export function sample(
  timeMs: number,
  values: Partial<Record<MetricName, number>>,
  { zscores = [Number.NaN, Number.NaN], ...place }: Partial<Omit<Sample, 'zscores'>> & { zscores?: number[] } = {},
): Sample {
  const all = new Float64Array(METRICS.length).fill(Number.NaN);
  for (const [name, value] of Object.entries(values)) all[METRIC_INDEX[name as MetricName]] = value;
  return { ...PERP, timeMs, values: all, zscores: Float64Array.from(zscores), truncated: 0, ...place };
}

export function bar(closeMs: number, more: Partial<Bar> = {}): Bar {
  const volumes = { baseVolume: 1, quoteVolume: 100, buyQuoteVolume: 60, sellQuoteVolume: 40 };
  const prices = { open: 99, high: 101, low: 98, close: 100, vwap: 100 };
  const whole = { tradeCount: 7, cvd: 20, complete: true, coverageMs: 60_000, priceSource: 'trade' as const };
  return { openMs: closeMs - 60_000, closeMs, revision: 0, ...prices, ...volumes, ...whole, ...more };
}

export function gap(startMs: number, more: Partial<Gap> = {}): Gap {
  return { kind: 'sequence', startMs, endMs: null, idBefore: 5, idAfter: 9, reason: 'sequence_gap', ...more };
}

/** One that has fired and fires still. */
export function alert(firedAtMs: number, more: Partial<AlertRecord> = {}): AlertRecord {
  return {
    id: `spread-${firedAtMs}`,
    key: 'spread_warning:BTC-USDT-PERP:binance',
    type: 'spread_warning',
    priority: 'P2',
    originalPriority: 'P2',
    severity: 'warning',
    venue: PERP.venue,
    instrument: PERP.instrument,
    metric: 'spread_bps',
    condition: 'gt',
    threshold: 3,
    zscoreThreshold: 2,
    state: 'firing',
    pendingAtMs: firedAtMs,
    heldMs: 0,
    firedAtMs,
    value: 4.5,
    zscore: 2.5,
    lastValue: 4.5,
    lastAtMs: firedAtMs,
    peakValue: 4.5,
    peakAtMs: firedAtMs,
    escalatedAtMs: null,
    escalationReason: null,
    acknowledgement: null,
    ladderStep: 0,
    silencedBy: null,
    isTold: true,
    resolution: null,
    ...more,
  };
}

export function resolved(record: AlertRecord, atMs: number): AlertRecord {
  const resolution = { kind: 'auto' as const, atMs, value: 1 };
  return { ...record, state: 'resolved', lastAtMs: atMs, resolution };
}

export function alertEffect(record: AlertRecord): Effect {
  return { kind: 'alert', change: 'updated', alert: record, isNotified: false, atMs: record.lastAtMs };
}

/** What a writer would gather of these. */
export function batchOf(rows: Partial<Omit<HistoryBatch, 'metrics'>> & { samples?: readonly Sample[] }): HistoryBatch {
  const { samples = [], ...others } = rows;
  const queue = new HistoryQueue(SCORED, 1000);
  for (const one of samples) queue.addSample(one);
  const { metrics } = queue.take(Number.MAX_SAFE_INTEGER);
  return { books: [], tickers: [], health: [], bars: [], gaps: [], alerts: [], ...others, metrics };
}

export async function listOf<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
}
