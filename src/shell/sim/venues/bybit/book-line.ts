/** One depth of one instrument's book as Bybit streams it: what its listeners hold, and the id that counts its messages. Sends nothing. */

import type { BookTruth, Level, Side } from '../../book-truth.ts';
import type { Sides } from './bybit-encoder.ts';

/** What is to be sent. */
export interface BookMessage {
  readonly type: 'snapshot' | 'delta';
  readonly update: number;
  readonly sides: Sides;
}

/** [docs] level 1 repeats itself when nothing has changed for so long. */
const REPEAT_US = 3_000_000;

export class BookLine {
  readonly depth: number;
  readonly intervalUs: number;
  readonly #book: BookTruth;
  #id: number;
  /** What the listeners hold; null: there are none. */
  #held: Sides | null = null;
  #isTouched = false;
  #sentUs = 0;

  constructor(depth: number, intervalUs: number, book: BookTruth, firstId: number) {
    this.depth = depth;
    this.intervalUs = intervalUs;
    this.#book = book;
    this.#id = firstId;
  }

  /** `u` of the last message. */
  get id(): number {
    return this.#id;
  }

  touch(): void {
    this.#isTouched = true;
  }

  /** For one more listener: what the others hold already, or the book as it is. */
  join(nowUs: number): BookMessage {
    if (this.#held === null) {
      this.#count();
      this.#sentUs = nowUs;
      this.#held = this.#view();
    }
    return { type: 'snapshot', update: this.#id, sides: this.#held };
  }

  /** The last listener is gone. */
  rest(): void {
    this.#held = null;
  }

  /** The service begins anew: the next message is a snapshot whose id is 1. */
  restart(): void {
    this.#id = 0;
  }

  /** What happened since the last message; null: nothing that anybody holds. */
  next(nowUs: number): BookMessage | null {
    if (this.#held === null) {
      this.#count();
      return null;
    }
    if (this.#id === 0) return this.#snapshot(nowUs);
    if (this.depth === 1) return this.#nextBest(nowUs);
    if (!this.#isTouched) return null;
    this.#isTouched = false;
    const before = this.#held;
    this.#held = this.#view();
    const sides = {
      bid: changesBetween(before.bid, this.#held.bid, 'bid'),
      ask: changesBetween(before.ask, this.#held.ask, 'ask'),
    };
    if (sides.bid.length === 0 && sides.ask.length === 0) return null;
    this.#id += 1;
    return { type: 'delta', update: this.#id, sides };
  }

  /** [docs] level 1 comes as snapshots only; a repetition has the id of the one before. */
  #nextBest(nowUs: number): BookMessage | null {
    const isSame = !this.#isTouched || isSameTop(this.#held!, this.#view());
    this.#isTouched = false;
    if (!isSame) return this.#snapshot(nowUs);
    if (nowUs - this.#sentUs < REPEAT_US) return null;
    this.#sentUs = nowUs;
    return { type: 'snapshot', update: this.#id, sides: this.#held! };
  }

  #snapshot(nowUs: number): BookMessage {
    this.#id += 1;
    this.#isTouched = false;
    this.#sentUs = nowUs;
    this.#held = this.#view();
    return { type: 'snapshot', update: this.#id, sides: this.#held };
  }

  /** Ids go on while nobody listens: each is of one state of the book. */
  #count(): void {
    if (this.#isTouched || this.#id === 0) this.#id += 1;
    this.#isTouched = false;
  }

  #view(): Sides {
    return { bid: this.#book.bid.top(this.depth), ask: this.#book.ask.top(this.depth) };
  }
}

/** The venue itself removes what leaves the depth, and tells of what comes into it. Best first. */
function changesBetween(before: readonly Level[], after: readonly Level[], side: Side): Level[] {
  const changes: Level[] = [];
  const sign = side === 'ask' ? 1 : -1;
  let i = 0;
  for (const level of after) {
    for (; i < before.length && sign * (before[i]!.price - level.price) < 0; i++)
      changes.push({ price: before[i]!.price, size: 0 });
    const isHeld = i < before.length && before[i]!.price === level.price;
    if (!isHeld || before[i]!.size !== level.size) changes.push(level);
    if (isHeld) i += 1;
  }
  for (; i < before.length; i++) changes.push({ price: before[i]!.price, size: 0 });
  return changes;
}

function isSameTop(one: Sides, other: Sides): boolean {
  return (['bid', 'ask'] as const).every(
    (side) => one[side][0]?.price === other[side][0]?.price && one[side][0]?.size === other[side][0]?.size,
  );
}
