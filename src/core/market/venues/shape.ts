/**
 * The fast path of every venue: shapes. Messages of one stream differ only in their numbers, so a shape remembers the text
 * between the numbers, and reading the next message of that stream is comparing that text and reading the numbers. A shape
 * is learned from a frame that the venue's `JSON.parse` path has read, and takes the meaning (kind, instrument, channel)
 * from that result: this file knows where numbers stand, never what a frame means. What does not fit goes the slow path.
 */

import { POW10 } from '../../base/decimal.ts';
import type { Instrument } from '../instrument.ts';
import { type TakerSide, Tick, type TickBatch, TickKind } from '../tick.ts';
import { LevelReader } from './level-reader.ts';
import { type FieldRules, Op, Slot, type Step } from './shape-rules.ts';
import { ShapeWalk } from './shape-walk.ts';

/** The slots that `fill` reads, by kind of tick. */
const FILLED: Readonly<Partial<Record<TickKind, readonly number[]>>> = {
  [TickKind.depthDelta]: [Slot.eventTime, Slot.firstId, Slot.lastId, Slot.previousId, Slot.checksum],
  [TickKind.bbo]: [Slot.eventTime, Slot.lastId, Slot.bidPrice, Slot.bidSize, Slot.askPrice, Slot.askSize],
  [TickKind.trade]: [Slot.eventTime, Slot.price, Slot.size, Slot.tradeId, Slot.takerSide],
};

/**
 * What `Shape.steps` holds of a step: op, slot, and its text. Texts are compared eight bytes at a time, as doubles: those of
 * ASCII text are never NaN nor zero, so they are equal exactly when their bytes are. What is left over is covered by a read
 * that overlaps what came before: eight bytes for texts that have eight, else two words, else one masked word that begins
 * before the text.
 *
 * The head is one number: the op in its lowest bits, above it the slot, above that the text's length in bytes.
 */
const HEAD = 0;
const SLOT_SHIFT = 5;
const LENGTH_SHIFT = 10;
const FIVE_BITS = 31;
/** Where its eights begin in `Shape.doubles`; after them stands the overlapping one, if the text has one. */
const EIGHTS = 1;
/** For texts under eight bytes: the words at their start and at their end, and the mask of the latter. */
const FIRST_WORD = 2;
const LAST_WORD = 3;
const LAST_MASK = 4;
/**
 * Where the memo stands in `Shape.doubles`. For integers: the value of the first eight digits seen last, and their text. Times and
 * ids change at the end.
 */
const MEMO = 5;
/**
 * For prices: the text seen last, quotes included, because most best bids and offers change a size and no price (remembering sizes
 * was measured and did not pay). Its length, 0: none, and the decimals that it was read at; after its value in
 * `Shape.doubles` stand its first and last eight bytes.
 */
const MEMO_LENGTH = 6;
const MEMO_DECIMALS = 7;
const MAX_MEMO_LENGTH = 16;
const STRIDE = 8;

/** What one learned message looks like. Arrays of numbers, because it is walked a million times a second; few, because it is learned often. */
class Shape {
  /** `STRIDE` numbers a step; the last step compares the closing text and reads nothing (op 0). */
  readonly steps: Int32Array;
  readonly doubles: Float64Array;
  /** Slots that `fill` reads for this kind of tick and this shape never writes. */
  readonly absent: readonly number[];
  readonly kind: TickKind;
  readonly instrument: Instrument;
  readonly channel: string;
  readonly isIdSequential: boolean;
  readonly isOffMarket: boolean;
  readonly depthLimit: number;
  readonly unknownFields: number;

  /** @param view - the frame that the steps were found in */
  constructor(view: DataView, steps: readonly Step[], meaning: Tick, unknownFields: number) {
    this.steps = new Int32Array(steps.length * STRIDE);
    let room = 0;
    let used = 0;
    for (const { from, to, slot } of steps) {
      // The memo, the eights and the overlapping one.
      room += 4 + ((to - from) >> 3);
      used |= 1 << slot;
    }
    this.doubles = new Float64Array(room);
    const takesOther = !(used & (1 << Slot.eventTime));
    if (used & (1 << Slot.otherTime)) used |= 1 << Slot.eventTime;
    let free = 0;
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!;
      const slot = takesOther && step.slot === Slot.otherTime ? Slot.eventTime : step.slot;
      free = this.#addStep(i * STRIDE, view, { ...step, slot }, free);
    }
    this.absent = FILLED[meaning.kind]?.filter((slot) => !(used & (1 << slot))) ?? [];
    this.kind = meaning.kind;
    this.instrument = meaning.instrument;
    this.channel = meaning.channel;
    this.isIdSequential = meaning.isIdSequential;
    this.isOffMarket = meaning.isOffMarket;
    this.depthLimit = meaning.depthLimit;
    this.unknownFields = unknownFields;
  }

  /** Writes one step; `free` is the first free place in `doubles`, and so is what it returns. */
  #addStep(at: number, view: DataView, { from, to, op, slot }: Step, free: number): number {
    const { steps, doubles } = this;
    const length = to - from;
    let next = free;
    steps[at + HEAD] = op | (slot << SLOT_SHIFT) | (length << LENGTH_SHIFT);
    steps[at + MEMO] = next;
    // An empty memo's text is zero, which only NUL bytes equal, and its value NaN, which is no integer.
    doubles[next] = Number.NaN;
    next += 3;
    steps[at + EIGHTS] = next;
    for (let p = from; p + 8 <= to; p += 8) doubles[next++] = view.getFloat64(p, true);
    if (length > 8 && length % 8 !== 0) doubles[next++] = view.getFloat64(to - 8, true);
    if (length >= 8 || length === 0) return next;
    if (length >= 4) {
      steps[at + FIRST_WORD] = view.getInt32(from, true);
      steps[at + LAST_WORD] = view.getInt32(to - 4, true);
      steps[at + LAST_MASK] = -1;
    } else {
      let word = 0;
      for (let p = from; p < to; p++) word = (word >>> 8) | (view.getUint8(p) << 24);
      steps[at + LAST_WORD] = word;
      steps[at + LAST_MASK] = -1 << (8 * (4 - length));
    }
    return next;
  }
}

/** Shapes kept at once; a power of two. More streams than this on one venue evict each other and only cost speed. */
const SHAPE_SLOTS = 2048;
/** The five primes of xxHash32, one a hash offset. The best mixed bits of a product are its highest: eleven, for `SHAPE_SLOTS`. */
const HASH_FACTORS = [-1640531535, -2048144777, -1028477379, 668265263, 374761393];
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

  /** Reads a frame of a known shape into the batch (one tick). False: not of a known shape; clear the batch then. */
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
    const tick = batch.next();
    if (!run(reader, shape, from, batch, tick) || !fill(tick, shape, reader.values)) return false;
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
    const walk = new ShapeWalk(reader, rules);
    if (!walk.read()) return;
    const shape = new Shape(reader.view, walk.steps, meaning, walk.unknownFields);
    const levels = batch.levelCount;
    const isSame =
      run(reader, shape, from, batch, this.#check) &&
      fill(this.#check, shape, reader.values) &&
      sameTick(this.#check, meaning, batch, levels);
    batch.levelCount = levels;
    if (!isSame) return;
    this.#keep(shape, place);
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

/** Walks the shape over the frame; numbers end in `reader.values`, levels in the batch. False when it does not fit. */
function run(reader: LevelReader, shape: Shape, from: number, batch: TickBatch, tick: Tick): boolean {
  const { view, end, values } = reader;
  const { steps, doubles, instrument, absent } = shape;
  for (let i = 0; i < absent.length; i++) values[absent[i]!] = Number.NaN;
  tick.bidTo = tick.bidFrom = tick.askTo = tick.askFrom = 0;
  let p = from;
  for (let i = 0; ; i += STRIDE) {
    const head = steps[i + HEAD]!;
    const length = head >>> LENGTH_SHIFT;
    const textEnd = p + length;
    if (textEnd > end) return false;
    if (length >= 8) {
      let next = steps[i + EIGHTS]!;
      for (const stop = textEnd - 7; p < stop; p += 8) if (view.getFloat64(p, true) !== doubles[next++]!) return false;
      if (p !== textEnd && view.getFloat64(textEnd - 8, true) !== doubles[next]!) return false;
    } else if (length > 0) {
      if (length >= 4 && view.getInt32(p, true) !== steps[i + FIRST_WORD]!) return false;
      if ((view.getInt32(textEnd - 4, true) & steps[i + LAST_MASK]!) !== steps[i + LAST_WORD]!) return false;
    }
    p = textEnd;
    reader.at = p;
    const slot = (head >> SLOT_SHIFT) & FIVE_BITS;
    switch (head & FIVE_BITS) {
      case 0:
        return p === end;
      case 1: {
        // Most integers are times and ids whose first eight digits were the same in the last message.
        const memo = steps[i + MEMO]!;
        if (p + 8 < end && view.getFloat64(p, true) === doubles[memo + 1]!) {
          if (!reader.restOfInteger(slot, doubles[memo]!)) return false;
        } else {
          if (!reader.integer(slot)) return false;
          if (reader.at - p > 8) {
            doubles[memo + 1] = view.getFloat64(p, true);
            doubles[memo] = Math.floor(values[slot]! / POW10[reader.at - p - 8]!);
          }
        }
        break;
      }
      case 2:
        if (!reader.quotedInteger(slot)) return false;
        break;
      case 3:
        if (!reader.signedInteger(slot)) return false;
        break;
      case 4:
        if (!readPrice(reader, shape, i, p)) return false;
        break;
      case 5:
        if (!reader.quotedDecimal(slot, instrument.sizeDecimals)) return false;
        break;
      case 6:
        if (!reader.bareDecimal(slot, instrument.priceDecimals)) return false;
        break;
      case 7:
        if (!reader.bareDecimal(slot, instrument.sizeDecimals)) return false;
        break;
      case 8: {
        const isMaker = reader.boolean();
        if (isMaker < 0) return false;
        values[slot] = isMaker === 1 ? -1 : 1;
        break;
      }
      case 9:
        if (!reader.side(slot)) return false;
        break;
      case 10:
        if (!reader.side(slot)) return false;
        values[slot] = -values[slot]!;
        break;
      case 11:
        if (!reader.isoTime(slot)) return false;
        break;
      case 12:
      case 14:
      case 16:
        tick.bidFrom = batch.levelCount;
        if (!readLevels(reader, head & FIVE_BITS, batch, instrument)) return false;
        tick.bidTo = batch.levelCount;
        break;
      case 13:
      case 15:
      case 17:
        tick.askFrom = batch.levelCount;
        if (!readLevels(reader, head & FIVE_BITS, batch, instrument)) return false;
        tick.askTo = batch.levelCount;
        break;
      default:
        if (!reader.skipScalar()) return false;
    }
    p = reader.at;
  }
}

/** Reads the quoted price at `p` of the step that begins at `step`, or knows it again. */
function readPrice(reader: LevelReader, shape: Shape, step: number, p: number): boolean {
  const { view, end, values } = reader;
  const { steps, doubles } = shape;
  const slot = (steps[step + HEAD]! >> SLOT_SHIFT) & FIVE_BITS;
  const decimals = shape.instrument.priceDecimals;
  const memo = steps[step + MEMO]!;
  const known = steps[step + MEMO_LENGTH]!;
  const rest = known > 8 ? known - 8 : 0;
  if (
    p + rest + 8 <= end &&
    view.getFloat64(p, true) === doubles[memo + 1]! &&
    view.getFloat64(p + rest, true) === doubles[memo + 2]! &&
    steps[step + MEMO_DECIMALS] === decimals
  ) {
    values[slot] = doubles[memo]!;
    reader.at = p + known;
    return true;
  }
  if (!reader.quotedDecimal(slot, decimals)) return false;
  const length = reader.at - p;
  if (length <= MAX_MEMO_LENGTH && p + 8 <= end) {
    steps[step + MEMO_LENGTH] = length;
    steps[step + MEMO_DECIMALS] = decimals;
    doubles[memo] = values[slot]!;
    doubles[memo + 1] = view.getFloat64(p, true);
    doubles[memo + 2] = view.getFloat64(length > 8 ? p + length - 8 : p, true);
  }
  return true;
}

function readLevels(reader: LevelReader, op: number, batch: TickBatch, instrument: Instrument): boolean {
  if (op <= Op.asks) return reader.levels(batch, instrument, -1);
  if (op <= Op.timed_asks) return reader.levels(batch, instrument, Slot.eventTime);
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
