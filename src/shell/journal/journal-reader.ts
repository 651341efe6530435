/** Hands out the Inputs of a journal in the order they were stepped, from the start or from a checkpoint. Skips no damage. */

import type { JsonObject } from '../../core/base/json.ts';
import type { Input } from '../../core/scan/input.ts';
import { chainProblem, endProblem, segmentBefore } from './chain.ts';
import type { CheckpointMark } from './format.ts';
import { JournalError } from './journal-error.ts';
import type { Journal, JournalSession } from './open-journal.ts';
import type { JournalProblem } from './problem.ts';
import { parseJson, type Segment } from './segment.ts';
import { SegmentCursor } from './segment-cursor.ts';
import { SegmentReader } from './segment-reader.ts';

export interface ReadOptions {
  /** Only this session; default all, one after the other by start time. */
  readonly session?: string;
  /**
   * Begin at the last checkpoint that leaves out no record received at or after this time, ms since epoch. Earlier
   * records may still come first: the core must step them, whoever prints leaves them out.
   */
  readonly fromMs?: number;
}

/** The core's state after the record `sequence`. */
export interface Checkpoint extends CheckpointMark {
  readonly state: JsonObject;
}

/**
 * A synchronous reader with one block in memory at a time.
 *
 * Every session begins with its `start` Input. At the first damage it leaves that session (`problems` says why) and goes
 * on with the next one: what it hands out of a session is always a prefix of what was written, from where it began.
 */
export class JournalReader {
  /** What was met while reading, beside `journal.problems`. */
  readonly problems: JournalProblem[] = [];
  /** Set with every `start` Input: what to restore the core from after that Input; null: nothing, all records follow. */
  checkpoint: Checkpoint | null = null;

  readonly #journal: Journal;
  readonly #sessions: readonly JournalSession[];
  #sessionIndex: number;
  #segmentIndex: number;
  #cursor: SegmentCursor | null = null;
  #isOnStart = false;

  /** @throws JournalError `journal_session_unknown`, or when a file cannot be read */
  constructor(journal: Journal, options: ReadOptions = {}) {
    this.#journal = journal;
    this.#sessions = chooseSessions(journal, options.session);
    const fromMs = options.fromMs ?? Number.NEGATIVE_INFINITY;
    this.#sessionIndex = Math.max(
      0,
      this.#sessions.findLastIndex((session) => session.startTimeMs <= fromMs),
    );
    const session = this.#sessions[this.#sessionIndex];
    this.#segmentIndex = session === undefined ? 0 : segmentBefore(session, fromMs);
  }

  /** The session of the last Input handed out. */
  get session(): string {
    return this.#sessions[this.#sessionIndex]?.session ?? '';
  }

  /** The sequence number of the last Input handed out; 0 is a `start`. */
  get sequence(): number {
    return this.#isOnStart || this.#cursor === null ? 0 : this.#cursor.record.sequence;
  }

  /** The last record's line as it is stored, without LF; a `start` in the same shape. */
  line(): string {
    const start = this.#sessions[this.#sessionIndex]?.segments[0]?.header.start;
    if (!this.#isOnStart) return this.#cursor?.record.line() ?? '';
    return `0 start ${start?.receiveTimeMs} - ${JSON.stringify(start)}`;
  }

  /**
   * The next Input, or null at the end.
   *
   * A frame comes in one reused object over the reader's own bytes: valid until the next call. Copy what you keep.
   *
   * @throws JournalError when a file cannot be read
   */
  next(): Input | null {
    while (this.#sessionIndex < this.#sessions.length) {
      const session = this.#sessions[this.#sessionIndex]!;
      const input = this.#cursor === null ? this.#beginSession(session) : this.#nextRecord(this.#cursor);
      if (input !== null) return input;
      if (!this.#nextSegment(session)) this.#nextSession();
    }
    return null;
  }

  close(): void {
    this.#cursor?.close();
    this.#sessionIndex = this.#sessions.length;
  }

  /** The session's `start`; null when no checkpoint can be read and its first segments are gone. */
  #beginSession(session: JournalSession): Input | null {
    this.checkpoint = this.#findCheckpoint(session);
    const segment = session.segments[this.#segmentIndex]!;
    if (segment.header.checkpoint !== null && this.checkpoint === null) return null;
    this.#cursor = new SegmentCursor(segment, this.problems, { atDamage: 'stop' });
    this.#isOnStart = true;
    return segment.header.start;
  }

  #nextRecord(cursor: SegmentCursor): Input | null {
    this.#isOnStart = false;
    return cursor.next() ? cursor.input() : null;
  }

  #nextSegment(session: JournalSession): boolean {
    const read = this.#cursor;
    if (read === null || read.trailer === null) return false;
    const next = session.segments[this.#segmentIndex + 1];
    const problem = next !== undefined ? chainProblem(read, next) : this.#journal.isFolder ? endProblem(read) : null;
    if (problem !== null) this.problems.push(problem);
    if (problem !== null || next === undefined) return false;
    this.#segmentIndex += 1;
    this.#cursor = new SegmentCursor(next, this.problems, { atDamage: 'stop' });
    return true;
  }

  #nextSession(): void {
    this.#cursor?.close();
    this.#cursor = null;
    this.#sessionIndex += 1;
    this.#segmentIndex = 0;
  }

  /** Reads the checkpoint it begins at; steps back to an earlier one while that is damaged. */
  #findCheckpoint(session: JournalSession): Checkpoint | null {
    for (; this.#segmentIndex > 0; this.#segmentIndex--) {
      const checkpoint = this.#readCheckpoint(session.segments[this.#segmentIndex]!);
      if (checkpoint !== null) return checkpoint;
    }
    const first = session.segments[0]!;
    return first.header.checkpoint === null ? null : this.#readCheckpoint(first);
  }

  #readCheckpoint(segment: Segment): Checkpoint | null {
    const state = readState(segment.path);
    if (state !== null) return { ...segment.header.checkpoint!, state };
    const message = 'its checkpoint cannot be read';
    this.problems.push({ code: 'damaged_block', path: segment.path, block: 1, offset: null, message });
    return null;
  }
}

/** Reads a journal; see `JournalReader`. */
export function readJournal(journal: Journal, options: ReadOptions = {}): JournalReader {
  return new JournalReader(journal, options);
}

function chooseSessions(journal: Journal, wanted: string | undefined): readonly JournalSession[] {
  if (wanted === undefined) return journal.sessions;
  const chosen = journal.sessions.filter(({ session }) => session === wanted);
  if (chosen.length > 0) return chosen;
  const known = journal.sessions.map(({ session }) => session).join(', ') || 'none';
  throw new JournalError('journal_session_unknown', `${journal.path}: no session ${wanted}; it holds ${known}`);
}

function readState(path: string): JsonObject | null {
  const reader = SegmentReader.open(path);
  try {
    reader.next();
    const outcome = reader.next();
    return outcome.kind === 'block' && outcome.type === 'checkpoint'
      ? (parseJson(outcome.raw) as JsonObject | null)
      : null;
  } finally {
    reader.close();
  }
}
