/** Merges cursors by time as a stream: a binary heap of their next records. Knows neither files nor venues. */

import type { Cursor, TimedRecord } from './cursor.ts';

/** Negative when `a` comes first. A total order: two records of different cursors are never equal. */
export type Compare<R> = (a: R, b: R) => number;

interface Entry<R extends TimedRecord> {
  readonly cursor: Cursor<R>;
  /** Its current record stands ready and has not been handed out. */
  isReady: boolean;
}

/**
 * Gives the records of all cursors, smallest first.
 *
 * A cursor is not filled before its turn comes: until its first step it waits in the heap under the time that its `current`
 * holds, which must not be after its first record. So a folder of hourly files is open one or two files at a time.
 */
export class Merge<R extends TimedRecord> {
  readonly #heap: Entry<R>[];
  readonly #compare: Compare<R>;

  constructor(cursors: readonly Cursor<R>[], compare: Compare<R>) {
    this.#compare = compare;
    this.#heap = cursors.map((cursor) => ({ cursor, isReady: false }));
    for (let i = this.#heap.length >> 1; i >= 0; i--) this.#sink(i);
  }

  /** The next record, valid until the next call; null when `ready` must be awaited first. */
  next(): R | null {
    const heap = this.#heap;
    while (heap.length > 0) {
      const top = heap[0]!;
      if (top.isReady) {
        top.isReady = false;
        return top.cursor.current;
      }
      const step = top.cursor.step();
      if (step === 'starved') return null;
      if (step === 'record') top.isReady = true;
      else this.#dropTop();
      this.#sink(0);
    }
    return null;
  }

  /** Waits until `next` can go on; false when there is nothing left. Ended cursors are closed by then. */
  async ready(): Promise<boolean> {
    await this.#closing;
    const top = this.#heap[0];
    if (top === undefined) return false;
    if (!top.isReady) await top.cursor.fill();
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([this.#closing, ...this.#heap.splice(0).map(({ cursor }) => cursor.close())]);
  }

  #closing: Promise<void> = Promise.resolve();

  #dropTop(): void {
    const heap = this.#heap;
    const { cursor } = heap[0]!;
    this.#closing = Promise.all([this.#closing, cursor.close()]).then(() => {});
    const last = heap.pop()!;
    if (heap.length > 0) heap[0] = last;
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const entry = heap[start];
    if (entry === undefined) return;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!this.#isBefore(heap[child]!, entry)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = entry;
  }

  #isBefore(a: Entry<R>, b: Entry<R>): boolean {
    const left = a.cursor.current;
    const right = b.cursor.current;
    if (left.seconds !== right.seconds) return left.seconds < right.seconds;
    if (left.nanoseconds !== right.nanoseconds) return left.nanoseconds < right.nanoseconds;
    return this.#compare(left, right) < 0;
  }
}
