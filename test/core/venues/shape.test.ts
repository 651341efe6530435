/** Learned shapes: frames that look like one already learned, but which `JSON.parse` would read otherwise. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Twins } from '../../fuzz/support/twins.ts';
import { bytesOf } from '../../support/codec-harness.ts';

const TRADE = '{"e":"trade","E":10,"s":"BTCUSDT","t":7,"p":"61800.10","q":"2.5","T":9,"m":true,"M":true}';
const BBO = '{"u":400900217,"s":"BTCUSDT","b":"61800.10","B":"31.21","a":"61800.20","A":"40.66"}';
const DEPTH = '{"e":"depthUpdate","E":10,"T":9,"s":"BTCUSDT","U":15,"u":20,"pu":14,"b":[["61800.10","2.5"]],"a":[]}';
const OKX_TRADE =
  '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"7","px":"42219.9","sz":"0.12","side":"buy","ts":"1630048897897","count":"3"}]}';
const V1_BOOK = '[0,{"a":[["0.05120","0.00000500","1582905486.493008"]],"c":"974947235"},"book-1000","XBT/USD"]';
const BYBIT =
  '{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1786310818130,"data":{"s":"BTCUSDT","b":[["65095.30","0.005"]],"a":[],"u":15,"seq":9},"cts":1786310818129}';

/** Feeds frames both ways; the last one's outcome and whether the fast path read it. */
function last(venue: string, ...frames: readonly string[]): { outcome: string; isFast: boolean; reason: string } {
  const twins = new Twins(venue);
  let outcome = '';
  let slowBefore = 0;
  for (const frame of frames) {
    slowBefore = twins.fast.codec.slowFrames;
    const bytes = bytesOf(frame);
    outcome = twins.check(bytes, 0, bytes.length);
  }
  return { outcome, isFast: twins.fast.codec.slowFrames === slowBefore, reason: twins.slow.batch.reason };
}

test('a shape is learned from the first message of a stream and reads the next', () => {
  for (const [venue, frame] of [
    ['binance', TRADE],
    ['binance', DEPTH],
    ['okx', OKX_TRADE],
    ['kraken', V1_BOOK],
    ['bybit_linear', BYBIT],
  ] as const) {
    assert.equal(last(venue, frame, frame).isFast, true, frame);
    assert.equal(last(venue, frame).isFast, false, frame);
  }
});

/** [why, venue, what is learned, what comes then]: equal to `JSON.parse`, and not by the fast path. */
const LOOKALIKES: readonly (readonly [string, string, string, string])[] = [
  ['a key twice', 'binance', TRADE, TRADE.replace('"q"', '"p":"1","q"')],
  ['keys in another order', 'binance', TRADE, TRADE.replace('"p":"61800.10","q":"2.5"', '"q":"2.5","p":"61800.10"')],
  ['another symbol', 'binance', TRADE, TRADE.replace('BTCUSDT', 'BTCUSDC')],
  ['a longer symbol', 'binance', TRADE, TRADE.replace('BTCUSDT', 'BTCUSDTX')],
  ['an escape in a constant', 'binance', TRADE, TRADE.replace('BTCUSDT', '\\u0042TCUSDT')],
  ['an escape in a key', 'binance', TRADE, TRADE.replace('"p"', '"\\u0070"')],
  ['an escape in a side', 'okx', OKX_TRADE, OKX_TRADE.replace('"buy"', '"b\\u0075y"')],
  ['a capital side', 'okx', OKX_TRADE, OKX_TRADE.replace('"buy"', '"BUY"')],
  ['a leading zero', 'binance', TRADE, TRADE.replace('"t":7', '"t":07')],
  ['minus zero', 'binance', TRADE, TRADE.replace('"t":7', '"t":-0')],
  ['a fraction for an id', 'binance', TRADE, TRADE.replace('"t":7', '"t":7.0')],
  ['an exponent', 'binance', TRADE, TRADE.replace('"t":7', '"t":7e2')],
  ['an exponent in a price', 'binance', TRADE, TRADE.replace('61800.10', '6e4')],
  ['2^53', 'binance', TRADE, TRADE.replace('"t":7', '"t":9007199254740992')],
  ['2^53 + 1', 'binance', TRADE, TRADE.replace('"t":7', '"t":9007199254740993')],
  ['a number of 40 digits', 'binance', TRADE, TRADE.replace('"t":7', `"t":${'1234567890'.repeat(4)}`)],
  ['more decimals', 'binance', TRADE, TRADE.replace('61800.10', '61800.123')],
  ['a negative price', 'binance', TRADE, TRADE.replace('61800.10', '-61800.10')],
  ['a point without digits', 'binance', TRADE, TRADE.replace('61800.10', '61800.')],
  ['an empty price', 'binance', TRADE, TRADE.replace('61800.10', '')],
  ['a size over 2^53', 'binance', TRADE, TRADE.replace('"2.5"', '"900719925474099.3"')],
  ['a price as a number', 'binance', TRADE, TRADE.replace('"61800.10"', '61800.10')],
  ['a level of one element', 'binance', DEPTH, DEPTH.replace('["61800.10","2.5"]', '["61800.10"]')],
  ['a number as a third element', 'binance', DEPTH, DEPTH.replace('"2.5"]', '"2.5",3]')],
  ['a level that is no array', 'binance', DEPTH, DEPTH.replace('["61800.10","2.5"]', 'null')],
  ['no levels at all', 'binance', DEPTH, DEPTH.replace('"a":[]', '"a":null')],
  ['a space', 'binance', DEPTH, DEPTH.replace('"2.5"]', '"2.5" ]')],
  ['update id 1 of Bybit', 'bybit_linear', BYBIT, BYBIT.replace('"u":15', '"u":1')],
  ['seconds of eleven digits', 'kraken', V1_BOOK, V1_BOOK.replace('1582905486.', '15829054861.')],
  ['seconds without a fraction', 'kraken', V1_BOOK, V1_BOOK.replace('1582905486.493008', '1582905486')],
  ['a space behind the frame', 'binance', TRADE, `${TRADE} `],
  ['a brace behind the frame', 'binance', TRADE, `${TRADE}}`],
  ['another frame behind it', 'binance', TRADE, TRADE + TRADE],
  ['a price of zero in a bbo: an empty side', 'binance', BBO, BBO.replace('61800.10', '0.00')],
  ['a size of zero in a bbo', 'binance', BBO, BBO.replace('31.21', '0.00')],
  [
    'cut at a brace',
    'binance',
    TRADE.replace('"M":true', '"M":true,"z":{"y":1}'),
    '{"e":"trade","E":10,"s":"BTCUSDT","t":7,"p":"61800.10","q":"2.5","T":9,"m":true,"M":true,"z":{"y":1}',
  ],
];

for (const [why, venue, learned, next] of LOOKALIKES) {
  test(`not read as the learned shape: ${why}`, () => {
    assert.notEqual(next, learned);
    assert.equal(last(venue, learned, learned).isFast, true, 'the shape must be known');
    assert.equal(last(venue, learned, learned, next).isFast, false);
  });
}

/** [why, what is learned, what comes then]: read fast, and equal. */
const VARIATIONS: readonly (readonly [string, string, string, string])[] = [
  ['the other side', 'okx', OKX_TRADE, OKX_TRADE.replace('buy', 'sell')],
  ['a capital letter first', 'okx', OKX_TRADE, OKX_TRADE.replace('buy', 'Buy')],
  ['a higher price than any before', 'binance', TRADE, TRADE.replace('61800.10', '70000.10')],
  ['zeros behind', 'binance', TRADE, TRADE.replace('61800.10', '61800.10000000')],
  ['zeros before a price', 'binance', TRADE, TRADE.replace('61800.10', '00061800.1')],
  ['no fraction', 'binance', TRADE, TRADE.replace('61800.10', '61800')],
  ['2^53 - 1', 'binance', TRADE, TRADE.replace('"t":7', '"t":9007199254740991')],
  [
    'an id of 16 digits after one of 16',
    'binance',
    TRADE.replace('"t":7', '"t":1234567890123456'),
    TRADE.replace('"t":7', '"t":1234567890123457'),
  ],
  [
    'an id of 8 digits after one of 16',
    'binance',
    TRADE.replace('"t":7', '"t":1234567890123456'),
    TRADE.replace('"t":7', '"t":12345678'),
  ],
  [
    'an id of 9 digits after one of 16',
    'binance',
    TRADE.replace('"t":7', '"t":1234567890123456'),
    TRADE.replace('"t":7', '"t":123456780'),
  ],
  ['a text as a third element', 'binance', DEPTH, DEPTH.replace('"2.5"]', '"2.5","x"]')],
  ['empty levels', 'binance', DEPTH, DEPTH.replace('["61800.10","2.5"]', '')],
  ['a hundred levels', 'binance', DEPTH, DEPTH.replace('["61800.10","2.5"]', Array(100).fill('["1","1"]').join())],
  ['another type where nobody looks', 'binance', TRADE, TRADE.replace('"M":true', '"M":"x"')],
];

for (const [why, venue, learned, next] of VARIATIONS) {
  test(`read by the learned shape: ${why}`, () => {
    assert.equal(last(venue, learned, learned, next).isFast, true);
  });
}

/** [why, best bids and offers in turn]: a price whose text was seen last is not read again, but it is the same price. */
const REMEMBERED: readonly (readonly [string, ...string[]])[] = [
  ['the same', BBO],
  ['a digit fewer', BBO.replace('61800.10', '61800.1'), BBO],
  ['a digit more', BBO.replace('61800.10', '61800.100'), BBO],
  ['another last digit', BBO.replace('61800.10', '61800.11'), BBO],
  ['one that only begins alike', BBO.replace('61800.10', '61800.1000000000'), BBO, BBO.replace('61800.10', '61800.1')],
  ['more decimals since', DEPTH.replace('61800.10', '61800.105'), BBO, BBO],
  ['a very short one', BBO.replace('61800.10', '1').replace('61800.20', '2'), BBO.replace('61800.10', '1')],
];

for (const [why, ...frames] of REMEMBERED) {
  test(`a remembered price: ${why}`, () => {
    assert.equal(last('binance', BBO, BBO, BBO, ...frames).outcome, 'ticks');
    assert.equal(last('binance', BBO, BBO, BBO, ...frames, ...frames).isFast, true);
  });
}

/** Numbers that stand twice, by a path that reads like the rule's own: equal when learned, different later. */
const TWICE: readonly (readonly [string, string])[] = [
  [TRADE.replace('"M":true', '"data":{"p":"61800.10"}'), '{"p":"61800.10"}'],
  [TRADE.replace('"M":true', '"":{"p":"61800.10"}'), '{"p":"61800.10"}'],
  [TRADE.replace('"M":true', '"data.p":"61800.10"'), '"data.p":"61800.10"'],
  [DEPTH.replace('"a":[]', '"a":[],"data":{"b":[]}'), '{"b":[]}'],
  [`{"stream":"s","data":${TRADE},"p":"61800.10"}`, ',"p":"61800.10"}'],
];

for (const [learned, part] of TWICE) {
  test(`a number that stands twice is not confused with itself: ${part}`, () => {
    const other = part.replace('61800.10', '61800.20').replace('[]', '[["5.00","5"]]');
    assert.equal(last('binance', learned, learned, learned.replace(part, other)).outcome, 'ticks');
  });
}

test('what JavaScript calls by these names is no rule', () => {
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const frame = TRADE.replace('"M":true', `"${key}":1`);
    assert.equal(last('binance', frame, frame).outcome, 'ticks');
  }
});

test('frames as large or deep as one likes cost a slow frame and no exception', () => {
  const wide = (part: string) => TRADE.replace('"M":true', part);
  const objects = '{"a":'.repeat(100_000);
  for (const frame of [
    wide(`"z":${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    wide(`"z":${objects}1${'}'.repeat(100_000)}`),
    wide(`"${'k'.repeat(300_000)}":1`),
    wide(`"X":"MARKET","ps":"${'k'.repeat(300_000)}"`),
    wide(Array.from({ length: 50_000 }, (_, i) => `"k${i}":1`).join()),
    `[${Array(20_000).fill(TRADE).join()}]`,
  ]) {
    assert.equal(last('binance', frame, frame).outcome, 'ticks');
  }
  const fill = '{"T":1,"s":"BTCUSDT","S":"Sell","v":"1","p":"2"}';
  const trades = `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1,"data":[${Array(150_000).fill(fill).join()}]}`;
  assert.equal(last('bybit_linear', trades).outcome, 'ticks');
  const v2 = `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":1.5,"qty":1,"trade_id":1,"timestamp":"2026-08-09T21:26:58Z","z":"${'k'.repeat(12_000_000)}"}]}`;
  assert.equal(last('kraken', v2).outcome, 'ticks');
});

test('a stream that keeps changing shape stops being learned, and its frames stay right', () => {
  const frames = Array.from({ length: 100 }, (_, i) => TRADE.replace('"M":true', `"z${i}":1`));
  assert.equal(last('binance', ...frames, TRADE).outcome, 'ticks');
});
