/** Lays a table out: column widths, wrapped and padded cells, all by display width. Draws no line and knows no colour. */

import { displayWidth, wrapText } from './width.ts';

/** What a cell says about itself; whoever draws chooses a colour for it. The text must read without any. */
export type Tone = 'good' | 'warn' | 'bad' | 'muted' | 'plain';

export interface Cell {
  /** Printable, on one line. */
  readonly text: string;
  readonly tone: Tone;
}

export interface Column {
  readonly header: string;
  readonly align: 'left' | 'right';
  /** Columns it takes even when its cells need fewer, unless the table would be too wide. */
  readonly minWidth: number;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface LaidCell {
  /** As many lines as every cell of its row; each padded to its column's width. */
  readonly lines: readonly string[];
  readonly tone: Tone;
}

export interface LaidTable {
  /** Of each column's text, without the one space that stands on either side of it. */
  readonly widths: readonly number[];
  readonly header: readonly LaidCell[];
  readonly rows: readonly (readonly LaidCell[])[];
}

/** No column becomes narrower: two hold any character. Our widest table, of seven columns, then fits 40. */
const LEAST_WIDTH = 2;

/** What a column costs beside its text: a space on each side and one line; the table has one line more. */
const COLUMN_FRAME = 3;
const TABLE_FRAME = 1;

/** Lays a table out within `columns` terminal columns; wider only where that leaves its columns under two each. */
export function layOut(table: Table, columns: number): LaidTable {
  const widths = widthsOf(table, columns);
  const header = table.columns.map((column): Cell => ({ text: column.header, tone: 'plain' }));
  const lay = (cells: readonly Cell[]) => layRow(cells, table.columns, widths);
  return { widths, header: lay(header), rows: table.rows.map(lay) };
}

function widthsOf(table: Table, columns: number): number[] {
  const room = columns - TABLE_FRAME - COLUMN_FRAME * table.columns.length;
  const widths = table.columns.map((column, i) => {
    const needed = table.rows.map((row) => displayWidth(row[i]!.text));
    const wanted = needed.reduce((a, b) => Math.max(a, b), Math.max(column.minWidth, displayWidth(column.header)));
    return Math.max(LEAST_WIDTH, Math.min(wanted, columns));
  });
  const words = table.columns.map((column, i) =>
    longestWord([column.header, ...table.rows.map((row) => row[i]!.text)]),
  );
  const leasts = widths.map(() => LEAST_WIDTH);
  return narrowed(narrowed(widths, room, words), room, leasts);
}

function longestWord(texts: readonly string[]): number {
  return texts
    .flatMap((text) => text.split(' '))
    .reduce((most, word) => Math.max(most, displayWidth(word)), LEAST_WIDTH);
}

/** Takes one from the widest column that is above its floor, the rightmost of equals, until all fit the room or none is. */
function narrowed(wanted: readonly number[], room: number, floors: readonly number[]): number[] {
  const widths = [...wanted];
  let excess = widths.reduce((sum, width) => sum + width, 0) - room;
  for (; excess > 0; excess--) {
    const spare = widths.map((width, i) => (width > floors[i]! ? width : 0));
    const widest = Math.max(...spare);
    if (widest === 0) break;
    widths[spare.lastIndexOf(widest)]! -= 1;
  }
  return widths;
}

function layRow(cells: readonly Cell[], columns: readonly Column[], widths: readonly number[]): LaidCell[] {
  const wrapped = cells.map((cell, i) => wrapText(cell.text, widths[i]!));
  const height = wrapped.reduce((most, lines) => Math.max(most, lines.length), 1);
  return cells.map((cell, i) => {
    const lines = Array.from({ length: height }, (_, at) =>
      padded(wrapped[i]![at] ?? '', widths[i]!, columns[i]!.align),
    );
    return { lines, tone: cell.tone };
  });
}

function padded(text: string, width: number, align: Column['align']): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + space : space + text;
}
