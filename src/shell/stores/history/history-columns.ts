/** How each kind of row stands in its table, both ways. Runs no statement. */

import type { PriceSource } from '../../../core/market/bars/bar.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type { BarRow, BookRow, GapRow, HealthRow, TickerRow } from './history-rows.ts';
import { HISTORY_TABLES } from './history-schema.ts';

export type SqlValue = string | number | null;
/** A row as SQLite gives it, by column. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** How rows of one kind are written: the statement, and the values that it takes, in its order. */
export interface RowWriter<Row> {
  readonly sql: string;
  values(row: Row): SqlValue[];
}

export const BAR_WRITER = rowWriter<BarRow>(
  HISTORY_TABLES.bars.table,
  ['close_ms', 'minutes', 'venue', 'symbol'],
  {
    close_ms: ({ bar }) => bar.closeMs,
    minutes: ({ minutes }) => minutes,
    venue: ({ venue }) => venue,
    symbol: ({ symbol }) => symbol,
    instrument: ({ instrument }) => instrument,
    open_ms: ({ bar }) => bar.openMs,
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
    complete: ({ bar }) => (bar.complete ? 1 : 0),
    coverage_ms: ({ bar }) => bar.coverageMs,
  },
  'excluded.revision >= bars.revision',
);

export function barOf(row: SqlRow): BarRow {
  return {
    venue: text(row['venue']),
    symbol: text(row['symbol']),
    instrument: text(row['instrument']),
    minutes: number(row['minutes']),
    bar: {
      openMs: number(row['open_ms']),
      closeMs: number(row['close_ms']),
      revision: number(row['revision']),
      priceSource: text(row['price_source']) as PriceSource,
      open: numberOrNull(row['open']),
      high: numberOrNull(row['high']),
      low: numberOrNull(row['low']),
      close: numberOrNull(row['close']),
      baseVolume: numberOrNull(row['base_volume']),
      quoteVolume: numberOrNull(row['quote_volume']),
      buyQuoteVolume: numberOrNull(row['buy_quote_volume']),
      sellQuoteVolume: numberOrNull(row['sell_quote_volume']),
      tradeCount: number(row['trade_count']),
      vwap: numberOrNull(row['vwap']),
      cvd: numberOrNull(row['cvd']),
      complete: row['complete'] === 1,
      coverageMs: number(row['coverage_ms']),
    },
  };
}

/** What is closed is not opened again by a look from before. */
export const GAP_WRITER = rowWriter<GapRow>(
  HISTORY_TABLES.gaps.table,
  ['start_ms', 'venue', 'symbol', 'kind'],
  {
    start_ms: ({ startMs }) => startMs,
    venue: ({ venue }) => venue,
    symbol: ({ symbol }) => symbol,
    kind: ({ kind }) => kind,
    instrument: ({ instrument }) => instrument,
    end_ms: ({ endMs }) => endMs,
    id_before: ({ idBefore }) => idBefore,
    id_after: ({ idAfter }) => idAfter,
    reason: ({ reason }) => reason,
  },
  'excluded.end_ms IS NOT NULL',
);

export function gapOf(row: SqlRow): GapRow {
  return {
    venue: text(row['venue']),
    symbol: text(row['symbol']),
    instrument: text(row['instrument']),
    kind: text(row['kind']),
    startMs: number(row['start_ms']),
    endMs: numberOrNull(row['end_ms']),
    idBefore: numberOrNull(row['id_before']),
    idAfter: numberOrNull(row['id_after']),
    reason: text(row['reason']),
  };
}

/** Only alerts that fired come here. The columns are for questions, times in them cut to whole ms; the record is whole. */
export const ALERT_WRITER = rowWriter<AlertRecord>(
  HISTORY_TABLES.alerts.table,
  ['id'],
  {
    id: ({ id }) => id,
    key: ({ key }) => key,
    type: ({ type }) => type,
    priority: ({ priority }) => priority,
    original_priority: ({ originalPriority }) => originalPriority,
    severity: ({ severity }) => severity,
    venue: ({ venue }) => venue,
    instrument: ({ instrument }) => instrument,
    metric: ({ metric }) => metric,
    condition: ({ condition }) => condition,
    threshold: ({ threshold }) => threshold,
    zscore_threshold: ({ zscoreThreshold }) => zscoreThreshold,
    state: ({ state }) => state,
    pending_at_ms: ({ pendingAtMs }) => wholeMs(pendingAtMs),
    fired_at_ms: ({ firedAtMs }) => wholeMs(firedAtMs),
    value: ({ value }) => value,
    zscore: ({ zscore }) => zscore,
    last_value: ({ lastValue }) => lastValue,
    last_at_ms: ({ lastAtMs }) => wholeMs(lastAtMs),
    peak_value: ({ peakValue }) => peakValue,
    peak_at_ms: ({ peakAtMs }) => wholeMs(peakAtMs),
    escalated_at_ms: ({ escalatedAtMs }) => wholeMs(escalatedAtMs),
    escalation_reason: ({ escalationReason }) => escalationReason,
    acknowledged_at_ms: ({ acknowledgement }) => wholeMs(acknowledgement?.atMs ?? null),
    acknowledged_by: ({ acknowledgement }) => acknowledgement?.actor ?? null,
    acknowledgement_reason: ({ acknowledgement }) => acknowledgement?.reason ?? null,
    ladder_step: ({ ladderStep }) => ladderStep,
    silenced_by: ({ silencedBy }) => silencedBy,
    resolution_kind: ({ resolution }) => resolution?.kind ?? null,
    resolved_at_ms: ({ resolution }) => wholeMs(resolution?.atMs ?? null),
    resolution_value: ({ resolution }) => resolution?.value ?? null,
    record_json: (alert) => JSON.stringify(alert),
  },
  `excluded.last_at_ms >= alerts.last_at_ms AND (alerts.state <> 'resolved' OR excluded.state = 'resolved')`,
);

export function alertOf(row: SqlRow): AlertRecord {
  return JSON.parse(text(row['record_json'])) as AlertRecord;
}

const AT_A_TIME = ['time_ms', 'venue', 'instrument'];

export const TICKER_WRITER = rowWriter<TickerRow>(HISTORY_TABLES.tickers.table, AT_A_TIME, {
  time_ms: ({ timeMs }) => timeMs,
  venue: ({ venue }) => venue,
  instrument: ({ instrument }) => instrument,
  mark_price: ({ markPrice }) => markPrice,
  index_price: ({ indexPrice }) => indexPrice,
  funding_rate: ({ fundingRate }) => fundingRate,
  next_funding_ms: ({ nextFundingMs }) => wholeMs(nextFundingMs),
  open_interest: ({ openInterest }) => openInterest,
});

export function tickerOf(row: SqlRow): TickerRow {
  return {
    venue: text(row['venue']),
    instrument: text(row['instrument']),
    timeMs: number(row['time_ms']),
    markPrice: numberOrNull(row['mark_price']),
    indexPrice: numberOrNull(row['index_price']),
    fundingRate: numberOrNull(row['funding_rate']),
    nextFundingMs: numberOrNull(row['next_funding_ms']),
    openInterest: numberOrNull(row['open_interest']),
  };
}

export const HEALTH_WRITER = rowWriter<HealthRow>(HISTORY_TABLES.health.table, ['time_ms', 'venue'], {
  time_ms: ({ timeMs }) => wholeMs(timeMs),
  venue: ({ venue }) => venue,
  grade: ({ grade }) => grade,
  score: ({ score }) => score,
  components_json: ({ components }) => (components === null ? null : JSON.stringify(components)),
  last_message_ms: ({ lastMessageMs }) => wholeMs(lastMessageMs),
  message_count: ({ messageCount }) => messageCount,
  latency_ms: ({ latencyMs }) => latencyMs,
  books: ({ books }) => books,
  live_books: ({ liveBooks }) => liveBooks,
  gap_count: ({ gapCount }) => gapCount,
  bad_frame_count: ({ badFrameCount }) => badFrameCount,
});

export function healthOf(row: SqlRow): HealthRow {
  const components = textOrNull(row['components_json']);
  return {
    venue: text(row['venue']),
    timeMs: number(row['time_ms']),
    grade: textOrNull(row['grade']),
    score: numberOrNull(row['score']),
    components: components === null ? null : JSON.parse(components),
    lastMessageMs: numberOrNull(row['last_message_ms']),
    messageCount: numberOrNull(row['message_count']),
    latencyMs: numberOrNull(row['latency_ms']),
    books: numberOrNull(row['books']),
    liveBooks: numberOrNull(row['live_books']),
    gapCount: numberOrNull(row['gap_count']),
    badFrameCount: numberOrNull(row['bad_frame_count']),
  };
}

export const BOOK_WRITER = rowWriter<BookRow>(HISTORY_TABLES.books.table, AT_A_TIME, {
  time_ms: ({ timeMs }) => wholeMs(timeMs),
  venue: ({ venue }) => venue,
  instrument: ({ instrument }) => instrument,
  bids_json: ({ bids }) => JSON.stringify(bids),
  asks_json: ({ asks }) => JSON.stringify(asks),
});

export function bookOf(row: SqlRow): BookRow {
  return {
    venue: text(row['venue']),
    instrument: text(row['instrument']),
    timeMs: number(row['time_ms']),
    bids: JSON.parse(text(row['bids_json'])),
    asks: JSON.parse(text(row['asks_json'])),
  };
}

/**
 * @param key - columns by which a row that is there already is found, and then replaced
 * @param columns - each with the value that a row has in it; NaN is stored as NULL
 * @param isNewer - SQL: whether the row that is there gives way; left out: always
 */
function rowWriter<Row>(
  table: string,
  key: readonly string[],
  columns: Readonly<Record<string, (row: Row) => SqlValue>>,
  isNewer = 'true',
): RowWriter<Row> {
  const names = Object.keys(columns);
  const readers = Object.values(columns);
  const values = names.map(() => '?').join(', ');
  const replaced = names.map((name) => `${name} = excluded.${name}`).join(', ');
  return {
    sql: `INSERT INTO ${table} (${names.join(', ')}) VALUES (${values})
      ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${replaced} WHERE ${isNewer}`,
    values: (row) => readers.map((read) => read(row)),
  };
}

/** A fraction is cut off, towards the past, as `isoText` does. */
function wholeMs(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms);
}

function text(value: SqlValue | undefined): string {
  return String(value ?? '');
}

function textOrNull(value: SqlValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** NULL in a column of numbers that are always known stands for NaN. */
function number(value: SqlValue | undefined): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function numberOrNull(value: SqlValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
