/**
 * The CRC-32 of a number's decimal digits, without writing them down: a CRC is a sum of what each byte contributes, so three
 * digits at a time are looked up. Knows integers; signs, points and text between numbers are the caller's.
 */

import { crc32 } from './crc32.ts';

/** Integers come in two parts, because V8 passes 32-bit integers without allocating: `high x PART + low`. */
export const PART = 1e9;
const GROUP = 1000;
/** Of three digits each: 2^53 has sixteen digits. */
const GROUPS = 6;
/** The longest run of zeros that `crcsOfZeros` knows: 18 decimals, and one digit before a point. */
const MAX_ZEROS = 19;
const ZERO = 48;
const POWERS = Int32Array.of(1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9);

/** At `group x 1000 + digits`: how the CRC of a text changes when three zeros in that place, from the end, become these digits. */
const CHANGES = makeChanges();

/**
 * The CRCs of a text with 0, 1, 2 … zeros behind it; signed.
 *
 * @param before - ASCII
 */
export function crcsOfZeros(before: string): Int32Array {
  const text = new Uint8Array(before.length + MAX_ZEROS).fill(ZERO);
  for (let i = 0; i < before.length; i++) text[i] = before.charCodeAt(i);
  return Int32Array.from({ length: MAX_ZEROS + 1 }, (_, count) => crc32(text, 0, before.length + count));
}

/**
 * What a number changes in the CRC of a text that ends in at least as many zeros as it has digits, when it takes their place:
 * `crcsOfZeros('')[digitCount(high, low)] ^ crcChange(high, low)` is the CRC of its digits alone.
 *
 * @param high - `low` 0 to 10^9 - 1; together below 2^53
 */
export function crcChange(high: number, low: number): number {
  const thousands = (low / GROUP) | 0;
  const millions = (thousands / GROUP) | 0;
  const change =
    CHANGES[low - thousands * GROUP]! ^ CHANGES[GROUP + thousands - millions * GROUP]! ^ CHANGES[2 * GROUP + millions]!;
  if (high === 0) return change;
  const highThousands = (high / GROUP) | 0;
  const highMillions = (highThousands / GROUP) | 0;
  return (
    change ^
    CHANGES[3 * GROUP + high - highThousands * GROUP]! ^
    CHANGES[4 * GROUP + highThousands - highMillions * GROUP]! ^
    CHANGES[5 * GROUP + highMillions]!
  );
}

/** How many digits a number has without leading zeros; 0 has none. */
export function digitCount(high: number, low: number): number {
  return high === 0 ? smallDigitCount(low) : 9 + smallDigitCount(high);
}

/** Of at most nine. */
function smallDigitCount(value: number): number {
  // log10(2) is 1233 / 4096, nearly: right, or one too few.
  const count = ((32 - Math.clz32(value)) * 1233) >> 12;
  return value >= POWERS[count]! ? count + 1 : count;
}

function makeChanges(): Int32Array {
  const text = new Uint8Array(GROUPS * 3).fill(ZERO);
  const zeros = crc32(text, 0, text.length);
  /** At `place x 10 + digit`, places from the end. */
  const ofDigit = Int32Array.from({ length: GROUPS * 30 }, (_, i) => {
    const at = text.length - 1 - Math.floor(i / 10);
    text[at] = ZERO + (i % 10);
    const change = crc32(text, 0, text.length) ^ zeros;
    text[at] = ZERO;
    return change;
  });
  return Int32Array.from({ length: GROUPS * GROUP }, (_, i) => {
    const place = Math.floor(i / GROUP) * 30;
    const digits = i % GROUP;
    const tens = Math.floor(digits / 10);
    return (
      ofDigit[place + (digits % 10)]! ^
      ofDigit[place + 10 + (tens % 10)]! ^
      ofDigit[place + 20 + Math.floor(tens / 10)]!
    );
  });
}
