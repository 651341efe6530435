/** A book that no id and no checksum covers: what an update has crossed and leaves so lacks a message, what is older than the one before it was overtaken, and neither is a book any more. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Book } from '../../../src/core/market/book/book.ts';
import { SEQUENCE_RULES } from '../../../src/core/market/book/sequence.ts';
import { depthTick, instrumentOf, type Level } from '../../support/book-reference.ts';

type Row = readonly [atMs: number, bids: readonly Level[], asks: readonly Level[], state: string];

/** The states of a book after each update, saved and restored between them. */
function statesOf(venue: string, start: { readonly bids: Level[]; readonly asks: Level[] }, rows: readonly Row[]) {
  const instrument = instrumentOf(venue, { priceDecimals: 0, sizeDecimals: 0 });
  const make = () => new Book(instrument, SEQUENCE_RULES[venue]!);
  let book = make();
  const first = depthTick('snapshot', instrument, { ...start, eventTimeMs: 1_000 });
  book.applySnapshot(first.tick, first.batch, 1_000);
  return rows.map(([eventTimeMs, bids, asks]) => {
    const saved = JSON.parse(JSON.stringify(book.save()));
    book = make();
    book.restore(saved);
    const { tick, batch } = depthTick('delta', instrument, { bids: [...bids], asks: [...asks], eventTimeMs });
    book.applyDelta(tick, batch);
    return `${book.state}${book.staleReason === '' ? '' : ` ${book.staleReason}`}`;
  });
}

const START: { readonly bids: Level[]; readonly asks: Level[] } = { bids: [[99, 5]], asks: [[101, 5]] };

for (const [what, venue, start, rows] of [
  [
    'crossed by an update for 5 s of exchange time',
    'coinbase',
    START,
    [
      [2_000, [[102, 1]], [], 'live'],
      [6_999, [[98, 1]], [], 'live'],
      [7_000, [[98, 2]], [], 'stale crossed_for_long'],
    ],
  ],
  [
    'crossed again and again, but never for long',
    'coinbase',
    START,
    [
      [2_000, [[102, 1]], [], 'live'],
      [6_000, [[102, 0]], [], 'live'],
      [6_500, [[102, 1]], [], 'live'],
      [11_000, [[98, 1]], [], 'live'],
      [11_500, [[98, 2]], [], 'stale crossed_for_long'],
    ],
  ],
  [
    'crossed as it came, as in an auction',
    'coinbase',
    { bids: [[103, 5]] as Level[], asks: START.asks },
    [
      [2_000, [[98, 1]], [], 'live'],
      [60_000, [[98, 2]], [], 'live'],
    ],
  ],
  [
    'told what is older than the snapshot, whose clock may be another, and then by an older one than the last',
    'coinbase',
    START,
    [
      [900, [[98, 1]], [], 'live'],
      [950, [[98, 2]], [], 'live'],
      [950, [[98, 2]], [], 'live'],
      [940, [[98, 3]], [], 'stale time_went_back'],
    ],
  ],
  [
    'crossed where ids show what is lost',
    'okx',
    START,
    [
      [2_000, [[102, 1]], [], 'live'],
      [60_000, [[98, 1]], [], 'live'],
    ],
  ],
] as readonly (readonly [string, string, typeof START, readonly Row[]])[]) {
  test(`${venue}: ${what}`, () => {
    assert.deepEqual(
      statesOf(venue, start, rows),
      rows.map(([, , , state]) => state),
    );
  });
}
