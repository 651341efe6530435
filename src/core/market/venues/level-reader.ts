/**
 * Reads arrays of book levels straight from bytes: most of what a depth message is. Like `ByteReader` it accepts only what venues
 * send, and decides nothing. Longer and flatter than house style: a call for each number would cost as much as the reading.
 */

import { POW10 } from '../../base/decimal.ts';
import { asciiBytes, type Instrument } from '../instrument.ts';
import type { TickBatch } from '../tick.ts';
import { ByteReader, INT32_DIGITS, PADDED_DECIMALS, PLAIN_WHOLE_DIGITS } from './byte-reader.ts';
import { digitsIn, FOUR_ZEROS, fourDigits, numberOf, straysIn } from './digit-words.ts';

const QUOTE = 34;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;

const OBJECT_PRICE = asciiBytes('{"price":');
const OBJECT_QTY = asciiBytes(',"qty":');

/** The slot of numbers that nobody asked for. */
const SCRATCH = 31;

/** `"],[` and the three bytes of `","` as words: what stands between two levels, and between price and size. */
const NEXT_LEVEL = 0x5b2c5d22;
const NEXT_NUMBER = 0x222c22;
const THREE_BYTES = 0xffffff;

/** Words are looked at so far from a price's start: five digits, a point, eight decimals and `","`; and from a size's. */
const PLAIN_PRICE_BYTES = 18;
const PLAIN_SIZE_BYTES = 19;

export class LevelReader extends ByteReader {
  /** The first eight digits of the time that `#levelTime` read last, as two words, and their worth in microseconds. */
  #epochWord = 0;
  #epochNextWord = 0;
  #epochMicros = 0;

  /**
   * Reads `[["price","size"],…]` into the batch's levels. Further elements of a level must be short quoted strings and are
   * passed over (OKX's order counts), but for the time of `[["price","size","seconds"(,"r")],…]` (Kraken v1).
   *
   * @param timeSlot - takes the latest of the levels' times in ms, unless it holds a later one; -1 where levels have no time
   */
  levels(batch: TickBatch, instrument: Instrument, timeSlot: number): boolean {
    const { bytes, view, end, values } = this;
    let p = this.at;
    if (bytes[p] !== OPEN_BRACKET) return false;
    if (bytes[p + 1] === CLOSE_BRACKET) {
      this.at = p + 2;
      return timeSlot < 0;
    }
    const skipsZeros = this.skipsZeros;
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
    const pricePad = skipsZeros && priceDecimals > 0 && priceDecimals <= 4 ? this.#padOf(p, priceDecimals) : -1;
    const hasPlainPrices = pricePad >= 0;
    const priceShift = (4 - priceDecimals) << 3;
    const padMask = -1 >>> ((4 - Math.min(pricePad, 4)) << 3);
    const hasPlainSizes = skipsZeros && sizeDecimals <= PADDED_DECIMALS;
    const hasLongSizes = sizeDecimals > 4;
    const sizeShift = ((hasLongSizes ? PADDED_DECIMALS : 4) - sizeDecimals) << 3;
    const sizePad = PADDED_DECIMALS - sizeDecimals;
    const longUnit = hasLongSizes ? POW10[sizeDecimals - 4]! : 0;
    const longZeros = sizePad === 0 ? 0 : -1 << (32 - sizeShift);
    for (;;) {
      // The price: four or five digits and up to four decimals, padded as the first one was, are read a word at a time where they must
      // stand, and whether they stood there is asked once. Others are read as any number.
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
        if (pricePad > 0) {
          strays |= (view.getInt32(q, true) ^ FOUR_ZEROS) & padMask;
          q += pricePad;
          if (pricePad > 4) strays |= view.getInt32(q - 4, true) ^ FOUR_ZEROS;
        }
        strays |= (view.getInt32(q, true) & THREE_BYTES) ^ NEXT_NUMBER;
        if (strays === 0) {
          prices[levels] = whole * priceUnit + fourDigits(word);
          p = q + 3;
          isRead = true;
        }
      }
      if (!isRead) {
        this.at = p - 1;
        if (!this.quotedDecimal(SCRATCH, priceDecimals)) return false;
        p = this.at;
        if (bytes[p] !== COMMA || bytes[p + 1] !== QUOTE) return false;
        prices[levels] = values[SCRATCH]!;
        p += 2;
      }
      // The size, likewise: up to six digits, and all its decimals or eight; or a whole number. What stands behind the frame may be looked
      // at, and is never part of a number that begins in it: its last byte ends every one.
      isRead = false;
      if (hasPlainSizes && p + PLAIN_SIZE_BYTES <= bytes.length) {
        let q = p;
        let whole = 0;
        let strays = 0;
        if (sizeDecimals > 0) {
          do {
            const digit = bytes[q]! - ZERO;
            strays |= digit | (9 - digit);
            whole = (whole * 10 + digit) | 0;
            q += 1;
          } while (bytes[q] !== POINT && q < p + PLAIN_WHOLE_DIGITS);
          strays >>= 31;
        } else {
          const word = view.getInt32(p, true) ^ FOUR_ZEROS;
          const count = digitsIn(word);
          whole = numberOf(word, count);
          strays = (count - 1) >> 31;
          q += count;
          if (count === 4) {
            while (bytes[q]! >= ZERO && bytes[q]! <= NINE && q < p + INT32_DIGITS) {
              whole = (whole * 10 + bytes[q]! - ZERO) | 0;
              q += 1;
            }
          }
        }
        let size = whole * sizeUnit;
        if (sizeDecimals > 0) {
          strays |= bytes[q]! ^ POINT;
          q += 1;
          let word = view.getInt32(q, true) ^ FOUR_ZEROS;
          if (hasLongSizes) {
            const rest = view.getInt32(q + 4, true) ^ FOUR_ZEROS;
            const last = rest << sizeShift;
            strays |= straysIn(word) | straysIn(last);
            size += fourDigits(word) * longUnit + fourDigits(last);
            q += sizeDecimals;
            if (bytes[q] === ZERO) {
              strays |= rest & longZeros;
              q += sizePad;
            }
          } else {
            word <<= sizeShift;
            strays |= straysIn(word);
            size += fourDigits(word);
            q += sizeDecimals;
            if (bytes[q] === ZERO) {
              strays |= (view.getInt32(q, true) ^ FOUR_ZEROS) | (view.getInt32(q + sizePad - 4, true) ^ FOUR_ZEROS);
              q += sizePad;
            }
          }
        } else if (bytes[q] === POINT) {
          strays |= (view.getInt32(q + 1, true) ^ FOUR_ZEROS) | (view.getInt32(q + 5, true) ^ FOUR_ZEROS);
          q += 1 + PADDED_DECIMALS;
        }
        strays |= bytes[q]! ^ QUOTE;
        if (strays === 0) {
          sizes[levels] = size;
          p = q;
          isRead = true;
        }
      }
      if (!isRead) {
        this.at = p;
        if (!this.decimal(SCRATCH, sizeDecimals)) return false;
        p = this.at;
        if (bytes[p] !== QUOTE) return false;
        sizes[levels] = values[SCRATCH]!;
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

  /** How many zeros stand behind the decimals of the number at `p`; -1 where it has not four or five digits, or too many zeros. */
  #padOf(p: number, decimals: number): number {
    const { bytes, end } = this;
    let q = p;
    while (q < end && bytes[q] !== POINT && bytes[q] !== QUOTE) q += 1;
    if (q - p !== 4 && q - p !== 5) return -1;
    q += 1 + decimals;
    const first = q;
    while (q < end && bytes[q] === ZERO) q += 1;
    const pad = q - first;
    return pad + decimals <= PADDED_DECIMALS ? pad : -1;
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

  #literal(expected: Uint8Array): boolean {
    const { bytes } = this;
    const at = this.at;
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
    this.at = at + expected.length;
    return true;
  }
}
