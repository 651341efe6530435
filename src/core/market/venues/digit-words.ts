/** Up to four decimal digits at once, in the bytes of one little-endian word. Every word here was `^`-ed with `0000`: its bytes are the digits. */

/** `0000` as a word: venues pad numbers with zeros. */
export const FOUR_ZEROS = 0x30303030;

/** Added to and or-ed with a word of digits, these leave a bit in the high half of each byte that was none. */
const SIXES = 0x06060606;
const HIGH_HALVES = 0xf0f0f0f0 | 0;

/** Not 0 where one byte is no digit. */
export function straysIn(word: number): number {
  // A carry out of a byte over 0xf9 only reaches those behind it.
  return ((word + SIXES) | word) & HIGH_HALVES;
}

/** How many digits such bytes begin with: 0 to 4. */
export function digitsIn(word: number): number {
  const strays = straysIn(word);
  return strays === 0 ? 4 : (31 - Math.clz32(strays & -strays)) >> 3;
}

/** The number that the first `count` of them write. */
export function numberOf(word: number, count: number): number {
  // Digits first, in the low byte, to `00`.
  return count === 0 ? 0 : fourDigits(word << ((4 - count) << 3));
}

/** The number that all four write: two pairs at once. */
export function fourDigits(word: number): number {
  const pairs = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff;
}
