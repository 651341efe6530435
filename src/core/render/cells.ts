/** The words, signs and tones that all status tables share, and how their cells are made. Knows no table. */

import type { StatusGrade, StatusRow } from '../ops/status.ts';
import { printable } from './printable.ts';
import type { Cell, Column, Tone } from './table.ts';

/** A name column as wide as the guide's. */
export const NAME_WIDTH = 19;

export function left(header: string, minWidth: number): Column {
  return { header, align: 'left', minWidth };
}

export function right(header: string, minWidth: number): Column {
  return { header, align: 'right', minWidth };
}

/** A cell with a text from anywhere. */
export function cell(text: string, tone: Tone = 'plain'): Cell {
  return { text: printable(text), tone };
}

/** A cell with one of our own signs and words. */
export function signCell(text: string, tone: Tone): Cell {
  return { text, tone };
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

export function iconOf(status: StatusGrade): string {
  return ICONS[status];
}

export function gradeCell(status: StatusGrade | null): Cell {
  return status === null ? signCell('-', 'muted') : signCell(`${ICONS[status]}${status}`, toneOf(status));
}

export function toneOf(status: StatusGrade | null): Tone {
  if (status === null || status === 'NO DATA') return 'muted';
  if (status === 'OK') return 'good';
  return status === 'WARN' ? 'warn' : 'bad';
}

/** A state's own word under the sign of its grade: `🔴open`. */
export function stateCell(row: StatusRow): Cell {
  if (row.status === null || row.status === 'NO DATA' || typeof row.value !== 'string') {
    return row.status === 'NO DATA' ? gradeCell('NO DATA') : cell(String(row.value ?? '-'), 'muted');
  }
  return { text: `${ICONS[row.status]}${printable(row.value)}`, tone: toneOf(row.status) };
}

/** ✅ or ❌ with a word; `mark` stands behind it. */
export function onCell(value: StatusRow['value'], on: string, off: string, mark = ''): Cell {
  if (value === 'ON') return signCell(`✅${on}${mark}`, 'good');
  return value === 'OFF' ? signCell(`❌${off}${mark}`, 'bad') : signCell('❓', 'muted');
}

/** The message; beside `NO DATA` only its reason. */
export function remark(row: StatusRow): string {
  return row.status === 'NO DATA' ? row.message.replace(/^no data: /, '') : row.message;
}

/** Names in the order of their first row. */
export function namesOf(rows: readonly StatusRow[]): string[] {
  return [...new Set(rows.map((row) => row.name))];
}

export function partOf(rows: readonly StatusRow[], name: string, part: string | null): StatusRow | undefined {
  return rows.find((row) => row.name === name && row.part === part);
}

/** A label, where there is one; names come from anywhere, so `constructor` must not find one. */
export function labelOf(labels: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(labels, name) ? labels[name]! : name;
}
