/** The journal's fixed words, limits, versions and file names (docs/journal-format.md). Reads and writes nothing. */

import type { StartInput } from '../../core/scan/input.ts';

/** The first bytes of every segment; then a space, the format version and LF. */
export const SEGMENT_MAGIC = 'cryptorun-journal';
export const SEGMENT_EXTENSION = '.crj';

/** The version this program writes. */
export const FORMAT_VERSION = 1;
/** Every version this program reads. A version stays in this table for good: old journals are never refused. */
export const READABLE_VERSIONS: ReadonlySet<number> = new Set([1]);

/** A block of records closes before it would pass this many raw bytes; one longer record stands in a block of its own. */
export const BLOCK_RAW_BYTES = 256 * 1024;
/** A block of records spans less than this much receive time, so that a kill loses at most the last second. */
export const BLOCK_SPAN_MS = 1000;
/** No reader needs to accept a larger block, raw or stored; guards memory against edited sizes. */
export const MAX_BLOCK_BYTES = 256 * 1024 * 1024;
export const DEFAULT_SEGMENT_BYTES = 64 * 1024 * 1024;

/** The payload of a segment's header block. */
export interface SegmentHeader {
  readonly formatVersion: number;
  readonly session: string;
  /** From 0. */
  readonly segment: number;
  /** SHA-256 that the trailer of segment - 1 states, lower-case hex; null in segment 0. */
  readonly previousDigest: string | null;
  /** Where the core stands in the `checkpoint` block that follows; null in segment 0, which has none. */
  readonly checkpoint: CheckpointMark | null;
  readonly start: StartInput;
}

/** A checkpoint holds everything up to and including this sequence number, whose receive time it gives. */
export interface CheckpointMark {
  readonly sequence: number;
  readonly receiveTimeMs: number;
}

/** The payload of a segment's trailer block. `end`: `rotated` promises a next segment, `closed` says there is none. */
export interface SegmentTrailer {
  readonly recordCount: number;
  /** Over all bytes of the file before the trailer block, lower-case hex. */
  readonly sha256: string;
  readonly end: 'rotated' | 'closed';
}

const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;
const SEGMENT_NAME = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,99})-([0-9]{6,})\.crj$/;

/** True for 1 to 100 letters, digits, `_`, `.` and `-`, a letter or digit first: safe in a file name everywhere. */
export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text);
}

/** `live-000003.crj` for session `live`, segment 3. */
export function segmentFileName(session: string, segment: number): string {
  return `${session}-${String(segment).padStart(6, '0')}${SEGMENT_EXTENSION}`;
}

/** The session and segment that a file's name claims; null when it is no segment's name. */
export function parseSegmentFileName(name: string): { session: string; segment: number } | null {
  const match = SEGMENT_NAME.exec(name);
  return match === null ? null : { session: match[1]!, segment: Number(match[2]) };
}
