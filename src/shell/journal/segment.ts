/** One segment as a folder listing sees it: its header and nothing more. Reads no records. */

import { basename } from 'node:path';
import type { SegmentHeader } from './format.ts';
import type { JournalProblem, ProblemCode } from './problem.ts';
import { type BlockOutcome, SegmentReader } from './segment-reader.ts';

/** A segment whose header was read. */
export interface Segment {
  readonly path: string;
  /** File name only. */
  readonly name: string;
  /** Length of the file when it was listed. */
  readonly bytes: number;
  readonly header: SegmentHeader;
}

/**
 * Reads a segment's header; a problem when it cannot be read.
 *
 * @throws JournalError when the file is no journal, of a newer version, or cannot be opened
 */
export function readSegment(path: string): Segment | JournalProblem {
  const reader = SegmentReader.open(path);
  try {
    const outcome = reader.next();
    const header = outcome.kind === 'block' && outcome.type === 'header' ? parseHeader(outcome.raw) : null;
    if (header === null) return headerProblem(path, outcome);
    return { path, name: basename(path), bytes: reader.bytes, header };
  } finally {
    reader.close();
  }
}

function headerProblem(path: string, outcome: BlockOutcome): JournalProblem {
  const isTorn = outcome.kind === 'torn' || outcome.kind === 'end';
  const code: ProblemCode = isTorn ? 'torn_tail' : 'unreadable_segment';
  const reason = isTorn
    ? 'the file ends inside its header; 0 whole records precede it'
    : `its header cannot be read: ${outcome.kind === 'damaged' ? outcome.reason : 'it is not one'}`;
  return { code, path, block: outcome.block, offset: outcome.offset, message: reason };
}

/** The header block's payload; null when it is not one of this version. */
function parseHeader(raw: Buffer): SegmentHeader | null {
  const header = parseJson(raw) as SegmentHeader | null;
  if (typeof header !== 'object' || header === null) return null;
  const isWhole =
    typeof header.session === 'string' &&
    Number.isSafeInteger(header.segment) &&
    header.start?.kind === 'start' &&
    typeof header.start.receiveTimeMs === 'number' &&
    (header.checkpoint === null) === (header.segment === 0);
  return isWhole ? header : null;
}

/** The JSON value in a block; null when it is none. */
export function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    return null;
  }
}
