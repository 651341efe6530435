/** One book of a running scan as it stands now, as text. Shows levels of a book that is not live, and says that it is not. */

import { mantissaText, numberText } from '../../../core/base/decimal.ts';
import type { Book } from '../../../core/market/book/book.ts';
import type { InstrumentRun } from '../../../core/scan/instrument-run.ts';
import type { Scanner } from '../../../core/scan/scanner.ts';
import { namedRun } from './desk-names.ts';
import type { BookAnswer, BookQuestion, DeskLevel, Refusal } from './desk-protocol.ts';

export function bookAnswer(scanner: Scanner, { venue, symbol, depth }: BookQuestion): BookAnswer | Refusal {
  const run = namedRun(scanner, venue, symbol);
  if ('kind' in run) return run;
  const { book, instrument } = run;
  return {
    kind: 'book',
    venue,
    symbol: instrument.symbol,
    state: book.state,
    reason: book.state === 'live' ? '' : book.staleReason,
    atMs: scanner.receiveTimeMs,
    lastId: Number.isFinite(book.lastId) ? book.lastId : null,
    mid: numberText(book.mid),
    spreadBps: book.spreadBps,
    bidsKnownTo: knownTo(book, book.reach.bid),
    asksKnownTo: knownTo(book, book.reach.ask),
    refreshes: book.refreshes,
    refreshMismatches: book.refreshMismatches,
    bids: levels(run, 'bids', depth),
    asks: levels(run, 'asks', depth),
  };
}

function knownTo({ priceDecimals }: Book, reach: number): string | null {
  return Number.isFinite(reach) ? mantissaText(reach, priceDecimals) : null;
}

function levels({ book }: InstrumentRun, side: 'bids' | 'asks', depth: number): DeskLevel[] {
  const prices = new Float64Array(depth);
  const sizes = new Float64Array(depth);
  const count = book[side].top(depth, prices, sizes);
  return Array.from({ length: count }, (_, i) => [
    mantissaText(prices[i]!, book.priceDecimals),
    mantissaText(sizes[i]!, book.sizeDecimals),
  ]);
}
