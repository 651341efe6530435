/**
 * The fast path of every venue: shapes. Messages of one stream differ only in their numbers, so a shape remembers the text
 * between the numbers, and reading the next message of that stream is comparing that text and reading the numbers. A shape
 * is learned from a frame that the venue's `JSON.parse` path has read, and takes the meaning (kind, instrument, channel)
 * from that result: this file knows where numbers stand, never what a frame means. What does not fit goes the slow path.
 */

import { POW10 } from '../../base/decimal.ts';
import type { Instrument } from '../instrument.ts';
import { type TakerSide, Tick, type TickBatch, TickKind } from '../tick.ts';
import { ByteReader } from './byte-reader.ts';
import { type FieldRules, Op, Slot, type Step } from './shape-rules.ts';
import { ShapeWalk } from './shape-walk.ts';

/** The slots that `fill` reads, by kind of tick. */
const FILLED: Readonly<Partial<Record<TickKind, readonly number[]>>> = {
  [TickKind.depthDelta]: [
    Slot.eventTime,
    Slot.firstId,
    Slot.lastId,
    Slot.previousId,
    Slot.checksum,
    Slot.connectionSequence,
  ],
  [TickKind.bbo]: [
    Slot.eventTime,
    Slot.lastId,
    Slot.bidPrice,
    Slot.bidSize,
    Slot.askPrice,
    Slot.askSize,
    Slot.connectionSequence,
  ],
  [TickKind.trade]: [Slot.eventTime, Slot.price, Slot.size, Slot.tradeId, Slot.takerSide, Slot.connectionSequence],
};

/** What one learned message looks like. Plain arrays of numbers, because it is walked a million times a second. */
class Shape {
  /** Steps, the last of which compares the closing text and reads nothing (op 0). */
  readonly ops: Int32Array;
  readonly slots: Int32Array;
  /**
   * Text lengths in bytes. Texts are compared eight bytes at a time, as doubles: those of ASCII text are never NaN nor zero, so
   * they are equal exactly when their bytes are. What is left over is covered by a read that overlaps what came before: eight
   * bytes for texts that have eight, else two words, else one masked word that begins before the text.
   */
  readonly lengths: Int32Array;
  /** Where each text's eights begin in `eights`; after them stands the overlapping one, if the text has one. */
  readonly eightStarts: Int32Array;
  readonly eights: Float64Array;
  /** For texts under eight bytes: the words at their start and at their end, and the mask of the latter. */
  readonly firstWords: Int32Array;
  readonly lastWords: Int32Array;
  readonly lastMasks: Int32Array;
  /** For integers: the first eight digits seen last, as two words, and their value. Times and ids change at the end. */
  readonly memoWords: Int32Array;
  readonly memoValues: Float64Array;
  /** Slots that `fill` reads for this kind of tick and this shape never writes. */
  readonly absent: Int32Array;
  readonly kind: TickKind;
  readonly instrument: Instrument;
  readonly channel: string;
  readonly isIdSequential: boolean;
  readonly isOffMarket: boolean;
  readonly depthLimit: number;
  readonly unknownFields: number;

  constructor(steps: readonly Step[], meaning: Tick, unknownFields: number) {
    const count = steps.length;
    this.ops = new Int32Array(count);
    this.slots = new Int32Array(count);
    this.lengths = new Int32Array(count);
    this.eightStarts = new Int32Array(count);
    this.firstWords = new Int32Array(count);
    this.lastWords = new Int32Array(count);
    this.lastMasks = new Int32Array(count);
    this.memoWords = new Int32Array(count * 2);
    // NaN never reads as an integer, so an empty memo matches nothing.
    this.memoValues = new Float64Array(count).fill(Number.NaN);
    const eights: number[] = [];
    let used = 0;
    for (let i = 0; i < count; i++) {
      const { text, op, slot } = steps[i]!;
      this.ops[i] = op;
      this.slots[i] = slot;
      used |= 1 << slot;
      this.#addText(i, text, eights);
    }
    this.eights = new Float64Array(eights);
    if (!(used & (1 << Slot.eventTime)) && used & (1 << Slot.otherTime)) {
      this.slots = this.slots.map((slot) => (slot === Slot.otherTime ? Slot.eventTime : slot));
      used |= 1 << Slot.eventTime;
    }
    const absent: number[] = [];
    for (const slot of FILLED[meaning.kind] ?? []) if (!(used & (1 << slot))) absent.push(slot);
    this.absent = new Int32Array(absent);
    this.kind = meaning.kind;
    this.instrument = meaning.instrument;
    this.channel = meaning.channel;
    this.isIdSequential = meaning.isIdSequential;
    this.isOffMarket = meaning.isOffMarket;
    this.depthLimit = meaning.depthLimit;
    this.unknownFields = unknownFields;
  }

  #addText(i: number, text: Uint8Array, eights: number[]): void {
    const { length } = text;
    this.lengths[i] = length;
    this.eightStarts[i] = eights.length;
    for (let at = 0; at + 8 <= length; at += 8) eights.push(eightOf(text, at));
    if (length > 8 && length % 8 !== 0) eights.push(eightOf(text, length - 8));
    if (length >= 8 || length === 0) return;
    this.firstWords[i] = length >= 4 ? wordOf(text, 0) : 0;
    this.lastMasks[i] = length >= 4 ? -1 : -1 << (8 * (4 - length));
    this.lastWords[i] = wordOf(text, length - 4) & this.lastMasks[i]!;
  }
}

/** Four bytes, little-endian; bytes before the text's start count as 0. */
function wordOf(text: Uint8Array, at: number): number {
  const byte = (i: number): number => (i < 0 ? 0 : text[i]!);
  return byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
}

const eight = new DataView(new ArrayBuffer(8));

/** Eight bytes, little-endian, as the double with those bits. */
function eightOf(text: Uint8Array, at: number): number {
  eight.setInt32(0, wordOf(text, at), true);
  eight.setInt32(4, wordOf(text, at + 4), true);
  return eight.getFloat64(0, true);
}

/** Shapes kept at once; a power of two. More streams than this on one venue evict each other and only cost speed. */
const SHAPE_SLOTS = 2048;
/**
 * Learning costs as much as a slow frame, so a stream whose messages keep changing shape must not learn from each: every
 * lesson costs a place this much credit, every fast frame earns one back, and at the limit it stops learning.
 */
const LESSON_COST = 16;
const MAX_DEBT = 255 - LESSON_COST;
/** One venue's shapes. */
export class ShapeCache {
  readonly #reader: ByteReader;
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
    this.#reader = new ByteReader(zeros === 'trailing_allowed');
    this.#hashOffsets = Int32Array.from(hashOffsets);
    this.#minLength = Math.max(...hashOffsets) + 4;
  }

  /** Reads a frame of a known shape into the batch (one tick). False: not of a known shape; clear the batch then. */
  decode(bytes: Uint8Array, from: number, to: number, batch: TickBatch): boolean {
    const reader = this.#reader;
    if (to - from < this.#minLength || !reader.open(bytes, from, to)) return false;
    const place = this.#hash(from);
    if (this.#fits(this.#shapes[place], from, batch)) {
      if (this.#debts[place]! > 0) this.#debts[place]! -= 1;
      return true;
    }
    // Two kinds of message may begin alike (Kraken v1: asks alone, asks and bids).
    batch.clear();
    return this.#fits(this.#shapes[place ^ 1], from, batch);
  }

  #fits(shape: Shape | undefined, from: number, batch: TickBatch): boolean {
    if (shape === undefined) return false;
    const reader = this.#reader;
    const tick = batch.next();
    if (!run(reader, shape, from, batch, tick) || !fill(tick, shape, reader.values)) return false;
    batch.connectionSequence = reader.values[Slot.connectionSequence]!;
    this.unknownFields += shape.unknownFields;
    return true;
  }

  /**
   * Learns the shape of a frame that the slow path has just read into `batch` as exactly one tick. Refuses quietly what a
   * shape cannot express, and what it would not read to the same tick.
   */
  learn(bytes: Uint8Array, from: number, to: number, batch: TickBatch, rules: FieldRules): void {
    if (batch.count !== 1 || batch.oddSizes.length > 0) return;
    const meaning = batch.ticks[0]!;
    if (meaning.kind !== TickKind.trade && meaning.kind !== TickKind.bbo && meaning.kind !== TickKind.depthDelta)
      return;
    if (meaning.isSnapshot && meaning.kind === TickKind.trade) return;
    // Its first price is for the slow path, which notes it.
    if (meaning.instrument.largestPrice === 0) return;
    const reader = this.#reader;
    if (to - from < this.#minLength || !reader.open(bytes, from, to)) return;
    const place = this.#hash(from);
    if (this.#debts[place]! > MAX_DEBT) return;
    this.#debts[place]! += LESSON_COST;
    const walk = new ShapeWalk(bytes, from, to, rules);
    if (!walk.read()) return;
    const shape = new Shape(walk.steps, meaning, walk.unknownFields);
    const levels = batch.levelCount;
    const isSame =
      run(reader, shape, from, batch, this.#check) &&
      fill(this.#check, shape, reader.values) &&
      sameTick(this.#check, meaning, batch, levels);
    batch.levelCount = levels;
    if (!isSame) return;
    this.#shapes[place ^ 1] = this.#shapes[place];
    this.#shapes[place] = shape;
  }

  #hash(from: number): number {
    const { view } = this.#reader;
    const offsets = this.#hashOffsets;
    let h = 0;
    for (let i = 0; i < offsets.length; i++)
      h = Math.imul(h ^ view.getInt32(from + offsets[i]!, true), 0x9e3779b1) ^ (h >>> 13);
    return (h ^ (h >>> 15)) & (SHAPE_SLOTS - 1);
  }
}

/** Walks the shape over the frame; numbers end in `reader.values`, levels in the batch. False when it does not fit. */
function run(reader: ByteReader, shape: Shape, from: number, batch: TickBatch, tick: Tick): boolean {
  const { view, end, values } = reader;
  const { ops, slots, lengths, eightStarts, eights, firstWords, lastWords, lastMasks, instrument, absent } = shape;
  for (let i = 0; i < absent.length; i++) values[absent[i]!] = Number.NaN;
  tick.bidTo = tick.bidFrom = tick.askTo = tick.askFrom = 0;
  let p = from;
  for (let i = 0; ; i++) {
    const length = lengths[i]!;
    const textEnd = p + length;
    if (textEnd > end) return false;
    if (length >= 8) {
      let next = eightStarts[i]!;
      for (const stop = textEnd - 7; p < stop; p += 8) if (view.getFloat64(p, true) !== eights[next++]!) return false;
      if (p !== textEnd && view.getFloat64(textEnd - 8, true) !== eights[next]!) return false;
    } else if (length > 0) {
      if (length >= 4 && view.getInt32(p, true) !== firstWords[i]!) return false;
      if ((view.getInt32(textEnd - 4, true) & lastMasks[i]!) !== lastWords[i]!) return false;
    }
    p = textEnd;
    reader.at = p;
    switch (ops[i]) {
      case 0:
        return p === end;
      case 1: {
        // Most integers are times and ids whose first eight digits were the same in the last message.
        const memo = shape.memoWords;
        if (p + 8 < end && view.getInt32(p, true) === memo[2 * i] && view.getInt32(p + 4, true) === memo[2 * i + 1]) {
          if (!reader.restOfInteger(slots[i]!, shape.memoValues[i]!)) return false;
        } else {
          if (!reader.integer(slots[i]!)) return false;
          if (reader.at - p > 8) {
            memo[2 * i] = view.getInt32(p, true);
            memo[2 * i + 1] = view.getInt32(p + 4, true);
            shape.memoValues[i] = Math.floor(values[slots[i]!]! / POW10[reader.at - p - 8]!);
          }
        }
        break;
      }
      case 2:
        if (!reader.quotedInteger(slots[i]!)) return false;
        break;
      case 3:
        if (!reader.signedInteger(slots[i]!)) return false;
        break;
      case 4:
        if (!reader.quotedDecimal(slots[i]!, instrument.priceDecimals)) return false;
        break;
      case 5:
        if (!reader.quotedDecimal(slots[i]!, instrument.sizeDecimals)) return false;
        break;
      case 6:
        if (!reader.bareDecimal(slots[i]!, instrument.priceDecimals)) return false;
        break;
      case 7:
        if (!reader.bareDecimal(slots[i]!, instrument.sizeDecimals)) return false;
        break;
      case 8: {
        const isMaker = reader.boolean();
        if (isMaker < 0) return false;
        values[slots[i]!] = isMaker === 1 ? -1 : 1;
        break;
      }
      case 9:
        if (!reader.side(slots[i]!)) return false;
        break;
      case 10:
        if (!reader.side(slots[i]!)) return false;
        values[slots[i]!] = -values[slots[i]!]!;
        break;
      case 11:
        if (!reader.isoTime(slots[i]!)) return false;
        break;
      case 12:
      case 14:
      case 16:
        tick.bidFrom = batch.levelCount;
        if (!readLevels(reader, ops[i]!, batch, instrument)) return false;
        tick.bidTo = batch.levelCount;
        break;
      case 13:
      case 15:
      case 17:
        tick.askFrom = batch.levelCount;
        if (!readLevels(reader, ops[i]!, batch, instrument)) return false;
        tick.askTo = batch.levelCount;
        break;
      default:
        if (!reader.skipScalar()) return false;
    }
    p = reader.at;
  }
}

function readLevels(reader: ByteReader, op: number, batch: TickBatch, instrument: Instrument): boolean {
  if (op <= Op.asks) return reader.levels(batch, instrument);
  if (op <= Op.timed_asks) {
    return reader.timedLevels(batch, instrument, Slot.eventTime);
  }
  return reader.objectLevels(batch, instrument);
}

/** Moves the numbers into the tick. False for the few values that mean something else than a plain update. */
function fill(tick: Tick, shape: Shape, values: Float64Array): boolean {
  tick.kind = shape.kind;
  tick.instrument = shape.instrument;
  tick.channel = shape.channel;
  tick.eventTimeMs = values[Slot.eventTime]!;
  switch (shape.kind) {
    case TickKind.depthDelta:
      tick.firstId = values[Slot.firstId]!;
      tick.lastId = values[Slot.lastId]!;
      tick.previousId = values[Slot.previousId]!;
      tick.checksum = values[Slot.checksum]!;
      tick.depthLimit = shape.depthLimit;
      // Bybit: an update id of 1 is a snapshot after a restart of the service.
      return tick.lastId !== 1;
    case TickKind.bbo:
      tick.lastId = values[Slot.lastId]!;
      tick.bidPrice = values[Slot.bidPrice]!;
      tick.bidSize = values[Slot.bidSize]!;
      tick.askPrice = values[Slot.askPrice]!;
      tick.askSize = values[Slot.askSize]!;
      // A zero means an empty side on some venues: the slow path knows.
      return tick.bidPrice !== 0 && tick.askPrice !== 0 && tick.bidSize !== 0 && tick.askSize !== 0;
    default:
      tick.price = values[Slot.price]!;
      tick.size = values[Slot.size]!;
      tick.tradeId = values[Slot.tradeId]!;
      tick.takerSide = values[Slot.takerSide] as TakerSide;
      tick.isSnapshot = false;
      tick.isOffMarket = shape.isOffMarket;
      tick.isIdSequential = shape.isIdSequential;
      return true;
  }
}

/** Do the shape's tick `a` and the slow path's tick `b` say the same? Levels of `a` stand behind those of `b`. */
function sameTick(a: Tick, b: Tick, batch: TickBatch, levelCount: number): boolean {
  const same = (x: number, y: number): boolean => x === y || (Number.isNaN(x) && Number.isNaN(y));
  if (!same(a.eventTimeMs, b.eventTimeMs)) return false;
  if (a.kind === TickKind.trade) {
    return same(a.price, b.price) && same(a.size, b.size) && same(a.tradeId, b.tradeId) && a.takerSide === b.takerSide;
  }
  if (!same(a.lastId, b.lastId)) return false;
  if (a.kind === TickKind.bbo) {
    return (
      same(a.bidPrice, b.bidPrice) &&
      same(a.bidSize, b.bidSize) &&
      same(a.askPrice, b.askPrice) &&
      same(a.askSize, b.askSize)
    );
  }
  if (!same(a.firstId, b.firstId) || !same(a.previousId, b.previousId) || !same(a.checksum, b.checksum)) return false;
  return (
    sameLevels(batch, a.bidFrom, a.bidTo, b.bidFrom, b.bidTo) &&
    sameLevels(batch, a.askFrom, a.askTo, b.askFrom, b.askTo) &&
    batch.levelCount === 2 * levelCount
  );
}

function sameLevels(batch: TickBatch, aFrom: number, aTo: number, bFrom: number, bTo: number): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false;
  for (let i = 0; i < aTo - aFrom; i++) {
    if (batch.levelPrices[aFrom + i] !== batch.levelPrices[bFrom + i]) return false;
    if (batch.levelSizes[aFrom + i] !== batch.levelSizes[bFrom + i]) return false;
  }
  return true;
}
