/** The Kraken codec, v1 and v2: one message of each kind, and what is wrong with damaged ones. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KrakenCodec } from '../../../src/core/market/venues/kraken.ts';
import { quoteNumbers } from '../../../src/core/market/venues/kraken-v2.ts';
import { CodecHarness } from '../../support/codec-harness.ts';
import { VENUE_FRAMES } from '../../support/venue-frames.ts';

const FRAMES = VENUE_FRAMES['kraken']!;
const T = 1_786_310_818;
const ISO_MS = Date.parse('2026-08-09T21:26:58Z');
const harness = (symbols: readonly string[] | null = null) =>
  new CodecHarness((tools) => new KrakenCodec(tools), { venue: 'kraken', symbols });

function lines(frame: string): string[] {
  const { outcome, reason, ticks } = harness().decode(frame);
  if (outcome !== 'ticks') return [`${outcome} ${reason}`.trim()];
  return ticks.map(
    ({ kind, symbol, channel, eventTimeMs, ...rest }) =>
      `${kind} ${symbol} ${channel} ${eventTimeMs} ${JSON.stringify(rest)}`,
  );
}

const trade = (price: string, size: string, takerSide: number, tradeId: number | null, isSnapshot = false) =>
  JSON.stringify({ price, size, takerSide, tradeId, isIdSequential: tradeId !== null, isSnapshot, isOffMarket: false });
const bbo = (bid: unknown, ask: unknown) => JSON.stringify({ bid, ask, lastId: null });
const depth = (checksum: number | null, depthLimit: number, bids: unknown, asks: unknown) =>
  JSON.stringify({ firstId: null, lastId: null, previousId: null, checksum, depthLimit, bids, asks });

const MESSAGES: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'v2 trade, the taker bought',
    FRAMES['trade']![0]!,
    [`trade BTC/USD trade ${ISO_MS + 440.295} ${trade('105944.20', '0.00027625', 1, 10218208)}`],
  ],
  [
    'v2 trade snapshot is history',
    FRAMES['trade']![1]!,
    [
      `trade BTC/USD trade ${ISO_MS - 1000 + 440.295} ${trade('105944.20', '0.1', -1, 10218207, true)}`,
      `trade BTC/USD trade ${ISO_MS - 1000 + 440.295} ${trade('105944.30', '0.2', 1, 10218206, true)}`,
    ],
  ],
  [
    'v1 trades, sold and bought, without ids',
    FRAMES['trade']![2]!,
    [
      `trade XBT/USD trade ${T * 1000 + 321.597} ${trade('5541.20000', '0.15850568', -1, null)}`,
      `trade XBT/USD trade ${T * 1000 + 321.598} ${trade('5541.30000', '0.15000000', 1, null)}`,
    ],
  ],
  [
    'v2 ticker',
    FRAMES['bbo']![0]!,
    [`bbo BTC/USD ticker ${ISO_MS + 440.295} ${bbo(['105944.1', '1.50000000'], ['105944.2', '0.25000000'])}`],
  ],
  [
    'v1 spread',
    FRAMES['bbo']![1]!,
    [`bbo XBT/USD spread ${T * 1000 + 123.456} ${bbo(['5698.40000', '1.01234567'], ['5700.00000', '0.98765432'])}`],
  ],
  [
    'v1 ticker has no time',
    FRAMES['bbo']![2]!,
    [`bbo XBT/USD ticker null ${bbo(['5525.10000', '1.000'], ['5525.40000', '1.000'])}`],
  ],
  [
    'v2 book snapshot: decimals are those of the wire',
    FRAMES['depth_snapshot']![0]!,
    [
      `depth_snapshot BTC/USD book ${ISO_MS + 440.295} ${depth(
        3310070434,
        10,
        [
          ['45283.5', '0.10000000'],
          ['45283.4', '1.54582015'],
        ],
        [
          ['45285.2', '0.00100000'],
          ['45286.4', '1.54571953'],
        ],
      )}`,
    ],
  ],
  [
    'v1 book snapshot: no checksum',
    FRAMES['depth_snapshot']![1]!,
    [
      `depth_snapshot XBT/USD book ${T * 1000 + 486.493} ${depth(
        null,
        1000,
        [['0.05000', '0.00000500']],
        [
          ['0.05005', '0.00000500'],
          ['0.05010', '0.00000500'],
        ],
      )}`,
    ],
  ],
  [
    'v2 book update',
    FRAMES['depth_delta']![0]!,
    [`depth_delta BTC/USD book ${ISO_MS + 440.295} ${depth(2114181697, 0, [['45283.5', '0.25000000']], [])}`],
  ],
  [
    'v1 book update of one side',
    FRAMES['depth_delta']![1]!,
    [`depth_delta XBT/USD book ${T * 1000 + 493.008} ${depth(974947235, 0, [], [['0.05120', '0.00000500']])}`],
  ],
  [
    'v1 book update of both sides: two objects, the later time, the checksum of the last',
    FRAMES['depth_delta']![2]!,
    [
      `depth_delta XBT/USD book ${T * 1000 + 493.009} ${depth(974947235, 0, [['0.04765', '0.00000500']], [['0.05120', '0.00000600']])}`,
    ],
  ],
  ['v1 heartbeat', FRAMES['other']![0]!, ['heartbeat']],
  ['v2 heartbeat', FRAMES['other']![1]!, ['heartbeat']],
  ['v1 ack', FRAMES['other']![2]!, ['ack']],
  ['v2 ack', FRAMES['other']![3]!, ['ack']],
  ['v2 refusal', FRAMES['other']![4]!, ['error venue_error']],
  ['a channel that we do not read', FRAMES['other']![5]!, ['unknown unknown_channel:ohlc']],
  ['an error inside a REST answer', FRAMES['other']![6]!, ['error rate_limited']],
  ['v2 pong', '{"method":"pong","req_id":42}', ['heartbeat']],
  ['v2 status', '{"channel":"status","type":"update","data":[{"system":"online"}]}', ['status']],
  ['v1 system status', '{"event":"systemStatus","status":"online"}', ['status']],
  ['v1 refusal', '{"event":"subscriptionStatus","status":"error","errorMessage":"x"}', ['error venue_error']],
  ['v1 spread of no market', '[0,["0.0","0.0","0","0.0","0.0"],"spread","XBT/USD"]', ['unknown no_market']],
  ['v1 channel that we do not read', '[0,["1"],"ohlc-5","XBT/USD"]', ['unknown unknown_channel:ohlc']],
  ['nothing we know', '{"x":1}', ['unknown unknown_channel:none']],
];

for (const [name, frame, expected] of MESSAGES) {
  test(name, () => assert.deepEqual(lines(frame), expected));
}

test('acks name channel and symbol; an unasked unsubscribe too', () => {
  const one = harness();
  const acked = (frame: string) => {
    assert.equal(one.decode(frame).outcome, 'ack');
    return [one.batch.ackChannel, one.batch.ackSymbol, one.batch.isAckSubscribe];
  };
  assert.deepEqual(acked(FRAMES['other']![2]!), ['book', 'XBT/USD', true]);
  assert.deepEqual(acked(FRAMES['other']![2]!.replace('"subscribed"', '"unsubscribed"')), ['book', 'XBT/USD', false]);
  assert.deepEqual(acked(FRAMES['other']![3]!), ['book', 'BTC/USD', true]);
});

test('the depth is the one that the ack named, also after a restore; nonsense is not noted', () => {
  const one = harness();
  const limit = () => one.decode(FRAMES['depth_snapshot']![0]!).ticks[0]!.depthLimit;
  const ack = (depth: string) => one.decode(FRAMES['other']![3]!.replace('"depth":10', `"depth":${depth}`));
  ack('25');
  assert.equal(limit(), 25);
  for (const nonsense of ['-1', '1e400', '7', '"100"', 'null']) ack(nonsense);
  assert.equal(limit(), 25);
  const saved = one.codec.save!();
  one.renew();
  assert.equal(limit(), 10);
  one.codec.restore!(saved);
  assert.equal(limit(), 25);
});

test('an empty side of a ticker is 0 in v2', () => {
  const frame = FRAMES['bbo']![0]!.replace('"bid":105944.1,"bid_qty":1.5', '"bid":0.0,"bid_qty":0.0');
  assert.deepEqual(harness().decode(frame).ticks[0]!.bid, [null, null]);
});

test('unknown symbols', () => {
  for (const kind of ['trade', 'bbo', 'depth_snapshot', 'depth_delta']) {
    for (const frame of FRAMES[kind]!) assert.equal(harness([]).decode(frame).reason, 'unknown_symbol');
  }
});

const [V2_TRADE, V2_BOOK, V1_BOOK] = [FRAMES['trade']![0]!, FRAMES['depth_delta']![0]!, FRAMES['depth_delta']![1]!];
const [V1_TRADE, V1_BOTH] = [FRAMES['trade']![2]!, FRAMES['depth_delta']![2]!];
const MALFORMED: readonly (readonly [string, string, string, string])[] = [
  [V2_TRADE, '"price":105944.20,', '', 'bad_number'],
  [V2_TRADE, '105944.20', '-1', 'bad_number'],
  [V2_TRADE, '105944.20', '1e5', 'bad_number'],
  [V2_TRADE, '105944.20', 'null', 'bad_number'],
  [V2_TRADE, '10218208', '9007199254740993', 'unsafe_integer'],
  [V2_TRADE, '"buy"', '"b"', 'bad_side'],
  [V2_TRADE, '"2026-08-09T21:26:58.440295Z"', '"yesterday"', 'bad_time'],
  [V2_TRADE, '"update"', '"x"', 'bad_shape'],
  [V2_TRADE, /"data":.*/.exec(V2_TRADE)![0], '"data":[]}', 'bad_shape'],
  [V2_BOOK, '"asks":[]', '"asks":{}', 'bad_shape'],
  [V2_BOOK, '"asks":[]', '"asks":[7]', 'bad_shape'],
  [V2_BOOK, ',"qty":0.25000000', '', 'bad_number'],
  [V2_BOOK, '2114181697', '-5', 'unsafe_integer'],
  [V1_BOOK, '"1786310818.493008"', '"1786310818"', 'bad_time'],
  [V1_BOOK, '"1786310818.493008"', '"17863108181.493008"', 'bad_time'],
  [V1_BOOK, '"1786310818.493008"', '1786310818.493008', 'bad_time'],
  [V1_BOOK, ',"1786310818.493008"', '', 'bad_time'],
  [V1_BOOK, '"974947235"', '974947235', 'unsafe_integer'],
  [V1_BOOK, '"book-1000"', '"book"', 'bad_shape'],
  [V1_BOOK, '"a":', '"x":', 'bad_shape'],
  [V1_BOTH, '"b":', '"a":', 'bad_shape'],
  [V1_TRADE, '"s","l"', '"sell","l"', 'bad_side'],
  [V1_TRADE, V1_TRADE, '[336,[],"trade","XBT/USD"]', 'bad_shape'],
  [V1_TRADE, V1_TRADE, '[336,"trade","XBT/USD"]', 'bad_shape'],
  [V1_TRADE, V1_TRADE, '[]', 'bad_shape'],
  [V1_TRADE, V1_TRADE, '7', 'bad_shape'],
  [V1_TRADE, V1_TRADE, '[1,', 'invalid_json'],
];

for (const [frame, part, instead, reason] of MALFORMED) {
  test(`malformed: ${part.slice(0, 40)} as ${instead.slice(0, 40) || 'nothing'} is ${reason}`, () => {
    assert.ok(frame.includes(part));
    const found = harness().decode(frame.replace(part, instead));
    assert.deepEqual([found.outcome, found.reason, found.ticks.length], ['malformed', reason, 0]);
  });
}

test('quoteNumbers keeps every digit, and touches nothing but numbers', () => {
  assert.equal(
    quoteNumbers('{"a":0.00005100,"b":[-1.50e-7,"1.0\\"2"],"3":null}'),
    '{"a":"0.00005100","b":["-1.50e-7","1.0\\"2"],"3":null}',
  );
  fc.assert(
    fc.property(fc.json(), (json) => {
      const isNumber = (_: string, value: unknown) => (typeof value === 'number' ? String(value) : value);
      const unquoted = (_: string, value: unknown) =>
        typeof value === 'string' && value !== '' && !Number.isNaN(Number(value)) ? String(Number(value)) : value;
      assert.deepEqual(
        JSON.parse(quoteNumbers(json), unquoted),
        JSON.parse(JSON.stringify(JSON.parse(json, isNumber)), unquoted),
      );
      assert.ok(!/[[:,]-?[0-9]/.test(quoteNumbers(json).replace(/"[^"\\]*(?:\\.[^"\\]*)*"/g, '""')));
    }),
  );
});
