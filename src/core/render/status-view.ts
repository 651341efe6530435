/** A status document as headings, lines and tables in the operations guide's order and words. Draws nothing. */

import type { StatusCategory, StatusDocument, StatusGrade, StatusRow } from '../ops/status.ts';
import { printable } from './printable.ts';
import type { Cell, Column, Table, Tone } from './table.ts';
import { ageText, instantText, shownValue } from './value-text.ts';

/** What is shown, from top to bottom. */
export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'space' }
  | { readonly kind: 'table'; readonly table: Table };

/** The whole document. `nowMs`: wall clock, from which the ages are counted. */
export function statusView(document: StatusDocument, nowMs: number): Block[] {
  const of = (category: StatusCategory) => document.rows.filter((row) => row.category === category);
  const sections = [
    section('📊 KEY PERFORMANCE INDICATORS', 'No indicators measured', kpiTable(of('kpi'))),
    section('🛡️  OPERATIONAL GUARDS', 'No guards configured', guardTable([...of('guard'), ...of('breaker')])),
    emergencySection(of('switch')),
    section('🏭 PROVIDER STATUS', 'No providers configured', providerTable(of('provider'))),
    section('🏢 VENUE STATUS', 'No venues configured', venueTable(of('venue'))),
    ...(of('health').length === 0 ? [] : [section('📡 FEED HEALTH', '', healthTable(of('health')))]),
  ];
  return [...titleBlocks(document, nowMs), ...sections.flatMap((blocks) => [{ kind: 'space' } as const, ...blocks])];
}

function titleBlocks(document: StatusDocument, nowMs: number): Block[] {
  const { source, savedAtMs, dataTimeMs } = document;
  const title = 'CryptoRun Operational Status';
  const now: Block = { kind: 'line', text: `Timestamp: ${instantText(nowMs)}` };
  const saved = `Saved:     ${instantText(savedAtMs)} (${ageText(nowMs - savedAtMs)})`;
  const data = dataTimeMs === null ? 'none' : `${instantText(dataTimeMs)} (${ageText(nowMs - dataTimeMs)})`;
  const whence = source.kind === 'live' ? '' : `: ${source.kind.toUpperCase()} of ${printable(source.name)} (not live)`;
  return [
    { kind: 'heading', text: `=== ${title}${whence} ===` },
    now,
    { kind: 'line', text: saved },
    { kind: 'line', text: `Last data: ${data}` },
  ];
}

/** A heading with its table, or one line that says there is nothing. */
function section(heading: string, emptiness: string, table: Table): Block[] {
  if (table.rows.length === 0) return [{ kind: 'heading', text: `${heading}: ${emptiness}` }];
  return [
    { kind: 'heading', text: heading },
    { kind: 'table', table },
  ];
}

/** A name column as wide as the guide's. */
const NAME_WIDTH = 19;

function left(header: string, minWidth: number): Column {
  return { header, align: 'left', minWidth };
}

function right(header: string, minWidth: number): Column {
  return { header, align: 'right', minWidth };
}

/** A cell with a text from anywhere. */
function cell(text: string, tone: Tone = 'plain'): Cell {
  return { text: printable(text), tone };
}

/** A cell with one of our own signs and words. */
function signCell(text: string, tone: Tone): Cell {
  return { text, tone };
}

/** The guide's labels; a KPI that is not named here shows under its own name. */
const KPI_LABELS: Readonly<Record<string, string>> = {
  requests_per_minute: 'Requests/min',
  error_rate_percent: 'Error rate',
  cache_hit_rate_percent: 'Cache hit rate',
  open_breaker_count: 'Open breakers',
  healthy_venue_count: 'Healthy venues',
  live_book_count: 'Live books',
  messages_per_second: 'Messages/s',
  gaps_per_hour: 'Gaps/hour',
  checksum_mismatch_count: 'Checksum mismatches',
  bad_frame_count: 'Bad frames',
  unknown_frame_count: 'Unknown frames',
};

/** `healthy_venue_count` shows it already, as a share of the total. */
const HIDDEN_KPI = 'unhealthy_venue_count';

/** The guide's three columns, and a fourth where a row has something to add. */
function kpiTable(rows: readonly StatusRow[]): Table {
  const columns = [left('Metric', NAME_WIDTH), right('Value', 8), left('Status', 10), left('Message', 0)];
  const shown = rows.filter((row) => row.name !== HIDDEN_KPI);
  const width = shown.some((row) => row.message !== '') ? 4 : 3;
  const cells = shown.map((row) => [
    cell(KPI_LABELS[row.name] ?? row.name),
    cell(shownValue(row, 'no data')),
    cell(row.status ?? '-', toneOf(row.status)),
    cell(remark(row), 'muted'),
  ]);
  return { columns: columns.slice(0, width), rows: cells.map((row) => row.slice(0, width)) };
}

/**
 * The guide's icons, but WARN and NO DATA, where it has `⚠️` and `❓`: a sign made of two code points is one column wide
 * on some terminals and two on others, and every row with it would be crooked on half of them.
 */
const ICONS: Readonly<Record<StatusGrade, string>> = {
  OK: '✅',
  WARN: '🟡',
  CRITICAL: '🔴',
  BLOCK: '🚫',
  'NO DATA': '⚪',
};

function guardTable(rows: readonly StatusRow[]): Table {
  const columns = [left('Guard', NAME_WIDTH), left('Status', 9), left('Message', 31)];
  const cells = rows.map((row) => [cell(row.name), gradeCell(row.status), cell(remark(row))]);
  return { columns, rows: cells };
}

/** The message; beside `NO DATA` only its reason. */
function remark(row: StatusRow): string {
  return row.status === 'NO DATA' ? row.message.replace(/^no data: /, '') : row.message;
}

function gradeCell(status: StatusGrade | null): Cell {
  return status === null ? signCell('-', 'muted') : signCell(`${ICONS[status]}${status}`, toneOf(status));
}

function toneOf(status: StatusGrade | null): Tone {
  if (status === null || status === 'NO DATA') return 'muted';
  if (status === 'OK') return 'good';
  return status === 'WARN' ? 'warn' : 'bad';
}

const SWITCH_LABELS: Readonly<Record<string, string>> = {
  emergency_scanners: 'All scanners',
  emergency_live_data: 'Live data',
  emergency_readonly: 'Read-only mode',
};

function emergencySection(rows: readonly StatusRow[]): Block[] {
  const isNormal = rows.length > 0 && rows.every((row) => row.value === 'ON');
  const columns = [left('Switch', NAME_WIDTH), left('Status', 7)];
  const cells = rows.map((row) => [cell(SWITCH_LABELS[row.name] ?? row.name), emergencyCell(row)]);
  return section(`${isNormal ? '✅' : '🚨'} EMERGENCY SWITCHES`, 'No switches configured', { columns, rows: cells });
}

/** Read-only mode says which of the two it is: `ON` there would be read as "read-only is on". */
function emergencyCell(row: StatusRow): Cell {
  const isReadOnly = row.name === 'emergency_readonly';
  return isReadOnly ? onCell(row.value, 'WRITE', 'READ') : onCell(row.value, 'ON', 'OFF');
}

function onCell(value: StatusRow['value'], on: string, off: string): Cell {
  if (value === 'ON') return signCell(`✅${on}`, 'good');
  return value === 'OFF' ? signCell(`❌${off}`, 'bad') : signCell('❓', 'muted');
}

function providerTable(rows: readonly StatusRow[]): Table {
  const columns = [
    left('Provider', NAME_WIDTH),
    left('Enabled', 7),
    left('WS', 3),
    left('REST', 4),
    left('Operational', 11),
  ];
  const cells = namesOf(rows).map((name) => {
    const stateOf = (part: string | null) => partOf(rows, name, part)?.value ?? null;
    const isWhole = [null, 'websocket', 'rest'].every((part) => stateOf(part) === 'ON');
    return [
      cell(name),
      onCell(stateOf(null), 'ON', 'OFF'),
      onCell(stateOf('websocket'), 'Y', 'N'),
      onCell(stateOf('rest'), 'Y', 'N'),
      onCell(isWhole ? 'ON' : 'OFF', 'YES', 'NO'),
    ];
  });
  return { columns, rows: cells };
}

function venueTable(rows: readonly StatusRow[]): Table {
  const columns = [left('Venue', NAME_WIDTH), left('Status', 7), left('Last Updated', 19)];
  const cells = rows.map((row) => [
    cell(row.name),
    onCell(row.value, 'ON', 'OFF'),
    cell(row.message === '' ? 'never (as in config)' : row.message),
  ]);
  return { columns, rows: cells };
}

function healthTable(rows: readonly StatusRow[]): Table {
  const columns = [
    left('Venue', 15),
    left('Status', 9),
    right('Books', 5),
    right('Uptime', 6),
    right('Spread bps', 10),
    right('Skew ms', 7),
  ];
  const cells = namesOf(rows).map((name) => {
    const measured = ['live_books', 'uptime_percent', 'spread_bps', 'clock_skew_ms'].map((part) =>
      measureCell(partOf(rows, name, part)),
    );
    return [cell(name), gradeCell(partOf(rows, name, null)?.status ?? 'NO DATA'), ...measured];
  });
  return { columns, rows: cells };
}

function measureCell(row: StatusRow | undefined): Cell {
  if (row === undefined) return cell('-', 'muted');
  const isBroken = row.status === 'WARN' || row.status === 'CRITICAL' || row.status === 'BLOCK';
  return cell(shownValue(row, '-'), isBroken ? toneOf(row.status) : 'plain');
}

function namesOf(rows: readonly StatusRow[]): string[] {
  return [...new Set(rows.map((row) => row.name))];
}

function partOf(rows: readonly StatusRow[], name: string, part: string | null): StatusRow | undefined {
  return rows.find((row) => row.name === name && row.part === part);
}
