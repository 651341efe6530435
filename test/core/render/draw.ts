/** Draws blocks without cli-table3 and chalk. `status-tables.test.ts` holds it to what the program draws with them. */

import type { Block } from '../../../src/core/render/status-view.ts';
import { type LaidCell, type LaidTable, layOut } from '../../../src/core/render/table.ts';
import { wrapIndented } from '../../../src/core/render/width.ts';

export function drawBlocks(blocks: readonly Block[], { columns }: { readonly columns: number }): string {
  return `${blocks.map((block) => drawBlock(block, columns)).join('\n')}\n`;
}

function drawBlock(block: Block, columns: number): string {
  if (block.kind === 'space') return '';
  return block.kind === 'table'
    ? drawTable(layOut(block.table, columns))
    : wrapIndented(block.text, columns).join('\n');
}

function drawTable({ widths, header, rows }: LaidTable): string {
  const rule = (from: string, between: string, to: string) =>
    from + widths.map((width) => '─'.repeat(width + 2)).join(between) + to;
  const lines = (cells: readonly LaidCell[]) =>
    cells[0]!.lines.map((_, at) => `│ ${cells.map((cell) => cell.lines[at]!).join(' │ ')} │`);
  return [rule('┌', '┬', '┐'), ...lines(header), rule('├', '┼', '┤'), ...rows.flatMap(lines), rule('└', '┴', '┘')].join(
    '\n',
  );
}
