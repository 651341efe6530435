/** Depth: where a band ends, to the last digit; where a book ends, and that nothing beyond it is passed off as depth. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SortedSide } from '../../../src/core/market/book/sorted-side.ts';
import { BANDS_BPS, bandEdge, SideDepth } from '../../../src/core/signal/surveillance/depth-bands.ts';
import type { MetricName } from '../../../src/core/signal/surveillance/metric.ts';
import { isClose, metricOf, type TextLevel, World } from './surveillance-world.ts';

/** So many levels a side, a tick of one apart, of one unit each. */
function ladder(best: number, step: 1 | -1, count: number): TextLevel[] {
  return Array.from({ length: count }, (_, i) => [`${best + step * i}`, '1'] as const);
}

/** The ends of a band by fractions of whole numbers of any size. */
function isInside(price: bigint, twiceMid: bigint, bps: bigint, sign: bigint): boolean {
  return sign * price * 20_000n >= sign * twiceMid * (10_000n - sign * bps);
}

test('a band ends at its last price, to the last digit, up to where whole numbers end', () => {
  const twiceMids = fc.oneof(fc.integer({ min: 2, max: 100_000 }), fc.maxSafeInteger().map(Math.abs));
  fc.assert(
    fc.property(
      twiceMids,
      fc.constantFrom(...BANDS_BPS),
      fc.constantFrom(1 as const, -1 as const),
      (twiceMid, bps, sign) => {
        const edge = BigInt(bandEdge(twiceMid, bps, sign));
        const wide = BigInt(sign);
        assert.ok(isInside(edge, BigInt(twiceMid), BigInt(bps), wide), `${edge} is inside`);
        assert.ok(!isInside(edge - wide, BigInt(twiceMid), BigInt(bps), wide), `the next one is not`);
      },
    ),
    { numRuns: 2000 },
  );
});

test('however many levels there are, and however many were expected, each is summed once', () => {
  const levels = fc.uniqueArray(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 600, size: 'max' });
  fc.assert(
    fc.property(levels, fc.nat(700), fc.boolean(), (distances, expected, isByPrice) => {
      const [best, step] = [1_000_000, 1];
      const side = new SortedSide('bid');
      for (const distance of distances) side.set(best - distance * step, distance);
      const depth = new SideDepth(1);
      depth.read(side, 2 * best, expected, isByPrice);
      const sorted = distances.map((distance) => [best - distance * step, distance] as const).sort(([a], [b]) => b - a);
      const sum = (some: readonly (readonly [number, number])[]): number =>
        some.reduce((total, [price, size]) => total + (isByPrice ? price * size : size), 0);
      for (const [band, bps] of BANDS_BPS.entries())
        assert.equal(depth.bands[band], sum(sorted.filter(([price]) => price >= best - bps * 100)), `${bps} bps`);
      assert.equal(depth.topFew, sum(sorted.slice(0, 5)));
      assert.equal(depth.topMany, sum(sorted.slice(0, 10)));
    }),
    { numRuns: 300 },
  );
});

describe('a band that the book does not reach is truncated', () => {
  // Mid 100 000: 5 bps are 50, 10 bps are 100, 25 bps are 250 levels of one.
  const table: readonly (readonly [string, string, number | null, number, number, number])[] = [
    // venue, its own words, depth asked for, bids, asks received, bands truncated.
    ['coinbase', 'sends all there is', null, 40, 40, 0b000],
    ['kraken', 'cut to its depth inside the first band', 40, 40, 40, 0b111],
    ['kraken', 'fewer than asked for: all there is', 100, 40, 40, 0b000],
    ['kraken', 'one side cut, the other not', 60, 60, 40, 0b110],
    ['kraken', 'cut exactly at an edge', 50, 50, 50, 0b110],
    ['kraken', 'cut one level before an edge', 49, 49, 49, 0b111],
    ['okx', 'a recording that says no depth', null, 120, 120, 0b100],
    ['okx', 'reaches beyond the last band', 400, 400, 400, 0b000],
    ['binance', 'its bids end where its snapshot does', null, 120, 300, 0b100],
    ['binance', 'its asks do', null, 300, 70, 0b110],
  ];
  for (const [venue, name, depth, bidCount, askCount, expected] of table) {
    test(`${venue}: ${name}`, () => {
      const world = new World([{ venue, depth }]);
      world.markets[0]!.load(ladder(99_999, -1, bidCount), ladder(100_001, 1, askCount));
      const sample = world.sample(0, 0)!;
      assert.equal(sample.truncated, expected);
      for (const [band, bps] of [5, 10, 25].entries()) {
        const isCut = (expected & (1 << band)) !== 0;
        assert.equal(Number.isNaN(metricOf(sample, `depth_${bps}bps_total` as MetricName)), isCut, `${bps} bps`);
      }
      assert.equal(Number.isNaN(metricOf(sample, 'imbalance')), (expected & 0b010) !== 0);
    });
  }

  test('levels far beyond a snapshot do not make it reach further; another snapshot does', () => {
    const world = new World([{ venue: 'binance_usdm' }]);
    const [market] = world.markets;
    market!.load(ladder(99_999, -1, 120), ladder(100_001, 1, 120));
    market!.change([['99000', '1']], [['101000.5', '1']]);
    assert.equal(world.sample(0, 0)!.truncated, 0b100);
    market!.book.restore(JSON.parse(JSON.stringify(market!.book.save())));
    assert.equal(world.sample(0, 1)!.truncated, 0b100);
    market!.load(ladder(99_999, -1, 300), ladder(100_001, 1, 300));
    assert.equal(world.sample(0, 2)!.truncated, 0);
  });

  test('a top that the market has walked into the unknown is not known either', () => {
    const world = new World([{ venue: 'binance_usdm' }]);
    const [market] = world.markets;
    market!.load(ladder(99_999, -1, 120), ladder(100_001, 1, 120));
    // Down to six bids that were told; the next four are as good as any.
    const gone = ladder(99_999, -1, 114).map(([price]): [string, string] => [price, '0']);
    market!.change(
      [...gone, ['99879', '1'], ['99878', '1'], ['99877', '1'], ['99876', '1']],
      [['99886', '1'], ...ladder(99_887, 1, 12)],
    );
    const sample = world.sample(0, 0)!;
    assert.ok(!Number.isNaN(metricOf(sample, 'top_5_notional_imbalance')));
    assert.equal(metricOf(sample, 'top_10_notional_imbalance'), Number.NaN);
  });

  test('the side that is reached still says its depth', () => {
    const world = new World([{ venue: 'kraken', depth: 60 }]);
    world.markets[0]!.load(ladder(99_999, -1, 60), ladder(100_001, 1, 40));
    const sample = world.sample(0, 0)!;
    assert.equal(metricOf(sample, 'depth_10bps_bid'), Number.NaN);
    assert.ok(isClose(metricOf(sample, 'depth_10bps_ask'), (40 * (100_001 + 100_040)) / 2));
  });

  test('the best ten of a book cut to five are not known; of a book that has no more they are', () => {
    for (const [venue, depth, isKnown] of [
      ['okx', 5, false],
      ['coinbase', null, true],
    ] as const) {
      const world = new World([{ venue, depth }]);
      world.markets[0]!.load(ladder(99_999, -1, 5), ladder(100_001, 1, 5));
      const sample = world.sample(0, 0)!;
      assert.equal(Number.isNaN(metricOf(sample, 'top_10_notional_imbalance')), !isKnown, venue);
      assert.ok(!Number.isNaN(metricOf(sample, 'top_5_notional_imbalance')), venue);
    }
  });
});
