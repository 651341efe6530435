/** REST depth and trades of the venues whose streams bring their own books: real shapes, and what is wrong with damaged ones. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Prng } from '../../../src/core/base/prng.ts';
import { BybitCodec } from '../../../src/core/market/venues/bybit.ts';
import type { CodecTools, VenueCodec } from '../../../src/core/market/venues/codec.ts';
import { CoinbaseCodec } from '../../../src/core/market/venues/coinbase.ts';
import { KrakenCodec } from '../../../src/core/market/venues/kraken.ts';
import { bytesOf, CodecHarness, mutateFrame } from '../../support/codec-harness.ts';

const KRAKEN_DEPTH =
  '{"error":[],"result":{"XXBTZUSD":{"asks":[["30384.10000","2.059",1688671659],["30387.90000","1.500",1688671380]],' +
  '"bids":[["30297.00000","1.115",1688671636],["30296.70000","2.002",1688671674]]}}}';
const KRAKEN_TRADES =
  '{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],' +
  '["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],"last":"1688671969993150842"}}';
const COINBASE_DEPTH =
  '{"bids":[["295.96","4.39088265",2],["295.95","1.0",1]],"asks":[["295.97","25.23542881",12]],"sequence":13051505638,' +
  '"auction_mode":false,"auction":null,"time":"2021-02-12T01:09:23.334Z"}';
const COINBASE_TRADES =
  '[{"trade_id":75,"side":"buy","size":"0.19300000","price":"10.5","time":"2014-11-07T22:19:29.028459Z"},' +
  '{"trade_id":74,"side":"sell","size":"0.01","price":"10.00000000","time":"2014-11-07T22:19:28.578544Z"}]';
const BYBIT_DEPTH =
  '{"retCode":0,"retMsg":"OK","result":{"s":"BTCUSDT","a":[["65557.70","16.606555"]],"b":[["65485.47","47.081829"]],' +
  '"ts":1716863719031,"u":230704,"seq":1432604333,"cts":1716863718905},"retExtInfo":{},"time":1716863719382}';

type Make = new (tools: CodecTools) => VenueCodec;

function harness(Codec: Make, symbol: string): CodecHarness {
  return new CodecHarness((tools) => new Codec(tools), { symbols: [symbol] });
}

/** Decoded on both paths, which must agree; `hint`: what was asked for. */
function decoded(Codec: Make, symbol: string, frame: string, isHinted = true) {
  const one = harness(Codec, symbol);
  const hint = isHinted ? one.instrument(symbol) : null;
  const fast = one.decode(frame, hint);
  const isRequested = one.batch.count > 0 && one.batch.ticks[0]!.isRequested;
  assert.deepEqual(harness(Codec, symbol).decodeSlow(frame, hint), fast);
  return { ...fast, isRequested };
}

const NO_IDS = { firstId: null, lastId: null, previousId: null, checksum: null, depthLimit: 0 };
const TRADE = { kind: 'trade', isIdSequential: true, isSnapshot: false, isOffMarket: false };

describe('depth is what was asked for, and has no id that a stream could go on from', () => {
  const rows: readonly (readonly [string, Make, string, string, object])[] = [
    [
      'kraken, whose padding zeros are no decimals',
      KrakenCodec,
      'BTC/USD',
      KRAKEN_DEPTH,
      {
        channel: 'book',
        eventTimeMs: null,
        bids: [
          ['30297.0', '1.115'],
          ['30296.7', '2.002'],
        ],
        asks: [
          ['30384.1', '2.059'],
          ['30387.9', '1.500'],
        ],
      },
    ],
    [
      'coinbase',
      CoinbaseCodec,
      'BTC-USD',
      COINBASE_DEPTH,
      {
        channel: 'level2',
        eventTimeMs: Date.parse('2021-02-12T01:09:23.334Z'),
        bids: [
          ['295.96', '4.39088265'],
          ['295.95', '1.00000000'],
        ],
        asks: [['295.97', '25.23542881']],
      },
    ],
    [
      'bybit',
      BybitCodec,
      'BTCUSDT',
      BYBIT_DEPTH,
      {
        channel: 'orderbook',
        eventTimeMs: 1716863718905,
        bids: [['65485.47', '47.081829']],
        asks: [['65557.70', '16.606555']],
      },
    ],
  ];
  for (const [name, Codec, symbol, frame, expected] of rows) {
    test(name, () => {
      const { outcome, ticks, isRequested } = decoded(Codec, symbol, frame);
      assert.deepEqual(
        { outcome, ticks, isRequested },
        { outcome: 'ticks', ticks: [{ kind: 'depth_snapshot', symbol, ...NO_IDS, ...expected }], isRequested: true },
      );
    });
  }
});

test('trades of kraken: oldest first, the taker by one letter, seconds with fractions', () => {
  const { ticks } = decoded(KrakenCodec, 'BTC/USD', KRAKEN_TRADES);
  const of = { ...TRADE, symbol: 'BTC/USD', channel: 'trade' };
  assert.deepEqual(ticks, [
    { ...of, eventTimeMs: 1688669597827.737, price: '30243.4', size: '0.34507674', takerSide: 1, tradeId: 61044952 },
    { ...of, eventTimeMs: 1688669598280.411, price: '30243.3', size: '0.00376960', takerSide: -1, tradeId: 61044953 },
  ]);
});

test("trades of coinbase: newest first on the wire, and the side is the maker's", () => {
  const { ticks } = decoded(CoinbaseCodec, 'BTC-USD', COINBASE_TRADES);
  const of = { ...TRADE, symbol: 'BTC-USD', channel: 'matches' };
  const at = (time: string) => Date.parse(`2014-11-07T22:19:${time.slice(0, 6)}Z`) + Number(`0.${time.slice(6)}`);
  assert.deepEqual(ticks, [
    { ...of, eventTimeMs: at('28.578544'), price: '10.0', size: '0.010', takerSide: 1, tradeId: 74 },
    { ...of, eventTimeMs: at('29.028459'), price: '10.5', size: '0.193', takerSide: -1, tradeId: 75 },
  ]);
});

test('an answer moves no decimals that the stream has, and teaches the fast path nothing', () => {
  const one = harness(KrakenCodec, 'BTC/USD');
  const snapshot =
    '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":30297.0,"qty":1.11500000}],' +
    '"asks":[{"price":30384.1,"qty":2.05900000}],"checksum":7,"timestamp":"2023-07-06T19:27:54.000000Z"}]}';
  one.decode(snapshot);
  const instrument = one.instrument('BTC/USD');
  const before = [instrument.priceDecimals, instrument.sizeDecimals];
  for (const frame of [KRAKEN_DEPTH, KRAKEN_TRADES, KRAKEN_DEPTH])
    assert.equal(one.decode(frame, instrument).outcome, 'ticks');
  assert.deepEqual([instrument.priceDecimals, instrument.sizeDecimals], before);
  assert.equal(one.codec.slowFrames, 4, 'every answer by JSON.parse');
});

describe('what is no depth and no trade', () => {
  const rows: readonly (readonly [string, Make, string, string, boolean, string])[] = [
    ['kraken refuses', KrakenCodec, 'BTC/USD', '{"error":["EAPI:Rate limit exceeded"]}', true, 'error rate_limited'],
    [
      'kraken refuses for another reason',
      KrakenCodec,
      'BTC/USD',
      '{"error":["EGeneral:Internal error"],"result":{}}',
      true,
      'error venue_error',
    ],
    [
      'kraken lists its pairs',
      KrakenCodec,
      'BTC/USD',
      '{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD"}}}',
      true,
      'status',
    ],
    ['kraken had no trade', KrakenCodec, 'BTC/USD', '{"error":[],"result":{"XXBTZUSD":[],"last":"1"}}', true, 'status'],
    ['nobody says which pair', KrakenCodec, 'BTC/USD', KRAKEN_DEPTH, false, 'unknown reply_without_symbol'],
    [
      'a price that is none',
      KrakenCodec,
      'BTC/USD',
      KRAKEN_DEPTH.replace('30384.10000', '1e9'),
      true,
      'malformed bad_number',
    ],
    ['a trade of no side', KrakenCodec, 'BTC/USD', KRAKEN_TRADES.replace('"s"', '"x"'), true, 'malformed bad_side'],
    [
      'a trade without a time',
      KrakenCodec,
      'BTC/USD',
      KRAKEN_TRADES.replace('1688669597.8277369', '"now"'),
      true,
      'malformed bad_time',
    ],
    ['nobody says which product', CoinbaseCodec, 'BTC-USD', COINBASE_TRADES, false, 'unknown trades_without_symbol'],
    ['a list of something else', CoinbaseCodec, 'BTC-USD', '[{"x":1}]', true, 'malformed bad_shape'],
    ['half a book', CoinbaseCodec, 'BTC-USD', '{"bids":[],"sequence":1}', true, 'malformed bad_levels'],
    [
      'bybit refuses',
      BybitCodec,
      'BTCUSDT',
      '{"retCode":10006,"retMsg":"Too many visits!","result":{}}',
      true,
      'error rate_limited',
    ],
    ['another symbol', BybitCodec, 'ETHUSDT', BYBIT_DEPTH, true, 'unknown unknown_symbol'],
  ];
  for (const [name, Codec, symbol, frame, isHinted, expected] of rows) {
    test(name, () => {
      const { outcome, reason, ticks } = decoded(Codec, symbol, frame, isHinted);
      assert.equal(`${outcome} ${reason}`.trim(), expected);
      assert.deepEqual(ticks, []);
    });
  }
});

test('3000 damaged answers: never a throw, fast as slow, nothing of a malformed one is taken', () => {
  const prng = new Prng('rest replies');
  const frames = [
    [KrakenCodec, 'BTC/USD', KRAKEN_DEPTH],
    [KrakenCodec, 'BTC/USD', KRAKEN_TRADES],
    [CoinbaseCodec, 'BTC-USD', COINBASE_DEPTH],
    [CoinbaseCodec, 'BTC-USD', COINBASE_TRADES],
    [BybitCodec, 'BTCUSDT', BYBIT_DEPTH],
  ] as const;
  const outcomes = new Set<string>();
  for (let i = 0; i < 3000; i++) {
    const [Codec, symbol, frame] = prng.pick(frames);
    const damaged = mutateFrame(bytesOf(frame), prng);
    const [fast, slow] = [harness(Codec, symbol), harness(Codec, symbol)];
    const read = fast.decode(damaged, fast.instrument(symbol));
    assert.deepEqual(slow.decodeSlow(damaged, slow.instrument(symbol)), read, new TextDecoder().decode(damaged));
    if (read.outcome !== 'ticks') assert.equal(fast.batch.count + fast.batch.levelCount, 0);
    outcomes.add(read.outcome);
  }
  assert.ok(outcomes.has('ticks') && outcomes.has('malformed'));
});
