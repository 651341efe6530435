/** What is known of a recording after looking through it once: its facts, and what is wrong with it. Reads nothing. */

import type { RecordedConnection } from './record.ts';

/** `journal` is our own format: recognised here, read by the journal's own reader. */
export type RecordingFormat = 'hftbacktest' | 'cryptofeed_raw' | 'cryptofeed_jsonl' | 'ndjson' | 'json' | 'journal';

export type Packing = 'plain' | 'gzip' | 'zstd' | 'zip';

/** A receive time at full resolution. */
export interface ReceiveTime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Lines that do not fit the file's format: they are skipped. */
export interface Misfits {
  readonly count: number;
  /** The first one's number, from 1, and up to 80 characters of it; 0 and empty when there is none. */
  readonly firstLine: number;
  readonly sample: string;
}

export interface FileFacts {
  readonly path: string;
  readonly format: RecordingFormat;
  readonly packing: Packing;
  /** SHA-256 of the file as it lies on disk, hex, as `sha256sum` prints it. */
  readonly sha256: string;
  /** Size on disk. */
  readonly bytes: number;
  /** Venues of its connections, sorted; empty for a journal. */
  readonly venues: readonly string[];
  readonly connections: readonly RecordedConnection[];
  /** Lines in it, empty ones too. */
  readonly lines: number;
  readonly websocketFrames: number;
  readonly restFrames: number;
  /** Requests that the recorder sent: skipped. */
  readonly sent: number;
  /** Frames of connections to unsupported venues: skipped. */
  readonly unsupportedFrames: number;
  readonly misfits: Misfits;
  /** Earliest and latest time; null when it has no records or no times. */
  readonly first: ReceiveTime | null;
  readonly last: ReceiveTime | null;
  /** `event`: the file has no receive times; the frames' own times stand in. `none`: nor those: the run's earliest time does. */
  readonly timesFrom: 'receive' | 'event' | 'none';
  /** Records whose time is before the latest one above them. */
  readonly backwards: number;
  /** True when it is read through a sort, because its times run backwards. */
  readonly sorted: boolean;
  /** True when its compressed stream is cut short or damaged: only what came out before that is read. */
  readonly damaged: boolean;
}

/**
 * - `missing`, `unreadable`, `not_a_file`, `empty`, `no_recordings` (a folder without files)
 * - `truncated`, `corrupt`: the compressed stream ends early or is damaged; the whole lines before that are read
 * - `unsupported_packing`: a zip with several members, or packed in a way that we do not read
 * - `wrong_format`: not a recording, or not of the format that was asked for; `mixed_formats`: of two formats at once
 * - `unsupported_venue`: a venue without a decoder; `mixed_venues`: frames of two venues on one connection
 * - `open_venue`: several venues fit; `venue_contradiction`: `--venue` says another than the content
 * - `duplicate`: the same bytes twice; read once
 * - `misfit_lines`: some lines do not fit the format; the rest is read
 * - `changed`: while it was being read, the file was no longer what it was when it was looked through
 * - `sort_failed`: its lines could not be put in order (no room for temporary files)
 */
export type ProblemKind =
  | 'missing'
  | 'unreadable'
  | 'not_a_file'
  | 'empty'
  | 'no_recordings'
  | 'truncated'
  | 'corrupt'
  | 'unsupported_packing'
  | 'wrong_format'
  | 'mixed_formats'
  | 'unsupported_venue'
  | 'mixed_venues'
  | 'open_venue'
  | 'venue_contradiction'
  | 'duplicate'
  | 'misfit_lines'
  | 'changed'
  | 'sort_failed';

/** One thing wrong with one path. */
export interface RecordingProblem {
  readonly kind: ProblemKind;
  readonly path: string;
  /** What is not read because of it: the whole path, some of it, or nothing. */
  readonly lost: 'file' | 'part' | 'nothing';
  /** One line for an operator: `path: what is wrong; what to do`. */
  readonly message: string;
}

/**
 * Makes a problem.
 *
 * @param what - what is wrong, without the path
 * @param advice - what to do about it
 */
export function problemOf(
  kind: ProblemKind,
  path: string,
  lost: RecordingProblem['lost'],
  what: string,
  advice: string,
): RecordingProblem {
  return { kind, path, lost, message: `${path}: ${oneLine(what)}; ${advice}` };
}

/** Samples come from files: control characters are shown, never obeyed by a terminal. */
function oneLine(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (code) => `\\x${code.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
