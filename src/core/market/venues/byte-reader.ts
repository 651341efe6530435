/**
 * Reads the tokens of compact JSON straight from bytes, without strings or objects. Accepts only the plain subset that
 * venues send; anything else answers "no" and the codec takes its `JSON.parse` path, so this file never decides what a
 * frame means. Longer and flatter than house style: this is the innermost loop of the product.
 */

import { POW10 } from '../../base/decimal.ts';
import { parseIsoMsBytes } from '../../base/time.ts';
import { asciiBytes, type Instrument } from '../instrument.ts';
import type { TickBatch } from '../tick.ts';

const QUOTE = 34;
const MINUS = 45;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;

const OBJECT_PRICE = asciiBytes('{"price":');
const OBJECT_QTY = asciiBytes(',"qty":');

/** The slot of numbers that nobody asked for. */
const SCRATCH = 31;

/** `0000` as a little-endian word: venues pad prices with zeros. */
const FOUR_ZEROS = 0x30303030;

/** Digits that fit an int32 whatever they are. */
const INT32_DIGITS = 9;
/** Digits that a double holds exactly whatever they are. */
const EXACT_DIGITS = 15;

/**
 * A cursor over one frame.
 *
 * Contract of `open`: the frame's last byte is `}` or `]`. It is no digit, so every digit loop stops inside the frame without
 * comparing positions; only loops over free text compare with `end`. All reading methods advance `at` past what they
 * read, and return -1 or false when the bytes are not what they read; `at` is then meaningless and the caller gives up.
 */
export class ByteReader {
  bytes: Uint8Array = new Uint8Array(8);
  /** The same bytes, for reading four at a time. */
  view = new DataView(this.bytes.buffer);
  at = 0;
  end = 0;
  /**
   * What the number readers read, by slot. An array and not return values, because V8 boxes a returned double (measured:
   * twice the time of a whole trade).
   */
  readonly values = new Float64Array(32);

  /** Are zeros beyond an instrument's decimals passed over (true), or a reason to give up (false)? */
  readonly #skipsZeros: boolean;

  constructor(skipsZeros = true) {
    this.#skipsZeros = skipsZeros;
  }

  /** Starts a frame; false when it does not end in `}` or `]` (then nothing else may be called). */
  open(bytes: Uint8Array, from: number, to: number): boolean {
    if (bytes !== this.bytes) {
      this.bytes = bytes;
      this.view = new DataView(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
    }
    this.at = from;
    this.end = to;
    return to - from >= 4 && (bytes[to - 1] === CLOSE_BRACE || bytes[to - 1] === CLOSE_BRACKET);
  }

  /** Reads a non-negative JSON integer of at most 16 digits into a slot; false when it is none or exceeds 2^53 - 1. */
  integer(slot: number): boolean {
    const { bytes } = this;
    const first = this.at;
    let p = first;
    let digit = bytes[p]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    let high = digit;
    p += 1;
    const split = first + INT32_DIGITS;
    while (p < split) {
      digit = bytes[p]! - ZERO;
      if (digit < 0 || digit > 9) {
        this.at = p;
        this.values[slot] = high;
        return bytes[first] !== ZERO || p - first === 1;
      }
      high = (high * 10 + digit) | 0;
      p += 1;
    }
    let low = 0;
    for (;;) {
      digit = bytes[p]! - ZERO;
      if (digit < 0 || digit > 9) break;
      low = (low * 10 + digit) | 0;
      p += 1;
    }
    const lowDigits = p - split;
    if (lowDigits > 7 || bytes[first] === ZERO) return false;
    this.at = p;
    const value = high * POW10[lowDigits]! + low;
    this.values[slot] = value;
    return value <= Number.MAX_SAFE_INTEGER;
  }

  /** Reads the digits of an integer whose first eight are known to be `high`. */
  restOfInteger(slot: number, high: number): boolean {
    const { bytes } = this;
    const first = this.at + 8;
    let p = first;
    let low = 0;
    for (;;) {
      const digit = bytes[p]! - ZERO;
      if (digit < 0 || digit > 9) break;
      low = (low * 10 + digit) | 0;
      p += 1;
    }
    const digits = p - first;
    if (digits > 8) return false;
    this.at = p;
    const value = high * POW10[digits]! + low;
    this.values[slot] = value;
    return value <= Number.MAX_SAFE_INTEGER;
  }

  /**
   * Reads plain decimal digits (`61800.20`) as the integer value x 10^decimals, into a slot.
   *
   * @returns false when not plain, when digits beyond `decimals` are not zeros, or when it might not be exact
   */
  decimal(slot: number, decimals: number): boolean {
    const { bytes, view, end } = this;
    let p = this.at;
    const first = p;
    let digit = bytes[p]! - ZERO;
    if (digit < 0 || digit > 9) return false;
    let whole = 0;
    do {
      whole = (whole * 10 + digit) | 0;
      p += 1;
      digit = bytes[p]! - ZERO;
    } while (digit >= 0 && digit <= 9);
    const wholeDigits = p - first;
    if (wholeDigits > EXACT_DIGITS) return false;
    if (wholeDigits > INT32_DIGITS) whole = this.#wideWhole(first, p);
    let value = whole * POW10[decimals]!;
    if (digit === POINT - ZERO) {
      p += 1;
      const start = p;
      const stop = p + Math.min(decimals, INT32_DIGITS);
      let fraction = 0;
      while (p < stop) {
        digit = bytes[p]! - ZERO;
        if (digit < 0 || digit > 9) break;
        fraction = (fraction * 10 + digit) | 0;
        p += 1;
      }
      value += fraction * POW10[decimals - (p - start)]!;
      if (decimals > INT32_DIGITS && p === stop) {
        // The digits after the ninth, for coins priced in billionths.
        const rest = start + decimals;
        let tail = 0;
        while (p < rest) {
          digit = bytes[p]! - ZERO;
          if (digit < 0 || digit > 9) break;
          tail = (tail * 10 + digit) | 0;
          p += 1;
        }
        value += tail * POW10[decimals - (p - start)]!;
      }
      if (this.#skipsZeros) {
        while (p + 4 < end && view.getInt32(p, true) === FOUR_ZEROS) p += 4;
        while (bytes[p] === ZERO) p += 1;
      }
      if (p === start) return false;
    }
    this.at = p;
    this.values[slot] = value;
    return value <= Number.MAX_SAFE_INTEGER;
  }

  /** Ten to fifteen digits, for coins counted in billions. */
  #wideWhole(first: number, end: number): number {
    let whole = 0;
    for (let p = first; p < end; p++) whole = whole * 10 + this.bytes[p]! - ZERO;
    return whole;
  }

  /** As `decimal`, between quotes. */
  quotedDecimal(slot: number, decimals: number): boolean {
    if (this.bytes[this.at] !== QUOTE) return false;
    this.at += 1;
    if (!this.decimal(slot, decimals) || this.bytes[this.at] !== QUOTE) return false;
    this.at += 1;
    return true;
  }

  /** Reads the rest of a string after its opening quote, up to and past the closing one; returns its end, or -1. */
  restOfString(): number {
    const { bytes, end } = this;
    let p = this.at;
    while (p < end) {
      const byte = bytes[p]!;
      if (byte === QUOTE) {
        this.at = p + 1;
        return p;
      }
      if (byte === BACKSLASH || byte < 32 || byte > 126) return -1;
      p += 1;
    }
    return -1;
  }

  /** Reads one whole string; returns where its text ends (it began at the old `at` + 1), or -1. */
  string(): number {
    if (this.bytes[this.at] !== QUOTE) return -1;
    this.at += 1;
    return this.restOfString();
  }

  /** Reads `true` or `false`: 1 or 0; -1 otherwise. */
  boolean(): number {
    const { bytes } = this;
    const p = this.at;
    if (p + 5 > this.end) return -1;
    if (bytes[p] === 116 && bytes[p + 1] === 114 && bytes[p + 2] === 117 && bytes[p + 3] === 101) {
      this.at = p + 4;
      return 1;
    }
    if (
      bytes[p] === 102 &&
      bytes[p + 1] === 97 &&
      bytes[p + 2] === 108 &&
      bytes[p + 3] === 115 &&
      bytes[p + 4] === 101
    ) {
      this.at = p + 5;
      return 0;
    }
    return -1;
  }

  /** Passes over a string, a number, or a boolean whose meaning nobody asked for. */
  skipScalar(): boolean {
    const byte = this.bytes[this.at]!;
    if (byte === QUOTE) return this.string() >= 0;
    if (byte === 116 || byte === 102) return this.boolean() >= 0;
    return this.#skipNumber();
  }

  /** A JSON number without an exponent, of any length. */
  #skipNumber(): boolean {
    const { bytes } = this;
    if (bytes[this.at] === MINUS) this.at += 1;
    const first = this.at;
    if (!this.#skipDigits() || (bytes[first] === ZERO && this.at - first > 1)) return false;
    if (bytes[this.at] !== POINT) return true;
    this.at += 1;
    return this.#skipDigits();
  }

  #skipDigits(): boolean {
    const { bytes } = this;
    const first = this.at;
    let p = first;
    while (bytes[p]! >= ZERO && bytes[p]! <= 57) p += 1;
    this.at = p;
    return p > first;
  }

  /** As `integer`, between quotes. */
  quotedInteger(slot: number): boolean {
    if (this.bytes[this.at] !== QUOTE) return false;
    this.at += 1;
    if (!this.integer(slot) || this.bytes[this.at] !== QUOTE) return false;
    this.at += 1;
    return true;
  }

  /** As `integer`, with an optional minus sign (OKX checksums are signed). */
  signedInteger(slot: number): boolean {
    if (this.bytes[this.at] !== MINUS) return this.integer(slot);
    this.at += 1;
    if (!this.integer(slot) || this.values[slot] === 0) return false;
    this.values[slot] = -this.values[slot]!;
    return true;
  }

  /** Reads `"buy"`, `"Buy"`, `"sell"` or `"Sell"` as 1 or -1. */
  side(slot: number): boolean {
    const { bytes } = this;
    const p = this.at;
    if (bytes[p] !== QUOTE || p + 6 > this.end) return false;
    const first = bytes[p + 1]! | 32;
    if (first === 98 && bytes[p + 2] === 117 && bytes[p + 3] === 121 && bytes[p + 4] === QUOTE) {
      this.values[slot] = 1;
      this.at = p + 5;
      return true;
    }
    if (first !== 115 || bytes[p + 2] !== 101 || bytes[p + 3] !== 108 || bytes[p + 4] !== 108 || bytes[p + 5] !== QUOTE)
      return false;
    this.values[slot] = -1;
    this.at = p + 6;
    return true;
  }

  /** Reads a quoted RFC 3339 time as ms since epoch. */
  isoTime(slot: number): boolean {
    const from = this.at + 1;
    const to = this.string();
    if (to < 0) return false;
    const ms = parseIsoMsBytes(this.bytes, from, to);
    this.values[slot] = ms;
    return ms >= 0;
  }

  /**
   * Reads `[["price","size"],…]` into the batch's levels. Further elements of a level must be short quoted strings and are
   * passed over (OKX's order counts, Kraken's times).
   */
  levels(batch: TickBatch, instrument: Instrument): boolean {
    const { bytes, view, end } = this;
    const start = this.at;
    let p = start;
    if (bytes[p] !== OPEN_BRACKET) return false;
    if (bytes[p + 1] === CLOSE_BRACKET) {
      this.at = p + 2;
      return true;
    }
    const priceDecimals = instrument.priceDecimals;
    const sizeDecimals = instrument.sizeDecimals;
    if (priceDecimals > INT32_DIGITS || sizeDecimals > INT32_DIGITS)
      return this.#wideLevels(batch, priceDecimals, sizeDecimals);
    const skipsZeros = this.#skipsZeros;
    const priceUnit = POW10[priceDecimals]!;
    const sizeUnit = POW10[sizeDecimals]!;
    // A level is at least `["1","1"],`, ten bytes: this bounds how many can follow, so the loop need not check room.
    batch.reserveLevels(((end - p) / 10 + 1) | 0);
    const prices = batch.levelPrices;
    const sizes = batch.levelSizes;
    let count = batch.levelCount;
    for (;;) {
      if (bytes[p + 1] !== OPEN_BRACKET || bytes[p + 2] !== QUOTE) return false;
      p += 3;
      // The price.
      let first = p;
      let digit = bytes[p]! - ZERO;
      if (digit < 0 || digit > 9) return false;
      let whole = 0;
      do {
        whole = (whole * 10 + digit) | 0;
        p += 1;
        digit = bytes[p]! - ZERO;
      } while (digit >= 0 && digit <= 9);
      if (p - first > INT32_DIGITS) return this.#wideLevelsFrom(start, batch, priceDecimals, sizeDecimals);
      let value = whole * priceUnit;
      if (digit === POINT - ZERO) {
        p += 1;
        first = p;
        const stop = p + priceDecimals;
        let fraction = 0;
        while (p < stop) {
          digit = bytes[p]! - ZERO;
          if (digit < 0 || digit > 9) break;
          fraction = (fraction * 10 + digit) | 0;
          p += 1;
        }
        value += fraction * POW10[priceDecimals - (p - first)]!;
        if (skipsZeros) {
          while (p + 4 < end && view.getInt32(p, true) === FOUR_ZEROS) p += 4;
          while (bytes[p] === ZERO) p += 1;
        }
        if (p === first) return false;
      }
      if (value > Number.MAX_SAFE_INTEGER || bytes[p] !== QUOTE || bytes[p + 1] !== COMMA || bytes[p + 2] !== QUOTE)
        return false;
      prices[count] = value;
      p += 3;
      // The size, likewise.
      first = p;
      digit = bytes[p]! - ZERO;
      if (digit < 0 || digit > 9) return false;
      whole = 0;
      do {
        whole = (whole * 10 + digit) | 0;
        p += 1;
        digit = bytes[p]! - ZERO;
      } while (digit >= 0 && digit <= 9);
      if (p - first > INT32_DIGITS) return this.#wideLevelsFrom(start, batch, priceDecimals, sizeDecimals);
      value = whole * sizeUnit;
      if (digit === POINT - ZERO) {
        p += 1;
        first = p;
        const stop = p + sizeDecimals;
        let fraction = 0;
        while (p < stop) {
          digit = bytes[p]! - ZERO;
          if (digit < 0 || digit > 9) break;
          fraction = (fraction * 10 + digit) | 0;
          p += 1;
        }
        value += fraction * POW10[sizeDecimals - (p - first)]!;
        if (skipsZeros) {
          while (p + 4 < end && view.getInt32(p, true) === FOUR_ZEROS) p += 4;
          while (bytes[p] === ZERO) p += 1;
        }
        if (p === first) return false;
      }
      if (value > Number.MAX_SAFE_INTEGER || bytes[p] !== QUOTE) return false;
      sizes[count] = value;
      count += 1;
      p += 1;
      if (bytes[p] === COMMA) {
        this.at = p;
        if (!this.#restOfLevel()) return false;
        p = this.at;
      }
      if (bytes[p] !== CLOSE_BRACKET) return false;
      p += 1;
      if (bytes[p] === COMMA) continue;
      if (bytes[p] !== CLOSE_BRACKET) return false;
      this.at = p + 1;
      batch.levelCount = count;
      return true;
    }
  }

  /** `,"0","4"` after price and size. */
  #restOfLevel(): boolean {
    while (this.bytes[this.at] === COMMA) {
      this.at += 1;
      if (this.string() < 0) return false;
    }
    return true;
  }

  #wideLevelsFrom(start: number, batch: TickBatch, priceDecimals: number, sizeDecimals: number): boolean {
    this.at = start;
    return this.#wideLevels(batch, priceDecimals, sizeDecimals);
  }

  /** The same as `levels` for more than nine decimals or nine whole digits: seldom, so written with the general reader. */
  #wideLevels(batch: TickBatch, priceDecimals: number, sizeDecimals: number): boolean {
    const { bytes } = this;
    for (;;) {
      if (bytes[this.at + 1] !== OPEN_BRACKET) return false;
      this.at += 2;
      if (!this.#priceAndSize(batch, priceDecimals, sizeDecimals)) return false;
      if (!this.#restOfLevel() || bytes[this.at] !== CLOSE_BRACKET) return false;
      this.at += 1;
      if (bytes[this.at] === COMMA) continue;
      if (bytes[this.at] !== CLOSE_BRACKET) return false;
      this.at += 1;
      return true;
    }
  }

  /**
   * Reads `[["price","size","seconds"(,"r")],…]` (Kraken v1); the largest of the times goes to `timeSlot` as ms, where it
   * must already hold a number to compare with.
   */
  timedLevels(batch: TickBatch, instrument: Instrument, timeSlot: number): boolean {
    const { bytes, values } = this;
    const { priceDecimals, sizeDecimals } = instrument;
    if (bytes[this.at] !== OPEN_BRACKET) return false;
    for (;;) {
      if (bytes[this.at + 1] !== OPEN_BRACKET) return false;
      this.at += 2;
      if (!this.#priceAndSize(batch, priceDecimals, sizeDecimals) || bytes[this.at] !== COMMA) return false;
      this.at += 1;
      if (!this.#quotedSeconds()) return false;
      const ms = values[SCRATCH]!;
      if (!(values[timeSlot]! >= ms)) values[timeSlot] = ms;
      if (!this.#restOfLevel() || bytes[this.at] !== CLOSE_BRACKET) return false;
      this.at += 1;
      if (bytes[this.at] === COMMA) continue;
      if (bytes[this.at] !== CLOSE_BRACKET) return false;
      this.at += 1;
      return true;
    }
  }

  /** Reads `[{"price":45285.2,"qty":0.00100000},…]` (Kraken v2). */
  objectLevels(batch: TickBatch, instrument: Instrument): boolean {
    const { bytes, values } = this;
    const { priceDecimals, sizeDecimals } = instrument;
    if (bytes[this.at] !== OPEN_BRACKET) return false;
    if (bytes[this.at + 1] === CLOSE_BRACKET) {
      this.at += 2;
      return true;
    }
    for (;;) {
      this.at += 1;
      if (!this.#literal(OBJECT_PRICE) || !this.bareDecimal(SCRATCH, priceDecimals)) return false;
      const price = values[SCRATCH]!;
      if (!this.#literal(OBJECT_QTY) || !this.bareDecimal(SCRATCH, sizeDecimals)) return false;
      batch.pushLevel(price, values[SCRATCH]!);
      if (bytes[this.at] !== CLOSE_BRACE) return false;
      this.at += 1;
      if (bytes[this.at] === COMMA) continue;
      if (bytes[this.at] !== CLOSE_BRACKET) return false;
      this.at += 1;
      return true;
    }
  }

  /** A JSON number: as `decimal`, but JSON knows no leading zero before another digit. */
  bareDecimal(slot: number, decimals: number): boolean {
    const { bytes } = this;
    const p = this.at;
    if (bytes[p] === ZERO && bytes[p + 1] !== POINT && bytes[p + 1]! >= ZERO && bytes[p + 1]! <= 57) return false;
    return this.decimal(slot, decimals);
  }

  #priceAndSize(batch: TickBatch, priceDecimals: number, sizeDecimals: number): boolean {
    if (!this.quotedDecimal(SCRATCH, priceDecimals) || this.bytes[this.at] !== COMMA) return false;
    const price = this.values[SCRATCH]!;
    this.at += 1;
    if (!this.quotedDecimal(SCRATCH, sizeDecimals)) return false;
    batch.pushLevel(price, this.values[SCRATCH]!);
    return true;
  }

  /** `"1617666423.690142"` as ms into the scratch slot. */
  #quotedSeconds(): boolean {
    const { bytes, values } = this;
    if (bytes[this.at] !== QUOTE) return false;
    this.at += 1;
    if (!this.integer(SCRATCH)) return false;
    const seconds = values[SCRATCH]!;
    if (seconds >= 1e10 || bytes[this.at] !== POINT) return false;
    const first = this.at + 1;
    let p = first;
    let micros = 0;
    for (;;) {
      const digit = bytes[p]! - ZERO;
      if (digit < 0 || digit > 9) break;
      micros = (micros * 10 + digit) | 0;
      p += 1;
    }
    if (p - first !== 6 || bytes[p] !== QUOTE) return false;
    this.at = p + 1;
    values[SCRATCH] = (seconds * 1e6 + micros) / 1000;
    return true;
  }

  #literal(expected: Uint8Array): boolean {
    const { bytes } = this;
    const at = this.at;
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
    this.at = at + expected.length;
    return true;
  }
}
