/** How each kind of the history's rows is shown. Reads none and prints none. */

import { numberText } from '../../../core/base/decimal.ts';
import { alertJson, alertStateText, alertTone } from '../../../core/render/alert-text.ts';
import { cell, left, right } from '../../../core/render/cells.ts';
import type { Cell } from '../../../core/render/table.ts';
import { durationText, knownIsoText } from '../../../core/render/value-text.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import { alertSubject } from '../../../core/signal/detect/alert-subject.ts';
import type { BarRow, GapRow, HealthRow, TickerRow } from '../../stores/history/history-rows.ts';
import type { HistoryGroup } from '../../stores/history/history-store.ts';
import type { Listing } from './listing.ts';

/** One value of one metric. */
export interface MetricValue {
  readonly timeMs: number;
  readonly venue: string;
  readonly instrument: string;
  readonly metric: string;
  readonly value: number;
  readonly zscore: number | null;
}

/** As the store has it; no room of the shell is loaded for one word. */
const WHOLE_RUN: typeof import('../../stores/history/history-rows.ts').WHOLE_RUN = '*';

export const METRIC_LISTING: Listing<MetricValue> = {
  name: 'metrics',
  fields: {
    time: ({ timeMs }) => knownIsoText(timeMs),
    venue: ({ venue }) => venue,
    instrument: ({ instrument }) => instrument,
    metric: ({ metric }) => metric,
    value: ({ value }) => value,
    zscore: ({ zscore }) => zscore,
  },
  timeMs: ({ timeMs }) => timeMs,
  columns: [left('Market', 13), left('Metric', 6), right('Value', 5), right('Z', 4)],
  cells: ({ venue, instrument, metric, value, zscore }) => [
    cell(`${venue} ${instrument}`),
    cell(metric),
    figure(value),
    cell(zscore === null ? '-' : zscore.toFixed(1)),
  ],
};

export const ALERT_LISTING: Listing<AlertRecord> = {
  name: 'alerts',
  fields: {
    fired_at: ({ firedAtMs }) => knownIsoText(firedAtMs),
    id: ({ id }) => id,
    type: ({ type }) => type,
    priority: ({ priority }) => priority,
    original_priority: ({ originalPriority }) => originalPriority,
    severity: ({ severity }) => severity,
    venue: ({ venue }) => venue,
    instrument: ({ instrument }) => instrument,
    metric: ({ metric }) => metric,
    condition: ({ condition }) => condition,
    threshold: ({ threshold }) => threshold,
    value: ({ value }) => value,
    zscore: ({ zscore }) => zscore,
    peak_value: ({ peakValue }) => peakValue,
    state: ({ state }) => state,
    escalated_at: ({ escalatedAtMs }) => knownIsoText(escalatedAtMs),
    acknowledged_at: ({ acknowledgement }) => knownIsoText(acknowledgement?.atMs ?? null),
    acknowledged_by: ({ acknowledgement }) => acknowledgement?.actor ?? null,
    resolved_at: ({ resolution }) => knownIsoText(resolution?.atMs ?? null),
    resolution_kind: ({ resolution }) => resolution?.kind ?? null,
    duration_seconds: ({ firedAtMs, resolution }) => seconds(firedAtMs, resolution?.atMs ?? null),
  },
  json: alertJson,
  timeMs: ({ firedAtMs }) => firedAtMs ?? Number.NaN,
  columns: [left('Pri', 3), left('Type', 10), left('Where', 8), right('Peak', 4), right('For', 4), left('State', 6)],
  cells: (alert) => [
    cell(alert.priority, alertTone(alert, alert.state === 'resolved' ? 'updated' : 'fired')),
    cell(alert.type),
    cell(alertSubject(alert)),
    figure(alert.peakValue),
    lasted(alert.firedAtMs, alert.resolution?.atMs ?? null),
    cell(alertStateText(alert)),
  ],
};

export const GAP_LISTING: Listing<GapRow> = {
  name: 'gaps',
  fields: {
    start_time: ({ startMs }) => knownIsoText(startMs),
    end_time: ({ endMs }) => knownIsoText(endMs),
    duration_seconds: ({ startMs, endMs }) => seconds(startMs, endMs),
    venue: ({ venue }) => venue,
    instrument: ({ instrument }) => instrument,
    symbol: ({ symbol }) => symbol,
    kind: ({ kind }) => kind,
    id_before: ({ idBefore }) => idBefore,
    id_after: ({ idAfter }) => idAfter,
    reason: ({ reason }) => reason,
  },
  timeMs: ({ startMs }) => startMs,
  columns: [left('Market', 13), left('Kind', 4), right('For', 4), left('Reason', 6)],
  cells: ({ startMs, endMs, venue, instrument, kind, reason }) => [
    cell(`${venue} ${instrument}`),
    cell(kind),
    lasted(startMs, endMs),
    cell(reason),
  ],
};

export const BAR_LISTING: Listing<BarRow> = {
  name: 'bars',
  fields: {
    close_time: ({ bar }) => knownIsoText(bar.closeMs),
    minutes: ({ minutes }) => minutes,
    venue: ({ venue }) => venue,
    instrument: ({ instrument }) => instrument,
    symbol: ({ symbol }) => symbol,
    revision: ({ bar }) => bar.revision,
    price_source: ({ bar }) => bar.priceSource,
    open: ({ bar }) => bar.open,
    high: ({ bar }) => bar.high,
    low: ({ bar }) => bar.low,
    close: ({ bar }) => bar.close,
    base_volume: ({ bar }) => bar.baseVolume,
    quote_volume: ({ bar }) => bar.quoteVolume,
    buy_quote_volume: ({ bar }) => bar.buyQuoteVolume,
    sell_quote_volume: ({ bar }) => bar.sellQuoteVolume,
    trade_count: ({ bar }) => bar.tradeCount,
    vwap: ({ bar }) => bar.vwap,
    cvd: ({ bar }) => bar.cvd,
    complete: ({ bar }) => bar.complete,
    coverage_ms: ({ bar }) => bar.coverageMs,
  },
  timeMs: ({ bar }) => bar.closeMs,
  columns: [
    left('Market', 13),
    ...['Open', 'High', 'Low', 'Close', 'Volume'].map((header) => right(header, 4)),
    left('', 1),
  ],
  cells: ({ bar, venue, instrument }) => [
    cell(`${venue} ${instrument}`),
    ...[bar.open, bar.high, bar.low, bar.close, bar.quoteVolume].map(figure),
    // A minute that was not listened to whole says so.
    cell(bar.complete ? '' : '~', 'warn'),
  ],
};

export const TICKER_LISTING: Listing<TickerRow> = {
  name: 'tickers',
  fields: {
    time: ({ timeMs }) => knownIsoText(timeMs),
    venue: ({ venue }) => venue,
    instrument: ({ instrument }) => instrument,
    mark_price: ({ markPrice }) => markPrice,
    index_price: ({ indexPrice }) => indexPrice,
    funding_rate: ({ fundingRate }) => fundingRate,
    next_funding_time: ({ nextFundingMs }) => knownIsoText(nextFundingMs),
    open_interest: ({ openInterest }) => openInterest,
  },
  timeMs: ({ timeMs }) => timeMs,
  columns: [left('Market', 13), ...['Mark', 'Index', 'Funding', 'Open int.'].map((header) => right(header, 4))],
  cells: ({ venue, instrument, markPrice, indexPrice, fundingRate, openInterest }) => [
    cell(`${venue} ${instrument}`),
    ...[markPrice, indexPrice, fundingRate, openInterest].map(figure),
  ],
};

export const HEALTH_LISTING: Listing<HealthRow> = {
  name: 'health',
  fields: {
    time: ({ timeMs }) => knownIsoText(timeMs),
    venue: ({ venue }) => venue,
    grade: ({ grade }) => grade,
    score: ({ score }) => score,
    last_message_time: ({ lastMessageMs }) => knownIsoText(lastMessageMs),
    message_count: ({ messageCount }) => messageCount,
    latency_ms: ({ latencyMs }) => latencyMs,
    books: ({ books }) => books,
    live_books: ({ liveBooks }) => liveBooks,
    gap_count: ({ gapCount }) => gapCount,
    bad_frame_count: ({ badFrameCount }) => badFrameCount,
  },
  timeMs: ({ timeMs }) => timeMs,
  columns: [
    left('Venue', 5),
    left('Grade', 5),
    ...['Score', 'Messages', 'Latency ms', 'Live books', 'Gaps', 'Bad'].map((header) => right(header, 3)),
  ],
  cells: ({ venue, grade, score, messageCount, latencyMs, books, liveBooks, gapCount, badFrameCount }) => [
    cell(venue === WHOLE_RUN ? 'the run' : venue),
    cell(grade ?? '-'),
    cell(score === null ? '-' : score.toFixed(1)),
    figure(messageCount),
    cell(latencyMs === null ? '-' : latencyMs.toFixed(0)),
    cell(books === null ? '-' : `${liveBooks}/${books}`),
    figure(gapCount),
    figure(badFrameCount),
  ],
};

/** @param what - `alerts` or `gaps`; @param by - what they have in common, such as `priority` */
export function groupListing(what: string, by: string): Listing<HistoryGroup> {
  return {
    name: `${what}-by-${by}`,
    fields: {
      [by]: ({ group }) => group,
      count: ({ count }) => count,
      open_count: ({ openCount }) => openCount,
      average_seconds: ({ averageSeconds }) => averageSeconds,
      longest_seconds: ({ longestSeconds }) => longestSeconds,
    },
    columns: [
      left(`${by[0]!.toUpperCase()}${by.slice(1)}`, 12),
      ...['Count', 'Open', 'Average', 'Longest'].map((header) => right(header, 7)),
    ],
    cells: ({ group, count, openCount, averageSeconds, longestSeconds }) => [
      cell(group ?? '-'),
      cell(String(count)),
      cell(String(openCount), openCount > 0 ? 'warn' : 'plain'),
      ...[averageSeconds, longestSeconds].map((value) => cell(value === null ? '-' : secondsText(value))),
    ],
  };
}

/** Seven figures tell prices apart; CSV and JSON have them all. */
function figure(value: number | null): Cell {
  return cell(value === null ? '-' : (numberText(Number(value.toPrecision(7))) ?? '-'));
}

function lasted(startMs: number | null, endMs: number | null): Cell {
  const value = seconds(startMs, endMs);
  return value === null ? cell('open', 'warn') : cell(secondsText(value));
}

function seconds(startMs: number | null, endMs: number | null): number | null {
  return startMs === null || endMs === null ? null : (endMs - startMs) / 1000;
}

/** Gaps are mostly shorter than what `durationText` counts in. */
function secondsText(value: number): string {
  return value < 600 ? `${value.toFixed(1)} s` : durationText(value * 1000);
}
