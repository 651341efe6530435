/** REST in place of sockets that are down for long: what is shown of it, what is not pretended, and back by itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bar } from '../../../src/core/market/bars/bar.ts';
import { FakeBinance, FakeKraken, type Mischief } from './fake-venues.ts';
import { type FakeVenue, FeedWorld, type RestAnswer, START_MS, spec, venueConfig } from './feed-world.ts';

const POLLING = { fallback: { afterMs: 10_000, pollIntervalMs: 2000 }, reconnect: { capMs: 2000 } };
const SERVER_ERROR: RestAnswer = { kind: 'refused', outcome: 'server_error', retryAfterMs: null };

function shutDoor(mischief: Mischief): void {
  mischief.open = { kind: 'refuse', retryAfterMs: null };
}

function openDoor(mischief: Mischief): void {
  mischief.open = { kind: 'accept', texts: [] };
}

test('sockets that are down for long are stood in for over REST, and take over again by themselves', () => {
  let world: FeedWorld | undefined;
  const binance = new FakeBinance(() => world?.nowMs ?? START_MS);
  const config = venueConfig({ provider: 'binance', rest: { weight: 10_000 }, ...POLLING });
  world = new FeedWorld({ binance }, { binance: config }, [spec('binance', 'BTCUSDT')]);
  world.run(5000);
  shutDoor(binance.mischief);
  world.drop(1);
  world.run(9000);
  assert.equal(world.state('binance'), 'connecting');
  assert.equal(world.requests.length, 1, 'the first snapshot only');
  world.run(4000);
  assert.equal(world.state('binance'), 'polling');
  assert.equal(world.book('BTCUSDT'), 'polled');
  world.run(20_000);
  const polls = world.requests.filter(({ request }) => request.what === 'depth_snapshot').length - 1;
  assert.ok(polls >= 8 && polls <= 13, `${polls} polls in about 22 s`);
  const { counters } = world.scanner.instruments[0]!;
  assert.ok(counters.trades - counters.repeatedTrades >= 15, 'trades of most of these seconds, each once');
  assert.equal(counters.tradeGaps, 0);
  binance.mischief.rest = SERVER_ERROR;
  world.run(20_000);
  assert.equal(world.book('BTCUSDT'), 'stale', 'what is not polled any more is no book');
  binance.mischief.rest = null;
  openDoor(binance.mischief);
  world.run(10_000);
  assert.equal(world.state('binance'), 'live');
  assert.equal(world.book('BTCUSDT'), 'live');
  assert.deepEqual(world.states('binance').slice(-3), ['polling', 'syncing', 'live']);
});

function krakenWorld(overrides: object = {}): { world: FeedWorld; kraken: FakeKraken } {
  let world: FeedWorld | undefined;
  const kraken = new FakeKraken(() => world?.nowMs ?? START_MS);
  const config = venueConfig({ rest: { weight: 10_000 }, ...POLLING, ...overrides });
  world = new FeedWorld({ kraken }, { kraken: config }, [spec('kraken', 'BTC/USD', { depth: 10 })]);
  world.run(5000);
  return { world, kraken };
}

/** Until it is polled. */
function outage(world: FeedWorld, kraken: FakeKraken): void {
  shutDoor(kraken.mischief);
  world.drop(1);
  world.run(15_000);
  assert.equal(world.state('kraken'), 'polling');
}

test('a polled book of Kraken gives prices, and its gap stays open until the stream is back', () => {
  const { world, kraken } = krakenWorld();
  outage(world, kraken);
  const run = world.scanner.instruments[0]!;
  assert.equal(run.book.state, 'polled');
  assert.equal(run.book.mid, 100.15, 'as REST has it, while the stream said 100.1 and 100.2');
  assert.ok(Number.isNaN(run.book.lastId));
  const liveMs = run.liveness(world.nowMs)!.liveMs;
  world.run(30_000);
  assert.equal(run.liveness(world.nowMs)!.liveMs, liveMs, 'polled time is no live time');
  assert.deepEqual([world.of('gap_opened').length, world.of('gap_closed').length], [1, 0]);
  openDoor(kraken.mischief);
  world.run(5000);
  assert.deepEqual([world.state('kraken'), run.book.state], ['live', 'live']);
  assert.deepEqual([world.of('gap_opened').length, world.of('gap_closed').length], [1, 1]);
});

test('an answer that comes when the stream is back is not taken for its book', () => {
  const { world, kraken } = krakenWorld();
  outage(world, kraken);
  // The socket comes back and is acknowledged, and its snapshot is late: the book is nobody's.
  kraken.mischief.mute.add('book');
  openDoor(kraken.mischief);
  const polls = world.requests.filter(({ request }) => request.what === 'depth_snapshot');
  world.run(2100);
  const run = world.scanner.instruments[0]!;
  assert.equal(run.book.state, 'stale');
  const body = kraken.onRest({ url: '' });
  assert.ok(body.kind === 'ok');
  const connection = polls.at(-1)!.request.request;
  const link = { connection, venue: 'kraken', transport: 'rest', state: 'up', symbol: 'BTC/USD', reason: '' } as const;
  world.step({ kind: 'link', ...link, receiveTimeMs: world.nowMs });
  const bytes = new TextEncoder().encode(body.body);
  world.step({ kind: 'frame', connection, bytes, from: 0, to: bytes.length, receiveTimeMs: world.nowMs });
  assert.equal(run.book.state, 'stale');
  const update = '{"symbol":"BTC/USD","bids":[{"price":100.1,"qty":1.0}],"asks":[]}';
  world.say([...world.up.keys()].at(-1)!, `{"channel":"book","type":"update","data":[${update}]}`);
  assert.equal(run.book.state, 'stale', 'an update goes on from nothing');
});

test('a minute that was polled has each trade once, and is not complete', () => {
  const { world, kraken } = krakenWorld();
  outage(world, kraken);
  world.run(200_000);
  const ofMinute = new Map<number, Bar>();
  for (const { minutes, bar } of world.of('bar')) if (minutes === 1) ofMinute.set(bar.closeMs, bar);
  const bars = [...ofMinute.values()].slice(1, 3);
  assert.deepEqual(
    bars.map(({ tradeCount, priceSource, complete }) => ({ tradeCount, priceSource, complete })),
    [1, 2].map(() => ({ tradeCount: 60, priceSource: 'trade', complete: false })),
  );
  const { counters } = world.scanner.instruments[0]!;
  assert.deepEqual([counters.tradeGaps, counters.repeatedTrades > 100], [0, true]);
});

test('trades from before the loss are not counted again by the first answer', () => {
  const { world, kraken } = krakenWorld({ fallback: { afterMs: 1000, pollIntervalMs: 2000 } });
  const connection = [...world.up.keys()][0]!;
  const id = Math.floor(world.nowMs / 1000);
  const row = { symbol: 'BTC/USD', side: 'buy', price: 100.1, qty: 1, ord_type: 'limit', trade_id: id };
  const trade = { ...row, timestamp: new Date(id * 1000).toISOString() };
  world.say(connection, JSON.stringify({ channel: 'trade', type: 'update', data: [trade] }));
  shutDoor(kraken.mischief);
  world.drop(connection);
  world.run(3000);
  const { counters } = world.scanner.instruments[0]!;
  const seen = counters.trades - counters.repeatedTrades;
  assert.equal(world.state('kraken'), 'polling');
  const asked = world.requests.filter(({ request }) => request.what === 'trades');
  assert.equal(asked.length, 1);
  assert.equal(seen, 1 + Math.floor(asked[0]!.atMs / 1000) - id, 'one a second since then');
});

test('a minute without trades takes no price from a polled book', () => {
  const { world, kraken } = krakenWorld();
  outage(world, kraken);
  world.run(5000);
  kraken.mischief.rest = null;
  // From now on only depth is answered.
  const answer = kraken.onRest.bind(kraken);
  kraken.onRest = (request) => (request.url?.includes('/Trades?') === true ? SERVER_ERROR : answer(request));
  world.run(200_000);
  assert.equal(world.book('BTC/USD'), 'polled');
  const bar = world.of('bar').at(-1)!.bar;
  assert.deepEqual([bar.priceSource, bar.complete, bar.tradeCount], ['none', false, 0]);
});

test('the trades of a quiet market are old when they are asked for, and are no fault of the clock', () => {
  const { world, kraken } = krakenWorld();
  const timestamp = new Date(world.nowMs).toISOString();
  const row = { symbol: 'BTC/USD', side: 'buy', price: 100.1, qty: 1, ord_type: 'limit', trade_id: 1, timestamp };
  world.say([...world.up.keys()][0]!, JSON.stringify({ channel: 'trade', type: 'update', data: [row] }));
  const trade = ['100.1', '1.0', world.nowMs / 1000, 'b', 'm', '', 1];
  const answer = kraken.onRest.bind(kraken);
  const trades = JSON.stringify({ error: [], result: { XXBTZUSD: [trade], last: '1' } });
  kraken.onRest = (request) => (request.url.includes('/Trades?') ? { kind: 'ok', body: trades } : answer(request));
  outage(world, kraken);
  world.run(100_000);
  const venue = world.scanner.venues[0]!;
  assert.deepEqual([venue.badEventTimes, Math.round(venue.clock.nowMs - world.nowMs)], [0, 0]);
});

test('a refusal inside a good answer is no depth, and slows all requests down', () => {
  const { world, kraken } = krakenWorld({ rest: { weight: 10, weightWindowSeconds: 10, snapshotSpacingMs: 100 } });
  outage(world, kraken);
  kraken.mischief.rest = { kind: 'ok', body: '{"error":["EAPI:Rate limit exceeded"]}' };
  const before = world.requests.length;
  world.run(20_000);
  assert.equal(world.book('BTC/USD'), 'stale', 'older than three intervals');
  assert.ok(world.requests.length - before <= 4, `${world.requests.length - before} requests in 20 s`);
});

/** Nothing but REST; answers as the venue does. */
function restOnly(answer: (url: string) => string): FakeVenue {
  return {
    onOpen: () => ({ kind: 'refuse', retryAfterMs: null }),
    onText: () => [],
    onTick: () => [],
    onRest: ({ url }) => ({ kind: 'ok', body: answer(url) }),
  };
}

const COINBASE_BOOK = '{"bids":[["100.0","1",1]],"asks":[["100.2","1",1]],"sequence":1,"time":"2026-01-01T00:00:00Z"}';
const COINBASE_TRADES = '[{"trade_id":7,"side":"buy","size":"1","price":"100.1","time":"2026-01-01T00:00:01.5Z"}]';
const BYBIT_BOOK =
  '{"retCode":0,"result":{"s":"BTCUSDT","b":[["100.0","1"]],"a":[["100.2","1"]],"ts":1767225600000,"u":1}}';

for (const [venue, symbol, answer, urls] of [
  [
    'coinbase',
    'BTC-USD',
    (url: string) => (url.includes('/trades?') ? COINBASE_TRADES : COINBASE_BOOK),
    ['https://venue.test/products/BTC-USD/book?level=2', 'https://venue.test/products/BTC-USD/trades?limit=500'],
  ],
  [
    'bybit_linear',
    'BTCUSDT',
    () => BYBIT_BOOK,
    ['https://venue.test/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=200'],
  ],
] as const) {
  test(`${venue} is polled when no socket opens`, () => {
    const config = venueConfig({ provider: venue.split('_')[0]!, ...POLLING });
    const world = new FeedWorld({ [venue]: restOnly(answer) }, { [venue]: config }, [spec(venue, symbol)]);
    world.run(16_000);
    assert.equal(world.state(venue), 'polling');
    const run = world.scanner.instruments[0]!;
    assert.deepEqual([run.book.state, run.book.mid, run.counters.snapshotRequests], ['polled', 100.1, 0]);
    assert.deepEqual([...new Set(world.requests.map(({ request }) => request.url))].sort(), [...urls].sort());
  });
}

test('what another connection of the venue still brings is not polled, and not disturbed', () => {
  let world: FeedWorld | undefined;
  const venue = new FakeBinance(() => world?.nowMs ?? START_MS, true);
  const urls = { public: 'wss://venue.test/public', market: 'wss://venue.test/market' };
  const config = venueConfig({ provider: 'binance', websocket: { urls }, rest: { weight: 10_000 }, ...POLLING });
  world = new FeedWorld({ binance_usdm: venue }, { binance_usdm: config }, [spec('binance_usdm', 'BTCUSDT')]);
  world.run(5000);
  const asked = world.requests.length;
  shutDoor(venue.mischief);
  world.drop([...world.up].find(([, { url }]) => url === urls.market)![0]);
  world.run(30_000);
  assert.equal(world.state('binance_usdm'), 'polling');
  assert.deepEqual([...new Set(world.requests.slice(asked).map(({ request }) => request.what))], ['trades']);
  openDoor(venue.mischief);
  world.run(10_000);
  assert.equal(world.state('binance_usdm'), 'live');
  assert.deepEqual(world.of('gap_opened'), [], 'its book never was in doubt');
});

test('the rows of an outage: what is down, how often it failed, what stands in, who shuts us out', () => {
  const { world, kraken } = krakenWorld();
  const rows = () => {
    const parts = world.scanner
      .feeds!.rows(world.nowMs)
      .map(({ part, value, total }) => [part, { value, total }] as const);
    return Object.fromEntries(parts);
  };
  assert.deepEqual(
    ['feed', 'connections', 'streams', 'pending_streams', 'polled_streams', 'next_attempt'].map(
      (part) => rows()[part]!.value,
    ),
    ['live', 1, 3, 0, 0, null],
  );
  assert.ok(world.nowMs - (rows()['last_frame']!.value as number) < 200);
  kraken.mischief.rest = { kind: 'refused', outcome: 'banned', retryAfterMs: 60_000 };
  outage(world, kraken);
  const { feed, connections, streams, polled_streams: polled, last_loss: loss, last_frame: frame } = rows();
  assert.deepEqual([feed!.value, connections, streams!.value], ['polling', { value: 0, total: 1 }, 0]);
  assert.deepEqual([polled!.value, loss!.value, frame!.value], [2, 'refused', null]);
  assert.ok((rows()['failures_in_row']!.value as number) >= 4);
  assert.ok((rows()['next_attempt']!.value as number) >= world.nowMs - 250);
  const ban = rows()['shut_out_until']!.value as number;
  assert.ok(ban > world.nowMs && ban <= world.nowMs + 60_000);
  const asked = world.requests.length;
  world.run(40_000);
  assert.equal(world.requests.length, asked, 'a ban is a ban');
});
