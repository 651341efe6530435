import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decimalsOf,
  isPlainDecimal,
  MAX_DECIMALS,
  mantissaNumber,
  mantissaOf,
  mantissaText,
  numberText,
  POW10,
  plainDecimalsOf,
  shortestMantissaText,
  significantDecimalsOf,
} from '../../../src/core/base/decimal.ts';

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0001234567899'), minLength: min, maxLength: max });
/** `61.50`, `007`, `0.00000001`: up to 17 digits before the point, up to 20 behind. */
const TEXT = fc
  .tuple(digits(1, 17), fc.option(digits(1, 20), { nil: null }))
  .map(([whole, fraction]) => (fraction === null ? whole : `${whole}.${fraction}`));
const ANY_TEXT = fc.oneof(TEXT, fc.string({ unit: fc.constantFrom(...'0019.-+eE '), maxLength: 8 }));
const DECIMALS = fc.integer({ min: 0, max: MAX_DECIMALS });

/** The mantissa by BigInt alone; null where it is no exact integer below 2^53. */
function exactMantissa(text: string, decimals: number): bigint | null {
  const [whole = '', fraction = ''] = text.split('.');
  const scaled = BigInt(whole + fraction) * 10n ** BigInt(decimals);
  const divisor = 10n ** BigInt(fraction.length);
  const mantissa = scaled / divisor;
  return scaled % divisor === 0n && mantissa < 2n ** 53n ? mantissa : null;
}

test('the powers of ten are exact', () => {
  for (const [i, power] of POW10.entries()) assert.equal(BigInt(power), 10n ** BigInt(i));
  assert.ok(POW10.length > MAX_DECIMALS, 'there is one for every count of decimals');
});

test('mantissaOf equals exact arithmetic, or says NaN', () => {
  fc.assert(
    fc.property(TEXT, DECIMALS, (text, decimals) => {
      const exact = exactMantissa(text, decimals);
      assert.equal(mantissaOf(text, decimals), exact === null ? Number.NaN : Number(exact));
    }),
    { numRuns: 2_000 },
  );
});

test('mantissaOf at its limits', () => {
  for (const [text, decimals, expected] of [
    ['9007199254740991', 0, 9007199254740991],
    ['9007199254740992', 0, Number.NaN],
    ['9007199254740993', 0, Number.NaN],
    ['90071992547409.91', 2, 9007199254740991],
    ['90071992547409.92', 2, Number.NaN],
    ['61.50', 1, 615],
    ['61.50', 0, Number.NaN],
    ['61.00', 0, 61],
    ['0.00', 0, 0],
    ['0.000000000000000001', 18, 1],
    ['1.10000000000000000000000000', 1, 11],
  ] as const) {
    assert.equal(mantissaOf(text, decimals), expected, `${text} at ${decimals}`);
  }
});

test('text and mantissa, there and back', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger().map(Math.abs), DECIMALS, (mantissa, decimals) => {
      const full = mantissaText(mantissa, decimals);
      assert.equal(decimalsOf(full), decimals);
      assert.equal(mantissaOf(full, decimals), mantissa);
      const short = shortestMantissaText(mantissa, decimals);
      assert.equal(mantissaOf(short, decimals), mantissa);
      assert.equal(short, decimals === 0 ? full : full.replace(/\.?0+$/, ''));
      assert.ok(isPlainDecimal(full) && isPlainDecimal(short), `${full} ${short}`);
      assert.equal(mantissaText(-mantissa, decimals), mantissa === 0 ? full : `-${full}`);
    }),
  );
});

test('a mantissa as a double is the double of its text', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger().map(Math.abs), DECIMALS, (mantissa, decimals) => {
      assert.equal(mantissaNumber(mantissa, decimals), Number(mantissaText(mantissa, decimals)));
    }),
    { numRuns: 1_000 },
  );
});

test('decimals are counted with and without the zeros at the end', () => {
  for (const [text, wire, significant] of [
    ['61.50', 2, 1],
    ['61.00', 2, 0],
    ['7', 0, 0],
    ['100', 0, 0],
    ['0.10', 2, 1],
    ['0.00000001', 8, 8],
  ] as const) {
    assert.deepEqual([decimalsOf(text), significantDecimalsOf(text)], [wire, significant], text);
  }
});

test('plainDecimalsOf checks and counts as the plain functions do', () => {
  fc.assert(
    fc.property(ANY_TEXT, fc.integer({ min: 1, max: 20 }), (text, maxWholeDigits) => {
      const whole = text.split('.')[0]!;
      const isFit = isPlainDecimal(text) && whole.length <= maxWholeDigits;
      assert.equal(plainDecimalsOf(text, 'wire', maxWholeDigits), isFit ? decimalsOf(text) : -1);
      assert.equal(plainDecimalsOf(text, 'significant', maxWholeDigits), isFit ? significantDecimalsOf(text) : -1);
    }),
    { numRuns: 1_000 },
  );
});

test('plain decimals have digits on both sides of the point and nothing else', () => {
  for (const text of ['0', '007', '1.5', '0.0']) assert.ok(isPlainDecimal(text), text);
  for (const text of ['', '.', '1.', '.5', '1.2.3', '-1', '+1', '1e5', ' 1', '1\n', '１', 'NaN']) {
    assert.ok(!isPlainDecimal(text), JSON.stringify(text));
  }
});

test('numberText reads back as the same double and never has an exponent', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = numberText(value)!;
      assert.equal(Number(text), value === 0 ? 0 : value, text);
      assert.match(text, /^-?[0-9]+(?:\.[0-9]+)?$/);
    }),
    { numRuns: 2_000 },
  );
});

test('numberText of what is printed most, and of what is not a number', () => {
  for (const [value, text] of [
    [0, '0'],
    [-0, '0'],
    [0.1 + 0.2, '0.30000000000000004'],
    [1.5e-7, '0.00000015'],
    [-1.5e-7, '-0.00000015'],
    [1.5e22, '15000000000000000000000'],
    [1e21, '1000000000000000000000'],
    [5e-324, `0.${'0'.repeat(323)}5`],
    [null, null],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
  ] as const) {
    assert.equal(numberText(value), text);
  }
});
