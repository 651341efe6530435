/**
 * The books that grow beside live ones from a newer snapshot, of the same messages and by the same rules, to take their place at
 * the same update. One that misses anything is thrown away; the live one never learns of it. Asks for nothing.
 */

import type { Json, JsonObject } from '../base/json.ts';
import { Book, type BookOutcome } from '../market/book/book.ts';
import type { SequenceRule } from '../market/book/sequence.ts';
import type { Tick, TickBatch } from '../market/tick.ts';
import type { InstrumentRun } from './instrument-run.ts';

interface Refresh {
  readonly book: Book;
  /** That it is to replace; of no use when that is another one by now. */
  readonly replaced: Book;
  /** That brings its snapshot. */
  readonly request: number;
}

const FAILURES: ReadonlySet<BookOutcome> = new Set(['gap', 'snapshot_too_old']);

export class RefreshBooks {
  /** By the instrument's index. */
  readonly #refreshes = new Map<number, Refresh>();

  has(index: number): boolean {
    return this.#refreshes.has(index);
  }

  /** The next messages are kept for the snapshot that this request brings. */
  begin(run: InstrumentRun, rule: SequenceRule, request: number): void {
    const { instrument, book: replaced } = run;
    this.#refreshes.set(instrument.index, { book: new Book(instrument, rule), replaced, request });
    run.isRefreshing = true;
  }

  drop(run: InstrumentRun): void {
    this.#refreshes.delete(run.instrument.index);
    run.isRefreshing = false;
  }

  /** A message that the live book has taken. */
  onDelta(run: InstrumentRun, tick: Tick, batch: TickBatch): void {
    const refresh = this.#refreshes.get(run.instrument.index)!;
    this.#follow(run, refresh, refresh.book.applyDelta(tick, batch));
  }

  /** Depth that was asked for while the book was live: of another request it is somebody else's, or too late. */
  onSnapshot(run: InstrumentRun, tick: Tick, batch: TickBatch, request: number, nowMs: number): void {
    const refresh = this.#refreshes.get(run.instrument.index);
    if (refresh?.request !== request) return;
    run.counters.depthSnapshots += 1;
    this.#follow(run, refresh, refresh.book.applySnapshot(tick, batch, nowMs));
  }

  save(): Json {
    return Array.from(this.#refreshes, ([index, { book, request }]) => [index, request, book.save()]);
  }

  /** @param saved - undefined: of a version that had none */
  restore(saved: Json | undefined, runOf: (index: number) => { run: InstrumentRun; rule: SequenceRule }): void {
    for (const [index, request, book] of (saved ?? []) as [number, number, JsonObject][]) {
      const { run, rule } = runOf(index);
      this.begin(run, rule, request);
      this.#refreshes.get(index)!.book.restore(book);
    }
  }

  #follow(run: InstrumentRun, { book, replaced }: Refresh, outcome: BookOutcome): void {
    const live = run.book;
    if (live !== replaced || live.state !== 'live' || FAILURES.has(outcome)) {
      this.drop(run);
      return;
    }
    if (!book.joins(live) && (book.state !== 'live' || book.lastId !== live.lastId)) return;
    this.drop(run);
    run.refresh(book);
  }
}
