/** Reads the numbers of one parsed frame strictly, in two passes, and lets instruments' decimals grow. Knows no venue. */

import { MAX_DECIMALS, mantissaOf, mantissaText, POW10, plainDecimalsOf } from '../../base/decimal.ts';
import { parseIsoMs } from '../../base/time.ts';
import type { Instrument } from '../instrument.ts';
import type { Tick, TickBatch } from '../tick.ts';
import type { CodecTools } from './codec.ts';
import { type LevelRun, LevelRuns } from './level-runs.ts';
import { integerOf, integerOfText, isAbsent, isArray, isObject, numberOfText, type ParsedObject } from './slow-json.ts';

/** Digits before the point that a price or a size may have; more is `bad_number` (doubles end at 309, venues at 16). */
export const MAX_WHOLE_DIGITS = 40;

/** Every fault that the reader itself finds; a codec may add its own few. */
export type Fault =
  | 'bad_number'
  | 'too_many_decimals'
  | 'price_out_of_range'
  | 'unsafe_integer'
  | 'bad_time'
  | 'bad_side'
  | 'bad_symbol'
  | 'bad_levels'
  | 'bad_shape';

const SYMBOL = /^[\x21-\x7e]{1,64}$/;

/** What one frame asks of one instrument's decimals, before any of it is taken. */
interface Learned {
  priceDecimals: number;
  sizeDecimals: number;
  /** The largest price of the frame, as a double and as sent: if this one fits its mantissa, all do. */
  maxPrice: number;
  maxPriceText: string;
  /** The largest size that came in a run of levels, as a double. */
  maxRunSize: number;
}

/**
 * Reads the numbers of one frame in two passes, because mantissas are at the decimals that the *whole* frame needs.
 *
 * Order of use: `begin`; pass 1, `learn*` and the field readers on everything the frame holds; `commit`; and only when
 * that is true pass 2, `price`, `size` and `pushLevels`, which then cannot fail. The first thing wrong sticks in `fault`
 * and the readers hand out harmless values from there on, so a codec checks once, at `commit`.
 * Decimals grow in `commit` alone: a malformed frame leaves every instrument as it was.
 */
export class FrameReader {
  /** The first thing wrong with the frame; empty while there is none. */
  fault: Fault | '' = '';
  readonly #zeros: 'significant' | 'wire';
  readonly #learned = new Map<Instrument, Learned>();
  readonly #levels: LevelRuns;
  /** Runs that pass 1 has not met yet. */
  #runsLeft = 0;
  #isHeld = false;

  /**
   * @param decimals - `significant`: zeros at the end of a number mean nothing; `wire`: they count as decimals (Kraken, whose
   *   checksum covers them, and whose levels carry their time)
   */
  constructor(decimals: 'significant' | 'wire' = 'significant') {
    this.#zeros = decimals;
    this.#levels = new LevelRuns({ countsZeros: decimals === 'wire', isTimed: decimals === 'wire' });
  }

  /** Forgets the frame before. */
  begin(): void {
    this.fault = '';
    this.#learned.clear();
    this.#levels.clear();
    this.#runsLeft = 0;
    this.#isHeld = false;
  }

  /**
   * As `begin`, for a big frame whose levels are read straight from its bytes: the text of the rest, for `JSON.parse`, in
   * which a mark stands for each array of levels; `learnLevels` and `pushLevels` take marks for the arrays. `commit` refuses
   * a frame with levels that pass 1 did not meet, so what comes of such a text is the same as of the whole frame, or
   * something else than ticks: then the codec reads the frame whole. A codec that looks into levels itself asks `array` for
   * them first.
   *
   * @returns null where levels are not to be had so; then nothing has begun
   */
  beginApart(tools: CodecTools, bytes: Uint8Array, from: number, to: number): string | null {
    const text = this.#levels.takeOut(tools, bytes, from, to);
    if (text === null) return null;
    this.fault = '';
    this.#learned.clear();
    this.#isHeld = false;
    this.#runsLeft = this.#levels.runs.length;
    return text;
  }

  /**
   * As `begin`, for a frame of several messages that are read one by one: `commit` then only checks, and what pass 2 hands
   * out is void, until `release` commits them all; a second reading gives their ticks.
   */
  hold(): void {
    this.begin();
    this.#isHeld = true;
  }

  /** Ends `hold`: the `commit` of everything learned since. */
  release(): boolean {
    this.#isHeld = false;
    return this.commit();
  }

  /** Notes a fault; the first one stays. */
  fail(fault: Fault): void {
    if (this.fault === '') this.fault = fault;
  }

  /** Pass 1: a price and a size that pass 2 will read. Texts of plain decimals, else `bad_number`. */
  learn(instrument: Instrument, priceText: unknown, sizeText: unknown): void {
    this.learnPrice(instrument, priceText);
    this.learnSize(instrument, sizeText);
  }

  /** Pass 1: one price. */
  learnPrice(instrument: Instrument, priceText: unknown): void {
    const decimals = this.#decimalsOf(priceText);
    if (decimals < 0) return;
    const learned = this.#of(instrument);
    if (decimals > learned.priceDecimals) learned.priceDecimals = decimals;
    const price = Number(priceText);
    if (price <= learned.maxPrice) return;
    learned.maxPrice = price;
    learned.maxPriceText = priceText as string;
  }

  /** Pass 1: one size. */
  learnSize(instrument: Instrument, sizeText: unknown): void {
    const decimals = this.#decimalsOf(sizeText);
    if (decimals < 0) return;
    const learned = this.#of(instrument);
    if (decimals > learned.sizeDecimals) learned.sizeDecimals = decimals;
  }

  /** Pass 1: rows of `[priceText, sizeText, ...]`; further elements are ignored, an absent side is not allowed. */
  learnLevels(instrument: Instrument, rows: unknown): void {
    const run = this.#levels.find(rows);
    if (run !== null) {
      this.#learnRun(instrument, run);
      return;
    }
    if (!isArray(rows)) {
      this.fail('bad_levels');
      return;
    }
    for (const row of rows) {
      if (isArray(row) && row.length >= 2) this.learn(instrument, row[0], row[1]);
      else this.fail('bad_levels');
    }
  }

  #learnRun(instrument: Instrument, run: LevelRun): void {
    const learned = this.#of(instrument);
    const { decimals, largestPriceAt, largestSize } = run;
    learned.priceDecimals = Math.max(learned.priceDecimals, decimals.price);
    learned.sizeDecimals = Math.max(learned.sizeDecimals, decimals.size);
    learned.maxRunSize = Math.max(learned.maxRunSize, largestSize);
    this.#runsLeft -= 1;
    const price = this.#levels.number(largestPriceAt);
    if (price <= learned.maxPrice) return;
    learned.maxPrice = price;
    learned.maxPriceText = mantissaText(this.#levels.mantissa(largestPriceAt, decimals.price), decimals.price);
  }

  /** The latest time of levels that `learnLevels` took as a run, in ms; null where they are no run. */
  runTimeMs(rows: unknown): number | null {
    return this.#levels.find(rows)?.latestMs ?? null;
  }

  /** Pass 1: the elements of an array; none, and `bad_shape`, when it is no array. */
  array(value: unknown): readonly unknown[] {
    if (isArray(value)) return value;
    this.fail('bad_shape');
    return [];
  }

  /** Pass 1: an object; an empty one, and `bad_shape`, when it is none. */
  object(value: unknown): ParsedObject {
    if (isObject(value)) return value;
    this.fail('bad_shape');
    return {};
  }

  /** Pass 1: the two sides of a best bid and offer; a side may be absent, see `setBbo`. */
  learnBbo(instrument: Instrument, bidPrice: unknown, bidSize: unknown, askPrice: unknown, askSize: unknown): void {
    if (!isAbsent(bidPrice)) this.learnPrice(instrument, bidPrice);
    if (!isAbsent(bidSize)) this.learnSize(instrument, bidSize);
    if (!isAbsent(askPrice)) this.learnPrice(instrument, askPrice);
    if (!isAbsent(askSize)) this.learnSize(instrument, askSize);
  }

  /** Pass 1: a JSON integer such as an id or a time in ms: safe and not negative, else `unsafe_integer` and NaN. */
  integer(value: unknown): number {
    const integer = integerOf(value);
    if (Number.isNaN(integer)) this.fail('unsafe_integer');
    return integer;
  }

  /** Pass 1: as `integer`, from decimal text. */
  integerText(value: unknown): number {
    const integer = integerOfText(value);
    if (Number.isNaN(integer)) this.fail('unsafe_integer');
    return integer;
  }

  /** Pass 1: an RFC 3339 UTC time as ms since epoch, fractions kept; else `bad_time` and NaN. */
  isoTime(value: unknown): number {
    const timeMs = typeof value === 'string' ? parseIsoMs(value) : Number.NaN;
    if (Number.isNaN(timeMs)) this.fail('bad_time');
    return timeMs;
  }

  /** Pass 1: a double from decimal text that may be negative, else `bad_number` and NaN. An absent field gives NaN. */
  optionalNumber(value: unknown): number {
    if (isAbsent(value)) return Number.NaN;
    const number = numberOfText(value);
    if (Number.isNaN(number)) this.fail('bad_number');
    return number;
  }

  /** Pass 1: a venue's symbol, printable ASCII without spaces, else `bad_symbol` and the empty text. */
  symbol(value: unknown): string {
    if (typeof value === 'string' && SYMBOL.test(value)) return value;
    this.fail('bad_symbol');
    return '';
  }

  /**
   * Ends pass 1: grows the instruments' decimals to what the frame needs.
   *
   * @returns false, with every instrument untouched, when there is a fault; the codec then answers `malformed`
   */
  commit(): boolean {
    this.#checkRuns();
    for (const [instrument, learned] of this.#learned) {
      const decimals = Math.max(instrument.priceDecimals, learned.priceDecimals);
      if (Number.isNaN(mantissaOf(learned.maxPriceText, decimals))) this.fail('price_out_of_range');
      if (decimals === instrument.priceDecimals) continue;
      // One absurdly fine price must not push the instrument's real prices out of range for good.
      if (instrument.largestPrice * POW10[decimals]! > Number.MAX_SAFE_INTEGER) this.fail('too_many_decimals');
    }
    if (this.fault !== '') return false;
    if (this.#isHeld) return true;
    for (const [instrument, learned] of this.#learned) {
      // Only frames that the fast path cannot take decide about decimals: the result may not depend on which path was taken.
      const isDeciding = instrument.largestPrice === 0 || learned.priceDecimals > instrument.priceDecimals;
      instrument.growDecimals(learned.priceDecimals, learned.sizeDecimals);
      if (isDeciding) instrument.notePrice(learned.maxPrice);
    }
    return true;
  }

  /** As `commit`, and sets the instrument's decimals to exactly those of this frame: for snapshots in `wire` mode. */
  commitExactly(instrument: Instrument): boolean {
    this.#checkRuns();
    const learned = this.#learned.get(instrument);
    if (this.fault !== '' || learned === undefined) return this.commit();
    if (Number.isNaN(mantissaOf(learned.maxPriceText, learned.priceDecimals))) this.fail('price_out_of_range');
    if (this.fault !== '') return false;
    instrument.setDecimals(learned.priceDecimals, learned.sizeDecimals);
    instrument.notePrice(learned.maxPrice);
    return true;
  }

  /** Runs that nobody met, and sizes that may not fit their mantissas (`oddSizes` wants their text), are for the whole frame. */
  #checkRuns(): void {
    if (this.#runsLeft !== 0) this.fail('bad_levels');
    for (const [instrument, { sizeDecimals, maxRunSize }] of this.#learned) {
      const decimals = Math.max(sizeDecimals, instrument.sizeDecimals);
      if (maxRunSize * POW10[decimals]! > Number.MAX_SAFE_INTEGER / 2) this.fail('bad_levels');
    }
  }

  /** Pass 2: the mantissa of a price that pass 1 has learned. */
  price(instrument: Instrument, priceText: unknown): number {
    return mantissaOf(priceText as string, instrument.priceDecimals);
  }

  /** Pass 2: the mantissa of a size that pass 1 has learned; the nearest double where it is over 2^53. */
  size(instrument: Instrument, sizeText: unknown): number {
    const mantissa = mantissaOf(sizeText as string, instrument.sizeDecimals);
    return Number.isNaN(mantissa) ? roundedMantissaOf(sizeText as string, instrument.sizeDecimals) : mantissa;
  }

  /** Pass 2: one level at the end of the batch's levels; a size over 2^53 also goes to `oddSizes` as text. */
  pushLevel(batch: TickBatch, instrument: Instrument, priceText: unknown, sizeText: unknown): void {
    const mantissa = mantissaOf(sizeText as string, instrument.sizeDecimals);
    if (Number.isNaN(mantissa)) batch.oddSizes.push({ level: batch.levelCount, text: sizeText as string });
    batch.pushLevel(this.price(instrument, priceText), this.size(instrument, sizeText));
  }

  /** Pass 2: rows that pass 1 has learned, in their order. The caller notes `batch.levelCount` before and after. */
  pushLevels(batch: TickBatch, instrument: Instrument, rows: unknown): void {
    const run = this.#levels.find(rows);
    if (run !== null) this.#pushRun(batch, instrument, run);
    else for (const row of rows as readonly (readonly unknown[])[]) this.pushLevel(batch, instrument, row[0], row[1]);
  }

  #pushRun(batch: TickBatch, instrument: Instrument, run: LevelRun): void {
    const { priceDecimals, sizeDecimals } = instrument;
    batch.reserveLevels((run.to - run.from) / 2);
    for (let i = run.from; i < run.to; i += 2) {
      batch.levelPrices[batch.levelCount] = this.#levels.mantissa(i, priceDecimals);
      batch.levelSizes[batch.levelCount] = this.#levels.mantissa(i + 1, sizeDecimals);
      batch.levelCount += 1;
    }
  }

  /** Pass 2: fills a bbo. A side without a price, or with the price 0, is empty: NaN price and size. A size may be absent. */
  setBbo(tick: Tick, bidPrice: unknown, bidSize: unknown, askPrice: unknown, askSize: unknown): void {
    const hasBid = !isAbsent(bidPrice) && Number(bidPrice) > 0;
    const hasAsk = !isAbsent(askPrice) && Number(askPrice) > 0;
    tick.bidPrice = hasBid ? this.price(tick.instrument, bidPrice) : Number.NaN;
    tick.bidSize = hasBid && !isAbsent(bidSize) ? this.size(tick.instrument, bidSize) : Number.NaN;
    tick.askPrice = hasAsk ? this.price(tick.instrument, askPrice) : Number.NaN;
    tick.askSize = hasAsk && !isAbsent(askSize) ? this.size(tick.instrument, askSize) : Number.NaN;
  }

  /** The significant decimals of number text; -1 with a fault noted where it is none. */
  #decimalsOf(value: unknown): number {
    const decimals = typeof value === 'string' ? plainDecimalsOf(value, this.#zeros, MAX_WHOLE_DIGITS) : -1;
    if (decimals < 0) {
      this.fail('bad_number');
      return -1;
    }
    if (decimals <= MAX_DECIMALS) return decimals;
    this.fail('too_many_decimals');
    return -1;
  }

  #of(instrument: Instrument): Learned {
    let learned = this.#learned.get(instrument);
    if (learned === undefined) {
      learned = { priceDecimals: 0, sizeDecimals: 0, maxPrice: -1, maxPriceText: '0', maxRunSize: 0 };
      this.#learned.set(instrument, learned);
    }
    return learned;
  }
}

/** The double nearest to `text x 10^decimals`, for plain decimals with at most that many significant decimals. */
function roundedMantissaOf(text: string, decimals: number): number {
  const point = text.indexOf('.');
  const whole = point < 0 ? text : text.slice(0, point);
  const fraction = point < 0 ? '' : text.slice(point + 1, point + 1 + decimals);
  return Number(whole + fraction.padEnd(decimals, '0'));
}
