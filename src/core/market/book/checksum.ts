/** The checksums that Kraken and OKX send with their books, computed from our books. Changes no book. */

import { crc32, crc32Join } from '../../base/crc32.ts';
import { POW10 } from '../../base/decimal.ts';
import type { BookSide } from './book-side.ts';

/** Sizes too large for a mantissa, as the wire wrote them, by price mantissa. Seldom more than none. */
export type OddSizes = ReadonlyMap<number, string>;

/** Kraken covers ten levels a side whatever the subscribed depth; OKX twenty-five. */
const KRAKEN_LEVELS = 10;
const OKX_LEVELS = 25;
const COLON = 58;
const POINT = 46;
const ZERO = 48;
/** A number has at most 16 digits, a point, and leading zeros for 18 decimals. */
const MAX_NUMBER_BYTES = 40;
/** Levels whose CRC is remembered, a power of two: a book's best levels come and go, but the same ones. */
const MEMO_SIZE = 1024;

/** How a venue writes one level into the text under its checksum. */
type WriteLevel = (text: Uint8Array, price: number, size: number, oddText: string | undefined) => number;

/**
 * Computes checksums for one book, by joining the CRCs of its levels instead of running over the text: a level that was
 * there before is not written again, and levels before the first change are not even joined again. Levels travel in arrays
 * and CRCs as signed integers, because V8 allocates for every double that is passed to a function.
 */
export class BookChecksum {
  readonly #bidPrices = new Float64Array(OKX_LEVELS);
  readonly #bidSizes = new Float64Array(OKX_LEVELS);
  readonly #askPrices = new Float64Array(OKX_LEVELS);
  readonly #askSizes = new Float64Array(OKX_LEVELS);
  #bidCount = 0;
  #askCount = 0;
  /** The levels to sum, in the order of the text. */
  readonly #nextPrices = new Float64Array(2 * OKX_LEVELS);
  readonly #nextSizes = new Float64Array(2 * OKX_LEVELS);
  /** Those summed last, and the CRC up to and with each. */
  readonly #prices = new Float64Array(2 * OKX_LEVELS);
  readonly #sizes = new Float64Array(2 * OKX_LEVELS);
  readonly #crcs = new Int32Array(2 * OKX_LEVELS);
  #count = 0;
  readonly #memoPrices = new Float64Array(MEMO_SIZE).fill(Number.NaN);
  readonly #memoSizes = new Float64Array(MEMO_SIZE);
  readonly #memoCrcs = new Int32Array(MEMO_SIZE);
  readonly #memoLengths = new Int32Array(MEMO_SIZE);
  readonly #text = new Uint8Array(2 * MAX_NUMBER_BYTES + 2);
  #priceDecimals = -1;
  #sizeDecimals = -1;
  #crc = 0;

  /**
   * Kraken v1 and v2: the digits of price and size, without point and leading zeros, of the best ten asks from low to high,
   * then of the best ten bids from high to low; CRC-32, unsigned. Mantissas at the wire's own decimals are those digits.
   */
  kraken(bids: BookSide, asks: BookSide, odd: OddSizes): number {
    if (!bids.isTopChanged && !asks.isTopChanged) return this.#crc >>> 0;
    this.#readTop(bids, asks, KRAKEN_LEVELS);
    for (let i = 0; i < this.#askCount; i++) {
      this.#nextPrices[i] = this.#askPrices[i]!;
      this.#nextSizes[i] = this.#askSizes[i]!;
    }
    for (let i = 0, at = this.#askCount; i < this.#bidCount; i++, at++) {
      this.#nextPrices[at] = this.#bidPrices[i]!;
      this.#nextSizes[at] = this.#bidSizes[i]!;
    }
    return this.#sum(odd, writeKrakenLevel) >>> 0;
  }

  /**
   * OKX before 2026-06-23: `bid1px:bid1sz:ask1px:ask1sz:bid2px:…` over the best 25 levels, with the shortest text of each
   * number; where one side runs out the other goes on; CRC-32 as a signed 32-bit integer.
   */
  okx(bids: BookSide, asks: BookSide, priceDecimals: number, sizeDecimals: number, odd: OddSizes): number {
    if (!bids.isTopChanged && !asks.isTopChanged) return this.#crc;
    if (priceDecimals !== this.#priceDecimals || sizeDecimals !== this.#sizeDecimals) this.#forget();
    this.#priceDecimals = priceDecimals;
    this.#sizeDecimals = sizeDecimals;
    this.#readTop(bids, asks, OKX_LEVELS);
    let at = 0;
    for (let i = 0; i < this.#bidCount || i < this.#askCount; i++) {
      if (i < this.#bidCount) {
        this.#nextPrices[at] = this.#bidPrices[i]!;
        this.#nextSizes[at++] = this.#bidSizes[i]!;
      }
      if (i < this.#askCount) {
        this.#nextPrices[at] = this.#askPrices[i]!;
        this.#nextSizes[at++] = this.#askSizes[i]!;
      }
    }
    return this.#sum(odd, this.#writeOkxLevel);
  }

  #readTop(bids: BookSide, asks: BookSide, limit: number): void {
    if (bids.isTopChanged) {
      this.#bidCount = bids.top(limit, this.#bidPrices, this.#bidSizes);
      bids.watch(this.#bidCount === limit ? this.#bidPrices[limit - 1]! : Number.NaN);
    }
    if (asks.isTopChanged) {
      this.#askCount = asks.top(limit, this.#askPrices, this.#askSizes);
      asks.watch(this.#askCount === limit ? this.#askPrices[limit - 1]! : Number.NaN);
    }
  }

  /** Sums the next levels; returns the CRC, signed. */
  #sum(odd: OddSizes, write: WriteLevel): number {
    const prices = this.#prices;
    const sizes = this.#sizes;
    const nextPrices = this.#nextPrices;
    const nextSizes = this.#nextSizes;
    const crcs = this.#crcs;
    const memoPrices = this.#memoPrices;
    const memoSizes = this.#memoSizes;
    const count = this.#bidCount + this.#askCount;
    const known = odd.size > 0 ? 0 : Math.min(count, this.#count);
    let at = 0;
    while (at < known && prices[at] === nextPrices[at] && sizes[at] === nextSizes[at]) at += 1;
    let crc = at === 0 ? 0 : crcs[at - 1]!;
    for (; at < count; at++) {
      const price = nextPrices[at]!;
      prices[at] = price;
      sizes[at] = nextSizes[at]!;
      // OKX's first number has no colon before it: only there the text depends on the place.
      if (at === 0 || odd.size > 0) crc = this.#sumText(at, crc, odd, write);
      else {
        const slot = Math.imul(price | 0, 0x9e3779b1) >>> 22;
        if (memoPrices[slot] !== price || memoSizes[slot] !== nextSizes[at]) this.#remember(slot, at, write);
        crc = crc32Join(crc, this.#memoCrcs[slot]!, this.#memoLengths[slot]!);
      }
      crcs[at] = crc;
    }
    // An odd size's number is only near its text: what was summed with one is not known next time.
    this.#count = odd.size > 0 ? 0 : count;
    this.#crc = crc;
    return crc;
  }

  #sumText(at: number, before: number, odd: OddSizes, write: WriteLevel): number {
    const price = this.#nextPrices[at]!;
    const length = write(this.#text, price, this.#nextSizes[at]!, odd.get(price));
    const from = at === 0 && this.#text[0] === COLON ? 1 : 0;
    return crc32(this.#text, from, length, before) | 0;
  }

  #remember(slot: number, at: number, write: WriteLevel): void {
    const length = write(this.#text, this.#nextPrices[at]!, this.#nextSizes[at]!, undefined);
    this.#memoPrices[slot] = this.#nextPrices[at]!;
    this.#memoSizes[slot] = this.#nextSizes[at]!;
    this.#memoCrcs[slot] = crc32(this.#text, 0, length);
    this.#memoLengths[slot] = length;
  }

  #forget(): void {
    this.#memoPrices.fill(Number.NaN);
    this.#count = 0;
  }

  readonly #writeOkxLevel: WriteLevel = (text, price, size, oddText) => {
    text[0] = COLON;
    const colon = writeDecimal(text, 1, price, this.#priceDecimals);
    text[colon] = COLON;
    return oddText === undefined
      ? writeDecimal(text, colon + 1, size, this.#sizeDecimals)
      : writeText(text, colon + 1, oddText);
  };
}

function writeKrakenLevel(text: Uint8Array, price: number, size: number, oddText: string | undefined): number {
  const at = writeDigits(text, 0, price);
  return oddText === undefined ? writeDigits(text, at, size) : writeText(text, at, krakenDigits(oddText));
}

function krakenDigits(text: string): string {
  return text.replace('.', '').replace(/^0+/, '');
}

function writeText(text: Uint8Array, at: number, value: string): number {
  for (let i = 0; i < value.length && i < MAX_NUMBER_BYTES; i++) text[at++] = value.charCodeAt(i);
  return at;
}

const BILLION = 1e9;
/** The two digits of 0 to 99, one after the other: halves the divisions. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) => ZERO + (i % 2 === 0 ? Math.floor(i / 20) : (i >> 1) % 10));

/** Writes a non-negative integer below 2^53 in decimal; returns where it ends. Zero writes nothing, as Kraken's rule has it. */
function writeDigits(text: Uint8Array, at: number, value: number): number {
  if (value < BILLION) return writeSmall(text, at, value | 0);
  const high = Math.floor(value / BILLION);
  let low = (value - high * BILLION) | 0;
  const first = writeSmall(text, at, high | 0);
  for (let p = first + 7; p > first; p -= 2) {
    const rest = (low / 100) | 0;
    const pair = (low - rest * 100) << 1;
    text[p] = PAIRS[pair]!;
    text[p + 1] = PAIRS[pair + 1]!;
    low = rest;
  }
  text[first] = ZERO + low;
  return first + 9;
}

function writeSmall(text: Uint8Array, at: number, value: number): number {
  if (value === 0) return at;
  const end = at + digitCount(value);
  let p = end;
  while (value >= 10) {
    const rest = (value / 100) | 0;
    const pair = (value - rest * 100) << 1;
    text[--p] = PAIRS[pair + 1]!;
    text[--p] = PAIRS[pair]!;
    value = rest;
  }
  if (value > 0) text[p - 1] = ZERO + value;
  return end;
}

/** Digits of an integer from 1 to 10^9 - 1. */
function digitCount(value: number): number {
  if (value < 10_000) return value < 100 ? (value < 10 ? 1 : 2) : value < 1000 ? 3 : 4;
  if (value < 1_000_000) return value < 100_000 ? 5 : 6;
  return value < 10_000_000 ? 7 : value < 100_000_000 ? 8 : 9;
}

/** Decimals whose fraction fits an int32. */
const SMALL_DECIMALS = 9;

/** Writes `value / 10^decimals` as the shortest plain decimal; returns where it ends. */
function writeDecimal(text: Uint8Array, at: number, value: number, decimals: number): number {
  const unit = POW10[decimals]!;
  let whole = Math.floor(value / unit);
  let fraction = value - whole * unit;
  if (fraction < 0) {
    // The quotient was rounded up to a whole number.
    whole -= 1;
    fraction += unit;
  }
  if (whole === 0) text[at++] = ZERO;
  else at = writeDigits(text, at, whole);
  if (fraction === 0) return at;
  text[at++] = POINT;
  let digits = decimals;
  if (digits > SMALL_DECIMALS) {
    const low = POW10[digits - SMALL_DECIMALS]!;
    const high = Math.floor(fraction / low);
    at = writePadded(text, at, high | 0, SMALL_DECIMALS);
    fraction -= high * low;
    digits -= SMALL_DECIMALS;
    if (fraction === 0) return trimZeros(text, at);
  }
  return trimZeros(text, writePadded(text, at, fraction | 0, digits));
}

/** Writes a number with leading zeros up to `digits` digits. */
function writePadded(text: Uint8Array, at: number, value: number, digits: number): number {
  for (let p = at + digits - 1; p >= at; p--) {
    const rest = (value / 10) | 0;
    text[p] = ZERO + value - rest * 10;
    value = rest;
  }
  return at + digits;
}

/** Steps back over zeros; there is another digit behind the point. */
function trimZeros(text: Uint8Array, end: number): number {
  while (text[end - 1] === ZERO) end -= 1;
  return end;
}
