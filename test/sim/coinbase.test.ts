/** Simulated Coinbase Exchange: what its feed says and when, what it refuses, its limits, its REST; and our codec and books on it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { assertFollows, assertUnderstood } from './assert-follows.ts';
import { CoreReader } from './core-reader.ts';

const START_MS = 1_793_610_890_000;
/** Made up: whose key it is, the simulator does not ask. */
const LOGIN = { signature: 'x', key: 'x', passphrase: 'x', timestamp: 1 };

function open(address?: string, here = new SimWorld({ seed: 5, startMs: START_MS, venues: ['coinbase'] })): CoreReader {
  return new CoreReader(here, 'coinbase', '/', address);
}

const subscribe = (channels: readonly unknown[], product_ids: readonly string[] = ['BTC-USD'], more: object = {}) => ({
  type: 'subscribe',
  product_ids,
  channels,
  ...more,
});

/** The next messages of a kind. */
function ofType(reader: CoreReader, type: string): Record<string, never>[] {
  return reader.messages.map((text) => JSON.parse(text)).filter((message) => message.type === type);
}

function reasonOf(reader: CoreReader, request: object): string {
  reader.send(request);
  const { type, message, reason } = JSON.parse(reader.messages.at(-1)!);
  return type === 'error' ? `${message}: ${reason}` : type;
}

describe('the feed', () => {
  test('keeps our books equal to its own, of coarse and of fine lots', () => {
    const reader = open();
    const symbols = ['BTC-USD', 'ETH-USD', 'SOL-USD'];
    reader.send(subscribe(['level2_batch', 'matches', 'ticker', 'heartbeat'], symbols));
    assertFollows(reader, symbols, 30, 1_000);
    assertUnderstood(reader);
    for (const symbol of symbols)
      assert.ok(reader.ticks[`trade ${symbol}`]! > 5 && reader.ticks[`bbo ${symbol}`]! > 5, symbol);
  });

  test('level2 tells each change at once, and only to who has logged in', () => {
    const reader = open();
    reader.send(subscribe(['level2'], ['BTC-USD'], LOGIN));
    const slow = open(undefined, reader.world);
    slow.send(subscribe(['level2_batch']));
    assertFollows(reader, ['BTC-USD'], 20, 500);
    const times = (one: CoreReader) => ofType(one, 'l2update').map(({ time }) => String(time).slice(-8));
    assert.ok(times(reader).length > times(slow).length);
    assert.ok(
      times(slow).every((time) => /[05]0000Z$/.test(time)),
      'a batch every 50 ms',
    );
    assert.match(reasonOf(open(), subscribe(['level2'])), /^Failed to subscribe: level2, .* require authentication/);
  });

  test('answers with everything that is subscribed, then begins with the book, the last trade, the last ticker', () => {
    const reader = open();
    reader.send(subscribe([{ name: 'ticker', product_ids: ['ETH-USD'] }, 'level2_batch', 'matches']));
    assert.deepEqual(
      reader.messages.map((text) => JSON.parse(text).type),
      ['subscriptions', 'ticker', 'snapshot', 'last_match'],
    );
    const held = (name: string, symbol: string) => ({ name, product_ids: [symbol], account_ids: null });
    const all = [held('ticker', 'ETH-USD'), held('level2_50', 'BTC-USD'), held('matches', 'BTC-USD')];
    assert.deepEqual(JSON.parse(reader.messages[0]!).channels, all);
    reader.send(subscribe(['matches']));
    assert.equal(reader.messages.length, 5, 'held already: an answer, and nothing anew');
    reader.send({ type: 'unsubscribe', channels: ['level2_batch', 'matches'] });
    assert.deepEqual(JSON.parse(reader.messages.at(-1)!).channels, all.slice(0, 1));
    reader.run(5_000);
    assert.deepEqual(new Set(reader.messages.slice(6).map((text) => JSON.parse(text).type)), new Set(['ticker']));
  });

  test('trades count by one, the sequence of a product jumps; side is the maker’s in a match, the taker’s in a ticker', () => {
    const reader = open();
    reader.send(subscribe(['matches', 'ticker', 'heartbeat']));
    reader.run(60_000);
    const matches = [...ofType(reader, 'last_match'), ...ofType(reader, 'match')];
    assert.ok(matches.length > 10);
    for (const [i, one] of matches.entries()) {
      if (i === 0) continue;
      assert.equal(one['trade_id'], Number(matches[i - 1]!['trade_id']) + 1);
      assert.ok(Number(one['sequence']) > Number(matches[i - 1]!['sequence']));
    }
    const bySide = new Map(matches.map((one) => [one['trade_id'], one['side']]));
    for (const { trade_id, side } of ofType(reader, 'ticker')) assert.notEqual(side, bySide.get(trade_id));
    const beats = ofType(reader, 'heartbeat');
    assert.equal(beats.length, 60);
    assert.equal(beats.at(-1)!['last_trade_id'], matches.at(-1)!['trade_id']);
  });

  test('status tells of the products, and again before a maintenance', () => {
    const reader = open();
    reader.send(subscribe(['status'], []));
    reader.world.venue('coinbase').announceMaintenance(3_000_000);
    assert.equal(ofType(reader, 'status').length, 2);
    reader.run(3_000);
    assert.equal(reader.closedWith, '1001 going away');
  });
});

describe('what is wrong', () => {
  for (const [what, request, reason] of [
    [
      'an unknown product',
      subscribe(['matches'], ['BTC-USD', 'FOO-BAR']),
      'Failed to subscribe: FOO-BAR is not a valid product',
    ],
    ['no product', subscribe(['matches'], []), 'Failed to subscribe:  is not a valid product'],
    ['an unknown channel', subscribe(['books']), 'Failed to subscribe: books is not a valid channel'],
    ['no channel', subscribe([]), 'Failed to subscribe: No channels provided'],
    ['another request', { type: 'hello' }, 'Type has to be either subscribe or unsubscribe: '],
  ] as const) {
    test(`${what} spoils the whole request`, () => {
      const reader = open();
      assert.equal(reasonOf(reader, request), reason);
      reader.run(3_000);
      assert.equal(reader.messages.length, 1);
    });
  }

  test('who subscribes to nothing within 5 s is disconnected, who does is not', () => {
    const [silent, wrong] = [open(), open()];
    wrong.send(subscribe(['matches'], ['FOO-BAR']));
    for (const reader of [silent, wrong]) {
      reader.run(4_000);
      assert.equal(reader.closedWith, null);
      reader.run(1_000);
      assert.equal(reader.closedWith, '1000 not subscribed in time');
    }
    const served = open();
    served.send(subscribe(['matches']));
    served.send({ type: 'unsubscribe', channels: ['matches'] });
    served.run(60_000);
    assert.equal(served.closedWith, null);
  });
});

describe('limits', () => {
  test('message 101 of a second ends the connection, over all connections of the address', () => {
    const one = open('me');
    const other = open('me', one.world);
    for (let i = 0; i < 100; i++) (i % 2 === 0 ? one : other).send(subscribe(['matches']));
    assert.equal(other.closedWith, null);
    open('you', one.world).send(subscribe(['matches']));
    other.send(subscribe(['matches']));
    assert.match(other.messages.at(-1)!, /"ErrSlowRead"/);
    assert.match(other.closedWith!, /^1008 /);
    assert.equal(one.world.venue('coinbase').counts.limitCloses, 1);
  });

  test('ten subscriptions to one channel of a product, no more', () => {
    const here = open('me').world;
    const readers = Array.from({ length: 11 }, () => open('me', here));
    const said = readers.map((reader) => reasonOf(reader, subscribe(['matches'])));
    assert.deepEqual(new Set(said.slice(0, 10)), new Set(['last_match']));
    assert.match(said[10]!, /limit/);
    assert.equal(here.venue('coinbase').counts.refusedMessages, 1);
    assert.equal(reasonOf(readers[10]!, subscribe(['matches'], ['ETH-USD'])), 'last_match');
    readers[0]!.session.closed();
    assert.equal(reasonOf(readers[10]!, subscribe(['matches'])), 'last_match');
  });

  test('ten requests a second, fifteen at once', () => {
    const reader = open();
    const statuses = () => Array.from({ length: 16 }, () => reader.get('/products/BTC-USD/ticker').status);
    assert.deepEqual(new Set(statuses().slice(0, 15)), new Set([200]));
    assert.equal(reader.get('/time').status, 429);
    reader.run(1_000);
    assert.deepEqual(
      statuses().map((status, i) => (status === 200) === i < 10),
      Array.from({ length: 16 }, () => true),
    );
  });
});

test('REST tells the same book, trades and figures', () => {
  const reader = open();
  reader.send(subscribe(['matches', 'ticker']));
  reader.run(30_000);
  const get = (path: string) => JSON.parse(reader.get(path).body);
  const strip = (rows: string[][]) => rows.slice(0, 10).map(([price, size]) => [Number(price), Number(size)]);
  const truth = reader.truth('BTC-USD', 10);
  const numbers = (rows: readonly (readonly [string, string])[]) => rows.map((row) => row.map(Number));
  const book = get('/products/BTC-USD/book?level=2');
  assert.deepEqual([strip(book.bids), strip(book.asks)], [numbers(truth.bids), numbers(truth.asks)]);
  assert.equal(get('/products/BTC-USD/book').bids.length, 1);
  const matches = ofType(reader, 'match');
  const trades = get(`/products/BTC-USD/trades?limit=${matches.length}`);
  const fields = ({ trade_id, price, size, side, time }: Record<string, unknown>) => [
    trade_id,
    price,
    size,
    side,
    time,
  ];
  assert.deepEqual(trades.map(fields), matches.map(fields).reverse());
  assert.equal(get('/products/BTC-USD/stats').last, matches.at(-1)!['price']);
  assert.deepEqual(
    get('/products').map(({ id }: { id: string }) => id),
    ['BTC-USD', 'ETH-USD', 'SOL-USD'],
  );
  for (const path of ['/nosuch', '/products/FOO-BAR/book', '/products/BTC-USD/nosuch'])
    assert.equal(reader.get(path).status, 404, path);
});
