/** One pass over a file's decoded chunks: every line parsed in place, one at a time. Decides nothing about format or venue. */

import { type LineParser, SourceLine } from '../format/source-line.ts';
import type { Step } from '../merge/cursor.ts';
import type { Cutter } from './line-cutter.ts';
import { DecodeError } from './packing.ts';

/** Gives all lines, also those without a record. The next chunk is decoded while the lines of this one are read. */
export class LineSource {
  readonly current = new SourceLine();
  /** What ended the stream early; null while nothing did. */
  damage: DecodeError | null = null;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #cutter: Cutter;
  readonly #parser: LineParser;
  readonly #isCutShort: boolean;
  #coming: Promise<IteratorResult<Buffer>> | null = null;
  #isEnded = false;

  /** @param isCutShort - the stream is known to end early, without saying so: its last line is then a piece of one */
  constructor(chunks: AsyncIterator<Buffer>, cutter: Cutter, parser: LineParser, isCutShort: boolean) {
    this.#isCutShort = isCutShort;
    this.#chunks = chunks;
    this.#cutter = cutter;
    this.#parser = parser;
  }

  /** Lines taken so far. */
  get lines(): number {
    return this.#cutter.line;
  }

  step(): Step {
    const cutter = this.#cutter;
    if (!cutter.next()) return this.#isEnded ? 'ended' : 'starved';
    const line = this.current;
    line.line = cutter.line;
    if (cutter.isTooLong) line.kind = 'misfit';
    else if (cutter.from === cutter.to) line.kind = 'ignored';
    else line.kind = this.#parser.parse(cutter.bytes, cutter.from, cutter.to, line);
    if (line.kind === 'misfit') showWhole(line, cutter);
    return 'record';
  }

  /** Waits for the next chunk. Damage ends the stream; other errors (the file system's, an abort) are thrown. */
  async fill(): Promise<void> {
    if (this.#isEnded) return;
    try {
      const next = await (this.#coming ?? this.#chunks.next());
      if (next.done === true) return this.#finish(!this.#isCutShort);
      this.#cutter.push(next.value);
      this.#coming = this.#chunks.next();
      this.#coming.catch(() => {}); // seen at the next fill
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.damage = error;
      this.#finish(false);
    }
  }

  async close(): Promise<void> {
    this.#isEnded = true;
    await this.#chunks.return?.().catch(() => {});
  }

  /** A last line without its end counts, unless the stream was cut short: then it is a piece of one. */
  #finish(isWhole: boolean): void {
    this.#isEnded = true;
    this.#cutter.finish(isWhole);
  }
}

/** A misfit has no payload: the whole line is shown instead. */
function showWhole(line: SourceLine, cutter: Cutter): void {
  line.bytes = cutter.bytes;
  line.from = cutter.from;
  line.to = cutter.to;
}
