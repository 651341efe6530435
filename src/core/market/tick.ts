/** The tick: one normalised market update, and the reusable batch of them that one frame decodes to. Decides nothing. */

import type { Instrument } from './instrument.ts';

/** What a tick is. Numbers, because they are compared on the hot path; `TICK_KIND_NAMES` has the words. */
export const TickKind = {
  trade: 0,
  bbo: 1,
  depthSnapshot: 2,
  depthDelta: 3,
  ticker: 4,
  liquidation: 5,
} as const;
export type TickKind = (typeof TickKind)[keyof typeof TickKind];
export const TICK_KIND_NAMES = ['trade', 'bbo', 'depth_snapshot', 'depth_delta', 'ticker', 'liquidation'] as const;

/** The aggressor's side: 1 bought (lifted the ask), -1 sold (hit the bid), 0 unknown. Same meaning on every venue. */
export type TakerSide = 1 | -1 | 0;

/**
 * One market update. Only the fields of its kind are meaningful; the others hold leftovers.
 *
 * `price`, `size`, `bid*`, `ask*` and levels are integer mantissas at the instrument's `priceDecimals` and `sizeDecimals`
 * of the moment. Absent numbers are NaN. Owned by the batch: copy what you keep.
 */
export class Tick {
  kind: TickKind = TickKind.trade;
  instrument: Instrument = undefined as unknown as Instrument;
  /** The venue's own channel name without parameters: `trade`, `aggTrade`, `book`, `books-l2-tbt` … (an interned constant). */
  channel = '';
  /** Exchange time, ms since epoch; NaN where the venue sends none (Binance spot bookTicker). */
  eventTimeMs = Number.NaN;

  /** trade, liquidation: mantissas; `takerSide` is the aggressor's (liquidation: the side of the forced order). */
  price = Number.NaN;
  size = Number.NaN;
  takerSide: TakerSide = 0;
  /** trade: the venue's id when it is an integer, else NaN. `isIdSequential` says that the next one must be id + 1. */
  tradeId = Number.NaN;
  isIdSequential = false;
  /** trade: part of the history a venue sends at subscription (counted, never folded into bars). */
  isSnapshot = false;
  /** trade: made by an insurance fund or auto-deleveraging, not by the market: its id counts, bars do not fold it. */
  isOffMarket = false;

  /** bbo: NaN price and size for an empty side. */
  bidPrice = Number.NaN;
  bidSize = Number.NaN;
  askPrice = Number.NaN;
  askSize = Number.NaN;

  /** bbo, depth: the venue's ids, NaN where it has none. For depth see the venue's sequence rule. */
  firstId = Number.NaN;
  lastId = Number.NaN;
  previousId = Number.NaN;
  /** depth: checksum as sent; NaN when absent or not meaningful. */
  checksum = Number.NaN;
  /** depth snapshot: the answer to a request, which the stream's deltas must bridge; false: the stream itself sent it. */
  isRequested = false;
  /**
   * depth snapshot that was asked for: levels a side that the venue would have sent had it had as many; 0: not known. Not of the
   * message, so no codec sets it: whoever asked does.
   */
  levelsAsked = 0;
  /** depth: the subscribed depth to truncate to; 0: no truncation. */
  depthLimit = 0;
  /** depth: bids are `batch.levels[bidFrom, bidTo)`, asks `[askFrom, askTo)`, in the order sent. */
  bidFrom = 0;
  bidTo = 0;
  askFrom = 0;
  askTo = 0;

  /** ticker: doubles in quote units, funding as a ratio per interval, open interest in the venue's size unit; NaN if absent. */
  markPrice = Number.NaN;
  indexPrice = Number.NaN;
  fundingRate = Number.NaN;
  nextFundingTimeMs = Number.NaN;
  openInterest = Number.NaN;
}

/** A size that does not fit its mantissa (over 2^53): kept as text beside the rounded number. */
export interface OddSize {
  readonly level: number;
  readonly text: string;
}

/** Enough for the first snapshot; grows. */
const FIRST_LEVELS = 4096;

/** The ticks of one frame. Reused: valid until the next decode into it. */
export class TickBatch {
  readonly ticks: Tick[] = [new Tick()];
  count = 0;
  levelPrices: Float64Array;
  levelSizes: Float64Array;
  levelCount = 0;
  readonly oddSizes: OddSize[] = [];
  /** Why the frame is `unknown` or `malformed`: lower snake case from a small set, such as `unknown_channel:kline`. */
  reason = '';
  /** For an `ack` of one channel and symbol (empty where the venue's ack names none): what is now (un)subscribed. */
  ackChannel = '';
  ackSymbol = '';
  isAckSubscribe = true;
  /** Per-connection message number where a venue has one (Coinbase Advanced), else NaN. */
  connectionSequence = Number.NaN;

  /** @param levels - room for this many at first */
  constructor(levels = FIRST_LEVELS) {
    this.levelPrices = new Float64Array(Math.max(levels, 1));
    this.levelSizes = new Float64Array(Math.max(levels, 1));
  }

  clear(): void {
    this.count = 0;
    this.levelCount = 0;
    if (this.oddSizes.length > 0) this.oddSizes.length = 0;
    this.connectionSequence = Number.NaN;
  }

  /** The next free tick, counted. The caller sets every field of its kind. */
  next(): Tick {
    if (this.count === this.ticks.length) this.ticks.push(new Tick());
    return this.ticks[this.count++]!;
  }

  /** Makes room for `more` further levels; call before writing into the level arrays, then read them anew. */
  reserveLevels(more: number): void {
    const wanted = this.levelCount + more;
    if (wanted <= this.levelPrices.length) return;
    let capacity = this.levelPrices.length * 2;
    while (capacity < wanted) capacity *= 2;
    const prices = new Float64Array(capacity);
    const sizes = new Float64Array(capacity);
    prices.set(this.levelPrices);
    sizes.set(this.levelSizes);
    this.levelPrices = prices;
    this.levelSizes = sizes;
  }

  pushLevel(price: number, size: number): void {
    this.reserveLevels(1);
    this.levelPrices[this.levelCount] = price;
    this.levelSizes[this.levelCount] = size;
    this.levelCount += 1;
  }
}
