/** Finds the sessions and segments of a journal, a folder or one file, by their headers. Reads no records. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SEGMENT_EXTENSION, SEGMENT_MAGIC, segmentFileName } from './format.ts';
import { causeText, JournalError } from './journal-error.ts';
import type { JournalProblem } from './problem.ts';
import { readSegment, type Segment } from './segment.ts';

/** The segments of one run, in order, each number once; holes in the numbers are problems of the journal. */
export interface JournalSession {
  readonly session: string;
  readonly startTimeMs: number;
  readonly segments: readonly Segment[];
}

export interface Journal {
  readonly path: string;
  /** False when one segment was named: the ones around it are then not asked for. */
  readonly isFolder: boolean;
  /** By start time, then name. */
  readonly sessions: readonly JournalSession[];
  /** What the set of files shows: segments missing, doubled, misnamed, without a readable header. */
  readonly problems: readonly JournalProblem[];
}

/**
 * Opens a journal.
 *
 * @param path - a folder (its `.crj` files, not those of folders in it), or one segment file, which may be any of a session
 * @throws JournalError when there is nothing to open, it is not a journal, or a newer program wrote it
 */
export function openJournal(path: string): Journal {
  const isFolder = isFolderAt(path);
  const problems: JournalProblem[] = [];
  const segments: Segment[] = [];
  for (const file of isFolder ? segmentFiles(path) : [path]) {
    const read = isFolder ? readSegmentOfFolder(file) : readSegment(file);
    if ('header' in read) segments.push(read);
    else problems.push(read);
  }
  const sessions = groupBySession(segments, problems);
  if (isFolder) for (const session of sessions) findHoles(session, problems);
  return { path, isFolder, sessions, problems };
}

/** In a folder a file that is no journal is one problem among others; alone it is an error. */
function readSegmentOfFolder(file: string): Segment | JournalProblem {
  try {
    return readSegment(file);
  } catch (error) {
    if (!(error instanceof JournalError) || error.code !== 'not_a_journal') throw error;
    const message = `it does not begin with "${SEGMENT_MAGIC}"`;
    return { code: 'unreadable_segment', path: file, block: null, offset: null, message };
  }
}

function isFolderAt(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (isMissing) throw new JournalError('journal_not_found', `${path}: no such file or folder`, { cause: error });
    throw new JournalError('journal_unreadable', `${path}: cannot be read: ${causeText(error)}`, { cause: error });
  }
}

function segmentFiles(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new JournalError('journal_unreadable', `${folder}: cannot be read: ${causeText(error)}`, { cause: error });
  }
  const files = names.filter((name) => name.endsWith(SEGMENT_EXTENSION)).sort();
  if (files.length === 0) {
    throw new JournalError('journal_not_found', `${folder}: holds no journal (no ${SEGMENT_EXTENSION} file)`);
  }
  return files.map((name) => join(folder, name));
}

function groupBySession(segments: readonly Segment[], problems: JournalProblem[]): JournalSession[] {
  const bySession = new Map<string, Map<number, Segment>>();
  for (const segment of segments) {
    const { session, segment: number } = segment.header;
    const numbers = bySession.get(session) ?? new Map<number, Segment>();
    bySession.set(session, numbers);
    const twin = numbers.get(number);
    if (!isNamedRight(segment)) problems.push(misnamed(segment));
    if (twin !== undefined) problems.push(duplicate(segment, twin));
    if (twin === undefined || isNamedRight(segment)) numbers.set(number, segment);
  }
  return [...bySession].map(([session, numbers]) => sessionOf(session, numbers)).sort(bySessionStart);
}

function sessionOf(session: string, numbers: ReadonlyMap<number, Segment>): JournalSession {
  const segments = [...numbers.values()].sort((a, b) => a.header.segment - b.header.segment);
  return { session, startTimeMs: segments[0]!.header.start.receiveTimeMs, segments };
}

function bySessionStart(a: JournalSession, b: JournalSession): number {
  return a.startTimeMs - b.startTimeMs || (a.session < b.session ? -1 : 1);
}

function findHoles({ segments }: JournalSession, problems: JournalProblem[]): void {
  let expected = 0;
  for (const segment of segments) {
    const found = segment.header.segment;
    if (found > expected) problems.push(missing(segment, expected));
    expected = found + 1;
  }
}

function isNamedRight({ name, header }: Segment): boolean {
  return name === segmentFileName(header.session, header.segment);
}

function misnamed(segment: Segment): JournalProblem {
  const { session, segment: number } = segment.header;
  const message = `its header says that it is ${segmentFileName(session, number)}`;
  return { code: 'misnamed_segment', path: segment.path, block: null, offset: null, message };
}

function duplicate(segment: Segment, twin: Segment): JournalProblem {
  const message = `the same segment of the same session as ${twin.path}`;
  return { code: 'duplicate_segment', path: segment.path, block: null, offset: null, message };
}

function missing(next: Segment, from: number): JournalProblem {
  const { session, segment } = next.header;
  const first = segmentFileName(session, from);
  const message =
    segment - from === 1
      ? `${first} is missing before it`
      : `${first} to ${segmentFileName(session, segment - 1)} are missing before it`;
  return { code: 'missing_segment', path: next.path, block: null, offset: null, message };
}
