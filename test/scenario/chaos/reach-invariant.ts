/** No depth of a band is told beyond what is known of a book that was asked for in part. Knows no truth. */

import { POW10 } from '../../../src/core/base/decimal.ts';
import type { Book } from '../../../src/core/market/book/book.ts';
import type { InstrumentRun } from '../../../src/core/scan/instrument-run.ts';
import { METRIC_INDEX, type Sample } from '../../../src/core/signal/surveillance/metric.ts';

/** As far as a book is known, in its own ticks. */
interface Reached {
  readonly book: Book;
  readonly reach: { readonly bid: number; readonly ask: number };
}

const { depth_5bps_bid, depth_10bps_bid, depth_25bps_bid } = METRIC_INDEX;
/** Width in hundredths of a percent, and where the depths of its bids and asks stand. */
const BANDS = [
  [5, depth_5bps_bid, depth_5bps_bid + 1],
  [10, depth_10bps_bid, depth_10bps_bid + 1],
  [25, depth_25bps_bid, depth_25bps_bid + 1],
] as const;
/** Of an edge that is no integer here, and is one there. */
const TICK_SLACK = 1e-6;

/** Of one book. */
export class ReachInvariant {
  readonly #run: InstrumentRun;
  /** Before the last step and after it: samples are of what was before the message that ended their second. */
  #before: Reached;
  #now: Reached;

  constructor(run: InstrumentRun) {
    this.#run = run;
    this.#now = { book: run.book, reach: { bid: Number.POSITIVE_INFINITY, ask: Number.NEGATIVE_INFINITY } };
    this.#before = this.#now;
  }

  onStep(): void {
    const { book } = this.#run;
    const { bid, ask } = book.reach;
    const now = this.#now;
    this.#before = now;
    if (now.book !== book || now.reach.bid !== bid || now.reach.ask !== ask) this.#now = { book, reach: { bid, ask } };
  }

  /** @returns what is told too far; null: the book, or what it was before this Input, reaches each band's last tick */
  flawOf({ values }: Sample): string | null {
    const mid = values[METRIC_INDEX.mid_price]!;
    for (const [bps, bid, ask] of BANDS) {
      const isBidKnown = Number.isNaN(values[bid]!) || this.#isBidKnown(mid * (1 - bps / 10_000));
      const isAskKnown = Number.isNaN(values[ask]!) || this.#isAskKnown(mid * (1 + bps / 10_000));
      if (isBidKnown && isAskKnown) continue;
      return `${bps} bps of ${isBidKnown ? 'asks' : 'bids'} told around ${mid}, and not known so far`;
    }
    return null;
  }

  #isBidKnown(edge: number): boolean {
    return this.#isSome(({ book, reach }) => Math.ceil(edge * POW10[book.priceDecimals]! - TICK_SLACK) >= reach.bid);
  }

  #isAskKnown(edge: number): boolean {
    return this.#isSome(({ book, reach }) => Math.floor(edge * POW10[book.priceDecimals]! + TICK_SLACK) <= reach.ask);
  }

  #isSome(reaches: (reached: Reached) => boolean): boolean {
    return reaches(this.#before) || reaches(this.#now);
  }
}
