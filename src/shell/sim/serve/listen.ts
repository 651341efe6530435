/** A simulated world on loopback sockets: HTTP and WebSocket on one port for all venues, stepped by a clock. Simulates nothing itself. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SimPeer, SimReply, SimSession, SimVenueName, SimWorld } from '../world/sim-world.ts';
import { type Route, routeOf } from './routes.ts';

export interface ListenOptions {
  /** Market time per wall time; 0: nobody steps the world but the caller. Default 1. */
  readonly speed?: number;
  /** PEM; for clients that insist on TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** 0 (default): the system gives one. */
  readonly port?: number;
}

export interface ListeningWorld {
  readonly port: number;
  /** Where a venue's WebSocket paths begin: `ws://127.0.0.1:PORT/binance`. */
  wsUrl(venue: SimVenueName): string;
  /** Where its REST paths begin. */
  httpUrl(venue: SimVenueName): string;
  /** Ends all connections and the server; resolves when the port is free. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Wall time between two looks at the clock: 5 ms are seen in no lag figure of ours. */
const LOOK_MS = 5;
/** A venue that is behind makes up no more than this at once, lest it never comes to serve. */
const MOST_BEHIND_MS = 500;
/** Close codes that are never sent: the connection is cut instead. */
const ABNORMAL = 1006;
const DEFLATE = { threshold: 1024, zlibDeflateOptions: { level: 1 } };

/** Serves until it is closed. @throws (rejects) when the port cannot be had */
export async function listenWorld(world: SimWorld, options: ListenOptions = {}): Promise<ListeningWorld> {
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => answer(world, request, response);
  const server = options.tls === undefined ? createServer(onRequest) : createTlsServer(options.tls, onRequest);
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: DEFLATE, maxPayload: 1 << 20 });
  server.on('upgrade', (request, socket, head) => upgrade(world, sockets, request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const stop = runClock(world, options.speed ?? 1);
  const scheme = options.tls === undefined ? '' : 's';
  return {
    port,
    wsUrl: (venue) => `ws${scheme}://${HOST}:${port}/${venue}`,
    httpUrl: (venue) => `http${scheme}://${HOST}:${port}/${venue}`,
    close: async () => {
      stop();
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Steps the world as wall time passes. @returns stops it */
function runClock(world: SimWorld, speed: number): () => void {
  if (speed === 0) return () => {};
  let seenMs = performance.now();
  let dueUs = world.nowUs;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    dueUs += Math.min(MOST_BEHIND_MS, nowMs - seenMs) * speed * 1_000;
    seenMs = nowMs;
    world.advance(dueUs);
  }, LOOK_MS);
  return () => clearInterval(timer);
}

function routeOfRequest(request: IncomingMessage): Route | null {
  return routeOf(request.headers.host ?? '', request.url ?? '/');
}

/** A test may be several clients at once: those who say who they are have limits of their own. */
function addressOf(request: IncomingMessage): string {
  const named = request.headers['x-forwarded-for'];
  return typeof named === 'string' ? named : 'client';
}

function answer(world: SimWorld, request: IncomingMessage, response: ServerResponse): void {
  const route = routeOfRequest(request);
  if (route === null || !world.venues.includes(route.venue)) {
    response.writeHead(404).end();
    return;
  }
  const method = request.method ?? 'GET';
  world.request(
    route.venue,
    method,
    route.path,
    {},
    (outcome) => {
      if (outcome.kind === 'reset') request.socket.destroy();
      if (outcome.kind === 'answered' && !response.writableEnded) {
        response.writeHead(outcome.reply.status, { ...outcome.reply.headers }).end(outcome.reply.body);
      }
    },
    addressOf(request),
  );
}

function upgrade(
  world: SimWorld,
  sockets: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const route = routeOfRequest(request);
  socket.on('error', () => socket.destroy());
  if (route === null || !world.venues.includes(route.venue)) {
    socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    return;
  }
  const peer = new SocketPeer();
  const answered = world.connect(route.venue, route.path, peer, addressOf(request));
  // Nobody answers: the client has to give up by itself.
  if (answered.kind === 'lost') return;
  if (answered.kind === 'refused') {
    socket.end(refusalText(answered.reply));
    return;
  }
  sockets.handleUpgrade(request, socket, head, (webSocket) => peer.attach(webSocket, answered.session));
}

function refusalText({ status, headers, body }: SimReply): string {
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n');
  return `HTTP/1.1 ${status} Refused\r\n${head}\r\n\r\n${body}`;
}

/** A venue's view of one real socket. What comes before the handshake is done waits. */
class SocketPeer implements SimPeer {
  #webSocket: WebSocket | null = null;
  #early: string[] = [];
  #isEnded = false;

  attach(webSocket: WebSocket, session: SimSession): void {
    this.#webSocket = webSocket;
    webSocket.on('message', (data) => session.receive(String(data)));
    webSocket.on('pong', (payload) => session.pong(String(payload)));
    webSocket.on('ping', () => session.ping());
    webSocket.on('close', () => session.closed());
    webSocket.on('error', () => webSocket.terminate());
    if (this.#isEnded) webSocket.terminate();
    for (const text of this.#early) this.message(text);
    this.#early = [];
  }

  message(text: string): void {
    if (this.#webSocket === null) this.#early.push(text);
    else this.#webSocket.send(text);
  }

  ping(payload: string): void {
    this.#webSocket?.ping(payload);
  }

  closed(code: number, reason: string): void {
    this.#isEnded = true;
    if (code === ABNORMAL) this.#webSocket?.terminate();
    else this.#webSocket?.close(code, reason);
  }
}
