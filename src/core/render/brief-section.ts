/** Leaves of a section what is wrong or changed, for a screen that cannot hold all tables. Judges no row. */

import type { Block } from './block.ts';
import { CHANGED_HEADER } from './guide-tables.ts';
import type { Table } from './table.ts';

/** The heading with how many lines stand how, and of each table only the lines that somebody must see. */
export function briefly(blocks: readonly Block[]): readonly Block[] {
  const [heading, ...rest] = blocks;
  const tables = rest.flatMap((block) => (block.kind === 'table' ? [block.table] : []));
  if (heading?.kind !== 'heading' || tables.length === 0) return blocks;
  const counts = heading.text.includes(':') ? '' : `: ${stateCounts(tables[0]!)}`;
  const toTable = rest.findIndex((block) => block.kind === 'table');
  return [{ ...heading, text: heading.text + counts }, ...rest.slice(0, toTable), ...tables.flatMap(seenLines)];
}

/** What is wrong, or changed by an operator; no table where nothing is. */
function seenLines({ columns, rows }: Table): Block[] {
  const changedAt = columns.findIndex(({ header }) => header === CHANGED_HEADER);
  const isSeen = (cells: Table['rows'][number]): boolean =>
    cells.some(({ tone }) => tone === 'warn' || tone === 'bad') || (cells[changedAt]?.text ?? '') !== '';
  const seen = rows.filter(isSeen);
  return seen.length === 0 ? [] : [{ kind: 'table', table: { columns, rows: seen } }];
}

/** Headers of the columns that say how a line stands. */
const STATE_HEADERS = ['Status', 'State', 'Enabled'];

/** `12 ✅closed`, `7 OK, 4 NO DATA`, in the order of the lines. */
function stateCounts({ columns, rows }: Table): string {
  const at = columns.findIndex(({ header }) => STATE_HEADERS.includes(header));
  const counts = new Map<string, number>();
  for (const cells of rows) counts.set(cells[at]!.text, (counts.get(cells[at]!.text) ?? 0) + 1);
  return [...counts].map(([text, count]) => `${count} ${text}`).join(', ');
}
