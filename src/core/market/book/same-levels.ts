/** Compares two books of the same instrument at the same update, as far as both are known. Changes neither. */

import type { Book } from './book.ts';

/** Both in the same decimals. @returns true: every level that both must know is the same, to the last lot */
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
  const prices = new Float64Array(book[side].count);
  const sizes = new Float64Array(book[side].count);
  const found = book[side].top(book[side].count, prices, sizes);
  let count = 0;
  while (count < found && (side === 'bids' ? prices[count]! >= reach : prices[count]! <= reach)) count += 1;
  return { count, prices, sizes };
}
