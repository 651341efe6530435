/** As far as a requested snapshot told a book, what a walk leaves of that, and two books of one market held against each other. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Book } from '../../../src/core/market/book/book.ts';
import { SEQUENCE_RULES } from '../../../src/core/market/book/sequence.ts';
import type { Instrument } from '../../../src/core/market/instrument.ts';
import { depthTick, instrumentOf, type Level } from '../../support/book-reference.ts';

const NOW_MS = 9_000;

/** A live book of the instrument: the levels of a snapshot, of which so many were asked for. */
function bookOf(instrument: Instrument, bids: readonly Level[], asks: readonly Level[], levelsAsked: number): Book {
  const book = new Book(instrument, SEQUENCE_RULES[instrument.venue]!);
  const { tick, batch } = depthTick('snapshot', instrument, { lastId: 10, isRequested: true, bids, asks });
  tick.levelsAsked = levelsAsked;
  book.applySnapshot(tick, batch, NOW_MS);
  change(instrument, book, 11, [], []);
  assert.equal(book.state, 'live');
  return book;
}

function change(instrument: Instrument, book: Book, id: number, bids: readonly Level[], asks: readonly Level[]): void {
  const fields = { firstId: id, lastId: id, bids, asks, eventTimeMs: id };
  const { tick, batch } = depthTick('delta', instrument, fields);
  book.applyDelta(tick, batch);
}

const spot = (): Instrument => instrumentOf('binance', { priceDecimals: 0, sizeDecimals: 0 });
const BIDS: readonly Level[] = [
  [99, 1],
  [95, 1],
  [90, 1],
];
const ASKS: readonly Level[] = [
  [101, 1],
  [121, 1],
];

test('a side ends where its snapshot did, unless it had fewer levels than were asked for', () => {
  for (const [levelsAsked, bid, ask] of [
    // Not known how many were asked for: then nothing is known beyond.
    [0, 90, 121],
    [2, 90, 121],
    [3, 90, Infinity],
    [4, -Infinity, Infinity],
  ] as const) {
    const { reach } = bookOf(spot(), BIDS, ASKS, levelsAsked);
    assert.deepEqual([reach.bid, reach.ask], [bid, ask], `${levelsAsked} asked for`);
  }
  const { reach } = bookOf(spot(), BIDS, [], 0);
  assert.deepEqual([reach.bid, reach.ask], [90, Infinity], 'a side of none is a side of fewer');
});

test('a walk takes from the nearer end and gives to the other', () => {
  const instrument = spot();
  const book = bookOf(instrument, BIDS, ASKS, 2);
  assert.equal(book.reachLeftRatio, 1);
  change(instrument, book, 12, [[99, 0]], [[97, 1]]);
  // Middle 96, of which bids are known for 6; it was 100, and they were for 10.
  assert.equal(book.reachLeftRatio, 0.6);
  change(
    instrument,
    book,
    13,
    [],
    [
      [97, 0],
      [96, 1],
      [101, 0],
    ],
  );
  assert.ok(book.reachLeftRatio < 0.6);
  change(
    instrument,
    book,
    14,
    [
      [95, 0],
      [90, 0],
      [80, 1],
    ],
    [
      [96, 0],
      [82, 1],
    ],
  );
  assert.equal(book.reachLeftRatio, 0, 'walked out');
});

test('what is known to its end, or has no middle, is never used up', () => {
  assert.equal(bookOf(spot(), BIDS, ASKS, 10).reachLeftRatio, Number.NaN);
  const instrument = spot();
  const book = bookOf(instrument, BIDS, ASKS, 2);
  change(instrument, book, 12, [[130, 1]], []);
  assert.equal(book.reachLeftRatio, Number.NaN, 'crossed');
});

test('a checkpoint keeps it; one of an older version knows nothing, and is due at once', () => {
  for (const levelsAsked of [0, 3, 10]) {
    const instrument = spot();
    const book = bookOf(instrument, BIDS, ASKS, levelsAsked);
    const saved = JSON.parse(JSON.stringify(book.save()));
    const again = new Book(instrument, SEQUENCE_RULES['binance']!);
    again.restore(saved);
    assert.deepEqual([again.reach.bid, again.reach.ask], [book.reach.bid, book.reach.ask]);
    assert.equal(again.reachLeftRatio, book.reachLeftRatio);
    assert.deepEqual(again.save(), book.save());
    for (const name of ['reach', 'synced', 'refreshes', 'refreshMismatches']) delete saved[name];
    again.restore(saved);
    assert.deepEqual([again.reach.bid, again.reach.ask, again.reachLeftRatio], [Infinity, -Infinity, 0]);
    assert.equal(again.refreshes, 0);
  }
});

test('decimals that grow later are those of the reach, too', () => {
  const instrument = spot();
  const book = bookOf(instrument, BIDS, ASKS, 2);
  instrument.growDecimals(1, 0);
  change(instrument, book, 12, [[985, 1]], []);
  assert.deepEqual([book.reach.bid, book.reach.ask, book.priceDecimals], [900, 1210, 1]);
});

test('two books agree where both are known, and nowhere else', () => {
  const instrument = spot();
  const live = (): Book => {
    const book = bookOf(instrument, BIDS, ASKS, 2);
    change(instrument, book, 12, [[80, 7]], [[140, 7]]);
    return book;
  };
  const rows: readonly (readonly [what: string, bids: readonly Level[], asks: readonly Level[], agrees: boolean])[] = [
    ['the same', BIDS, ASKS, true],
    ['more of it, beyond what the live one knows', [...BIDS, [85, 3]], [...ASKS, [130, 3]], true],
    ['less of it', BIDS.slice(0, 2), ASKS, true],
    ['a level that the live one lacks', [...BIDS.slice(0, 2), [92, 1], [90, 1]], ASKS, false],
    [
      'a level that only the live one has',
      [
        [99, 1],
        [90, 1],
      ],
      ASKS,
      false,
    ],
    [
      'another size',
      BIDS,
      [
        [101, 2],
        [121, 1],
      ],
      false,
    ],
  ];
  for (const [what, bids, asks, agrees] of rows) {
    const newer = bookOf(instrument, bids, asks, 1);
    assert.equal(newer.agreesWith(live()), agrees, what);
    assert.equal(live().agreesWith(newer), agrees, `${what}, the other way round`);
  }
});

test('two books agree though one was told in more decimals', () => {
  const instrument = spot();
  const book = bookOf(instrument, BIDS, ASKS, 2);
  instrument.growDecimals(1, 2);
  const fine = (levels: readonly Level[]): Level[] => levels.map(([price, size]) => [price * 10, size * 100]);
  assert.ok(bookOf(instrument, fine(BIDS), fine(ASKS), 2).agreesWith(book));
  assert.ok(!bookOf(instrument, fine([[99, 2], ...BIDS.slice(1)]), fine(ASKS), 2).agreesWith(book));
});
