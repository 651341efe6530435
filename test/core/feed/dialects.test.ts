/** What is sent to each venue, and what its answers mean: exact text. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dialectOf } from '../../../src/core/feed/dialects/registry.ts';
import { spec, venueConfig } from './feed-world.ts';

const SENT: readonly (readonly [
  venue: string,
  spec: ReturnType<typeof spec>,
  requestKey: string,
  subscribe: string,
])[] = [
  [
    'kraken',
    spec('kraken', 'BTC/USD', { depth: 25 }),
    'book-25',
    '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25,"snapshot":true},"req_id":7}',
  ],
  [
    'kraken',
    spec('kraken', 'BTC/USD'),
    'ticker',
    '{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"],"event_trigger":"bbo","snapshot":true},"req_id":7}',
  ],
  [
    'kraken',
    spec('kraken', 'BTC/USD'),
    'trade',
    '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"]},"req_id":7}',
  ],
  [
    'binance',
    spec('binance', 'BTCUSDT'),
    '',
    '{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt@depth@100ms","btcusdt@bookTicker"],"id":7}',
  ],
  [
    'binance_usdm',
    spec('binance_usdm', 'BTCUSDT'),
    '',
    '{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth@100ms","btcusdt@bookTicker","btcusdt@markPrice@1s","btcusdt@forceOrder"],"id":7}',
  ],
  [
    'okx',
    spec('okx', 'BTC-USDT'),
    '',
    '{"id":"7","op":"subscribe","args":[{"channel":"trades","instId":"BTC-USDT"},{"channel":"books","instId":"BTC-USDT"},{"channel":"tickers","instId":"BTC-USDT"}]}',
  ],
  [
    'coinbase',
    spec('coinbase', 'BTC-USD'),
    '',
    '{"type":"subscribe","channels":[{"name":"heartbeat","product_ids":["BTC-USD"]},{"name":"matches","product_ids":["BTC-USD"]},{"name":"level2_batch","product_ids":["BTC-USD"]},{"name":"ticker","product_ids":["BTC-USD"]}]}',
  ],
  [
    'coinbase_advanced',
    spec('coinbase_advanced', 'BTC-USD'),
    'level2',
    '{"type":"subscribe","channel":"level2","product_ids":["BTC-USD"]}',
  ],
  [
    'bybit_spot',
    spec('bybit_spot', 'BTCUSDT'),
    '',
    '{"req_id":"7","op":"subscribe","args":["publicTrade.BTCUSDT","orderbook.200.BTCUSDT","tickers.BTCUSDT","orderbook.1.BTCUSDT"]}',
  ],
];

for (const [venue, instrument, requestKey, expected] of SENT) {
  test(`${venue} is asked for ${requestKey === '' ? 'everything at once' : requestKey}`, () => {
    const dialect = dialectOf(venue)!;
    const streams = dialect.streams(instrument).filter((stream) => stream.requestKey === requestKey);
    assert.equal(dialect.subscribe(streams, 7), expected);
  });
}

test('swaps of OKX share the index and the liquidations: asked for once, and answered by instrument or by type', () => {
  const okx = dialectOf('okx')!;
  const streams = ['BTC-USDT-SWAP', 'ETH-USDT-SWAP'].flatMap((symbol) =>
    okx.streams(spec('okx', symbol, { type: 'perpetual' })),
  );
  const { args } = JSON.parse(okx.subscribe(streams, 7)) as { args: { channel: string }[] };
  const shared = args.filter(({ channel }) => channel === 'index-tickers' || channel === 'liquidation-orders');
  assert.deepEqual(shared, [
    { channel: 'index-tickers', instId: 'BTC-USDT' },
    { channel: 'liquidation-orders', instType: 'SWAP' },
    { channel: 'index-tickers', instId: 'ETH-USDT' },
  ]);
  const ack = '{"id":"7","event":"subscribe","arg":{"channel":"liquidation-orders","instType":"SWAP"},"connId":"x"}';
  const topic = 'liquidation-orders:SWAP';
  assert.deepEqual(okx.read(ack), { kind: 'acked', requestId: 7, topics: [topic], symbol: 'SWAP' });
  assert.equal(streams.filter((stream) => stream.topic === topic).length, 2);
});

test('streams of USD-M stand on the tier that serves them', () => {
  const streams = dialectOf('binance_usdm')!.streams(spec('binance_usdm', 'BTCUSDT'));
  const tiers = Object.fromEntries(streams.map(({ topic, tier }) => [topic.slice('btcusdt@'.length), tier]));
  assert.deepEqual(tiers, {
    aggTrade: 'market',
    'depth@100ms': 'public',
    bookTicker: 'public',
    'markPrice@1s': 'market',
    forceOrder: 'market',
  });
});

const named = (requestId: number | null, topics: readonly string[], symbol: string | null) => ({
  requestId,
  topics,
  symbol,
});

const READ: readonly (readonly [venue: string, text: string, reply: unknown])[] = [
  [
    'kraken',
    '{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":10,"snapshot":true},"success":true,"req_id":7}',
    { kind: 'acked', ...named(7, ['book-10:BTC/USD'], 'BTC/USD') },
  ],
  [
    'kraken',
    '{"method":"unsubscribe","result":{"channel":"book","symbol":"BTC/USD"},"success":true,"req_id":8}',
    { kind: 'unsubscribed', ...named(8, [], 'BTC/USD') },
  ],
  [
    'kraken',
    '{"error":"Currency pair not supported X/Y","method":"subscribe","success":false,"symbol":"X/Y","req_id":7}',
    { kind: 'refused', reason: 'Currency pair not supported X/Y', ...named(7, [], 'X/Y') },
  ],
  [
    'kraken',
    '{"error":"Already subscribed","method":"subscribe","success":false,"symbol":"BTC/USD","req_id":7}',
    { kind: 'acked', ...named(7, [], 'BTC/USD') },
  ],
  [
    'kraken',
    '{"channel":"status","type":"update","data":[{"system":"maintenance"}]}',
    { kind: 'status', isOnline: false, text: 'maintenance' },
  ],
  ['binance', '{"result":null,"id":3}', { kind: 'acked', ...named(3, [], null) }],
  [
    'binance',
    '{"code":2,"msg":"Invalid request: unknown variant","id":3}',
    { kind: 'refused', reason: 'Invalid request: unknown variant', ...named(3, [], null) },
  ],
  ['binance', '{"error":{"code":2,"msg":"bad"},"id":3}', { kind: 'refused', reason: 'bad', ...named(3, [], null) }],
  [
    'binance',
    '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}',
    { kind: 'closing_soon', reason: 'serverShutdown' },
  ],
  [
    'okx',
    '{"id":"5","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"}',
    { kind: 'acked', ...named(5, ['books:BTC-USDT'], 'BTC-USDT') },
  ],
  [
    'okx',
    '{"id":"5","event":"error","code":"60018","msg":"Wrong URL or channel:books,instId:FOO-BAR doesn\'t exist"}',
    {
      kind: 'refused',
      reason: "60018: Wrong URL or channel:books,instId:FOO-BAR doesn't exist",
      ...named(5, ['books:FOO-BAR'], null),
    },
  ],
  ['okx', '{"event":"notice","code":"64008","msg":"upgrade soon"}', { kind: 'closing_soon', reason: 'upgrade soon' }],
  ['okx', '{"event":"channel-conn-count","channel":"books","connCount":"2"}', { kind: 'other' }],
  [
    'coinbase',
    '{"type":"subscriptions","channels":[{"name":"level2_50","product_ids":["BTC-USD"]},{"name":"matches","product_ids":["BTC-USD"]}]}',
    { kind: 'listed', topics: ['level2_batch:BTC-USD', 'matches:BTC-USD'] },
  ],
  [
    'coinbase',
    '{"type":"error","message":"Failed to subscribe","reason":"FOO-BAR is not a valid product"}',
    { kind: 'refused', reason: 'FOO-BAR is not a valid product', ...named(null, [], 'FOO-BAR'), spoilsRequest: true },
  ],
  [
    'coinbase_advanced',
    '{"channel":"subscriptions","events":[{"subscriptions":{"level2":["BTC-USD"],"heartbeats":["heartbeats"]}}]}',
    { kind: 'listed', topics: ['level2:BTC-USD', 'heartbeats:*'] },
  ],
  [
    'bybit_linear',
    '{"success":true,"ret_msg":"","conn_id":"x","req_id":"4","op":"subscribe"}',
    { kind: 'acked', ...named(4, [], null) },
  ],
  [
    'bybit_linear',
    '{"success":false,"ret_msg":"Invalid topic","req_id":"4","op":"subscribe"}',
    { kind: 'refused', reason: 'Invalid topic', ...named(4, [], null) },
  ],
  [
    'bybit_linear',
    '{"success":false,"ret_msg":"error:handler not found,topic:orderbook.500.FOOUSDT","req_id":"4","op":"subscribe"}',
    {
      kind: 'refused',
      reason: 'error:handler not found,topic:orderbook.500.FOOUSDT',
      ...named(4, ['orderbook.500.FOOUSDT'], null),
      spoilsRequest: true,
    },
  ],
  [
    'bybit_spot',
    '{"success":false,"ret_msg":"error:already subscribed,topic:tickers.BTCUSDT","req_id":"4","op":"subscribe"}',
    { kind: 'acked', ...named(4, ['tickers.BTCUSDT'], null), spoilsRequest: true },
  ],
  ...['kraken', 'binance', 'okx', 'coinbase', 'coinbase_advanced', 'bybit_spot'].flatMap((venue) =>
    [
      '',
      'null',
      '[]',
      '7',
      '{',
      '{}',
      '{"id":{},"event":[],"method":3,"result":[],"channels":{},"data":{},"success":"x","op":"subscribe2"}',
    ].map((text) => [venue, text, { kind: 'other' }] as const),
  ),
];

for (const [venue, text, reply] of READ) {
  test(`${venue} says ${text.slice(0, 60)}`, () => {
    assert.deepEqual(dialectOf(venue)!.read(text), reply);
  });
}

test('depth is asked for where the stream brings none', () => {
  const config = venueConfig({ rest: { depthSnapshotLevels: 400 } });
  const urlOf = (venue: string) => dialectOf(venue)!.depthUrl(config, spec(venue, 'SYM'));
  assert.deepEqual(
    ['binance', 'binance_us', 'binance_usdm', 'binance_coinm', 'okx', 'kraken', 'coinbase', 'bybit_linear'].map(urlOf),
    [
      'https://venue.test/api/v3/depth?symbol=SYM&limit=400',
      'https://venue.test/api/v3/depth?symbol=SYM&limit=400',
      'https://venue.test/fapi/v1/depth?symbol=SYM&limit=400',
      'https://venue.test/dapi/v1/depth?symbol=SYM&limit=400',
      'https://venue.test/api/v5/market/books?instId=SYM&sz=400',
      null,
      null,
      null,
    ],
  );
});
