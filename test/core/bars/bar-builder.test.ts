import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Bar } from '../../../src/core/market/bars/bar.ts';
import { BarBuilder } from '../../../src/core/market/bars/bar-builder.ts';
import type { TakerSide } from '../../../src/core/market/tick.ts';
import { type Call, callStreams, MINUTE, make, NaiveBars, T0 } from './bar-oracle.ts';

function started(): BarBuilder {
  const builder = new BarBuilder();
  builder.start(T0 + 12_345.678);
  return builder;
}

function run(builder: BarBuilder, calls: readonly Call[]): { results: (string | undefined)[]; bars: Bar[] } {
  const steps = calls.map((call) => make(builder, call));
  return { results: steps.map((step) => step.result), bars: steps.flatMap((step) => step.bars) };
}

const trade = (at: number, price: number, base = 1, side: TakerSide = 1): Call => {
  return { kind: 'trade', at, price, base, quote: base * price, side };
};
const close = (to: number, mid: number | null = null): Call => ({ kind: 'close', to, graceMs: 4_500, mid });
const outline = (bar: Bar) => [(bar.openMs - T0) / MINUTE, bar.revision, bar.priceSource, bar.close, bar.tradeCount];

describe('bar builder', () => {
  it('makes a bar of the trades of its minute', () => {
    const { bars } = run(started(), [
      { kind: 'cover', at: 0 },
      trade(1_000, 100, 2, 1),
      trade(2_000, 103, 1, -1),
      trade(59_999, 99, 1, 0),
      trade(60_000, 500),
      close(61_499),
      close(61_500),
    ]);
    assert.deepEqual(bars, [
      {
        openMs: T0,
        closeMs: T0 + MINUTE,
        revision: 0,
        priceSource: 'trade',
        open: 100,
        high: 103,
        low: 99,
        close: 99,
        baseVolume: 4,
        quoteVolume: 402,
        buyQuoteVolume: 200,
        sellQuoteVolume: 103,
        tradeCount: 3,
        vwap: 100.5,
        cvd: 97,
        complete: true,
        coverageMs: MINUTE,
      },
    ]);
  });

  it('opens and closes by event time, ties by arrival', () => {
    const calls = [
      trade(5_000, 5),
      trade(9_000, 9),
      trade(2_000, 2),
      trade(2_000, 22),
      trade(9_000, 99),
      trade(7_000, 7),
    ];
    const { bars } = run(started(), [...calls, close(61_500)]);
    assert.equal(bars[0]!.open, 2);
    assert.equal(bars[0]!.close, 99);
  });

  const tables: Record<string, readonly (readonly [Call, string | undefined, ...ReturnType<typeof outline>[]])[]> = {
    'revises within the grace, and only counts after it': [
      [trade(10_000, 10), 'folded'],
      [close(61_500), undefined, [0, 0, 'trade', 10, 1]],
      [trade(59_000, 11), 'revised', [0, 1, 'trade', 11, 2]],
      [close(64_499), undefined],
      [trade(59_500, 12), 'revised', [0, 2, 'trade', 12, 3]],
      [close(64_500), undefined],
      [trade(59_600, 13), 'too_late'],
      [close(70_000), undefined],
    ],
    'marks empty minutes; only the newest of several may take the mid': [
      [close(61_500, 50), undefined, [0, 0, 'mid', 50, 0]],
      [close(250_000, 60), undefined, [1, 0, 'none', null, 0], [2, 0, 'none', null, 0], [3, 0, 'mid', 60, 0]],
      [close(301_500, null), undefined, [4, 0, 'none', null, 0]],
    ],
    'turns an empty minute into a traded one by a late trade': [
      [close(61_500, 50), undefined, [0, 0, 'mid', 50, 0]],
      [trade(59_000, 51), 'revised', [0, 1, 'trade', 51, 1]],
    ],
    'keeps trades that are ahead for their minute, up to ten minutes': [
      [trade(60_000, 1), 'folded'],
      [trade(11 * MINUTE - 1, 2), 'folded'],
      [trade(11 * MINUTE, 3), 'bad_event_time'],
      [close(61_500), undefined, [0, 0, 'none', null, 0]],
      [trade(11 * MINUTE, 3), 'folded'],
      [close(121_500), undefined, [1, 0, 'trade', 1, 1]],
    ],
    'has no minute before the first': [[trade(-1, 1), 'too_late']],
    'refuses what is no number': [
      [trade(Number.NaN, 1), 'bad_event_time'],
      [trade(0, Number.NaN), 'bad_price'],
      [trade(0, Number.POSITIVE_INFINITY), 'bad_price'],
    ],
    'says nothing before time is known, nor of an open minute': [
      [trade(0, 1), 'folded'],
      [close(Number.NaN, 1), undefined],
      [close(60_000, 1), undefined],
    ],
  };
  for (const [name, rows] of Object.entries(tables)) {
    it(name, () => {
      const builder = started();
      for (const [call, result, ...bars] of rows) {
        const step = make(builder, call);
        assert.equal(step.result, result, JSON.stringify(call));
        assert.deepEqual(step.bars.map(outline), bars, JSON.stringify(call));
      }
    });
  }

  it('gives a minute with an unknown amount no volumes, but prices and count', () => {
    const { bars } = run(started(), [trade(0, 10), trade(1, 12, Number.NaN), trade(2, 11), close(61_500)]);
    const { baseVolume, quoteVolume, buyQuoteVolume, sellQuoteVolume, vwap, cvd, tradeCount, high } = bars[0]!;
    assert.deepEqual([baseVolume, quoteVolume, buyQuoteVolume, sellQuoteVolume, vwap, cvd], Array(6).fill(null));
    assert.deepEqual([tradeCount, high], [3, 12]);
  });

  it('has volume 0 and no vwap without trades', () => {
    const { bars } = run(started(), [close(61_500)]);
    assert.deepEqual([bars[0]!.baseVolume, bars[0]!.quoteVolume, bars[0]!.vwap, bars[0]!.cvd], [0, 0, null, 0]);
  });

  it('revises a closed bar when a hole or a disconnect touches it, and says when that is too late', () => {
    const builder = started();
    const { bars, results } = run(builder, [
      { kind: 'cover', at: 0 },
      close(61_500),
      { kind: 'hole', from: 58_999, to: 60_500 },
      { kind: 'uncover', at: 59_500 },
      { kind: 'uncover', at: 55_000 },
      { kind: 'cover', at: 55_500 },
      close(64_500),
      { kind: 'hole', from: 50_000, to: 60_500 },
    ]);
    const seen = bars.map((bar) => [bar.revision, bar.coverageMs, bar.complete]);
    assert.deepEqual(seen, [
      [0, 60_000, true],
      [1, 58_999, false],
      [2, 55_000, false],
      [3, 58_499, false],
    ]);
    assert.deepEqual(
      results.filter((result) => result !== undefined),
      ['marked', 'too_late'],
    );
  });

  it('can emit revisions with the next close, before what closes then', () => {
    const builder = started();
    const bars: Bar[] = [];
    builder.closeUpTo(T0 + MINUTE, T0 + MINUTE - 3000, null, (bar) => bars.push(bar));
    builder.addTrade(T0 + 59_000, 10, 1, 10, 1);
    builder.addTrade(T0 + 59_500, 11, 1, 11, 1);
    builder.closeUpTo(T0 + 2 * MINUTE, T0 + 2 * MINUTE - 3000, null, (bar) => bars.push(bar));
    assert.deepEqual(bars.map(outline), [
      [0, 0, 'none', null, 0],
      [0, 1, 'trade', 11, 2],
      [1, 0, 'none', null, 0],
    ]);
  });

  it('forgets between closes, too', () => {
    const builder = started();
    make(builder, close(61_500));
    builder.forgetUpTo(T0 + MINUTE - 0.001);
    assert.equal(make(builder, trade(59_000, 10)).result, 'revised');
    builder.forgetUpTo(T0 + MINUTE);
    assert.equal(make(builder, trade(59_000, 10)).result, 'too_late');
    builder.forgetUpTo(T0 + 9 * MINUTE);
    assert.equal(make(builder, trade(60_000, 10)).result, 'folded', 'an open minute is never forgotten');
  });

  it('starts once, with the minute in which something was first seen', () => {
    const builder = started();
    builder.start(T0 + 10 * MINUTE);
    assert.equal(builder.openCloseMs, T0 + MINUTE);
    assert.equal(new BarBuilder().openCloseMs, null);
    assert.deepEqual(run(builder, [close(61_500)]).bars.map(outline), [[0, 0, 'none', null, 0]]);
    assert.throws(() => new BarBuilder().addTrade(T0, 1, 1, 1, 1), /started before/);
    assert.equal(new BarBuilder().isDue(Number.MAX_VALUE), false);
  });

  it('is what the oracle works out, for any stream of calls', () => {
    const outcomes = new Set<string | undefined>();
    fc.assert(
      fc.property(callStreams, (calls) => {
        const builder = started();
        const naive = new NaiveBars();
        for (const call of calls) {
          const expected = naive.make(call);
          outcomes.add(expected.result);
          assert.deepEqual(make(builder, call), expected);
        }
      }),
      { numRuns: 300 },
    );
    const all = ['bad_event_time', 'folded', 'marked', 'revised', 'too_late', undefined];
    assert.deepEqual([...outcomes].sort(), all, 'the streams reach every outcome');
  });

  it('goes on from a saved state', () => {
    fc.assert(
      fc.property(callStreams, fc.nat(), (calls, x) => {
        const cut = x % (calls.length + 1);
        const builder = started();
        run(builder, calls.slice(0, cut));
        const restored = new BarBuilder();
        restored.restore(JSON.parse(JSON.stringify(builder.save())));
        assert.deepEqual(run(restored, calls.slice(cut)), run(builder, calls.slice(cut)));
        assert.deepEqual(restored.save(), builder.save());
      }),
    );
  });

  it('saves and restores before it starts, and does not share what it saved', () => {
    const fresh = new BarBuilder();
    fresh.restore(JSON.parse(JSON.stringify(new BarBuilder().save())));
    assert.equal(fresh.isStarted, false);
    const builder = started();
    make(builder, trade(0, 1));
    const saved = builder.save();
    const before = JSON.stringify(saved);
    const restored = new BarBuilder();
    restored.restore(saved);
    make(restored, trade(1, 2));
    make(builder, trade(1, 3));
    assert.equal(JSON.stringify(saved), before);
  });
});
