/** How a replay's summary reads: aligned lines, one an instrument, under their venue. Colours and prints nothing. */

import { displayWidth } from './width.ts';

/** What one line says. Null: not known, shown as a dash. */
export interface ReplayLine {
  readonly venue: string;
  readonly symbol: string;
  readonly frames: number;
  readonly trades: number;
  readonly bbo: number;
  readonly depthUpdates: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly checksumOk: number;
  readonly checksumBad: number;
  readonly bars: number;
  readonly mid: number | null;
  readonly spreadBps: number | null;
  readonly bookState: string;
}

export interface ReplayTotals extends Omit<ReplayLine, 'venue' | 'symbol' | 'mid' | 'spreadBps' | 'bookState'> {
  readonly messages: number;
  readonly seconds: number;
  readonly messagesPerSecond: number;
}

const HEAD = ['frames', 'trades', 'bbo', 'depth', 'gaps', 'resync', 'crc', 'bars', 'mid', 'bps'];

/**
 * The table of instruments with its sums, as lines without colour.
 *
 * @param columns - width of the screen. Where a line does not fit, symbols stand above their numbers; nothing is cut, so
 *   counts of very many digits may still be wider
 */
export function replayTable(instruments: readonly ReplayLine[], totals: ReplayTotals, columns: number): string[] {
  const rows: Row[] = instruments.map(cellsOf);
  const sums: Row = { venue: null, symbol: 'total', cells: [...countCells(totals), '', ''] };
  const flat = tableLines([...rows, sums], false);
  return flat.every((line) => displayWidth(line) <= columns) ? flat : tableLines([...rows, sums], true);
}

/** One line of numbers and whose they are; the sums are nobody's. */
interface Row {
  readonly venue: string | null;
  readonly symbol: string;
  readonly cells: readonly string[];
}

/** @param isStacked - symbols have lines of their own */
function tableLines(rows: readonly Row[], isStacked: boolean): string[] {
  const widths = HEAD.map((name, i) => Math.max(name.length, ...rows.map(({ cells }) => displayWidth(cells[i]!))));
  const symbolWidth = Math.max(...rows.map(({ symbol }) => displayWidth(symbol)), 'symbol'.length);
  const numbers = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => ' '.repeat(widths[i]! + 1 - displayWidth(cell)) + cell)
      .join('')
      .trimEnd();
  const line = (symbol: string, cells: readonly string[]): string[] => {
    if (isStacked) return [` ${symbol}`, `  ${numbers(cells)}`];
    return [` ${symbol}${' '.repeat(symbolWidth - displayWidth(symbol))}${numbers(cells)}`];
  };
  const lines = line('symbol', HEAD);
  let last: string | null = null;
  for (const { venue, symbol, cells } of rows) {
    if (venue !== null && venue !== last) lines.push(venue);
    last = venue;
    lines.push(...line(symbol, cells));
  }
  return lines;
}

function cellsOf(one: ReplayLine): Row {
  const noPrice = one.bookState === 'live' ? 'one-sided' : one.bookState;
  const price = one.mid === null ? noPrice : priceText(one.mid);
  const spread = one.spreadBps === null ? '-' : spreadText(one.spreadBps);
  return { venue: one.venue, symbol: one.symbol, cells: [...countCells(one), price, spread] };
}

function countCells(one: Omit<ReplayTotals, 'messages' | 'seconds' | 'messagesPerSecond'>): string[] {
  const checked = one.checksumOk + one.checksumBad;
  const allOk = checked === 0 ? '-' : `${checked} ok`;
  const checksum = one.checksumBad === 0 ? allOk : `${one.checksumOk}/${checked}`;
  return [one.frames, one.trades, one.bbo, one.depthUpdates, one.gaps, one.resyncs]
    .map(String)
    .concat(checksum, String(one.bars));
}

/** Two decimals; a spread of one tick may be less, and is not nothing. */
function spreadText(bps: number): string {
  return bps > 0 && bps < 0.01 ? '<0.01' : bps.toFixed(2);
}

/** Seven significant digits, without an exponent: enough to tell prices apart in a column. */
function priceText(price: number): string {
  let decimals = Math.max(0, 7 - String(Math.floor(price)).length);
  for (let scaled = price; scaled > 0 && scaled < 0.1 && decimals < 18; scaled *= 10) decimals += 1;
  return price
    .toFixed(decimals)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** `332,200 messages in 0.81 s: 410,123 per second`. */
export function totalsLine(totals: ReplayTotals): string {
  return `${grouped(totals.messages)} messages in ${totals.seconds.toFixed(2)} s: ${grouped(totals.messagesPerSecond)} per second`;
}

/** A whole number with commas. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
