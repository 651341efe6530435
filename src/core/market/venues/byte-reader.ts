/**
 * Reads the tokens of compact JSON straight from bytes, without strings or objects. Accepts only the plain subset that
 * venues send; anything else answers "no" and the codec takes its `JSON.parse` path, so this file never decides what a
 * frame means. Longer and flatter than house style: this is the innermost loop of the product.
 */

import { POW10 } from '../../base/decimal.ts';
import { parseIsoMsBytes } from '../../base/time.ts';
import { digitsIn, FOUR_ZEROS, fourDigits, numberOf, straysIn } from './digit-words.ts';

const QUOTE = 34;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;
const LETTER_E = 101;
const LETTER_L = 108;
/** Four letters as a word, the first in its lowest byte: `true`, `fals`, `"buy`, `"sel`. */
const TRUE = 0x65757274;
const FALS = 0x736c6166;
const QUOTED_BUY = 0x79756222;
const QUOTED_SEL = 0x6c657322;
/** The bit that makes the letter behind the quote a small one. */
const CAPITAL_AS_SMALL = 0x2000;

/** Digits that fit an int32 whatever they are. */
export const INT32_DIGITS = 9;
/** What Binance pads decimals to. */
export const PADDED_DECIMALS = 8;
/** With so many decimals behind them, so many digits are below 2^53. */
export const PLAIN_WHOLE_DIGITS = 6;
/** Words are looked at so far from an opening quote: six digits, a point, eight decimals and a quote. */
const PLAIN_BYTES = 17;
/** Digits that a double holds exactly whatever they are. */
export const EXACT_DIGITS = 15;

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
  protected readonly skipsZeros: boolean;

  constructor(skipsZeros = true) {
    this.skipsZeros = skipsZeros;
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
    let word = (p + 4 <= end ? view.getInt32(p, true) : this.lastWord(p)) ^ FOUR_ZEROS;
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
    let value = (p - first <= INT32_DIGITS ? digits : this.wideWhole(first, p)) * POW10[decimals]!;
    if (bytes[p] === POINT) {
      p += 1;
      first = p;
      word = (p + 4 <= end ? view.getInt32(p, true) : this.lastWord(p)) ^ FOUR_ZEROS;
      count = digitsIn(word);
      if (count > decimals) count = decimals;
      digits = numberOf(word, count);
      p += count;
      if (count === 4 && decimals > 4) {
        word = (p + 4 <= end ? view.getInt32(p, true) : this.lastWord(p)) ^ FOUR_ZEROS;
        count = digitsIn(word);
        if (count > decimals - 4) count = decimals - 4;
        digits = (digits * POW10[count]! + numberOf(word, count)) | 0;
        p += count;
        if (count === 4 && decimals > 8) {
          value += digits * POW10[decimals - 8]!;
          digits = 0;
          this.at = p;
          value += this.farDigits(decimals - 8);
          p = this.at;
        }
      }
      value += digits * POW10[decimals - (p - first)]!;
      if (this.skipsZeros) {
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
  protected lastWord(p: number): number {
    let word = 0;
    for (let i = p; i < this.end; i++) word |= this.bytes[i]! << (8 * (i - p));
    return word;
  }

  /** Ten to fifteen digits, for coins counted in billions; NaN for more. */
  protected wideWhole(first: number, end: number): number {
    if (end - first > EXACT_DIGITS) return Number.NaN;
    let whole = 0;
    for (let p = first; p < end; p++) whole = whole * 10 + this.bytes[p]! - ZERO;
    return whole;
  }

  /** As `decimal`, between quotes. */
  quotedDecimal(slot: number, decimals: number): boolean {
    const { bytes, view } = this;
    const p = this.at;
    if (bytes[p] !== QUOTE) return false;
    // With all decimals that the instrument has, or padded to eight: at places that are guessed, and asked once whether it was so.
    // What stands behind the frame may be looked at, and is never part of a number that begins in it: its last byte ends every one.
    if (this.skipsZeros && decimals <= PADDED_DECIMALS && p + PLAIN_BYTES <= bytes.length) {
      let q = p + 1;
      let whole = 0;
      let strays = 0;
      do {
        const digit = bytes[q]! - ZERO;
        strays |= digit | (9 - digit);
        whole = (whole * 10 + digit) | 0;
        q += 1;
      } while (bytes[q]! >= ZERO && q <= p + PLAIN_WHOLE_DIGITS);
      strays >>= 31;
      let value = whole * POW10[decimals]!;
      const pad = PADDED_DECIMALS - decimals;
      if (decimals > 0) {
        strays |= bytes[q]! ^ POINT;
        q += 1;
        let word = view.getInt32(q, true) ^ FOUR_ZEROS;
        if (decimals > 4) {
          const rest = view.getInt32(q + 4, true) ^ FOUR_ZEROS;
          const last = rest << (pad << 3);
          strays |= straysIn(word) | straysIn(last);
          value += fourDigits(word) * POW10[decimals - 4]! + fourDigits(last);
          q += decimals;
          if (bytes[q] === ZERO) {
            strays |= rest >>> ((4 - pad) << 3);
            q += pad;
          }
        } else {
          word <<= (4 - decimals) << 3;
          strays |= straysIn(word);
          value += fourDigits(word);
          q += decimals;
          if (bytes[q] === ZERO) {
            strays |= (view.getInt32(q, true) ^ FOUR_ZEROS) | (view.getInt32(q + pad - 4, true) ^ FOUR_ZEROS);
            q += pad;
          }
        }
      } else if (bytes[q] === POINT) {
        strays |= (view.getInt32(q + 1, true) ^ FOUR_ZEROS) | (view.getInt32(q + 5, true) ^ FOUR_ZEROS);
        q += 1 + PADDED_DECIMALS;
      }
      if ((strays | (bytes[q]! ^ QUOTE)) === 0) {
        this.values[slot] = value;
        this.at = q + 1;
        return true;
      }
    }
    this.at = p + 1;
    if (!this.decimal(slot, decimals) || bytes[this.at] !== QUOTE) return false;
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
    const p = this.at;
    if (p + 5 > this.end) return -1;
    const word = this.view.getInt32(p, true);
    if (word === TRUE) {
      this.at = p + 4;
      return 1;
    }
    if (word !== FALS || this.bytes[p + 4] !== LETTER_E) return -1;
    this.at = p + 5;
    return 0;
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
    if (p + 6 > this.end) return false;
    const word = this.view.getInt32(p, true) | CAPITAL_AS_SMALL;
    const isBuy = word === QUOTED_BUY && bytes[p + 4] === QUOTE;
    if (!isBuy && (word !== QUOTED_SEL || bytes[p + 4] !== LETTER_L || bytes[p + 5] !== QUOTE)) return false;
    this.values[slot] = isBuy ? 1 : -1;
    this.at = isBuy ? p + 5 : p + 6;
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

  /** A JSON number: as `decimal`, but JSON knows no leading zero before another digit. */
  bareDecimal(slot: number, decimals: number): boolean {
    const { bytes } = this;
    const p = this.at;
    if (bytes[p] === ZERO && bytes[p + 1] !== POINT && bytes[p + 1]! >= ZERO && bytes[p + 1]! <= 57) return false;
    return this.decimal(slot, decimals);
  }

  /** The digits after the eighth decimal, for coins priced in billionths: at most `decimals` of them, as units of the last. */
  protected farDigits(decimals: number): number {
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
}
