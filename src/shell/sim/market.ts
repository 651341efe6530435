/** One simulated market: orders arrive, its book follows the efficient price, trades print. It writes no wire format. */

import type { Prng } from '../../core/base/prng.ts';
import { type BookSideTruth, BookTruth, type Side } from './book-truth.ts';
import { DayStatistics } from './day-statistics.ts';
import { type Prices, STEP_US } from './price-process.ts';

/** What one market is like. Prices are in ticks of `priceDecimals`, sizes in lots of `sizeDecimals`. */
export interface MarketSpec {
  readonly venue: string;
  /** As the venue writes it. */
  readonly symbol: string;
  readonly fairPrice: (prices: Prices) => number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  /** Of a typical resting order, in lots. */
  readonly typicalSize: number;
  readonly spreadTicks: number;
  /** Mean distance of neighbouring levels, in ticks. */
  readonly gapTicks: number;
  /** Levels a side, about. */
  readonly levels: number;
  /** Quotes move when the fair price has left the mid by this much. */
  readonly stickyTicks: number;
  readonly ordersPerSecond: number;
  readonly tradesPerSecond: number;
}

/** One execution. `makers` is how many resting orders it met. */
export interface TradePrint {
  readonly timeUs: number;
  readonly price: number;
  readonly size: number;
  readonly takerSide: 'buy' | 'sell';
  readonly makers: number;
}

/** Who listens to a market. Calls come in exchange time. */
export interface MarketListener {
  /** A level now has this absolute size (0: removed). The book holds it already, and may be between two states. */
  changed(side: Side, price: number, size: number): void;
  /** One taker order is done, as one print a price level; its changes were told before. */
  traded(prints: readonly TradePrint[]): void;
  /** All changes of one order are told: the book is uncrossed and may be published. */
  settled(timeUs: number): void;
}

/** Never fewer levels a side than this share of the spec, so that no sweep empties a side. */
const FEWEST_LEVELS = 0.85;
const MOST_LEVELS = 1.15;
/** That makers react within one step. */
const REACTION_CHANCE = 0.25;
/** That quotes in the way of a move are taken, at least the first of them, instead of cancelled. */
const TAKEN_CHANCE = 0.25;
const LONGEST_SWEEP = 6;
/** Makers need a moment to fill a void: no more new levels than this at once. */
const MOST_FILLERS = 8;
/** A spread of this many times the usual one invites makers back. */
const WIDE_SPREAD = 4;

/** How lively a market is now, against its spec: 1 is as the spec says. */
export interface MarketMood {
  /** Of orders and trades. */
  readonly pace: number;
  /** Of levels a side. */
  readonly depth: number;
  /** Of resting sizes. */
  readonly size: number;
  /** Of the spread. */
  readonly spread: number;
}

export const USUAL_MOOD: MarketMood = { pace: 1, depth: 1, size: 1, spread: 1 };

/** A market with its true book; the only writer of that book. */
export class Market {
  readonly spec: MarketSpec;
  readonly book = new BookTruth();
  readonly day: DayStatistics;
  readonly #prng: Prng;
  #lastTrade: TradePrint | null = null;
  #mood = USUAL_MOOD;
  /** The price of a bid that locks the book on purpose; null while it is as it should be. */
  #crossedBid: number | null = null;
  /** Prices between which nobody quotes; null: anybody may. */
  #shunned: { readonly above: number; readonly below: number } | null = null;

  constructor(spec: MarketSpec, prng: Prng, prices: Prices) {
    this.spec = spec;
    this.#prng = prng;
    const mid = this.#fairTicks(prices);
    this.#fill(this.book.bid, Math.floor(mid) - Math.ceil(spec.spreadTicks / 2), -1);
    this.#fill(this.book.ask, this.book.bid.at(0).price + spec.spreadTicks, 1);
    this.day = new DayStatistics(Math.floor(mid), spec.typicalSize * 40_000);
  }

  /** Null before the first one. */
  get lastTrade(): TradePrint | null {
    return this.#lastTrade;
  }

  set mood(mood: MarketMood) {
    this.#mood = mood;
  }

  get isCrossed(): boolean {
    return this.#crossedBid !== null;
  }

  /** Puts a bid `ticks` above the best ask, as a broken venue would show it. Nothing else happens until `uncross`. */
  cross(timeUs: number, ticks: number, listener: MarketListener): void {
    if (this.#crossedBid !== null) return;
    this.#crossedBid = this.book.ask.at(0).price + ticks;
    this.#set('bid', this.#crossedBid, this.#size(), listener);
    listener.settled(timeUs);
  }

  uncross(timeUs: number, listener: MarketListener): void {
    if (this.#crossedBid === null) return;
    this.#set('bid', this.#crossedBid, 0, listener);
    this.#crossedBid = null;
    listener.settled(timeUs);
  }

  /** All makers go further away than `withinBps` of the middle as it is now, and stay there until `comeBack`. */
  withdraw(timeUs: number, withinBps: number, listener: MarketListener): void {
    const mid = this.#mid();
    const away = Math.ceil((mid * withinBps) / 10_000);
    const band = { above: Math.floor(mid) - away, below: Math.ceil(mid) + away };
    for (const side of ['bid', 'ask'] as const) {
      const levels = this.book[side];
      const edge = side === 'bid' ? band.above : band.below;
      const isInside = (price: number): boolean => price > band.above && price < band.below;
      // The edge itself is quoted, so that no side is ever empty.
      if (isInside(levels.at(0).price)) this.#set(side, edge, this.#size(), listener);
      while (isInside(levels.at(0).price)) this.#set(side, levels.at(0).price, 0, listener);
    }
    this.#shunned = band;
    listener.settled(timeUs);
  }

  comeBack(): void {
    this.#shunned = null;
  }

  /** Lets everything happen that happens in `[stepUs, stepUs + lengthUs)`: one reaction or order, and one trade, at most. */
  step(stepUs: number, prices: Prices, listener: MarketListener, lengthUs = STEP_US): void {
    if (this.#crossedBid !== null) return;
    const half = lengthUs / 2;
    const fair = this.#fairTicks(prices);
    const { stickyTicks } = this.spec;
    const ordersPerSecond = this.spec.ordersPerSecond * this.#mood.pace;
    const tradesPerSecond = this.spec.tradesPerSecond * this.#mood.pace;
    const distance = fair - this.#mid();
    const isWide = this.book.spread() > this.#spreadTicks * WIDE_SPREAD;
    const mayRequote = this.#shunned === null;
    if (
      mayRequote &&
      (Math.abs(distance) > stickyTicks || isWide) &&
      this.#prng.chance((REACTION_CHANCE * lengthUs) / STEP_US)
    ) {
      this.#requote(stepUs + this.#prng.int(half), fair, listener);
    } else if (this.#prng.chance((ordersPerSecond * lengthUs) / 1_000_000)) {
      this.#placeOrders(stepUs + this.#prng.int(half), listener);
    }
    if (this.#prng.chance((tradesPerSecond * lengthUs) / 1_000_000)) {
      const isBuy = this.#prng.chance(distance > 0 ? 0.62 : 0.38);
      this.#take(stepUs + half + this.#prng.int(half), isBuy, Number.POSITIVE_INFINITY, listener);
    }
  }

  #fairTicks(prices: Prices): number {
    let ticks = this.spec.fairPrice(prices);
    for (let i = 0; i < this.spec.priceDecimals; i++) ticks *= 10;
    return ticks;
  }

  get #spreadTicks(): number {
    return Math.max(1, Math.round(this.spec.spreadTicks * this.#mood.spread));
  }

  #mid(): number {
    const { bid, ask } = this.book.touch();
    return (bid.price + ask.price) / 2;
  }

  /** Moves the touch to the fair price: what stands in the way is taken or cancelled, new quotes follow behind. */
  #requote(timeUs: number, fair: number, listener: MarketListener): void {
    const isUp = fair > this.#mid();
    const bidPrice = Math.floor(fair - this.#spreadTicks / 2);
    const askPrice = bidPrice + this.#spreadTicks;
    if (this.#prng.chance(TAKEN_CHANCE)) this.#take(timeUs, isUp, isUp ? askPrice - 1 : bidPrice + 1, listener);
    this.#cancelThrough(isUp ? 'ask' : 'bid', isUp ? askPrice : bidPrice, listener);
    this.#follow('bid', bidPrice, listener);
    this.#follow('ask', askPrice, listener);
    this.#restoreCounts(listener);
    listener.settled(timeUs);
  }

  /** Cancels every level of a side that is better than `price`. */
  #cancelThrough(side: Side, price: number, listener: MarketListener): void {
    const levels = this.book[side];
    while (side === 'ask' ? levels.at(0).price < price : levels.at(0).price > price) {
      this.#set(side, levels.at(0).price, 0, listener);
      // A jump may outrun the whole side: quotes beyond it appear before the last level goes.
      if (levels.count === 1) this.#set(side, price, this.#size(), listener);
    }
  }

  /** Puts a new best level at `price` if that improves the side, and fills the void that it leaves behind. */
  #follow(side: Side, price: number, listener: MarketListener): void {
    const away = side === 'ask' ? 1 : -1;
    const behind = (this.book[side].at(0).price - price) * away;
    if (behind <= 0) return;
    this.#set(side, price, this.#size(), listener);
    const fillers = Math.min(MOST_FILLERS, Math.floor(behind / this.spec.gapTicks));
    for (let i = 0; i < fillers; i++) {
      this.#set(side, price + away * (1 + this.#prng.int(behind)), this.#size(), listener);
    }
  }

  /** One to three orders somewhere in the book, most of them near the touch. */
  #placeOrders(timeUs: number, listener: MarketListener): void {
    for (let i = this.#prng.int(3); i >= 0; i--) this.#placeOrder(this.#prng.chance(0.5) ? 'ask' : 'bid', listener);
    this.#restoreCounts(listener);
    listener.settled(timeUs);
  }

  #placeOrder(side: Side, listener: MarketListener): void {
    const levels = this.book[side];
    const u = this.#prng.next();
    const { price } = levels.at(Math.floor(u * u * u * levels.count));
    const away = side === 'ask' ? 1 : -1;
    const what = this.#prng.next();
    if (what < 0.6) this.#set(side, price, this.#size(), listener);
    else if (what < 0.64 && this.book.spread() > 1) this.#improve(side, listener);
    else if (what < 0.82)
      this.#set(side, price + away * (1 + this.#prng.int(this.spec.gapTicks * 2)), this.#size(), listener);
    else if (levels.count > 1) this.#set(side, price, 0, listener);
    // An order that was changed twice before anyone was told: feeds then show one price twice.
    if (this.#prng.chance(0.03)) this.#set(side, levels.at(0).price, this.#size(), listener);
  }

  /** A new best price inside the spread. */
  #improve(side: Side, listener: MarketListener): void {
    const inward = (1 + this.#prng.int(this.book.spread() - 1)) * (side === 'ask' ? -1 : 1);
    this.#set(side, this.book[side].at(0).price + inward, this.#size(), listener);
  }

  /** A taker order: fills level by level, never beyond `limitPrice` and never the last level. */
  #take(timeUs: number, isBuy: boolean, limitPrice: number, listener: MarketListener): void {
    const side = isBuy ? 'ask' : 'bid';
    const levels = this.book[side];
    const isLimited = Number.isFinite(limitPrice);
    let left = isLimited ? Number.MAX_SAFE_INTEGER : this.#size();
    const prints: TradePrint[] = [];
    while (left > 0 && prints.length < LONGEST_SWEEP && levels.count > 1) {
      const { price, size } = levels.at(0);
      if (isLimited && (isBuy ? price > limitPrice : price < limitPrice)) break;
      const filled = Math.min(left, size);
      left -= filled;
      prints.push({ timeUs, price, size: filled, takerSide: isBuy ? 'buy' : 'sell', makers: 1 + this.#prng.int(4) });
      this.#set(side, price, size - filled, listener);
    }
    if (prints.length === 0) return;
    for (const print of prints) this.day.add(print);
    this.#lastTrade = prints[prints.length - 1]!;
    listener.traded(prints);
    if (!isLimited) listener.settled(timeUs);
  }

  /** Keeps the number of levels about constant: far ones come and go. */
  #restoreCounts(listener: MarketListener): void {
    for (const side of ['bid', 'ask'] as const) {
      const levels = this.book[side];
      while (levels.count > this.spec.levels * this.#mood.depth * MOST_LEVELS)
        this.#set(side, levels.at(levels.count - 1).price, 0, listener);
      while (levels.count < this.spec.levels * this.#mood.depth * FEWEST_LEVELS) {
        const gap = 1 + this.#prng.int(this.spec.gapTicks * 2);
        this.#set(side, levels.at(levels.count - 1).price + (side === 'ask' ? gap : -gap), this.#size(), listener);
      }
    }
  }

  #set(side: Side, price: number, size: number, listener: MarketListener): void {
    const shunned = this.#shunned;
    if (size > 0 && shunned !== null && price > shunned.above && price < shunned.below) return;
    this.book[side].set(price, size);
    listener.changed(side, price, size);
  }

  #fill(side: BookSideTruth, best: number, away: 1 | -1): void {
    let price = best;
    for (let i = 0; i < this.spec.levels; i++) {
      side.set(price, this.#size());
      price += away * (1 + this.#prng.int(this.spec.gapTicks * 2));
    }
  }

  /** Many small, few large, half of them round: at least one lot. */
  #size(): number {
    const u = this.#prng.next();
    const size = Math.max(1, Math.floor(this.spec.typicalSize * this.#mood.size * (0.02 + 4 * u * u * u * u)));
    return this.#prng.chance(0.5) ? roundedDown(size) : size;
  }
}

/** Keeps the two leading digits. */
function roundedDown(size: number): number {
  let unit = 1;
  while (size / unit >= 100) unit *= 10;
  return Math.floor(size / unit) * unit;
}
