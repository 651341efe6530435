/**
 * The books of connections that are about to take over: each grows beside the live one, from its own socket's messages alone,
 * until the connection does. On USD-M two sockets number the same book differently, so nothing is ever mixed.
 */

import type { Json, JsonObject } from '../base/json.ts';
import { Book } from '../market/book/book.ts';
import type { SequenceRule } from '../market/book/sequence.ts';
import { type Tick, type TickBatch, TickKind } from '../market/tick.ts';
import type { InstrumentRun } from './instrument-run.ts';

interface Successor {
  readonly book: Book;
  /** That its messages come over. */
  readonly connection: number;
}

export class SuccessorBooks {
  /** By the instrument's index. */
  readonly #successors = new Map<number, Successor>();

  /** Is one in the making that is not in sync yet? */
  isGrowing(index: number): boolean {
    const successor = this.#successors.get(index);
    return successor !== undefined && successor.book.state !== 'live';
  }

  isReady(index: number, connection: number): boolean {
    const successor = this.#successors.get(index);
    return successor?.connection === connection && successor.book.state === 'live';
  }

  /** Depth of its own connection. @returns true: its snapshot must be asked for */
  onDepth(
    run: InstrumentRun,
    rule: SequenceRule,
    connection: number,
    tick: Tick,
    batch: TickBatch,
    nowMs: number,
  ): boolean {
    const book = this.#bookOf(run, rule, connection);
    return step(book, rule, tick, batch, nowMs);
  }

  /** Depth that was asked for. @returns true: it must be asked for again */
  onRequestedDepth(
    { instrument }: InstrumentRun,
    rule: SequenceRule,
    tick: Tick,
    batch: TickBatch,
    nowMs: number,
  ): boolean {
    const successor = this.#successors.get(instrument.index);
    return successor !== undefined && step(successor.book, rule, tick, batch, nowMs);
  }

  /** Its connection has taken over. @returns false: there is none of that connection, or it is not in sync */
  takeOver(run: InstrumentRun, connection: number): boolean {
    const { index } = run.instrument;
    if (!this.isReady(index, connection)) return false;
    run.takeOver(this.#successors.get(index)!.book);
    this.#successors.delete(index);
    return true;
  }

  /** Its connection is gone, or the instrument is not followed any more. @param connection - null: whichever it is */
  drop(index: number, connection: number | null): void {
    if (connection === null || this.#successors.get(index)?.connection === connection) this.#successors.delete(index);
  }

  save(): Json {
    return Array.from(this.#successors, ([index, { book, connection }]) => [index, connection, book.save()]);
  }

  restore(saved: Json, runOf: (index: number) => { run: InstrumentRun; rule: SequenceRule }): void {
    for (const [index, connection, book] of saved as [number, number, JsonObject][]) {
      const { run, rule } = runOf(index);
      this.#bookOf(run, rule, connection).restore(book);
    }
  }

  #bookOf({ instrument }: InstrumentRun, rule: SequenceRule, connection: number): Book {
    const known = this.#successors.get(instrument.index);
    if (known?.connection === connection) return known.book;
    const book = new Book(instrument, rule);
    this.#successors.set(instrument.index, { book, connection });
    return book;
  }
}

/** @returns true: a snapshot must be asked for, as the venue has it */
function step(book: Book, rule: SequenceRule, tick: Tick, batch: TickBatch, nowMs: number): boolean {
  const isSnapshot = tick.kind === TickKind.depthSnapshot;
  const outcome = isSnapshot ? book.applySnapshot(tick, batch, nowMs) : book.applyDelta(tick, batch);
  if (rule.snapshotFrom === 'stream') return false;
  return outcome === 'snapshot_wanted' || outcome === 'snapshot_too_old' || outcome === 'gap';
}
