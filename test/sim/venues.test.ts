/** The simulated venues against our own codecs and books: nothing is malformed or unknown, and every book equals the truth. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { assertFollows, assertUnderstood } from './assert-follows.ts';
import { CoreReader } from './core-reader.ts';

const START_MS = 1_793_610_890_000;
const DEPTH = 50;

function world(options: Partial<ConstructorParameters<typeof SimWorld>[0]> = {}): SimWorld {
  return new SimWorld({ seed: 5, startMs: START_MS, assets: 3, ...options });
}

describe('simulated Binance spot', () => {
  test('keeps our books equal to its own over a combined stream', () => {
    const reader = new CoreReader(world(), 'binance', '/stream');
    const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
    const streams = symbols.flatMap((s) =>
      ['depth@100ms', 'trade', 'bookTicker'].map((c) => `${s.toLowerCase()}@${c}`),
    );
    reader.send({ method: 'SUBSCRIBE', params: streams, id: 1 });
    assert.equal(reader.messages[0], '{"result":null,"id":1}');
    reader.run(500);
    assertFollows(reader, symbols, 30, 1_000);
    assertUnderstood(reader);
    assert.deepEqual(reader.gaps, []);
    for (const symbol of symbols)
      assert.ok(reader.ticks[`trade ${symbol}`]! > 5 && reader.ticks[`bbo ${symbol}`]! > 20);
  });

  test('serves streams named in the URL, raw and in microseconds', () => {
    const reader = new CoreReader(world(), 'binance', '/ws/btcusdt@depth/btcusdt@aggTrade?timeUnit=MICROSECOND');
    reader.world.advance(reader.world.nowUs + 5_000_000);
    const events = reader.messages.map((text) => JSON.parse(text));
    assert.ok(events.every((event) => event.stream === undefined && event.s === 'BTCUSDT'));
    assert.ok(events.every((event) => event.E > START_MS * 1_000 && event.E < (START_MS + 5_001) * 1_000));
    assert.equal(events.filter((event) => event.e === 'depthUpdate').length, 5, 'without a speed, one a second');
  });

  test('acks an unknown symbol and stays silent', () => {
    const reader = new CoreReader(world(), 'binance', '/stream');
    reader.send({ method: 'SUBSCRIBE', params: ['nosuchusdt@trade', 'btcusdt@nosuch'], id: 'a' });
    reader.run(3_000);
    assert.deepEqual(reader.messages, ['{"result":null,"id":"a"}']);
  });

  test('lists and ends subscriptions', () => {
    const reader = new CoreReader(world(), 'binance', '/stream?streams=btcusdt@trade');
    reader.run(5_000);
    const before = reader.messages.length;
    assert.ok(before > 0);
    reader.send({ method: 'LIST_SUBSCRIPTIONS', id: 2 });
    assert.equal(reader.messages.at(-1), '{"result":["btcusdt@trade"],"id":2}');
    reader.send({ method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: 3 });
    reader.run(5_000);
    assert.equal(reader.messages.length, before + 2);
    reader.send('no json');
    assert.match(reader.messages.at(-1)!, /^\{"code":3,/);
  });
});

describe('simulated Binance USD-M', () => {
  const streams = ['btcusdt@depth@100ms', 'btcusdt@bookTicker', 'ethusdt@depth@100ms'];

  test('keeps our books equal to its own, with ids of each connection its own', () => {
    const one = new CoreReader(world(), 'binance_usdm', '/public/stream');
    const other = new CoreReader(one.world, 'binance_usdm', '/public/stream');
    for (const reader of [one, other]) reader.send({ method: 'SUBSCRIBE', params: streams, id: 1 });
    for (let i = 0; i < 30; i++) {
      one.run(1_000);
      other.serve();
      if (i === 0) continue;
      for (const reader of [one, other])
        for (const symbol of ['BTCUSDT', 'ETHUSDT'])
          assert.deepEqual(reader.top(symbol, DEPTH), reader.truth(symbol, DEPTH), `${symbol} at ${i}`);
    }
    for (const reader of [one, other]) {
      assertUnderstood(reader);
      assert.deepEqual(reader.gaps, []);
    }
    const ids = (reader: CoreReader) => reader.messages.flatMap((text) => /"u":\d+,"pu":\d+/.exec(text)?.[0] ?? []);
    assert.notDeepEqual(ids(one), ids(other));
  });

  for (const [path, asked, brings] of [
    ['/public/stream', 'btcusdt@bookTicker', true],
    ['/public/stream', 'btcusdt@markPrice@1s', false],
    ['/market/stream', 'btcusdt@markPrice@1s', true],
    ['/market/ws', 'btcusdt@aggTrade', true],
    ['/market/stream', 'btcusdt@depth@100ms', false],
    ['/stream', 'btcusdt@bookTicker', false],
    ['/ws', 'btcusdt@markPrice', false],
  ] as const) {
    test(`${path} ${brings ? 'brings' : 'acks and never brings'} ${asked}`, () => {
      const reader = new CoreReader(world(), 'binance_usdm', path);
      reader.send({ method: 'SUBSCRIBE', params: [asked], id: 1 });
      reader.world.advance(reader.world.nowUs + 10_000_000);
      assert.equal(reader.messages[0], '{"result":null,"id":1}');
      assert.equal(reader.messages.length > 1, brings);
      assertUnderstood(reader);
    });
  }

  test('serves the old paths where it is told to', () => {
    const reader = new CoreReader(world({ servesUnrouted: true }), 'binance_usdm', '/stream?streams=btcusdt@depth');
    reader.run(5_000);
    assert.deepEqual(reader.top('BTCUSDT', DEPTH), reader.truth('BTCUSDT', DEPTH));
  });

  test('tells open interest and premium over REST', () => {
    const reader = new CoreReader(world(), 'binance_usdm', '/public/stream');
    assert.match(
      reader.get('/fapi/v1/openInterest?symbol=BTCUSDT').body,
      /^\{"openInterest":"\d+\.\d{3}","symbol":"BTCUSDT"/,
    );
    const premium = JSON.parse(reader.get('/fapi/v1/premiumIndex?symbol=BTCUSDT').body);
    assert.ok(Math.abs(premium.markPrice / premium.indexPrice - 1) < 0.002);
    assert.equal(reader.get('/fapi/v1/depth?symbol=BTCUSDT&limit=7').status, 400);
  });
});

describe('simulated Kraken', () => {
  test('keeps our books equal to its own at each depth, every checksum right', () => {
    for (const depth of [10, 25, 100, 1000]) {
      const reader = new CoreReader(world(), 'kraken', '/v2');
      const symbol = ['BTC/USD', 'SOL/USD'];
      reader.send({ method: 'subscribe', params: { channel: 'book', symbol, depth }, req_id: 7 });
      reader.send({ method: 'subscribe', params: { channel: 'ticker', symbol, event_trigger: 'bbo' }, req_id: 8 });
      reader.send({ method: 'subscribe', params: { channel: 'trade', symbol, snapshot: true }, req_id: 9 });
      assertFollows(reader, symbol, 20, 500, depth);
      assertUnderstood(reader);
      assert.equal(reader.outcomes['ack'], 6, 'one ack a symbol');
      for (const book of reader.books.values()) assert.ok(book.checksumOk > 10 && book.checksumBad === 0);
    }
  });

  test('greets with its status, beats once a second when it has nothing else to say', () => {
    const reader = new CoreReader(world(), 'kraken', '/v2');
    reader.send({ method: 'subscribe', params: { channel: 'instrument' }, req_id: 1 });
    assert.match(reader.messages[0]!, /"channel":"status".*"system":"online"/);
    assert.match(reader.messages[1]!, /"method":"subscribe","result":\{"channel":"instrument","snapshot":true\}/);
    assert.match(reader.messages[2]!, /"channel":"instrument","type":"snapshot"/);
    reader.run(10_000);
    assert.equal(reader.outcomes['heartbeat'], 10);
    reader.send({ method: 'ping', req_id: 42 });
    assert.match(reader.messages.at(-1)!, /^\{"method":"pong","req_id":42,/);
  });

  test('says what is wrong, a symbol at a time', () => {
    const reader = new CoreReader(world(), 'kraken', '/v2');
    const ask = (params: object, method = 'subscribe') => {
      reader.send({ method, params, req_id: 3 });
      return JSON.parse(reader.messages.at(-1)!).error;
    };
    assert.equal(ask({ channel: 'trade', symbol: ['FOO/USD'] }), 'Currency pair not supported FOO/USD');
    assert.equal(ask({ channel: 'book', symbol: ['BTC/USD'], depth: 11 }), 'Depth not supported');
    assert.equal(ask({ channel: 'book', symbol: ['BTC/USD'], depth: 25 }), undefined);
    assert.equal(ask({ channel: 'book', symbol: ['BTC/USD'] }, 'unsubscribe'), 'Subscription Not Found');
    assert.equal(ask({ channel: 'book', symbol: ['BTC/USD'], depth: 25 }), 'Already subscribed');
  });
});

describe('simulated OKX', () => {
  const arg = (channel: string, instId: string) => ({ channel, instId });

  test('keeps our books equal to its own, contracts as contracts', () => {
    const reader = new CoreReader(world(), 'okx', '/ws/v5/public');
    const symbols = ['BTC-USDT-SWAP', 'ETH-USDT', 'SOL-USDT-SWAP'];
    const channels = ['books', 'trades', 'tickers', 'bbo-tbt'];
    const args = symbols.flatMap((symbol) => channels.map((channel) => arg(channel, symbol)));
    const derivative = ['mark-price', 'funding-rate', 'open-interest'].map((channel) => arg(channel, 'BTC-USDT-SWAP'));
    reader.send({ id: '1512', op: 'subscribe', args: [...args, ...derivative] });
    reader.run(100);
    assertFollows(reader, symbols, 30, 1_000);
    assertUnderstood(reader);
    assert.equal(reader.outcomes['ack'], 15, 'one ack an arg');
    assert.deepEqual(reader.gaps, []);
    assert.ok(reader.ticks['ticker BTC-USDT-SWAP']! > 100);
    assert.ok(reader.messages.every((text) => !text.includes('"checksum"') || text.includes('"checksum":0,')));
  });

  test('without a streamed snapshot the book comes from REST', () => {
    const reader = new CoreReader(world({ okxSendsSnapshot: false }), 'okx', '/ws/v5/public');
    reader.send({ op: 'subscribe', args: [arg('books', 'BTC-USDT-SWAP')] });
    reader.run(1_000);
    assertFollows(reader, ['BTC-USDT-SWAP'], 10, 500);
    assert.ok(!reader.messages.some((text) => text.includes('"snapshot"')));
  });

  test('a second subscriber does not disturb the first', () => {
    const first = new CoreReader(world(), 'okx', '/ws/v5/public');
    first.send({ op: 'subscribe', args: [arg('books', 'BTC-USDT-SWAP')] });
    first.run(1_050);
    const second = new CoreReader(first.world, 'okx', '/ws/v5/public');
    second.send({ op: 'subscribe', args: [arg('books', 'BTC-USDT-SWAP')] });
    first.run(950);
    assert.deepEqual(second.top('BTC-USDT-SWAP', DEPTH), second.truth('BTC-USDT-SWAP', DEPTH));
    assertFollows(first, ['BTC-USDT-SWAP'], 5, 1_000);
  });

  test('answers ping with bare text, refuses what does not exist, closes who is silent', () => {
    const reader = new CoreReader(world(), 'okx', '/ws/v5/public');
    reader.send('ping');
    assert.deepEqual(reader.messages, ['pong']);
    reader.send({ op: 'subscribe', args: [arg('books', 'NO-SUCH')] });
    assert.match(reader.messages[1]!, /"event":"error","code":"60018"/);
    reader.send('{');
    assert.match(reader.messages[2]!, /"code":"60012"/);
    reader.run(29_000);
    assert.equal(reader.closedWith, null);
    reader.run(2_000);
    assert.equal(reader.closedWith, '4004 No data received in 30s.');
  });
});
