/** Rows as aligned lines without frames or headings: for scripts, and for those who want only what is wrong. Judges nothing. */

import type { StatusRow } from '../ops/status.ts';
import { printable } from './printable.ts';
import { rowName } from './row-name.ts';
import { shownValue } from './value-text.ts';
import { displayWidth } from './width.ts';

/** What stands where a row has nothing to say, so that the columns can be counted. */
const NOTHING = '-';

/** `category  name  value  status  message`, two spaces between; the message is last, so it needs no padding. */
export function plainLines(rows: readonly StatusRow[]): string[] {
  const lines = rows.map((row) => {
    const { category, name } = rowName(row);
    const cells = [category, name, shownValue(row, NOTHING), row.status ?? NOTHING].map(printable);
    return { cells, message: printable(row.message) };
  });
  const widths = [0, 1, 2, 3].map((at) =>
    lines.reduce((most, { cells }) => Math.max(most, displayWidth(cells[at]!)), 0),
  );
  return lines.map(({ cells, message }) =>
    [...cells.map((text, at) => padded(text, widths[at]!)), message].join('  ').trimEnd(),
  );
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(width - displayWidth(text));
}
