/** The byte reader against BigInt and strings: what it accepts is exact, and it accepts what venues send. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Instrument } from '../../../src/core/market/instrument.ts';
import { TickBatch } from '../../../src/core/market/tick.ts';
import { LevelReader } from '../../../src/core/market/venues/level-reader.ts';
import { discoveredSpec } from '../../../src/core/market/venues/symbol-table.ts';
import { bytesOf } from '../../support/codec-harness.ts';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const SLOT = 3;
/** Stands behind the value: as long as what is read at once, so that it may be. */
const BEHIND = '"as far as any word is read"}';
/** What must be left of a frame after the value that `readerOf` was given with a comma. */
const REST = `,${BEHIND}`;

/** Opens a reader on `text` inside a larger buffer, between digits. */
function readerOf(text: string, skipsZeros = true): LevelReader {
  const reader = new LevelReader(skipsZeros);
  const bytes = bytesOf(`98765${text}${BEHIND}43210`);
  assert.ok(reader.open(bytes, 5, bytes.length - 5), text);
  return reader;
}

/** What stands after the number that was read; null when it was refused. */
function rest(reader: LevelReader, isRead: boolean): string | null {
  return isRead ? Buffer.from(reader.bytes.subarray(reader.at, reader.end)).toString('latin1') : null;
}

const digits = (max: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max });
const decimals = fc.integer({ min: 0, max: 18 });
/** As Binance writes them: all decimals of the instrument, or eight. */
const paddedText = fc
  .tuple(digits(9), digits(8), fc.constantFrom(0, 8))
  .map(([whole, fraction, padded]) => `${whole}.${fraction.padEnd(padded, '0')}`);
/** Digits with at most one point, and things that only look so. */
const numberText = fc.oneof(
  paddedText,
  digits(20),
  fc.tuple(digits(12), digits(20)).map(([whole, fraction]) => `${whole}.${fraction}`),
  fc
    .tuple(digits(4), digits(6), fc.integer({ min: 0, max: 12 }))
    .map(([whole, fraction, zeros]) => `${whole}.${fraction}${'0'.repeat(zeros)}`),
  fc.constantFrom(
    '',
    '.',
    '.5',
    '5.',
    '-1',
    '+1',
    '1e5',
    '1.5e3',
    '0x1',
    '1 ',
    ' 1',
    '1.2.3',
    '9007199254740991',
    '9007199254740992',
  ),
);

/** `text x 10^decimals` by BigInt; null when it is no plain decimal or not an integer below 2^53. */
function mantissaByBigInt(text: string, places: number): bigint | null {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return null;
  const fraction = match[2] ?? '';
  if (/[1-9]/.test(fraction.slice(places))) return null;
  const mantissa = BigInt(match[1]! + fraction.slice(0, places).padEnd(places, '0'));
  return mantissa <= MAX_SAFE ? mantissa : null;
}

/** Whole digits beyond nine are left to the slow path, so more may be refused than must be. */
const mustRead = (text: string) => text.split('.')[0]!.length <= 9;

test('decimal: exact at 0 to 18 decimals, or refused', () => {
  fc.assert(
    fc.property(numberText, decimals, (text, places) => {
      const reader = readerOf(`${text},`);
      const left = rest(reader, reader.decimal(SLOT, places));
      const expected = mantissaByBigInt(text, places);
      if (left === REST) assert.equal(BigInt(reader.values[SLOT]!), expected, text);
      else assert.ok(expected === null || !mustRead(text), `${text} at ${places} must be read`);
    }),
    { numRuns: 20_000 },
  );
});

test('quotedDecimal and bareDecimal: the same number in their own dress', () => {
  fc.assert(
    fc.property(numberText, decimals, (text, places) => {
      const quoted = readerOf(`"${text}",`);
      const expected = mantissaByBigInt(text, places);
      if (quoted.quotedDecimal(SLOT, places)) assert.equal(BigInt(quoted.values[SLOT]!), expected, text);
      else assert.ok(expected === null || !mustRead(text), text);
      const bare = readerOf(`${text},`);
      const isJson = /^(0|[1-9]\d*)(\.\d+)?$/.test(text);
      if (rest(bare, bare.bareDecimal(SLOT, places)) === REST) {
        assert.ok(isJson, `${text} is no JSON number`);
        assert.equal(BigInt(bare.values[SLOT]!), expected, text);
      }
    }),
    { numRuns: 10_000 },
  );
});

test('decimal, where zeros count: more decimals than the instrument has are refused, zeros or not', () => {
  assert.equal(rest(readerOf('1.500,', false), readerOf('1.500,', false).decimal(SLOT, 3)) !== null, true);
  const reader = readerOf('1.5000,', false);
  assert.notEqual(rest(reader, reader.decimal(SLOT, 3)), REST);
  const whole = readerOf('5.0,', false);
  assert.notEqual(rest(whole, whole.decimal(SLOT, 0)), REST);
});

test('integer: JSON integers to 2^53 - 1, nothing else', () => {
  const text = fc.oneof(digits(20), fc.bigInt({ min: MAX_SAFE - 5n, max: MAX_SAFE + 5n }).map(String), numberText);
  fc.assert(
    fc.property(text, (text) => {
      const reader = readerOf(`${text},`);
      const left = rest(reader, reader.integer(SLOT));
      const isSafe = /^(0|[1-9]\d*)$/.test(text) && BigInt(text) <= MAX_SAFE;
      assert.equal(left === REST, isSafe, text);
      if (isSafe) assert.equal(BigInt(reader.values[SLOT]!), BigInt(text));
    }),
    { numRuns: 20_000 },
  );
});

test('restOfInteger: the same integer when its first eight digits are known', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 10_000_000n, max: MAX_SAFE * 12n }).map(String), (text) => {
      const reader = readerOf(`${text},`);
      const left = rest(reader, reader.restOfInteger(SLOT, Number(text.slice(0, 8))));
      assert.equal(left === REST, BigInt(text) <= MAX_SAFE, text);
      if (left === REST) assert.equal(BigInt(reader.values[SLOT]!), BigInt(text));
    }),
    { numRuns: 10_000 },
  );
});

test('signedInteger: minus zero and double signs are refused', () => {
  for (const [text, value] of [
    ['-5', -5],
    ['5', 5],
    ['0', 0],
    ['-9007199254740991', -9007199254740991],
    ['-0', null],
    ['--5', null],
    ['-', null],
    ['-05', null],
    ['-9007199254740992', null],
  ] as const) {
    const reader = readerOf(`${text},`);
    const isRead = reader.signedInteger(SLOT);
    assert.equal(isRead ? reader.values[SLOT] : null, value, text);
  }
});

test('side and boolean: the whole word or nothing', () => {
  const side = (text: string) => {
    const reader = readerOf(text);
    return reader.side(SLOT) ? reader.values[SLOT] : 0;
  };
  assert.deepEqual(['"buy",', '"Buy",', '"sell",', '"Sell",'].map(side), [1, 1, -1, -1]);
  assert.deepEqual(
    ['"BUY",', '"buys",', '"bu",', 'buy,', '"sel",', '"sells",', '"\\u0062uy",'].map(side),
    Array(7).fill(0),
  );
  const boolean = (text: string) => readerOf(text).boolean();
  assert.deepEqual(['true,', 'false,', 'tru,,', 'True,', '1,,,,', '"true",'].map(boolean), [1, 0, -1, -1, -1, -1]);
});

const level = fc.tuple(
  numberText,
  numberText,
  fc.array(fc.constantFrom('0', '4', 'r', '1617666423.690142'), { maxLength: 2 }),
);
const INVALID = fc.constantFrom(
  '[]',
  '["1"]',
  '["1","2"',
  '[1,"2"]',
  '["1",2]',
  '["1","2",3]',
  '["1" ,"2"]',
  'null',
  '{}',
);

/** An instrument of these decimals. */
function instrumentOf(price: number, size: number): Instrument {
  return new Instrument(discoveredSpec('test', 'X', { priceDecimals: price, sizeDecimals: size }), 0);
}

test('levels: every level exact and in order, or the frame is refused', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 12, arbitrary: level }, INVALID), { maxLength: 6 }),
      decimals,
      decimals,
      (rows, priceDecimals, sizeDecimals) => {
        const text = rows
          .map((row) => (typeof row === 'string' ? row : `["${[row[0], row[1], ...row[2]].join('","')}"]`))
          .join();
        const reader = readerOf(`[${text}],"x":["9","9"]`);
        const batch = new TickBatch(1);
        const isRead = reader.levels(batch, instrumentOf(priceDecimals, sizeDecimals), -1);
        const expected = rows.map((row) =>
          typeof row === 'string'
            ? null
            : [mantissaByBigInt(row[0], priceDecimals), mantissaByBigInt(row[1], sizeDecimals)],
        );
        const isSound = expected.every((pair) => pair !== null && pair[0] !== null && pair[1] !== null);
        if (isRead) {
          assert.equal(rest(reader, true), `,"x":["9","9"]${BEHIND}`);
          assert.equal(isSound, true, text);
          const found = Array.from({ length: batch.levelCount }, (_, i) => [
            BigInt(batch.levelPrices[i]!),
            BigInt(batch.levelSizes[i]!),
          ]);
          assert.deepEqual(found, expected);
        } else {
          const must = rows.every((row) => typeof row !== 'string' && mustRead(row[0]) && mustRead(row[1]));
          assert.ok(!isSound || !must, `${text} must be read`);
        }
      },
    ),
    { numRuns: 20_000 },
  );
});

/** A number as liquid markets send it, with so many decimals, padded or not, or one character off that. */
const plainNumber = (wholeDigits: number, places: number) => {
  const digitsOf = (most: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: most });
  const fraction = places === 0 ? fc.constantFrom('', '0') : digitsOf(places);
  const plain = fc
    .tuple(digitsOf(wholeDigits), fraction, fc.constantFrom(0, 8, places))
    .map(([whole, fraction, width]) => (fraction === '' ? whole : `${whole}.${fraction.padEnd(width, '0')}`));
  const spoilt = fc
    .tuple(plain, fc.nat(), fc.constantFrom('x', '.', '/', ':', ' ', '-', '1', '"', ''))
    .map(([text, at, other]) => text.slice(0, at % text.length) + other + text.slice((at % text.length) + 1));
  return fc.oneof({ weight: 5, arbitrary: plain }, { weight: 2, arbitrary: spoilt });
};

test('levels as liquid markets send them: exact, or refused with whatever is one character off', () => {
  const places = fc.integer({ min: 0, max: 8 });
  const wanted = fc.tuple(places, places).chain(([price, size]) =>
    fc.record({
      price: fc.constant(price),
      size: fc.constant(size),
      rows: fc.array(fc.tuple(plainNumber(7, price), plainNumber(7, size)), { minLength: 1, maxLength: 3 }),
      // Digits and quotes: what follows a frame in its buffer is never a number's of it. And a frame at the end of its buffer.
      behind: fc.constantFrom(']', '],"behind":"0000000000"}', ']0.00000000","', ']"', ']00000000"],["'),
      after: fc.constantFrom('', '0000000000000000000000', '00000000"],["1.00000000","1.00000000"]]'),
    }),
  );
  fc.assert(
    fc.property(wanted, ({ price, size, rows, behind, after }) => {
      const text = JSON.stringify(rows).replaceAll('\\', '');
      const reader = new LevelReader();
      const to = text.length + behind.search(/[}\]]/) + 1;
      assert.ok(reader.open(bytesOf(text + behind + after), 0, to));
      const batch = new TickBatch(1);
      const isRead = reader.levels(batch, instrumentOf(price, size), -1);
      const expected = rows.map(([a, b]) => [mantissaByBigInt(a, price), mantissaByBigInt(b, size)]);
      const isSound = expected.flat().every((value) => value !== null);
      if (!isRead) return assert.ok(!isSound || !rows.flat().every(mustRead), `${text} must be read`);
      assert.ok(isSound, text);
      const found = rows.map((_, i) => [BigInt(batch.levelPrices[i]!), BigInt(batch.levelSizes[i]!)]);
      assert.deepEqual(found, expected, text);
    }),
    { numRuns: 30_000 },
  );
});

test('levels never write beyond their room, and never read on behind the frame unnoticed', () => {
  const bytes = bytesOf(`[["1","1"],["2","2"]],["3","3"],["4","4"]]`);
  const reader = new LevelReader();
  const end = '[["1","1"],["2","2"]'.length;
  assert.ok(reader.open(bytes, 0, end));
  const batch = new TickBatch(1);
  if (reader.levels(batch, instrumentOf(0, 0), -1)) assert.ok(reader.at > end, 'the caller sees that it ran over');
});

test('objectLevels, and levels with times: read what Kraken sends, in exact decimals', () => {
  const v2 = readerOf('[{"price":45285.2,"qty":0.00100000},{"price":0.5,"qty":7}],', false);
  const batch = new TickBatch(1);
  assert.ok(v2.objectLevels(batch, instrumentOf(1, 8)));
  assert.deepEqual(
    [...batch.levelPrices.subarray(0, 2), ...batch.levelSizes.subarray(0, 2)],
    [452852, 5, 100000, 700000000],
  );
  for (const bad of [
    '[{"qty":1,"price":2}],',
    '[{"price":"1","qty":2}],',
    '[{"price":01,"qty":2}],',
    '[{"price":1,"qty":2,"x":3}],',
  ]) {
    assert.equal(readerOf(bad, false).objectLevels(new TickBatch(), instrumentOf(1, 8)), false, bad);
  }
  const v1 = readerOf('[["0.05","1.5","1617666423.690142","r"],["0.06","2.5","1617666423.690141"]],', false);
  v1.values[SLOT] = Number.NaN;
  assert.ok(v1.levels(new TickBatch(), instrumentOf(2, 1), SLOT));
  assert.equal(v1.values[SLOT], 1617666423690.142);
  assert.equal(readerOf('[],', false).levels(new TickBatch(), instrumentOf(0, 0), SLOT), false, 'no level, no time');
  assert.equal(readerOf('[["1","1"]],', false).levels(new TickBatch(), instrumentOf(0, 0), SLOT), false);
  for (const time of [
    '16176664231.690142',
    '1617666423',
    '1617666423.69014',
    '1617666423.6901420',
    '1617666423.69014x',
    '16176664x3.690142',
    'x617666423.690142',
    '01617666423.690142',
    '-1.000000',
  ]) {
    assert.equal(
      readerOf(`[["1","1","${time}"]],`, false).levels(new TickBatch(), instrumentOf(0, 0), SLOT),
      false,
      time,
    );
  }
});

test('skipScalar: any scalar without escapes, of any length', () => {
  for (const text of ['"x"', 'true', 'false', '0', '-1.5', '123456789012345678901234567890.5', '""']) {
    const reader = readerOf(`${text},`);
    assert.equal(rest(reader, reader.skipScalar()), REST, text);
  }
  for (const text of ['"\\u0031"', '01', '-', '1.', '"é"', '"\u0001"', 'nul']) {
    const reader = readerOf(`${text},`);
    assert.notEqual(rest(reader, reader.skipScalar()), REST, text);
  }
});

test('a frame must end in a bracket, or nothing is read of it', () => {
  const reader = new LevelReader();
  for (const text of ['', '{', '{"a":1', '"text"', '{}', '[[1]']) {
    const bytes = bytesOf(text);
    assert.equal(reader.open(bytes, 0, bytes.length), text === '[[1]', text);
  }
});
