/** The Coinbase Exchange codec on its documented frames, on a real recording of 2021, and on damaged frames. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Prng } from '../../../src/core/base/prng.ts';
import { CoinbaseCodec } from '../../../src/core/market/venues/coinbase.ts';
import { bytesOf, CodecHarness, fuzz } from '../../support/codec-harness.ts';
import { hasMarketdata, MARKETDATA } from '../../support/marketdata.ts';

const needsMarketdata = { skip: hasMarketdata ? false : 'no recorded market data here' };
const harness = (symbols: readonly string[] | null = null) =>
  new CodecHarness((tools) => new CoinbaseCodec(tools), { symbols });
const TIME = '2021-04-17T16:43:30.244075Z';
const TIME_MS = 1618677810244.075;

const SNAPSHOT = {
  type: 'snapshot',
  product_id: 'BTC-USD',
  asks: [['10102.55', '0.57']],
  bids: [['10101.10', '0.45054140']],
};
const L2_UPDATE = {
  type: 'l2update',
  product_id: 'BTC-USD',
  changes: [
    ['sell', '10102.55', '0.00000000'],
    ['buy', '10101.8', '0.162567'],
    ['buy', '10101.1', '0'],
  ],
  time: TIME,
};
const MATCH = {
  type: 'match',
  trade_id: 881613,
  maker_order_id: '27fff20b',
  taker_order_id: '1da6ce16',
  side: 'sell',
  size: '0.04',
  price: '14.7775',
  product_id: 'BAND-GBP',
  sequence: 333938798,
  time: TIME,
};
const TICKER = {
  type: 'ticker',
  sequence: 333938798,
  product_id: 'BAND-GBP',
  price: '14.7775',
  best_bid: '14.7550',
  best_bid_size: '3.5',
  best_ask: '14.8060',
  best_ask_size: '7',
  side: 'buy',
  time: TIME,
  trade_id: 881613,
};

test('a snapshot gives both sides, whatever their order on the wire', () => {
  const { outcome, ticks } = harness().decode(SNAPSHOT);
  assert.equal(outcome, 'ticks');
  assert.deepEqual(ticks, [
    {
      kind: 'depth_snapshot',
      symbol: 'BTC-USD',
      channel: 'level2',
      eventTimeMs: null,
      firstId: null,
      lastId: null,
      previousId: null,
      checksum: null,
      depthLimit: 0,
      bids: [['10101.10', '0.4505414']],
      asks: [['10102.55', '0.5700000']],
    },
  ]);
});

test('a newer snapshot carries its time', () => {
  assert.equal(harness().decode({ ...SNAPSHOT, time: TIME }).ticks[0]!.eventTimeMs, TIME_MS);
});

test('an l2update sorts its changes by side and keeps their order within a side; zero deletes', () => {
  const [tick] = harness().decode(L2_UPDATE).ticks;
  assert.equal(tick!.kind, 'depth_delta');
  assert.equal(tick!.eventTimeMs, TIME_MS);
  assert.deepEqual(tick!.bids, [
    ['10101.80', '0.162567'],
    ['10101.10', '0.000000'],
  ]);
  assert.deepEqual(tick!.asks, [['10102.55', '0.000000']]);
});

test('the taker is on the side opposite to the maker', () => {
  const [buy] = harness().decode(MATCH).ticks;
  const [sell] = harness().decode({ ...MATCH, side: 'buy' }).ticks;
  assert.deepEqual(buy, {
    kind: 'trade',
    symbol: 'BAND-GBP',
    channel: 'matches',
    eventTimeMs: TIME_MS,
    price: '14.7775',
    size: '0.04',
    takerSide: 1,
    tradeId: 881613,
    isIdSequential: true,
    isSnapshot: false,
    isOffMarket: false,
  });
  assert.equal(sell!.takerSide, -1);
});

test('last_match is history, not a new trade', () => {
  assert.equal(harness().decode({ ...MATCH, type: 'last_match' }).ticks[0]!.isSnapshot, true);
});

test('a ticker is a bbo', () => {
  assert.deepEqual(harness().decode(TICKER).ticks, [
    {
      kind: 'bbo',
      symbol: 'BAND-GBP',
      channel: 'ticker',
      eventTimeMs: TIME_MS,
      bid: ['14.755', '3.5'],
      ask: ['14.806', '7.0'],
      lastId: 333938798,
    },
  ]);
});

test('a ticker without sizes, or with an empty side, says so', () => {
  const { best_bid_size: _1, best_ask_size: _2, ...old } = TICKER;
  assert.deepEqual(harness().decode(old).ticks[0]!.bid, ['14.755', null]);
  for (const best_bid of ['0', '', undefined]) {
    assert.deepEqual(harness().decode({ ...TICKER, best_bid }).ticks[0]!.bid, [null, null]);
  }
});

test('frames that are no market data', () => {
  const rows: readonly [unknown, string, string][] = [
    [{ type: 'heartbeat', sequence: 90, last_trade_id: 20, product_id: 'BTC-USD', time: TIME }, 'heartbeat', ''],
    [{ type: 'subscriptions', channels: [{ name: 'level2', product_ids: ['BTC-USD'] }] }, 'ack', ''],
    [{ type: 'status', products: [], currencies: [] }, 'status', ''],
    [[{ id: 'BTC-USD', quote_increment: '0.01' }], 'status', ''],
    [{ type: 'error', message: 'Failed to subscribe', reason: 'nope is not a valid product' }, 'error', 'venue_error'],
    [{ type: 'received', product_id: 'BTC-USD' }, 'unknown', 'unknown_channel:received'],
    [{ type: 'batchAuction!' }, 'unknown', 'unknown_channel:batch_auction_'],
    [{ product_id: 'BTC-USD' }, 'unknown', 'unknown_channel:none'],
  ];
  for (const [frame, outcome, reason] of rows) {
    const decoded = harness().decode(frame);
    assert.deepEqual(
      [decoded.outcome, decoded.reason, decoded.ticks.length],
      [outcome, reason, 0],
      JSON.stringify(frame),
    );
  }
});

test('fields that we do not know are passed over and counted', () => {
  const codec = new CoinbaseCodec(harness().tools);
  const subject = new CodecHarness(() => codec);
  for (const frame of [SNAPSHOT, L2_UPDATE, MATCH, TICKER]) {
    assert.equal(subject.decode({ ...frame, colour: 'red' }).outcome, 'ticks');
  }
  assert.equal(codec.unknownFields, 4);
});

test('a symbol that nobody wants is unknown', () => {
  const { outcome, reason } = harness(['ETH-USD']).decode(SNAPSHOT);
  assert.deepEqual([outcome, reason], ['unknown', 'unknown_symbol']);
});

test('malformed frames say why and leave nothing behind', () => {
  const rows: readonly [unknown, string][] = [
    ['', 'invalid_json'],
    ['{"type":"match"', 'invalid_json'],
    [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 'invalid_utf8'],
    ['7', 'bad_shape'],
    [[1], 'bad_shape'],
    [{ ...SNAPSHOT, product_id: 7 }, 'bad_symbol'],
    [{ ...SNAPSHOT, product_id: 'BTC USD' }, 'bad_symbol'],
    [{ ...SNAPSHOT, bids: undefined }, 'bad_levels'],
    [{ ...SNAPSHOT, bids: [['1.0']] }, 'bad_levels'],
    [{ ...SNAPSHOT, asks: [['1.0', 5]] }, 'bad_number'],
    [{ ...SNAPSHOT, time: 'yesterday' }, 'bad_time'],
    [{ ...L2_UPDATE, changes: [['bid', '1', '1']] }, 'bad_side'],
    [{ ...L2_UPDATE, changes: {} }, 'bad_shape'],
    [{ ...L2_UPDATE, changes: [['buy', '1']] }, 'bad_number'],
    [{ ...L2_UPDATE, changes: ['buy'] }, 'bad_levels'],
    [{ ...L2_UPDATE, time: undefined }, 'bad_time'],
    [{ ...MATCH, price: '-1' }, 'bad_number'],
    [{ ...MATCH, price: '1e3' }, 'bad_number'],
    [{ ...MATCH, price: '0.0000000000000000001' }, 'too_many_decimals'],
    [{ ...MATCH, price: '9007199254740992' }, 'price_out_of_range'],
    [{ ...MATCH, trade_id: 9007199254740992 }, 'unsafe_integer'],
    [{ ...MATCH, trade_id: '881613' }, 'unsafe_integer'],
    [{ ...MATCH, side: 'BUY' }, 'bad_side'],
    [{ ...TICKER, sequence: -1 }, 'unsafe_integer'],
    [{ ...TICKER, best_ask: 'none' }, 'bad_number'],
  ];
  for (const [frame, reason] of rows) {
    const subject = harness();
    const decoded = subject.decode(frame);
    assert.deepEqual([decoded.outcome, decoded.reason], ['malformed', reason], JSON.stringify(frame));
    assert.equal(subject.batch.count + subject.batch.levelCount, 0);
  }
});

/** The received frames of a cryptofeed raw file (`<unix s>: <payload>`). */
function recordedFrames(): Uint8Array[] {
  const folder = join(MARKETDATA, 'cryptofeed/raw/COINBASE');
  const name = readdirSync(folder).find((file) => file.includes('.ws.'))!;
  const lines = gunzipSync(readFileSync(join(folder, name)))
    .toString('utf8')
    .split('\n');
  return lines.filter((line) => /^[0-9.]+: /.test(line)).map((line) => bytesOf(line.slice(line.indexOf(': ') + 2)));
}

test('every frame of a real recording is read', needsMarketdata, () => {
  const subject = harness();
  const counts: Record<string, number> = {};
  const lastTradeId = new Map<string, number>();
  let idGaps = 0;
  for (const frame of recordedFrames()) {
    const { outcome, ticks } = subject.decode(frame);
    for (const name of ticks.length === 0
      ? [outcome]
      : ticks.map((tick) => `${tick.kind}${tick.isSnapshot ? ' (history)' : ''}`)) {
      counts[name] = (counts[name] ?? 0) + 1;
    }
    for (const tick of ticks) {
      if (tick.kind !== 'trade') continue;
      const last = lastTradeId.get(tick.symbol) ?? (tick.tradeId as number) - 1;
      if (tick.tradeId !== last + 1) idGaps += 1;
      lastTradeId.set(tick.symbol, tick.tradeId as number);
    }
  }
  // The counts of the recording's README.
  assert.deepEqual(counts, {
    ack: 3,
    depth_snapshot: 10,
    bbo: 107,
    'trade (history)': 10,
    depth_delta: 9719,
    trade: 97,
  });
  assert.equal(idGaps, 0);
  assert.equal(subject.instruments.length, 10);
  assert.deepEqual([subject.instrument('SKL-BTC').priceDecimals, subject.instrument('YFI-BTC').sizeDecimals], [8, 6]);
});

test('fast and slow agree on every frame of a real recording, and most frames are fast', needsMarketdata, () => {
  const [subject, oracle] = [harness(), harness()];
  const frames = recordedFrames();
  for (const frame of frames) assert.deepEqual(subject.decode(frame), oracle.decodeSlow(frame));
  const share = 1 - subject.codec.slowFrames / frames.length;
  assert.ok(share > 0.97, `${share} of the frames took the fast path`);
});

test('20,000 damaged frames: never a throw, fast as slow, nothing of a malformed frame is taken', () => {
  const frames = [SNAPSHOT, L2_UPDATE, MATCH, TICKER, { type: 'heartbeat', sequence: 1 }].map(bytesOf);
  const { outcomes } = fuzz(() => harness(['BTC-USD', 'BAND-GBP']), frames, 20_000, new Prng('coinbase'));
  assert.ok(outcomes.malformed > 10_000 && outcomes.ticks > 1000, JSON.stringify(outcomes));
});
