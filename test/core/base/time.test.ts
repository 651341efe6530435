import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compactStamp, isoText, minuteOf, parseIsoMs, parseIsoMsBytes } from '../../../src/core/base/time.ts';

const FIRST = Date.UTC(2000, 0, 1) - 2000 * 365.2425 * 86_400_000;
const anyTime = fc.oneof(
  fc.integer({ min: Math.ceil(FIRST) + 86_400_000 * 2, max: 253_402_300_799_999 }),
  fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 }),
);

describe('printing time', () => {
  it('is what Date prints', () => {
    fc.assert(fc.property(anyTime, (ms) => assert.equal(isoText(ms), new Date(ms).toISOString())));
  });

  it('cuts a fraction of a millisecond towards the past', () => {
    assert.equal(isoText(1723161299999.999), '2024-08-08T23:54:59.999Z');
    assert.equal(isoText(-0.5), '1969-12-31T23:59:59.999Z');
  });

  it('makes a stamp for file names', () => {
    assert.equal(compactStamp(1723161300000), '20240808_235500');
    fc.assert(
      fc.property(anyTime, (ms) => {
        const text = new Date(ms).toISOString();
        assert.equal(compactStamp(ms), `${text.slice(0, 19)}`.replace(/[-:]/g, '').replace('T', '_'));
      }),
    );
  });

  it('never prints a wrong date', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000, -62_167_219_200_001, 1e300]) {
      assert.equal(isoText(bad), 'invalid_time');
      assert.equal(compactStamp(bad), 'invalid_time');
    }
    assert.equal(isoText(-62_167_219_200_000), '0000-01-01T00:00:00.000Z');
  });

  it('floors to the minute, before 1970 too', () => {
    assert.equal(minuteOf(1723161299999.999), 1723161240000);
    assert.equal(minuteOf(-1), -60_000);
    assert.ok(Number.isNaN(minuteOf(Number.NaN)));
  });
});

describe('reading time', () => {
  const valid: readonly [string, number][] = [
    ['2024-08-08T23:55:00Z', 1723161300000],
    ['2024-08-08T23:55:00.5Z', 1723161300500],
    ['2024-08-08T23:55:00.123456Z', 1723161300123.456],
    ['2024-08-08T23:55:00.123456789Z', 1723161300123.456],
    ['2024-08-08T23:59:59.999999999Z', 1723161599999.999],
    ['2024-08-08t23:55:00.000z', 1723161300000],
    ['2024-08-09T01:55:00.000+02:00', 1723161300000],
    ['2024-08-08T18:25:00.000-05:30', 1723161300000],
    ['2024-08-08T23:55:00-00:00', 1723161300000],
    ['2024-02-29T00:00:00Z', 1709164800000],
    ['0000-01-01T00:00:00Z', -62_167_219_200_000],
    ['9999-12-31T23:59:59.999Z', 253_402_300_799_999],
  ];
  for (const [text, ms] of valid) it(`reads ${text}`, () => assert.equal(parseIsoMs(text), ms));

  // biome-ignore format: a table
  const invalid = [
    '', 'Z', '2024-08-08', '2024-08-08T23:55:00', '2024-08-08T23:55:00.Z', '2024-08-08T23:55:00.1234567890Z',
    '2024-08-08 23:55:00Z', '2023-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '2024-13-01T00:00:00Z', '2024-00-01T00:00:00Z',
    '2024-04-31T00:00:00Z', '2024-08-00T00:00:00Z', '2024-08-08T24:00:00Z', '2024-08-08T23:60:00Z', '2024-08-08T23:59:60Z',
    '2024-08-08T23:55:00+0200', '2024-08-08T23:55:00+24:00', '2024-08-08T23:55:00+02:60', '2024-08-08T23:55:00 02:00',
    '2024-08-08T23:55:00ZZ', '2024/08/08T23:55:00Z', '2024-08-08T23.55:00Z', '2024-08-08T23:55:0xZ', '20x4-08-08T23:55:00Z',
    '+024-08-08T23:55:00Z', '２024-08-08T23:55:00Z', '2024-08-08T23:55:00.123456789+00:000',
  ];
  for (const text of invalid) it(`refuses "${text}"`, () => assert.ok(Number.isNaN(parseIsoMs(text))));

  it('reads back what is printed, at any place in a buffer', () => {
    fc.assert(
      fc.property(anyTime, fc.nat(40), (ms, at) => {
        const text = isoText(ms);
        const bytes = new TextEncoder().encode(`${'9'.repeat(at)}${text}9`);
        assert.equal(parseIsoMs(text), ms);
        assert.equal(parseIsoMsBytes(bytes, at, at + text.length), ms);
        assert.ok(Number.isNaN(parseIsoMsBytes(bytes, at, at + text.length + 1)));
      }),
    );
  });

  it('does not read past the buffer, nor throw on any bytes', () => {
    assert.ok(Number.isNaN(parseIsoMsBytes(new TextEncoder().encode('2024-08-08T23:55:00'), 0, 20)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        assert.ok(Number.isNaN(parseIsoMsBytes(bytes, 0, bytes.length)));
      }),
    );
  });

  it('keeps every microsecond apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (micros) => {
        const text = `2024-08-08T23:55:00.${String(micros).padStart(6, '0')}Z`;
        assert.equal(Math.round(parseIsoMs(text) * 1000), 1723161300000_000 + micros);
      }),
    );
  });
});
