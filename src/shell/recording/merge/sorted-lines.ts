/** Puts a file's records in order of time and line with bounded memory: sorted runs in a temporary folder, merged. Its folder never outlives it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { problemOf } from '../facts.ts';
import { SourceLine } from '../format/source-line.ts';
import type { Cursor, Step } from './cursor.ts';
import type { ReadContext } from './file-lines.ts';
import { Merge } from './merge.ts';
import { RUN_BYTES, RunCursor, SortRun } from './sort-run.ts';

const byLine = (a: SourceLine, b: SourceLine): number => a.line - b.line;

/**
 * Sorts when it is first filled. A file that fits into one run never touches the disk; runs of a larger one are read 64 KiB
 * at a time, so that a 32 GB file takes about 1000 runs and 64 MiB.
 */
export class SortedLines implements Cursor<SourceLine> {
  #current = new SourceLine();
  readonly #path: string;
  readonly #inner: Cursor<SourceLine>;
  readonly #context: ReadContext;
  readonly #runBytes: number;
  #runs: Merge<SourceLine> | null = null;
  #folder: string | null = null;
  #isEnded = false;

  /**
   * @param path - for messages
   * @param inner - the records as the file has them
   */
  constructor(path: string, inner: Cursor<SourceLine>, context: ReadContext, runBytes = RUN_BYTES) {
    this.#path = path;
    this.#inner = inner;
    this.#context = context;
    this.#runBytes = runBytes;
  }

  get current(): SourceLine {
    return this.#current;
  }

  step(): Step {
    const record = this.#runs?.next() ?? null;
    if (record === null) return this.#isEnded ? 'ended' : 'starved';
    this.#current = record;
    return 'record';
  }

  async fill(): Promise<void> {
    try {
      this.#runs ??= new Merge(await this.#sort(), byLine);
      this.#isEnded = !(await this.#runs.ready());
    } catch (error) {
      await this.close();
      this.#context.signal?.throwIfAborted();
      this.#isEnded = true;
      const what = `its times run backwards, and putting it in order failed (${(error as Error).message})`;
      const advice = `make room in ${this.#context.tempDir}, or set TMPDIR to a folder that has some`;
      this.#context.onProblem(problemOf('sort_failed', this.#path, 'part', what, advice));
    }
  }

  async close(): Promise<void> {
    await this.#inner.close();
    await this.#runs?.close();
    const folder = this.#folder;
    this.#folder = null;
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }

  async #sort(): Promise<Cursor<SourceLine>[]> {
    const run = new SortRun(this.#runBytes);
    const written: string[] = [];
    for (;;) {
      const step = this.#inner.step();
      if (step === 'ended') break;
      if (step === 'starved') {
        this.#context.signal?.throwIfAborted();
        await this.#inner.fill();
      } else if (!run.add(this.#inner.current)) {
        written.push(await this.#write(run, written.length));
        run.add(this.#inner.current);
      }
    }
    if (written.length === 0) return [run.cursor()];
    written.push(await this.#write(run, written.length));
    return written.map((path) => new RunCursor(path));
  }

  async #write(run: SortRun, index: number): Promise<string> {
    this.#folder ??= await mkdtemp(join(this.#context.tempDir, 'cryptorun-sort-'));
    const path = join(this.#folder, `${index}.run`);
    await run.writeTo(path);
    run.clear();
    return path;
  }
}
