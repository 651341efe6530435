/** Prints what was measured: one aligned table for people, or NDJSON for programs. Computes nothing. */

import type { Row } from './rows.ts';
import { ratioText } from './targets.ts';

const COLUMNS = ['kind', 'case', 'ns/msg', 'x JSON.parse', 'min..max ns', 'note'] as const;
const WIDTHS = [16, 17, 9, 12, 17, 4] as const;

/** At most 100 columns: notes are numbered and stand below. */
export function tableText(rows: readonly Row[]): string {
  const notes: string[] = [];
  const lines = [line(COLUMNS), '-'.repeat(line(COLUMNS).length)];
  let kind = '';
  for (const row of rows) {
    if (kind !== '' && row.kind !== kind) lines.push('');
    kind = row.kind;
    lines.push(line([row.kind, row.case, nsText(row.nsPerMessage), ...spreadOf(row), noteNumber(row, notes)]));
  }
  const isBusy = rows.some(({ busyRounds }) => busyRounds > 0);
  const legend = isBusy ? ['* other processes kept the machine busy in some round of this case'] : [];
  return [...lines, '', ...legend, ...notes.map((note, index) => `[${index + 1}] ${note}`)].join('\n');
}

function spreadOf({ ratioToJsonParse, minNs, maxNs }: Row): [ratio: string, spread: string] {
  if (ratioToJsonParse === null) return ['-', '-'];
  return [ratioText(ratioToJsonParse), `${nsText(minNs)}..${nsText(maxNs)}`];
}

/** Rows with the same note share its number. */
function noteNumber({ notes, busyRounds }: Row, all: string[]): string {
  const star = busyRounds > 0 ? '*' : '';
  if (notes.length === 0) return star;
  const note = notes.join('; ');
  if (!all.includes(note)) all.push(note);
  return `[${all.indexOf(note) + 1}]${star}`;
}

function line(cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i < 2 || i === 5 ? cell.padEnd(WIDTHS[i]!) : cell.padStart(WIDTHS[i]!)))
    .join('  ')
    .trimEnd();
}

function nsText(ns: number | null): string {
  if (ns === null) return '-';
  return ns < 100 ? ns.toFixed(1) : ns.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** One object a line; null figures and no runs where a case could not run. */
export function ndjson(rows: readonly Row[]): string {
  const lines = rows.map(({ venue, kind, case: name, nsPerMessage, ratioToJsonParse, rounds }) => {
    const runs = rounds.filter(Number.isFinite).length;
    return JSON.stringify({ venue, kind, case: name, nsPerMessage, ratioToJsonParse, runs });
  });
  return `${lines.join('\n')}\n`;
}
