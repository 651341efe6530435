/** Learned shapes: frames that look like one already learned, but which `JSON.parse` would read otherwise. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Instrument } from '../../../src/core/market/instrument.ts';
import { type Tick, TickBatch, TickKind } from '../../../src/core/market/tick.ts';
import { ShapeCache } from '../../../src/core/market/venues/shape-cache.ts';
import type { FieldRules } from '../../../src/core/market/venues/shape-rules.ts';
import { startTick } from '../../../src/core/market/venues/slow-json.ts';
import { discoveredSpec } from '../../../src/core/market/venues/symbol-table.ts';
import { Twins } from '../../fuzz/support/twins.ts';
import { bytesOf } from '../../support/codec-harness.ts';

const TRADE = '{"e":"trade","E":10,"s":"BTCUSDT","t":7,"p":"61800.10","q":"2.5","T":9,"m":true,"M":true}';
const BBO = '{"u":400900217,"s":"BTCUSDT","b":"61800.10","B":"31.21","a":"61800.20","A":"40.66"}';
const DEPTH = '{"e":"depthUpdate","E":10,"T":9,"s":"BTCUSDT","U":15,"u":20,"pu":14,"b":[["61800.10","2.5"]],"a":[]}';
const OKX_TRADE =
  '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"7","px":"42219.9","sz":"0.12","side":"buy","ts":"1630048897897","count":"3"}]}';
const OKX_MARK =
  '{"arg":{"channel":"mark-price","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","instType":"SWAP","markPx":"42310.6","ts":"1630048897897"}]}';
const OKX_INDEX =
  '{"arg":{"channel":"index-tickers","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","idxPx":"0.1","high24h":"0.5","low24h":"0.1","open24h":"0.1","sodUtc0":"0.1","sodUtc8":"0.1","ts":"1630048897897"}]}';
const OKX_INTEREST =
  '{"arg":{"channel":"open-interest","instId":"BTC-USDT-SWAP"},"data":[{"instType":"SWAP","instId":"BTC-USDT-SWAP","oi":"2216113.01","oiCcy":"22161.1301","oiUsd":"9.5","ts":"1630048897897"}]}';
const MARK =
  '{"e":"markPriceUpdate","E":10,"s":"BTCUSDT","p":"11794.15","i":"11784.62659091","P":"11784.25641265","r":"-0.00038167","T":15}';
const V2_TICKER =
  '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":105944.1,"bid_qty":1.50000000,"ask":105944.2,"ask_qty":0.25000000,"last":105944.2,"change":-12.5,"timestamp":"2026-08-09T21:26:58.440295Z"}]}';
/** Kraken's trades, one after the other: id, price, symbol. */
const v2Trades = (...trades: readonly (readonly [number, string, string?])[]): string =>
  `{"channel":"trade","type":"update","data":[${trades
    .map(
      ([id, price, symbol = 'BTC/USD']) =>
        `{"symbol":"${symbol}","side":"${id % 3 === 0 ? 'sell' : 'buy'}","price":${price},"qty":0.${String(id).padStart(8, '0')},"ord_type":"market","trade_id":${id},"timestamp":"2026-08-09T21:26:58.44029${id % 10}Z"}`,
    )
    .join()}]}`;
const TWO_TRADES = v2Trades([1, '42219.9'], [2, '42219.8']);
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
    ['binance_usdm', MARK],
    ['okx', OKX_MARK],
    ['okx', OKX_INTEREST],
    ['kraken', V2_TICKER],
    ['kraken', TWO_TRADES],
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
  ['half a side', 'okx', OKX_TRADE, OKX_TRADE.replace('"buy"', '"selx"')],
  ['a side with a letter more', 'okx', OKX_TRADE, OKX_TRADE.replace('"buy"', '"buyy"')],
  ['a side with a letter less', 'okx', OKX_TRADE, OKX_TRADE.replace('"buy"', '"sel"')],
  ['a side not in quotes', 'okx', OKX_TRADE, OKX_TRADE.replace('"buy"', 'sell')],
  ['half a boolean', 'binance', TRADE, TRADE.replace('"m":true', '"m":falsx')],
  ['another half', 'binance', TRADE, TRADE.replace('"m":true', '"m":trux')],
  ['a boolean with a letter more', 'binance', TRADE, TRADE.replace('"m":true', '"m":truee')],
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
  ['a mark price in half its quotes', 'okx', OKX_MARK, OKX_MARK.replace('"42310.6"', 'x42310.6"')],
  ['an exponent in a mark price', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '4e4')],
  ['a mark price of sixteen digits', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '0.423106423106423')],
  ['an empty mark price: none', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '')],
  ['a sign alone', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '-')],
  ['a plus sign', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '+42310.6')],
  ['two points', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '42.310.6')],
  ['no digit before the point', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '.6')],
  ['no digit behind the point', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '42310.')],
  ['no digit between sign and point', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '-.6')],
  ['a funding time of zero: none', 'binance_usdm', MARK, MARK.replace('"T":15', '"T":0')],
  [
    'a second mark price',
    'okx',
    OKX_MARK,
    OKX_MARK.replace('}]}', '},{"instId":"BTC-USDT-SWAP","markPx":"1","ts":"1"}]}'),
  ],
  ['two trades where one was learned', 'kraken', v2Trades([1, '42219.9']), TWO_TRADES],
  ['another symbol behind', 'kraken', TWO_TRADES, v2Trades([1, '42219.9'], [2, '42219.8', 'BTC/EUR'])],
  [
    'another symbol at the end',
    'kraken',
    TWO_TRADES,
    v2Trades([1, '9.9'], [2, '9.8'], [4, '9.7'], [5, '9.6', 'BTC/EUR']),
  ],
  ['more decimals at the end', 'kraken', TWO_TRADES, v2Trades([1, '42219.9'], [2, '42219.8'], [3, '42219.75'])],
  ['a comma behind the last', 'kraken', TWO_TRADES, TWO_TRADES.replace('}]}', '},]}')],
  ['a list that goes on behind its end', 'kraken', TWO_TRADES, TWO_TRADES.replace('}]}', '}]},{"symbol":1}]}')],
  ['no comma between', 'kraken', TWO_TRADES, TWO_TRADES.replace('},{', '}{')],
  ['cut behind an element', 'kraken', TWO_TRADES, TWO_TRADES.slice(0, TWO_TRADES.indexOf('},{') + 1)],
  ['cut behind the last', 'kraken', TWO_TRADES, TWO_TRADES.slice(0, -2)],
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
  ['a mark price below zero', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '-0.000042310600')],
  ['minus zero', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '-0.00')],
  ['a mark price of fifteen digits', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '42310.6423106423')],
  ['a whole mark price', 'okx', OKX_MARK, OKX_MARK.replace('42310.6', '0042310')],
  ['one trade where two were learned', 'kraken', TWO_TRADES, v2Trades([7, '42219.1'])],
  ['three trades', 'kraken', TWO_TRADES, v2Trades([1, '42219.9'], [2, '42219.8'], [3, '42219.8'])],
  [
    'two trades where five were learned',
    'kraken',
    v2Trades([1, '9.9'], [2, '9.8'], [3, '9.8'], [4, '9.8'], [5, '9.8']),
    v2Trades([6, '8.1'], [7, '8.2']),
  ],
  [
    'three hundred trades',
    'kraken',
    v2Trades(...Array.from({ length: 100 }, (_, i) => [i, '9.9'] as const)),
    v2Trades(...Array.from({ length: 300 }, (_, i) => [i, `9.${i % 10}`] as const)),
  ],
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

test('trades of two symbols in one frame are no shape', () => {
  const frame = v2Trades([1, '42219.9'], [2, '42219.8', 'BTC/EUR']);
  const known = [v2Trades([1, '42219.9']), v2Trades([2, '42219.8', 'BTC/EUR'])];
  assert.deepEqual(last('kraken', ...known, frame, frame, frame), { outcome: 'ticks', isFast: false, reason: '' });
});

test('nor are trades of which one is nobody’s', () => {
  const twins = new Twins('kraken', { symbols: ['BTC/USD'] });
  const ours = v2Trades([1, '42219.9'], [2, '42219.8']);
  const mixed = v2Trades([1, '42219.9'], [2, '42219.8', 'BTC/EUR']);
  for (const frame of [ours, mixed, mixed, ours, mixed]) {
    const bytes = bytesOf(frame);
    assert.equal(twins.check(bytes, 0, bytes.length), 'ticks');
  }
});

test('tickers of Bybit are no shape: their symbol stands twice', () => {
  const ticker =
    '{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","ask1Price":"7","ask1Size":"1"},"cs":5,"ts":6}';
  const spoiled = ticker.replace('"BTCUSDT"', '"bTCUSDT"');
  assert.equal(last('bybit_linear', ticker, ticker, ticker, spoiled).outcome, 'malformed');
});

/** Learns and reads frames of tickers by these rules: was it read by a shape? */
function listReader(rules: FieldRules): (frame: string, ticks: readonly Partial<Tick>[]) => boolean {
  const cache = new ShapeCache([0]);
  const instrument = new Instrument(discoveredSpec('okx', 'X'), 0);
  const batch = new TickBatch();
  return (frame, ticks) => {
    const bytes = bytesOf(frame);
    batch.clear();
    const isFast = cache.decode(bytes, 0, bytes.length, batch);
    batch.clear();
    for (const tick of ticks) Object.assign(startTick(batch, TickKind.ticker, instrument, 'mark'), tick);
    if (!isFast) cache.learn(bytes, 0, bytes.length, batch, rules);
    return isFast;
  };
}

test('a time behind a list is not to be had when its elements are read', () => {
  const known = listReader({
    'd.each.p': { read: 'number', slot: 'markPrice' },
    T: { read: 'integer', slot: 'eventTime' },
  });
  const isKnown = (...prices: readonly number[]): boolean =>
    known(
      `{"d":[${prices.map((price) => `{"p":"${price}"}`).join()}],"T":5}`,
      prices.map((markPrice) => ({ markPrice, eventTimeMs: 5 })),
    );
  assert.deepEqual([isKnown(1), isKnown(1), isKnown(1, 2), isKnown(1, 2)], [false, true, false, false]);
});

test('rows of a REST reply come newest first: alike or not, they are no list', () => {
  const row = '{"instId":"BTC-USDT","tradeId":"52","px":"42219.9","sz":"0.12","side":"buy","ts":"1630048897897"}';
  const reply = (...rows: readonly string[]) => `{"code":"0","msg":"","data":[${rows.join()}]}`;
  const [same, other] = [reply(row, row), reply(row, row.replace('52', '53'))];
  assert.equal(last('okx', OKX_TRADE, same, same, other).outcome, 'ticks');
});

test('a block trade among others keeps its mark', () => {
  const frame = (...blocks: readonly boolean[]) =>
    `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1,"data":[${blocks
      .map((isBlock) => `{"T":1,"s":"BTCUSDT","S":"Sell","v":"0.004","p":"65114.20","BT":${isBlock}}`)
      .join()}]}`;
  const mixed = frame(false, true);
  assert.deepEqual(last('bybit_linear', mixed, mixed, mixed), { outcome: 'ticks', isFast: false, reason: '' });
  assert.equal(last('bybit_linear', frame(true, true), frame(true, true), frame(true, true, true)).isFast, true);
});

test('unknown fields of a list are counted for each of its ticks, by both paths', () => {
  const fill = '{"T":1,"s":"BTCUSDT","S":"Sell","v":"0.004","p":"65114.20","BT":false,"zz":1}';
  const bytes = bytesOf(`{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1,"data":[${fill},${fill},${fill}]}`);
  const { codec, batch } = new Twins('bybit_linear').fast;
  for (let i = 0; i < 4; i++) codec.decode(bytes, 0, bytes.length, batch, null);
  assert.deepEqual([codec.slowFrames, codec.unknownFields], [1, 12]);
});

test('two long prices that begin and end alike are two', () => {
  const long = (price: string) => BBO.replace('61800.10', price);
  assert.equal(last('binance', BBO, BBO, long('0061800.10000000000'), long('0061800.20000000000')).outcome, 'ticks');
});

test('an element that has a value more than the first lends it to none', () => {
  const rules: FieldRules = {
    'd.each.p': { read: 'number', slot: 'markPrice' },
    'd.each.i': { read: 'number', slot: 'indexPrice' },
  };
  const known = listReader(rules);
  const two = [{ markPrice: 1 }, { markPrice: 2, indexPrice: 7 }];
  for (let i = 0; i < 2; i++) known('{"d":[{"p":"1"}]}', [{ markPrice: 1 }]);
  for (let i = 0; i < 3; i++) assert.equal(known('{"d":[{"p":"1"},{"p":"2","i":"7"}]}', two), false);
});

test('an index belongs to the perpetual from the moment that it is known', () => {
  const swap = OKX_TRADE.replaceAll('BTC-USDT', 'BTC-USDT-SWAP');
  assert.equal(last('okx', OKX_TRADE, OKX_INDEX, OKX_INDEX, OKX_INDEX, swap, OKX_INDEX).outcome, 'ticks');
  assert.equal(last('okx', swap, OKX_INDEX, OKX_INDEX).isFast, true);
  const ofSwap = OKX_INDEX.replaceAll('BTC-USDT', 'BTC-USDT-SWAP');
  const swapOfSwap = OKX_TRADE.replaceAll('BTC-USDT', 'BTC-USDT-SWAP-SWAP');
  assert.equal(last('okx', ofSwap, ofSwap, swapOfSwap, ofSwap).outcome, 'ticks');
});

/** [venue, a frame about BTC]: fifty streams that differ in two letters of their symbols. */
const FAMILIES: readonly (readonly [string, string])[] = [
  ['okx', OKX_TRADE],
  ['okx', OKX_TRADE.replaceAll('BTC-USDT', 'BTC-USDT-SWAP')],
  ['okx', OKX_MARK],
  ['okx', OKX_INTEREST],
  [
    'okx',
    OKX_TRADE.replace('trades', 'books-l2-tbt').replace(
      /"data".*/,
      '"action":"update","data":[{"asks":[],"bids":[["8476.9","12","0","1"]],"ts":"1630048897897","checksum":-14,"prevSeqId":1,"seqId":2}]}',
    ),
  ],
  ['kraken', V2_TICKER],
  ['kraken', TWO_TRADES],
  ['kraken', v2Trades([1, '42219.9'])],
  ['binance', `{"stream":"btcusdt@trade","data":${TRADE}}`.replace('btcusdt', 'BTCusdt')],
  ['bybit_linear', BYBIT],
];

for (const [venue, frame] of FAMILIES) {
  test(`fifty symbols of a family, each with its shape: ${venue} ${frame.slice(0, 50)}`, () => {
    const round = Array.from({ length: 50 }, (_, i) => frame.replaceAll('BTC', `SIM${String(i).padStart(2, '0')}`));
    const twins = new Twins(venue);
    let slow = 0;
    for (const text of [...round, ...round, ...round, ...round]) {
      slow = twins.fast.codec.slowFrames;
      const bytes = bytesOf(text);
      assert.equal(twins.check(bytes, 0, bytes.length), 'ticks');
    }
    assert.ok(slow <= 60, `${slow} of 200 frames went the slow path, 50 of them to learn from`);
  });
}

/** Numbers that stand twice, by a path that reads like the rule's own: equal when learned, different later. */
const TWICE: readonly (readonly [string, string])[] = [
  [TRADE.replace('"M":true', '"data":{"p":"61800.10"}'), '{"p":"61800.10"}'],
  [TRADE.replace('"M":true', '"":{"p":"61800.10"}'), '{"p":"61800.10"}'],
  [TRADE.replace('"M":true', '"data.p":"61800.10"'), '"data.p":"61800.10"'],
  [DEPTH.replace('"a":[]', '"a":[],"data":{"b":[]}'), '{"b":[]}'],
  [`{"stream":"s","data":${TRADE},"p":"61800.10"}`, ',"p":"61800.10"}'],
  [`{"stream":"s","data":${DEPTH.replace('"T":9,', '')},"T":10}`, ',"T":10}'],
  [DEPTH.replace('"T":9,', '').replace('"a":[]', '"a":[],"data":{"T":10}'), '"data":{"T":10}'],
  [`{"stream":"s","data":${MARK.replace('"r":"-0.00038167",', '')},"r":""}`, ',"r":""}'],
];

for (const [learned, part] of TWICE) {
  test(`a number that stands twice is not confused with itself: ${part}`, () => {
    const other = part
      .replace('61800.10', '61800.20')
      .replace('[]', '[["5.00","5"]]')
      .replace('10}', '11}')
      .replace('""}', '"0.1"}');
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
