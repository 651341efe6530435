/** How far the book that we received goes, and so which depth of it may be believed. Reads no level but the last. */

import type { Book } from '../../market/book/book.ts';
import { SEQUENCE_RULES } from '../../market/book/sequence.ts';
import type { Instrument } from '../../market/instrument.ts';

/** Venues that send every level there is (`level2`); all others end somewhere, by their choice or ours. See docs/venues.md. */
const WHOLE_BOOKS: ReadonlySet<string> = new Set(['coinbase', 'coinbase_advanced']);

/**
 * The price as far as which a side is known, negated for asks, so that the best price has the largest key on either side.
 *
 * - a book that is kept at so many levels (Kraken, OKX, Bybit) ends at the last one received, unless it has fewer than were
 *   asked for: then that is all there is
 * - a book of a snapshot and every change since (Binance) ends where the snapshot did: levels beyond that have not changed since
 *   nobody has told us of, however far out others were seen
 *
 * @param sign - 1 bids, -1 asks
 * @param lastKey - of the last level that was read; when all were read, of the worst one there is
 * @returns -Infinity: known to its end
 */
export function reachKey(book: Book, { venue, spec }: Instrument, sign: 1 | -1, lastKey: number): number {
  if (WHOLE_BOOKS.has(venue)) return Number.NEGATIVE_INFINITY;
  if (SEQUENCE_RULES[venue]?.snapshotFrom === 'request') return sign > 0 ? book.reach.bid : -book.reach.ask;
  const { count } = sign > 0 ? book.bids : book.asks;
  return spec.depth !== null && count < spec.depth ? Number.NEGATIVE_INFINITY : lastKey;
}
