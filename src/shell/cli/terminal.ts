/** Draws laid-out blocks with cli-table3 and chalk, and decides width and colour for a stream. Writes to no stream itself. */

import { Chalk, type ChalkInstance } from 'chalk';
import CliTable from 'cli-table3';
import type { StatusDocument } from '../../core/ops/status.ts';
import { type Block, statusView } from '../../core/render/status-view.ts';
import { type LaidCell, type LaidTable, layOut, type Table, type Tone } from '../../core/render/table.ts';
import { wrapIndented } from '../../core/render/width.ts';

export interface RenderOptions {
  /** Terminal columns, see `columnsOf`; nothing is cut, longer texts wrap. */
  readonly columns: number;
  readonly color: boolean;
  /** Wall clock from which ages are counted; left out: the moment the status was saved. */
  readonly nowMs?: number;
}

/** The status tables as text, ending with a line feed. */
export function renderStatus(document: StatusDocument, options: RenderOptions): string {
  return drawBlocks(statusView(document, options.nowMs ?? document.savedAtMs), options);
}

/** Headings, lines and tables from top to bottom, ending with a line feed. */
export function drawBlocks(blocks: readonly Block[], options: Pick<RenderOptions, 'columns' | 'color'>): string {
  const chalk = new Chalk({ level: options.color ? 1 : 0 });
  return `${blocks.map((block) => drawBlock(block, options.columns, chalk)).join('\n')}\n`;
}

/** One table alone, ending with a line feed. */
export function renderTable(table: Table, options: Pick<RenderOptions, 'columns' | 'color'>): string {
  return drawBlocks([{ kind: 'table', table }], options);
}

function drawBlock(block: Block, columns: number, chalk: ChalkInstance): string {
  if (block.kind === 'space') return '';
  if (block.kind === 'table') return drawTable(layOut(block.table, columns), chalk);
  const lines = wrapIndented(block.text, Math.max(2, columns)).map((line) =>
    painted(line, block.tone ?? 'plain', chalk),
  );
  return lines.map((line) => (block.kind === 'heading' ? chalk.bold(line) : line)).join('\n');
}

const SPACES = / +/g;
const LINES = /[^ ]+/g;

/**
 * cli-table3 draws the frame of an empty table of these widths; every line of ours is its one row with the texts put in.
 *
 * So one measure of width holds for the whole product: cli-table3's own (string-width 4) disagrees with terminals on newer
 * emoji and on the marks of most scripts, and it would cut what it holds to be too wide. Measuring is also what makes it
 * slow: given the texts, the six tables took 25 ms, half of what `node -e 0` takes; empty ones take 3 ms.
 */
function drawTable(table: LaidTable, chalk: ChalkInstance): string {
  const nothing = table.widths.map(() => '');
  const colWidths = table.widths.map((width) => width + 2);
  const frame = new CliTable({ head: nothing, colWidths, style: { head: [], border: [], compact: true } });
  frame.push(nothing);
  const drawn = frame.toString().replace(LINES, (lines) => chalk.dim(lines));
  const [top, line, middle, , bottom] = drawn.split('\n');
  const filled = (texts: readonly string[]) => filledIn(line!, texts);
  const body = table.rows.flatMap((row) => textLines(row, chalk)).map(filled);
  return [top, ...textLines(table.header, chalk).map(filled), middle, ...body, bottom].join('\n');
}

/** Puts one text into each run of spaces, with one space on either side of it. */
function filledIn(line: string, texts: readonly string[]): string {
  let next = 0;
  return line.replace(SPACES, () => ` ${texts[next++]!} `);
}

/** A row's lines, each the texts of its cells. */
function textLines(row: readonly LaidCell[], chalk: ChalkInstance): string[][] {
  return row[0]!.lines.map((_, at) => row.map((cell) => painted(cell.lines[at]!, cell.tone, chalk)));
}

function painted(text: string, tone: Tone, chalk: ChalkInstance): string {
  if (tone === 'good') return chalk.green(text);
  if (tone === 'warn') return chalk.yellow(text);
  if (tone === 'bad') return chalk.red.bold(text);
  return tone === 'muted' ? chalk.dim(text) : text;
}

export type ColorChoice = 'auto' | 'always' | 'never';

/** What is written to, as far as drawing cares. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether to colour: `--color`, then NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then whether it is a terminal that can.
 *
 * NO_COLOR counts with any value but the empty one (no-color.org); FORCE_COLOR=0 and =false force colour off.
 */
export function wantsColor(choice: ColorChoice, env: Environment, screen: Screen): boolean {
  if (choice !== 'auto') return choice === 'always';
  if (isSet(env['NO_COLOR'])) return false;
  if (env['FORCE_COLOR'] !== undefined) return !isOff(env['FORCE_COLOR']);
  if (isSet(env['CLICOLOR_FORCE']) && !isOff(env['CLICOLOR_FORCE'])) return true;
  return screen.isTTY === true && env['TERM'] !== 'dumb' && env['CLICOLOR'] !== '0';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

function isOff(value: string | undefined): boolean {
  return value === '0' || value === 'false';
}

/** The guide's tables are made for it, and it is what a pipe, a file and cron get. */
const DEFAULT_COLUMNS = 80;
/** The narrowest that the widest of our tables can be drawn in. */
const LEAST_COLUMNS = 40;

/** Lines that can be written without scrolling: one less than the terminal has, for the line feed at the end; elsewhere null. */
export function rowsOf({ isTTY, rows }: Screen): number | null {
  return isTTY === true && rows !== undefined && rows > 1 ? rows - 1 : null;
}

/** How wide to draw: the terminal's width; elsewhere COLUMNS; else 80. Never under 40. */
export function columnsOf(env: Environment, screen: Screen): number {
  const asked = screen.isTTY === true ? screen.columns : Number(env['COLUMNS']);
  const columns = asked !== undefined && Number.isInteger(asked) && asked > 0 ? asked : DEFAULT_COLUMNS;
  return Math.max(LEAST_COLUMNS, columns);
}
