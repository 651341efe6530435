import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Book, type BookOutcome, type BookState } from '../../../src/core/market/book/book.ts';
import type { Gap } from '../../../src/core/market/book/gap.ts';
import { MAX_PENDING_DELTAS } from '../../../src/core/market/book/pending.ts';
import { SEQUENCE_RULES, type SequenceRule } from '../../../src/core/market/book/sequence.ts';
import type { Instrument } from '../../../src/core/market/instrument.ts';
import { type DepthFields, depthTick, instrumentOf, krakenChecksum, type Level } from '../../support/book-reference.ts';

/** Exchange time as the scanner tells it with a snapshot. */
const NOW_MS = 9_000;

class Desk {
  readonly instrument: Instrument;
  readonly #rule: SequenceRule;
  book: Book;

  constructor(venue: string, priceDecimals = 0, sizeDecimals = 0) {
    this.instrument = instrumentOf(venue, { priceDecimals, sizeDecimals });
    this.#rule = SEQUENCE_RULES[venue]!;
    this.book = new Book(this.instrument, this.#rule);
  }

  delta(fields: DepthFields): BookOutcome {
    const { tick, batch } = depthTick('delta', this.instrument, fields);
    const outcome = this.book.applyDelta(tick, batch);
    // The batch is the decoder's: whatever the book keeps of it must be a copy.
    batch.levelPrices.fill(-1);
    batch.levelSizes.fill(-1);
    Object.assign(tick, { bidFrom: 0, bidTo: 0, askFrom: 0, askTo: 0, lastId: -1, firstId: -1, previousId: -1 });
    return outcome;
  }

  snapshot(fields: DepthFields): BookOutcome {
    const { tick, batch } = depthTick('snapshot', this.instrument, fields);
    return this.book.applySnapshot(tick, batch, NOW_MS);
  }

  /** Save, through JSON text, into a new book of the same instrument. */
  reload(): void {
    const saved = JSON.parse(JSON.stringify(this.book.save()));
    this.book = new Book(this.instrument, this.#rule);
    this.book.restore(saved);
  }

  levels(side: 'bids' | 'asks'): Level[] {
    const prices = new Float64Array(50);
    const sizes = new Float64Array(50);
    const count = this.book[side].top(50, prices, sizes);
    return Array.from({ length: count }, (_, i) => [prices[i]!, sizes[i]!]);
  }
}

/** One event: what comes, what the book answers, where it then stands, its middle, and how many deltas wait. */
type Row = readonly [
  event: string,
  act: (desk: Desk) => BookOutcome,
  outcome: BookOutcome,
  state: BookState,
  mid: number | null,
  waiting: number,
];

/** Runs the table twice: as it is, and with a save and restore between all rows. */
function run(venue: string, rows: readonly Row[]): Desk {
  const desks = [new Desk(venue), new Desk(venue)] as const;
  for (const [event, act, outcome, state, mid, waiting] of rows) {
    for (const desk of desks) {
      const { book } = desk;
      assert.equal(act(desk), outcome, event);
      assert.deepEqual([book.state, book.mid, book.pendingDeltas], [state, mid, waiting], event);
      if (state !== 'live') assertUnreadable(desk, event);
      assert.equal(book.staleReason !== '', state === 'stale', `${event}: a reason while stale, and only then`);
    }
    assert.deepEqual(desks[0].book.save(), desks[1].book.save(), event);
    assert.deepEqual(countsOf(desks[0].book), countsOf(desks[1].book), event);
    desks[1].reload();
  }
  return desks[0];
}

function countsOf({ checksumOk, checksumBad, ignoredDeltas, crossedUpdates, droppedDeltas }: Book): number[] {
  return [checksumOk, checksumBad, ignoredDeltas, crossedUpdates, droppedDeltas];
}

/** No middle, no spread; levels only while a snapshot waits for its bridge. */
function assertUnreadable({ book }: Desk, event: string): void {
  assert.deepEqual([book.mid, book.spreadBps], [null, null], event);
  if (book.state !== 'syncing')
    assert.deepEqual([book.bids.count, book.asks.count], [0, 0], `${event}: levels are cleared`);
}

const spot = (firstId: number, lastId: number, bid: number, size = 1): ((desk: Desk) => BookOutcome) => {
  return (desk) => desk.delta({ firstId, lastId, bids: [[bid, size]], eventTimeMs: lastId });
};
const asked = (lastId: number, bid = 10, ask = 20): ((desk: Desk) => BookOutcome) => {
  return (desk) => desk.snapshot({ lastId, isRequested: true, bids: [[bid, 1]], asks: [[ask, 1]] });
};
const down = (desk: Desk): BookOutcome => desk.book.invalidate('disconnect', 'disconnected', 5_000);

test('a requested snapshot: from empty to live, with what was kept aside', () => {
  run('binance', [
    ['the first delta asks for a snapshot', spot(101, 102, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['further ones only wait', spot(103, 104, 12), 'ignored', 'buffering', null, 2],
    ['the snapshot lies between them', asked(102), 'synced', 'live', 16, 0],
    ['live', spot(105, 105, 14), 'applied', 'live', 17, 0],
    ['a repeat is harmless', spot(105, 105, 14), 'ignored', 'live', 17, 0],
    ['a late answer to a request changes nothing', asked(90, 1, 2), 'ignored', 'live', 17, 0],
  ]);
});

test('a snapshot newer than all deltas kept waits for its bridge, unreadable', () => {
  run('binance', [
    ['delta', spot(101, 102, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['snapshot', asked(200), 'applied', 'syncing', null, 0],
    ['older than the snapshot', spot(199, 200, 12), 'ignored', 'syncing', null, 0],
    ['the bridge', spot(199, 203, 12), 'synced', 'live', 16, 0],
  ]);
});

test('a snapshot that is too old is refused, and the deltas stay for the next one', () => {
  const desk = run('binance', [
    ['delta', spot(101, 102, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['delta', spot(103, 104, 12), 'ignored', 'buffering', null, 2],
    ['U = lastUpdateId + 2', asked(99), 'snapshot_too_old', 'buffering', null, 2],
    ['again', asked(99), 'snapshot_too_old', 'buffering', null, 2],
    ['U = lastUpdateId + 1', asked(100), 'synced', 'live', 16, 0],
  ]);
  assert.deepEqual(desk.levels('bids'), [
    [12, 1],
    [11, 1],
    [10, 1],
  ]);
});

test('a snapshot that only later proves too old: what came stays', () => {
  run('binance', [
    ['a snapshot before any delta', asked(100), 'applied', 'syncing', null, 0],
    ['a delta far behind it', spot(110, 111, 12), 'snapshot_too_old', 'buffering', null, 1],
    ['the next delta waits too', spot(112, 113, 13), 'ignored', 'buffering', null, 2],
    ['the next snapshot bridges', asked(111), 'synced', 'live', 16.5, 0],
  ]);
});

test('a gap keeps what came after it', () => {
  const desk = run('binance', [
    ['snapshot', asked(100), 'applied', 'syncing', null, 0],
    ['bridge', spot(101, 101, 11), 'synced', 'live', 15.5, 0],
    ['one update is missing', spot(103, 103, 13), 'gap', 'stale', null, 1],
    ['what follows waits', spot(104, 105, 14), 'ignored', 'stale', null, 2],
    ['a snapshot from before the gap', asked(101), 'snapshot_too_old', 'stale', null, 2],
    ['one that covers it', asked(102), 'synced', 'live', 17, 0],
  ]);
  assert.deepEqual(desk.levels('bids'), [
    [14, 1],
    [13, 1],
    [10, 1],
  ]);
});

test('a gap between deltas kept aside is found when they are applied, and what lies behind it stays', () => {
  run('binance', [
    ['delta', spot(101, 101, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['delta behind a hole', spot(103, 103, 13), 'ignored', 'buffering', null, 2],
    ['delta', spot(104, 104, 14), 'ignored', 'buffering', null, 3],
    ['the first is bridged, the second is not', asked(100), 'gap', 'stale', null, 2],
    ['a snapshot behind the hole', asked(102), 'synced', 'live', 17, 0],
  ]);
});

test('a hole right behind the snapshot: it is too old, no gap of a live book, and what lies behind the hole stays', () => {
  const desk = run('binance', [
    ['delta', spot(101, 101, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['delta behind a hole', spot(110, 110, 12), 'ignored', 'buffering', null, 2],
    ['delta', spot(111, 111, 13), 'ignored', 'buffering', null, 3],
    ['the snapshot lies in the hole', asked(105), 'snapshot_too_old', 'buffering', null, 2],
    ['one from behind it', asked(110), 'synced', 'live', 16.5, 0],
  ]);
  assert.equal(desk.book.takeClosedGap(), null);
});

test('disconnected: nothing of the old connection is used', () => {
  run('binance', [
    ['before anything', down, 'ignored', 'empty', null, 0],
    ['delta', spot(101, 101, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['down while buffering', down, 'ignored', 'empty', null, 0],
    ['delta', spot(201, 201, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['snapshot', asked(201), 'applied', 'syncing', null, 0],
    ['down while syncing', down, 'ignored', 'empty', null, 0],
    ['delta', spot(301, 301, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['snapshot', asked(300), 'synced', 'live', 15.5, 0],
    ['down while live', down, 'gap', 'stale', null, 0],
    ['down again', down, 'ignored', 'stale', null, 0],
    ['the new connection asks anew', spot(401, 401, 11), 'snapshot_wanted', 'stale', null, 1],
    ['its snapshot', asked(400), 'synced', 'live', 15.5, 0],
  ]);
});

const streamed = (lastId: number, bid = 10, ask = 20): ((desk: Desk) => BookOutcome) => {
  return (desk) => desk.snapshot({ lastId, bids: [[bid, 1]], asks: [[ask, 1]], eventTimeMs: lastId });
};
const step = (lastId: number, bid: number): ((desk: Desk) => BookOutcome) => {
  return (desk) => desk.delta({ lastId, previousId: lastId - 1, bids: [[bid, 1]], eventTimeMs: lastId });
};

test('a streamed snapshot is live at once; deltas without one are of no use', () => {
  run('bybit', [
    ['delta before any snapshot', step(7, 11), 'ignored', 'empty', null, 0],
    ['snapshot', streamed(10), 'synced', 'live', 15, 0],
    ['delta', step(11, 12), 'applied', 'live', 16, 0],
    ['a snapshot replaces everything', streamed(1, 8, 10), 'synced', 'live', 9, 0],
    ['from its own id on', step(2, 9), 'applied', 'live', 9.5, 0],
    ['one is missing', step(4, 9), 'gap', 'stale', null, 0],
    ['what follows is of no use', step(5, 9), 'ignored', 'stale', null, 0],
    ['until the next snapshot', streamed(50), 'synced', 'live', 15, 0],
  ]);
});

test('OKX: either source; a streamed snapshot makes what waits superfluous', () => {
  run('okx', [
    ['no snapshot came: ask', step(7, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['delta', step(8, 12), 'ignored', 'buffering', null, 2],
    ['the stream sends one after all', streamed(8), 'synced', 'live', 15, 0],
    ['delta', step(9, 12), 'applied', 'live', 16, 0],
    ['one is missing', step(11, 13), 'gap', 'stale', null, 1],
    ['requested', asked(10), 'synced', 'live', 16.5, 0],
  ]);
});

test('OKX: a keep-alive proves a requested snapshot complete', () => {
  const keepAlive = (id: number) => (desk: Desk) => desk.delta({ lastId: id, previousId: id, eventTimeMs: 1 });
  run('okx', [
    ['delta', step(7, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['snapshot', asked(9), 'applied', 'syncing', null, 0],
    ['keep-alive', keepAlive(9), 'synced', 'live', 15, 0],
    ['the next', step(10, 12), 'applied', 'live', 16, 0],
  ]);
});

test('an update that repeats no id but tells of a later time than the last is a broken numbering, not a repeat', () => {
  const late = (venue: string): Row[] => [
    ['delta', step(101, 11), 'snapshot_wanted', 'buffering', null, 1],
    ['snapshot', asked(100), 'synced', 'live', 15.5, 0],
    [
      `${venue}: an id with a digit too many`,
      (desk) => desk.delta({ firstId: 102, lastId: 1_020, previousId: 101, bids: [[12, 1]], eventTimeMs: 102 }),
      'applied',
      'live',
      16,
      0,
    ],
    [
      'the true stream goes on',
      (desk) => desk.delta({ firstId: 103, lastId: 104, previousId: 102, bids: [[13, 1]], eventTimeMs: 103 }),
      'gap',
      'stale',
      null,
      1,
    ],
  ];
  for (const venue of ['binance_usdm', 'okx']) run(venue, late(venue));
});

const gapOf = (desk: Desk): Gap | null => desk.book.openGap;

test('a gap record: opened at the loss, closed when live again, handed over once', () => {
  const desk = new Desk('binance');
  asked(100)(desk);
  spot(101, 105, 11)(desk);
  assert.equal(gapOf(desk), null);
  spot(110, 112, 12)(desk);
  const opened = { kind: 'sequence', startMs: 105, endMs: null, idBefore: 105, idAfter: 110, reason: 'sequence_gap' };
  assert.deepEqual(gapOf(desk), opened);
  assert.equal(desk.book.takeClosedGap(), null, 'not while it is open');
  desk.reload();
  down(desk);
  assert.deepEqual(gapOf(desk), opened, 'what happens meanwhile does not change where it began');
  asked(113)(desk);
  spot(114, 120, 11)(desk);
  assert.deepEqual(desk.book.takeClosedGap(), { ...opened, endMs: 120 });
  assert.deepEqual([gapOf(desk), desk.book.takeClosedGap()], [null, null]);
});

test('a gap record of a disconnect begins at exchange time then, or at the last update where none is known', () => {
  for (const [nowMs, startMs] of [
    [5_000, 5_000],
    [Number.NaN, 101],
  ] as const) {
    const desk = new Desk('binance');
    asked(100)(desk);
    spot(101, 101, 11)(desk);
    desk.book.invalidate('disconnect', 'closed_by_venue', nowMs);
    const expected = {
      kind: 'disconnect',
      startMs,
      endMs: null,
      idBefore: 101,
      idAfter: null,
      reason: 'closed_by_venue',
    };
    assert.deepEqual(gapOf(desk), expected);
    assert.equal(desk.book.staleReason, 'closed_by_venue');
  }
});

test('a snapshot without a time (Coinbase) ends a gap at exchange time', () => {
  const desk = new Desk('coinbase');
  desk.snapshot({ bids: [[10, 1]], asks: [[20, 1]] });
  desk.book.invalidate('malformed', 'malformed_frame', 5_000);
  desk.snapshot({ bids: [[10, 1]], asks: [[20, 1]] });
  const { startMs, endMs } = desk.book.takeClosedGap()!;
  assert.deepEqual([startMs, endMs], [5_000, NOW_MS]);
});

const KRAKEN = { price: 1, size: 3 };
const level = (price: number, size = 1_000): Level => [price, size];

test('Kraken: a wrong checksum makes the book stale at once, a right snapshot live again', () => {
  const desk = new Desk('kraken', KRAKEN.price, KRAKEN.size);
  const asks = [level(2_000)];
  const sum = (bids: Level[]): number => krakenChecksum(bids, asks, KRAKEN);
  assert.equal(desk.snapshot({ bids: [level(1_000)], asks, checksum: sum([level(1_000)]), eventTimeMs: 1 }), 'synced');
  const two = [level(1_001), level(1_000)];
  assert.equal(desk.delta({ bids: [level(1_001)], checksum: sum(two), eventTimeMs: 2 }), 'applied');
  assert.equal(desk.delta({ bids: [level(1_002)], checksum: sum(two), eventTimeMs: 3 }), 'gap');
  assertUnreadable(desk, 'after the mismatch');
  const expected = {
    kind: 'checksum',
    startMs: 3,
    endMs: null,
    idBefore: null,
    idAfter: null,
    reason: 'checksum_mismatch',
  };
  assert.deepEqual(gapOf(desk), expected);
  assert.equal(
    desk.snapshot({ bids: two, asks, checksum: sum(two) + 1, eventTimeMs: 4 }),
    'gap',
    'a snapshot is checked too',
  );
  assert.deepEqual(gapOf(desk), expected, 'it is still the same gap');
  assert.equal(desk.snapshot({ bids: two, asks, checksum: sum(two), eventTimeMs: 5 }), 'synced');
  assert.deepEqual([desk.book.checksumOk, desk.book.checksumBad], [3, 2]);
  assert.deepEqual(desk.book.takeClosedGap(), { ...expected, endMs: 5 });
});

test('Kraken: levels beyond the subscribed depth go, after every update', () => {
  const desk = new Desk('kraken');
  desk.snapshot({ bids: [level(10), level(9), level(8)], asks: [level(20), level(21), level(22)], depthLimit: 2 });
  assert.deepEqual(
    [desk.levels('bids'), desk.levels('asks')],
    [
      [level(10), level(9)],
      [level(20), level(21)],
    ],
  );
  desk.delta({ bids: [level(11)], asks: [level(19)] });
  assert.deepEqual(
    [desk.levels('bids'), desk.levels('asks')],
    [
      [level(11), level(10)],
      [level(19), level(20)],
    ],
  );
  desk.delta({ bids: [[11, 0]] });
  assert.deepEqual(desk.levels('bids'), [level(10)], 'what was pushed out does not come back');
});

test('OKX: a checksum of 0 means none, any other counts', () => {
  const desk = new Desk('okx');
  assert.equal(desk.snapshot({ bids: [level(1)], checksum: 0, lastId: 1 }), 'synced');
  assert.equal(desk.delta({ bids: [level(2)], checksum: 0, lastId: 2, previousId: 1 }), 'applied');
  assert.deepEqual([desk.book.checksumOk, desk.book.checksumBad], [0, 0]);
  assert.equal(desk.delta({ bids: [level(3)], checksum: 12_345, lastId: 3, previousId: 2 }), 'gap');
});

test('decimals that grow in mid-stream rescale the book', () => {
  const desk = new Desk('bybit', 1, 0);
  desk.snapshot({ bids: [[100, 5]], asks: [[110, 6]], lastId: 1 });
  desk.instrument.growDecimals(3, 2);
  assert.equal(desk.book.mid, 10.5, 'until a delta comes, the old mantissas are read with the old decimals');
  desk.delta({ bids: [[10_001, 550]], lastId: 2 });
  assert.deepEqual(desk.levels('bids'), [
    [10_001, 550],
    [10_000, 500],
  ]);
  assert.deepEqual(desk.levels('asks'), [[11_000, 600]]);
  assert.deepEqual([desk.book.priceDecimals, desk.book.sizeDecimals, desk.book.mid], [3, 2, 10.5005]);
});

test('decimals that grow while deltas wait rescale those too, each from its own', () => {
  for (const isReloaded of [false, true]) {
    const desk = new Desk('binance');
    desk.delta({ firstId: 101, lastId: 101, bids: [[11, 3]] });
    desk.instrument.growDecimals(1, 0);
    desk.delta({ firstId: 102, lastId: 102, bids: [[125, 4]] });
    if (isReloaded) desk.reload();
    desk.instrument.growDecimals(2, 1);
    assert.equal(desk.snapshot({ lastId: 100, isRequested: true, bids: [[1_000, 10]], asks: [[2_000, 10]] }), 'synced');
    assert.deepEqual(desk.levels('bids'), [
      [1_250, 40],
      [1_100, 30],
      [1_000, 10],
    ]);
  }
});

test('a size over 2^53 keeps its text while its level stands, also through a rescale', () => {
  const desk = new Desk('bybit', 0, 8);
  const odd = new Map([[10, '123456789012345678']]);
  desk.snapshot({
    bids: [
      [10, Number('123456789012345678') * 1e8],
      [9, 5],
    ],
    odd,
    lastId: 1,
  });
  assert.deepEqual([...desk.book.oddSizes], [[10, '123456789012345678']]);
  desk.reload();
  desk.instrument.growDecimals(1, 8);
  desk.delta({ bids: [[95, 0]], lastId: 2 });
  assert.deepEqual([...desk.book.oddSizes], [[100, '123456789012345678']]);
  desk.delta({ bids: [[100, 7]], lastId: 3 });
  assert.deepEqual([...desk.book.oddSizes], []);
});

test('one side alone has no middle; a crossed book has none either, and is counted', () => {
  const desk = new Desk('bybit');
  desk.snapshot({ bids: [[10, 1]], lastId: 1 });
  assert.deepEqual([desk.book.state, desk.book.mid, desk.book.spreadBps], ['live', null, null]);
  desk.delta({ asks: [[11, 1]], lastId: 2 });
  assert.deepEqual([desk.book.mid, desk.book.spreadBps], [10.5, 20_000 / 21]);
  desk.delta({ asks: [[9, 1]], lastId: 3 });
  assert.deepEqual([desk.book.mid, desk.book.crossedUpdates], [null, 1]);
});

test('the queue of waiting deltas is bounded; what is pushed out is counted and the bridge fails', () => {
  const desk = new Desk('binance');
  const count = MAX_PENDING_DELTAS + 3;
  for (let id = 101; id < 101 + count; id++) spot(id, id, 11)(desk);
  assert.deepEqual([desk.book.pendingDeltas, desk.book.droppedDeltas], [MAX_PENDING_DELTAS, 3]);
  assert.equal(asked(100)(desk), 'snapshot_too_old');
  assert.equal(asked(104)(desk), 'synced');
});

test('a polled book has prices, goes on from nothing, and leaves its gap open until the stream is back', () => {
  for (const venue of ['kraken', 'binance', 'okx', 'coinbase', 'bybit_linear']) {
    const desk = new Desk(venue);
    const poll = (bid: number) => {
      const { tick, batch } = depthTick('snapshot', desk.instrument, { bids: [[bid, 1]], asks: [[bid + 2, 1]] });
      tick.isRequested = true;
      desk.book.applyPoll(tick, batch);
    };
    poll(100);
    assert.deepEqual(
      [desk.book.state, desk.book.mid, desk.book.openGap],
      ['polled', 101, null],
      'before it ever was live',
    );
    desk.book.invalidate('disconnect', 'polling_ended', NOW_MS);
    assert.deepEqual([desk.book.state, desk.book.mid], ['empty', null]);

    const stream: DepthFields = { bids: [[10, 1]], asks: [[12, 1]], lastId: 5 };
    assert.equal(desk.snapshot(stream), 'synced');
    poll(100);
    assert.deepEqual([desk.book.state, desk.book.mid], ['live', 11], 'a live book knows better');
    desk.book.invalidate('disconnect', 'reset', NOW_MS);
    poll(100);
    poll(104);
    desk.reload();
    assert.deepEqual([desk.book.state, desk.book.mid, desk.book.openGap?.endMs], ['polled', 105, null]);
    assert.notEqual(desk.delta({ bids: [[103, 1]], firstId: 6, lastId: 6, previousId: 5 }), 'applied');
    assert.equal(desk.book.mid, 105, 'an update has nothing to go on from');
    assert.equal(desk.snapshot(stream), 'synced');
    assert.deepEqual([desk.book.state, desk.book.mid, desk.book.takeClosedGap()?.reason], ['live', 11, 'reset']);
  }
});
