/** Prints rows of the history as they are read: a table, CSV, one JSON document, or a JSON object a line. Knows no row. */

import { stringify } from 'csv-stringify/sync';
import { numberText } from '../../../core/base/decimal.ts';
import type { JsonObject } from '../../../core/base/json.ts';
import { isoText } from '../../../core/base/time.ts';
import { cell, left } from '../../../core/render/cells.ts';
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
  /** What stands in a table's first column, ms since the epoch; left out: the rows are of no time. */
  timeMs?(row: Row): number;
  readonly columns: readonly Column[];
  cells(row: Row): readonly Cell[];
}

/** Rows between two breaths: a reader who leaves (`| head`), and Ctrl-C, are heard only between turns. */
const BREATH_ROWS = 1000;

export interface PrintOptions {
  readonly format: HistoryFormat;
  /** What a JSON document says before its rows. */
  readonly head: JsonObject;
  /** What a table without rows says. */
  readonly emptiness: string;
}

/** @returns how many rows there were */
export async function printListing<Row>(
  listing: Listing<Row>,
  rows: AsyncIterable<Row>,
  { format, head, emptiness }: PrintOptions,
  context: CliContext,
): Promise<number> {
  const { stdout } = context;
  if (format === 'table') {
    const all: Row[] = [];
    for await (const row of rows) all.push(row);
    await printRows(listing, all, emptiness, context);
    return all.length;
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
  const count = await writeChunks(
    rows,
    (chunk, isFirst) => chunk.map((row, at) => line(row, at, isFirst)).join(''),
    stdout,
  );
  stdout.write('\n  ]\n}\n');
  return count;
}

/** Of rows that are all of one day, the head says which. */
async function printRows<Row>(
  listing: Listing<Row>,
  rows: readonly Row[],
  emptiness: string,
  context: CliContext,
): Promise<void> {
  const { columns } = listing;
  if (listing.timeMs === undefined) {
    return await printTable(
      columns,
      rows.map((row) => listing.cells(row)),
      emptiness,
      context,
    );
  }
  const times = rows.map((row) => isoText(listing.timeMs!(row)));
  const day = times[0]?.slice(0, DAY_LENGTH) ?? '';
  const isOneDay = times.every((time) => time.startsWith(day));
  const shown = (time: string): string => `${isOneDay ? '' : `${time.slice(0, DAY_LENGTH)} `}${time.slice(11, 19)}`;
  const cells = rows.map((row, i) => [cell(shown(times[i]!)), ...listing.cells(row)]);
  await printTable([left(isOneDay ? `${day} UTC` : 'Time (UTC)', DAY_LENGTH), ...columns], cells, emptiness, context);
}

/** `2026-03-01`. */
const DAY_LENGTH = 10;

/** Where nothing comes, the first chunk is an empty one. */
async function writeChunks<Row>(
  rows: AsyncIterable<Row>,
  textOf: (chunk: readonly Row[], isFirst: boolean) => string,
  stdout: CliContext['stdout'],
): Promise<number> {
  let chunk: Row[] = [];
  let count = 0;
  let isFirst = true;
  const write = (): void => {
    stdout.write(textOf(chunk, isFirst));
    isFirst = false;
    chunk = [];
  };
  for await (const row of rows) {
    chunk.push(row);
    count += 1;
    if (chunk.length < BREATH_ROWS) continue;
    write();
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (isFirst || chunk.length > 0) write();
  return count;
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
