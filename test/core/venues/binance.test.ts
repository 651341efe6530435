/** The Binance codec: one message of each kind of spot, USD-M and COIN-M, and what is wrong with damaged ones. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BinanceCodec } from '../../../src/core/market/venues/binance.ts';
import { CodecHarness } from '../../support/codec-harness.ts';
import { VENUE_FRAMES } from '../../support/venue-frames.ts';

const SPOT = VENUE_FRAMES['binance']!;
const USDM = VENUE_FRAMES['binance_usdm']!;
const COINM = VENUE_FRAMES['binance_coinm']!;
const T = 1_786_310_818_130;
const harness = (symbols: readonly string[] | null = null) =>
  new CodecHarness((tools) => new BinanceCodec(tools), { symbols });

/** Kind, symbol, channel, time, then the kind's own fields in a few words. */
function lines(frame: string, hint: string | null = null): string[] {
  const one = harness();
  const { outcome, reason, ticks } = one.decode(frame, hint === null ? null : one.tools.symbols.findText(hint));
  if (outcome !== 'ticks') return [`${outcome} ${reason}`.trim()];
  return ticks.map(
    ({ kind, symbol, channel, eventTimeMs, ...rest }) =>
      `${kind} ${symbol} ${channel} ${eventTimeMs} ${JSON.stringify(rest)}`,
  );
}

const trade = (price: string, size: string, takerSide: number, tradeId: number, isOffMarket = false) =>
  JSON.stringify({ price, size, takerSide, tradeId, isIdSequential: true, isSnapshot: false, isOffMarket });
const bbo = (bid: unknown[], ask: unknown[], lastId: number) => JSON.stringify({ bid, ask, lastId });
const depth = (ids: (number | null)[], bids: unknown, asks: unknown) =>
  JSON.stringify({ firstId: ids[0], lastId: ids[1], previousId: ids[2], checksum: null, depthLimit: 0, bids, asks });
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
    'spot trade, the maker bought: the taker sold',
    SPOT['trade']![0]!,
    [`trade BTCUSDT trade ${T - 1} ${trade('61800.1', '0.001', -1, 12345)}`],
  ],
  [
    'combined spot trade, the maker sold: the taker bought',
    SPOT['trade']![1]!,
    [`trade BTCUSDT trade ${T} ${trade('61800.2', '1.5', 1, 12346)}`],
  ],
  [
    'spot aggTrade has its own ids',
    SPOT['trade']![2]!,
    [`trade BTCUSDT aggTrade ${T} ${trade('61800.2', '1.5', 1, 777)}`],
  ],
  [
    'spot bookTicker has no time',
    SPOT['bbo']![0]!,
    [`bbo BTCUSDT bookTicker null ${bbo(['61800.1', '31.21'], ['61800.2', '40.66'], 400900217)}`],
  ],
  [
    'an array of bookTickers',
    SPOT['bbo']![2]!,
    [
      `bbo BTCUSDT bookTicker null ${bbo(['61800.10', '31.2'], ['61800.25', '4.1'], 400900219)}`,
      `bbo ETHUSDT bookTicker null ${bbo(['2683.80', '1'], ['2683.81', '2'], 5)}`,
    ],
  ],
  [
    'spot depth snapshot over REST: the symbol is the request’s',
    SPOT['depth_snapshot']![0]!,
    [
      `depth_snapshot BTCUSDT depth null ${depth(
        [null, 160, null],
        [
          ['61800.1', '1'],
          ['61800.0', '2'],
        ],
        [
          ['61800.2', '3'],
          ['61800.3', '4'],
        ],
      )}`,
    ],
    'BTCUSDT',
  ],
  [
    'spot depth',
    SPOT['depth_delta']![0]!,
    [
      `depth_delta BTCUSDT depth ${T} ${depth(
        [157, 161, null],
        [['61800.1', '10']],
        [
          ['61800.2', '0'],
          ['61800.3', '100'],
        ],
      )}`,
    ],
  ],
  ['futures trade', USDM['trade']![0]!, [`trade BTCUSDT trade ${T - 2} ${trade('61800.1', '3', -1, 5001)}`]],
  [
    'a trade of the insurance fund is off market',
    USDM['trade']![2]!,
    [`trade BTCUSDT trade ${T} ${trade('61801.1', '1', 1, 5003, true)}`],
  ],
  [
    'futures bookTicker: engine time',
    USDM['bbo']![0]!,
    [`bbo BTCUSDT bookTicker ${T - 1} ${bbo(['61800.1', '31'], ['61801.1', '40'], 400900217)}`],
  ],
  [
    'futures depth: engine time and the previous id',
    USDM['depth_delta']![0]!,
    [
      `depth_delta BTCUSDT depth ${T - 1} ${depth([1027020, 1027030, 1027019], [['61800.1', '10']], [['61802.1', '100']])}`,
    ],
  ],
  [
    'COIN-M depth snapshot names its symbol',
    COINM['depth_snapshot']![0]!,
    [
      `depth_snapshot BTCUSD_PERP depth ${T - 3} ${depth([null, 1027024, null], [['61800.1', '431']], [['61802.1', '12']])}`,
    ],
  ],
  [
    'mark price',
    USDM['ticker']![0]!,
    [
      `ticker BTCUSDT markPrice ${T} ${ticker({ markPrice: 11794.15, indexPrice: 11784.62659091, fundingRate: 0.00038167, nextFundingTimeMs: T + 9_000_000 })}`,
    ],
  ],
  [
    'open interest over REST',
    USDM['ticker']![1]!,
    [`ticker BTCUSDT openInterest ${T} ${ticker({ openInterest: 10659.509 })}`],
  ],
  [
    'a liquidated long: the forced order sells',
    USDM['liquidation']![0]!,
    [`liquidation BTCUSDT forceOrder ${T - 5} ${JSON.stringify({ price: '61700.1', size: '14', takerSide: -1 })}`],
  ],
  ['ack', SPOT['other']![0]!, ['ack']],
  ['error', SPOT['other']![1]!, ['error venue_error']],
  ['shutdown', SPOT['other']![2]!, ['status']],
  ['a channel that we do not read', SPOT['other']![3]!, ['unknown unknown_channel:kline']],
  ['partial depth is no base for deltas', SPOT['other']![4]!, ['unknown unknown_channel:partial_depth']],
  ['a snapshot that nobody asked for', SPOT['depth_snapshot']![0]!, ['unknown snapshot_without_symbol']],
  ['exchange information', '{"timezone":"UTC","serverTime":1,"symbols":[]}', ['status']],
];

for (const [name, frame, expected, hint] of MESSAGES) {
  test(name, () => assert.deepEqual(lines(frame, hint ?? null), expected));
}

test('unknown symbols are passed over, also inside an array', () => {
  const one = harness(['ETHUSDT']);
  assert.equal(one.decode(SPOT['trade']![0]!).reason, 'unknown_symbol');
  assert.deepEqual(
    one.decode(SPOT['bbo']![2]!).ticks.map(({ symbol }) => symbol),
    ['ETHUSDT'],
  );
  assert.equal(harness([]).decode(SPOT['bbo']![2]!).outcome, 'unknown');
});

test('an array: all ticks are at the decimals that the whole frame needs, and a malformed event spoils it', () => {
  const event = (b: string) => `{"u":1,"s":"BTCUSDT","b":"${b}","B":"1","a":"9","A":"1"}`;
  const one = harness();
  const { ticks } = one.decode(`[${event('1.5')},${event('1.625')}]`);
  assert.deepEqual(
    ticks.map(({ bid }) => bid),
    [
      ['1.500', '1'],
      ['1.625', '1'],
    ],
  );
  const before = one.instrument('BTCUSDT').priceDecimals;
  assert.deepEqual(
    [one.decode(`[${event('1.12345')},${event('x')}]`).reason, one.instrument('BTCUSDT').priceDecimals],
    ['bad_number', before],
  );
  assert.equal(one.decode(`[${event('1.5')},{"result":null}]`).ticks.length, 1);
});

const [TRADE, DEPTH] = [SPOT['trade']![0]!, SPOT['depth_delta']![0]!];
/** [what was changed, into what, the reason]. */
const MALFORMED: readonly (readonly [string, string, string, string])[] = [
  [TRADE, '"p":"61800.10000000",', '', 'bad_number'],
  [TRADE, '"61800.10000000"', '61800.1', 'bad_number'],
  [TRADE, '61800.10000000', '-1', 'bad_number'],
  [TRADE, '61800.10000000', '1e5', 'bad_number'],
  [TRADE, '"61800.10000000"', 'null', 'bad_number'],
  [TRADE, '61800.10000000', '1.1234567890123456789', 'too_many_decimals'],
  [TRADE, '61800.10000000', '9007199254740993', 'price_out_of_range'],
  [TRADE, '"t":12345', '"t":9007199254740993', 'unsafe_integer'],
  [TRADE, '"t":12345', '"t":"12345"', 'unsafe_integer'],
  [TRADE, '"t":12345', '"t":-1', 'unsafe_integer'],
  [TRADE, '"t":12345', '"t":1.5', 'unsafe_integer'],
  [TRADE, `"T":${T - 1}`, '"T":null', 'unsafe_integer'],
  [TRADE, '"m":true', '"m":1', 'bad_side'],
  [TRADE, '"m":true,', '', 'bad_side'],
  [TRADE, '"BTCUSDT"', '7', 'bad_symbol'],
  [TRADE, '"BTCUSDT"', '""', 'bad_symbol'],
  [TRADE, '"BTCUSDT"', '"BTC USDT"', 'bad_symbol'],
  [DEPTH, '"b":[["61800.10000000","10.00000000"]]', '"b":null', 'bad_levels'],
  [DEPTH, '["61800.10000000","10.00000000"]', '["61800.10000000"]', 'bad_levels'],
  [DEPTH, '["61800.10000000","10.00000000"]', '[]', 'bad_levels'],
  [DEPTH, '["61800.10000000","10.00000000"]', '{}', 'bad_levels'],
  [DEPTH, '"u":161', '"u":null', 'unsafe_integer'],
  [USDM['depth_delta']![0]!, '"pu":1027019', '"pu":null', 'unsafe_integer'],
  [USDM['ticker']![0]!, `"T":${T + 9_000_000}`, '"T":1e400', 'unsafe_integer'],
  [USDM['ticker']![0]!, '"0.00038167"', '"x"', 'bad_number'],
  [USDM['liquidation']![0]!, '"SELL"', '"sell"', 'bad_side'],
  [USDM['liquidation']![0]!, '"o":{', '"o":[],"x":{', 'bad_shape'],
  [TRADE, '}', '', 'invalid_json'],
  [TRADE, TRADE, '7', 'bad_shape'],
  [TRADE, TRADE, '{"stream":"x","data":7}', 'bad_shape'],
  [TRADE, TRADE, '[7]', 'bad_shape'],
];

for (const [frame, part, instead, reason] of MALFORMED) {
  test(`malformed: ${part.slice(0, 40)} as ${instead.slice(0, 40) || 'nothing'} is ${reason}`, () => {
    assert.ok(frame.includes(part));
    const one = harness();
    const found = one.decode(frame.replace(part, instead));
    assert.deepEqual([found.outcome, found.reason, found.ticks.length], ['malformed', reason, 0]);
  });
}

test('empty sides and empty levels are sound; a zero price is an empty side', () => {
  assert.equal(harness().decode(DEPTH.replace(/"b":.*/, '"b":[],"a":[]}')).outcome, 'ticks');
  const [tick] = harness().decode(SPOT['bbo']![0]!.replace('"b":"61800.10000000"', '"b":"0.00000000"')).ticks;
  assert.deepEqual(tick!.bid, [null, null]);
});

test('delivery contracts have no next funding', () => {
  const frame = USDM['ticker']![0]!.replace(`"T":${T + 9_000_000}`, '"T":0');
  assert.equal(harness().decode(frame).ticks[0]!.nextFundingTimeMs, null);
});
