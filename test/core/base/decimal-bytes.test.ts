import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { POW10, shortestMantissaText } from '../../../src/core/base/decimal.ts';
import { MAX_DECIMAL_BYTES, writeDecimal } from '../../../src/core/base/decimal-bytes.ts';

const MANTISSA = fc.oneof(
  fc.maxSafeInteger().map(Math.abs),
  fc.nat(),
  fc.tuple(fc.nat(999), fc.integer({ min: 0, max: 12 })).map(([digits, zeros]) => digits * POW10[zeros]!),
);

test('the bytes are those of the text, wherever they are written', () => {
  fc.assert(
    fc.property(MANTISSA, fc.integer({ min: 0, max: 18 }), fc.nat(20), (mantissa, decimals, at) => {
      const bytes = new Uint8Array(at + MAX_DECIMAL_BYTES);
      const end = writeDecimal(bytes, at, mantissa, decimals);
      assert.equal(Buffer.from(bytes.subarray(at, end)).toString('latin1'), shortestMantissaText(mantissa, decimals));
    }),
    { numRuns: 1000 },
  );
});
