/** Takes handling out of the core that no configuration turns off, for the drills that are about it. For tests alone. */

import type { Tick, TickBatch } from '../../src/core/market/tick.ts';
import type { DecodeOutcome } from '../../src/core/market/venues/codec.ts';
import { ShapedCodec } from '../../src/core/market/venues/shaped-codec.ts';
import { InstrumentRun } from '../../src/core/scan/instrument-run.ts';

/** Puts it out of action. @returns puts it back */
export type Patch = () => () => void;

type Method = (...args: never[]) => unknown;

/** Puts another method in the place of one of a class, which it is given to call. */
function replaced<K extends string, F extends Method>(
  owner: { prototype: Record<K, F> },
  name: K,
  make: (own: F) => (this: unknown, ...args: Parameters<F>) => ReturnType<F>,
): Patch {
  return () => {
    const own = owner.prototype[name];
    owner.prototype[name] = make(own) as unknown as F;
    return () => {
      owner.prototype[name] = own;
    };
  };
}

type Trades = { prototype: Record<'onTrade', (tick: Tick, isPolled: boolean) => boolean> };
type Deltas = { prototype: Record<'onDepthDelta', (tick: Tick, batch: TickBatch) => void> };
const trades = InstrumentRun as unknown as Trades;
const deltas = InstrumentRun as unknown as Deltas;

/** Nobody can tell a trade that comes again from a new one. */
export const withoutTradeIds: Patch = replaced(
  trades,
  'onTrade',
  (own) =>
    function (tick, isPolled) {
      tick.tradeId = Number.NaN;
      return own.call(this as never, tick, isPolled);
    },
);

/** Trades come, and no bar has them. */
export const withoutTrades: Patch = replaced(trades, 'onTrade', () => () => false);

type Codecs<K extends string> = { prototype: Record<K, (...args: unknown[]) => DecodeOutcome> };

/** What becomes of a frame that cannot be read; every other frame is read as ever. */
function misread<K extends 'decode' | 'decodeSlow'>(name: K, become: () => DecodeOutcome): Patch {
  return replaced(
    ShapedCodec as unknown as Codecs<K>,
    name,
    (own) =>
      function (...args) {
        const outcome = own.apply(this as never, args);
        return outcome === 'malformed' ? become() : outcome;
      },
  );
}

/** What cannot be read stops the run. */
export const withoutCare: Patch = misread('decodeSlow', () => {
  throw new Error('a frame that is none');
});

/** What cannot be read is passed over without a word. */
export const withoutCount: Patch = misread('decode', () => 'status');

/** A book whose best prices cross, or whose middle jumps, is taken for a broken one. */
function distrusting(isOdd: (run: InstrumentRun, midBefore: number | null) => boolean): Patch {
  return replaced(
    deltas,
    'onDepthDelta',
    (own) =>
      function (tick, batch) {
        const run = this as InstrumentRun;
        const before = run.book.mid;
        own.call(run as never, tick, batch);
        if (run.book.state === 'live' && isOdd(run, before)) run.invalidateBook('sequence', 'odd');
      },
  );
}

export const distrustingCrossings = distrusting(({ book }) => book.bids.bestPrice >= book.asks.bestPrice);

/** By more than three hundredths of a percent in one update. */
export const distrustingJumps = distrusting(({ book }, before) => {
  const after = book.mid;
  return before !== null && after !== null && Math.abs(after / before - 1) > 0.0003;
});
