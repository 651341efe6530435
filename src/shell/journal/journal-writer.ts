/** Records a session: every Input in the order stepped, in segments of compressed blocks. Reads no clock and sets no timer. */

import { join } from 'node:path';
import { assert } from '../../core/base/assert.ts';
import type { JsonObject } from '../../core/base/json.ts';
import type { Input, StartInput } from '../../core/scan/input.ts';
import {
  BLOCK_RAW_BYTES,
  BLOCK_SPAN_MS,
  type CheckpointMark,
  DEFAULT_SEGMENT_BYTES,
  FORMAT_VERSION,
  isSessionId,
  segmentFileName,
} from './format.ts';
import { causeText, JournalError } from './journal-error.ts';
import { assertReceiveTime } from './receive-time.ts';
import { RecordBuffer } from './record-writer.ts';
import { diskStore, type SegmentStore } from './segment-file.ts';
import { SegmentWriter } from './segment-writer.ts';

export interface JournalWriterOptions {
  /** Names the files; unique in the folder (see `isSessionId`). */
  readonly session: string;
  /** Becomes sequence number 0; kept in every segment's header. */
  readonly start: StartInput;
  /** A segment that has reached this many raw bytes of records is followed by the next one. Default 64 MiB. */
  readonly maxSegmentBytes?: number;
  /**
   * The core's `save()`. Asked for when a segment is about to begin, from inside `append` and before the given Input is
   * recorded: so append first, then step. Otherwise the checkpoint would hold an Input that comes after it.
   */
  readonly checkpoint: () => JsonObject;
  /** Also push every flush to the disk itself, against power loss; default false (a kill loses nothing flushed). */
  readonly fsync?: boolean;
  readonly store?: SegmentStore;
}

/**
 * The recorder of one session. Synchronous; the process may be killed at any moment.
 *
 * A block is written when it is full, when it would span a second of receive time, and at `flush`, which a live shell
 * calls every second. A refused write never throws: recording stops, the file is cut back to its last whole block,
 * `failure` says why and `lostRecords` how many Inputs are missing since.
 */
export class JournalWriter {
  readonly #folder: string;
  readonly #options: JournalWriterOptions;
  readonly #store: SegmentStore;
  readonly #records = new RecordBuffer(BLOCK_RAW_BYTES);
  #segment: SegmentWriter;
  #segmentNumber = 0;
  #sequence = 0;
  #lastTimeMs: number;
  #blockTimeMs = 0;
  #failure: JournalError | null = null;
  #lostRecords = 0;
  #isClosed = false;

  private constructor(folder: string, options: JournalWriterOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#store = options.store ?? diskStore;
    this.#lastTimeMs = options.start.receiveTimeMs;
    this.#store.makeFolder(folder);
    this.#segment = this.#begin(null, null, null);
  }

  /**
   * Creates the folder (0700) and the first segment (0600).
   *
   * @throws JournalError `journal_exists` or `journal_write_failed`
   */
  static create(folder: string, options: JournalWriterOptions): JournalWriter {
    assert(isSessionId(options.session), 'a session id is 1 to 100 letters, digits, dots, dashes and underscores');
    assertReceiveTime(options.start.receiveTimeMs);
    try {
      return new JournalWriter(folder, options);
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      // A folder's path that is a file is EEXIST too, of mkdir.
      if (code !== 'EEXIST' || syscall !== 'open') throw writeFailure(folder, error);
      const path = join(folder, segmentFileName(options.session, 0));
      throw new JournalError('journal_exists', `${path}: a journal of this session is there already`, { cause: error });
    }
  }

  /** Sequence number of the last Input given, lost ones included. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Why recording stopped; null while it goes on. */
  get failure(): JournalError | null {
    return this.#failure;
  }

  /** Inputs that were given but are not in the journal: all after a failure, and those of the block that was refused. */
  get lostRecords(): number {
    return this.#lostRecords;
  }

  /**
   * Takes the next Input; call it before the core steps it. Copies: a frame's object and bytes may be reused at once.
   *
   * @param input - any but `start`; receive times never run backwards
   */
  append(input: Input): void {
    assert(!this.#isClosed, 'a closed journal takes no Input');
    assert(input.kind !== 'start', 'the start Input is given to create, once');
    if (this.#failure === null) this.#rotateWhenFull();
    if (input.receiveTimeMs - this.#blockTimeMs >= BLOCK_SPAN_MS) this.flush();
    this.#sequence += 1;
    if (this.#failure !== null) {
      this.#lostRecords += 1;
      return;
    }
    this.#add(input);
    this.#lastTimeMs = input.receiveTimeMs;
  }

  /** Writes what was gathered; nothing when there is nothing. */
  flush(): void {
    if (this.#failure !== null || this.#records.count === 0) return;
    this.#attempt(() => {
      this.#segment.writeRecords(this.#records.bytes, this.#records.count);
      this.#records.clear();
      if (this.#options.fsync === true) this.#segment.sync();
    });
  }

  /** Flushes, writes the trailer and closes the file. A second call does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    if (this.#failure === null) this.#attempt(() => this.#segment.end('closed'));
  }

  #add(input: Input): void {
    const records = this.#records;
    const lengthBefore = records.length;
    if (records.count === 0) this.#blockTimeMs = input.receiveTimeMs;
    records.add(this.#sequence, input);
    if (records.length <= BLOCK_RAW_BYTES) return;
    if (records.count > 1) this.#moveToNextBlock(lengthBefore, input.receiveTimeMs);
    if (records.length > BLOCK_RAW_BYTES) this.flush();
  }

  /** The last record does not fit: it becomes the first one of the next block. */
  #moveToNextBlock(lengthBefore: number, receiveTimeMs: number): void {
    const record = this.#records.withdraw(lengthBefore);
    this.flush();
    if (this.#failure === null) this.#records.addLine(record);
    else this.#lostRecords += 1;
    this.#blockTimeMs = receiveTimeMs;
  }

  #rotateWhenFull(): void {
    const maxBytes = this.#options.maxSegmentBytes ?? DEFAULT_SEGMENT_BYTES;
    if (this.#segment.rawBytes + this.#records.length < maxBytes) return;
    this.flush();
    if (this.#failure !== null) return;
    const mark = { sequence: this.#sequence, receiveTimeMs: this.#lastTimeMs };
    const state = this.#options.checkpoint();
    this.#attempt(() => {
      const digest = this.#segment.end('rotated');
      this.#segmentNumber += 1;
      this.#segment = this.#begin(digest, mark, state);
    });
  }

  #begin(previousDigest: string | null, checkpoint: CheckpointMark | null, state: JsonObject | null): SegmentWriter {
    const { session, start } = this.#options;
    const segment = this.#segmentNumber;
    const file = this.#store.create(join(this.#folder, segmentFileName(session, segment)));
    return SegmentWriter.begin(
      file,
      { formatVersion: FORMAT_VERSION, session, segment, previousDigest, checkpoint, start },
      state,
    );
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failure = writeFailure(this.#folder, error);
      this.#lostRecords += this.#records.count;
      this.#records.clear();
    }
  }
}

function writeFailure(folder: string, cause: unknown): JournalError {
  return new JournalError('journal_write_failed', `${folder}: recording stopped: ${causeText(cause)}`, { cause });
}
