/** The OKX codec: one message of each channel, and what is wrong with damaged ones. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OkxCodec } from '../../../src/core/market/venues/okx.ts';
import { CodecHarness } from '../../support/codec-harness.ts';
import { VENUE_FRAMES } from '../../support/venue-frames.ts';

const FRAMES = VENUE_FRAMES['okx']!;
const T = 1_786_310_818_130;
const harness = (symbols: readonly string[] | null = null) =>
  new CodecHarness((tools) => new OkxCodec(tools), { venue: 'okx', symbols });

function lines(frame: string, hint: string | null = null): string[] {
  const one = harness();
  const { outcome, reason, ticks } = one.decode(frame, hint === null ? null : one.tools.symbols.findText(hint));
  if (outcome !== 'ticks') return [`${outcome} ${reason}`.trim()];
  return ticks.map(
    ({ kind, symbol, channel, eventTimeMs, ...rest }) =>
      `${kind} ${symbol} ${channel} ${eventTimeMs} ${JSON.stringify(rest)}`,
  );
}

const trade = (price: string, size: string, takerSide: number, tradeId: number) =>
  JSON.stringify({ price, size, takerSide, tradeId, isIdSequential: false, isSnapshot: false, isOffMarket: false });
const depth = (ids: (number | null)[], checksum: number | null, bids: unknown, asks: unknown) =>
  JSON.stringify({ firstId: null, lastId: ids[0], previousId: ids[1], checksum, depthLimit: 0, bids, asks });
const ticker = (fields: object) =>
  JSON.stringify({
    markPrice: null,
    indexPrice: null,
    fundingRate: null,
    nextFundingTimeMs: null,
    openInterest: null,
    ...fields,
  });

const MESSAGES: readonly (readonly [string, string, readonly string[], string?])[] = [
  [
    'trade, the taker bought',
    FRAMES['trade']![0]!,
    [`trade BTC-USDT trades ${T} ${trade('42219.9', '0.12060306', 1, 130639474)}`],
  ],
  [
    'trades-all, the taker sold: two rows, sizes in contracts',
    FRAMES['trade']![1]!,
    [
      `trade BTC-USDT-SWAP trades-all ${T} ${trade('42220.0', '12', -1, 130639475)}`,
      `trade BTC-USDT-SWAP trades-all ${T} ${trade('42220.1', '1', -1, 130639476)}`,
    ],
  ],
  [
    'tickers',
    FRAMES['bbo']![0]!,
    [`bbo BTC-USDT tickers ${T} ${JSON.stringify({ bid: ['8888.88', '5'], ask: ['9999.99', '11'], lastId: null })}`],
  ],
  [
    'bbo-tbt',
    FRAMES['bbo']![1]!,
    [
      `bbo BTC-USDT bbo-tbt ${T} ${JSON.stringify({ bid: ['8476.97', '256'], ask: ['8476.98', '415'], lastId: 123456 })}`,
    ],
  ],
  [
    'book snapshot: prevSeqId -1 is none',
    FRAMES['depth_snapshot']![0]!,
    [
      `depth_snapshot BTC-USDT books ${T} ${depth(
        [123456, null],
        -855196043,
        [['8476.97', '256']],
        [
          ['8476.98', '415'],
          ['8477.00', '7'],
        ],
      )}`,
    ],
  ],
  [
    'book over REST: the symbol is the request’s',
    FRAMES['depth_snapshot']![1]!,
    [
      `depth_snapshot BTC-USDT books ${T} ${depth([3235851742, null], null, [['41006.3', '0.30178218']], [['41006.8', '0.60038921']])}`,
    ],
    'BTC-USDT',
  ],
  [
    'book update: checksum 0 as sent',
    FRAMES['depth_delta']![0]!,
    [
      `depth_delta BTC-USDT books ${T} ${depth(
        [123457, 123456],
        0,
        [['8476.9', '12']],
        [
          ['8477.0', '0'],
          ['8477.5', '3'],
        ],
      )}`,
    ],
  ],
  [
    'old book update without ids',
    FRAMES['depth_delta']![1]!,
    [`depth_delta BTC-USDT-SWAP books-l2-tbt ${T} ${depth([null, null], -1404728636, [['8476.9', '12']], [])}`],
  ],
  ['mark price', FRAMES['ticker']![0]!, [`ticker BTC-USDT-SWAP mark-price ${T} ${ticker({ markPrice: 42310.6 })}`]],
  ['index', FRAMES['ticker']![1]!, [`ticker BTC-USDT index-tickers ${T} ${ticker({ indexPrice: 0.1 })}`]],
  [
    'funding',
    FRAMES['ticker']![2]!,
    [`ticker BTC-USDT-SWAP funding-rate ${T} ${ticker({ fundingRate: -0.0001515, nextFundingTimeMs: T + 9_000_000 })}`],
  ],
  [
    'open interest, in contracts',
    FRAMES['ticker']![3]!,
    [`ticker BTC-USDT-SWAP open-interest ${T} ${ticker({ openInterest: 2216113.01 })}`],
  ],
  [
    'a liquidated long: the forced order sells',
    FRAMES['liquidation']![0]!,
    [
      `liquidation BTC-USDT-SWAP liquidation-orders ${T} ${JSON.stringify({ price: '0.007831', size: '13', takerSide: -1 })}`,
    ],
  ],
  ['pong is bare text', 'pong', ['heartbeat']],
  ['ack', FRAMES['other']![1]!, ['ack']],
  ['error', FRAMES['other']![2]!, ['error venue_error']],
  ['connection count', FRAMES['other']![3]!, ['status']],
  ['a channel that we do not read', FRAMES['other']![4]!, ['unknown unknown_channel:candle1m']],
  ['REST refusal', FRAMES['other']![5]!, ['error rate_limited']],
  ['a REST list', '{"code":"0","msg":"","data":[{"instId":"BTC-USDT"}]}', ['status']],
  ['a snapshot that nobody asked for', FRAMES['depth_snapshot']![1]!, ['unknown snapshot_without_symbol']],
  ['nothing we know', '{"x":1}', ['unknown unknown_channel:none']],
];

for (const [name, frame, expected, hint] of MESSAGES) {
  test(name, () => assert.deepEqual(lines(frame, hint ?? null), expected));
}

test('the ack names what was subscribed', () => {
  const one = harness();
  one.decode(FRAMES['other']![1]!);
  assert.deepEqual([one.batch.ackChannel, one.batch.ackSymbol, one.batch.isAckSubscribe], ['books', 'BTC-USDT', true]);
});

test('rows of unknown symbols are passed over', () => {
  assert.equal(harness([]).decode(FRAMES['trade']![0]!).reason, 'unknown_symbol');
  const frame = FRAMES['trade']![1]!.replace('BTC-USDT-SWAP","tradeId', 'ETH-USDT-SWAP","tradeId');
  assert.deepEqual(harness(['BTC-USDT-SWAP']).decode(frame).ticks.length, 1);
});

test('an empty side of a ticker', () => {
  const frame = FRAMES['bbo']![0]!.replace('"bidPx":"8888.88","bidSz":"5"', '"bidPx":"","bidSz":""');
  assert.deepEqual(harness().decode(frame).ticks[0]!.bid, [null, null]);
});

const [TRADE, DEPTH, FUNDING] = [FRAMES['trade']![0]!, FRAMES['depth_delta']![0]!, FRAMES['ticker']![2]!];
const MALFORMED: readonly (readonly [string, string, string, string])[] = [
  [TRADE, '"px":"42219.9",', '', 'bad_number'],
  [TRADE, '"42219.9"', '42219.9', 'bad_number'],
  [TRADE, '42219.9', '-1', 'bad_number'],
  [TRADE, '42219.9', '4e4', 'bad_number'],
  [TRADE, '"130639474"', '130639474', 'unsafe_integer'],
  [TRADE, '130639474', '9007199254740993', 'unsafe_integer'],
  [TRADE, `"${T}"`, '""', 'unsafe_integer'],
  [TRADE, '"buy"', '"BUY"', 'bad_side'],
  [TRADE, '"buy"', 'null', 'bad_side'],
  [TRADE, '"data":[', '"data":[7,', 'bad_shape'],
  [TRADE, /"data":.*/.exec(TRADE)![0], '"data":[]}', 'bad_shape'],
  [TRADE, /"data":.*/.exec(TRADE)![0], '"data":null}', 'bad_shape'],
  [DEPTH, '"action":"update"', '"action":"replace"', 'bad_shape'],
  [DEPTH, '"prevSeqId":123456', '"prevSeqId":-1', 'unsafe_integer'],
  [DEPTH, '"seqId":123457', '"seqId":1e400', 'unsafe_integer'],
  [DEPTH, '"checksum":0', '"checksum":"0"', 'unsafe_integer'],
  [DEPTH, '"bids":[["8476.9","12","0","1"]]', '"bids":{}', 'bad_levels'],
  [DEPTH, '["8476.9","12","0","1"]', '["8476.9"]', 'bad_levels'],
  [FUNDING, `"fundingTime":"${T + 9_000_000}"`, '"fundingTime":1.5', 'unsafe_integer'],
  [FUNDING, '"-0.0001515"', '"x"', 'bad_number'],
];

for (const [frame, part, instead, reason] of MALFORMED) {
  test(`malformed: ${part.slice(0, 40)} as ${instead.slice(0, 40) || 'nothing'} is ${reason}`, () => {
    assert.ok(frame.includes(part));
    const found = harness().decode(frame.replace(part, instead));
    assert.deepEqual([found.outcome, found.reason, found.ticks.length], ['malformed', reason, 0]);
  });
}

test('funding without a time has none, and never zero', () => {
  const frame = FUNDING.replace(`"fundingTime":"${T + 9_000_000}"`, '"fundingTime":""');
  assert.equal(harness().decode(frame).ticks[0]!.nextFundingTimeMs, null);
});

test('an index is a leg of the perpetual, where that is known', () => {
  const index =
    '{"arg":{"channel":"index-tickers","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","idxPx":"65000.5","ts":"1597026383085"}]}';
  for (const [symbols, told] of [
    [['BTC-USDT', 'BTC-USDT-SWAP'], 'BTC-USDT-SWAP'],
    [['BTC-USDT'], 'BTC-USDT'],
  ] as const) {
    const one = new CodecHarness((tools) => new OkxCodec(tools), { venue: 'okx', symbols });
    const { ticks } = one.decode(index);
    assert.deepEqual(
      ticks.map(({ symbol, channel, indexPrice, markPrice }) => [symbol, channel, indexPrice, markPrice]),
      [[told, 'index-tickers', 65000.5, null]],
    );
  }
});

test('liquidations of instruments that nobody wants come with those of their type, and are nothing unknown', () => {
  const details = '[{"side":"sell","posSide":"long","bkPx":"65000.1","sz":"2","ts":"1597026383085"}]';
  const frame = `{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[{"details":${details},"instId":"ETH-USDT-SWAP"}]}`;
  const outcomes = [['BTC-USDT-SWAP'], ['ETH-USDT-SWAP']].map((symbols) => {
    const one = new CodecHarness((tools) => new OkxCodec(tools), { venue: 'okx', symbols });
    return one.decode(frame).outcome;
  });
  assert.deepEqual(outcomes, ['status', 'ticks']);
});
