/** Prints a command's answer: one JSON document, or text and tables as wide as the screen. Knows no command. */

import type { JsonObject } from '../../../core/base/json.ts';
import { safeJson } from '../../../core/render/status-json.ts';
import type { Cell, Column, Table } from '../../../core/render/table.ts';
import type { CliContext } from '../../context.ts';

export function printJson(value: JsonObject, { stdout }: CliContext): void {
  stdout.write(`${safeJson(value, 2)}\n`);
}

/** Draws a table; `emptiness` is what stands there when it has no rows. */
export async function printTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  emptiness: string,
  context: CliContext,
): Promise<void> {
  const { env, stdout } = context;
  if (rows.length === 0) {
    stdout.write(`${emptiness}\n`);
    return;
  }
  const { columnsOf, renderTable, wantsColor } = await import('../terminal.ts');
  const table: Table = { columns, rows };
  stdout.write(renderTable(table, { columns: columnsOf(env, stdout), color: wantsColor('auto', env, stdout) }));
}
