/** Spoils messages: cut, scrambled, bloated, or with a wrong checksum. Knows no protocol beyond a checksum's name. */

import type { Prng } from '../../../core/base/prng.ts';

const NOISE = [
  '',
  '}',
  'null',
  '[]',
  '{"',
  '<html><body>502 Bad Gateway</body></html>',
  '\u0000\u0001\u0002',
  '{"a":1e999}',
];

/** A message that is none: noise, or the message cut short or with a byte of it replaced. */
export function garbled(text: string, prng: Prng): string {
  const at = prng.int(Math.max(1, text.length));
  switch (prng.int(3)) {
    case 0:
      return prng.pick(NOISE);
    case 1:
      return text.slice(0, at);
    default:
      return `${text.slice(0, at)}#${text.slice(at + 1)}`;
  }
}

/** A valid message of about so many bytes that nobody asked for. */
export function oversized(bytes: number): string {
  return `{"channel":"padding","padding":"${'x'.repeat(Math.max(0, bytes - 34))}"}`;
}

/** The checksum plus one; Kraken's wraps at 2^32. A message without one stays as it is. */
export function withWrongChecksum(text: string): string {
  return text.replace(
    /"checksum":(-?\d+)/,
    (_, digits: string) => `"checksum":${(Number(digits) + 1) % 4_294_967_296}`,
  );
}
