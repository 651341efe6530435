import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Bar } from '../../../src/core/market/bars/bar.ts';
import { BarBuilder } from '../../../src/core/market/bars/bar-builder.ts';
import { RollUp } from '../../../src/core/market/bars/roll-up.ts';
import { type Call, callStreams, MINUTE, make, T0 } from './bar-oracle.ts';

/** 23:45, where a quarter begins. */
const QUARTER = T0 - 10 * MINUTE;

const empty: Bar = {
  openMs: 0,
  closeMs: 0,
  revision: 0,
  priceSource: 'none',
  open: null,
  high: null,
  low: null,
  close: null,
  baseVolume: 0,
  quoteVolume: 0,
  buyQuoteVolume: 0,
  sellQuoteVolume: 0,
  tradeCount: 0,
  vwap: null,
  cvd: 0,
  complete: true,
  coverageMs: MINUTE,
};

function minute(index: number, more: Partial<Bar> = {}): Bar {
  const openMs = QUARTER + index * MINUTE;
  return { ...empty, openMs, closeMs: openMs + MINUTE, ...more };
}

const traded = (index: number, open: number, high: number, low: number, close: number, more: Partial<Bar> = {}) =>
  minute(index, {
    ...{ priceSource: 'trade', open, high, low, close, tradeCount: 2, baseVolume: 3, quoteVolume: 3 * close },
    ...{ buyQuoteVolume: 2 * close, sellQuoteVolume: close, cvd: close, vwap: close, ...more },
  });
const mid = (index: number, price: number) =>
  minute(index, { priceSource: 'mid', open: price, high: price, low: price, close: price });

function roll(rollUp: RollUp, bars: readonly Bar[]): Bar[] {
  const rolled: Bar[] = [];
  for (const bar of bars) rollUp.add(bar, (longer) => rolled.push(longer));
  return rolled;
}

const quarterOf = (changed: readonly Bar[]) =>
  Array.from({ length: 15 }, (_, i) => changed.find((bar) => bar.openMs === QUARTER + i * MINUTE) ?? minute(i));

describe('roll-up', () => {
  it('makes a quarter of its minutes when the last one closes', () => {
    const bars = quarterOf([mid(0, 900), traded(1, 10, 13, 9, 12), mid(2, 1), traded(14, 12, 12, 7, 8)]);
    const rollUp = new RollUp(15);
    assert.deepEqual(roll(rollUp, bars.slice(0, 14)), []);
    assert.deepEqual(roll(rollUp, bars.slice(14)), [
      {
        openMs: QUARTER,
        closeMs: QUARTER + 15 * MINUTE,
        revision: 0,
        priceSource: 'trade',
        open: 10,
        high: 13,
        low: 7,
        close: 8,
        baseVolume: 6,
        quoteVolume: 60,
        buyQuoteVolume: 40,
        sellQuoteVolume: 20,
        tradeCount: 4,
        vwap: 10,
        cvd: 20,
        complete: true,
        coverageMs: 15 * MINUTE,
      },
    ]);
  });

  it('takes mids only where nothing was traded, and nothing where there is nothing', () => {
    const [ofMids] = roll(new RollUp(15), quarterOf([mid(3, 5), mid(4, 9), mid(5, 2), mid(6, 4)]));
    assert.deepEqual(
      [ofMids!.priceSource, ofMids!.open, ofMids!.high, ofMids!.low, ofMids!.close],
      ['mid', 5, 9, 2, 4],
    );
    const [ofNothing] = roll(new RollUp(15), quarterOf([]));
    assert.deepEqual([ofNothing!.priceSource, ofNothing!.open, ofNothing!.vwap], ['none', null, null]);
  });

  it('says how much is covered when the run began inside, or a minute was not covered whole', () => {
    const [late] = roll(new RollUp(15), quarterOf([]).slice(12));
    assert.deepEqual([late!.complete, late!.coverageMs, late!.openMs], [false, 3 * MINUTE, QUARTER]);
    const [holed] = roll(new RollUp(15), quarterOf([minute(7, { complete: false, coverageMs: 59_999 })]));
    assert.deepEqual([holed!.complete, holed!.coverageMs], [false, 15 * MINUTE - 1]);
  });

  it('has no volumes when one minute has none known', () => {
    const unknown = { baseVolume: null, quoteVolume: null, buyQuoteVolume: null, sellQuoteVolume: null, cvd: null };
    const [bar] = roll(
      new RollUp(15),
      quarterOf([traded(0, 1, 1, 1, 1), traded(1, 2, 2, 2, 2, { ...unknown, vwap: null })]),
    );
    assert.deepEqual([bar!.baseVolume, bar!.cvd, bar!.vwap, bar!.tradeCount, bar!.close], [null, null, null, 4, 2]);
  });

  it('comes again when a minute is revised, also from the span before, and counts what is older', () => {
    const rollUp = new RollUp(15);
    roll(rollUp, quarterOf([]));
    assert.deepEqual(roll(rollUp, [minute(15)]), []);
    const [again] = roll(rollUp, [traded(14, 3, 3, 3, 3, { revision: 1 })]);
    assert.deepEqual([again!.openMs, again!.revision, again!.close], [QUARTER, 1, 3]);
    const [thrice] = roll(rollUp, [traded(2, 8, 8, 8, 8, { revision: 1 })]);
    assert.deepEqual([thrice!.openMs, thrice!.revision, thrice!.open, thrice!.close], [QUARTER, 2, 8, 3]);
    assert.deepEqual(roll(rollUp, [minute(15, { revision: 1 })]), []);
    roll(rollUp, [minute(30)]);
    assert.equal(
      rollUp.add(minute(14), () => assert.fail('nothing is emitted')),
      'too_late',
    );
  });

  it('does not lose a span whose last minute never came', () => {
    const rolled = roll(new RollUp(15), [traded(3, 4, 4, 4, 4), minute(20)]);
    assert.deepEqual([rolled.length, rolled[0]!.close, rolled[0]!.coverageMs], [1, 4, MINUTE]);
  });

  it('makes hours too, from the full hour on', () => {
    const bars = Array.from({ length: 60 }, (_, i) => minute(15 + i));
    const [hour] = roll(new RollUp(60), bars);
    assert.deepEqual([hour!.openMs, hour!.complete, hour!.coverageMs], [QUARTER + 15 * MINUTE, true, 60 * MINUTE]);
    assert.throws(() => new RollUp(7), /divides the hour/);
  });

  const minutesOf = (calls: readonly Call[]) => {
    const builder = new BarBuilder();
    builder.start(T0);
    return calls.flatMap((call) => make(builder, call).bars);
  };

  it('agrees with its minutes, whatever was revised', () => {
    fc.assert(
      fc.property(callStreams, (calls) => {
        const bars = minutesOf(calls);
        const last = new Map<number, Bar>();
        const rolled = new Map<number, Bar>();
        const rollUp = new RollUp(15);
        for (const bar of bars) {
          last.set(bar.openMs, bar);
          rollUp.add(bar, (longer) => {
            assert.equal(longer.revision, (rolled.get(longer.openMs)?.revision ?? -1) + 1);
            rolled.set(longer.openMs, longer);
          });
        }
        for (const longer of rolled.values()) {
          const inside = [...last.values()].filter(
            (bar) => bar.openMs >= longer.openMs && bar.closeMs <= longer.closeMs,
          );
          const sum = (of: (bar: Bar) => number) => inside.reduce((total, bar) => total + of(bar), 0);
          assert.equal(
            longer.tradeCount,
            sum((bar) => bar.tradeCount),
          );
          assert.equal(
            longer.coverageMs,
            sum((bar) => bar.coverageMs),
          );
          assert.equal(longer.complete, inside.length === 15 && inside.every((bar) => bar.complete));
          if (inside.every((bar) => bar.baseVolume !== null))
            assert.equal(
              longer.baseVolume,
              sum((bar) => bar.baseVolume!),
            );
          else assert.equal(longer.baseVolume, null);
        }
      }),
    );
  });

  it('goes on from a saved state', () => {
    fc.assert(
      fc.property(callStreams, fc.nat(), (calls, x) => {
        const bars = minutesOf(calls);
        const cut = x % (bars.length + 1);
        const rollUp = new RollUp(15);
        roll(rollUp, bars.slice(0, cut));
        const restored = new RollUp(15);
        restored.restore(JSON.parse(JSON.stringify(rollUp.save())));
        assert.deepEqual(roll(restored, bars.slice(cut)), roll(rollUp, bars.slice(cut)));
        assert.deepEqual(restored.save(), rollUp.save());
      }),
    );
  });
});
