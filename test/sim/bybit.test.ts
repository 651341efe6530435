/** Simulated Bybit, spot and linear: what its feeds say and when, what fails a request, its limits, its REST; and our codec and books on it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { assertFollows, assertUnderstood } from './assert-follows.ts';
import { CoreReader } from './core-reader.ts';

const START_MS = 1_793_610_890_000;
type Product = 'spot' | 'linear';
const PRODUCTS = ['spot', 'linear'] as const;

const VENUES = PRODUCTS.map((product) => `bybit_${product}` as const);
const newWorld = () => new SimWorld({ seed: 5, startMs: START_MS, venues: VENUES });
/** For what is not about its markets. */
const quietWorld = (assets = 1) =>
  new SimWorld({ seed: 5, startMs: START_MS, venues: VENUES, assets, activity: 0, stepMs: 100 });

function open(product: Product, here = newWorld(), address?: string): CoreReader {
  return new CoreReader(here, `bybit_${product}`, `/v5/public/${product}`, address);
}

interface Push {
  readonly topic: string;
  readonly type: string;
  readonly ts: number;
  readonly cts: number;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly u: number;
    readonly b: string[][];
    readonly a: string[][];
  };
}

function pushes(reader: CoreReader, channel: string): Push[] {
  return reader.messages.map((text) => JSON.parse(text)).filter((message) => message.topic?.startsWith(`${channel}.`));
}

function said(reader: CoreReader, args: readonly string[], op = 'subscribe'): string {
  const before = reader.messages.length;
  reader.send({ req_id: '7', op, args });
  const replies = reader.messages.slice(before).map((text) => JSON.parse(text));
  const { success, ret_msg } = replies.find((reply) => reply.op === op);
  return success ? 'ok' : ret_msg;
}

describe('books', () => {
  for (const product of PRODUCTS) {
    for (const depth of [50, 200, 1000]) {
      test(`${product}, ${depth} levels: equal to the venue's own, each id the last one + 1`, () => {
        const reader = open(product);
        const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
        for (const symbol of symbols) assert.equal(said(reader, [`orderbook.${depth}.${symbol}`]), 'ok');
        assertFollows(reader, symbols, 30, 1_000);
        assertUnderstood(reader);
        assert.deepEqual(reader.gaps, []);
        for (const { data, type, cts, ts } of pushes(reader, `orderbook.${depth}`)) {
          assert.ok(data.b.length <= depth && data.a.length <= depth && cts <= ts && (type === 'delta' || data.u > 1));
        }
      });
    }
  }

  test('what leaves the depth is removed, what comes into it is told', () => {
    const here = newWorld();
    const reader = open('linear', here);
    reader.send({ op: 'subscribe', args: ['orderbook.50.BTCUSDT'] });
    for (let i = 0; i < 40; i++) {
      reader.run(1_000);
      const book = reader.books.get('BTCUSDT')!;
      assert.deepEqual([book.bids.count, book.asks.count], [50, 50]);
    }
  });

  test('a second listener begins where the first one is, and one who comes after all left begins anew', () => {
    const first = open('spot');
    first.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT'] });
    first.run(2_050);
    const second = open('spot', first.world);
    second.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT'] });
    const idOf = (reader: CoreReader) => pushes(reader, 'orderbook.200').at(-1)!.data.u;
    assert.equal(idOf(second), idOf(first));
    first.run(2_950);
    for (const reader of [first, second]) assert.deepEqual(reader.top('BTCUSDT', 50), reader.truth('BTCUSDT', 50));
    assert.equal(idOf(second), idOf(first));
    const before = idOf(first);
    for (const reader of [first, second]) reader.session.closed();
    first.world.advance(first.world.nowUs + 5_000_000);
    const third = open('spot', first.world);
    third.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT'] });
    assert.ok(idOf(third) > before);
    assertFollows(third, ['BTCUSDT'], 5, 1_000);
    assert.deepEqual(third.gaps, []);
  });

  test('level 1 comes in snapshots alone, and again after 3 s without a change, with the same id', () => {
    const here = new SimWorld({ seed: 5, startMs: START_MS, venues: ['bybit_linear'], regime: 'thin', activity: 0.05 });
    const reader = open('linear', here);
    reader.send({ op: 'subscribe', args: ['orderbook.1.BTCUSDT'] });
    reader.run(300_000);
    const seen = pushes(reader, 'orderbook.1');
    assert.ok(seen.every(({ type, data }) => type === 'snapshot' && data.b.length === 1 && data.a.length === 1));
    const pairs = seen
      .slice(1)
      .map((one, i) => ({ isRepeated: one.data.u === seen[i]!.data.u, ms: one.ts - seen[i]!.ts }));
    assert.ok(pairs.some(({ isRepeated }) => isRepeated) && pairs.some(({ isRepeated }) => !isRepeated));
    for (const { isRepeated, ms } of pairs) assert.ok(isRepeated ? ms === 3_000 : ms <= 3_000, `${ms}`);
    assert.equal(reader.ticks['bbo BTCUSDT'], seen.length);
  });

  test('when the service begins anew, so do the ids: at 1, with a snapshot, which our book takes as one', () => {
    const reader = open('linear');
    reader.send({ op: 'subscribe', args: ['orderbook.200.BTCUSDT', 'orderbook.1.BTCUSDT'] });
    reader.run(5_000);
    reader.world.venue('bybit_linear').announceMaintenance(30_000_000);
    reader.run(10);
    assert.equal(pushes(reader, 'orderbook.1').at(-1)!.data.u, 1, 'by its own interval');
    reader.run(90);
    const [book, best] = [pushes(reader, 'orderbook.200').at(-1)!, pushes(reader, 'orderbook.1').at(-1)!];
    assert.deepEqual([book.type, book.data.u, best.type], ['snapshot', 1, 'snapshot']);
    assertFollows(reader, ['BTCUSDT'], 20, 1_000);
    assert.deepEqual(reader.gaps, []);
    assert.ok(reader.books.get('BTCUSDT')!.lastId < 1_000);
    reader.run(10_000);
    assert.equal(reader.closedWith, '1001 service restart');
  });
});

describe('tickers and trades', () => {
  test('a contract: a snapshot, then what changed, prices with their sizes', () => {
    const reader = open('linear');
    reader.send({ op: 'subscribe', args: ['tickers.BTCUSDT', 'publicTrade.BTCUSDT'] });
    reader.run(60_000);
    assertUnderstood(reader);
    const [first, ...deltas] = pushes(reader, 'tickers');
    assert.equal(first!.type, 'snapshot');
    const known = { ...first!.data } as Record<string, unknown>;
    assert.ok(Math.abs(Number(known['markPrice']) / Number(known['indexPrice']) - 1) < 0.002);
    assert.ok(deltas.length > 60 && deltas.every(({ type }) => type === 'delta'));
    for (const { data } of deltas) {
      const { symbol, ...changed } = data;
      const keys = Object.keys(changed);
      assert.ok(
        keys.some((key) => known[key] !== changed[key as never]),
        JSON.stringify(data),
      );
      for (const side of ['bid1', 'ask1']) assert.equal(keys.includes(`${side}Price`), keys.includes(`${side}Size`));
      Object.assign(known, changed, { symbol });
    }
    const { bids } = reader.truth('BTCUSDT', 1);
    assert.deepEqual([Number(known['bid1Price']), Number(known['bid1Size'])], bids[0]!.map(Number));
    assert.ok(reader.ticks['trade BTCUSDT']! > 10);
  });

  test('spot: all of it each time, once a second at least; ids of trades are numbers beyond 2^53', () => {
    const reader = open('spot');
    reader.send({ op: 'subscribe', args: ['tickers.BTCUSDT', 'publicTrade.BTCUSDT'] });
    reader.run(30_000);
    assertUnderstood(reader);
    const seen = pushes(reader, 'tickers');
    assert.ok(seen.length >= 30 && seen.every(({ type, data }) => type === 'snapshot' && data['lastPrice'] !== ''));
    const ids = pushes(reader, 'publicTrade').flatMap(({ data }) =>
      (data as never as { i: string }[]).map(({ i }) => i),
    );
    assert.ok(ids.length > 10 && ids.every((id) => /^\d{19}$/.test(id)));
    assert.equal(new Set(ids).size, ids.length);
  });

  test('liquidations name the side of the position, and are of contracts alone', () => {
    const here = new SimWorld({ seed: 5, startMs: START_MS, venues: ['bybit_linear'], regime: 'crash', assets: 1 });
    const reader = open('linear', here);
    assert.equal(said(reader, ['allLiquidation.BTCUSDT', 'publicTrade.BTCUSDT']), 'ok');
    reader.run(180_000);
    assertUnderstood(reader);
    const rows = (channel: string) =>
      pushes(reader, channel).flatMap(({ data }) => data as never as { T: number; S: string }[]);
    const forced = rows('allLiquidation');
    assert.ok(forced.length > 0 && reader.ticks['liquidation BTCUSDT'] === forced.length);
    const takers = new Map(rows('publicTrade').map(({ T, S }) => [T, S]));
    for (const { T, S } of forced) assert.notEqual(S, takers.get(T));
    assert.match(said(open('spot'), ['allLiquidation.BTCUSDT']), /handler not found/);
  });
});

describe('requests', () => {
  for (const [product, isFirst] of [
    ['spot', true],
    ['linear', false],
  ] as const) {
    test(`${product} confirms ${isFirst ? 'before' : 'after'} what there is, and pongs in its own words`, () => {
      const reader = open(product);
      reader.send({ op: 'subscribe', args: ['orderbook.50.BTCUSDT'] });
      assert.equal(JSON.parse(reader.messages[isFirst ? 0 : 1]!).op, 'subscribe');
      assert.match(reader.messages[isFirst ? 0 : 1]!, isFirst ? /"ret_msg":"subscribe"/ : /"ret_msg":"".*"req_id":""/);
      reader.send({ req_id: '9', op: 'ping' });
      const pong = JSON.parse(reader.messages.at(-1)!);
      assert.deepEqual([pong.ret_msg, pong.op, pong.req_id], ['pong', 'ping', isFirst ? undefined : '9']);
      assertUnderstood(reader);
    });
  }

  for (const [what, args, problem] of [
    [
      'an unknown symbol',
      ['publicTrade.BTCUSDT', 'publicTrade.FOOUSDT'],
      'error:handler not found,topic:publicTrade.FOOUSDT',
    ],
    ['an unknown depth', ['orderbook.500.BTCUSDT'], 'error:handler not found,topic:orderbook.500.BTCUSDT'],
    ['an unknown channel', ['kline.BTCUSDT', 'publicTrade.BTCUSDT'], 'error:handler not found,topic:kline.BTCUSDT'],
    ['no topic', [], 'Params Error'],
  ] as const) {
    test(`${what} fails the whole request`, () => {
      const reader = open('linear');
      assert.equal(said(reader, args), problem);
      reader.run(10_000);
      assert.equal(reader.messages.length, 1);
    });
  }

  test('what is subscribed already fails the whole request, too', () => {
    const reader = open('linear');
    assert.equal(said(reader, ['publicTrade.BTCUSDT']), 'ok');
    const again = ['publicTrade.ETHUSDT', 'publicTrade.BTCUSDT'];
    assert.equal(said(reader, again), 'error:already subscribed,topic:publicTrade.BTCUSDT');
    assert.equal(said(reader, ['publicTrade.BTCUSDT'], 'unsubscribe'), 'ok');
    assert.equal(said(reader, again), 'ok');
  });

  test('ten topics a request on spot, 21,000 characters a connection', () => {
    const here = quietWorld(200);
    const topics = Array.from(here.venue('bybit_spot').symbols, (symbol) => `publicTrade.${symbol}`);
    const spot = open('spot', here);
    assert.equal(said(spot, topics.slice(0, 11)), 'args size >10');
    assert.match(spot.messages.at(-1)!, /args size \\u003e10/);
    assert.equal(said(spot, topics.slice(0, 10)), 'ok');
    const linear = open('linear', here);
    const all = [
      'publicTrade',
      'tickers',
      'orderbook.1',
      'orderbook.50',
      'orderbook.200',
      'orderbook.1000',
      'allLiquidation',
    ];
    const replies = all.map((channel) =>
      said(
        linear,
        topics.map((topic) => topic.replace('publicTrade', channel)),
      ),
    );
    assert.equal(replies[0], 'ok');
    assert.equal(replies.at(-1), 'args length >21000');
    const refused = VENUES.map((venue) => here.venue(venue).counts.refusedMessages);
    assert.ok(
      refused.every((count) => count > 0),
      `${refused}`,
    );
  });

  test('paths of other products are not served', () => {
    assert.throws(() => new CoreReader(newWorld(), 'bybit_spot', '/v5/public/linear'), /refused with 404/);
  });
});

describe('limits', () => {
  test('600 requests in 5 s over both products, then 403 for ten minutes everywhere', () => {
    const here = quietWorld();
    const [spot, linear] = [open('spot', here), open('linear', here)];
    for (let i = 0; i < 300; i++)
      for (const reader of [spot, linear]) assert.equal(reader.get('/v5/market/time').status, 200);
    assert.deepEqual([spot.get('/v5/market/time').status, linear.get('/v5/market/time').status], [403, 403]);
    assert.throws(() => open('linear', here), /refused with 403/);
    assert.doesNotThrow(() => open('linear', here, 'another'));
    here.advance(here.nowUs + 599_000_000);
    assert.equal(spot.get('/v5/market/time').status, 403);
    here.advance(here.nowUs + 1_000_000);
    assert.equal(linear.get('/v5/market/time').status, 200);
  });

  test('500 connections in 5 minutes', () => {
    const here = quietWorld();
    for (let i = 0; i < 500; i++) open('spot', here).session.closed();
    assert.throws(() => open('spot', here), /refused with 403/);
  });

  test('who says nothing for ten minutes is disconnected', () => {
    const here = quietWorld();
    const [silent, alive] = [open('spot', here), open('spot', here)];
    for (let i = 0; i < 30; i++) {
      alive.send({ op: 'ping' });
      silent.run(20_000);
    }
    assert.deepEqual([silent.closedWith, alive.closedWith], ['1000 idle', null]);
  });
});

for (const product of PRODUCTS) {
  test(`REST of ${product} tells the same book and trades`, () => {
    const reader = open(product);
    reader.send({ op: 'subscribe', args: ['publicTrade.BTCUSDT', 'orderbook.200.BTCUSDT'] });
    reader.run(30_000);
    const get = (name: string, query: string) =>
      JSON.parse(reader.get(`/v5/market/${name}?category=${product}&${query}`).body);
    const { result } = get('orderbook', 'symbol=BTCUSDT&limit=50');
    const numbers = (rows: readonly (readonly string[])[]) => rows.map((row) => row.map(Number));
    const truth = reader.truth('BTCUSDT', 50);
    assert.deepEqual([numbers(result.b), numbers(result.a)], [numbers(truth.bids), numbers(truth.asks)]);
    const trades = pushes(reader, 'publicTrade').flatMap(({ data }) => data as never as Record<string, string>[]);
    const told = get('recent-trade', `symbol=BTCUSDT&limit=${Math.min(60, trades.length)}`).result.list;
    assert.deepEqual(
      told.map(({ execId, price, size, side, time }: Record<string, string>) => [
        execId,
        price,
        size,
        side,
        Number(time),
      ]),
      trades
        .map(({ i, p, v, S, T }) => [i, p, v, S, T])
        .reverse()
        .slice(0, 60),
    );
    assert.equal(get('instruments-info', '').result.list.length, 3);
    assert.equal(get('tickers', 'symbol=BTCUSDT').result.list[0].symbol, 'BTCUSDT');
    assert.equal(get('orderbook', 'symbol=FOOUSDT').retCode, 10001);
    assert.equal(JSON.parse(reader.get('/v5/market/orderbook?category=option&symbol=BTCUSDT').body).retCode, 10001);
  });
}
