/** The tables that the operations guide shows: KPIs, guards, switches, providers, venues. Draws nothing. */

import type { StatusGrade, StatusRow, SwitchOverride } from '../ops/status.ts';
import {
  cell,
  gradeCell,
  labelOf,
  left,
  NAME_WIDTH,
  namesOf,
  onCell,
  partOf,
  remark,
  right,
  signCell,
  toneOf,
} from './cells.ts';
import type { Cell, Column, Table } from './table.ts';
import { clockText, instantText, shownValue, valueText } from './value-text.ts';

/** The guide's labels, and ours in its manner; a KPI that is not named here shows under its own name. */
const KPI_LABELS: Readonly<Record<string, string>> = {
  requests_per_minute: 'Requests/min',
  error_rate_percent: 'Error rate',
  cache_hit_rate_percent: 'Cache hit rate',
  open_breaker_count: 'Open breakers',
  healthy_venue_count: 'Healthy venues',
  live_book_count: 'Live books',
  messages_per_second: 'Messages/s',
  message_rate_per_second: 'Messages/s',
  lag_p50_ms: 'Lag p50',
  lag_p95_ms: 'Lag p95',
  lag_p99_ms: 'Lag p99',
  gaps_per_hour: 'Gaps/hour',
  active_p1_alert_count: 'Active P1 alerts',
  cpu_percent: 'CPU',
  memory_used_percent: 'Memory used',
  disk_free_bytes: 'Disk free',
  event_loop_lag_ms: 'Event loop lag',
  response_p95_ms: 'Response p95',
  checksum_mismatch_count: 'Checksum mismatches',
  bad_frame_count: 'Bad frames',
  unknown_frame_count: 'Unknown frames',
};

/** `healthy_venue_count` shows it already, as a share of the total. */
const HIDDEN_KPI = 'unhealthy_venue_count';

/** The guide's three columns, and a fourth where a row has something to add. */
export function kpiTable(rows: readonly StatusRow[]): Table {
  const columns = [left('Metric', NAME_WIDTH), right('Value', 8), left('Status', 10), left('Message', 0)];
  const shown = rows.filter((row) => row.name !== HIDDEN_KPI);
  const width = shown.some((row) => row.message !== '') ? 4 : 3;
  const cells = shown.map((row) => [
    cell(labelOf(KPI_LABELS, row.name)),
    cell(shownValue(row, 'no data')),
    cell(row.status ?? '-', toneOf(row.status)),
    cell(remark(row), 'muted'),
  ]);
  return { columns: columns.slice(0, width), rows: cells.map((row) => row.slice(0, width)) };
}

export function guardTable(rows: readonly StatusRow[]): Table {
  const columns = [left('Guard', NAME_WIDTH), left('Status', 9), left('Message', 31)];
  const cells = rows.map((row) => [cell(row.name), gradeCell(row.status), cell(remark(row))]);
  return { columns, rows: cells };
}

/** Stands behind what an operator changed at run time. */
const CHANGED = '*';

function markOf(row: StatusRow | undefined): string {
  return row?.override == null ? '' : CHANGED;
}

/** Of the column that is there only where operators changed something. */
export const CHANGED_HEADER = 'Changed';

/** One line below the tables with an asterisk. */
export const CHANGED_LEGEND = '* not as in config: cryptorun switch diff';

const SWITCH_LABELS: Readonly<Record<string, string>> = {
  emergency_scanners: 'All scanners',
  emergency_live_data: 'Live data',
  emergency_readonly: 'Read-only mode',
  alerts: 'Alerts',
  publish: 'Publishing',
};

export function switchTable(rows: readonly StatusRow[], nowMs: number): Table {
  const columns = [left('Switch', NAME_WIDTH), left('Status', 7)];
  const cells = rows.map((row) => [cell(labelOf(SWITCH_LABELS, row.name)), emergencyCell(row)]);
  return withNotes(
    { columns, rows: cells },
    rows.map((row) => [row]),
    nowMs,
  );
}

/** Read-only mode says which of the two it is: `ON` there would be read as "read-only is on". */
function emergencyCell(row: StatusRow): Cell {
  const isReadOnly = row.name === 'emergency_readonly';
  return onCell(row.value, isReadOnly ? 'WRITE' : 'ON', isReadOnly ? 'READ' : 'OFF', markOf(row));
}

export function providerTable(rows: readonly StatusRow[], nowMs: number): Table {
  const columns = [
    left('Provider', NAME_WIDTH),
    left('Enabled', 7),
    left('WS', 3),
    left('REST', 4),
    left('Operational', 11),
  ];
  const names = namesOf(rows);
  const cells = names.map((name) => {
    const [own, ws, rest] = [null, 'websocket', 'rest'].map((part) => partOf(rows, name, part));
    const isWhole = [own, ws, rest].every((row) => row?.value === 'ON');
    return [
      cell(name),
      onCell(own?.value ?? null, 'ON', 'OFF', markOf(own)),
      onCell(ws?.value ?? null, 'Y', 'N', markOf(ws)),
      onCell(rest?.value ?? null, 'Y', 'N', markOf(rest)),
      onCell(isWhole ? 'ON' : 'OFF', 'YES', 'NO'),
    ];
  });
  const rowsOf = (name: string) => rows.filter((row) => row.name === name);
  return withNotes({ columns, rows: cells }, names.map(rowsOf), nowMs);
}

/** The switches of the venues; what is measured of them is in `feedTable`. */
export function venueTable(rows: readonly StatusRow[], nowMs: number): Table {
  const columns = [left('Venue', NAME_WIDTH), left('Status', 7), left('Last Updated', 19)];
  const cells = rows.map((row) => [cell(row.name), onCell(row.value, 'ON', 'OFF', markOf(row)), updatedCell(row)]);
  return withNotes(
    { columns, rows: cells },
    rows.map((row) => [row]),
    nowMs,
  );
}

function updatedCell({ override, message }: StatusRow): Cell {
  if (override !== null) return cell(instantText(override.changedAtMs).replace(/ UTC$/, ''));
  return cell(message === '' ? 'never (as in config)' : message);
}

/** A last column for what operators changed, where they changed anything. @param shown - the rows behind each line */
function withNotes(table: Table, shown: readonly (readonly StatusRow[])[], nowMs: number): Table {
  const notes = shown.map((rows) => noteOf(rows, nowMs));
  if (notes.every((note) => note === '')) return table;
  const rows = table.rows.map((cells, i) => [...cells, cell(notes[i]!)]);
  return { columns: [...table.columns, left(CHANGED_HEADER, 0)], rows };
}

/** `until 15:30 by alice: exchange outage`; a provider's transports by their names. */
function noteOf(rows: readonly StatusRow[], nowMs: number): string {
  const notes = rows.flatMap(({ part, override }) => {
    if (override === null) return [];
    return [{ part: part ?? '', text: overrideText(override, nowMs) }];
  });
  return notes.map(({ part, text }) => (part === '' ? text : `${part} ${text}`)).join('; ');
}

function overrideText({ untilMs, operator, reason }: SwitchOverride, nowMs: number): string {
  const until = untilMs === null ? '' : `until ${clockText(untilMs, nowMs)} `;
  return `${until}by ${operator}${reason === '' ? '' : `: ${reason}`}`;
}

/**
 * The figures of a venue that have a column, in this order. A header that names no unit has signed cells (`38 ms`). More
 * than seven columns do not fit a narrow screen.
 */
const MEASURES: readonly [part: string, column: Column, isSigned: boolean][] = [
  ['live_books', right('Books', 5), true],
  ['uptime_percent', right('Uptime', 6), true],
  ['spread_bps', right('Spread bps', 6), false],
  ['depth_usd', right('Depth USD', 5), false],
  ['latency_ms', right('Latency', 6), true],
  ['clock_skew_ms', right('Skew ms', 7), false],
];

/** The skew stands in for the latency, where that is not known: in recordings. */
const STAND_IN = { part: 'clock_skew_ms', for: 'latency_ms' } as const;

/** What is measured of each venue: a column for each figure that at least one of them has. */
export function feedTable(rows: readonly StatusRow[]): Table {
  const has = (part: string) => rows.some((row) => row.part === part && row.value !== null);
  const shown = MEASURES.filter(([part]) => has(part) && !(part === STAND_IN.part && has(STAND_IN.for)));
  const columns = [left('Venue', shown.length > 4 ? 12 : 15), left('Status', 9), ...shown.map(([, column]) => column)];
  const cells = namesOf(rows).map((name) => {
    const figures = shown.map(([part, , isSigned]) => measureCell(partOf(rows, name, part), isSigned));
    return [cell(name), feedCell(rows.filter((row) => row.name === name)), ...figures];
  });
  return { columns, rows: cells };
}

/** A venue that is switched off, or was just switched on, has no grade but a word for it. */
function feedCell(rows: readonly StatusRow[]): Cell {
  const health = rows.find((row) => row.part === 'health')?.value;
  return health === 'off' || health === 'starting' ? cell(health, 'muted') : gradeCell(feedGrade(rows));
}

/** The venue's own verdict; where nobody gave one, the worst of its figures. */
function feedGrade(rows: readonly StatusRow[]): StatusGrade {
  const own = rows.find((row) => row.part === 'health')?.status;
  const grades: readonly StatusGrade[] = ['BLOCK', 'CRITICAL', 'WARN', 'OK'];
  return own ?? grades.find((grade) => rows.some((row) => row.status === grade)) ?? 'NO DATA';
}

function measureCell(row: StatusRow | undefined, isSigned: boolean): Cell {
  if (row === undefined) return signCell('-', 'muted');
  const isBroken = row.status === 'WARN' || row.status === 'CRITICAL' || row.status === 'BLOCK';
  const text = isSigned ? shownValue(row, '-') : (valueText(row) ?? '-');
  return cell(text, isBroken ? toneOf(row.status) : 'plain');
}
