/** The levels of a book that are known, and whether two books of the same instrument agree on them. Changes no book. */

import type { Book } from './book.ts';

/**
 * As the side's `top`, but for levels of which nobody knows what lies between: beyond the reach of the book's snapshot.
 *
 * @param reach - the worst price that counts, a mantissa; left out: as far as the book is known
 */
export function knownTop(
  book: Book,
  side: 'bids' | 'asks',
  limit: number,
  prices: Float64Array,
  sizes: Float64Array,
  reach = side === 'bids' ? book.reach.bid : book.reach.ask,
): number {
  let count = book[side].top(limit, prices, sizes);
  while (count > 0 && (side === 'bids' ? prices[count - 1]! < reach : prices[count - 1]! > reach)) count -= 1;
  return count;
}

/** Both in the same decimals, at the same update. @returns true: every level that both must know is the same, to the last lot */
export function haveSameLevels(one: Book, other: Book): boolean {
  const bidReach = Math.max(one.reach.bid, other.reach.bid);
  const askReach = Math.min(one.reach.ask, other.reach.ask);
  return isSameSide(one, other, 'bids', bidReach) && isSameSide(one, other, 'asks', askReach);
}

function isSameSide(one: Book, other: Book, side: 'bids' | 'asks', reach: number): boolean {
  const mine = levelsUpTo(one, side, reach);
  const its = levelsUpTo(other, side, reach);
  if (mine.count !== its.count) return false;
  for (let i = 0; i < mine.count; i++) {
    const price = mine.prices[i]!;
    if (price !== its.prices[i] || mine.sizes[i] !== its.sizes[i]) return false;
    if (one.oddSizes.get(price) !== other.oddSizes.get(price)) return false;
  }
  return true;
}

function levelsUpTo(book: Book, side: 'bids' | 'asks', reach: number) {
  const limit = book[side].count;
  const prices = new Float64Array(limit);
  const sizes = new Float64Array(limit);
  return { count: knownTop(book, side, limit, prices, sizes, reach), prices, sizes };
}
