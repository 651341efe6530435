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

const HEAD = ['symbol', 'frames', 'trades', 'bbo', 'depth', 'gaps', 'resync', 'checksum', 'bars', 'mid', 'bps'];

/** The table of instruments with its sums, as lines without colour. */
export function replayTable(instruments: readonly ReplayLine[], totals: ReplayTotals): string[] {
  const rows = instruments.map(cellsOf);
  const sums = ['total', ...countCells(totals), '', ''];
  const all = [HEAD, ...rows.map((row) => row.cells), sums];
  const widths = HEAD.map((_, i) => Math.max(...all.map((cells) => displayWidth(cells[i]!))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => pad(cell, widths[i]!, i === 0))
      .join(' ')
      .trimEnd();
  const lines = [`  ${line(HEAD)}`];
  let venue = '';
  for (const row of rows) {
    if (row.venue !== venue) lines.push(row.venue);
    venue = row.venue;
    lines.push(`  ${line(row.cells)}`);
  }
  lines.push(`  ${line(sums)}`);
  return lines;
}

function cellsOf(one: ReplayLine): { venue: string; cells: string[] } {
  const price = one.mid === null ? one.bookState : priceText(one.mid);
  return {
    venue: one.venue,
    cells: [one.symbol, ...countCells(one), price, one.spreadBps === null ? '-' : one.spreadBps.toFixed(2)],
  };
}

function countCells(one: Omit<ReplayTotals, 'messages' | 'seconds' | 'messagesPerSecond'>): string[] {
  const checked = one.checksumOk + one.checksumBad;
  const checksum = checked === 0 ? '-' : `${one.checksumOk}/${checked}`;
  return [one.frames, one.trades, one.bbo, one.depthUpdates, one.gaps, one.resyncs]
    .map(String)
    .concat(checksum, String(one.bars));
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

function pad(text: string, width: number, isLeft: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return isLeft ? text + space : space + text;
}

/** `332,200 messages in 0.81 s: 410,123 per second`. */
export function totalsLine(totals: ReplayTotals): string {
  return `${grouped(totals.messages)} messages in ${totals.seconds.toFixed(2)} s: ${grouped(totals.messagesPerSecond)} per second`;
}

/** A whole number with commas. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
