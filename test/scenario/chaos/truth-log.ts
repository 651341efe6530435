/**
 * What one simulated book has been, one state after the other as the venue told them, so that a book of ours can be held against
 * the state that it says it is at, however late its messages came. Reads the simulator's own levels; judges nothing.
 */

import { POW10 } from '../../../src/core/base/decimal.ts';
import type { Book } from '../../../src/core/market/book/book.ts';
import { SEQUENCE_RULES } from '../../../src/core/market/book/sequence.ts';
import type { BookSideTruth } from '../../../src/shell/sim/book-truth.ts';
import type { MarketListener } from '../../../src/shell/sim/market.ts';
import type { SimBook } from '../../../src/shell/sim/venues/sim-venue.ts';
import { VenueBase } from '../../../src/shell/sim/venues/venue-base.ts';
import type { SimVenueName, SimWorld } from '../../../src/shell/sim/world/sim-world.ts';

/** Levels a side of every state that are kept. Kraken's books are as deep, so there it is the whole book. */
const TOP = 10;
/** Ten minutes of ten messages a second: longer than any line holds a message back. */
const KEPT = 6_000;
/** Price and size of `TOP` bids, then of as many asks; NaN where there is no such level. */
const ROW = 4 * TOP;
/** More levels a side than any simulated market has. */
const WHOLE = 1_000;

const prices = new Float64Array(WHOLE);
const sizes = new Float64Array(WHOLE);

/** Kraken's REST rounds sizes to three decimals, and what is less than half of the last one is `0.000`, no level; its stream does not. */
const POLLED_SIZE_SLACK = 0.0005;
/** Levels a side that a subscription has, where it does not have all (`instruments.yaml`). */
const DEPTHS: Readonly<Partial<Record<SimVenueName, number>>> = { kraken: TOP, bybit_spot: 200, bybit_linear: 200 };

/** Is the level at this price one that the book must know? In common units. */
type End = (price: number) => boolean;

/** Prices and sizes of the book times these are those of the truth times those, the sizes but for `slack`. */
interface Scales {
  readonly slack: number;
  readonly ownPrice: number;
  readonly ownSize: number;
  readonly truePrice: number;
  readonly trueSize: number;
}

export class TruthLog {
  /** False: the venue numbers nothing (Kraken, Coinbase). */
  readonly hasIds: boolean;
  /** True: its books are a snapshot of so many levels that was asked for, and what has changed since; others are told whole. */
  readonly isAskedFor: boolean;
  /** Whether each state is told once, at the end of a step of the world, so that a message brings the next one and no other. */
  readonly isByStep: boolean;
  readonly #depth: number;
  readonly #polledSlack: number;
  readonly #book: () => SimBook;
  readonly #rows = new Float64Array(KEPT * ROW);
  readonly #ids = new Float64Array(KEPT);
  /** By id: its states, oldest first; more than one where a venue that began anew counts from 1 again (Bybit). */
  readonly #states = new Map<number, number[]>();
  #count = 0;

  constructor(world: SimWorld, venue: SimVenueName, symbol: string) {
    const simulated = world.venue(venue);
    this.#book = () => simulated.book(symbol)!;
    this.hasIds = this.#book().lastId !== null;
    this.isAskedFor = SEQUENCE_RULES[venue]!.snapshotFrom === 'request';
    this.isByStep = venue !== 'kraken';
    this.#depth = DEPTHS[venue] ?? WHOLE;
    this.#polledSlack = venue === 'kraken' ? POLLED_SIZE_SLACK : 0;
    if (!this.isByStep) afterSettling(simulated, symbol, () => this.note());
    this.note();
  }

  /** The newest state's number; each state's is one more than the one's before. */
  get newest(): number {
    return this.#count - 1;
  }

  /** After the venue has told what changed: the same id, or without ids the same levels, is the same state. */
  note(): void {
    const { truth, lastId } = this.#book();
    const last = (this.newest + KEPT) % KEPT;
    if (this.#count > 0 && lastId !== null && lastId === this.#ids[last]) return;
    const slot = this.#count % KEPT;
    const isNew = writeRow(this.#rows, slot, truth.bid, truth.ask, last);
    if (this.#count > 0 && lastId === null && !isNew) return;
    if (lastId !== null) {
      if (this.#count >= KEPT) this.#states.get(this.#ids[slot]!)!.shift();
      this.#ids[slot] = lastId;
      const known = this.#states.get(lastId);
      if (known === undefined) this.#states.set(lastId, [this.#count]);
      else known.push(this.#count);
    }
    this.#count += 1;
  }

  /**
   * Which state a book is at: by its id, else the first one from `from` on with its levels, else the newest one before.
   *
   * @returns null: it was never the venue's, or too long ago to be known
   */
  stateOf(book: Book, from: number): number | null {
    if (this.hasIds) return this.#states.get(book.lastId)?.findLast((state) => this.isAt(book, state)) ?? null;
    const oldest = Math.max(0, this.#count - KEPT);
    for (let state = Math.max(from, oldest); state < this.#count; state++) if (this.isAt(book, state)) return state;
    for (let state = from - 1; state >= oldest; state--) if (this.isAt(book, state)) return state;
    return null;
  }

  /** The last of these states that a book is at; null: none is. */
  within(book: Book, from: number, to: number): number | null {
    for (let state = to; state >= from; state--) if (this.isAt(book, state)) return state;
    return null;
  }

  /** Are its best levels those of that state, with their sizes, as far as they are known? */
  isAt(book: Book, state: number): boolean {
    const scales = this.#scalesOf(book);
    const row = (state % KEPT) * ROW;
    const [bids, asks] = this.#ends(book, scales);
    return (
      isSameSide(this.#rows, row, book.bids.top(TOP, prices, sizes), scales, bids) &&
      isSameSide(this.#rows, row + 2 * TOP, book.asks.top(TOP, prices, sizes), scales, asks)
    );
  }

  /** Is every level of it that is known as it is at the venue now? */
  isWhole(book: Book): boolean {
    const { truth } = this.#book();
    const scales = this.#scalesOf(book);
    const [bids, asks] = this.#ends(book, scales);
    return (
      isWholeSide(truth.bid, this.#depth, book.bids.top(WHOLE, prices, sizes), scales, bids) &&
      isWholeSide(truth.ask, this.#depth, book.asks.top(WHOLE, prices, sizes), scales, asks)
    );
  }

  #ends({ reach }: Book, { ownPrice }: Scales): readonly [bids: End, asks: End] {
    if (!this.isAskedFor) return [() => true, () => true];
    return [(price) => price >= reach.bid * ownPrice, (price) => price <= reach.ask * ownPrice];
  }

  #scalesOf(book: Book): Scales {
    const { spec } = this.#book();
    const price = book.priceDecimals - spec.priceDecimals;
    const size = book.sizeDecimals - spec.sizeDecimals;
    const slack = book.state === 'polled' ? this.#polledSlack : 0;
    return {
      slack: slack * POW10[Math.max(book.sizeDecimals, spec.sizeDecimals)]!,
      ownPrice: POW10[Math.max(0, -price)]!,
      truePrice: POW10[Math.max(0, price)]!,
      ownSize: POW10[Math.max(0, -size)]!,
      trueSize: POW10[Math.max(0, size)]!,
    };
  }
}

/** @returns whether it differs from the row of slot `last` */
function writeRow(rows: Float64Array, slot: number, bid: BookSideTruth, ask: BookSideTruth, last: number): boolean {
  const to = slot * ROW;
  for (let i = 0; i < TOP; i++) {
    writeLevel(rows, to + 2 * i, bid, i);
    writeLevel(rows, to + 2 * (TOP + i), ask, i);
  }
  for (let i = 0; i < ROW; i++) if (!Object.is(rows[to + i], rows[last * ROW + i])) return true;
  return false;
}

function writeLevel(rows: Float64Array, at: number, side: BookSideTruth, i: number): void {
  const level = i < side.count ? side.at(i) : null;
  rows[at] = level === null ? Number.NaN : level.price;
  rows[at + 1] = level === null ? Number.NaN : level.size;
}

/** @param count - levels in `prices` and `sizes` */
function isSameSide(rows: Float64Array, from: number, count: number, scales: Scales, isKnown: End): boolean {
  const { ownPrice, ownSize, truePrice, trueSize, slack } = scales;
  let own = 0;
  for (let i = 0; i < TOP; i++) {
    const price = rows[from + 2 * i]! * truePrice;
    const size = rows[from + 2 * i + 1]! * trueSize;
    if (size < slack) continue;
    const isOver = own >= count || !isKnown(prices[own]! * ownPrice);
    if (Number.isNaN(price) || !isKnown(price)) return isOver;
    if (isOver || prices[own]! * ownPrice !== price || Math.abs(sizes[own]! * ownSize - size) > slack) return false;
    own += 1;
  }
  return true;
}

function isWholeSide(truth: BookSideTruth, depth: number, count: number, scales: Scales, isKnown: End): boolean {
  for (let i = 0; ; i++) {
    const isOver = i >= count || !isKnown(prices[i]! * scales.ownPrice);
    if (i >= Math.min(depth, truth.count) || !isKnown(truth.at(i).price * scales.truePrice)) return isOver;
    if (isOver) return false;
    const { price, size } = truth.at(i);
    if (prices[i]! * scales.ownPrice !== price * scales.truePrice) return false;
    if (sizes[i]! * scales.ownSize !== size * scales.trueSize) return false;
  }
}

/** A venue without ids may tell two states within one step of the world: each is the truth for a moment. */
function afterSettling(venue: object, symbol: string, run: () => void): void {
  if (!(venue instanceof VenueBase)) throw new Error('a simulated venue without ids has markets to listen to');
  const market = venue.market(symbol) as MarketListener;
  const settled = market.settled.bind(market);
  market.settled = (timeUs) => {
    settled(timeUs);
    run();
  };
}
