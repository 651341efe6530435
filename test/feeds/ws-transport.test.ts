/** Real sockets on loopback: what the port promises holds against peers that are slow, rude, gone, or too much. */

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { systemClock } from '../../src/shell/feeds/clocks.ts';
import type { RestReply, SocketRequest } from '../../src/shell/feeds/transport.ts';
import { WsTransport } from '../../src/shell/feeds/ws/ws-transport.ts';
import { LocalVenue } from './support/local-venue.ts';

const transport = new WsTransport(systemClock(), 'cryptorun-test');
const venue = await LocalVenue.started();
after(async () => {
  transport.close();
  await venue.close();
});

/** Waits, not for ever, until the venue has no connection left. */
async function allGone(): Promise<void> {
  const untilMs = performance.now() + 3000;
  while (venue.connections > 0) {
    assert.ok(performance.now() < untilMs, `${venue.connections} connections stay`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Everything a listener is told, one line each, and a wait for the next line that matches. */
function listen(more: Partial<SocketRequest> = {}) {
  const lines: string[] = [];
  const messages: Uint8Array[] = [];
  let wake = (): void => {};
  const say = (line: string): void => {
    lines.push(line);
    wake();
  };
  const request = { url: venue.wsUrl, handshakeTimeoutMs: 5000, maxMessageBytes: 1000, isDeflated: false, ...more };
  const socket = transport.open(request, {
    onOpen: () => say('open'),
    onFailed: (reason, status, retryMs) => say(`failed ${status} ${retryMs} ${reason}`),
    onMessage: (bytes, from, to) => {
      messages.push(bytes.slice(from, to));
      say(`message ${Buffer.from(bytes.subarray(from, to)).toString()}`);
    },
    onAlive: () => say('alive'),
    onClosed: (reason) => say(`closed ${reason}`),
  });
  assert.equal(lines.length, 0, 'nothing in the call that opens');
  const until = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = lines.find((line) => pattern.test(line));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { socket, lines, messages, until };
}

test('open, messages both ways, pings and the end', async () => {
  const heard: string[] = [];
  venue.onSocket = (peer, { headers }) => {
    heard.push(String(headers['user-agent']));
    peer.on('message', (text) => {
      heard.push(String(text));
      peer.ping();
      peer.send('text');
      peer.send(Buffer.from([0, 255, 10]));
    });
    peer.on('pong', () => peer.close(1001, 'maintenance\nat night'));
  };
  const { socket, lines, messages, until } = listen({ isDeflated: true });
  await until(/^open/);
  socket.send('subscribe');
  const end = await until(/^closed/);
  assert.equal(end, 'closed closed by the venue: 1001 maintenance at night');
  assert.deepEqual(heard, ['cryptorun-test', 'subscribe']);
  assert.deepEqual([...messages[1]!], [0, 255, 10]);
  assert.ok(lines.includes('alive'));
  socket.send('nobody is there');
});

test('text that is no UTF-8 is the core to judge: bytes come as they are', async () => {
  venue.onSocket = (peer) => peer.send(Buffer.from([0xc3, 0x28]), { binary: false });
  const { socket, messages, until } = listen();
  await until(/^message/);
  assert.deepEqual([...messages[0]!], [0xc3, 0x28]);
  socket.close();
});

test('handshakes that are refused: status and Retry-After', async () => {
  venue.onUpgrade = () => 'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nConnection: close\r\n\r\n';
  assert.equal(await listen().until(/./), 'failed 429 7000 the handshake was answered with HTTP 429');
  venue.onUpgrade = () => 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
  assert.match(await listen().until(/./), /^failed 200 null /);
  venue.onUpgrade = () => null;
});

test('a peer that never answers the handshake', async () => {
  venue.onUpgrade = () => 'nothing';
  assert.equal(await listen({ handshakeTimeoutMs: 30 }).until(/./), 'failed null null no handshake within 30 ms');
  venue.onUpgrade = () => null;
});

test('nobody there, and addresses that are none', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  assert.equal(
    await listen({ url: `ws://127.0.0.1:${port}` }).until(/./),
    'failed null null connection refused (ECONNREFUSED)',
  );
  assert.match(await listen({ url: 'no address' }).until(/./), /^failed null null .*[Uu]rl|URL/);
  assert.match(await listen({ url: 'ws://name.invalid' }).until(/./), /^failed null null .*(host|network)/);
});

test('a message over the limit closes the connection, and says so', async () => {
  venue.onSocket = (peer) => peer.send('x'.repeat(1001));
  assert.match(await listen().until(/^closed/), /^closed a message was larger than allowed/);
});

test('a peer that vanishes', async () => {
  venue.onSocket = () => setImmediate(() => venue.cut());
  assert.match(await listen().until(/^closed/), /^closed connection (lost|reset)/);
});

test('closing: gone at once though the peer never answers, and nothing is told', async () => {
  venue.onSocket = (peer) => {
    // What the library would answer a close with.
    peer.close = () => {};
  };
  const { socket, lines, until } = listen();
  await until(/^open/);
  const startedMs = performance.now();
  socket.close();
  socket.close();
  await allGone();
  assert.ok(performance.now() - startedMs < 100);
  assert.deepEqual(lines, ['open']);
});

test('many messages of all sizes, with pings among them: each once, in order, most of them without the library', async () => {
  const sizes = [3, 0, 200, 125, 126, 9, 1, 40];
  const large = [70_000, 65_536, 150_000];
  const sizeOf = (i: number): number => (i % 40 === 39 ? large[i % large.length]! : sizes[i % sizes.length]!);
  const texts = Array.from({ length: 600 }, (_, i) => `${i} `.repeat(60_000).slice(0, sizeOf(i)));
  const isFragmented = (i: number): boolean => i % 97 === 96;
  const sendAll = async (peer: WebSocket): Promise<void> => {
    for (const [i, text] of texts.entries()) {
      peer.send(text, { fin: !isFragmented(i) });
      if (isFragmented(i)) peer.send('.', { fin: true });
      if (i % 50 !== 49) continue;
      peer.ping();
      // The next ones are another read.
      await sleep(2);
    }
    peer.close(1000);
  };
  venue.onSocket = (peer) => {
    void sendAll(peer);
  };
  const heard: string[] = [];
  let ofReads = 0;
  const buffers = new Set<ArrayBufferLike>();
  let alive = 0;
  await new Promise<void>((resolve) => {
    const request = { url: venue.wsUrl, handshakeTimeoutMs: 5000, maxMessageBytes: 200_000, isDeflated: false };
    transport.open(request, {
      onOpen() {},
      onFailed: (reason) => assert.fail(reason),
      onMessage: (bytes, from, to) => {
        heard.push(Buffer.from(bytes.subarray(from, to)).toString());
        if (from === 0) return;
        ofReads += 1;
        buffers.add(bytes.buffer);
      },
      onAlive: () => {
        alive += 1;
      },
      onClosed: () => resolve(),
    });
  });
  assert.deepEqual(
    heard,
    texts.map((text, i) => (isFragmented(i) ? `${text}.` : text)),
  );
  assert.equal(alive, 12);

  // Where a header was cut it is put together elsewhere, which few of the dozen pauses and more do.
  assert.ok(buffers.size < 5, `reads came in ${buffers.size} buffers`);
  assert.ok(ofReads > 100, `${ofReads} of ${texts.length} messages were taken from what was read`);
});

test('closing in the middle of a handshake', async () => {
  venue.onUpgrade = () => 'nothing';
  const { socket, lines } = listen();
  socket.close();
  await allGone();
  assert.deepEqual(lines, []);
  venue.onUpgrade = () => null;
});

const get = (path = '/', more: { timeoutMs?: number; maxBytes?: number } = {}): Promise<RestReply> =>
  new Promise((resolve) =>
    transport.get({ url: `${venue.httpUrl}${path}`, timeoutMs: 5000, maxBytes: 1000, ...more }, resolve),
  );

test('GET: status, headers and body', async () => {
  venue.onGet = ({ url, headers }, response) => {
    response.writeHead(200, { 'X-MBX-USED-WEIGHT-1M': '12' });
    response.end(`${url} ${headers['user-agent']}`);
  };
  const reply = await get('/depth');
  assert.equal(reply.kind, 'answered');
  if (reply.kind !== 'answered') return;
  assert.equal(reply.status, 200);
  assert.equal(reply.headers['x-mbx-used-weight-1m'], '12');
  assert.equal(Buffer.from(reply.body).toString(), '/depth cryptorun-test');
  venue.onGet = (_, response) => {
    response.write('in ');
    setTimeout(() => response.end('two'), 20);
  };
  const parts = await get();
  const bodies = [reply.body, parts.kind === 'answered' ? parts.body : null];
  assert.deepEqual(bodies[1] && Buffer.from(bodies[1]).toString(), 'in two');
  // One kind of bytes, however they came: that of nearly all reads.
  assert.deepEqual(
    bodies.map((body) => body?.constructor),
    [Uint8Array, Uint8Array],
  );
});

test('GET: what the venue answers with when it has had enough is told, too', async () => {
  venue.onGet = (_, response) => response.writeHead(429, { 'Retry-After': '3' }).end();
  const slow = await get('/slow-down');
  assert.deepEqual(slow.kind === 'answered' && [slow.status, slow.headers['retry-after']], [429, '3']);
});

test('GET: too late, too large, led elsewhere, cut off, nobody there', async () => {
  venue.onGet = () => {};
  assert.deepEqual(await get('/', { timeoutMs: 30 }), { kind: 'timeout' });
  venue.onGet = (_, response) => {
    response.write('x');
  };
  assert.deepEqual(await get('/', { timeoutMs: 30 }), { kind: 'timeout' });
  venue.onGet = (_, response) => response.end('x'.repeat(1001));
  assert.deepEqual(await get(), { kind: 'failed', reason: 'the reply was larger than 1000 bytes' });
  venue.onGet = (_, response) => response.writeHead(302, { location: '/elsewhere' }).end();
  const led = await get();
  assert.equal(led.kind === 'answered' && led.status, 302);
  venue.onGet = () => venue.cut();
  assert.match(JSON.stringify(await get()), /"failed","reason":"connection/);
  const gone = await new Promise<RestReply>((resolve) =>
    transport.get({ url: 'http://127.0.0.1:1/', timeoutMs: 5000, maxBytes: 10 }, resolve),
  );
  assert.match(JSON.stringify(gone), /"failed","reason":"(connection refused|bad port)/);
});

test('after close nobody is called any more', async () => {
  const own = new WsTransport(systemClock(), 'cryptorun-test');
  const told: string[] = [];
  venue.onGet = () => {};
  venue.onSocket = () => {};
  const at = { handshakeTimeoutMs: 5000, maxMessageBytes: 10, isDeflated: false, url: venue.wsUrl };
  const opened = new Promise<void>((resolve) =>
    own.open(at, {
      onOpen: resolve,
      onFailed: () => told.push('failed'),
      onMessage: () => told.push('message'),
      onAlive: () => told.push('alive'),
      onClosed: () => told.push('closed'),
    }),
  );
  own.get({ url: venue.httpUrl, timeoutMs: 5000, maxBytes: 10 }, () => told.push('reply'));
  await opened;
  own.close();
  own.get({ url: venue.httpUrl, timeoutMs: 5000, maxBytes: 10 }, () => told.push('reply'));
  venue.cut();
  // By the time another request is answered, all that was on its way has arrived.
  venue.onGet = (_, response) => response.end('{}');
  await get();
  assert.deepEqual(told, []);
});
