/** Collects the levels that changed since the last depth message: one entry a price, the last size wins. */

import type { Level, Side } from './book-truth.ts';

export class ChangedLevelSet {
  readonly #sides: Readonly<Record<Side, Map<number, number>>> = { bid: new Map(), ask: new Map() };

  get isEmpty(): boolean {
    return this.#sides.bid.size === 0 && this.#sides.ask.size === 0;
  }

  set(side: Side, price: number, size: number): void {
    this.#sides[side].set(price, size);
  }

  /** Both sides best first, size 0 for a removed level; the set is empty afterwards. */
  drain(): Record<Side, Level[]> {
    const levels = { bid: sorted(this.#sides.bid, -1), ask: sorted(this.#sides.ask, 1) };
    this.#sides.bid.clear();
    this.#sides.ask.clear();
    return levels;
  }
}

function sorted(sizes: ReadonlyMap<number, number>, sign: 1 | -1): Level[] {
  const levels = Array.from(sizes, ([price, size]) => ({ price, size }));
  return levels.sort((a, b) => (a.price - b.price) * sign);
}
