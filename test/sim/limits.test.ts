/** The request limits of the simulated venues: who breaks one sees what the real venue would do to him. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimVenueName, SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { CoreReader } from './core-reader.ts';
import { CLIENTS } from './venue-clients.ts';

/** Ten seconds before a minute begins. */
const START_MS = 1_793_610_890_000;

function world(venue: SimVenueName): SimWorld {
  return new SimWorld({ seed: 9, startMs: START_MS, assets: 1, venues: [venue] });
}

for (const [venue, allowed] of [
  ['binance', 5],
  ['binance_usdm', 10],
] as const) {
  test(`${venue} closes a connection with more than ${allowed} messages in a second, pongs counted`, () => {
    const reader = new CoreReader(world(venue), venue, CLIENTS[venue].path);
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < allowed - 1; i++) reader.send({ method: 'LIST_SUBSCRIPTIONS', id: i });
      reader.session.pong('');
      reader.run(1_000);
      assert.equal(reader.closedWith, null);
    }
    for (let i = 0; i <= allowed; i++) reader.session.pong('');
    assert.equal(reader.closedWith, '1008 Too many requests');
    assert.equal(reader.world.venue(venue).counts.limitCloses, 1);
    assert.equal(reader.world.venue(venue).sessions, 0);
  });
}

for (const [venue, allowed] of [
  ['binance', 1024],
  ['binance_usdm', 200],
] as const) {
  test(`${venue} closes a connection with more than ${allowed} streams`, () => {
    const reader = new CoreReader(world(venue), venue, CLIENTS[venue].path);
    const streams = (count: number) => Array.from({ length: count }, (_, i) => `s${i}usdt@trade`);
    reader.send({ method: 'SUBSCRIBE', params: streams(allowed), id: 1 });
    assert.equal(reader.closedWith, null);
    reader.send({ method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 2 });
    assert.equal(reader.closedWith, '1008 too many streams');
  });
}

test('Binance pings every 20 s and leaves who does not answer within a minute', () => {
  const silent = new CoreReader(world('binance'), 'binance', '/stream');
  const alive = new CoreReader(silent.world, 'binance', '/stream');
  for (let second = 0; second < 90; second++) {
    silent.run(1_000);
    alive.session.pong('');
  }
  assert.match(silent.closedWith!, /^1006/);
  assert.equal(alive.closedWith, null);
  assert.equal(alive.pings, 4);
});

test('Binance ends a connection after 24 hours', () => {
  const quiet = new SimWorld({ seed: 1, startMs: START_MS, assets: 1, venues: ['binance'], stepMs: 100, activity: 0 });
  const reader = new CoreReader(quiet, 'binance', '/stream');
  for (let minute = 0; minute < 24 * 60; minute++) {
    assert.equal(reader.closedWith, null);
    quiet.advance(quiet.nowUs + 60_000_000);
    reader.session.pong('');
  }
  assert.match(reader.closedWith!, /24 hours/);
});

for (const [venue, allowed, status] of [
  ['binance', 300, 418],
  ['kraken', 150, 429],
  ['okx', 3, 429],
] as const) {
  test(`${venue} refuses connection attempt ${allowed + 1} of a window with ${status}, and only that address`, () => {
    const here = world(venue);
    for (let i = 0; i < allowed; i++) new CoreReader(here, venue, CLIENTS[venue].path).session.closed();
    assert.throws(() => new CoreReader(here, venue, CLIENTS[venue].path), new RegExp(`refused with ${status}`));
    assert.doesNotThrow(() => new CoreReader(here, venue, CLIENTS[venue].path, 'another'));
    here.advance(here.nowUs + 601_000_000);
    assert.doesNotThrow(() => new CoreReader(here, venue, CLIENTS[venue].path));
  });
}

test('OKX answers 480 subscriptions an hour on one connection, the next with an error', () => {
  const reader = new CoreReader(world('okx'), 'okx', CLIENTS.okx.path);
  const args = [{ channel: 'trades', instId: 'BTC-USDT' }];
  for (let i = 0; i < 240; i++) {
    reader.send({ op: 'subscribe', args });
    reader.send({ op: 'unsubscribe', args });
  }
  assert.deepEqual(Object.keys(reader.outcomes), ['ack']);
  reader.send({ op: 'subscribe', args });
  assert.match(reader.messages.at(-1)!, /"code":"60014"/);
  assert.equal(reader.world.venue('okx').counts.refusedMessages, 1);
});

test('Binance counts weight by the minute, tells it, refuses beyond it, bans who goes on', () => {
  const reader = new CoreReader(world('binance'), 'binance', '/stream');
  const snapshot = () => reader.get('/api/v3/depth?symbol=BTCUSDT&limit=5000');
  for (let i = 1; i <= 24; i++) assert.equal(snapshot().headers['x-mbx-used-weight-1m'], String(i * 250));
  const refused = snapshot();
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['retry-after'], '10', 'until the minute is over');
  reader.run(10_000);
  assert.equal(snapshot().headers['x-mbx-used-weight-1m'], '250');
  for (let i = 0; i < 23; i++) snapshot();
  const statuses = Array.from({ length: 21 }, () => snapshot().status);
  assert.deepEqual([statuses[0], statuses[19], statuses[20]], [429, 429, 418]);
  const banned = reader.get('/api/v3/ping');
  assert.equal(banned.status, 418);
  assert.equal(banned.headers['retry-after'], '120');
  assert.match(banned.body, /"code":-1003,"msg":".*IP banned until \d{13}\./);
  assert.throws(() => new CoreReader(reader.world, 'binance', '/stream'), /refused with 418/);
  reader.run(120_000);
  assert.equal(reader.get('/api/v3/ping').status, 200);
  const { counts } = reader.world.venue('binance');
  assert.deepEqual([counts.peakWeight, counts.refusedRequests], [6_000, 23]);
});

for (const [limit, weight] of [
  [100, 5],
  [101, 25],
  [1000, 50],
  [1001, 250],
] as const) {
  test(`a spot depth snapshot of ${limit} levels weighs ${weight}`, () => {
    const reader = new CoreReader(world('binance'), 'binance', '/stream');
    const reply = reader.get(`/api/v3/depth?symbol=BTCUSDT&limit=${limit}`);
    assert.equal(reply.headers['x-mbx-used-weight-1m'], String(weight));
  });
}

test('OKX allows 40 books in 2 s, then 429 with code 50011', () => {
  const reader = new CoreReader(world('okx'), 'okx', CLIENTS.okx.path);
  const books = () => reader.get('/api/v5/market/books?instId=BTC-USDT&sz=400');
  for (let i = 0; i < 40; i++) assert.equal(books().status, 200);
  assert.equal(books().status, 429);
  assert.match(books().body, /"code":"50011"/);
  assert.equal(reader.get('/api/v5/market/trades?instId=BTC-USDT').status, 200, 'each endpoint has its own');
  reader.run(3_000);
  assert.equal(books().status, 200);
});

test('Kraken says that it is too much inside HTTP 200', () => {
  const reader = new CoreReader(world('kraken'), 'kraken', '/v2');
  const replies = Array.from({ length: 16 }, () => reader.get('/0/public/Depth?pair=XBTUSD&count=10'));
  assert.match(replies[14]!.body, /^\{"error":\[\],"result":\{"XXBTZUSD":/);
  assert.deepEqual([replies[15]!.status, replies[15]!.body], [200, '{"error":["EAPI:Rate limit exceeded"]}']);
  reader.run(1_100);
  assert.match(reader.get('/0/public/Depth?pair=BTC/USD&count=10').body, /"XXBTZUSD"/);
});
