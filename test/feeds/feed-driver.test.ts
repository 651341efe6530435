/** What the feeds ask for is done, and what comes of it enters the core in order, whole, and never silently less. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeedEffect } from '../../src/core/feed/feed-effect.ts';
import type { Input } from '../../src/core/scan/input.ts';
import { FeedDriver } from '../../src/shell/feeds/driver/feed-driver.ts';
import { FakeTransport } from './support/fake-transport.ts';
import { VirtualClock } from './support/virtual-clock.ts';

const OPEN: Extract<FeedEffect, { kind: 'open_connection' }> = {
  kind: 'open_connection',
  connection: 7,
  venue: 'binance',
  url: 'ws://venue/stream',
  handshakeTimeoutMs: 5000,
  maxMessageBytes: 1000,
  isDeflated: false,
};
const REQUEST: Extract<FeedEffect, { kind: 'rest_request' }> = {
  kind: 'rest_request',
  request: 8,
  venue: 'binance',
  provider: 'binance',
  symbol: 'BTCUSDT',
  what: 'depth_snapshot',
  url: 'http://venue/depth',
  timeoutMs: 2000,
  weight: 50,
};

class Bench {
  readonly clock = new VirtualClock();
  readonly startMs = this.clock.nowMs();
  readonly transport = new FakeTransport();
  /** One line an Input, times from the start. */
  readonly lines: string[] = [];
  readonly driver: FeedDriver;
  /** What waits for its turn; draining is done by hand. */
  readonly deferred: (() => void)[] = [];
  /** What runs when a read is over, where there is such a thing. */
  readonly soon: (() => void)[] = [];
  onInput: (input: Input) => void = () => {};

  constructor(limits = { frames: 100, bytes: 10_000 }, hasReads = false) {
    this.driver = new FeedDriver({
      transport: this.transport,
      clock: this.clock,
      limits,
      step: (input) => {
        this.lines.push(lineOf(input, this.startMs));
        this.onInput(input);
      },
      defer: (run) => this.deferred.push(run),
      ...(hasReads ? { soon: (run) => this.soon.push(run) } : {}),
    });
  }

  drain(): string[] {
    while (this.driver.drain());
    return this.lines.splice(0);
  }

  /** As a socket that has told all of one read. */
  endRead(): void {
    for (const run of this.soon.splice(0)) run();
  }

  /** One that is up. */
  opened(asked = OPEN) {
    this.driver.perform(asked);
    const socket = this.transport.sockets.at(-1)!;
    socket.open();
    this.drain();
    return socket;
  }
}

function lineOf(input: Input, startMs: number): string {
  const at = input.receiveTimeMs - startMs;
  switch (input.kind) {
    case 'frame':
      return `${at} frame ${input.connection} ${Buffer.from(input.bytes.subarray(input.from, input.to)).toString()}`;
    case 'link':
      return `${at} link ${input.connection} ${input.transport} ${input.state} ${input.symbol} ${input.reason}`.trim();
    case 'call': {
      const { outcome, transport, latencyMs, serverWeight, retryAfterMs } = input.call;
      return `${at} call ${input.request} ${transport} ${outcome} ${latencyMs} ${serverWeight?.used ?? '-'} ${retryAfterMs ?? '-'}`;
    }
    case 'dropped':
      return `${at} dropped ${input.connection} ${input.what} ${input.symbol} ${input.frames}`;
    default:
      return `${at} ${input.kind}`;
  }
}

test('a connection: asked for, up, heard, and gone', () => {
  const bench = new Bench();
  bench.driver.perform(OPEN);
  const [socket] = bench.transport.sockets;
  assert.deepEqual(socket!.request, {
    url: OPEN.url,
    handshakeTimeoutMs: 5000,
    maxMessageBytes: 1000,
    isDeflated: false,
  });
  bench.clock.advance(30);
  socket!.open();
  assert.deepEqual(bench.drain(), ['30 call 7 websocket ok 30 - -', '30 link 7 websocket up null']);
  bench.driver.perform({ kind: 'send_text', connection: 7, text: 'subscribe' });
  assert.deepEqual(socket!.sent, ['subscribe']);
  socket!.say('one');
  bench.clock.advance(5);
  socket!.say('two');
  socket!.hangUp('closed by the venue: 1001 going away');
  assert.deepEqual(bench.drain(), [
    '30 frame 7 one',
    '35 frame 7 two',
    '35 link 7 websocket down null closed by the venue: 1001 going away',
  ]);
  assert.equal(bench.driver.openSockets, 0);
});

test('what one read brings came at one time, and is stepped where it was read', () => {
  const bench = new Bench(undefined, true);
  const socket = bench.opened();
  bench.endRead();
  for (const text of ['one', 'two']) {
    socket.say(text);
    bench.clock.advance(1);
    assert.equal(
      bench.driver.nowMs() - bench.startMs,
      0,
      'what is stepped within the read comes not after the rest of it',
    );
  }
  assert.deepEqual(bench.lines.splice(0), ['0 frame 7 one', '0 frame 7 two']);
  bench.endRead();
  assert.deepEqual(bench.driver.takeLags(), { p50: 2, p95: 2, p99: 2 });
  socket.say('later');
  assert.deepEqual(bench.lines.splice(0), ['2 frame 7 later']);
  assert.equal(bench.driver.counters.mostQueuedFrames, 0);
});

test('what is read while something waits, or while a frame is stepped, waits its turn', () => {
  const bench = new Bench(undefined, true);
  const socket = bench.opened();
  bench.endRead();
  bench.driver.pulse();
  for (const run of bench.deferred.splice(0)) run();
  socket.say('behind the pulse');
  assert.deepEqual(bench.lines, []);
  bench.endRead();
  assert.deepEqual(bench.lines.splice(0), ['0 pulse', '0 frame 7 behind the pulse']);
  bench.onInput = (input) => {
    bench.onInput = () => {};
    const { bytes, from, to } = input as Extract<Input, { kind: 'frame' }>;
    socket.say('told within a step');
    assert.equal(
      Buffer.from(bytes.subarray(from, to)).toString(),
      'first',
      'the frame that is stepped stays what it is',
    );
  };
  socket.say('first');
  assert.deepEqual(bench.lines.splice(0), ['0 frame 7 first']);
  bench.endRead();
  assert.deepEqual(bench.lines, ['0 frame 7 told within a step']);
});

test('a scan that is behind fills its queue, and says what of it overflows', () => {
  const bench = new Bench({ frames: 100, bytes: 10_000 }, true);
  const [socket, other] = [bench.opened(), bench.opened({ ...OPEN, connection: 8 })];
  bench.endRead();
  bench.lines.splice(0);
  const trade = (id: number): string => `{"stream":"btcusdt@trade","data":{"t":${id}}}`;
  const depth = '{"stream":"btcusdt@depth@100ms","data":{}}';
  const worked = (): string[] => {
    for (const run of bench.deferred.splice(0)) run();
    return bench.lines.splice(0);
  };
  bench.driver.isBehind = true;
  for (let id = 0; id < 60; id++) socket.say(trade(id));
  socket.say(depth);
  assert.deepEqual([bench.lines.length, bench.driver.queuedFrames, bench.soon.length], [0, 60, 0]);
  bench.clock.advance(1000);
  assert.equal(worked().at(-1), '0 dropped 7 depth BTCUSDT 1');
  assert.deepEqual(bench.driver.takeLags(), { p50: 1000, p95: 1000, p99: 1000 });
  bench.driver.isBehind = false;
  socket.say('as before');
  assert.deepEqual(bench.lines.splice(0), ['1000 frame 7 as before']);
  bench.endRead();
  bench.driver.isBehind = true;
  for (let id = 0; id < 20; id++) other.say(trade(id));
  socket.say(depth);
  assert.equal(worked().at(-1), `1000 frame 7 ${depth}`, 'what was dropped before is over');
});

test('a connection that its own frame closes says nothing more', () => {
  const bench = new Bench(undefined, true);
  const socket = bench.opened();
  bench.endRead();
  bench.onInput = (input) => {
    if (input.kind === 'frame')
      bench.driver.perform({ kind: 'close_connection', connection: 7, venue: 'binance', reason: 'refused' });
  };
  socket.say('goodbye', 'more of the same read');
  bench.endRead();
  assert.deepEqual(bench.lines, ['0 frame 7 goodbye', '0 link 7 websocket down null refused']);
});

test('handshakes that fail, by how', () => {
  for (const [status, retryAfterMs, afterMs, outcome] of [
    [null, null, 10, 'failed'],
    [null, null, 5000, 'timeout'],
    [429, 3000, 10, 'rate_limited'],
    [418, 60_000, 10, 'banned'],
    [503, null, 10, 'server_error'],
    [403, null, 10, 'banned'],
    [403, 90_000, 10, 'banned'],
    [404, null, 10, 'client_error'],
    [200, null, 10, 'failed'],
  ] as const) {
    const bench = new Bench();
    bench.driver.perform(OPEN);
    bench.clock.advance(afterMs);
    bench.transport.sockets[0]!.refuse('no', status, retryAfterMs);
    assert.deepEqual(bench.drain(), [
      `${afterMs} call 7 websocket ${outcome} null - ${retryAfterMs ?? '-'}`,
      `${afterMs} link 7 websocket down null no`,
    ]);
  }
});

test('closing: told at once, and no frame of it is stepped any more', () => {
  const bench = new Bench();
  const socket = bench.opened();
  socket.say('waits');
  bench.driver.perform({ kind: 'close_connection', connection: 7, venue: 'binance', reason: 'switched_off' });
  assert.equal(socket.isClosed, true);
  assert.deepEqual(bench.drain(), ['0 link 7 websocket down null switched_off']);
  bench.driver.perform({ kind: 'close_connection', connection: 7, venue: 'binance', reason: 'again' });
  bench.driver.perform({ kind: 'send_text', connection: 7, text: 'into the void' });
  assert.deepEqual(bench.drain(), []);
});

test('a connection that the core closes at the news of its opening is not said to be up', () => {
  const bench = new Bench();
  bench.onInput = (input) => {
    if (input.kind === 'call')
      bench.driver.perform({ kind: 'close_connection', connection: 7, venue: 'binance', reason: 'kill' });
  };
  bench.driver.perform(OPEN);
  bench.transport.sockets[0]!.open();
  assert.deepEqual(bench.drain(), ['0 call 7 websocket ok 0 - -', '0 link 7 websocket down null kill']);
});

test('a connection that is closed while it opens was cancelled, and is told once', () => {
  const bench = new Bench();
  bench.driver.perform(OPEN);
  bench.driver.perform({ kind: 'close_connection', connection: 7, venue: 'binance', reason: 'not_allowed' });
  assert.deepEqual(bench.drain(), [
    '0 call 7 websocket cancelled null - -',
    '0 link 7 websocket down null not_allowed',
  ]);
});

test('a connection that the core closes at the news of its failure has one outcome', () => {
  const bench = new Bench();
  bench.onInput = (input) => {
    if (input.kind === 'call')
      bench.driver.perform({ kind: 'close_connection', connection: 7, venue: 'binance', reason: 'kill' });
  };
  bench.driver.perform(OPEN);
  bench.transport.sockets[0]!.refuse('no', 503, null);
  assert.deepEqual(bench.drain(), ['0 call 7 websocket server_error null - -', '0 link 7 websocket down null kill']);
});

test('what waits has its own time, and the run goes by it: nothing is stepped out of order', () => {
  const bench = new Bench();
  const socket = bench.opened();
  socket.say('early');
  bench.clock.advance(400);
  assert.equal(bench.driver.nowMs(), bench.startMs);
  assert.deepEqual(bench.drain(), ['0 frame 7 early']);
  assert.equal(bench.driver.nowMs(), bench.startMs + 400);
  assert.deepEqual(bench.driver.takeLags(), { p50: 400, p95: 400, p99: 400 });
  assert.equal(bench.driver.takeLags(), null);
});

test('a pulse comes after what lay in the sockets when it was due', () => {
  const bench = new Bench();
  const socket = bench.opened();
  bench.clock.advance(6000);
  bench.driver.pulse();
  // The timer was first; the socket is read before its turn comes.
  socket.say('was there');
  for (const run of bench.deferred.splice(0)) run();
  assert.deepEqual(bench.drain(), ['6000 frame 7 was there', '6000 pulse']);
});

test('pings tell that the peer is there, once a second at most', () => {
  const bench = new Bench();
  const socket = bench.opened();
  for (const _ of [1, 2, 3]) socket.ping();
  bench.clock.advance(1000);
  socket.ping();
  assert.deepEqual(bench.drain(), ['0 link 7 websocket alive null', '1000 link 7 websocket alive null']);
});

test('a request: the call with what the server counted, then its body as a frame', () => {
  const bench = new Bench();
  bench.driver.perform(REQUEST);
  const [asked] = bench.transport.requests;
  assert.equal(asked!.request.timeoutMs, 2000);
  bench.clock.advance(80);
  const headers = { 'x-mbx-used-weight-1m': '123' };
  asked!.answer({ kind: 'answered', status: 200, headers, body: Buffer.from('{"bids":[]}') });
  assert.deepEqual(bench.drain(), [
    '80 call 8 rest ok 80 123 -',
    '80 link 8 rest up BTCUSDT',
    '80 frame 8 {"bids":[]}',
  ]);
});

test('a request that fails is a call and nothing else', () => {
  const body = Buffer.from('{}');
  for (const [reply, line] of [
    [{ kind: 'timeout' }, '0 call 8 rest timeout null - -'],
    [{ kind: 'failed', reason: 'reset' }, '0 call 8 rest failed null - -'],
    [{ kind: 'answered', status: 429, headers: { 'retry-after': '7' }, body }, '0 call 8 rest rate_limited 0 - 7000'],
    [{ kind: 'answered', status: 403, headers: {}, body }, '0 call 8 rest banned 0 - -'],
    [{ kind: 'answered', status: 418, headers: { 'retry-after': '120' }, body }, '0 call 8 rest banned 0 - 120000'],
    [{ kind: 'answered', status: 500, headers: {}, body }, '0 call 8 rest server_error 0 - -'],
    [{ kind: 'answered', status: 400, headers: {}, body }, '0 call 8 rest client_error 0 - -'],
  ] as const) {
    const bench = new Bench();
    bench.driver.perform(REQUEST);
    bench.transport.requests[0]!.answer(reply);
    assert.deepEqual(bench.drain(), [line]);
  }
});

const depth = (symbol: string, id: number): string => `{"stream":"${symbol}@depth@100ms","data":{"u":${id}}}`;
const trade = (id: number): string => `{"stream":"btcusdt@trade","data":{"t":${id}}}`;

test('over half full, depth goes by symbol, and is told where it would have been; trades stay', () => {
  const bench = new Bench({ frames: 10, bytes: 10_000 });
  const socket = bench.opened();
  for (let id = 0; id < 5; id++) socket.say(trade(id));
  socket.say(depth('btcusdt', 1));
  socket.say(trade(5));
  socket.say(depth('btcusdt', 2));
  socket.say(depth('ethusdt', 1));
  const lines = bench.drain();
  assert.deepEqual(lines.slice(5), [
    '0 dropped 7 depth BTCUSDT 2',
    `0 frame 7 ${trade(5)}`,
    '0 dropped 7 depth ETHUSDT 1',
  ]);
  // There is room again, so depth is taken again.
  socket.say(depth('btcusdt', 3));
  assert.deepEqual(bench.drain(), [`0 frame 7 ${depth('btcusdt', 3)}`]);
  assert.equal(bench.driver.counters.droppedDepth, 3);
  assert.equal(bench.driver.counters.droppedOther, 0);
  assert.equal(bench.driver.counters.mostQueuedFrames, 6);
});

test('once a symbol is dropped it stays so until the queue is nearly empty: half a book is none', () => {
  const bench = new Bench({ frames: 1200, bytes: 1 << 20 });
  const socket = bench.opened();
  for (let id = 0; id < 700; id++) socket.say(trade(id));
  socket.say(depth('btcusdt', 1));
  bench.driver.drain();
  // Far under the half at which dropping begins, but over the tenth at which it ends.
  assert.equal(bench.driver.queuedFrames, 188);
  socket.say(depth('btcusdt', 2));
  socket.say(depth('ethusdt', 1));
  assert.equal(bench.driver.counters.droppedDepth, 1 + 1);
  bench.drain();
  socket.say(depth('btcusdt', 3));
  assert.deepEqual(bench.drain(), [`0 frame 7 ${depth('btcusdt', 3)}`]);
});

test('depth that is thrown away takes no room from the trades that were read with it', () => {
  const bench = new Bench({ frames: 1000, bytes: 4000 });
  const socket = bench.opened();
  const first = Array.from({ length: 50 }, (_, id) => trade(id));
  for (const text of first) socket.say(text);
  const later = Array.from({ length: 20 }, (_, id) => trade(100 + id));
  for (const text of later) socket.say(text, ...Array.from({ length: 20 }, (_, id) => depth('btcusdt', id)));
  const frames = bench.drain().filter((line) => line.includes(' frame '));
  assert.deepEqual(
    frames,
    [...first, ...later].map((text) => `0 frame 7 ${text}`),
  );
  assert.equal(bench.driver.counters.droppedDepth, 400);
  assert.equal(bench.driver.counters.droppedOther, 0);
});

test('when all is full even trades go, but never without a word', () => {
  const bench = new Bench({ frames: 3, bytes: 10_000 });
  const socket = bench.opened();
  for (let id = 0; id < 6; id++) socket.say(trade(id));
  assert.deepEqual(bench.drain().slice(2), [`0 frame 7 ${trade(2)}`, '0 dropped 7 other null 3']);
  assert.equal(bench.driver.counters.droppedOther, 3);
});

test('a burst is worked in slices', () => {
  const bench = new Bench({ frames: 2000, bytes: 1 << 20 });
  const socket = bench.opened();
  for (let id = 0; id < 900; id++) socket.say('x');
  assert.equal(bench.driver.drain(), true);
  assert.equal(bench.lines.length, 512);
  assert.equal(bench.driver.drain(), false);
  assert.equal(bench.lines.length, 900);
});

test('after the end nothing is opened; what had arrived can be stepped', () => {
  const bench = new Bench();
  const socket = bench.opened();
  socket.say('last');
  bench.driver.close();
  bench.driver.perform(REQUEST);
  assert.equal(bench.transport.requests.length, 0);
  assert.deepEqual(bench.drain(), ['0 frame 7 last']);
});
