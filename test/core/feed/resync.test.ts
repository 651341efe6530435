/** Books that lost something: how they get back in sync, one request a symbol and within the budget. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentSpec } from '../../../src/core/market/instrument.ts';
import { FakeBinance, FakeKraken, FakeOkx } from './fake-venues.ts';
import { FeedWorld, START_MS, spec, venueConfig } from './feed-world.ts';

function binanceWorld(overrides: Parameters<typeof venueConfig>[0] = {}, symbols: readonly string[] = ['BTCUSDT']) {
  let world: FeedWorld | undefined;
  const binance = new FakeBinance(() => world?.nowMs ?? START_MS);
  const config = venueConfig({ provider: 'binance', ...overrides });
  const instruments: InstrumentSpec[] = symbols.map((symbol) => spec('binance', symbol));
  world = new FeedWorld({ binance }, { binance: config }, instruments);
  return { world, binance };
}

test('a start with many symbols never asks for more than the budget at once, and ends with all in sync', () => {
  const symbols = Array.from({ length: 40 }, (_, i) => `S${i}USDT`);
  const { world } = binanceWorld({ limits: { topicsPerRequest: 30 } }, symbols);
  world.run(300_000);
  for (const symbol of symbols) assert.equal(world.book(symbol), 'live', symbol);
  assert.equal(new Set(world.requests.map(({ request }) => request.symbol)).size, 40);
  assert.equal(world.requests.length, 40, 'one each');
  for (const { atMs } of world.requests) {
    const inWindow = world.requests.filter((other) => other.atMs > atMs - 60_000 && other.atMs <= atMs);
    assert.ok(inWindow.reduce((sum, { request }) => sum + request.weight, 0) <= 50, 'within the budget');
  }
  world.requests.slice(1).forEach(({ atMs }, i) => {
    assert.ok(atMs - world.requests[i]!.atMs >= 100, 'spaced');
  });
});

test('what the server has counted of others counts too', () => {
  const { world, binance } = binanceWorld({}, ['AUSDT', 'BUSDT']);
  binance.used = 90;
  world.run(10_000);
  // The first answer says 95 of 100, and the second request fits once more; a third would not.
  assert.equal(world.requests.length, 2);
  binance.lose('AUSDT');
  world.run(10_000);
  assert.equal(world.requests.length, 2);
  world.run(45_000);
  assert.equal(world.requests.length, 3, 'in the next minute');
  assert.equal(world.book('AUSDT'), 'live');
});

const REFUSALS = [
  { what: 'rate limit with Retry-After', outcome: 'rate_limited', retryAfterMs: 30_000, quietMs: 30_000 },
  { what: 'ban', outcome: 'banned', retryAfterMs: 120_000, quietMs: 120_000 },
  { what: 'ban without a word', outcome: 'banned', retryAfterMs: null, quietMs: 600_000 },
  { what: 'rate limit without a word', outcome: 'rate_limited', retryAfterMs: null, quietMs: 59_000 },
] as const;

for (const { what, outcome, retryAfterMs, quietMs } of REFUSALS) {
  test(`${what}: no request before it is over, and then the one that was refused`, () => {
    const { world, binance } = binanceWorld();
    binance.mischief.rest = { kind: 'refused', outcome, retryAfterMs };
    world.run(2000);
    assert.equal(world.requests.length, 1);
    world.run(quietMs - 2000);
    assert.equal(world.requests.length, 1);
    binance.mischief.rest = null;
    world.run(60_000);
    assert.equal(world.requests.length, 2);
    assert.equal(world.book('BTCUSDT'), 'live');
  });
}

test('refused again and again without a word, it waits a minute, two, four … ten at most; an answer begins anew', () => {
  const { world, binance } = binanceWorld();
  const refusals = { kind: 'refused', outcome: 'rate_limited', retryAfterMs: null } as const;
  const waitsFrom = (first: number): number[] => {
    const times = world.requests.slice(first).map(({ atMs }) => atMs);
    return times.slice(1).map((atMs, i) => Math.round((atMs - times[i]!) / 60_000));
  };
  binance.mischief.rest = refusals;
  world.run(40 * 60_000);
  assert.deepEqual(waitsFrom(0), [1, 1, 2, 4, 8, 10, 10]);
  binance.mischief.rest = null;
  world.run(11 * 60_000);
  assert.equal(world.book('BTCUSDT'), 'live');
  const { length } = world.requests;
  binance.mischief.rest = refusals;
  binance.lose('BTCUSDT');
  world.run(9 * 60_000);
  assert.deepEqual(waitsFrom(length), [1, 1, 2, 4]);
});

test('a request that fails, or is never answered, or answered with nonsense, is asked again, slower and slower', () => {
  for (const answer of [
    { kind: 'refused', outcome: 'server_error', retryAfterMs: null },
    { kind: 'silence' },
    { kind: 'ok', body: '{"code":-1,"msg":"internal"}' },
    { kind: 'ok', body: 'not json' },
  ] as const) {
    const { world, binance } = binanceWorld({ rest: { weight: 100_000 } });
    binance.mischief.rest = answer;
    world.run(120_000);
    const asked = world.requests.length;
    assert.ok(asked >= 4 && asked <= 40, `${JSON.stringify(answer)}: ${asked} requests in two minutes`);
    binance.mischief.rest = null;
    world.run(40_000);
    assert.equal(world.book('BTCUSDT'), 'live', JSON.stringify(answer));
  }
});

test('a snapshot that is too old is asked for again until one bridges', () => {
  const { world, binance } = binanceWorld();
  binance.mischief.rest = { kind: 'ok', body: '{"lastUpdateId":5,"bids":[["1","1"]],"asks":[["2","1"]]}' };
  world.run(5000);
  assert.notEqual(world.book('BTCUSDT'), 'live');
  binance.mischief.rest = null;
  world.run(30_000);
  assert.equal(world.book('BTCUSDT'), 'live');
});

test('one resync in flight a symbol, however many gaps', () => {
  const { world, binance } = binanceWorld();
  world.run(2000);
  binance.mischief.rest = { kind: 'silence' };
  for (let i = 0; i < 5; i++) {
    binance.lose('BTCUSDT');
    world.run(300);
  }
  world.run(1500);
  assert.equal(world.requests.length, 2, 'the first snapshot, and one for the gap');
});

test('kraken: a book that lost something is subscribed anew, with its depth', () => {
  const kraken = new FakeKraken();
  const world = new FeedWorld({ kraken }, { kraken: venueConfig() }, [spec('kraken', 'BTC/USD', { depth: 25 })]);
  world.run(2000);
  world.say(1, '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":1}]}');
  assert.equal(world.book('BTC/USD'), 'stale');
  world.run(1000);
  assert.equal(world.book('BTC/USD'), 'live');
  const book = world.sent.filter(({ text }) => text.includes('"book"')).map(({ text }) => JSON.parse(text));
  assert.deepEqual(
    book.map(({ method, params }) => [method, params.depth]),
    [
      ['subscribe', 25],
      ['unsubscribe', 25],
      ['subscribe', 25],
    ],
  );
});

test('kraken: a book that goes wrong again and again costs its connection, not an endless loop', () => {
  const kraken = new FakeKraken();
  const world = new FeedWorld({ kraken }, { kraken: venueConfig() }, [spec('kraken', 'BTC/USD', { depth: 10 })]);
  world.run(2000);
  for (let i = 0; i < 4; i++) {
    world.say(1, '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[],"asks":[],"checksum":1}]}');
    world.run(2000);
  }
  assert.deepEqual(
    world.closed.map(({ reason }) => reason),
    ['resyncs: BTC/USD'],
  );
  world.run(5000);
  assert.equal(world.book('BTC/USD'), 'live');
});

test("okx: subscribing anew stays within the hour's budget; beyond it a new connection is opened", () => {
  let world: FeedWorld | undefined;
  const okx = new FakeOkx(() => world?.nowMs ?? START_MS);
  const symbols = ['A', 'B', 'C', 'D', 'E', 'F'].map((base) => `${base}-USDT`);
  world = new FeedWorld(
    { okx },
    { okx: venueConfig({ provider: 'okx', limits: { subscribesPerHour: 6 } }) },
    symbols.map((symbol) => spec('okx', symbol)),
  );
  world.run(15_000);
  for (const instId of symbols) {
    const row = { asks: [], bids: [], ts: String(world.nowMs), checksum: 0, prevSeqId: 1, seqId: 9_000_000 };
    const connection = [...world.up.keys()][0]!;
    world.say(connection, JSON.stringify({ arg: { channel: 'books', instId }, action: 'update', data: [row] }));
    world.run(3000);
  }
  world.run(5000);
  for (const symbol of symbols) assert.equal(world.book(symbol), 'live', symbol);
  assert.ok(world.closed.length > 0 && world.closed.every(({ reason }) => reason === 'subscribe_budget'));
  const perConnection = new Map<number, number>();
  for (const { connection } of world.sent) perConnection.set(connection, (perConnection.get(connection) ?? 0) + 1);
  for (const count of perConnection.values()) assert.ok(count <= 6, 'within the hour');
});

test('ops resync: the book is taken for lost and got anew; another symbol is left alone', () => {
  const { world } = binanceWorld({}, ['AUSDT', 'BUSDT']);
  world.run(5000);
  const before = world.requests.length;
  world.command({ kind: 'resync', venue: 'binance', symbol: 'AUSDT', actor: 'eve', reason: 'looks odd' });
  assert.notEqual(world.book('AUSDT'), 'live');
  assert.equal(world.book('BUSDT'), 'live');
  world.run(2000);
  assert.equal(world.book('AUSDT'), 'live');
  assert.deepEqual(
    world.requests.slice(before).map(({ request }) => request.symbol),
    ['AUSDT'],
  );
  const gaps = world.of('gap_opened').map(({ symbol, gap: { kind, reason } }) => [symbol, kind, reason]);
  assert.deepEqual(gaps, [['AUSDT', 'command', 'looks odd']]);
});

test('frames that the shell dropped: the book is resynced, the loss is counted and shown', () => {
  const { world } = binanceWorld({}, ['AUSDT', 'BUSDT']);
  world.run(5000);
  world.step({
    kind: 'dropped',
    connection: 1,
    symbol: 'AUSDT',
    what: 'depth',
    frames: 12,
    receiveTimeMs: world.nowMs,
  });
  assert.notEqual(world.book('AUSDT'), 'live');
  assert.equal(world.book('BUSDT'), 'live');
  world.step({ kind: 'dropped', connection: 1, symbol: null, what: 'other', frames: 3, receiveTimeMs: world.nowMs });
  world.run(3000);
  assert.equal(world.book('AUSDT'), 'live');
  const rows = world.scanner.feeds!.rows(world.nowMs).filter(({ part }) => part?.startsWith('dropped') === true);
  assert.deepEqual(
    rows.map(({ part, value, status }) => [part, value, status]),
    [
      ['dropped_depth_frames', 12, 'WARN'],
      ['dropped_other_frames', 3, 'WARN'],
    ],
  );
});

test('dropped frames that may have been trades cut the coverage of their minute', () => {
  for (const isDropped of [false, true]) {
    const kraken = new FakeKraken();
    const world = new FeedWorld({ kraken }, { kraken: venueConfig() }, [spec('kraken', 'BTC/USD', { depth: 10 })]);
    const trade = (id: number) => {
      const row = { symbol: 'BTC/USD', side: 'buy', price: 100.1, qty: 1, ord_type: 'limit', trade_id: id };
      const timestamp = new Date(world.nowMs).toISOString();
      world.say(1, JSON.stringify({ channel: 'trade', type: 'update', data: [{ ...row, timestamp }] }));
    };
    for (let id = 1; id <= 12; id++) {
      world.run(15_000);
      trade(id);
      const { nowMs: receiveTimeMs } = world;
      if (isDropped && id === 6)
        world.step({ kind: 'dropped', connection: 1, symbol: null, what: 'other', frames: 1, receiveTimeMs });
    }
    const bars = world.of('bar').filter(({ minutes }) => minutes === 1);
    assert.deepEqual(
      bars.map(({ bar }) => bar.complete),
      [false, !isDropped],
    );
  }
});

test('a connection that is lost while a snapshot is on its way begins anew', () => {
  const { world, binance } = binanceWorld();
  binance.mischief.rest = { kind: 'silence' };
  world.run(1000);
  world.drop(1);
  binance.mischief.rest = null;
  world.run(5000);
  assert.equal(world.book('BTCUSDT'), 'live');
});
