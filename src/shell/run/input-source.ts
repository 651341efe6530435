/** Where a replay's Inputs come from: recordings of others, or our own journal. Steps nothing. */

import type { FrameInput, Input, LinkInput, PulseInput, StartInput } from '../../core/scan/input.ts';
import { type Checkpoint, type JournalReader, readJournal } from '../journal/journal-reader.ts';
import type { Journal, JournalSession } from '../journal/open-journal.ts';
import { problemText } from '../journal/problem.ts';
import type { FileFacts } from '../recording/facts.ts';
import type { Progress, Recordings } from '../recording/open.ts';
import type { RecordedRecord } from '../recording/record.ts';

/** Pulses stand where a recording has no Input for this long, ms of receive time (the live shell's own rhythm). */
const PULSE_MS = 250;
/** In a longer silence only its first minute is pulsed through, and its end: recordings may lie years apart. */
const MAX_PULSES = 240;

/** A complaint about the input, as the summary shows it. */
export interface InputProblem {
  readonly message: string;
  /** What could not be used because of it. */
  readonly lost: 'file' | 'part' | 'nothing';
}

export interface InputSource {
  /** The run's first Input. */
  readonly start: StartInput;
  /** Where to take up the core after `start`; null: at the beginning. */
  readonly checkpoint: Checkpoint | null;
  /** Grows while reading. */
  readonly problems: readonly InputProblem[];
  /** What is read, for titles: file names or the session. */
  readonly name: string;
  /** Waits until `next` can go on; false at the end. */
  ready(): Promise<boolean>;
  /** The next Input, valid until the next call; null when `ready` must be awaited. */
  next(): Input | null;
  progress(): Progress;
  close(): Promise<void>;
}

/** Makes Inputs of merged recordings: links and frames as recorded, pulses in between. */
export class RecordingSource implements InputSource {
  readonly start: StartInput;
  readonly checkpoint = null;
  readonly name: string;
  readonly #recordings: Recordings;
  readonly #frame: { -readonly [K in keyof FrameInput]: FrameInput[K] } = {
    kind: 'frame',
    connection: 0,
    bytes: new Uint8Array(0),
    from: 0,
    to: 0,
    receiveTimeMs: 0,
  };
  /** A record read, but waiting behind pulses. */
  #held: RecordedRecord | null = null;
  #nextPulseMs = Number.POSITIVE_INFINITY;
  #pulses = 0;

  constructor(recordings: Recordings, start: StartInput, name: string) {
    this.#recordings = recordings;
    this.start = start;
    this.name = name;
  }

  get problems(): readonly InputProblem[] {
    const { files, problems } = this.#recordings;
    const told = problems.map(({ kind, lost, message }): InputProblem => {
      // One of two equal files was not used; whoever gave both should know.
      return { message, lost: kind === 'duplicate' ? 'file' : lost };
    });
    return [...told, ...files.flatMap(journalBeside), ...files.flatMap(sortedFirst)];
  }

  ready(): Promise<boolean> {
    return this.#held === null ? this.#recordings.ready() : Promise.resolve(true);
  }

  next(): Input | null {
    const record = this.#held ?? this.#recordings.next();
    this.#held = null;
    if (record === null) return null;
    const { receiveTimeMs } = record;
    if (receiveTimeMs >= this.#nextPulseMs) {
      this.#held = record;
      return this.#pulse(receiveTimeMs);
    }
    this.#nextPulseMs = receiveTimeMs - (receiveTimeMs % PULSE_MS) + 2 * PULSE_MS;
    this.#pulses = 0;
    return record.kind === 'frame' ? this.#frameOf(record, receiveTimeMs) : linkOf(record, receiveTimeMs);
  }

  progress(): Progress {
    return this.#recordings.progress();
  }

  close(): Promise<void> {
    return this.#recordings.close();
  }

  /** The end of the first 250 ms that had no Input; then the next ones. */
  #pulse(untilMs: number): PulseInput {
    let receiveTimeMs = this.#nextPulseMs;
    this.#pulses += 1;
    if (this.#pulses > MAX_PULSES) receiveTimeMs = untilMs - (untilMs % PULSE_MS);
    this.#nextPulseMs = receiveTimeMs + PULSE_MS;
    return { kind: 'pulse', receiveTimeMs };
  }

  #frameOf(record: RecordedRecord, receiveTimeMs: number): FrameInput {
    const frame = this.#frame;
    frame.connection = record.connection.rank;
    frame.bytes = record.bytes;
    frame.from = record.from;
    frame.to = record.to;
    frame.receiveTimeMs = receiveTimeMs;
    return frame;
  }
}

function linkOf(record: RecordedRecord, receiveTimeMs: number): LinkInput {
  const { connection, kind, reason } = record;
  return {
    kind: 'link',
    connection: connection.rank,
    venue: connection.venue,
    transport: connection.transport,
    state: kind === 'link_up' ? 'up' : 'down',
    symbol: connection.symbol,
    reason: reason ?? '',
    receiveTimeMs,
  };
}

function journalBeside({ format, path }: FileFacts): InputProblem[] {
  if (format !== 'journal') return [];
  return [{ message: `${path}: a journal among recordings is not read; replay it alone`, lost: 'file' }];
}

function sortedFirst({ sorted, backwards, path }: FileFacts): InputProblem[] {
  if (!sorted) return [];
  const message = `${path}: ${backwards} records are earlier than one above them; the file was put in order first`;
  return [{ message, lost: 'nothing' }];
}

/** What the operator wants of a journal. */
export interface JournalSelection {
  /** The first receive time that matters; null: the beginning. */
  readonly fromMs: number | null;
  /** Only these symbols; null: those of the recorded run. */
  readonly symbols: readonly string[] | null;
  /** Files in its folder that are no part of it. */
  readonly strangers: readonly string[];
}

/** Reads one session of our own journal. */
export class JournalSource implements InputSource {
  readonly start: StartInput;
  readonly checkpoint: Checkpoint | null;
  readonly name: string;
  readonly #reader: JournalReader;
  readonly #journal: Journal;
  readonly #strangers: readonly string[];
  #isAtEnd = false;
  #inputs = 0;

  /** @param session - one of the journal's; its `start` is handed out by this object, not by `next` */
  constructor(journal: Journal, session: JournalSession, { fromMs, symbols, strangers }: JournalSelection) {
    this.#journal = journal;
    this.#strangers = strangers;
    // A checkpoint holds all symbols of the recorded run: with a choice of one's own, only the beginning will do.
    const canSkip = fromMs !== null && symbols === null;
    this.#reader = readJournal(journal, { session: session.session, ...(canSkip ? { fromMs } : {}) });
    const first = this.#reader.next();
    if (first === null || first.kind !== 'start') throw new Error('a session begins with its start');
    this.start = symbols === null ? first : { ...first, config: { ...first.config, onlySymbols: symbols } };
    this.checkpoint = this.#reader.checkpoint;
    this.name = session.session;
  }

  get problems(): readonly InputProblem[] {
    const damage = [...this.#journal.problems, ...this.#reader.problems].map(problemText);
    const beside = this.#strangers.map((path) => `${path}: not read: a journal is replayed alone; move it elsewhere`);
    return [
      ...damage.map((message): InputProblem => ({ message, lost: 'part' })),
      ...beside.map((message): InputProblem => ({ message, lost: 'file' })),
    ];
  }

  async ready(): Promise<boolean> {
    return !this.#isAtEnd;
  }

  next(): Input | null {
    const input = this.#reader.next();
    if (input === null) this.#isAtEnd = true;
    this.#inputs += 1;
    return input;
  }

  /** A journal is read block by block; its size tells little about records, so records are what is counted. */
  progress(): Progress {
    return { readBytes: this.#inputs, totalBytes: 0 };
  }

  async close(): Promise<void> {
    this.#reader.close();
  }
}
