/** Prints rows of the history as they are read: a table, CSV, one JSON document, or a JSON object a line. Knows no row. */

import { stringify } from 'csv-stringify/sync';
import { numberText } from '../../../core/base/decimal.ts';
import type { JsonObject } from '../../../core/base/json.ts';
import { safeText } from '../../../core/render/status-csv.ts';
import { safeJson } from '../../../core/render/status-json.ts';
import type { Cell, Column } from '../../../core/render/table.ts';
import type { CliContext } from '../../context.ts';
import { printTable } from '../control/print.ts';
import type { HistoryFormat } from './history-command.ts';

/** Null: not known; an empty cell in CSV. */
type Value = string | number | boolean | null;

/** One kind of rows, as it is shown. */
export interface Listing<Row> {
  /** Names the JSON document: `cryptorun.history-<name>/v1`. */
  readonly name: string;
  /** The columns of the CSV, snake case, each with what a row has in it. */
  readonly fields: Readonly<Record<string, (row: Row) => Value>>;
  /** Left out: the fields, in camel case. */
  json?(row: Row): JsonObject;
  readonly columns: readonly Column[];
  cells(row: Row): readonly Cell[];
}

/** Rows between two breaths: a reader who leaves (`| head`), and Ctrl-C, are heard only between turns. */
const BREATH_ROWS = 1000;

/**
 * @param head - what a JSON document says before its rows
 * @param emptiness - what a table without rows says
 */
export async function printListing<Row>(
  listing: Listing<Row>,
  rows: AsyncIterable<Row>,
  {
    format,
    head,
    emptiness,
  }: { readonly format: HistoryFormat; readonly head: JsonObject; readonly emptiness: string },
  context: CliContext,
): Promise<void> {
  const { stdout } = context;
  if (format === 'table') {
    const cells: (readonly Cell[])[] = [];
    for await (const row of rows) cells.push(listing.cells(row));
    return await printTable(listing.columns, cells, emptiness, context);
  }
  if (format === 'csv') return await writeChunks(rows, (chunk, isFirst) => csvText(listing, chunk, isFirst), stdout);
  const object = (row: Row): string => safeJson(listing.json?.(row) ?? jsonOf(listing, row), 0);
  if (format === 'ndjson') {
    return await writeChunks(rows, (chunk) => chunk.map((row) => `${object(row)}\n`).join(''), stdout);
  }
  const opening = safeJson({ schema: `cryptorun.history-${listing.name}/v1`, ...head }, 2).slice(0, -2);
  stdout.write(`${opening},\n  "rows": [`);
  const line = (row: Row, at: number, isFirst: boolean): string =>
    `${isFirst && at === 0 ? '' : ','}\n    ${object(row)}`;
  await writeChunks(rows, (chunk, isFirst) => chunk.map((row, at) => line(row, at, isFirst)).join(''), stdout);
  stdout.write('\n  ]\n}\n');
}

/** Where nothing comes, the first chunk is an empty one. */
async function writeChunks<Row>(
  rows: AsyncIterable<Row>,
  textOf: (chunk: readonly Row[], isFirst: boolean) => string,
  stdout: CliContext['stdout'],
): Promise<void> {
  let chunk: Row[] = [];
  let isFirst = true;
  const write = (): void => {
    stdout.write(textOf(chunk, isFirst));
    isFirst = false;
    chunk = [];
  };
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < BREATH_ROWS) continue;
    write();
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (isFirst || chunk.length > 0) write();
}

function csvText<Row>({ fields }: Listing<Row>, chunk: readonly Row[], isFirst: boolean): string {
  const records = chunk.map((row) => Object.values(fields).map((read) => csvValue(read(row))));
  return stringify(isFirst ? [Object.keys(fields), ...records] : records);
}

function csvValue(value: Value): string {
  if (typeof value === 'number') return numberText(value) ?? '';
  return value === null ? '' : safeText(String(value));
}

function jsonOf<Row>({ fields }: Listing<Row>, row: Row): JsonObject {
  const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(fields).map(([name, read]) => [camel(name), read(row)]));
}
