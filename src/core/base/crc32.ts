/** CRC-32 as zlib, Kraken and OKX use it, eight bytes a turn. Knows bytes only: checksum texts are made elsewhere. */

import { assert } from './assert.ts';

/** 0x04C11DB7 (IEEE 802.3) with its bits reversed. */
const POLYNOMIAL = 0xedb88320;

/** Eight tables of 256 in one array; table k says what a byte does when k further bytes follow it (slicing-by-8). */
const TABLE = makeTable();

function makeTable(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    table[byte] = value;
  }
  for (let i = 256; i < table.length; i++) {
    const previous = table[i - 256]!;
    table[i] = (previous >>> 8) ^ table[previous & 255]!;
  }
  return table;
}

/**
 * The CRC-32 of `bytes[from, to)`.
 *
 * @param seed - the result of the bytes before, to continue from it (as `zlib.crc32(data, value)`); 0 to begin
 * @returns an unsigned 32-bit integer. OKX sends the same bits as a signed one: compare `result | 0` with it.
 */
export function crc32(bytes: Uint8Array, from: number, to: number, seed = 0): number {
  assert(from >= 0 && from <= to && to <= bytes.length, 'a checksum range lies inside its bytes');
  let crc = ~seed;
  let at = from;
  for (const last = to - 8; at <= last; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      TABLE[1792 + (crc & 255)]! ^
      TABLE[1536 + ((crc >>> 8) & 255)]! ^
      TABLE[1280 + ((crc >>> 16) & 255)]! ^
      TABLE[1024 + (crc >>> 24)]! ^
      TABLE[768 + bytes[at + 4]!]! ^
      TABLE[512 + bytes[at + 5]!]! ^
      TABLE[256 + bytes[at + 6]!]! ^
      TABLE[bytes[at + 7]!]!;
  }
  for (; at < to; at++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[at]!) & 255]!;
  return ~crc >>> 0;
}

/** Longest text that `crc32Join` puts behind another. */
export const MAX_JOINED_BYTES = 1024;
/** By length: four tables of 256, one a byte of the CRC, that say what it becomes behind that many further bytes. */
const SHIFT_TABLES: (Int32Array | undefined)[] = [];

/**
 * The CRC-32 of two texts one after the other, from theirs. Costs four look-ups, whatever the length.
 *
 * Signed on both sides: V8 passes 32-bit signed integers without allocating, unsigned ones not.
 *
 * @param first - CRC of the first text; `second` of the second; signed 32-bit
 * @param secondLength - its length in bytes, 0 to MAX_JOINED_BYTES
 * @returns a signed 32-bit integer
 * @see zlib's crc32_combine, whose matrix this is, made into tables
 */
export function crc32Join(first: number, second: number, secondLength: number): number {
  const table = SHIFT_TABLES[secondLength] ?? makeShiftTable(secondLength);
  return (
    table[first & 255]! ^
    table[256 + ((first >>> 8) & 255)]! ^
    table[512 + ((first >>> 16) & 255)]! ^
    table[768 + (first >>> 24)]! ^
    second
  );
}

/** What 2^0 .. 2^31 become behind `length` bytes; every other CRC is a sum of those. */
function shiftedBits(length: number): Int32Array {
  const bits = new Int32Array(32);
  for (let bit = 0; bit < 32; bit++) {
    let crc = 1 << bit;
    for (let i = 0; i < length; i++) crc = (crc >>> 8) ^ TABLE[crc & 255]!;
    bits[bit] = crc;
  }
  return bits;
}

function makeShiftTable(length: number): Int32Array {
  assert(length >= 0 && length <= MAX_JOINED_BYTES, 'joined texts are short');
  const bits = shiftedBits(length);
  const table = new Int32Array(1024);
  for (let byte = 0; byte < 4; byte++) {
    for (let value = 1; value < 256; value++) {
      const lowest = value & -value;
      table[byte * 256 + value] = table[byte * 256 + (value ^ lowest)]! ^ bits[8 * byte + 31 - Math.clz32(lowest)]!;
    }
  }
  SHIFT_TABLES[length] = table;
  return table;
}
