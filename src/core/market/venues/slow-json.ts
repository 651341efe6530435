/** What every codec's `JSON.parse` path shares: strict reading of parsed JSON, prices and sizes. Knows no venue; never throws. */

import { MAX_DECIMALS, mantissaOf, POW10, plainDecimalsOf } from '../../base/decimal.ts';
import { parseIsoMs } from '../../base/time.ts';
import type { Instrument } from '../instrument.ts';
import { type TakerSide, type Tick, type TickBatch, TickKind } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';

/** An object that came out of `JSON.parse`; read its keys as `unknown`. */
export type ParsedObject = { readonly [key: string]: unknown };

/** What `parseJson` found. */
export type ParsedFrame =
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'invalid'; readonly reason: 'invalid_utf8' | 'invalid_json' };

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
const INTEGER_TEXT = /^[0-9]{1,16}$/;
const SIGNED_DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?$/;

/** True for the ways in which venues leave a field out: no key, null, or empty text. */
export function isAbsent(value: unknown): value is undefined | null | '' {
  return value === undefined || value === null || value === '';
}

/** Parses `bytes[from, to)`. Never throws. */
export function parseJson(tools: CodecTools, bytes: Uint8Array, from: number, to: number): ParsedFrame {
  const text = tools.decodeText(bytes, from, to);
  if (text === null) return { kind: 'invalid', reason: 'invalid_utf8' };
  try {
    return { kind: 'parsed', value: JSON.parse(text) };
  } catch {
    return { kind: 'invalid', reason: 'invalid_json' };
  }
}

/** True for a JSON object; false for arrays and null. */
export function isObject(value: unknown): value is ParsedObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for a JSON array; its elements stay `unknown`. */
export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The value if it is a string, else null. */
export function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A non-negative safe integer given as a JSON number, else NaN. */
export function integerOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN;
}

/** A non-negative safe integer given as decimal text, such as OKX's `ts`, else NaN. */
export function integerOfText(value: unknown): number {
  return typeof value === 'string' && INTEGER_TEXT.test(value) ? integerOf(Number(value)) : Number.NaN;
}

/** The double nearest to plain decimal text with an optional minus (funding rates), else NaN. */
export function numberOfText(value: unknown): number {
  if (typeof value !== 'string' || !SIGNED_DECIMAL.test(value)) return Number.NaN;
  const number = Number(value);
  return Number.isFinite(number) ? number : Number.NaN;
}

/** `buy` or `Buy` as 1, `sell` or `Sell` as -1, anything else as 0 (a fault): the same words as the fast path's. */
export function sideOf(value: unknown): TakerSide {
  if (value === 'buy' || value === 'Buy') return 1;
  return value === 'sell' || value === 'Sell' ? -1 : 0;
}

/** A venue's channel name as it may stand in a reason: lower snake case, `[a-z0-9_-]`, 1 to 32 characters. */
export function channelWord(value: unknown): string {
  const words = typeof value === 'string' ? value.slice(0, 64).replace(/([a-z0-9])([A-Z])/g, '$1_$2') : '';
  const word = words.toLowerCase().replace(/[^a-z0-9_-]+/g, '_');
  return word === '' ? 'none' : word.slice(0, 32);
}

/** Ends a decode as `malformed`: empties the batch, so that nothing of the frame is taken. */
export function malformed(batch: TickBatch, reason: string): DecodeOutcome {
  batch.clear();
  batch.reason = reason;
  return 'malformed';
}

/** Ends a decode as `unknown`: well formed, not ours to read. */
export function unknown(batch: TickBatch, reason: string): DecodeOutcome {
  batch.clear();
  batch.reason = reason;
  return 'unknown';
}

/** Begins a tick of any kind, with every optional field of its kind absent; the caller then sets what the frame says. */
export function startTick(batch: TickBatch, kind: TickKind, instrument: Instrument, channel: string): Tick {
  const tick = batch.next();
  tick.kind = kind;
  tick.instrument = instrument;
  tick.channel = channel;
  tick.eventTimeMs = Number.NaN;
  if (kind === TickKind.trade || kind === TickKind.liquidation) clearTrade(tick);
  else if (kind === TickKind.ticker) clearTicker(tick);
  else clearDepth(tick);
  return tick;
}

function clearTrade(tick: Tick): void {
  tick.takerSide = 0;
  tick.tradeId = Number.NaN;
  tick.isIdSequential = false;
  tick.isSnapshot = false;
  tick.isOffMarket = false;
}

function clearTicker(tick: Tick): void {
  tick.markPrice = Number.NaN;
  tick.indexPrice = Number.NaN;
  tick.fundingRate = Number.NaN;
  tick.nextFundingTimeMs = Number.NaN;
  tick.openInterest = Number.NaN;
}

/** Depth, and bbo, whose prices `setBbo` sets. */
function clearDepth(tick: Tick): void {
  tick.firstId = Number.NaN;
  tick.lastId = Number.NaN;
  tick.previousId = Number.NaN;
  tick.checksum = Number.NaN;
  tick.depthLimit = 0;
  tick.isRequested = false;
}

/** What one frame asks of one instrument's decimals, before any of it is taken. */
interface Learned {
  priceDecimals: number;
  sizeDecimals: number;
  /** The largest price of the frame, as a double and as sent: if this one fits its mantissa, all do. */
  maxPrice: number;
  maxPriceText: string;
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
  #isHeld = false;

  /**
   * @param decimals - `significant`: zeros at the end of a number mean nothing; `wire`: they count as decimals (Kraken, whose
   *   checksum covers them)
   */
  constructor(decimals: 'significant' | 'wire' = 'significant') {
    this.#zeros = decimals;
  }

  /** Forgets the frame before. */
  begin(): void {
    this.fault = '';
    this.#learned.clear();
    this.#isHeld = false;
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
    if (!isArray(rows)) {
      this.fail('bad_levels');
      return;
    }
    for (const row of rows) {
      if (isArray(row) && row.length >= 2) this.learn(instrument, row[0], row[1]);
      else this.fail('bad_levels');
    }
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
    const learned = this.#learned.get(instrument);
    if (this.fault !== '' || learned === undefined) return this.commit();
    if (Number.isNaN(mantissaOf(learned.maxPriceText, learned.priceDecimals))) this.fail('price_out_of_range');
    if (this.fault !== '') return false;
    instrument.setDecimals(learned.priceDecimals, learned.sizeDecimals);
    instrument.notePrice(learned.maxPrice);
    return true;
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
    for (const row of rows as readonly (readonly unknown[])[]) this.pushLevel(batch, instrument, row[0], row[1]);
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
      learned = { priceDecimals: 0, sizeDecimals: 0, maxPrice: -1, maxPriceText: '0' };
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
