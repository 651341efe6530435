/** The Bybit v5 codec on documented frames, on real recordings of 2024 and 2026, and on damaged frames. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decompress } from 'fzstd';
import { Prng } from '../../../src/core/base/prng.ts';
import { BybitCodec } from '../../../src/core/market/venues/bybit.ts';
import { bytesOf, CodecHarness, fuzz, type ReadableTick } from '../../support/codec-harness.ts';
import { hasMarketdata, MARKETDATA } from '../../support/marketdata.ts';

const needsMarketdata = { skip: hasMarketdata ? false : 'no recorded market data here' };
const harness = (symbols: readonly string[] | null = null) =>
  new CodecHarness((tools) => new BybitCodec(tools), { symbols });

const BOOK = {
  s: 'BTCUSDT',
  b: [
    ['65095.30', '0.005'],
    ['65093.10', '0'],
  ],
  a: [['65116.60', '1.25']],
  u: 15076953,
  seq: 7538439138,
};
const DELTA = { topic: 'orderbook.200.BTCUSDT', type: 'delta', ts: 1786310818130, data: BOOK, cts: 1786310818129 };
const SNAPSHOT = { ...DELTA, type: 'snapshot' };
const BEST = { ...SNAPSHOT, topic: 'orderbook.1.BTCUSDT', data: { ...BOOK, b: [['65095.30', '0.005']] } };
const FILL = {
  T: 1786310819680,
  s: 'BTCUSDT',
  S: 'Sell',
  v: '0.004',
  p: '65114.20',
  L: 'MinusTick',
  i: 'a9188a0a-82bc-50de-be60-03eedbe3cdd7',
  BT: false,
  RPI: false,
  seq: 753843954913,
};
const trades = (...data: unknown[]) => ({ topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: 1786310819681, data });
const ticker = (data: object) => ({
  topic: 'tickers.BTCUSDT',
  type: 'delta',
  data: { symbol: 'BTCUSDT', ...data },
  cs: 1,
  ts: 1786310818183,
});
const liquidations = (...data: unknown[]) => ({
  topic: 'allLiquidation.BTCUSDT',
  type: 'snapshot',
  ts: 1739502303204,
  data,
});

test('an orderbook delta', () => {
  const { outcome, ticks } = harness().decode(DELTA);
  assert.equal(outcome, 'ticks');
  assert.deepEqual(ticks, [
    {
      kind: 'depth_delta',
      symbol: 'BTCUSDT',
      channel: 'orderbook.200',
      eventTimeMs: 1786310818129,
      firstId: null,
      lastId: 15076953,
      previousId: null,
      checksum: null,
      depthLimit: 0,
      bids: [
        ['65095.3', '0.005'],
        ['65093.1', '0.000'],
      ],
      asks: [['65116.6', '1.250']],
    },
  ]);
});

test('a snapshot replaces the book, and so does any message with u 1', () => {
  assert.equal(harness().decode(SNAPSHOT).ticks[0]!.kind, 'depth_snapshot');
  assert.equal(harness().decode({ ...DELTA, data: { ...BOOK, u: 1 } }).ticks[0]!.kind, 'depth_snapshot');
});

test('without the matching time the sending time stands', () => {
  const { cts: _, ...old } = DELTA;
  assert.equal(harness().decode(old).ticks[0]!.eventTimeMs, 1786310818130);
});

test('level 1 is a bbo', () => {
  assert.deepEqual(harness().decode(BEST).ticks, [
    {
      kind: 'bbo',
      symbol: 'BTCUSDT',
      channel: 'orderbook.1',
      eventTimeMs: 1786310818129,
      bid: ['65095.3', '0.005'],
      ask: ['65116.6', '1.250'],
      lastId: 15076953,
    },
  ]);
});

test('level 1: an empty side of a snapshot is empty; a delta without a side tells nothing', () => {
  const noBids = { ...BOOK, b: [] };
  assert.deepEqual(harness().decode({ ...BEST, data: noBids }).ticks[0]!.bid, [null, null]);
  const partial = harness().decode({ ...BEST, type: 'delta', data: noBids });
  assert.deepEqual([partial.outcome, partial.reason], ['unknown', 'level_one_delta']);
  const moved = {
    ...BOOK,
    b: [
      ['65095.30', '0'],
      ['65095.20', '2'],
    ],
    a: [['65116.60', '0']],
  };
  const [tick] = harness().decode({ ...BEST, type: 'delta', data: moved }).ticks;
  assert.deepEqual(
    [tick!.bid, tick!.ask],
    [
      ['65095.2', '2'],
      [null, null],
    ],
  );
});

test('trades carry the side of the taker', () => {
  const { ticks } = harness().decode(trades(FILL, { ...FILL, S: 'Buy', p: '65114.3', BT: true }));
  assert.deepEqual(ticks[0], {
    kind: 'trade',
    symbol: 'BTCUSDT',
    channel: 'publicTrade',
    eventTimeMs: 1786310819680,
    price: '65114.2',
    size: '0.004',
    takerSide: -1,
    tradeId: null,
    isIdSequential: false,
    isSnapshot: false,
    isOffMarket: false,
  });
  assert.deepEqual([ticks[1]!.takerSide, ticks[1]!.price, ticks[1]!.isOffMarket], [1, '65114.3', true]);
});

test("an option's trades come under the topic of their coin", () => {
  const frame = { ...trades({ ...FILL, s: 'BTC-6JAN23-17500-C' }), topic: 'publicTrade.BTC' };
  assert.equal(harness().decode(frame).ticks[0]!.symbol, 'BTC-6JAN23-17500-C');
});

test('a liquidated long is a forced sale', () => {
  const row = { T: 1739502302929, s: 'BTCUSDT', S: 'Buy', v: '20000', p: '0.04499' };
  const { ticks } = harness().decode(liquidations(row, { ...row, S: 'Sell' }));
  assert.deepEqual(ticks[0], {
    kind: 'liquidation',
    symbol: 'BTCUSDT',
    channel: 'allLiquidation',
    eventTimeMs: 1739502302929,
    price: '0.04499',
    size: '20000',
    takerSide: -1,
  });
  assert.equal(ticks[1]!.takerSide, 1);
});

test('a ticker snapshot gives a ticker and a bbo', () => {
  const frame = ticker({
    markPrice: '17217.33',
    indexPrice: '17227.36',
    fundingRate: '-0.000212',
    nextFundingTime: '1673280000000',
    openInterest: '68744.761',
    bid1Price: '17215.50',
    bid1Size: '84.489',
    ask1Price: '17216.00',
    ask1Size: '83.020',
  });
  const [first, second] = harness().decode(frame).ticks;
  assert.deepEqual(first, {
    kind: 'ticker',
    symbol: 'BTCUSDT',
    channel: 'tickers',
    eventTimeMs: 1786310818183,
    markPrice: 17217.33,
    indexPrice: 17227.36,
    fundingRate: -0.000212,
    nextFundingTimeMs: 1673280000000,
    openInterest: 68744.761,
  });
  assert.deepEqual([second!.kind, second!.bid, second!.ask], ['bbo', ['17215.5', '84.489'], ['17216.0', '83.020']]);
});

test('a ticker delta has only what changed, and no bbo of half a quote', () => {
  const { ticks } = harness().decode(ticker({ markPrice: '65117.43', ask1Price: '65114.30', ask1Size: '10.488' }));
  assert.equal(ticks.length, 1);
  assert.deepEqual([ticks[0]!.markPrice, ticks[0]!.indexPrice, ticks[0]!.fundingRate], [65117.43, null, null]);
});

test('a dated future has no funding', () => {
  const [tick] = harness().decode(ticker({ fundingRate: '', nextFundingTime: '0' })).ticks;
  assert.deepEqual([tick!.fundingRate, tick!.nextFundingTimeMs], [null, null]);
});

test('frames that are no market data', () => {
  const rows: readonly [unknown, string, string][] = [
    [{ success: true, ret_msg: '', conn_id: 'c', req_id: '1', op: 'subscribe' }, 'ack', ''],
    [{ success: false, ret_msg: 'Invalid topic', conn_id: 'c', op: 'subscribe' }, 'error', 'subscribe_refused'],
    [{ success: true, ret_msg: 'pong', conn_id: 'c', op: 'ping' }, 'heartbeat', ''],
    [{ args: ['1672916271846'], op: 'pong' }, 'heartbeat', ''],
    [{ success: true, op: 'auth' }, 'unknown', 'unknown_op:auth'],
    [{ retCode: 0, retMsg: 'OK', result: { category: 'linear', list: [] } }, 'status', ''],
    [{ retCode: 10006, retMsg: 'Too many visits', result: {} }, 'error', 'rate_limited'],
    [{ retCode: 0, retMsg: 'OK', result: {} }, 'unknown', 'unknown_reply'],
    [{ topic: 'kline.5.BTCUSDT', data: [] }, 'unknown', 'unknown_channel:kline'],
    [{ topic: '', data: [] }, 'unknown', 'unknown_channel:none'],
    [trades(), 'unknown', 'no_data'],
    [trades({ ...FILL, s: 'BTCUSDTX' }), 'unknown', 'unknown_symbol'],
  ];
  for (const [frame, outcome, reason] of rows) {
    const decoded = harness(['BTCUSDT']).decode(frame);
    assert.deepEqual(
      [decoded.outcome, decoded.reason, decoded.ticks.length],
      [outcome, reason, 0],
      JSON.stringify(frame),
    );
  }
});

test('fields that we do not know are passed over and counted, on the fast path too', () => {
  const codec = new BybitCodec(harness(['BTCUSDT']).tools);
  const subject = new CodecHarness(() => codec);
  for (let i = 1; i <= 3; i++) {
    assert.equal(
      subject.decode({ ...DELTA, ts: DELTA.ts + i, colour: 'red', data: { ...BOOK, u: 10 + i } }).outcome,
      'ticks',
    );
    assert.equal(codec.unknownFields, i);
  }
  assert.equal(codec.slowFrames, 1);
});

test('a size over 2^53 keeps its text', () => {
  const b = [
    ['1', '5'],
    ['2', '9007199254740993'],
  ];
  const subject = harness();
  assert.deepEqual(subject.decode({ ...DELTA, data: { ...BOOK, b, a: [] } }).ticks[0]!.bids, b);
  assert.deepEqual(subject.batch.oddSizes, [{ level: 1, text: '9007199254740993' }]);
});

test('malformed frames say why and leave nothing behind', () => {
  const book = (changes: object) => ({ ...DELTA, data: { ...BOOK, ...changes } });
  const rows: readonly [unknown, string][] = [
    ['', 'invalid_json'],
    ['[]', 'bad_shape'],
    ['{}', 'bad_shape'],
    [{ op: 'subscribe' }, 'bad_shape'],
    [{ ...DELTA, data: null }, 'bad_shape'],
    [{ ...DELTA, type: 'update' }, 'bad_shape'],
    [{ ...DELTA, cts: '1786310818129' }, 'unsafe_integer'],
    [{ ...DELTA, topic: 'orderbook.200.ETHUSDT' }, 'bad_symbol'],
    [{ ...BEST, topic: 'orderbook.#.BTCUSDT' }, 'bad_depth'],
    [{ ...BEST, topic: 'orderbook..BTCUSDT' }, 'bad_depth'],
    [book({ s: undefined }), 'bad_symbol'],
    [book({ u: undefined }), 'unsafe_integer'],
    [book({ u: 2 ** 53 }), 'unsafe_integer'],
    [book({ b: undefined }), 'bad_levels'],
    [book({ a: [['1', '1'], ['1']] }), 'bad_levels'],
    [
      book({
        a: [
          ['1', '1'],
          [1, '1'],
        ],
      }),
      'bad_number',
    ],
    [
      book({
        a: [
          ['90071992547409.93', '1'],
          ['1.001', '1'],
        ],
      }),
      'price_out_of_range',
    ],
    [{ ...BEST, data: { ...BOOK, a: [['', '1']] } }, 'bad_number'],
    [trades(FILL, { ...FILL, S: 'SELL' }), 'bad_side'],
    [trades(FILL, { ...FILL, T: 1.5 }), 'unsafe_integer'],
    [trades(FILL, 7), 'bad_shape'],
    [{ ...trades(FILL), topic: 'publicTrade' }, 'bad_symbol'],
    [{ ...trades(FILL), data: {} }, 'bad_shape'],
    [ticker({ markPrice: 'x' }), 'bad_number'],
    [ticker({ nextFundingTime: '-1' }), 'unsafe_integer'],
    [ticker({ symbol: 'ETHUSDT' }), 'bad_symbol'],
    [liquidations({ T: 1, s: 'ETHUSDT', S: 'Buy', v: '1', p: '1' }), 'bad_symbol'],
  ];
  for (const [frame, reason] of rows) {
    const subject = harness();
    const decoded = subject.decode(frame);
    assert.deepEqual([decoded.outcome, decoded.reason], ['malformed', reason], JSON.stringify(frame));
    assert.equal(subject.batch.count + subject.batch.levelCount + subject.batch.oddSizes.length, 0);
  }
});

interface RecordedFrame {
  readonly connection: string;
  readonly frame: Uint8Array;
}

/** The received messages of a cryptofeed v3 recording, and its HTTP replies as connection `http`. */
function recordedFrames(): RecordedFrame[] {
  const bytes = decompress(readFileSync(join(MARKETDATA, 'cryptofeed/v3_jsonl/BYBIT.jsonl.zst')));
  const records = Buffer.from(bytes)
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return records
    .filter((record) => record.t === 'recv' || record.t === 'http')
    .map((record) => ({ connection: record.t === 'http' ? 'http' : record.conn, frame: bytesOf(record.data) }));
}

/** The lines of the only file of a zip archive, which is stored as it is (method 0). */
function storedLines(path: string): string[] {
  const zip = readFileSync(path);
  assert.equal(zip.readUInt16LE(8), 0, 'a stored entry');
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  return zip
    .toString('utf8', start, start + zip.readUInt32LE(22))
    .trimEnd()
    .split('\n');
}

/** Steps of `u` over the deltas of one book, and its largest side when deltas are simply applied. */
class BookProbe {
  readonly steps = new Set<number>();
  maxSide = 0;
  #lastId = Number.NaN;
  readonly #sides = [new Map<unknown, unknown>(), new Map<unknown, unknown>()];

  apply(tick: ReadableTick): void {
    if (tick.kind === 'depth_snapshot') for (const side of this.#sides) side.clear();
    else this.steps.add((tick.lastId as number) - this.#lastId);
    this.#lastId = tick.lastId as number;
    for (const [side, levels] of [tick.bids, tick.asks].entries())
      this.#applySide(this.#sides[side]!, levels as string[][]);
  }

  #applySide(side: Map<unknown, unknown>, levels: readonly string[][]): void {
    for (const [price, size] of levels) {
      if (Number(size) === 0) side.delete(Number(price));
      else side.set(Number(price), size);
    }
    this.maxSide = Math.max(this.maxSide, side.size);
  }
}

test('every frame of a real recording is read, and u grows by 1 with every delta', needsMarketdata, () => {
  // One symbol names a perpetual on one connection and a spot pair on the other: a codec each, as in a run.
  const subjects = new Map<string, CodecHarness>();
  const books = new Map<string, BookProbe>();
  const counts: Record<string, number> = {};
  for (const { connection, frame } of recordedFrames()) {
    const subject = subjects.get(connection) ?? harness();
    subjects.set(connection, subject);
    const { outcome, reason, ticks } = subject.decode(frame);
    for (const name of ticks.length === 0 ? [`${outcome} ${reason}`.trim()] : ticks.map((tick) => tick.kind)) {
      counts[name] = (counts[name] ?? 0) + 1;
    }
    if (ticks.length > 0) counts.frames = (counts.frames ?? 0) + 1;
    for (const tick of ticks.filter(({ kind }) => kind.startsWith('depth'))) {
      const key = `${connection} ${tick.symbol}`;
      const book = books.get(key) ?? new BookProbe();
      books.set(key, book.apply(tick) ?? book);
    }
  }
  const { bbo, trade, ...rest } = counts;
  // 2148 orderbook, 839 tickers, 120 publicTrade: the counts of the recording's README.
  assert.deepEqual(rest, {
    status: 2,
    ack: 24,
    'unknown unknown_channel:kline': 96,
    frames: 2148 + 839 + 120,
    depth_snapshot: 6,
    depth_delta: 2142,
    ticker: 839,
  });
  assert.ok(bbo! > 0 && trade! >= 120, `${bbo} bbo, ${trade} trades`);
  assert.equal(books.size, 6);
  for (const [key, book] of books) assert.deepEqual([[...book.steps], book.maxSide], [[1], 200], key);
});

test('a recording of depth 500: u grows by 1 with every delta', needsMarketdata, () => {
  const subject = harness();
  const book = new BookProbe();
  for (const line of storedLines(join(MARKETDATA, 'nautilus/bybit/xrpusdt-ob500.data.zip'))) {
    const { outcome, ticks } = subject.decode(line);
    assert.equal(outcome, 'ticks');
    book.apply(ticks[0]!);
  }
  assert.deepEqual([[...book.steps], book.maxSide], [[1], 500]);
});

test('recorded single messages', needsMarketdata, () => {
  const read = (name: string) =>
    harness().decode(readFileSync(join(MARKETDATA, `nautilus/ws_fixtures/bybit/ws_${name}.json`)));
  assert.deepEqual(read('orderbook_snapshot').ticks[0]!.bid, ['27450.0', '0.50']);
  assert.deepEqual(read('orderbook_delta').ticks[0]!.ask, [null, null]);
  assert.deepEqual(
    [read('public_trade').ticks[0]!.takerSide, read('public_trade').ticks[0]!.channel],
    [1, 'publicTrade'],
  );
  assert.deepEqual([read('ticker_linear').ticks.length, read('ticker_linear').ticks[0]!.fundingRate], [2, -0.000212]);
  assert.deepEqual([read('ticker_option').ticks.length, read('ticker_option').ticks[0]!.markPrice], [1, 7.86976724]);
  assert.equal(read('kline').reason, 'unknown_channel:kline');
  assert.equal(read('subscription_ack').outcome, 'ack');
  assert.equal(read('subscription_failure').outcome, 'error');
});

test('fast and slow agree on every frame of a real recording, and most book deltas are fast', needsMarketdata, () => {
  const pairs = new Map<string, readonly [CodecHarness, CodecHarness]>();
  for (const { connection, frame } of recordedFrames()) {
    const [subject, oracle] = pairs.get(connection) ?? [harness(), harness()];
    pairs.set(connection, [subject, oracle]);
    assert.deepEqual(subject.decode(frame), oracle.decodeSlow(frame));
  }
  // Slow by design: 839 tickers, 96 klines, 24 acks, 2 HTTP replies, 6 snapshots; the rest of them while shapes are learned.
  const slow = [...pairs.values()].reduce((sum, [subject]) => sum + subject.codec.slowFrames, 0);
  assert.ok(slow - (839 + 96 + 24 + 2 + 6) < 150, `${slow} slow frames`);
});

test('20,000 damaged frames: never a throw, fast as slow, nothing of a malformed frame is taken', () => {
  const frames = [
    DELTA,
    SNAPSHOT,
    BEST,
    trades(FILL, FILL),
    ticker({ markPrice: '1.5', bid1Price: '1', bid1Size: '2', ask1Price: '2', ask1Size: '1' }),
  ];
  const { outcomes } = fuzz(() => harness(['BTCUSDT']), frames.map(bytesOf), 20_000, new Prng('bybit'));
  assert.ok(outcomes.malformed > 10_000 && outcomes.ticks > 1000, JSON.stringify(outcomes));
});
