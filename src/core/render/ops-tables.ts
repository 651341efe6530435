/** The tables beyond the guide's: breakers, the health grade with its policy, automatic triggers. Draws nothing. */

import type { StatusRow } from '../ops/status.ts';
import {
  cell,
  gradeCell,
  labelOf,
  left,
  NAME_WIDTH,
  namesOf,
  partOf,
  remark,
  right,
  stateCell,
  toneOf,
} from './cells.ts';
import { printable } from './printable.ts';
import type { Cell, Column, Table } from './table.ts';
import { exactClockText, shownValue, valueText } from './value-text.ts';

/** What a breaker has beside its state and message; left out where nothing of it is known of any breaker. */
const BREAKER_PARTS: readonly [part: string, column: Column][] = [
  ['since', left('Since', 5)],
  ['failures', right('Failures', 8)],
  ['next_probe', left('Next probe', 10)],
];

export function breakerTable(rows: readonly StatusRow[], nowMs: number): Table {
  const isKnown = rows.some((row) => row.value !== null && BREAKER_PARTS.some(([part]) => row.part === part));
  const parts = isKnown ? BREAKER_PARTS : [];
  const columns = [left('Breaker', NAME_WIDTH), left('State', 9), ...parts.map(([, column]) => column)];
  const names = namesOf(rows);
  const cells = names.map((name) => {
    const main = partOf(rows, name, null);
    const state = main === undefined ? gradeCell('NO DATA') : stateCell(main);
    return [cell(name), state, ...parts.map(([part]) => partCell(partOf(rows, name, part), nowMs))];
  });
  const remarks = names.map((name) => remarkOf(partOf(rows, name, null)));
  return withRemarks({ columns, rows: cells }, remarks);
}

/** An instant as a clock time. */
function partCell(row: StatusRow | undefined, nowMs: number): Cell {
  const isInstant = row?.unit === 'instant' && typeof row.value === 'number';
  return cell(isInstant ? exactClockText(row.value as number, nowMs) : (textOf(row) ?? '-'));
}

/** The row's bare value; null for no row, too. */
function textOf(row: StatusRow | undefined): string | null {
  return row === undefined ? null : valueText(row);
}

function remarkOf(row: StatusRow | undefined): string {
  return row === undefined ? '' : remark(row);
}

function withRemarks(table: Table, remarks: readonly string[]): Table {
  if (remarks.every((text) => text === '')) return table;
  const rows = table.rows.map((cells, i) => [...cells, cell(remarks[i]!)]);
  return { columns: [...table.columns, left('Message', 0)], rows };
}

/** Each trigger with its state (`armed`, `holding` ...), the level it would engage, and how far it is. */
export function triggerTable(rows: readonly StatusRow[]): Table {
  const columns = [left('Trigger', NAME_WIDTH), left('State', 9), left('Level', 5), left('Message', 0)];
  const cells = namesOf(rows).map((name) => {
    const main = partOf(rows, name, null);
    const level = partOf(rows, name, 'level')?.value;
    const state = main === undefined ? gradeCell('NO DATA') : stateCell(main);
    return [cell(name), state, cell(String(level ?? '-')), cell(remarkOf(main))];
  });
  return { columns, rows: cells };
}

const GRADE = 'grade';
const POLICY = 'policy';

/** `: B (87.3)`, and whether to go. Empty without a grade row. */
export function gradeHeading(rows: readonly StatusRow[]): string {
  const grade = partOf(rows, GRADE, null);
  if (grade === undefined) return '';
  const score = textOf(partOf(rows, GRADE, 'score'));
  const letter = printable(valueText(grade) ?? 'unknown');
  const auto = partOf(rows, POLICY, 'auto_trading')?.value;
  const verdict = auto === 'YES' ? ' · GO' : ' · NO-GO';
  return `: ${letter}${score === null ? '' : ` (${printable(score)})`}${verdict}`;
}

export function gradeRemark(rows: readonly StatusRow[]): string {
  return remarkOf(partOf(rows, GRADE, null));
}

/** The components of the grade. */
export function healthTable(rows: readonly StatusRow[]): Table {
  const columns = [left('Component', NAME_WIDTH), right('Points', 6), left('Status', 10), left('Message', 0)];
  const components = rows.filter((row) => row.name !== GRADE && row.name !== POLICY && row.part === null);
  const cells = components.map((row) => {
    const isMissing = typeof row.value === 'string';
    const status = isMissing ? cell(String(row.value).replace('_', ' '), 'muted') : gradeCell(row.status);
    return [cell(row.name), cell(isMissing ? '-' : shownValue(row, '-')), status, cell(remark(row))];
  });
  return { columns, rows: cells };
}

const POLICY_LABELS: Readonly<Record<string, string>> = {
  auto_trading: 'Auto trading',
  position_size_percent: 'Position size',
  new_entries: 'New entries',
  exits_only: 'Exits only',
  kill_switch: 'Kill switch',
};

/** The runbook's whole percents, without the decimal that measures have: `0%`, `75%`. */
function policyText(row: StatusRow): string {
  return row.unit === 'percent' && typeof row.value === 'number'
    ? shownValue(row, '').replace('.0%', '%')
    : shownValue(row, 'unknown');
}

/** What the grade allows, as the runbook's matrix has it. */
export function policyTable(rows: readonly StatusRow[]): Table {
  const policy = rows.filter((row) => row.name === POLICY && row.part !== null);
  const columns = policy.map((row) => left(printable(labelOf(POLICY_LABELS, row.part!)), 5));
  const cells = policy.map((row) => cell(policyText(row), row.status === null ? 'plain' : toneOf(row.status)));
  return { columns, rows: cells.length === 0 ? [] : [cells] };
}
