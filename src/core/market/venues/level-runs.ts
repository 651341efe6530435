/**
 * Reads the level arrays of a big frame straight from its bytes, and leaves text without them for `JSON.parse`: a snapshot
 * is levels to nine tenths and more, and as objects they cost ten times as much as the rest of reading it. Knows no venue
 * and decides nothing: a codec's slow path reads the remaining text as it always does, and meets a mark in the place of
 * each array. Whatever is not plain is left to `JSON.parse` whole.
 */

import { POW10 } from '../../base/decimal.ts';
import type { CodecTools } from './codec.ts';

const QUOTE = 34;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const CLOSE_BRACE = 125;

/** Below this a frame's few levels are not worth a second text. */
const MIN_BYTES = 1024;
/** Depth messages begin with their levels; lists of instruments and trades are not searched to their end. */
const FIRST_RUN_WITHIN = 512;
/** As many numbers have room at first; grows. */
const FIRST_NUMBERS = 1024;
/** More digits than this on one side of the point make no exact number anyway. */
const MAX_DIGITS = 16;
/** Digits that fit an int32 whatever they are. */
const INT32_DIGITS = 9;
/** `1617666423.690142`: ten digits, a point, microseconds. */
const SECONDS_DECIMALS = 6;
const MAX_SECONDS_BYTES = 17;
/** The mark of run 0 is the text `\u00010`: with the escape, because a string cannot hold the character itself. */
const MARK = '\\u0001';
const MARK_CODE = 1;

/** One array of levels: its numbers are `[from, to)` of the arrays of its `LevelRuns`, price and size in turn. */
export interface LevelRun {
  readonly from: number;
  readonly to: number;
  /** The most decimals that one of its prices and one of its sizes needs. */
  readonly decimals: { readonly price: number; readonly size: number };
  /** Index of the first of its largest prices. */
  readonly largestPriceAt: number;
  /** Its largest size, as the nearest double. */
  readonly largestSize: number;
  /** The latest time of its levels in ms; NaN where levels have none. */
  readonly latestMs: number;
}

/** How a venue writes its levels. */
export interface LevelStyle {
  /** Do zeros at the end of a number count as decimals? (Kraken, whose checksum covers them.) */
  readonly countsZeros: boolean;
  /** Is the third element of each level a time, in seconds with six decimals? */
  readonly isTimed: boolean;
}

export class LevelRuns {
  readonly runs: LevelRun[] = [];
  readonly #countsZeros: boolean;
  readonly #isTimed: boolean;
  /** The digits of each number as one integer, how many of them stand after the point, and how many of those count. */
  #digits = new Float64Array(FIRST_NUMBERS);
  #decimals = new Uint8Array(FIRST_NUMBERS);
  #needed = new Uint8Array(FIRST_NUMBERS);
  #count = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #to = 0;

  constructor(style: LevelStyle) {
    this.#countsZeros = style.countsZeros;
    this.#isTimed = style.isTimed;
  }

  /** Forgets the frame before. */
  clear(): void {
    this.runs.length = 0;
    this.#count = 0;
  }

  /**
   * Takes the arrays of levels out of a frame: values of keys that are `[["price","size"(,"text")…],…]`.
   *
   * @returns the frame's text with a mark in the place of each; null, with nothing kept, when the frame is small, has none,
   *   or has anything that is not plain. The text is valid JSON exactly when the frame is.
   */
  takeOut(tools: CodecTools, bytes: Uint8Array, from: number, to: number): string | null {
    this.clear();
    if (to - from < MIN_BYTES || (bytes[to - 1] !== CLOSE_BRACE && bytes[to - 1] !== CLOSE_BRACKET)) return null;
    this.#bytes = bytes;
    this.#to = to;
    let text = '';
    let textFrom = from;
    this.#at = from;
    while (this.#nextArray(from)) {
      const part = tools.decodeText(bytes, textFrom, this.#at);
      if (part === null || !this.#readRun()) return this.#giveUp();
      text += `${part}"${MARK}${this.runs.length - 1}"`;
      textFrom = this.#at;
    }
    // Stopped before the end: something that is not plain.
    if (this.#at < to || this.runs.length === 0) return this.#giveUp();
    const rest = tools.decodeText(bytes, textFrom, to);
    return rest === null ? this.#giveUp() : text + rest;
  }

  /** The run that a parsed value is the mark of; null if it is none. */
  find(value: unknown): LevelRun | null {
    // No frame can hold such a string itself: those with a backslash are not taken apart.
    if (typeof value !== 'string' || value.charCodeAt(0) !== MARK_CODE) return null;
    return this.runs[Number(value.slice(1))] ?? null;
  }

  /** The number at `index` as a mantissa; `decimals` are at least those of its run. May exceed 2^53 - 1. */
  mantissa(index: number, decimals: number): number {
    const surplus = decimals - this.#decimals[index]!;
    return surplus >= 0 ? this.#digits[index]! * POW10[surplus]! : this.#digits[index]! / POW10[-surplus]!;
  }

  /** The number at `index` as the nearest double. */
  number(index: number): number {
    return this.#digits[index]! / POW10[this.#decimals[index]!]!;
  }

  #giveUp(): null {
    this.clear();
    return null;
  }

  /** Moves to the next `[["` behind a key. False at the frame's end, and where it stops at something that is not plain. */
  #nextArray(from: number): boolean {
    const bytes = this.#bytes;
    const to = this.#to;
    let p = this.#at;
    while (p < to) {
      if (this.runs.length === 0 && p - from > FIRST_RUN_WITHIN) break;
      const byte = bytes[p]!;
      if (byte === BACKSLASH) break;
      p += 1;
      if (byte !== QUOTE) continue;
      while (p < to && bytes[p] !== QUOTE && bytes[p] !== BACKSLASH) p += 1;
      if (p === to || bytes[p] === BACKSLASH) break;
      p += 1;
      if (bytes[p] !== COLON || bytes[p + 1] !== OPEN_BRACKET || bytes[p + 2] !== OPEN_BRACKET) continue;
      this.#at = p + 1;
      if (bytes[p + 3] === QUOTE) return true;
    }
    this.#at = p;
    return false;
  }

  /** Reads `[["price","size"(,"text")…],…]`, which must end before the frame does. */
  #readRun(): boolean {
    const bytes = this.#bytes;
    const from = this.#count;
    let largestPriceAt = from;
    let largestPrice = -1;
    let largestSize = 0;
    let latestMicros = -1;
    const decimals = { price: 0, size: 0 };
    do {
      if (bytes[this.#at + 1] !== OPEN_BRACKET) return false;
      this.#at += 2;
      const index = this.#count;
      if (!this.#readNumber() || bytes[this.#at] !== COMMA) return false;
      this.#at += 1;
      if (!this.#readNumber()) return false;
      decimals.price = Math.max(decimals.price, this.#needed[index]!);
      decimals.size = Math.max(decimals.size, this.#needed[index + 1]!);
      const price = this.number(index);
      if (price > largestPrice) {
        largestPrice = price;
        largestPriceAt = index;
      }
      largestSize = Math.max(largestSize, this.number(index + 1));
      if (this.#isTimed) {
        if (!this.#readMicros()) return false;
        latestMicros = Math.max(latestMicros, this.#digits[this.#count]!);
      }
      if (!this.#passTexts() || bytes[this.#at] !== CLOSE_BRACKET) return false;
      this.#at += 1;
    } while (bytes[this.#at] === COMMA && this.#at < this.#to);
    if (bytes[this.#at] !== CLOSE_BRACKET || this.#at >= this.#to) return false;
    this.#at += 1;
    const latestMs = this.#isTimed ? latestMicros / 1000 : Number.NaN;
    this.runs.push({ from, to: this.#count, decimals, largestPriceAt, largestSize, latestMs });
    return true;
  }

  /** Reads a decimal between quotes, to the end of the numbers. Every loop stops at the frame's last byte, which is no digit. */
  #readNumber(): boolean {
    const bytes = this.#bytes;
    let p = this.#at;
    if (bytes[p] !== QUOTE) return false;
    const first = ++p;
    let high = 0;
    for (let digit = bytes[p]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[p]! - ZERO) {
      high = (high * 10 + digit) | 0;
      p += 1;
    }
    if (p === first || p - first > MAX_DIGITS) return false;
    let value = p - first > INT32_DIGITS ? this.#wide(first, p) : high;
    let decimals = 0;
    let needed = 0;
    if (bytes[p] === POINT) {
      const start = ++p;
      let low = 0;
      for (let digit = bytes[p]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[p]! - ZERO) {
        low = (low * 10 + digit) | 0;
        p += 1;
      }
      decimals = p - start;
      if (decimals === 0 || decimals > MAX_DIGITS) return false;
      value = value * POW10[decimals]! + (decimals > INT32_DIGITS ? this.#wide(start, p) : low);
      needed = decimals;
      if (!this.#countsZeros) while (needed > 0 && bytes[start + needed - 1] === ZERO) needed -= 1;
    }
    if (bytes[p] !== QUOTE || value > Number.MAX_SAFE_INTEGER) return false;
    this.#at = p + 1;
    this.#push(value, decimals, needed);
    return true;
  }

  /** More digits than an int32 holds. Over 2^53 it rounds, but never to less than that. */
  #wide(from: number, to: number): number {
    let value = 0;
    for (let p = from; p < to; p++) value = value * 10 + (this.#bytes[p]! - ZERO);
    return value;
  }

  #push(value: number, decimals: number, needed: number): void {
    const index = this.#count;
    if (index === this.#digits.length) this.#grow();
    this.#digits[index] = value;
    this.#decimals[index] = decimals;
    this.#needed[index] = needed;
    this.#count = index + 1;
  }

  #grow(): void {
    const digits = new Float64Array(this.#count * 2);
    const decimals = new Uint8Array(this.#count * 2);
    const needed = new Uint8Array(this.#count * 2);
    digits.set(this.#digits);
    decimals.set(this.#decimals);
    needed.set(this.#needed);
    this.#digits = digits;
    this.#decimals = decimals;
    this.#needed = needed;
  }

  /** `,"1534614057.321597"`: leaves the microseconds behind the last number. */
  #readMicros(): boolean {
    if (this.#bytes[this.#at] !== COMMA) return false;
    const first = this.#at + 2;
    this.#at += 1;
    if (!this.#readNumber()) return false;
    this.#count -= 1;
    return this.#decimals[this.#count] === SECONDS_DECIMALS && this.#at - 1 - first <= MAX_SECONDS_BYTES;
  }

  /** `,"0","4"` after what is read of a level: plain text. */
  #passTexts(): boolean {
    const bytes = this.#bytes;
    let p = this.#at;
    while (bytes[p] === COMMA) {
      if (bytes[p + 1] !== QUOTE) return false;
      p += 2;
      while (p < this.#to && bytes[p] !== QUOTE) {
        const byte = bytes[p]!;
        if (byte === BACKSLASH || byte < 32 || byte > 126) return false;
        p += 1;
      }
      if (p >= this.#to) return false;
      p += 1;
    }
    this.#at = p;
    return true;
  }
}
