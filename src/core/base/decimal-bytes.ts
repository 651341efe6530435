/** Writes decimals as ASCII bytes: for texts that are only hashed, where strings would cost more than the hash. Reads none. */

import { POW10 } from './decimal.ts';

const POINT = 46;
const ZERO = 48;
const BILLION = 1e9;
/** Decimals whose fraction fits an int32. */
const SMALL_DECIMALS = 9;
/** The two digits of 0 to 99, one after the other: halves the divisions. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) => ZERO + (i % 2 === 0 ? Math.floor(i / 20) : (i >> 1) % 10));

/** What one number takes at most: 16 digits, a point, and leading zeros for 18 decimals. */
export const MAX_DECIMAL_BYTES = 40;

/** Writes a non-negative integer below 2^53; returns where it ends. Zero writes nothing: leading zeros are no digits here. */
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

/**
 * Writes `value / 10^decimals` as `shortestMantissaText` does; returns where it ends.
 *
 * @param value - a non-negative integer below 2^53
 */
export function writeDecimal(text: Uint8Array, at: number, value: number, decimals: number): number {
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
