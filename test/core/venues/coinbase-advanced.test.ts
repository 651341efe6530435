/** The Coinbase Advanced Trade codec on the venue's documented shapes, on recorded single messages, and on damaged frames. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Prng } from '../../../src/core/base/prng.ts';
import { CoinbaseAdvancedCodec } from '../../../src/core/market/venues/coinbase-advanced.ts';
import { bytesOf, CodecHarness, fuzz, type HarnessOptions } from '../../support/codec-harness.ts';
import { hasMarketdata, MARKETDATA } from '../../support/marketdata.ts';

const needsMarketdata = { skip: hasMarketdata ? false : 'no recorded market data here' };
const harness = (options: HarnessOptions = {}) =>
  new CodecHarness((tools) => new CoinbaseAdvancedCodec(tools), options);
const TIME = '2026-04-07T14:30:01.456789Z';
const TIME_MS = 1775572201456.789;

const envelope = (channel: string, ...events: unknown[]) => ({
  channel,
  client_id: '',
  timestamp: TIME,
  sequence_num: 7,
  events,
});
const level = (side: string, price_level: string, new_quantity: string) => ({
  side,
  event_time: TIME,
  price_level,
  new_quantity,
});
const trade = (trade_id: string, side: string, rest: object = {}) => ({
  trade_id,
  product_id: 'BTC-USD',
  price: '68900.50',
  size: '0.0015',
  side,
  time: TIME,
  ...rest,
});

const DEPTH = envelope('l2_data', {
  type: 'update',
  product_id: 'BTC-USD',
  updates: [level('offer', '68901.00', '0'), level('bid', '68900.50', '2.5'), level('bid', '68900', '0.25')],
});
const TRADES = envelope('market_trades', { type: 'update', trades: [trade('12', 'BUY'), trade('11', 'SELL')] });
const TICKER_ROW = {
  type: 'ticker',
  product_id: 'BTC-USD',
  price: '68900.50',
  best_bid: '68900.00',
  best_bid_quantity: '1.5',
  best_ask: '68901.25',
  best_ask_quantity: '0.5',
};
const TICKER = envelope('ticker', { type: 'snapshot', tickers: [TICKER_ROW] });

test('an l2 update gives both sides and the sequence of the connection', () => {
  const { outcome, ticks, connectionSequence } = harness().decode(DEPTH);
  assert.equal(outcome, 'ticks');
  assert.equal(connectionSequence, 7);
  assert.equal(ticks.length, 1);
  assert.deepEqual([ticks[0]!.kind, ticks[0]!.channel, ticks[0]!.eventTimeMs], ['depth_delta', 'l2_data', TIME_MS]);
  assert.deepEqual(ticks[0]!.bids, [
    ['68900.5', '2.50'],
    ['68900.0', '0.25'],
  ]);
  assert.deepEqual(ticks[0]!.asks, [['68901.0', '0.00']]);
});

test('a message may hold several events, of several products', () => {
  const frame = envelope(
    'l2_data',
    { type: 'snapshot', product_id: 'BTC-USD', updates: [level('bid', '1.5', '1')] },
    { type: 'update', product_id: 'ETH-USD', updates: [level('offer', '2', '3')] },
  );
  const { ticks } = harness().decode(frame);
  assert.deepEqual(
    ticks.map((tick) => [tick.kind, tick.symbol, tick.bids, tick.asks]),
    [
      ['depth_snapshot', 'BTC-USD', [['1.5', '1']], []],
      ['depth_delta', 'ETH-USD', [], [['2', '3']]],
    ],
  );
});

test('trades come out oldest first, the taker opposite to the maker', () => {
  const { ticks } = harness().decode(TRADES);
  assert.deepEqual(
    ticks.map((tick) => [tick.tradeId, tick.takerSide, tick.price, tick.size, tick.isSnapshot, tick.isIdSequential]),
    [
      [11, 1, '68900.5', '0.0015', false, false],
      [12, -1, '68900.5', '0.0015', false, false],
    ],
  );
});

test('the trades of a snapshot are history', () => {
  const frame = envelope('market_trades', { type: 'snapshot', trades: [trade('5', 'BUY')] });
  assert.equal(harness().decode(frame).ticks[0]!.isSnapshot, true);
});

test('a ticker is a bbo', () => {
  const [tick] = harness().decode(TICKER).ticks;
  assert.deepEqual([tick!.kind, tick!.bid, tick!.ask], ['bbo', ['68900.00', '1.5'], ['68901.25', '0.5']]);
});

test('a USDC product arrives under its USD name, which is its alias', () => {
  const subject = harness({ symbols: ['BTC-USDC'], spec: { aliases: ['BTC-USD'] } });
  assert.equal(subject.decode(DEPTH).ticks[0]!.symbol, 'BTC-USDC');
});

test('every message counts in the sequence, also those without ticks', () => {
  const rows: readonly [unknown, string, string][] = [
    [envelope('heartbeats', { current_time: '2026-04-07 14:30:10 +0000', heartbeat_counter: 42 }), 'heartbeat', ''],
    [envelope('subscriptions', { subscriptions: { level2: ['BTC-USD'] } }), 'ack', ''],
    [envelope('status', { type: 'snapshot', products: [] }), 'status', ''],
    [envelope('candles', { type: 'update', candles: [] }), 'unknown', 'unknown_channel:candles'],
    [envelope('l2_data'), 'unknown', 'no_data'],
    [envelope('l2_data', { type: 'update', product_id: 'XRP-USD', updates: [] }), 'unknown', 'unknown_symbol'],
  ];
  for (const [frame, outcome, reason] of rows) {
    const decoded = harness({ symbols: ['BTC-USD'] }).decode(frame);
    assert.deepEqual([decoded.outcome, decoded.reason, decoded.connectionSequence], [outcome, reason, 7]);
  }
});

test('a refusal has no envelope', () => {
  const { outcome, reason } = harness().decode({ type: 'error', message: 'authentication failure' });
  assert.deepEqual([outcome, reason], ['error', 'venue_error']);
});

test('malformed frames say why and hand out no sequence', () => {
  const depth = (...updates: unknown[]) => envelope('l2_data', { type: 'update', product_id: 'BTC-USD', updates });
  const rows: readonly [unknown, string][] = [
    ['[]', 'bad_shape'],
    [{ ...DEPTH, events: null }, 'bad_shape'],
    [{ ...DEPTH, events: [7] }, 'bad_shape'],
    [{ ...DEPTH, sequence_num: '7' }, 'unsafe_integer'],
    [{ ...DEPTH, timestamp: 'now' }, 'bad_time'],
    [depth(level('ask', '1', '1')), 'bad_side'],
    [depth(level('bid', '1', '')), 'bad_number'],
    [depth(level('bid', '1', '1'), level('bid', '1', '0x10')), 'bad_number'],
    [depth(null), 'bad_shape'],
    [envelope('l2_data', { type: 'l2', product_id: 'BTC-USD', updates: [] }), 'bad_shape'],
    [envelope('l2_data', { type: 'update', updates: [] }), 'bad_symbol'],
    [envelope('market_trades', { type: 'update', trades: [trade('12', 'buy')] }), 'bad_side'],
    [envelope('market_trades', { type: 'update', trades: [trade('1.5', 'BUY')] }), 'unsafe_integer'],
    [envelope('market_trades', { type: 'update', trades: [trade('1', 'BUY', { time: TIME_MS })] }), 'bad_time'],
    [envelope('ticker', { type: 'update', tickers: [{ ...TICKER_ROW, best_bid: -1 }] }), 'bad_number'],
  ];
  for (const [frame, reason] of rows) {
    const subject = harness();
    const decoded = subject.decode(frame);
    assert.deepEqual([decoded.outcome, decoded.reason], ['malformed', reason], JSON.stringify(frame));
    assert.deepEqual([decoded.connectionSequence, subject.batch.count, subject.batch.levelCount], [null, 0, 0]);
  }
});

test('recorded single messages', needsMarketdata, () => {
  const read = (name: string) =>
    harness().decode(readFileSync(join(MARKETDATA, `nautilus/ws_fixtures/coinbase/ws_${name}.json`)));
  const snapshot = read('l2_data_snapshot');
  assert.deepEqual([snapshot.connectionSequence, snapshot.ticks[0]!.kind], [0, 'depth_snapshot']);
  assert.deepEqual(snapshot.ticks[0]!.bids, [
    ['68900.0', '1.50'],
    ['68899.5', '0.75'],
    ['68899.0', '2.30'],
  ]);
  assert.deepEqual(read('l2_data_update').ticks[0]!.asks, [['68901', '0']]);
  assert.deepEqual(
    read('market_trades').ticks.map((tick) => [tick.tradeId, tick.takerSide]),
    [
      [995098700, -1],
      [995098701, 1],
    ],
  );
  assert.deepEqual(read('ticker').ticks[0]!.ask, ['68901', '0.5']);
  assert.equal(read('heartbeats').outcome, 'heartbeat');
  assert.equal(read('subscriptions').outcome, 'ack');
  assert.equal(read('candles').reason, 'unknown_channel:candles');
  assert.equal(read('user').reason, 'unknown_channel:user');
});

test('20,000 damaged frames: never a throw, fast as slow, nothing of a malformed frame is taken', () => {
  const frames = [DEPTH, TRADES, TICKER, envelope('heartbeats', {})].map(bytesOf);
  const { outcomes } = fuzz(() => harness({ symbols: ['BTC-USD'] }), frames, 20_000, new Prng('coinbase_advanced'));
  assert.ok(outcomes.malformed > 10_000 && outcomes.ticks > 500, JSON.stringify(outcomes));
});
