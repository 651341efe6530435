/** The two ways to a world: the in-process network in virtual time, and loopback sockets. Both as our scanner's port has it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { describe, test } from 'node:test';
import { WebSocket } from 'ws';
import type { Clock, RestReply, Transport } from '../../src/shell/feeds/transport.ts';
import { driveWorld, InProcessTransport } from '../../src/shell/sim/serve/in-process.ts';
import { listenWorld } from '../../src/shell/sim/serve/listen.ts';
import { routeOf, routeOfUrl } from '../../src/shell/sim/serve/routes.ts';
import { VirtualClock } from '../../src/shell/sim/serve/virtual-clock.ts';
import type { Fault } from '../../src/shell/sim/world/fault.ts';
import { SimWorld } from '../../src/shell/sim/world/sim-world.ts';

const START_MS = 1_793_610_890_000;
const NOBODY = { venue: null, symbol: null, channel: null };

function setUp(faults: readonly Fault[] = []) {
  const world = new SimWorld({ seed: 2, startMs: START_MS, assets: 1, faults });
  const clock = new VirtualClock(START_MS);
  const stop = driveWorld(world, clock);
  const transport = new InProcessTransport(world, clock, { latencyMs: 20 });
  // The types say that the simulator's shapes are the shell's ports.
  const ports: { transport: Transport; port: Clock } = { transport, port: clock };
  return { world, clock, stop, transport: ports.transport };
}

/** Notes what happens on a socket, with the time since the start. */
function open(desk: ReturnType<typeof setUp>, url: string, maxMessageBytes = 1_000_000) {
  const log: string[] = [];
  const note = (what: string): void => void log.push(`${desk.clock.nowMs() - START_MS} ${what}`);
  const request = { url, handshakeTimeoutMs: 5_000, maxMessageBytes, isDeflated: false };
  const socket = desk.transport.open(request, {
    onOpen: () => note('open'),
    onFailed: (reason, status, retryAfterMs) => note(`failed ${reason} ${status} ${retryAfterMs}`),
    onMessage: (bytes, from, to) => note(new TextDecoder().decode(bytes.subarray(from, to)).slice(0, 40)),
    onAlive: () => note('alive'),
    onClosed: (reason) => note(`closed ${reason}`),
  });
  return { log, socket };
}

describe('the in-process network', () => {
  test('opens, answers and closes after its latency, never in the call itself', () => {
    const desk = setUp();
    const { log, socket } = open(desk, 'wss://ws.okx.com:8443/ws/v5/public');
    assert.deepEqual(log, []);
    desk.clock.advanceTo(START_MS + 100);
    assert.deepEqual(log, ['40 open']);
    socket.send('ping');
    assert.equal(log.length, 1);
    desk.clock.advanceTo(START_MS + 200);
    assert.deepEqual(log.slice(1), ['140 pong']);
    socket.close();
    desk.clock.advanceTo(START_MS + 300);
    assert.equal(log.length, 2, 'closed by us: nobody is told');
    assert.equal(desk.world.venue('okx').sessions, 0);
  });

  test('says why a handshake failed', () => {
    const desk = setUp([{ kind: 'ban', atMs: 0, forMs: 60_000, ...NOBODY, venue: 'binance' }]);
    desk.clock.advanceTo(START_MS + 100);
    const banned = open(desk, 'wss://stream.binance.com:9443/stream');
    const wrong = open(desk, 'wss://stream.example.com/stream');
    desk.clock.advanceTo(START_MS + 200);
    assert.match(banned.log[0]!, /^140 failed HTTP 418 418 60000$/);
    assert.deepEqual(wrong.log, ['140 failed ENOTFOUND null null']);
  });

  test('a handshake that nobody answers fails at its deadline', () => {
    const desk = setUp([{ kind: 'half_open', atMs: 0, forMs: 60_000, ...NOBODY }]);
    desk.clock.advanceTo(START_MS + 100);
    const { log } = open(desk, 'wss://ws.kraken.com/v2');
    desk.clock.advanceTo(START_MS + 10_000);
    assert.deepEqual(log, ['5100 failed handshake timed out null null']);
  });

  test('closes on a message that is too large, and tells when the venue closes', () => {
    const desk = setUp([{ kind: 'disconnect', code: 1001, everyMs: 0, atMs: 3_000, forMs: 0, ...NOBODY }]);
    const large = open(desk, 'wss://stream.binance.com:9443/stream?streams=btcusdt@trade', 20);
    const other = open(desk, 'wss://stream.binance.com:9443/stream');
    desk.clock.advanceTo(START_MS + 60_000);
    assert.match(large.log.at(-1)!, /closed 1009 message of more than 20 bytes/);
    assert.match(other.log.at(-1)!, /^30[0-3]\d closed 1001 going away$/);
  });

  test('answers requests, or lets them run into their deadline', () => {
    const failure = { kind: 'rest_failure', mode: 'timeout', status: 500, delayMs: 0, chance: 1 } as const;
    const desk = setUp([{ ...failure, atMs: 10_000, forMs: 10_000, ...NOBODY }]);
    const ask = (maxBytes = 1_000_000): string[] => {
      const log: string[] = [];
      const request = {
        url: 'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5',
        timeoutMs: 2_000,
        maxBytes,
      };
      const askedMs = desk.clock.nowMs();
      desk.transport.get(request, (reply: RestReply) => {
        const what = reply.kind === 'answered' ? `${reply.status} ${reply.body.length > 100}` : '';
        log.push(`${desk.clock.nowMs() - askedMs} ${reply.kind} ${what}`);
      });
      assert.deepEqual(log, []);
      desk.clock.advanceTo(desk.clock.nowMs() + 5_000);
      return log;
    };
    assert.deepEqual(ask(), ['40 answered 200 true']);
    assert.deepEqual(ask(50), ['40 failed ']);
    assert.deepEqual(ask(), ['2000 timeout ']);
  });

  test('answers pings by itself, so that a quiet connection lives', () => {
    const desk = setUp();
    const { log } = open(desk, 'wss://stream.binance.com:9443/stream');
    desk.clock.advanceTo(START_MS + 600_000);
    assert.deepEqual([log[0], log[1], log.length], ['40 open', '21020 alive', 30]);
    assert.equal(desk.world.venue('binance').counts.messagesIn, 29, 'one pong in 20 s');
  });

  test('close() ends everything and leaves nobody waiting', () => {
    const desk = setUp();
    const { log } = open(desk, 'wss://ws.kraken.com/v2');
    desk.clock.advanceTo(START_MS + 100);
    desk.transport.get({ url: 'https://api.kraken.com/0/public/Time', timeoutMs: 100, maxBytes: 100 }, () =>
      assert.fail(),
    );
    const before = log.length;
    desk.transport.close();
    desk.stop();
    desk.clock.advanceTo(START_MS + 10_000);
    assert.equal(log.length, before);
    assert.equal(desk.clock.after(0, () => {}) !== null && desk.world.venue('kraken').sessions, 0);
  });
});

describe('a virtual clock', () => {
  test('runs timers at their times, in order, and not those that were cancelled', () => {
    const clock = new VirtualClock(1_000);
    const log: string[] = [];
    const note = (what: string) => () => void log.push(`${clock.nowMs()} ${what}`);
    clock.after(30, note('late'));
    clock.after(10, note('first'));
    clock.after(10, note('second'));
    clock.after(20, () => clock.after(5, note('nested')));
    clock.after(15, note('never'))();
    clock.advanceTo(1_025);
    assert.deepEqual(log, ['1010 first', '1010 second', '1025 nested']);
    assert.deepEqual([clock.nowMs(), clock.waiting], [1_025, 1]);
  });
});

describe('routes', () => {
  for (const [host, path, venue, rest] of [
    ['stream.binance.com:9443', '/stream?streams=a', 'binance', '/stream?streams=a'],
    ['FSTREAM.binance.com', '/public/ws', 'binance_usdm', '/public/ws'],
    ['127.0.0.1:4000', '/kraken/v2', 'kraken', '/v2'],
    ['127.0.0.1:4000', '/binance_usdm/market/stream', 'binance_usdm', '/market/stream'],
    ['localhost', '/okx', 'okx', '/'],
    ['ws-feed.exchange.coinbase.com', '/', 'coinbase', '/'],
    ['127.0.0.1:4000', '/coinbase/products', 'coinbase', '/products'],
    ['stream.bybit.com', '/v5/public/linear', 'bybit_linear', '/v5/public/linear'],
    ['api.bybit.com', '/v5/market/time?category=spot', 'bybit_spot', '/v5/market/time?category=spot'],
    ['127.0.0.1:4000', '/bybit/v5/public/spot', 'bybit_spot', '/v5/public/spot'],
    ['127.0.0.1:4000', '/bybit_linear/v5/public/linear', 'bybit_linear', '/v5/public/linear'],
    ['stream.bybit.com', '/v5/public/inverse', null, null],
    ['localhost', '/v2', null, null],
    ['evil.example', '/bitfinex/ws', null, null],
  ] as const) {
    test(`${host}${path} is ${venue}`, () => {
      assert.deepEqual(routeOf(host, path), venue === null ? null : { venue, path: rest });
    });
  }

  test('a text that is no URL leads nowhere', () => {
    assert.equal(routeOfUrl('not a url'), null);
  });
});

describe('a listening world', () => {
  test('serves all venues on one port, in step with a clock that can run faster', async () => {
    const world = new SimWorld({ seed: 2, startMs: START_MS, assets: 1 });
    const listening = await listenWorld(world, { speed: 20 });
    try {
      const socket = new WebSocket(`${listening.wsUrl('kraken')}/v2`);
      const messages: string[] = [];
      const closed = once(socket, 'close');
      socket.on('message', (data) => messages.push(String(data)));
      await once(socket, 'open');
      socket.send('{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10},"req_id":1}');
      while (messages.length < 20) await once(socket, 'message');
      assert.match(messages[0]!, /"channel":"status"/);
      assert.ok(world.nowUs / 1_000 - START_MS > 500);
      const reply = await fetch(`${listening.httpUrl('binance')}/api/v3/depth?symbol=BTCUSDT&limit=5`);
      assert.equal(reply.headers.get('x-mbx-used-weight-1m'), '5');
      assert.equal(((await reply.json()) as { bids: unknown[] }).bids.length, 5);
      const named = get({ port: listening.port, path: '/api/v5/public/time', headers: { host: 'www.okx.com' } });
      assert.equal((await once(named, 'response'))[0].statusCode, 200, 'found by the name of the host');
      world.venue('kraken').closeAll(1001, 'bye');
      assert.equal((await closed)[0], 1001);
      assert.equal(world.venue('kraken').sessions, 0);
    } finally {
      await listening.close();
    }
  });

  test('refuses a handshake with the status and the patience that the venue asks for', async () => {
    const faults = [{ kind: 'ban', atMs: 0, forMs: 30_000, ...NOBODY }] as const;
    const world = new SimWorld({ seed: 2, startMs: START_MS, assets: 1, faults });
    const listening = await listenWorld(world, { speed: 0 });
    try {
      world.advance(world.nowUs + 100_000);
      const socket = new WebSocket(`${listening.wsUrl('binance')}/stream`);
      const [, response] = await once(socket, 'unexpected-response');
      assert.deepEqual([response.statusCode, response.headers['retry-after']], [418, '30']);
      socket.on('error', () => {});
      socket.terminate();
    } finally {
      await listening.close();
    }
  });

  test('an abnormal close cuts the socket, and a client that goes is forgotten', async () => {
    const world = new SimWorld({ seed: 2, startMs: START_MS, assets: 1 });
    const listening = await listenWorld(world, { speed: 0 });
    try {
      const cut = new WebSocket(`${listening.wsUrl('okx')}/ws/v5/public`);
      await once(cut, 'open');
      const closed = once(cut, 'close');
      world.venue('okx').closeAll(1006, '');
      assert.equal((await closed)[0], 1006);
      const leaves = new WebSocket(`${listening.wsUrl('okx')}/ws/v5/public`);
      await once(leaves, 'open');
      assert.equal(world.venue('okx').sessions, 1);
      leaves.close();
      await once(leaves, 'close');
      while (world.venue('okx').sessions > 0) await new Promise((done) => setImmediate(done));
    } finally {
      await listening.close();
    }
  });
});
