import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mantissaOf } from '../../../src/core/base/decimal.ts';
import { BookChecksum } from '../../../src/core/market/book/checksum.ts';
import { SortedSide } from '../../../src/core/market/book/sorted-side.ts';
import { krakenChecksum, type Level, okxChecksum, ReferenceSide } from '../../support/book-reference.ts';

const NO_ODD = new Map<number, string>();

function sideOf(name: 'bid' | 'ask', levels: readonly Level[]): SortedSide {
  const side = new SortedSide(name);
  side.load(
    Float64Array.from(levels, ([price]) => price),
    Float64Array.from(levels, ([, size]) => size),
    0,
    levels.length,
  );
  return side;
}

/** `45285.2/0.00100000 …` as mantissas. */
function levelsOf(text: string, priceDecimals: number, sizeDecimals: number): Level[] {
  return text.split(' ').map((level) => {
    const [price = '', size = ''] = level.split('/');
    return [mantissaOf(price, priceDecimals), mantissaOf(size, sizeDecimals)];
  });
}

test("Kraken v2: the documentation's vector", () => {
  const asks =
    '45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827';
  const bids =
    '45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238';
  const checksum = new BookChecksum('kraken', sideOf('bid', levelsOf(bids, 1, 8)), sideOf('ask', levelsOf(asks, 1, 8)));
  assert.equal(checksum.compute(1, 8, NO_ODD), 3310070434);
});

test("Kraken v1: the documentation's vector; levels beyond ten do not count", () => {
  const ask = (i: number): Level => [5005 + 5 * i, 500];
  const bids = [5000, 4995, 4990, 4980, 4975, 4970, 4965, 4960, 4955, 4950, 4945].map((price): Level => [price, 500]);
  const asks = Array.from({ length: 13 }, (_, i) => ask(i));
  const checksum = new BookChecksum('kraken', sideOf('bid', bids), sideOf('ask', asks));
  assert.equal(checksum.compute(3, 8, NO_ODD), 974947235);
});

test('OKX: the vector that reproduces; sides of different length', () => {
  const bids = levelsOf('3366.1/7', 1, 0);
  const asks = levelsOf('3366.8/9 3368/8', 1, 0);
  const two = levelsOf('3366.1/7 3366/6', 1, 0);
  const checksum = (a: Level[], b: Level[]): number =>
    new BookChecksum('okx', sideOf('bid', a), sideOf('ask', b)).compute(1, 0, NO_ODD);
  assert.equal(checksum(two, asks), -1881014294);
  assert.equal(checksum(bids, asks), okxChecksum(bids, asks, { price: 1, size: 0 }));
});

test('an empty book has the checksum of the empty text', () => {
  for (const venue of ['kraken', 'okx'] as const)
    assert.equal(new BookChecksum(venue, new SortedSide('bid'), new SortedSide('ask')).compute(1, 0, NO_ODD), 0);
});

const SIZE = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 5_000 }) },
  { weight: 1, arbitrary: fc.maxSafeInteger().map((size) => Math.abs(size)) },
);
/** Around the touch, round numbers included: their zeros are what shortest text drops. */
const PRICE = fc.oneof(
  fc.integer({ min: 990, max: 1_030 }),
  fc.integer({ min: 1, max: 30 }).map((price) => price * 100),
);
/** A size that no mantissa holds, as wire text, standing at a price. */
const ODD = fc.option(fc.bigInt({ min: 2n ** 53n, max: 10n ** 24n }).map(String), { nil: null, freq: 8 });
const CHANGE = fc.record({ isBid: fc.boolean(), price: PRICE, size: SIZE, odd: ODD, isVerified: fc.boolean() });
const DECIMALS = fc.record({ price: fc.constantFrom(0, 1, 2, 5, 8), size: fc.constantFrom(0, 3, 8) });

for (const venue of ['kraken', 'okx'] as const) {
  test(`${venue}: a kept result always equals a fresh one, on text built by other means`, () => {
    fc.assert(
      fc.property(fc.array(CHANGE, { maxLength: 120 }), DECIMALS, (changes, decimals) => {
        const [bids, asks] = [new SortedSide('bid'), new SortedSide('ask')];
        const [referenceBids, referenceAsks] = [new ReferenceSide('bid'), new ReferenceSide('ask')];
        // As in the book: one map for both sides, so a price stands on one side only.
        const odd = new Map<number, string>();
        const checksum = new BookChecksum(venue, bids, asks);
        for (const { isBid, price, size, odd: oddText, isVerified } of changes) {
          // An odd size has whole digits only, so that its text is the same for both venues' rules.
          const isOdd = oddText !== null && decimals.size === 0;
          odd.delete(price);
          if (isOdd) odd.set(price, oddText);
          for (const [side, holds] of [
            [bids, isBid],
            [referenceBids, isBid],
            [asks, !isBid],
            [referenceAsks, !isBid],
          ] as const) {
            side.set(price, !holds ? 0 : isOdd ? Number(oddText) : size);
          }
          // Not every change is followed by a check, as when a venue sends no checksum with some messages.
          if (!isVerified) continue;
          const sides = [referenceBids.sorted(), referenceAsks.sorted()] as const;
          const expected = venue === 'kraken' ? krakenChecksum : okxChecksum;
          assert.equal(checksum.compute(decimals.price, decimals.size, odd), expected(...sides, decimals, odd));
        }
      }),
      { numRuns: 200 },
    );
  });
}
