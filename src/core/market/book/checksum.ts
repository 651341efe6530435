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
const MEMO_SHIFT = 22;

/** How a venue writes one level into the text under its checksum. */
type WriteLevel = (text: Uint8Array, price: number, size: number, oddText: string | undefined) => number;

/** Computes checksums for one book, from the CRCs of its levels. */
export class BookChecksum {
  readonly #bids = new LevelSum(OKX_LEVELS);
  readonly #asks = new LevelSum(OKX_LEVELS);
  #interleaved: LevelSum | null = null;
  #priceDecimals = -1;
  #sizeDecimals = -1;
  #crc = 0;

  /**
   * Kraken v1 and v2: the digits of price and size, without point and leading zeros, of the best ten asks from low to high,
   * then of the best ten bids from high to low; CRC-32, unsigned. Mantissas at the wire's own decimals are those digits.
   */
  kraken(bids: BookSide, asks: BookSide, odd: OddSizes): number {
    if (!bids.isTopChanged && !asks.isTopChanged) return this.#crc >>> 0;
    if (readTop(asks, this.#asks, KRAKEN_LEVELS)) this.#asks.sum(odd, writeKrakenLevel);
    if (readTop(bids, this.#bids, KRAKEN_LEVELS)) this.#bids.sum(odd, writeKrakenLevel);
    this.#crc = crc32Join(this.#asks.crc, this.#bids.crc, this.#bids.length);
    return this.#crc >>> 0;
  }

  /**
   * OKX before 2026-06-23: `bid1px:bid1sz:ask1px:ask1sz:bid2px:…` over the best 25 levels, with the shortest text of each
   * number; where one side runs out the other goes on; CRC-32 as a signed 32-bit integer.
   */
  okx(bids: BookSide, asks: BookSide, priceDecimals: number, sizeDecimals: number, odd: OddSizes): number {
    if (!bids.isTopChanged && !asks.isTopChanged) return this.#crc;
    this.#interleaved ??= new LevelSum(2 * OKX_LEVELS);
    if (priceDecimals !== this.#priceDecimals || sizeDecimals !== this.#sizeDecimals) this.#interleaved.forget();
    this.#priceDecimals = priceDecimals;
    this.#sizeDecimals = sizeDecimals;
    readTop(bids, this.#bids, OKX_LEVELS);
    readTop(asks, this.#asks, OKX_LEVELS);
    this.#interleaved.interleave(this.#bids, this.#asks);
    this.#interleaved.sum(odd, this.#writeOkxLevel);
    this.#crc = this.#interleaved.crc;
    return this.#crc;
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

/** Reads a side's best levels into `sum`, if they may have changed; says whether. */
function readTop(side: BookSide, sum: LevelSum, limit: number): boolean {
  if (!side.isTopChanged) return false;
  sum.nextCount = side.top(limit, sum.nextPrices, sum.nextSizes);
  side.watch(sum.nextCount === limit ? sum.nextPrices[limit - 1]! : Number.NaN);
  return true;
}

/**
 * The CRC of some levels' texts one after the other, joined from the levels' own: a level that was there before is not
 * written again, and levels before the first change are not even joined again. Levels travel in arrays and CRCs as signed
 * integers, because V8 allocates for every double that is passed to a function.
 */
class LevelSum {
  /** The levels to sum, in the order of the text. */
  readonly nextPrices: Float64Array;
  readonly nextSizes: Float64Array;
  nextCount = 0;
  /** Of what was summed last: CRC, signed, and bytes. */
  crc = 0;
  length = 0;
  /** The levels summed last; the CRC and the bytes up to and with each. */
  readonly #prices: Float64Array;
  readonly #sizes: Float64Array;
  readonly #crcs: Int32Array;
  readonly #lengths: Int32Array;
  #count = 0;
  readonly #memoPrices = new Float64Array(MEMO_SIZE).fill(Number.NaN);
  readonly #memoSizes = new Float64Array(MEMO_SIZE);
  readonly #memoCrcs = new Int32Array(MEMO_SIZE);
  readonly #memoLengths = new Int32Array(MEMO_SIZE);
  readonly #text = new Uint8Array(2 * MAX_NUMBER_BYTES + 2);

  constructor(levels: number) {
    this.nextPrices = new Float64Array(levels);
    this.nextSizes = new Float64Array(levels);
    this.#prices = new Float64Array(levels);
    this.#sizes = new Float64Array(levels);
    this.#crcs = new Int32Array(levels);
    this.#lengths = new Int32Array(levels);
  }

  /** Sets the next levels to the best of both sides in turn; where one runs out the other goes on. */
  interleave(bids: LevelSum, asks: LevelSum): void {
    let at = 0;
    for (let i = 0; i < bids.nextCount || i < asks.nextCount; i++) {
      if (i < bids.nextCount) {
        this.nextPrices[at] = bids.nextPrices[i]!;
        this.nextSizes[at++] = bids.nextSizes[i]!;
      }
      if (i < asks.nextCount) {
        this.nextPrices[at] = asks.nextPrices[i]!;
        this.nextSizes[at++] = asks.nextSizes[i]!;
      }
    }
    this.nextCount = at;
  }

  /** Brings `crc` and `length` to the next levels. */
  sum(odd: OddSizes, write: WriteLevel): void {
    const prices = this.#prices;
    const sizes = this.#sizes;
    const { nextPrices, nextSizes } = this;
    const count = this.nextCount;
    const known = odd.size > 0 ? 0 : Math.min(count, this.#count);
    let at = 0;
    while (at < known && prices[at] === nextPrices[at] && sizes[at] === nextSizes[at]) at += 1;
    this.crc = at === 0 ? 0 : this.#crcs[at - 1]!;
    this.length = at === 0 ? 0 : this.#lengths[at - 1]!;
    for (; at < count; at++) {
      prices[at] = nextPrices[at]!;
      sizes[at] = nextSizes[at]!;
      // OKX's first number has no colon before it: only there the text depends on the place.
      if (at === 0 || odd.size > 0) this.#sumText(at, odd, write);
      else this.#sumKnown(at, write);
      this.#crcs[at] = this.crc;
      this.#lengths[at] = this.length;
    }
    // An odd size's number is only near its text: what was summed with one is not known next time.
    this.#count = odd.size > 0 ? 0 : count;
  }

  /** After this no level's text is known any more. */
  forget(): void {
    this.#memoPrices.fill(Number.NaN);
    this.#count = 0;
  }

  #sumKnown(at: number, write: WriteLevel): void {
    const price = this.nextPrices[at]!;
    const slot = Math.imul(price | 0, 0x9e3779b1) >>> MEMO_SHIFT;
    if (this.#memoPrices[slot] !== price || this.#memoSizes[slot] !== this.nextSizes[at])
      this.#remember(slot, at, write);
    const length = this.#memoLengths[slot]!;
    this.crc = crc32Join(this.crc, this.#memoCrcs[slot]!, length);
    this.length += length;
  }

  #sumText(at: number, odd: OddSizes, write: WriteLevel): void {
    const price = this.nextPrices[at]!;
    const end = write(this.#text, price, this.nextSizes[at]!, odd.get(price));
    const from = at === 0 && this.#text[0] === COLON ? 1 : 0;
    this.crc = crc32(this.#text, from, end, this.crc) | 0;
    this.length += end - from;
  }

  #remember(slot: number, at: number, write: WriteLevel): void {
    const length = write(this.#text, this.nextPrices[at]!, this.nextSizes[at]!, undefined);
    this.#memoPrices[slot] = this.nextPrices[at]!;
    this.#memoSizes[slot] = this.nextSizes[at]!;
    this.#memoCrcs[slot] = crc32(this.#text, 0, length);
    this.#memoLengths[slot] = length;
  }
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
