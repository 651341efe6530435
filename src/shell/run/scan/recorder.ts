/** The journal of a scan: as whole as the disk lets it be. A disk that is full ends the recording, loudly, and never the scan. */

import type { JsonObject } from '../../../core/base/json.ts';
import type { HostFact } from '../../../core/ops/facts.ts';
import type { Input, StartInput } from '../../../core/scan/input.ts';
import { CryptorunError } from '../../errors.ts';
import { JournalError } from '../../journal/journal-error.ts';
import { JournalWriter } from '../../journal/journal-writer.ts';
import { diskStore, type SegmentStore } from '../../journal/segment-file.ts';

export interface RecorderOptions {
  readonly folder: string;
  readonly session: string;
  /** Raw bytes of a segment; null: the journal's own default. */
  readonly segmentBytes: number | null;
  readonly checkpoint: () => JsonObject;
  /** One line for people, once. */
  readonly onStop: (reason: string) => void;
  /** Default: the disk. */
  readonly store?: SegmentStore;
}

export class Recorder {
  readonly #journal: JournalWriter;
  readonly #options: RecorderOptions;
  #isStopTold = false;
  #isClosed = false;

  /** @throws CryptorunError when the folder cannot be written, or holds this session already */
  constructor(options: RecorderOptions, start: StartInput) {
    const { folder, session, segmentBytes, checkpoint, store = diskStore } = options;
    this.#options = options;
    try {
      const segments = segmentBytes === null ? {} : { maxSegmentBytes: segmentBytes };
      this.#journal = JournalWriter.create(folder, { session, start, checkpoint, store, ...segments });
    } catch (cause) {
      if (!(cause instanceof JournalError)) throw cause;
      const code = cause.code === 'journal_exists' ? 'usage' : 'io_failed';
      throw new CryptorunError(code, `--record: ${cause.message}`, { cause });
    }
  }

  get session(): string {
    return this.#options.session;
  }

  /** True while every Input so far is in the journal. */
  get isWhole(): boolean {
    return this.#journal.failure === null;
  }

  /** As the operations core is told. */
  static stateOf(recorder: Recorder | null): NonNullable<HostFact['recording']> {
    if (recorder === null) return 'off';
    return recorder.isWhole ? 'on' : 'stopped';
  }

  /** Before the Input is stepped. */
  append(input: Input): void {
    if (this.#isClosed) return;
    this.#journal.append(input);
  }

  /** Puts what was gathered into the file, and tells if it could not. */
  flush(): void {
    if (!this.#isClosed) this.#journal.flush();
    this.#tellStop();
  }

  /** The trailer; nothing is recorded after it. */
  close(): void {
    this.#isClosed = true;
    this.#journal.close();
    this.#tellStop();
  }

  #tellStop(): void {
    const { failure } = this.#journal;
    if (failure === null || this.#isStopTold) return;
    this.#isStopTold = true;
    this.#options.onStop(`${failure.message}; the scan goes on without a record`);
  }
}
