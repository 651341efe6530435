/** How the feeds of a running scanner stay connected, a line a venue. Judges nothing: the rows bring their grades. */

import type { StatusRow } from '../ops/status.ts';
import { cell, gradeCell, left, namesOf, partOf, remark, right, stateCell, toneOf } from './cells.ts';
import type { Cell, Table } from './table.ts';
import { exactClockText, shownValue } from './value-text.ts';

/** @param rows - what is measured of venues; those without a feed (recordings) have no line */
export function connectionTable(rows: readonly StatusRow[], nowMs: number): Table {
  const columns = [
    left('Venue', 12),
    left('State', 10),
    right('Sockets', 7),
    right('Streams', 7),
    right('Lost', 4),
    left('Note', 0),
  ];
  const names = namesOf(rows.filter((row) => row.part === 'feed'));
  const cells = names.map((name) => lineOf(rows, name, nowMs));
  const width = cells.some((line) => line.at(-1)!.text !== '') ? columns.length : columns.length - 1;
  return { columns: columns.slice(0, width), rows: cells.map((line) => line.slice(0, width)) };
}

function lineOf(rows: readonly StatusRow[], name: string, nowMs: number): Cell[] {
  const part = (of: string) => partOf(rows, name, of);
  const shown = (of: string) => {
    const row = part(of);
    return cell(row === undefined ? '-' : shownValue(row, '-'));
  };
  const feed = part('feed');
  const state = feed === undefined ? gradeCell('NO DATA') : stateCell(feed);
  const isBroken = ['shut_out_until', 'refresh_mismatches', ...DROPPED].some((of) => part(of)?.status === 'WARN');
  const note = cell(noteOf(part, nowMs), isBroken ? toneOf('WARN') : 'plain');
  return [cell(name), state, shown('connections'), shown('streams'), shown('reconnects'), note];
}

const DROPPED = ['dropped_depth_frames', 'dropped_other_frames'];

/** Counts that are told where they are not zero. */
const COUNTS: readonly (readonly [part: string, text: (count: number) => string])[] = [
  ['polled_streams', (count) => `${count} polled over REST`],
  ['pending_streams', (count) => `${count} pending`],
  ['resyncs', (count) => `${count} resyncing`],
  ['refresh_mismatches', (count) => `${count} refreshes found a wrong book`],
  ['failures_in_row', (count) => `${count} failures in a row`],
  ['dropped_depth_frames', (count) => `${count} depth frames dropped`],
  ['dropped_other_frames', (count) => `${count} other frames dropped`],
];

/** Everything that is not as on a quiet day; why the last connection was lost, as long as one is missing. */
function noteOf(part: (of: string) => StatusRow | undefined, nowMs: number): string {
  const feed = part('feed');
  const at = (of: string, words: string): string[] => {
    const row = part(of);
    return typeof row?.value === 'number' ? [`${words} ${exactClockText(row.value, nowMs)}`] : [];
  };
  const shutOut = part('shut_out_until')?.message ?? '';
  const lost = part('last_loss')?.value;
  const next = at('next_attempt', 'next attempt');
  const counts = COUNTS.flatMap(([of, text]) => {
    const value = part(of)?.value;
    return typeof value === 'number' && value > 0 ? [text(value)] : [];
  });
  return [
    ...(feed === undefined || feed.message === '' ? [] : [remark(feed)]),
    ...(next.length > 0 && typeof lost === 'string' && lost !== 'none' ? [lost] : []),
    ...next,
    ...at('shut_out_until', `${shutOut} shut out until`),
    ...counts,
  ].join(', ');
}
