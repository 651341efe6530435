/** What the codecs' `JSON.parse` paths share: numbers in two passes, strict integers and times, words for reasons. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mantissaNumber, mantissaText } from '../../../src/core/base/decimal.ts';
import { Instrument } from '../../../src/core/market/instrument.ts';
import { Tick, TickBatch, TickKind } from '../../../src/core/market/tick.ts';
import { FrameReader } from '../../../src/core/market/venues/frame-reader.ts';
import { channelWord, parseJson, startTick } from '../../../src/core/market/venues/slow-json.ts';
import { discoveredSpec, VenueSymbols } from '../../../src/core/market/venues/symbol-table.ts';
import { bytesOf, decodeText } from '../../support/codec-harness.ts';

const tools = { symbols: new VenueSymbols(null), decodeText };
const instrumentOf = (priceDecimals = 0, sizeDecimals = 0) =>
  new Instrument(discoveredSpec('test', 'BTC-USD', { priceDecimals, sizeDecimals }), 0);

/** Decimal text with 1 to 6 whole digits and at most `decimals` decimals, zeros at the end included. */
const decimalText = (decimals: number) =>
  fc
    .tuple(fc.nat(999_999), fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: decimals }))
    .map(([whole, fraction]) => (fraction === '' ? `${whole}` : `${whole}.${fraction}`));

test('parseJson reads its part of the bytes, and says why it could not', () => {
  const bytes = bytesOf('xx{"a":1}yy');
  assert.deepEqual(parseJson(tools, bytes, 2, bytes.length - 2), { kind: 'parsed', value: { a: 1 } });
  assert.deepEqual(parseJson(tools, bytes, 0, bytes.length), { kind: 'invalid', reason: 'invalid_json' });
  assert.deepEqual(parseJson(tools, bytes, 0, 0), { kind: 'invalid', reason: 'invalid_json' });
  assert.deepEqual(parseJson(tools, Uint8Array.of(0x22, 0xc0, 0x22), 0, 3), {
    kind: 'invalid',
    reason: 'invalid_utf8',
  });
  const deep = bytesOf('['.repeat(100_000));
  assert.deepEqual(parseJson(tools, deep, 0, deep.length), { kind: 'invalid', reason: 'invalid_json' });
});

test('levels keep the value of their texts, at the decimals that the whole frame needs', () => {
  const rows = fc.array(fc.tuple(decimalText(4), decimalText(8)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(rows, (levels) => {
      const [reader, batch, instrument] = [new FrameReader(), new TickBatch(), instrumentOf()];
      reader.begin();
      reader.learnLevels(instrument, levels);
      assert.ok(reader.commit(), reader.fault);
      reader.pushLevels(batch, instrument, levels);
      const significant = (text: string) =>
        text.includes('.') ? (text.replace(/\.?0*$/, '').split('.')[1]?.length ?? 0) : 0;
      assert.equal(instrument.priceDecimals, Math.max(...levels.map(([price]) => significant(price))));
      assert.equal(instrument.sizeDecimals, Math.max(...levels.map(([, size]) => significant(size))));
      for (const [i, [price, size]] of levels.entries()) {
        assert.equal(mantissaNumber(batch.levelPrices[i]!, instrument.priceDecimals), Number(price));
        assert.equal(mantissaNumber(batch.levelSizes[i]!, instrument.sizeDecimals), Number(size));
      }
    }),
  );
});

test('decimals never shrink', () => {
  const [reader, instrument] = [new FrameReader(), instrumentOf(2, 8)];
  reader.begin();
  reader.learn(instrument, '61', '2.5');
  assert.ok(reader.commit());
  assert.deepEqual([reader.price(instrument, '61'), reader.size(instrument, '2.5')], [6100, 250_000_000]);
});

test('a frame with anything wrong leaves the decimals as they were', () => {
  const rows: readonly [unknown, unknown, string][] = [
    ['', '1', 'bad_number'],
    ['1', '', 'bad_number'],
    [' 1', '1', 'bad_number'],
    ['1.', '1', 'bad_number'],
    ['.5', '1', 'bad_number'],
    ['1e5', '1', 'bad_number'],
    ['+1', '1', 'bad_number'],
    ['-1', '1', 'bad_number'],
    ['1,5', '1', 'bad_number'],
    ['１', '1', 'bad_number'],
    [1.5, '1', 'bad_number'],
    [null, '1', 'bad_number'],
    ['9'.repeat(41), '1', 'bad_number'],
    ['1', '9'.repeat(400), 'bad_number'],
    ['0.1234567890123456789', '1', 'too_many_decimals'],
    ['1', '0.1234567890123456789', 'too_many_decimals'],
    ['9007199254740992', '1', 'price_out_of_range'],
    ['9007199254740.992', '1', 'price_out_of_range'],
  ];
  for (const [price, size, fault] of rows) {
    const [reader, instrument] = [new FrameReader(), instrumentOf()];
    reader.begin();
    reader.learn(instrument, '1.2345', '1.23');
    reader.learn(instrument, price, size);
    assert.equal(reader.commit(), false);
    assert.equal(reader.fault, fault, `${price} ${size}`);
    assert.deepEqual([instrument.priceDecimals, instrument.sizeDecimals], [0, 0]);
  }
});

test('zeros at the end are not decimals, however many', () => {
  const [reader, instrument] = [new FrameReader(), instrumentOf()];
  reader.begin();
  reader.learn(instrument, `61.5${'0'.repeat(30)}`, '2.000');
  assert.ok(reader.commit());
  assert.deepEqual([instrument.priceDecimals, instrument.sizeDecimals], [1, 0]);
});

test('the first fault stays, and the next frame starts without it', () => {
  const reader = new FrameReader();
  reader.begin();
  reader.integer(-1);
  reader.symbol(7);
  assert.equal(reader.fault, 'unsafe_integer');
  reader.begin();
  assert.ok(reader.commit());
});

test('a size over 2^53 is rounded, and its text is kept beside a level', () => {
  const [reader, batch, instrument] = [new FrameReader(), new TickBatch(), instrumentOf(0, 2)];
  const rows = [
    ['7', '1.25'],
    ['8', '123456789012345678901.5'],
  ];
  reader.begin();
  reader.learnLevels(instrument, rows);
  assert.ok(reader.commit());
  reader.pushLevels(batch, instrument, rows);
  assert.deepEqual([...batch.levelSizes.subarray(0, 2)], [125, Number('12345678901234567890150')]);
  assert.deepEqual(batch.oddSizes, [{ level: 1, text: '123456789012345678901.5' }]);
  assert.equal(mantissaText(batch.levelPrices[1]!, 0), '8');
});

test('integers, times, numbers and symbols are read strictly', () => {
  const faultOf = (read: (reader: FrameReader) => unknown) => {
    const reader = new FrameReader();
    reader.begin();
    read(reader);
    return reader.fault;
  };
  for (const value of [-1, 1.5, 2 ** 53, '7', null, undefined, true, Number.NaN]) {
    assert.equal(
      faultOf((reader) => reader.integer(value)),
      'unsafe_integer',
    );
  }
  for (const value of [7, '', '-7', '7.0', '9007199254740992', '00000000000000001', '7e3', null]) {
    assert.equal(
      faultOf((reader) => reader.integerText(value)),
      'unsafe_integer',
    );
  }
  for (const value of ['2024-13-01T00:00:00Z', 'now', 7, null])
    assert.equal(
      faultOf((reader) => reader.isoTime(value)),
      'bad_time',
    );
  for (const value of ['1e5', '--1', 'NaN', 5, '9'.repeat(400)]) {
    assert.equal(
      faultOf((reader) => reader.optionalNumber(value)),
      'bad_number',
    );
  }
  for (const value of ['', 'A B', 'A\n', 'Ä', 'A'.repeat(65), 7])
    assert.equal(
      faultOf((reader) => reader.symbol(value)),
      'bad_symbol',
    );
  const reader = new FrameReader();
  assert.deepEqual(
    [reader.integer(0), reader.integer(2 ** 53 - 1), reader.integerText('1630048897897')],
    [0, 2 ** 53 - 1, 1630048897897],
  );
  assert.deepEqual([reader.optionalNumber('-0.0001'), reader.optionalNumber('')], [-0.0001, Number.NaN]);
  assert.deepEqual(
    [reader.symbol('XBT/USD'), reader.isoTime('2021-04-17T16:43:30.244075Z')],
    ['XBT/USD', 1618677810244.075],
  );
  assert.equal(reader.fault, '');
});

test('a side of a bbo without a price, or with the price 0, is empty', () => {
  const [reader, tick] = [new FrameReader(), new Tick()];
  tick.instrument = instrumentOf(1, 0);
  for (const absent of [undefined, null, '', '0', '0.00']) {
    reader.begin();
    reader.learnBbo(tick.instrument, absent, '3', '7.5', undefined);
    assert.ok(reader.commit());
    reader.setBbo(tick, absent, '3', '7.5', undefined);
    assert.deepEqual(
      [tick.bidPrice, tick.bidSize, tick.askPrice, tick.askSize],
      [Number.NaN, Number.NaN, 75, Number.NaN],
    );
  }
});

test('a tick begins without leftovers of the one before', () => {
  const batch = new TickBatch();
  const instrument = instrumentOf();
  for (const kind of Object.values(TickKind)) {
    batch.clear();
    const used = batch.next();
    for (const key of Object.keys(used) as (keyof Tick)[])
      if (typeof used[key] === 'number') (used[key] as number) = 99;
    used.isSnapshot = used.isIdSequential = used.isOffMarket = true;
    batch.clear();
    const tick = startTick(batch, kind, instrument, 'c');
    const optional: Record<TickKind, readonly unknown[]> = {
      [TickKind.trade]: [tick.tradeId, tick.isSnapshot, tick.isIdSequential, tick.isOffMarket],
      [TickKind.liquidation]: [tick.tradeId, tick.isSnapshot, tick.isIdSequential, tick.isOffMarket],
      [TickKind.bbo]: [tick.firstId, tick.lastId, tick.previousId],
      [TickKind.depthSnapshot]: [tick.firstId, tick.lastId, tick.previousId, tick.checksum],
      [TickKind.depthDelta]: [tick.firstId, tick.lastId, tick.previousId, tick.checksum],
      [TickKind.ticker]: [tick.markPrice, tick.indexPrice, tick.fundingRate, tick.nextFundingTimeMs, tick.openInterest],
    };
    assert.ok([tick.eventTimeMs, ...optional[kind]].every((value) => value === false || Number.isNaN(value)));
  }
});

test('channel words are lower snake case and short, whatever came', () => {
  const rows: readonly [unknown, string][] = [
    ['kline', 'kline'],
    ['allLiquidation', 'all_liquidation'],
    ['books-l2-tbt', 'books-l2-tbt'],
    ['Book L2!', 'book_l2_'],
    ['', 'none'],
    [undefined, 'none'],
    [7, 'none'],
    ['a'.repeat(1000), 'a'.repeat(32)],
  ];
  for (const [value, word] of rows) assert.equal(channelWord(value), word);
  fc.assert(
    fc.property(
      fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
      (value) => assert.match(channelWord(value), /^[a-z0-9_-]{1,32}$/),
    ),
  );
});
