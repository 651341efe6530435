/** Reads a whole journal and names everything that is not as it was written. Repairs nothing. */

import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { chainProblem, endProblem } from './chain.ts';
import { type JournalSession, openJournal } from './open-journal.ts';
import type { JournalProblem } from './problem.ts';
import type { Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';

/** What `verify` found. The journal is as it was written when `problems` is empty. */
export interface Verification {
  readonly sessions: number;
  readonly segments: number;
  /** Whole records, the `start` Inputs not counted. */
  readonly records: number;
  readonly problems: readonly JournalProblem[];
}

/**
 * Checks every block, record, sequence number, trailer digest and link of a journal.
 *
 * Who edits the last segment and recomputes its checksums and digest is not found: the chain guards all segments but that.
 *
 * @param path - a folder, or one segment (then its neighbours are not asked for)
 * @throws JournalError as `openJournal`
 */
export function verify(path: string): Verification {
  const journal = openJournal(path);
  const problems = [...journal.problems];
  let records = 0;
  let segments = 0;
  for (const session of journal.sessions) {
    records += verifySession(session, journal.isFolder, problems);
    segments += session.segments.length;
  }
  return { sessions: journal.sessions.length, segments, records, problems };
}

function verifySession(session: JournalSession, isFolder: boolean, problems: JournalProblem[]): number {
  let records = 0;
  let previous: SegmentCursor | null = null;
  for (const segment of session.segments) {
    const link = previous === null ? null : chainProblem(previous, segment);
    // Holes are told once, when the folder is listed.
    if (link !== null && link.code !== 'missing_segment') problems.push(link);
    previous = verifySegment(segment, problems);
    records += previous.recordCount;
  }
  const end = previous === null || !isFolder ? null : endProblem(previous);
  if (end !== null) problems.push(end);
  return records;
}

function verifySegment(segment: Segment, problems: JournalProblem[]): SegmentCursor {
  const cursor = new SegmentCursor(segment, problems, { atDamage: 'go_on' });
  while (cursor.next()) cursor.input();
  if (cursor.trailer !== null && digestOf(segment.path, cursor.trailerOffset) !== cursor.trailer.sha256) {
    const message = "the trailer's SHA-256 is not that of the bytes before it";
    problems.push({ code: 'digest_mismatch', path: segment.path, block: null, offset: null, message });
  }
  return cursor;
}

/** SHA-256 of the first `length` bytes of a file, in pieces of 1 MiB. */
function digestOf(path: string, length: number): string {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(1024 * 1024);
  const fd = openSync(path, 'r');
  try {
    for (let done = 0; done < length; ) {
      const count = readSync(fd, piece, 0, Math.min(piece.length, length - done), done);
      if (count === 0) break;
      hash.update(piece.subarray(0, count));
      done += count;
    }
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
