/** The order book as the simulated exchange knows it: sorted levels in integer units. It sends nothing and checks nothing. */

export type Side = 'bid' | 'ask';

/** One level: price in ticks of the listing's price decimals, size in lots of its size decimals; both integers. */
export interface Level {
  readonly price: number;
  readonly size: number;
}

/** One side, best first. Bids are kept under the negated price, so both sides sort the same way. */
export class BookSideTruth {
  readonly #sign: 1 | -1;
  readonly #keys: number[] = [];
  readonly #sizes: number[] = [];

  constructor(side: Side) {
    this.#sign = side === 'ask' ? 1 : -1;
  }

  get count(): number {
    return this.#keys.length;
  }

  /** The level at `index`, 0 being the best. The caller stays below `count`. */
  at(index: number): Level {
    return { price: this.#keys[index]! * this.#sign, size: this.#sizes[index]! };
  }

  /** Sets the absolute size at a price; 0 removes the level. */
  set(price: number, size: number): void {
    const key = price * this.#sign;
    const index = this.#find(key);
    const isHeld = this.#keys[index] === key;
    if (size === 0) {
      if (!isHeld) return;
      this.#keys.splice(index, 1);
      this.#sizes.splice(index, 1);
    } else if (isHeld) {
      this.#sizes[index] = size;
    } else {
      this.#keys.splice(index, 0, key);
      this.#sizes.splice(index, 0, size);
    }
  }

  /** The best `depth` levels, best first; fewer when there are not so many. A copy. */
  top(depth: number): Level[] {
    const levels: Level[] = [];
    for (let i = 0; i < depth && i < this.#keys.length; i++) levels.push(this.at(i));
    return levels;
  }

  /** Index of the first key that is not below `key`. */
  #find(key: number): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Best bid and best ask of a moment. */
export interface Touch {
  readonly bid: Level;
  readonly ask: Level;
}

/** Both sides. Whoever changes it keeps it uncrossed and never empties a side. */
export class BookTruth {
  readonly bid = new BookSideTruth('bid');
  readonly ask = new BookSideTruth('ask');

  touch(): Touch {
    return { bid: this.bid.at(0), ask: this.ask.at(0) };
  }

  /** Ask minus bid, in ticks. */
  spread(): number {
    return this.ask.at(0).price - this.bid.at(0).price;
  }
}

/** True when both moments show the same prices and sizes at the top. */
export function isSameTouch(one: Touch, other: Touch): boolean {
  return (
    one.bid.price === other.bid.price &&
    one.bid.size === other.bid.size &&
    one.ask.price === other.ask.price &&
    one.ask.size === other.ask.size
  );
}
