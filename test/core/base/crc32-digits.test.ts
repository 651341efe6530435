import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32 } from '../../../src/core/base/crc32.ts';
import { crcChange, crcsOfZeros, digitCount, PART } from '../../../src/core/base/crc32-digits.ts';

const crcOf = (text: string): number => crc32(Buffer.from(text), 0, text.length) | 0;
const partsOf = (value: number): [number, number] => [Math.floor(value / PART), value % PART];

/** Numbers of every length, and those around each power of ten. */
const VALUE = fc.oneof(
  fc.integer({ min: 0, max: 16 }).chain((digits) => fc.nat(2 ** 31 - 1).map((n) => n % 10 ** Math.min(digits, 9))),
  fc.maxSafeInteger().map(Math.abs),
  fc
    .tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: -1, max: 1 }))
    .map(([d, by]) => Math.max(0, 10 ** d + by)),
);

test('a number has as many digits as its text', () => {
  fc.assert(
    fc.property(VALUE, (value) => assert.equal(digitCount(...partsOf(value)), value === 0 ? 0 : `${value}`.length)),
  );
});

test('zeros changed into digits are the CRC of the written text, with zeros and a sign before them', () => {
  fc.assert(
    fc.property(VALUE, fc.integer({ min: 0, max: 3 }), fc.constantFrom('', ':', '.'), (value, more, before) => {
      const digits = value === 0 ? '' : `${value}`;
      const length = digits.length + more;
      const crc = crcsOfZeros(before)[length]! ^ crcChange(...partsOf(value));
      assert.equal(crc, crcOf(before + digits.padStart(length, '0')));
    }),
    { numRuns: 1000 },
  );
});
