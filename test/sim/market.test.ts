/** The simulated market: its book is never crossed or empty, and a subscriber of any depth can follow it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Prng } from '../../src/core/base/prng.ts';
import { BookSideTruth, type Level, type Side } from '../../src/shell/sim/book-truth.ts';
import { BINANCE_LISTINGS, KRAKEN_LISTINGS, START_PRICES } from '../../src/shell/sim/demo-markets.ts';
import type { LevelChange } from '../../src/shell/sim/kraken-encoder.ts';
import { visibleChanges } from '../../src/shell/sim/kraken-listing.ts';
import { Market, type MarketListener, type MarketSpec, type TradePrint } from '../../src/shell/sim/market.ts';
import { PriceProcess, STEP_US } from '../../src/shell/sim/price-process.ts';

/** Runs a market for a minute and hands every settled state to `settled`. */
function runMarket(spec: MarketSpec, seed: number, listener: (market: Market) => MarketListener): void {
  const prng = new Prng(seed);
  const prices = new PriceProcess(prng.fork('prices'), START_PRICES);
  const market = new Market(spec, prng.fork('market'), START_PRICES);
  const heard = listener(market);
  for (let stepUs = 0; stepUs < 60_000_000; stepUs += STEP_US) market.step(stepUs, prices.step(), heard);
}

describe('a simulated market', () => {
  test('is uncrossed and keeps its levels whenever it is settled', () => {
    for (const { spec } of [...BINANCE_LISTINGS, ...KRAKEN_LISTINGS]) {
      let settled = 0;
      runMarket(spec, 3, (market) => ({
        changed: (_side, price, size) =>
          assert.ok(Number.isInteger(price) && price > 0 && Number.isInteger(size) && size >= 0),
        traded: () => {},
        settled: () => {
          settled += 1;
          assert.ok(market.book.spread() > 0);
          assert.ok(Math.min(market.book.bid.count, market.book.ask.count) >= spec.levels / 2);
        },
      }));
      assert.ok(settled > 100);
    }
  });

  test('prints trades at prices and sizes that its book lost', () => {
    const lost: LevelChange[] = [];
    let prints = 0;
    runMarket(BINANCE_LISTINGS[0]!.spec, 4, () => ({
      changed: (side, price, size) => void lost.push({ side, price, size }),
      traded: (filled: readonly TradePrint[]) => {
        const side: Side = filled[0]!.takerSide === 'buy' ? 'ask' : 'bid';
        const last = lost.slice(-filled.length);
        assert.deepEqual(
          last.map((change) => change.price),
          filled.map((print) => print.price),
        );
        assert.ok(last.every((change) => change.side === side));
        assert.ok(
          last.slice(0, -1).every((change) => change.size === 0),
          'a sweep empties every level but the last',
        );
        prints += filled.length;
      },
      settled: () => {},
    }));
    assert.ok(prints > 50);
  });

  test('tells times in order', () => {
    let lastUs = 0;
    const inOrder = (timeUs: number): void => {
      assert.ok(timeUs >= lastUs);
      lastUs = timeUs;
    };
    runMarket(KRAKEN_LISTINGS[0]!.spec, 5, () => ({
      changed: () => {},
      traded: (prints) => prints.forEach((print) => void inOrder(print.timeUs)),
      settled: inOrder,
    }));
  });
});

describe('one side of the true book', () => {
  const level = fc.record({ price: fc.integer({ min: 1, max: 30 }), size: fc.integer({ min: 0, max: 3 }) });

  test('holds what a sorted Map holds', () => {
    fc.assert(
      fc.property(fc.constantFrom<Side>('bid', 'ask'), fc.array(level), (side, changes) => {
        const truth = new BookSideTruth(side);
        for (const { price, size } of changes) truth.set(price, size);
        assert.deepEqual(truth.top(100), sortedLevels(changes, side));
      }),
    );
  });

  test('is followed by a subscriber of limited depth that applies, then truncates', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Side>('bid', 'ask'),
        fc.array(fc.array(level, { maxLength: 6 })),
        (side, messages) => {
          const depth = 4;
          const truth = new BookSideTruth(side);
          let client: Level[] = [];
          for (const message of messages) {
            const before = truth.top(depth);
            for (const { price, size } of message) truth.set(price, size);
            const told = visibleChanges(
              message.map((one) => ({ side, ...one })),
              side,
              before,
              truth.top(depth),
            );
            client = sortedLevels([...client, ...told], side).slice(0, depth);
            assert.deepEqual(client, truth.top(depth));
          }
        },
      ),
    );
  });
});

/** The last size of each price, without removed ones, best first. */
function sortedLevels(changes: readonly Level[], side: Side): Level[] {
  const sizes = new Map(changes.map(({ price, size }) => [price, size]));
  const levels = Array.from(sizes, ([price, size]) => ({ price, size })).filter(({ size }) => size > 0);
  return levels.sort((a, b) => (side === 'ask' ? a.price - b.price : b.price - a.price));
}
