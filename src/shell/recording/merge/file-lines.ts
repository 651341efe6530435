/** The records of one inspected file in its own line order. Opens it when first filled; skips what is not a record. */

import type { LineSource } from '../bytes/line-source.ts';
import { decodedChunks } from '../bytes/packing.ts';
import { problemOf, type ReceiveTime, type RecordingProblem } from '../facts.ts';
import { accessProblem } from '../find-files.ts';
import type { LineFormat } from '../format/detect.ts';
import { SourceLine } from '../format/source-line.ts';
import type { InspectedFile } from '../inspect/conclude.ts';
import { openLines } from '../inspect/inspect.ts';
import type { Cursor, Step } from './cursor.ts';

/** What reading needs besides the file. */
export interface ReadContext {
  readonly signal: AbortSignal | undefined;
  /** Told how many more bytes were read from disk. */
  readonly onRead: (bytes: number) => void;
  /** Told what goes wrong only now. */
  readonly onProblem: (problem: RecordingProblem) => void;
  /** For files whose frames hold no time at all. */
  readonly fallbackTime: ReceiveTime;
  /** Where temporary folders are made. */
  readonly tempDir: string;
}

export class FileLines implements Cursor<SourceLine> {
  readonly #file: InspectedFile;
  readonly #context: ReadContext;
  readonly #unopened = new SourceLine();
  #source: LineSource | null = null;
  /** Bytes of the file that the progress figure holds already. */
  #told = 0;
  /** The file system took it away; said already. */
  #hasFailed = false;

  constructor(file: InspectedFile, context: ReadContext) {
    this.#file = file;
    this.#context = context;
  }

  get current(): SourceLine {
    return this.#source?.current ?? this.#unopened;
  }

  step(): Step {
    const source = this.#source;
    if (source === null) return 'starved';
    for (;;) {
      const step = source.step();
      if (step === 'ended') this.#conclude(source);
      if (step !== 'record' || this.#isRecord(source.current)) return step;
    }
  }

  async fill(): Promise<void> {
    this.#source ??= this.#open();
    try {
      await this.#source.fill();
    } catch (error) {
      this.#context.signal?.throwIfAborted();
      this.#hasFailed = true;
      this.#context.onProblem(accessProblem(this.#file.facts.path, error));
      await this.#source.close();
    }
  }

  async close(): Promise<void> {
    await this.#source?.close();
  }

  #open(): LineSource {
    const { facts } = this.#file;
    const { signal, fallbackTime } = this.#context;
    const onRead = (bytes: number): void => this.#tell(bytes);
    const chunks = decodedChunks(facts.path, facts.packing, { isCutShort: facts.damaged, signal, onRead });
    return openLines(chunks, facts.format as LineFormat, facts.first ?? fallbackTime, facts.damaged).lines;
  }

  #isRecord(line: SourceLine): boolean {
    const isRecord = line.kind === 'frame' || line.kind === 'connect' || line.kind === 'disconnect';
    return isRecord && (this.#file.bySource[line.connection] ?? null) !== null;
  }

  #tell(bytes: number): void {
    this.#told += bytes;
    this.#context.onRead(bytes);
  }

  /** A recording that still grows, or was replaced, gives other lines than those that its facts were told of. */
  #conclude(source: LineSource): void {
    const { facts } = this.#file;
    this.#tell(facts.bytes - this.#told); // what lies behind the data, such as a zip's directory
    if (this.#hasFailed || facts.damaged || (source.lines === facts.lines && source.damage === null)) return;
    const what = `it changed while it was read (${facts.lines} lines before, ${source.lines} now)`;
    this.#context.onProblem(problemOf('changed', facts.path, 'part', what, 'read it again when it is complete'));
  }
}
