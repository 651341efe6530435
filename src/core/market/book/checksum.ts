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
const MEMO_SIZE = 256;

/** How a venue writes one level into the text under its checksum. */
type WriteLevel = (text: Uint8Array, price: number, size: number, oddText: string | undefined) => number;

/**
 * Computes checksums for one book, by joining the CRCs of its levels instead of running over the text: a level that was
 * there before is not written again, and levels before the first change are not even joined again.
 */
export class BookChecksum {
  readonly #bidPrices = new Float64Array(OKX_LEVELS);
  readonly #bidSizes = new Float64Array(OKX_LEVELS);
  readonly #askPrices = new Float64Array(OKX_LEVELS);
  readonly #askSizes = new Float64Array(OKX_LEVELS);
  #bidCount = 0;
  #askCount = 0;
  /** The levels summed last, in the order of the text, and the CRC up to and with each. */
  readonly #prices = new Float64Array(2 * OKX_LEVELS);
  readonly #sizes = new Float64Array(2 * OKX_LEVELS);
  readonly #crcs = new Float64Array(2 * OKX_LEVELS);
  #count = 0;
  /** While a sum is made: how many levels are in it, and whether all of them so far are those of the last sum. */
  #at = 0;
  #isUnchanged = true;
  readonly #memoPrices = new Float64Array(MEMO_SIZE).fill(Number.NaN);
  readonly #memoSizes = new Float64Array(MEMO_SIZE);
  readonly #memoCrcs = new Float64Array(MEMO_SIZE);
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
    if (!bids.isTopChanged && !asks.isTopChanged) return this.#crc;
    this.#begin(odd);
    if (asks.isTopChanged || !this.#isUnchanged) {
      this.#readAsks(asks, KRAKEN_LEVELS);
      for (let i = 0; i < this.#askCount; i++) this.#add(this.#askPrices[i]!, this.#askSizes[i]!, odd, writeKrakenLevel);
    } else {
      this.#at = this.#askCount;
    }
    this.#readBids(bids, KRAKEN_LEVELS);
    for (let i = 0; i < this.#bidCount; i++) this.#add(this.#bidPrices[i]!, this.#bidSizes[i]!, odd, writeKrakenLevel);
    return this.#end();
  }

  /**
   * OKX before 2026-06-23: `bid1px:bid1sz:ask1px:ask1sz:bid2px:…` over the best 25 levels, with the shortest text of each
   * number; where one side runs out the other goes on; CRC-32 as a signed 32-bit integer.
   */
  okx(bids: BookSide, asks: BookSide, priceDecimals: number, sizeDecimals: number, odd: OddSizes): number {
    if (!bids.isTopChanged && !asks.isTopChanged) return this.#crc | 0;
    if (priceDecimals !== this.#priceDecimals || sizeDecimals !== this.#sizeDecimals) this.#forget();
    this.#priceDecimals = priceDecimals;
    this.#sizeDecimals = sizeDecimals;
    this.#readBids(bids, OKX_LEVELS);
    this.#readAsks(asks, OKX_LEVELS);
    const bidCount = this.#bidCount;
    const askCount = this.#askCount;
    this.#begin(odd);
    for (let i = 0; i < bidCount || i < askCount; i++) {
      if (i < bidCount) this.#add(this.#bidPrices[i]!, this.#bidSizes[i]!, odd, this.#writeOkxLevel);
      if (i < askCount) this.#add(this.#askPrices[i]!, this.#askSizes[i]!, odd, this.#writeOkxLevel);
    }
    return this.#end() | 0;
  }

  #readBids(bids: BookSide, limit: number): void {
    if (!bids.isTopChanged) return;
    this.#bidCount = bids.top(limit, this.#bidPrices, this.#bidSizes);
    bids.watch(this.#bidCount === limit ? this.#bidPrices[limit - 1]! : Number.NaN);
  }

  #readAsks(asks: BookSide, limit: number): void {
    if (!asks.isTopChanged) return;
    this.#askCount = asks.top(limit, this.#askPrices, this.#askSizes);
    asks.watch(this.#askCount === limit ? this.#askPrices[limit - 1]! : Number.NaN);
  }

  #begin(odd: OddSizes): void {
    this.#at = 0;
    this.#isUnchanged = odd.size === 0;
  }

  #end(): number {
    this.#count = this.#at;
    this.#crc = this.#at === 0 ? 0 : this.#crcs[this.#at - 1]!;
    return this.#crc;
  }

  /** Joins one level to the sum. */
  #add(price: number, size: number, odd: OddSizes, write: WriteLevel): void {
    const at = this.#at;
    this.#at = at + 1;
    if (this.#isUnchanged && at < this.#count && this.#prices[at] === price && this.#sizes[at] === size) return;
    this.#isUnchanged = false;
    this.#prices[at] = price;
    const oddText = odd.size > 0 ? odd.get(price) : undefined;
    // An odd size's number is only near its text: never take it for known.
    this.#sizes[at] = oddText === undefined ? size : Number.NaN;
    const before = at === 0 ? 0 : this.#crcs[at - 1]!;
    // OKX's first number has no colon before it; only there the text depends on the place.
    if (at === 0 || oddText !== undefined) {
      const length = write(this.#text, price, size, oddText);
      const from = at === 0 && this.#text[0] === COLON ? 1 : 0;
      this.#crcs[at] = crc32(this.#text, from, length, before);
      return;
    }
    const slot = Math.imul(price | 0, 0x9e3779b1) >>> 24;
    if (this.#memoPrices[slot] !== price || this.#memoSizes[slot] !== size) this.#remember(slot, price, size, write);
    this.#crcs[at] = crc32Join(before, this.#memoCrcs[slot]!, this.#memoLengths[slot]!);
  }

  #remember(slot: number, price: number, size: number, write: WriteLevel): void {
    const length = write(this.#text, price, size, undefined);
    this.#memoPrices[slot] = price;
    this.#memoSizes[slot] = size;
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
