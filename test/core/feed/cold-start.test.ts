/** From cold start to live on the venues that answer by lists or by request, and requests that fit what a venue accepts. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialectOf } from '../../../src/core/feed/dialects/registry.ts';
import { nextRequest } from '../../../src/core/feed/requests.ts';
import type { FakeVenue } from './feed-world.ts';
import { FeedWorld, START_MS, spec, venueConfig } from './feed-world.ts';

/** A venue that is no more than its answers. */
function scripted(answer: (message: Record<string, never>) => readonly unknown[]): FakeVenue {
  return {
    onOpen: () => ({ kind: 'accept', texts: [] }),
    onText: (_, text) => answer(JSON.parse(text)).map((message) => JSON.stringify(message)),
    onRest: () => ({ kind: 'silence' }),
    onTick: () => [],
  };
}

const TIME = '2026-01-01T00:00:00.000000Z';

test('coinbase: everything in one request, confirmed by a list', () => {
  const listed: { name: string; product_ids: string[] }[] = [];
  const coinbase = scripted(({ type, channels }) => {
    assert.equal(type, 'subscribe');
    for (const channel of channels as typeof listed) {
      listed.push({ ...channel, name: channel.name === 'level2_batch' ? 'level2_50' : channel.name });
    }
    const snapshot = { type: 'snapshot', product_id: 'BTC-USD', bids: [['1', '1']], asks: [['2', '1']], time: TIME };
    return [{ type: 'subscriptions', channels: listed }, snapshot];
  });
  const world = new FeedWorld({ coinbase }, { coinbase: venueConfig({ provider: 'coinbase' }) }, [
    spec('coinbase', 'BTC-USD'),
  ]);
  world.run(2000);
  assert.equal(world.sent.length, 1);
  assert.equal(world.state('coinbase'), 'live');
  assert.equal(world.book('BTC-USD'), 'live');
});

test('coinbase_advanced: one channel a message', () => {
  const lists: Record<string, string[]> = {};
  let sequence = 0;
  const envelope = (channel: string, events: unknown[]) => ({
    channel,
    client_id: '',
    timestamp: TIME,
    sequence_num: sequence++,
    events,
  });
  const venue = scripted(({ channel, product_ids }) => {
    lists[channel] = channel === 'heartbeats' ? ['heartbeats'] : product_ids;
    const update = { side: 'bid', event_time: TIME, price_level: '1', new_quantity: '1' };
    const book = [update, { ...update, side: 'offer', price_level: '2' }];
    return [
      envelope('subscriptions', [{ subscriptions: lists }]),
      ...(channel === 'level2'
        ? [envelope('l2_data', [{ type: 'snapshot', product_id: 'BTC-USD', updates: book }])]
        : []),
    ];
  });
  const config = venueConfig({ provider: 'coinbase', limits: { topicsPerRequest: 1, messagesPerSecond: 8 } });
  const world = new FeedWorld({ coinbase_advanced: venue }, { coinbase_advanced: config }, [
    spec('coinbase_advanced', 'BTC-USD'),
  ]);
  world.run(2000);
  assert.deepEqual(
    world.sent.map(({ text }) => JSON.parse(text).channel),
    ['heartbeats', 'market_trades', 'level2', 'ticker'],
  );
  assert.equal(world.state('coinbase_advanced'), 'live');
  assert.equal(world.book('BTC-USD'), 'live');
});

test('bybit: one bad topic fails its request; the others are asked for again, one by one', () => {
  const bybit = scripted(({ req_id, op, args }) => {
    const topics = args as string[];
    if (topics.some((topic) => topic.includes('FOO')))
      return [{ success: false, ret_msg: 'Invalid topic', conn_id: 'x', req_id, op }];
    const ts = START_MS;
    const data = topics.map((topic) => {
      const book = { s: 'BTCUSDT', b: [['100.1', '1']], a: [['100.2', '1']], u: 5, seq: 1 };
      const ticker = { symbol: 'BTCUSDT', markPrice: '100.1' };
      return { topic, type: 'snapshot', ts, cts: ts, data: topic.startsWith('orderbook') ? book : ticker };
    });
    const isData = ({ topic }: { topic: string }) => /^(orderbook|tickers)/.test(topic);
    return [{ success: true, ret_msg: '', conn_id: 'x', req_id, op }, ...data.filter(isData)];
  });
  const config = venueConfig({ provider: 'bybit', limits: { topicsPerRequest: 10 } });
  const world = new FeedWorld({ bybit_linear: bybit }, { bybit_linear: config }, [
    spec('bybit_linear', 'BTCUSDT'),
    spec('bybit_linear', 'FOOUSDT'),
  ]);
  world.run(3000);
  assert.equal(world.book('BTCUSDT'), 'live');
  assert.equal(world.state('bybit_linear'), 'degraded');
  const refused = new Set(world.of('stream_changed').map(({ stream }) => stream));
  assert.ok([...refused].every((stream) => stream.includes('FOO')));
  assert.equal(refused.size, 5);
});

test('requests hold what fits: topics, bytes, one key, and those that must go alone', () => {
  const dialect = dialectOf('okx')!;
  const streams = ['A', 'B', 'C', 'D'].flatMap((base) => dialect.streams(spec('okx', `${base}-USDT`)));
  const waiting = streams.map((stream) => ({ stream, isAlone: false }));
  const limits = { connectsWindowSeconds: 1 };
  assert.equal(nextRequest(waiting, limits, dialect.subscribe, 1).taken.length, 12);
  assert.equal(nextRequest(waiting, { ...limits, topicsPerRequest: 5 }, dialect.subscribe, 1).taken.length, 5);
  const small = nextRequest(waiting, { ...limits, requestBytes: 200 }, dialect.subscribe, 1);
  assert.ok(small.text.length <= 200 && small.taken.length >= 2, 'fits, and is not empty');
  const alone = waiting.map((wish, i) => ({ ...wish, isAlone: i < 2 }));
  assert.deepEqual(nextRequest(alone, limits, dialect.subscribe, 1).taken, [0]);

  const kraken = dialectOf('kraken')!;
  const mixed = ['BTC/USD', 'ETH/USD'].flatMap((symbol) => kraken.streams(spec('kraken', symbol)));
  const request = nextRequest(
    mixed.map((stream) => ({ stream, isAlone: false })),
    limits,
    kraken.subscribe,
    1,
  );
  assert.deepEqual(request.taken, [0, 3], 'both trades, no books');
});

test('more streams than a connection may carry: several connections, an instrument whole on one', () => {
  const binance = scripted(({ id }) => [{ result: null, id }]);
  const config = venueConfig({ provider: 'binance', limits: { streamsPerConnection: 7 } });
  const symbols = ['A', 'B', 'C', 'D', 'E'].map((base) => spec('binance', `${base}USDT`));
  const world = new FeedWorld({ binance }, { binance: config }, symbols);
  world.run(1500);
  const topics = [1, 2, 3].map((connection) =>
    world.sent.filter((sent) => sent.connection === connection).flatMap(({ text }) => JSON.parse(text).params.length),
  );
  assert.deepEqual(topics, [[6], [6], [3]]);
});
