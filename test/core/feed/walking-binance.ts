/** A scripted Binance whose markets walk: deep books that change a little with every message, and snapshots of a limit. */

import type { Prng } from '../../../src/core/base/prng.ts';
import { FakeBinance, type Levels } from './fake-venues.ts';

/** By price in ticks: the size, in hundredths. */
type Side = Map<number, number>;
type SideName = 'bids' | 'asks';

/** A level has one in two chances to be there; so a book of so many ticks has half as many levels. */
const DEPTH_TICKS = 120;
const START_TICK = 10_000;
/** States that are kept: of both connections while one replaces the other. */
const KEPT = 20;

interface WalkingBook {
  /** Bids are below, asks are at it or above. */
  tick: number;
  readonly bids: Side;
  readonly asks: Side;
  /** By stream of a connection: what it has not been told of yet. */
  readonly untold: Map<string, { bids: Set<number>; asks: Set<number> }>;
  /** By update id: the levels, best first, as the venue writes them. */
  readonly told: Map<number, Readonly<Record<SideName, Levels>>>;
}

export class WalkingBinance extends FakeBinance {
  readonly #prng: Prng;
  readonly #books = new Map<string, WalkingBook>();
  /** How many ticks the middle moves with a message, at most, and how much more often up than down. */
  stepTicks = 2;
  bias = 0;
  /** False where nobody asks for the truth: it costs more than all the rest. */
  keepsTruth = true;
  /** The next so many changed levels that are not at the touch are not told. */
  omitted = 0;

  constructor(nowMs: () => number, isFutures: boolean, prng: Prng) {
    super(nowMs, isFutures);
    this.#prng = prng;
  }

  /** The book as it was when this id was told, best first; null: it was not. */
  truth(symbol: string, id: number): Readonly<Record<SideName, Levels>> | null {
    return this.#book(symbol).told.get(id) ?? null;
  }

  override lose(symbol: string): void {
    super.lose(symbol);
    for (const untold of this.#book(symbol).untold.values()) for (const side of Object.values(untold)) side.clear();
  }

  protected override changes(symbol: string, key: string): { b: Levels; a: Levels } {
    const book = this.#book(symbol);
    if (!book.untold.has(key)) book.untold.set(key, { bids: new Set(), asks: new Set() });
    this.#walk(book);
    const untold = book.untold.get(key)!;
    if (this.keepsTruth) book.told.set(this.id, { bids: levelsOf(book, 'bids'), asks: levelsOf(book, 'asks') });
    if (book.told.size > KEPT) book.told.delete(book.told.keys().next().value!);
    const tell = (side: SideName): Levels => {
      const isTold = (tick: number): boolean =>
        this.omitted === 0 || Math.abs(tick - book.tick) < 3 || this.omitted-- < 0;
      const ticks = [...untold[side]].filter(isTold);
      untold[side].clear();
      return ticks.map((tick) => levelOf(tick, book[side].get(tick) ?? 0));
    };
    return { b: tell('bids'), a: tell('asks') };
  }

  /** The market moves on before it is asked, as a rule in the middle of what the next message tells. */
  protected override snapshot(symbol: string, levels: number): { bids: Levels; asks: Levels } {
    const book = this.#book(symbol);
    if (this.#prng.chance(0.5)) {
      this.#walk(book);
      this.id += 1;
    }
    return this.levelsNow(symbol, levels);
  }

  protected levelsNow(symbol: string, levels: number): { bids: Levels; asks: Levels } {
    const book = this.#book(symbol);
    return { bids: levelsOf(book, 'bids').slice(0, levels), asks: levelsOf(book, 'asks').slice(0, levels) };
  }

  #book(symbol: string): WalkingBook {
    const known = this.#books.get(symbol);
    if (known !== undefined) return known;
    const book: WalkingBook = {
      tick: START_TICK,
      bids: new Map(),
      asks: new Map(),
      untold: new Map(),
      told: new Map(),
    };
    for (let away = 0; away < DEPTH_TICKS; away++) {
      if (away === 0 || this.#prng.chance(0.5)) book.bids.set(START_TICK - 1 - away, 1 + this.#prng.int(500));
      if (away === 0 || this.#prng.chance(0.5)) book.asks.set(START_TICK + away, 1 + this.#prng.int(500));
    }
    this.#books.set(symbol, book);
    return book;
  }

  #walk(book: WalkingBook): void {
    const prng = this.#prng;
    const way = prng.chance(0.5 + this.bias) ? 1 : -1;
    for (let i = prng.int(this.stepTicks + 1); i > 0; i--) {
      book.tick += way;
      // What lies ahead comes into sight, what is left behind is given up.
      const [ahead, behind] = way > 0 ? (['asks', 'bids'] as const) : (['bids', 'asks'] as const);
      if (prng.chance(0.5)) this.#set(book, ahead, book.tick + way * DEPTH_TICKS, 1 + prng.int(500));
      this.#set(book, behind, book.tick - way * (DEPTH_TICKS + 1), 0);
    }
    for (const price of book.bids.keys()) if (price >= book.tick) this.#set(book, 'bids', price, 0);
    for (const price of book.asks.keys()) if (price < book.tick) this.#set(book, 'asks', price, 0);
    this.#set(book, 'bids', book.tick - 1, 1 + prng.int(500));
    this.#set(book, 'asks', book.tick, 1 + prng.int(500));
    for (let i = prng.int(4); i > 0; i--) {
      const away = 1 + prng.int(DEPTH_TICKS);
      const size = prng.chance(0.4) ? 0 : 1 + prng.int(500);
      if (prng.chance(0.5)) this.#set(book, 'bids', book.tick - 1 - away, size);
      else this.#set(book, 'asks', book.tick + away, size);
    }
  }

  #set(book: WalkingBook, side: SideName, tick: number, size: number): void {
    if (size === 0) book[side].delete(tick);
    else book[side].set(tick, size);
    for (const untold of book.untold.values()) untold[side].add(tick);
  }
}

function levelsOf(book: WalkingBook, side: SideName): Levels {
  const sign = side === 'bids' ? -1 : 1;
  return [...book[side]].sort(([a], [b]) => sign * (a - b)).map(([tick, size]) => levelOf(tick, size));
}

function levelOf(tick: number, size: number): [string, string] {
  return [(tick / 10).toFixed(1), (size / 100).toFixed(2)];
}
