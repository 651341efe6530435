/** The alerts of a status: how many fire of each priority, and each of them. Draws nothing. */

import type { StatusRow } from '../ops/status.ts';
import { cell, gradeCell, left, remark, right } from './cells.ts';
import type { Table } from './table.ts';
import { shownValue } from './value-text.ts';

/** `2 P1, 1 P2 (1 acknowledged)`; `none` where nothing fires. */
export function alertHeading(rows: readonly StatusRow[]): string {
  const counts = rows.flatMap(({ name, part, value, message }) => {
    if (part !== null || !/^P\d$/.test(name)) return [];
    const more = message === '' ? '' : ` (${message})`;
    return value === 0 && message === '' ? [] : [`${value} ${name}${more}`];
  });
  return counts.length === 0 ? 'none' : counts.join(', ');
}

/** Shown where there is something to say of them. */
const TOLD = ['zscore_windows', 'history'];

/** What fires, the most urgent first; windows that are not full yet are told where there are any. */
export function alertTable(rows: readonly StatusRow[]): Table {
  const columns = [left('Alert', 25), left('Status', 10), right('Value', 8), left('Message', 20)];
  const isTold = ({ name, message }: StatusRow): boolean => TOLD.includes(name) && message !== '';
  const shown = rows.filter((row) => row.part !== null || isTold(row));
  const cells = shown.map((row) => [
    cell(row.part === null ? row.name : `${row.name} ${row.part}`),
    gradeCell(row.status),
    cell(shownValue(row, '-')),
    cell(remark(row)),
  ]);
  return { columns, rows: cells };
}
