/** How one segment must follow another. Reads nothing: it compares what was read. */

import type { JournalSession } from './open-journal.ts';
import type { JournalProblem, ProblemCode } from './problem.ts';
import type { Segment } from './segment.ts';
import type { SegmentCursor } from './segment-cursor.ts';

/** What is wrong between a segment that was read to its end and the one after it; null when they belong together. */
export function chainProblem(previous: SegmentCursor, next: Segment): JournalProblem | null {
  const { header } = next;
  const problem = (code: ProblemCode, message: string): JournalProblem => {
    return { code, path: next.path, block: 0, offset: 0, message };
  };
  if (header.segment !== previous.segment.header.segment + 1) {
    return problem('missing_segment', `it follows ${previous.segment.name}: segments between them are missing`);
  }
  if (previous.trailer === null) return problem('broken_chain', `${previous.segment.name} before it has no trailer`);
  if (previous.trailer.sha256 !== header.previousDigest) {
    return problem('broken_chain', `its previousDigest is not the digest of ${previous.segment.name}`);
  }
  const sequence = header.checkpoint?.sequence;
  if (sequence === previous.expectedSequence - 1) return null;
  return problem('broken_sequence', `it begins after record ${sequence}, ${previous.segment.name} ends otherwise`);
}

/** Says that a session's last segment promises another one; null when it does not. */
export function endProblem(last: SegmentCursor): JournalProblem | null {
  if (last.trailer?.end !== 'rotated') return null;
  const message = 'the next segment is missing, or the writer was killed between the two';
  return { code: 'missing_segment', path: last.segment.path, block: null, offset: null, message };
}

/** The last segment to begin at so that every record with a receive time of `fromMs` or later is read. */
export function segmentBefore(session: JournalSession, fromMs: number): number {
  const isEarlier = (segment: Segment) =>
    segment.header.checkpoint !== null && segment.header.checkpoint.receiveTimeMs < fromMs;
  return Math.max(0, session.segments.findLastIndex(isEarlier));
}
