/** All formats of a status, by name. Draws tables and quotes CSV with what the shell brings, and prints nothing. */

import { plainLines } from './plain-lines.ts';
import { statusCsvRecords } from './status-csv.ts';
import { rowLineJson, safeJson, statusDocumentJson } from './status-json.ts';
import { nagiosText } from './status-nagios.ts';
import { promText } from './status-prom.ts';
import { type Block, statusBlocks } from './status-view.ts';
import { doubtOf, problemsOf } from './verdict.ts';
import { type StatusView, shownDocument } from './view.ts';

export { nagiosExitCode } from './status-nagios.ts';
export type { StatusView } from './view.ts';

/** What `--format` takes. */
export const STATUS_FORMATS = ['table', 'json', 'ndjson', 'csv', 'prom', 'nagios'] as const;
export type StatusFormat = (typeof STATUS_FORMATS)[number];

export interface FormatOptions {
  /** Terminal columns, and whether to colour; both for tables only. */
  readonly columns: number;
  readonly color: boolean;
  /** False (`--no-headers`): rows alone; a table becomes aligned lines without frames. */
  readonly headers: boolean;
  /** Lines of the screen that tables should fit in; left out: as many as they take. */
  readonly rows?: number;
  /** True (`-q`): instead of tables a line for each thing that is wrong, and nothing when nothing is: good for cron. */
  readonly quiet: boolean;
  /** Wall clock, from which ages are counted. */
  readonly nowMs: number;
  readonly writers: FormatWriters;
}

/** What the core does not do itself. */
export interface FormatWriters {
  /** Lines of the blocks, ending with a line feed. */
  drawBlocks(blocks: readonly Block[], options: { readonly columns: number; readonly color: boolean }): string;
  /** RFC 4180, ending with a line feed. */
  csvText(records: readonly (readonly string[])[]): string;
}

/** The whole text, ending with a line feed; empty only where a quiet table has nothing to say. */
export function renderFormat(format: StatusFormat, view: StatusView, options: FormatOptions): string {
  const { nowMs } = options;
  switch (format) {
    case 'table':
      return tableText(view, options);
    case 'json':
      return `${safeJson(statusDocumentJson(view, nowMs), 2)}\n`;
    case 'ndjson':
      return linesText(shownDocument(view).rows.map((row) => safeJson(rowLineJson(row, view, nowMs), 0)));
    case 'csv':
      return csvText(view, options);
    case 'prom':
      return promText(view);
    case 'nagios':
      return nagiosText(view, nowMs);
  }
}

/** Frames and headings for people; aligned lines for those who asked for less. */
function tableText(view: StatusView, options: FormatOptions): string {
  const { columns, color, rows, headers, quiet, nowMs, writers } = options;
  if (quiet) return linesText(quietLines(view, nowMs));
  if (!headers) return linesText(plainLines(shownDocument(view).rows));
  const draw = (isBrief: boolean) =>
    writers.drawBlocks(statusBlocks(view, { nowMs, columns, isBrief }), { columns, color });
  const whole = draw(false);
  return rows === undefined || whole.split('\n').length - 1 <= rows ? whole : draw(true);
}

/** That no scanner lives is wrong, too, though no row says so. */
function quietLines(view: StatusView, nowMs: number): string[] {
  const doubt = doubtOf(view, nowMs);
  return [...(doubt === null ? [] : [doubt]), ...plainLines(problemsOf(view).map((problem) => problem.row))];
}

function csvText(view: StatusView, { headers, nowMs, writers }: FormatOptions): string {
  const records = statusCsvRecords(shownDocument(view), nowMs);
  return writers.csvText(headers ? records : records.slice(1));
}

function linesText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
