import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BookSide, MAX_LEVELS } from '../../../src/core/market/book/book-side.ts';
import { SortedSide } from '../../../src/core/market/book/sorted-side.ts';
import { WindowSide } from '../../../src/core/market/book/window-side.ts';
import { type Level, ReferenceSide } from '../../support/book-reference.ts';

type Op =
  | { readonly kind: 'set'; readonly price: number; readonly size: number }
  | { readonly kind: 'set_all'; readonly levels: readonly Level[] }
  | { readonly kind: 'delete_held'; readonly at: number }
  | { readonly kind: 'load'; readonly levels: readonly Level[] }
  | { readonly kind: 'truncate'; readonly limit: number }
  | { readonly kind: 'rescale'; readonly price: number; readonly size: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'save_restore' };

const CENTER = 6_000_000;
/** Most prices near one another; some past the narrowest window (1024), some past the widest (65,536), some anywhere. */
const priceArbitrary = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: CENTER - 40, max: CENTER + 40 }) },
  { weight: 3, arbitrary: fc.integer({ min: CENTER - 2_000, max: CENTER + 2_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: CENTER - 200_000, max: CENTER + 200_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 1e12 }) },
);
const sizeArbitrary = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 1e9 }) },
);
const levelArbitrary = fc.tuple(priceArbitrary, sizeArbitrary);

const opArbitrary: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({ kind: fc.constant('set' as const), price: priceArbitrary, size: sizeArbitrary }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('set_all' as const),
      levels: fc.array(levelArbitrary, { maxLength: 40 }),
    }),
  },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('delete_held' as const), at: fc.nat(200) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('load' as const), levels: fc.array(levelArbitrary, { maxLength: 150 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('truncate' as const), limit: fc.nat(12) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('rescale' as const),
      price: fc.constantFrom(1, 10, 100),
      size: fc.constantFrom(1, 10),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'save_restore' as const }) },
);

const prices = new Float64Array(1_000);
const sizes = new Float64Array(1_000);

function topOf(side: BookSide, limit: number): Level[] {
  const count = side.top(limit, prices, sizes);
  return Array.from({ length: count }, (_, i) => [prices[i]!, sizes[i]!]);
}

function writeLevels(side: BookSide, how: 'load' | 'setAll', levels: readonly Level[]): void {
  // A foreign level on either end: from..to only is read.
  const all: Level[] = [[7, 7], ...levels, [8, 8]];
  const from = Float64Array.from(all, ([price]) => price);
  side[how](
    from,
    Float64Array.from(all, ([, size]) => size),
    1,
    all.length - 1,
  );
}

function loadLevels(side: BookSide, levels: readonly Level[]): void {
  writeLevels(side, 'load', levels);
}

/** Applies one operation to both; returns the side to go on with. */
function apply<S extends BookSide>(side: S, reference: ReferenceSide, op: Op, another: () => S): S {
  switch (op.kind) {
    case 'set':
      side.set(op.price, op.size);
      reference.set(op.price, op.size);
      return side;
    case 'set_all':
      writeLevels(side, 'setAll', op.levels);
      for (const [price, size] of op.levels) reference.set(price, size);
      return side;
    case 'delete_held': {
      // From the best on: deletions at the touch are what moves the window.
      const price = reference.sorted()[op.at % 5]?.[0] ?? op.at;
      side.set(price, 0);
      reference.set(price, 0);
      return side;
    }
    case 'load':
      writeLevels(side, 'load', op.levels);
      reference.load(op.levels);
      return side;
    case 'truncate':
      side.truncate(op.limit);
      reference.truncate(op.limit);
      return side;
    case 'rescale':
      // Mantissas stay below 2^53: an instrument's decimals never grow past that.
      if (reference.sorted().some(([price, size]) => price * op.price > 1e14 || size * op.size > 1e14)) return side;
      side.rescale(op.price, op.size);
      reference.rescale(op.price, op.size);
      return side;
    case 'clear':
      side.clear();
      reference.levels.clear();
      return side;
    case 'save_restore': {
      const restored = another();
      restored.restore(JSON.parse(JSON.stringify(side.save())));
      return restored;
    }
  }
}

/** Both ways to keep levels must give the same answers. */
const WAYS = [
  ['window', WindowSide],
  ['sorted', SortedSide],
] as const;

for (const [way, Side] of WAYS) {
  for (const name of ['bid', 'ask'] as const) {
    test(`${way}: the ${name} side equals a sorted Map after every one of any operations`, () => {
      fc.assert(
        fc.property(fc.array(opArbitrary, { minLength: 1, maxLength: 120 }), fc.boolean(), (ops, startsLoaded) => {
          const reference = new ReferenceSide(name);
          const another = (): BookSide => new Side(name);
          let side = another();
          if (startsLoaded) side = apply(side, reference, { kind: 'load', levels: [[CENTER, 5]] }, another);
          for (const op of ops) {
            side = apply(side, reference, op, another);
            const expected = reference.sorted();
            assert.equal(side.count, expected.length);
            assert.equal(side.bestPrice, expected[0]?.[0] ?? Number.NaN);
            assert.equal(side.bestSize, expected[0]?.[1] ?? Number.NaN);
            assert.deepEqual(topOf(side, 3), expected.slice(0, 3));
            assert.deepEqual(topOf(side, 1_000), expected);
          }
        }),
        { numRuns: 300 },
      );
    });
  }

  test(`${way}: of two levels with one price the later wins, also when it deletes`, () => {
    const side = new Side('ask');
    loadLevels(side, [
      [10, 1],
      [11, 1],
      [10, 3],
      [11, 0],
    ]);
    assert.deepEqual(topOf(side, 5), [[10, 3]]);
  });

  test(`${way}: an empty side has no best price`, () => {
    const side = new Side('bid');
    assert.equal(side.bestPrice, Number.NaN);
    side.set(5, 1);
    side.set(5, 0);
    assert.equal(side.bestPrice, Number.NaN);
    assert.equal(side.count, 0);
  });

  test(`${way}: one level alone with a large mantissa keeps its exact price`, () => {
    for (const price of [50_355_451_202_900, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
      for (const name of ['bid', 'ask'] as const) {
        const side = new Side(name);
        loadLevels(side, [[price, 3]]);
        side.set(price - 1, 4);
        const expected: Level[] =
          name === 'bid'
            ? [
                [price, 3],
                [price - 1, 4],
              ]
            : [
                [price - 1, 4],
                [price, 3],
              ];
        assert.deepEqual(topOf(side, 5), expected);
      }
    }
  });

  test(`${way}: a price that walks far from where it began stays right`, () => {
    for (const name of ['bid', 'ask'] as const) {
      for (const direction of [1, -1]) {
        const side = new Side(name);
        const reference = new ReferenceSide(name);
        loadLevels(side, [[CENTER, 1]]);
        reference.set(CENTER, 1);
        for (let step = 1; step <= 5_000; step++) {
          const price = CENTER + direction * step * 7;
          for (const book of [side, reference]) {
            book.set(price, step);
            book.set(price - direction * 70, 0);
          }
          if (step % 50 === 0)
            assert.deepEqual(topOf(side, 100), reference.sorted().slice(0, 100), `${name} at ${price}`);
        }
      }
    }
  });

  for (const name of ['bid', 'ask'] as const) {
    test(`${way}, ${name}: at MAX_LEVELS the worst goes, counted, wherever the new level stands`, () => {
      const worse = name === 'bid' ? -1 : 1;
      const side = new Side(name);
      const count = MAX_LEVELS;
      loadLevels(
        side,
        Array.from({ length: count }, (_, i) => [50_000_000 + worse * i * 3, 1]),
      );
      assert.equal(side.count, MAX_LEVELS);
      const worst = 50_000_000 + worse * (count - 1) * 3;
      side.set(worst + worse, 1);
      assert.deepEqual([side.count, side.droppedLevels], [MAX_LEVELS, 1], 'a level behind the worst is not taken');
      side.set(worst - worse, 9);
      assert.deepEqual([side.count, side.droppedLevels], [MAX_LEVELS, 2], 'a far level pushes the worst out');
      side.set(50_000_000 - worse, 9);
      assert.deepEqual([side.count, side.droppedLevels], [MAX_LEVELS, 3], 'so does one near the touch');
      assert.equal(side.bestPrice, 50_000_000 - worse);
      side.set(50_000_000 - worse, 4);
      assert.deepEqual(
        [side.count, side.droppedLevels],
        [MAX_LEVELS, 3],
        'a new size of a held level pushes nothing out',
      );
    });

    test(`${way}, ${name}: a load of more than MAX_LEVELS keeps the best of them`, () => {
      const better = name === 'bid' ? 1 : -1;
      const side = new Side(name);
      // Worst first, so that the far part fills before the best ones come.
      loadLevels(
        side,
        Array.from({ length: MAX_LEVELS + 500 }, (_, i) => [50_000_000 + better * i, 1]),
      );
      assert.equal(side.count, MAX_LEVELS);
      assert.equal(side.droppedLevels, 500);
      assert.equal(side.bestPrice, 50_000_000 + better * (MAX_LEVELS + 499));
    });
  }
}

test('sorted: ranks better than the changed one hold what they held', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('bid' as const, 'ask' as const),
      fc.array(opArbitrary, { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 10 }),
      (name, ops, depth) => {
        const reference = new ReferenceSide(name);
        const side = new SortedSide(name);
        let seen: Level[] = [];
        for (const [i, op] of ops.filter(({ kind }) => kind !== 'save_restore').entries()) {
          apply(side, reference, op, () => side);
          const now = reference.sorted().slice(0, depth);
          assert.deepEqual(now.slice(0, side.changedRank), seen.slice(0, side.changedRank), op.kind);
          // Not after every change, as when a venue sends no checksum with some messages.
          if (i % 3 === 0) continue;
          seen = now;
          side.changedRank = MAX_LEVELS;
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('sorted: a change says its rank; a repeated removal says nothing', () => {
  const side = new SortedSide('bid');
  loadLevels(
    side,
    [100, 99, 98, 97].map((price) => [price, 1]),
  );
  const rankOf = (price: number, size: number): number => {
    side.changedRank = MAX_LEVELS;
    side.set(price, size);
    return side.changedRank;
  };
  for (const [what, price, size, rank] of [
    ['another size', 99, 7, 1],
    ['a level between', 98.5, 2, 2],
    ['a better one', 101, 1, 0],
    ['a worse one', 90, 1, 6],
    ['one that goes', 98, 0, 4],
    ['one that is gone', 98, 0, MAX_LEVELS],
  ] as const)
    assert.equal(rankOf(price, size), rank, what);
  side.changedRank = MAX_LEVELS;
  side.truncate(3);
  assert.equal(side.changedRank, 3);
});

test('a side saved one way is restored the other way', () => {
  for (const [Saved, Restored] of [
    [WindowSide, SortedSide],
    [SortedSide, WindowSide],
  ] as const) {
    const saved = new Saved('ask');
    loadLevels(
      saved,
      Array.from({ length: 70 }, (_, i) => [CENTER + i * i * 40, i + 1]),
    );
    const restored = new Restored('ask');
    restored.restore(JSON.parse(JSON.stringify(saved.save())));
    assert.deepEqual(topOf(restored, 100), topOf(saved, 100));
  }
});
