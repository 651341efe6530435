/** The checksums that Kraken and OKX send with their books, computed from our books. Changes no book. */

import { crc32 } from '../../base/crc32.ts';
import type { BookSide } from './book-side.ts';

/** Sizes too large for a mantissa, as the wire wrote them, by price mantissa. Seldom more than none. */
export type OddSizes = ReadonlyMap<number, string>;

/** Kraken covers ten levels a side whatever the subscribed depth; OKX twenty-five. */
const KRAKEN_LEVELS = 10;
const OKX_LEVELS = 25;
const COLON = 58;
const POINT = 46;
const ZERO = 48;
/** Two numbers a level of at most 16 digits, a point, leading zeros of at most 18 decimals, and a colon. */
const MAX_NUMBER_BYTES = 40;

/** Computes checksums for one book; keeps what it can of the last result, so a change below the covered levels is free. */
export class BookChecksum {
  readonly #prices = new Float64Array(OKX_LEVELS);
  readonly #sizes = new Float64Array(OKX_LEVELS);
  readonly #askPrices = new Float64Array(OKX_LEVELS);
  readonly #askSizes = new Float64Array(OKX_LEVELS);
  readonly #text = new Uint8Array(OKX_LEVELS * 4 * MAX_NUMBER_BYTES);
  readonly #bidText = new Uint8Array(KRAKEN_LEVELS * 2 * MAX_NUMBER_BYTES);
  #bidTextLength = 0;
  #asksCrc = 0;
  #crc = 0;

  /**
   * Kraken v1 and v2: the digits of price and size, without point and leading zeros, of the best ten asks from low to high,
   * then of the best ten bids from high to low; CRC-32, unsigned. Mantissas at the wire's own decimals are those digits.
   */
  kraken(bids: BookSide, asks: BookSide, odd: OddSizes): number {
    if (!bids.isTopChanged && !asks.isTopChanged) return this.#crc;
    if (asks.isTopChanged) {
      const length = this.#krakenSide(asks, this.#text, odd);
      this.#asksCrc = crc32(this.#text, 0, length);
    }
    if (bids.isTopChanged) this.#bidTextLength = this.#krakenSide(bids, this.#bidText, odd);
    this.#crc = crc32(this.#bidText, 0, this.#bidTextLength, this.#asksCrc);
    return this.#crc;
  }

  /**
   * OKX before 2026-06-23: `bid1px:bid1sz:ask1px:ask1sz:bid2px:…` over the best 25 levels, with the shortest text of each
   * number; where one side runs out the other goes on; CRC-32 as a signed 32-bit integer.
   */
  okx(bids: BookSide, asks: BookSide, priceDecimals: number, sizeDecimals: number, odd: OddSizes): number {
    if (!bids.isTopChanged && !asks.isTopChanged) return this.#crc;
    const bidCount = bids.top(OKX_LEVELS, this.#prices, this.#sizes);
    const askCount = asks.top(OKX_LEVELS, this.#askPrices, this.#askSizes);
    bids.watch(bidCount === OKX_LEVELS ? this.#prices[bidCount - 1]! : Number.NaN);
    asks.watch(askCount === OKX_LEVELS ? this.#askPrices[askCount - 1]! : Number.NaN);
    const text = this.#text;
    let at = 0;
    for (let i = 0; i < bidCount || i < askCount; i++) {
      if (i < bidCount) {
        at = writeDecimal(text, at, this.#prices[i]!, priceDecimals);
        at = this.#okxSize(text, at, this.#prices[i]!, this.#sizes[i]!, sizeDecimals, odd);
      }
      if (i < askCount) {
        at = writeDecimal(text, at, this.#askPrices[i]!, priceDecimals);
        at = this.#okxSize(text, at, this.#askPrices[i]!, this.#askSizes[i]!, sizeDecimals, odd);
      }
    }
    this.#crc = at === 0 ? 0 : crc32(text, 0, at - 1) | 0;
    return this.#crc;
  }

  #okxSize(text: Uint8Array, at: number, price: number, size: number, decimals: number, odd: OddSizes): number {
    const oddText = odd.size > 0 ? odd.get(price) : undefined;
    return oddText === undefined
      ? writeDecimal(text, at, size, decimals)
      : closeNumber(text, writeText(text, at, oddText));
  }

  #krakenSide(side: BookSide, text: Uint8Array, odd: OddSizes): number {
    const count = side.top(KRAKEN_LEVELS, this.#prices, this.#sizes);
    side.watch(count === KRAKEN_LEVELS ? this.#prices[count - 1]! : Number.NaN);
    let at = 0;
    for (let i = 0; i < count; i++) {
      at = writeDigits(text, at, this.#prices[i]!);
      const oddText = odd.size > 0 ? odd.get(this.#prices[i]!) : undefined;
      at = oddText === undefined ? writeDigits(text, at, this.#sizes[i]!) : writeText(text, at, krakenDigits(oddText));
    }
    return at;
  }
}

function krakenDigits(text: string): string {
  return text.replace('.', '').replace(/^0+/, '');
}

function writeText(text: Uint8Array, at: number, value: string): number {
  for (let i = 0; i < value.length && i < MAX_NUMBER_BYTES; i++) text[at++] = value.charCodeAt(i);
  return at;
}

const BILLION = 1e9;
const digits = new Uint8Array(24);

/** Writes a non-negative integer below 2^53 in decimal; returns where it ends. Zero writes nothing, as Kraken's rule has it. */
function writeDigits(text: Uint8Array, at: number, value: number): number {
  if (value < BILLION) return writeSmall(text, at, value | 0);
  const high = Math.floor(value / BILLION);
  let low = (value - high * BILLION) | 0;
  const end = writeSmall(text, at, high | 0) + 9;
  for (let p = end - 1; p >= end - 9; p--) {
    const rest = (low / 10) | 0;
    text[p] = ZERO + low - rest * 10;
    low = rest;
  }
  return end;
}

function writeSmall(text: Uint8Array, at: number, value: number): number {
  let count = 0;
  while (value > 0) {
    const rest = (value / 10) | 0;
    digits[count++] = ZERO + value - rest * 10;
    value = rest;
  }
  while (count > 0) text[at++] = digits[--count]!;
  return at;
}

/** Writes `value / 10^decimals` as the shortest plain decimal and a colon; returns where it ends. */
function writeDecimal(text: Uint8Array, at: number, value: number, decimals: number): number {
  const end = writeDigits(text, at, value);
  const length = end - at;
  if (decimals === 0) return closeNumber(text, length === 0 ? zeroAt(text, at) : end);
  if (length <= decimals) {
    // 0.00123: shift the digits behind `0.` and the zeros that precede them.
    const shift = decimals - length + 2;
    text.copyWithin(at + shift, at, end);
    text.fill(ZERO, at, at + shift);
    text[at + 1] = POINT;
    return closeNumber(text, trimZeros(text, at + shift + length));
  }
  text.copyWithin(end - decimals + 1, end - decimals, end);
  text[end - decimals] = POINT;
  return closeNumber(text, trimZeros(text, end + 1));
}

function zeroAt(text: Uint8Array, at: number): number {
  text[at] = ZERO;
  return at + 1;
}

function trimZeros(text: Uint8Array, end: number): number {
  while (text[end - 1] === ZERO) end -= 1;
  return text[end - 1] === POINT ? end - 1 : end;
}

function closeNumber(text: Uint8Array, at: number): number {
  text[at] = COLON;
  return at + 1;
}
