import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BookSide, MAX_LEVELS } from '../../../src/core/market/book/book-side.ts';
import { type Level, ReferenceSide } from '../../support/book-reference.ts';

type Op =
  | { readonly kind: 'set'; readonly price: number; readonly size: number }
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
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('delete_held' as const), at: fc.nat(200) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('load' as const), levels: fc.array(levelArbitrary, { maxLength: 60 }) }),
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

function loadLevels(side: BookSide, levels: readonly Level[]): void {
  // A foreign level on either end: `load` reads from..to only.
  const all: Level[] = [[7, 7], ...levels, [8, 8]];
  const from = Float64Array.from(all, ([price]) => price);
  side.load(
    from,
    Float64Array.from(all, ([, size]) => size),
    1,
    all.length - 1,
  );
}

/** Applies one operation to both; returns the side to go on with. */
function apply(name: 'bid' | 'ask', side: BookSide, reference: ReferenceSide, op: Op): BookSide {
  switch (op.kind) {
    case 'set':
      side.set(op.price, op.size);
      reference.set(op.price, op.size);
      return side;
    case 'delete_held': {
      // From the best on: deletions at the touch are what moves the window.
      const price = reference.sorted()[op.at % 5]?.[0] ?? op.at;
      side.set(price, 0);
      reference.set(price, 0);
      return side;
    }
    case 'load':
      loadLevels(side, op.levels);
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
      const restored = new BookSide(name);
      restored.restore(JSON.parse(JSON.stringify(side.save())));
      return restored;
    }
  }
}

for (const name of ['bid', 'ask'] as const) {
  test(`the ${name} side equals a sorted Map after every one of any operations`, () => {
    fc.assert(
      fc.property(fc.array(opArbitrary, { minLength: 1, maxLength: 120 }), fc.boolean(), (ops, startsLoaded) => {
        const reference = new ReferenceSide(name);
        let side = new BookSide(name);
        if (startsLoaded) side = apply(name, side, reference, { kind: 'load', levels: [[CENTER, 5]] });
        for (const op of ops) {
          side = apply(name, side, reference, op);
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

  test(`${name}: whoever watches the best n is told of every change among them`, () => {
    fc.assert(
      fc.property(
        fc.array(opArbitrary, { minLength: 1, maxLength: 80 }),
        fc.integer({ min: 1, max: 10 }),
        (ops, depth) => {
          const reference = new ReferenceSide(name);
          const side = apply(name, new BookSide(name), reference, {
            kind: 'load',
            levels: Array.from({ length: 14 }, (_, i) => [CENTER + 3 * i, i + 1]),
          });
          let cached: Level[] = [];
          const look = (): void => {
            cached = topOf(side, depth);
            side.watch(cached.length === depth ? cached[depth - 1]![0] : Number.NaN);
          };
          look();
          for (const op of ops.filter(({ kind }) => kind !== 'save_restore')) {
            apply(name, side, reference, op);
            if (side.isTopReshaped) look();
            for (let i = 0; i < side.notedCount; i++) {
              const [price, size] = [side.notedPrices[i]!, side.notedSizes[i]!];
              cached = cached.map((level) => (level[0] === price ? [price, size] : level));
            }
            assert.deepEqual(cached, reference.sorted().slice(0, depth), op.kind);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
}

test('a change below the watched price is not told, one at it is', () => {
  const side = new BookSide('bid');
  loadLevels(side, [
    [100, 1],
    [99, 1],
    [98, 1],
  ]);
  side.watch(99);
  side.set(98, 7);
  assert.equal(side.isTopChanged, false);
  side.set(99, 7);
  assert.equal(side.isTopChanged, true);
});

test('of two levels with one price the later wins, also when it deletes', () => {
  const side = new BookSide('ask');
  loadLevels(side, [
    [10, 1],
    [11, 1],
    [10, 3],
    [11, 0],
  ]);
  assert.deepEqual(topOf(side, 5), [[10, 3]]);
});

test('an empty side has no best price', () => {
  const side = new BookSide('bid');
  assert.equal(side.bestPrice, Number.NaN);
  side.set(5, 1);
  side.set(5, 0);
  assert.equal(side.bestPrice, Number.NaN);
  assert.equal(side.count, 0);
});

test('one level alone with a large mantissa keeps its exact price', () => {
  for (const price of [50_355_451_202_900, 2 ** 52, Number.MAX_SAFE_INTEGER]) {
    for (const name of ['bid', 'ask'] as const) {
      const side = new BookSide(name);
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

test('a price that walks far from where it began stays right', () => {
  for (const name of ['bid', 'ask'] as const) {
    for (const direction of [1, -1]) {
      const side = new BookSide(name);
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
  test(`${name}: at MAX_LEVELS the worst goes, counted, wherever the new level stands`, () => {
    const worse = name === 'bid' ? -1 : 1;
    const side = new BookSide(name);
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

  test(`${name}: a load of more than MAX_LEVELS keeps the best of them`, () => {
    const better = name === 'bid' ? 1 : -1;
    const side = new BookSide(name);
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
