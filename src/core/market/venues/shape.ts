/**
 * One shape, and the loop that reads by it. Messages of one stream differ only in their numbers, so a shape remembers the text
 * between the numbers, and reading the next message of that stream is comparing that text and reading the numbers. It takes
 * the meaning (kind, instrument, channel) from what the venue's `JSON.parse` path made of the message that it was learned
 * from: this file knows where numbers stand, never what a frame means.
 */

import { POW10 } from '../../base/decimal.ts';
import type { Instrument } from '../instrument.ts';
import { type TakerSide, type Tick, type TickBatch, TickKind } from '../tick.ts';
import { EXACT_DIGITS } from './byte-reader.ts';
import type { LevelReader } from './level-reader.ts';
import { Op, Slot, type Step } from './shape-rules.ts';
import type { ShapeWalk } from './shape-walk.ts';

/** The kinds of tick that have shapes, and the slots that `fill` reads for them. */
const FILLED: Readonly<Partial<Record<TickKind, readonly number[]>>> = {
  [TickKind.depthDelta]: [Slot.eventTime, Slot.firstId, Slot.lastId, Slot.previousId, Slot.checksum],
  [TickKind.bbo]: [Slot.eventTime, Slot.lastId, Slot.bidPrice, Slot.bidSize, Slot.askPrice, Slot.askSize],
  [TickKind.trade]: [Slot.eventTime, Slot.price, Slot.size, Slot.tradeId, Slot.takerSide],
  [TickKind.ticker]: [
    Slot.eventTime,
    Slot.markPrice,
    Slot.indexPrice,
    Slot.fundingRate,
    Slot.nextFundingTime,
    Slot.openInterest,
  ],
};

/** Has this kind of tick shapes? Snapshots have none. */
export function hasShape(kind: TickKind): boolean {
  return FILLED[kind] !== undefined;
}

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

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/** What one learned message looks like. Arrays of numbers, because it is walked a million times a second; few, because it is learned often. */
export class Shape {
  /** `STRIDE` numbers a step; the last step compares the closing text and reads nothing (op 0). */
  readonly steps: Int32Array;
  readonly doubles: Float64Array;
  /** Where the steps of a list's further elements begin, and those behind the list; 0: it had no further element. */
  readonly repeat: number;
  readonly behind: number;
  /** Slots that `fill` reads for this kind of tick and this shape never writes. */
  readonly absent: readonly number[];
  readonly kind: TickKind;
  readonly instrument: Instrument;
  readonly channel: string;
  readonly isIdSequential: boolean;
  readonly isOffMarket: boolean;
  readonly depthLimit: number;
  readonly unknownFields: number;

  /**
   * @param view - the frame that was walked
   * @param meaning - its first tick
   */
  constructor(view: DataView, { steps, repeat, behind, unknownFields }: ShapeWalk, meaning: Tick) {
    this.steps = new Int32Array(steps.length * STRIDE);
    this.repeat = repeat * STRIDE;
    this.behind = behind * STRIDE;
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

/** What `readTick` answers besides the step to go on at. */
export const WHOLE = 0;
export const MISFIT = -1;

/**
 * Reads one tick of the frame by the shape, from `reader.at` on; levels go into the batch.
 *
 * @param step - 0 for a frame's first tick, then what the call before answered
 * @returns the step of the frame's next tick; `WHOLE` where the frame ends with this one; `MISFIT` where it is not of this
 *   shape: the tick is void then, and so are those before it
 */
export function readTick(reader: LevelReader, shape: Shape, step: number, batch: TickBatch, tick: Tick): number {
  tick.bidTo = tick.bidFrom = tick.askTo = tick.askFrom = 0;
  const next = run(reader, shape, step, batch, tick);
  return next !== MISFIT && fill(tick, shape, reader.values) ? next : MISFIT;
}

/** Walks the shape over the frame; numbers end in `reader.values`. Answers as `readTick`. */
function run(reader: LevelReader, shape: Shape, step: number, batch: TickBatch, tick: Tick): number {
  const { view, end, values } = reader;
  const { steps, doubles, instrument, absent } = shape;
  for (let i = 0; i < absent.length; i++) values[absent[i]!] = Number.NaN;
  let p = reader.at;
  for (let i = step; ; i += STRIDE) {
    const head = steps[i + HEAD]!;
    const length = head >>> LENGTH_SHIFT;
    const textEnd = p + length;
    if (textEnd > end) return MISFIT;
    if (length >= 8) {
      let next = steps[i + EIGHTS]!;
      for (const stop = textEnd - 7; p < stop; p += 8) if (view.getFloat64(p, true) !== doubles[next++]!) return MISFIT;
      if (p !== textEnd && view.getFloat64(textEnd - 8, true) !== doubles[next]!) return MISFIT;
    } else if (length > 0) {
      if (length >= 4 && view.getInt32(p, true) !== steps[i + FIRST_WORD]!) return MISFIT;
      if ((view.getInt32(textEnd - 4, true) & steps[i + LAST_MASK]!) !== steps[i + LAST_WORD]!) return MISFIT;
    }
    p = textEnd;
    reader.at = p;
    const slot = (head >> SLOT_SHIFT) & FIVE_BITS;
    switch (head & FIVE_BITS) {
      case 0:
        return p === end ? WHOLE : MISFIT;
      case 1: {
        // Most integers are times and ids whose first eight digits were the same in the last message.
        const memo = steps[i + MEMO]!;
        if (p + 8 < end && view.getFloat64(p, true) === doubles[memo + 1]!) {
          if (!reader.restOfInteger(slot, doubles[memo]!)) return MISFIT;
        } else {
          if (!reader.integer(slot)) return MISFIT;
          if (reader.at - p > 8) {
            doubles[memo + 1] = view.getFloat64(p, true);
            doubles[memo] = Math.floor(values[slot]! / POW10[reader.at - p - 8]!);
          }
        }
        break;
      }
      case 2:
        if (!reader.quotedInteger(slot)) return MISFIT;
        break;
      case 3:
        if (!reader.signedInteger(slot)) return MISFIT;
        break;
      case 4:
        if (!readPrice(reader, shape, i, p)) return MISFIT;
        break;
      case 5:
        if (!reader.quotedDecimal(slot, instrument.sizeDecimals)) return MISFIT;
        break;
      case 6:
        if (!reader.bareDecimal(slot, instrument.priceDecimals)) return MISFIT;
        break;
      case 7:
        if (!reader.bareDecimal(slot, instrument.sizeDecimals)) return MISFIT;
        break;
      case 8: {
        const isMaker = reader.boolean();
        if (isMaker < 0) return MISFIT;
        values[slot] = isMaker === 1 ? -1 : 1;
        break;
      }
      case 9:
        if (!reader.side(slot)) return MISFIT;
        break;
      case 10:
        if (!reader.side(slot)) return MISFIT;
        values[slot] = -values[slot]!;
        break;
      case 11:
        if (!reader.isoTime(slot)) return MISFIT;
        break;
      case 12:
      case 14:
      case 16:
        tick.bidFrom = batch.levelCount;
        if (!readLevels(reader, head & FIVE_BITS, batch, instrument)) return MISFIT;
        tick.bidTo = batch.levelCount;
        break;
      case 13:
      case 15:
      case 17:
        tick.askFrom = batch.levelCount;
        if (!readLevels(reader, head & FIVE_BITS, batch, instrument)) return MISFIT;
        tick.askTo = batch.levelCount;
        break;
      case 18:
        if (!readNumber(reader, slot)) return MISFIT;
        break;
      case 19:
        if (reader.bytes[p] === COMMA) return shape.repeat;
        i = shape.behind - STRIDE;
        break;
      default:
        if (!reader.skipScalar()) return MISFIT;
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
    doubles[memo + 2] = view.getFloat64(p + Math.max(0, length - 8), true);
  }
  return true;
}

/** Reads quoted decimals, with or without a minus sign, as the nearest double; false beyond fifteen digits. */
function readNumber(reader: LevelReader, slot: number): boolean {
  const { bytes } = reader;
  const isNegative = bytes[reader.at + 1] === MINUS;
  const first = reader.at + (isNegative ? 2 : 1);
  let digits = 0;
  let point = -1;
  let p = first;
  for (; ; p++) {
    const digit = bytes[p]! - ZERO;
    if (digit >= 0 && digit <= 9) digits = digits * 10 + digit;
    else if (bytes[p] === POINT && point < 0) point = p;
    else break;
  }
  const count = point < 0 ? p - first : p - first - 1;
  const decimals = point < 0 ? 0 : p - point - 1;
  const isPlain = count > decimals && point !== p - 1 && count <= EXACT_DIGITS;
  if (!isPlain || bytes[reader.at] !== QUOTE || bytes[p] !== QUOTE) return false;
  reader.at = p + 1;
  // Both are exact, so their quotient is the double nearest to the text.
  const value = digits / POW10[decimals]!;
  reader.values[slot] = isNegative ? -value : value;
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
    case TickKind.ticker:
      tick.markPrice = values[Slot.markPrice]!;
      tick.indexPrice = values[Slot.indexPrice]!;
      tick.fundingRate = values[Slot.fundingRate]!;
      tick.nextFundingTimeMs = values[Slot.nextFundingTime]!;
      tick.openInterest = values[Slot.openInterest]!;
      // Contracts that end have no funding, and a zero in its place.
      return tick.nextFundingTimeMs !== 0;
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
