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
const NINE = 57;
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
/** `"],[` and the three bytes of `","` likewise: what stands between two levels, and between price and size. */
const NEXT_LEVEL = 0x5b2c5d22;
const NEXT_NUMBER = 0x222c22;
const THREE_BYTES = 0xffffff;

/** Added to and or-ed with a word of cleared digits, these leave a bit in the high half of each byte that was none. */
const SIXES = 0x06060606;
const HIGH_HALVES = 0xf0f0f0f0 | 0;

/** Digits that fit an int32 whatever they are. */
const INT32_DIGITS = 9;
/** What Binance pads decimals to. */
const PADDED_DECIMALS = 8;
/** Four words may be looked at from a price's start: five digits, a point, eight decimals and `","`; and from a size's. */
const PLAIN_PRICE_BYTES = 18;
const PLAIN_SIZE_BYTES = 14;
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

  /** The first eight digits of the time that `#levelTime` read last, as two words, and their worth in microseconds. */
  #epochWord = 0;
  #epochNextWord = 0;
  #epochMicros = 0;

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
    const { bytes, view, end } = this;
    const first = this.at + 8;
    let p = first;
    let low = 0;
    if (p + 4 <= end) {
      // Of a time in ms five are left.
      const word = view.getInt32(p, true) ^ FOUR_ZEROS;
      if (straysIn(word) === 0) {
        low = fourDigits(word);
        p += 4;
      }
    }
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
    let first = p;
    let word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
    let count = digitsIn(word);
    if (count === 0) return false;
    let digits = numberOf(word, count);
    p += count;
    if (count === 4) {
      while (bytes[p]! >= ZERO && bytes[p]! <= NINE) {
        digits = (digits * 10 + bytes[p]! - ZERO) | 0;
        p += 1;
      }
    }
    let value = (p - first <= INT32_DIGITS ? digits : this.#wideWhole(first, p)) * POW10[decimals]!;
    if (bytes[p] === POINT) {
      p += 1;
      first = p;
      word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
      count = digitsIn(word);
      if (count > decimals) count = decimals;
      digits = numberOf(word, count);
      p += count;
      if (count === 4 && decimals > 4) {
        word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
        count = digitsIn(word);
        if (count > decimals - 4) count = decimals - 4;
        digits = (digits * POW10[count]! + numberOf(word, count)) | 0;
        p += count;
        if (count === 4 && decimals > 8) {
          value += digits * POW10[decimals - 8]!;
          digits = 0;
          this.at = p;
          value += this.#farDigits(decimals - 8);
          p = this.at;
        }
      }
      value += digits * POW10[decimals - (p - first)]!;
      if (this.#skipsZeros) {
        while (p + 4 < end && view.getInt32(p, true) === FOUR_ZEROS) p += 4;
        while (bytes[p] === ZERO) p += 1;
      }
      if (p === first) return false;
    }
    this.at = p;
    this.values[slot] = value;
    // NaN is not.
    return value <= Number.MAX_SAFE_INTEGER;
  }

  /** As `view.getInt32(p, true)` where the frame ends before: zero bytes stand for the rest. */
  #lastWord(p: number): number {
    let word = 0;
    for (let i = p; i < this.end; i++) word |= this.bytes[i]! << (8 * (i - p));
    return word;
  }

  /** Ten to fifteen digits, for coins counted in billions; NaN for more. */
  #wideWhole(first: number, end: number): number {
    if (end - first > EXACT_DIGITS) return Number.NaN;
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
   * passed over (OKX's order counts), but for the time of `[["price","size","seconds"(,"r")],…]` (Kraken v1).
   *
   * @param timeSlot - takes the latest of the levels' times in ms, unless it holds a later one; -1 where levels have no time
   */
  levels(batch: TickBatch, instrument: Instrument, timeSlot: number): boolean {
    const { bytes, view, end } = this;
    let p = this.at;
    if (bytes[p] !== OPEN_BRACKET) return false;
    if (bytes[p + 1] === CLOSE_BRACKET) {
      this.at = p + 2;
      return timeSlot < 0;
    }
    const skipsZeros = this.#skipsZeros;
    const priceDecimals = instrument.priceDecimals;
    const sizeDecimals = instrument.sizeDecimals;
    const priceUnit = POW10[priceDecimals]!;
    const sizeUnit = POW10[sizeDecimals]!;
    // A level is at least `["1","1"],`, ten bytes: this bounds how many can follow, so the loop need not check room.
    batch.reserveLevels(((end - p) / 10 + 1) | 0);
    const prices = batch.levelPrices;
    const sizes = batch.levelSizes;
    let levels = batch.levelCount;
    let latestMicros = -1;
    if (bytes[p + 1] !== OPEN_BRACKET || bytes[p + 2] !== QUOTE) return false;
    p += 3;
    // Zeros may stand behind both up to the eighth decimal.
    const hasPlainPrices = skipsZeros && priceDecimals > 0 && priceDecimals <= 4;
    const priceShift = (4 - priceDecimals) << 3;
    const pricePad = PADDED_DECIMALS - priceDecimals;
    const hasPlainSizes = skipsZeros && sizeDecimals > 0 && sizeDecimals <= PADDED_DECIMALS;
    const hasLongSizes = sizeDecimals > 4;
    const sizeShift = ((hasLongSizes ? PADDED_DECIMALS : 4) - sizeDecimals) << 3;
    const sizePad = PADDED_DECIMALS - sizeDecimals;
    const longUnit = hasLongSizes ? POW10[sizeDecimals - 4]! : 0;
    const longZeros = sizePad === 0 ? 0 : -1 << (32 - sizeShift);
    for (;;) {
      // The price, as in `decimal`: a call would cost as much as the reading. Four or five digits and up to four decimals, which most
      // have, are read at once, and whether they were that is asked once.
      let isRead = false;
      if (hasPlainPrices && p + PLAIN_PRICE_BYTES <= end) {
        let word = view.getInt32(p, true) ^ FOUR_ZEROS;
        let strays = straysIn(word);
        let whole = fourDigits(word);
        let q = p + 4;
        if (bytes[q] !== POINT) {
          const digit = bytes[q]! - ZERO;
          strays |= (digit | (9 - digit)) >> 31;
          whole = whole * 10 + digit;
          q += 1;
        }
        strays |= bytes[q]! ^ POINT;
        word = (view.getInt32(q + 1, true) ^ FOUR_ZEROS) << priceShift;
        strays |= straysIn(word);
        q += 1 + priceDecimals;
        if (bytes[q] === ZERO) {
          strays |= (view.getInt32(q, true) ^ FOUR_ZEROS) | (view.getInt32(q + pricePad - 4, true) ^ FOUR_ZEROS);
          q += pricePad;
        }
        strays |= (view.getInt32(q, true) & THREE_BYTES) ^ NEXT_NUMBER;
        if (strays === 0) {
          prices[levels] = whole * priceUnit + fourDigits(word);
          p = q + 3;
          isRead = true;
        }
      }
      if (!isRead) {
        let first = p;
        let word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
        let count = digitsIn(word);
        if (count === 0) return false;
        let digits = numberOf(word, count);
        p += count;
        if (count === 4) {
          while (bytes[p]! >= ZERO && bytes[p]! <= NINE) {
            digits = (digits * 10 + bytes[p]! - ZERO) | 0;
            p += 1;
          }
        }
        let value = (p - first <= INT32_DIGITS ? digits : this.#wideWhole(first, p)) * priceUnit;
        if (bytes[p] === POINT) {
          p += 1;
          first = p;
          word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
          count = digitsIn(word);
          if (count > priceDecimals) count = priceDecimals;
          digits = numberOf(word, count);
          p += count;
          if (count === 4 && priceDecimals > 4) {
            word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
            count = digitsIn(word);
            if (count > priceDecimals - 4) count = priceDecimals - 4;
            digits = (digits * POW10[count]! + numberOf(word, count)) | 0;
            p += count;
            if (count === 4 && priceDecimals > 8) {
              value += digits * POW10[priceDecimals - 8]!;
              digits = 0;
              this.at = p;
              value += this.#farDigits(priceDecimals - 8);
              p = this.at;
            }
          }
          value += digits * POW10[priceDecimals - (p - first)]!;
          if (skipsZeros) {
            while (p + 4 < end && view.getInt32(p, true) === FOUR_ZEROS) p += 4;
            while (bytes[p] === ZERO) p += 1;
          }
          if (p === first) return false;
        }
        if (!(value <= Number.MAX_SAFE_INTEGER) || p + 4 > end) return false;
        if ((view.getInt32(p, true) & THREE_BYTES) !== NEXT_NUMBER) return false;
        prices[levels] = value;
        p += 3;
      }
      // The size, likewise: one digit and up to eight decimals.
      isRead = false;
      if (hasPlainSizes && bytes[p + 1] === POINT && p + PLAIN_SIZE_BYTES <= end) {
        const leading = bytes[p]! - ZERO;
        let strays = (leading | (9 - leading)) >> 31;
        let word = view.getInt32(p + 2, true) ^ FOUR_ZEROS;
        let digits = 0;
        let q = p + 2 + PADDED_DECIMALS;
        if (hasLongSizes) {
          const rest = view.getInt32(p + 6, true) ^ FOUR_ZEROS;
          const last = rest << sizeShift;
          strays |= straysIn(word) | straysIn(last) | (rest & longZeros);
          digits = fourDigits(word) * longUnit + fourDigits(last);
        } else {
          word <<= sizeShift;
          strays |= straysIn(word);
          digits = fourDigits(word);
          q -= sizePad;
          if (bytes[q] === ZERO) {
            strays |= (view.getInt32(q, true) ^ FOUR_ZEROS) | (view.getInt32(q + sizePad - 4, true) ^ FOUR_ZEROS);
            q += sizePad;
          }
        }
        strays |= bytes[q]! ^ QUOTE;
        if (strays === 0) {
          sizes[levels] = leading * sizeUnit + digits;
          p = q;
          isRead = true;
        }
      }
      if (!isRead) {
        let first = p;
        let word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
        let count = digitsIn(word);
        if (count === 0) return false;
        let digits = numberOf(word, count);
        p += count;
        if (count === 4) {
          while (bytes[p]! >= ZERO && bytes[p]! <= NINE) {
            digits = (digits * 10 + bytes[p]! - ZERO) | 0;
            p += 1;
          }
        }
        let value = (p - first <= INT32_DIGITS ? digits : this.#wideWhole(first, p)) * sizeUnit;
        if (bytes[p] === POINT) {
          p += 1;
          first = p;
          word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
          count = digitsIn(word);
          if (count > sizeDecimals) count = sizeDecimals;
          digits = numberOf(word, count);
          p += count;
          if (count === 4 && sizeDecimals > 4) {
            word = (p + 4 <= end ? view.getInt32(p, true) : this.#lastWord(p)) ^ FOUR_ZEROS;
            count = digitsIn(word);
            if (count > sizeDecimals - 4) count = sizeDecimals - 4;
            digits = (digits * POW10[count]! + numberOf(word, count)) | 0;
            p += count;
            if (count === 4 && sizeDecimals > 8) {
              value += digits * POW10[sizeDecimals - 8]!;
              digits = 0;
              this.at = p;
              value += this.#farDigits(sizeDecimals - 8);
              p = this.at;
            }
          }
          value += digits * POW10[sizeDecimals - (p - first)]!;
          if (skipsZeros) {
            while (p + 4 < end && view.getInt32(p, true) === FOUR_ZEROS) p += 4;
            while (bytes[p] === ZERO) p += 1;
          }
          if (p === first) return false;
        }
        if (!(value <= Number.MAX_SAFE_INTEGER) || bytes[p] !== QUOTE) return false;
        sizes[levels] = value;
      }
      levels += 1;
      if (timeSlot < 0 && p + 4 < end && view.getInt32(p, true) === NEXT_LEVEL && bytes[p + 4] === QUOTE) {
        p += 5;
        continue;
      }
      p += 1;
      if (timeSlot >= 0) {
        this.at = p;
        if (!this.#levelTime()) return false;
        p = this.at;
        const micros = this.values[SCRATCH]!;
        if (micros > latestMicros) latestMicros = micros;
      }
      if (bytes[p] === COMMA) {
        this.at = p;
        if (!this.#restOfLevel()) return false;
        p = this.at;
      }
      if (bytes[p] !== CLOSE_BRACKET) return false;
      p += 1;
      if (bytes[p] === COMMA && bytes[p + 1] === OPEN_BRACKET && bytes[p + 2] === QUOTE) {
        p += 3;
        continue;
      }
      if (bytes[p] !== CLOSE_BRACKET) return false;
      this.at = p + 1;
      batch.levelCount = levels;
      if (timeSlot >= 0) {
        const latestMs = latestMicros / 1000;
        if (!(this.values[timeSlot]! >= latestMs)) this.values[timeSlot] = latestMs;
      }
      return true;
    }
  }

  /** The digits after the eighth decimal, for coins priced in billionths: at most `decimals` of them, as units of the last. */
  #farDigits(decimals: number): number {
    const { bytes } = this;
    const first = this.at;
    let p = first;
    let tail = 0;
    while (p - first < decimals) {
      const digit = bytes[p]! - ZERO;
      if (digit < 0 || digit > 9) break;
      tail = tail * 10 + digit;
      p += 1;
    }
    this.at = p;
    return tail * POW10[decimals - (p - first)]!;
  }

  /** `,"0","4"` after price and size. */
  #restOfLevel(): boolean {
    while (this.bytes[this.at] === COMMA) {
      this.at += 1;
      if (this.string() < 0) return false;
    }
    return true;
  }

  /** `,"1617666423.690142"`: into the scratch slot, in microseconds. The first eight digits are those of the time before. */
  #levelTime(): boolean {
    const { bytes, values } = this;
    const p = this.at;
    if (p + 20 > this.end || bytes[p] !== COMMA || bytes[p + 1] !== QUOTE) return false;
    if (bytes[p + 12] !== POINT || bytes[p + 19] !== QUOTE || !this.#readsEpoch(p + 2)) return false;
    const a = bytes[p + 10]! - ZERO;
    const b = bytes[p + 11]! - ZERO;
    const c = bytes[p + 13]! - ZERO;
    const d = bytes[p + 14]! - ZERO;
    const e = bytes[p + 15]! - ZERO;
    const f = bytes[p + 16]! - ZERO;
    const g = bytes[p + 17]! - ZERO;
    const h = bytes[p + 18]! - ZERO;
    // Negative if any is no digit.
    if (
      (a | b | c | d | e | f | g | h | (9 - a) | (9 - b) | (9 - c) | (9 - d) | (9 - e) | (9 - f) | (9 - g) | (9 - h)) <
      0
    )
      return false;
    const low = ((((((a * 10 + b) * 10 + c) * 10 + d) * 10 + e) * 10 + f) * 10 + g) * 10 + h;
    values[SCRATCH] = this.#epochMicros + low;
    this.at = p + 20;
    return true;
  }

  /** Sets the memo to the eight digits at `p`; false when they are none. Levels of one stream share them for minutes. */
  #readsEpoch(p: number): boolean {
    const { bytes, view } = this;
    const word = view.getInt32(p, true);
    const nextWord = view.getInt32(p + 4, true);
    if (word === this.#epochWord && nextWord === this.#epochNextWord) return true;
    let digits = 0;
    for (let i = p; i < p + 8; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) return false;
      digits = (digits * 10 + digit) | 0;
    }
    this.#epochWord = word;
    this.#epochNextWord = nextWord;
    this.#epochMicros = digits * 1e8;
    return true;
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

  #literal(expected: Uint8Array): boolean {
    const { bytes } = this;
    const at = this.at;
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
    this.at = at + expected.length;
    return true;
  }
}

/** Not 0 where one of four bytes, `^`-ed with `0000`, is no digit. */
function straysIn(word: number): number {
  // A carry out of a byte over 0xf9 only reaches those behind it.
  return ((word + SIXES) | word) & HIGH_HALVES;
}

/** How many digits such bytes begin with: 0 to 4. */
function digitsIn(word: number): number {
  const strays = straysIn(word);
  return strays === 0 ? 4 : (31 - Math.clz32(strays & -strays)) >> 3;
}

/** The number that the first `count` of them write. */
function numberOf(word: number, count: number): number {
  // Digits first, in the low byte, to `00`.
  return count === 0 ? 0 : fourDigits(word << ((4 - count) << 3));
}

/** The number that all four write: two pairs at once. */
function fourDigits(word: number): number {
  const pairs = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff;
}
