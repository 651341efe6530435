/**
 * The fast path of every venue: its learned shapes. A shape is learned from a frame that the venue's `JSON.parse` path has
 * read, kept only if it reads that frame to the same ticks, and found again by a hash of what tells streams apart. What does
 * not fit goes the slow path.
 */

import { Tick, type TickBatch, TickKind } from '../tick.ts';
import { LevelReader } from './level-reader.ts';
import { hasShape, MISFIT, readTick, Shape, WHOLE } from './shape.ts';
import type { FieldRules } from './shape-rules.ts';
import { ShapeWalk } from './shape-walk.ts';

/** Shapes kept at once; a power of two. More streams than this on one venue evict each other and only cost speed. */
const SHAPE_SLOTS = 2048;
/** The five primes of xxHash32 and three factors of MurmurHash, one a hash offset. The best mixed bits of a product are its highest: eleven, for `SHAPE_SLOTS`. */
const HASH_FACTORS = [-1640531535, -2048144777, -1028477379, 668265263, 374761393, -862048943, 461845907, 1540483477];
const HASH_SHIFT = 21;
/** Places where a shape may stand: its own, and those next to it; a power of two. */
const WAYS = 4;
/**
 * Learning costs as much as a slow frame, so a stream whose messages keep changing shape must not learn from each: every
 * lesson costs a place this much credit, every fast frame earns one back, and at the limit it stops learning.
 */
const LESSON_COST = 16;
const MAX_DEBT = 255 - LESSON_COST;

/** One venue's shapes. */
export class ShapeCache {
  readonly #reader: LevelReader;
  readonly #hashOffsets: Int32Array;
  readonly #minLength: number;
  readonly #shapes: (Shape | undefined)[] = new Array(SHAPE_SLOTS).fill(undefined);
  readonly #debts = new Uint8Array(SHAPE_SLOTS);
  readonly #check = new Tick();
  /** Keys without a rule, passed over in frames that went the fast path. */
  unknownFields = 0;

  /**
   * @param hashOffsets - where, from the frame's start, four bytes each tell streams apart (inside the constant text)
   * @param zeros - `trailing_allowed`: zeros beyond an instrument's decimals mean nothing; `exact`: they do (Kraken), so such
   *   a number is left to the slow path
   */
  constructor(hashOffsets: readonly number[], zeros: 'trailing_allowed' | 'exact' = 'trailing_allowed') {
    this.#reader = new LevelReader(zeros === 'trailing_allowed');
    this.#hashOffsets = Int32Array.from(hashOffsets);
    this.#minLength = Math.max(...hashOffsets) + 4;
  }

  /** Reads a frame of a known shape into the batch. False: not of a known shape; clear the batch then. */
  decode(bytes: Uint8Array, from: number, to: number, batch: TickBatch): boolean {
    const reader = this.#reader;
    if (to - from < this.#minLength || !reader.open(bytes, from, to)) return false;
    const place = this.#hash(from);
    if (this.#fits(this.#shapes[place], from, batch)) {
      if (this.#debts[place]! > 0) this.#debts[place]! -= 1;
      return true;
    }
    // Two kinds of message may begin alike (Kraken v1: asks alone, asks and bids), and two streams may share a place.
    for (let way = 1; way < WAYS; way++) {
      const shape = this.#shapes[place ^ way];
      if (shape === undefined) continue;
      batch.clear();
      if (this.#fits(shape, from, batch)) return true;
    }
    return false;
  }

  #fits(shape: Shape | undefined, from: number, batch: TickBatch): boolean {
    if (shape === undefined) return false;
    const reader = this.#reader;
    reader.at = from;
    let step = 0;
    do {
      step = readTick(reader, shape, step, batch, batch.next());
      if (step === MISFIT) return false;
    } while (step !== WHOLE);
    this.unknownFields += shape.unknownFields * batch.count;
    return true;
  }

  /**
   * Learns the shape of a frame that the slow path has just read into `batch`. Refuses quietly what a shape cannot express,
   * and what it would not read to the same ticks.
   */
  learn(bytes: Uint8Array, from: number, to: number, batch: TickBatch, rules: FieldRules): void {
    if (batch.count === 0 || batch.oddSizes.length > 0) return;
    const meaning = batch.ticks[0]!;
    if (!hasShape(meaning.kind)) return;
    if (meaning.isSnapshot && meaning.kind === TickKind.trade) return;
    // Its first price is for the slow path, which notes it.
    if (meaning.instrument.largestPrice === 0 && meaning.kind !== TickKind.ticker) return;
    const reader = this.#reader;
    if (to - from < this.#minLength || !reader.open(bytes, from, to)) return;
    const place = this.#hash(from);
    if (this.#debts[place]! > MAX_DEBT) return;
    this.#debts[place]! += LESSON_COST;
    const walk = new ShapeWalk(reader, rules);
    if (!walk.read()) return;
    const shape = new Shape(reader.view, walk, meaning);
    const levels = batch.levelCount;
    const isSame = this.#readsSame(shape, from, batch);
    batch.levelCount = levels;
    if (isSame) this.#keep(shape, place);
  }

  /** Does the shape read the frame to the very ticks that are in the batch? Leaves levels behind theirs. */
  #readsSame(shape: Shape, from: number, batch: TickBatch): boolean {
    const levels = batch.levelCount;
    this.#reader.at = from;
    let step = 0;
    for (let i = 0; i < batch.count; i++) {
      step = readTick(this.#reader, shape, step, batch, this.#check);
      if (step === MISFIT || !sameTick(this.#check, batch.ticks[i]!, batch, levels)) return false;
      if ((step === WHOLE) !== (i === batch.count - 1)) return false;
    }
    return true;
  }

  /** Puts a shape in its place; the one that was there moves on to the next, and so on until one is empty or there are no more. */
  #keep(shape: Shape, place: number): void {
    let moving: Shape | undefined = shape;
    for (let way = 0; way < WAYS && moving !== undefined; way++) {
      const moved: Shape | undefined = this.#shapes[place ^ way];
      this.#shapes[place ^ way] = moving;
      moving = moved;
    }
  }

  #hash(from: number): number {
    const { view } = this.#reader;
    const offsets = this.#hashOffsets;
    let sum = 0;
    for (let i = 0; i < offsets.length; i++)
      sum = (sum + Math.imul(view.getInt32(from + offsets[i]!, true), HASH_FACTORS[i]!)) | 0;
    return sum >>> HASH_SHIFT;
  }
}

/** Do the shape's tick `a` and the slow path's tick `b` say the same? Levels of `a` stand behind all those of the batch. */
function sameTick(a: Tick, b: Tick, batch: TickBatch, levelCount: number): boolean {
  if (a.kind !== b.kind || a.instrument !== b.instrument || a.channel !== b.channel) return false;
  if (!Object.is(a.eventTimeMs, b.eventTimeMs)) return false;
  switch (a.kind) {
    case TickKind.trade:
      return (
        a.price === b.price &&
        a.size === b.size &&
        Object.is(a.tradeId, b.tradeId) &&
        a.takerSide === b.takerSide &&
        a.isSnapshot === b.isSnapshot &&
        a.isOffMarket === b.isOffMarket &&
        a.isIdSequential === b.isIdSequential
      );
    case TickKind.ticker:
      return (
        Object.is(a.markPrice, b.markPrice) &&
        Object.is(a.indexPrice, b.indexPrice) &&
        Object.is(a.fundingRate, b.fundingRate) &&
        Object.is(a.nextFundingTimeMs, b.nextFundingTimeMs) &&
        Object.is(a.openInterest, b.openInterest)
      );
    case TickKind.bbo:
      return (
        Object.is(a.lastId, b.lastId) &&
        Object.is(a.bidPrice, b.bidPrice) &&
        Object.is(a.bidSize, b.bidSize) &&
        Object.is(a.askPrice, b.askPrice) &&
        Object.is(a.askSize, b.askSize)
      );
    default:
      return (
        Object.is(a.firstId, b.firstId) &&
        Object.is(a.lastId, b.lastId) &&
        Object.is(a.previousId, b.previousId) &&
        Object.is(a.checksum, b.checksum) &&
        sameLevels(batch, a.bidFrom, a.bidTo, b.bidFrom, b.bidTo) &&
        sameLevels(batch, a.askFrom, a.askTo, b.askFrom, b.askTo) &&
        batch.levelCount === 2 * levelCount
      );
  }
}

function sameLevels(batch: TickBatch, aFrom: number, aTo: number, bFrom: number, bTo: number): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  for (let i = 0; i < aTo - aFrom; i++) {
    if (batch.levelPrices[aFrom + i] !== batch.levelPrices[bFrom + i]) return false;
    if (batch.levelSizes[aFrom + i] !== batch.levelSizes[bFrom + i]) return false;
  }
  return true;
}
