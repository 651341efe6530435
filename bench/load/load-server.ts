/**
 * Simulated venues under load: handshakes, acknowledgements and requests are the simulator's, market data comes from rings that
 * were recorded from it. One port for all; as a proxy it also stands in for the exchanges' own hosts.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Route, routeOf } from '../../src/shell/sim/serve/routes.ts';
import {
  type FrameTag,
  type SimPeer,
  type SimSession,
  type SimVenueName,
  SimWorld,
} from '../../src/shell/sim/world/sim-world.ts';
import { wireTime } from './frame-ring.ts';
import { assetsOf, type LoadMarkets } from './home.ts';
import type { VenueRecording } from './recording.ts';
import { type BookMoment, type RingListener, RingPlayer } from './ring-player.ts';
import { type Wire, wireOf } from './wire.ts';

export interface LoadServerOptions {
  readonly markets: LoadMarkets;
  readonly recordings: readonly VenueRecording[];
  /** For clients that insist on the exchanges' own hosts. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
}

export interface LoadTotals {
  readonly frames: number;
  readonly bytes: number;
  /** Times that a listener did not read. */
  readonly heldBack: number;
  /** Frames that are due and were not sent. */
  readonly backlog: number;
  /** The latest that a tick came, since the last asking. */
  readonly mostLateMs: number;
  /** Of this process, since the last asking. */
  readonly cpuRatio: number;
}

const HOST = '127.0.0.1';
/** What arrives at once, as from a busy venue. */
const TICK_MS = 2;
/** The world behind the rings only acknowledges and beats. */
const WORLD_TICK_MS = 100;
/** A server that is behind makes up no more than this at once. */
const MOST_BEHIND_MS = 200;
const ABNORMAL = 1006;

export class LoadServer {
  readonly #world: SimWorld;
  readonly #players: ReadonlyMap<SimVenueName, RingPlayer>;
  readonly #server: Server;
  readonly #tls: Server | null;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 20 });
  readonly #timers: NodeJS.Timeout[] = [];
  /** Whose limits count: a new one for each client that is measured. */
  address = 'client';
  #framesPerSecond = 0;
  #seenMs = performance.now();
  #mostLateMs = 0;
  #askedAtMs = performance.now();
  #askedCpu = process.cpuUsage();

  constructor({ markets, recordings, tls }: LoadServerOptions) {
    const startMs = Math.floor(Date.now() / 1000) * 1000;
    const { venues } = markets;
    this.#world = new SimWorld({
      seed: 'load',
      startMs,
      venues,
      assets: assetsOf(markets),
      stepMs: 100,
      activity: 0.01,
    });
    this.#players = new Map(recordings.map((recording) => [recording.venue, new RingPlayer(recording)]));
    this.#server = this.#made(createServer());
    this.#tls = tls === null ? null : this.#made(createTlsServer(tls));
    this.#server.on('connect', (request, socket, head) => this.#tunnel(request, socket, head));
  }

  /** @returns the port */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, HOST, resolve));
    this.#seenMs = performance.now();
    this.#timers.push(setInterval(() => this.#tick(), TICK_MS));
    this.#timers.push(setInterval(() => this.#world.advance(Date.now() * 1000), WORLD_TICK_MS));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Of all venues together, to a client of all of them; shared out so that all go round alike. 0: they stand still. */
  setRate(framesPerSecond: number): void {
    this.#framesPerSecond = framesPerSecond;
  }

  /** A symbol's book now. */
  book(venue: SimVenueName, symbol: string): BookMoment | null {
    return this.#players.get(venue)?.bookAt(symbol) ?? null;
  }

  /** Since the start, and since the last asking. */
  totals(): LoadTotals {
    const players = [...this.#players.values()];
    const sum = (value: (player: RingPlayer) => number) => players.reduce((total, player) => total + value(player), 0);
    const cpu = process.cpuUsage(this.#askedCpu);
    const elapsedMs = performance.now() - this.#askedAtMs;
    const totals = {
      frames: sum(({ sent }) => sent.frames),
      bytes: sum(({ sent }) => sent.bytes),
      heldBack: sum(({ sent }) => sent.heldBack),
      backlog: sum((player) => player.backlog),
      mostLateMs: this.#mostLateMs,
      cpuRatio: (cpu.user + cpu.system) / 1000 / elapsedMs,
    };
    this.#mostLateMs = 0;
    this.#askedAtMs = performance.now();
    this.#askedCpu = process.cpuUsage();
    return totals;
  }

  #tick(): void {
    const nowMs = performance.now();
    const sinceMs = nowMs - this.#seenMs;
    this.#seenMs = nowMs;
    this.#mostLateMs = Math.max(this.#mostLateMs, sinceMs - TICK_MS);
    const players = [...this.#players.values()];
    const all = players.reduce((total, { length }) => total + length, 0);
    const frames = (Math.min(MOST_BEHIND_MS, sinceMs) / 1000) * this.#framesPerSecond;
    const time = wireTime(Date.now());
    for (const player of players) player.advance((frames * player.length) / all, time);
  }

  #made(server: Server): Server {
    server.on('request', (request, response) => this.#answer(request, response));
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    return server;
  }

  /** The client's next words are to the host that it named: to us, over TLS where that host would have it. */
  #tunnel({ url }: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    const isPlain = (url ?? '').startsWith(HOST) || this.#tls === null;
    (isPlain ? this.#server : this.#tls!).emit('connection', socket);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const route = this.#routeOf(request);
    if (route === null) {
      response.writeHead(404).end();
      return;
    }
    this.#world.request(
      route.venue,
      request.method ?? 'GET',
      route.path,
      {},
      (outcome) => {
        if (outcome.kind !== 'answered') return;
        const { status, headers, body } = outcome.reply;
        response.writeHead(status, { ...headers }).end(status === 200 ? this.#withBook(route, body) : body);
      },
      this.address,
    );
  }

  /** Binance's depth snapshots are of the ring. */
  #withBook({ venue, path }: Route, body: string): string {
    const url = new URL(path, 'http://venue');
    const symbol = url.searchParams.get('symbol');
    const book = url.pathname.endsWith('/depth') && symbol !== null ? this.book(venue, symbol) : null;
    if (book === null) return body;
    return JSON.stringify({ ...JSON.parse(body), lastUpdateId: book.id, ...book.depth });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const route = this.#routeOf(request);
    socket.on('error', () => socket.destroy());
    const player = route === null ? undefined : this.#players.get(route.venue);
    if (route === null || player === undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
      return;
    }
    const connection = new LoadConnection(player, route, socket);
    const answered = this.#world.connect(route.venue, route.path, connection, this.address);
    if (answered.kind !== 'open') {
      socket.end('HTTP/1.1 503 Refused\r\n\r\n');
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => connection.attach(webSocket, answered.session));
  }

  #routeOf({ headers, url }: IncomingMessage): Route | null {
    const route = routeOf(headers.host ?? '', url ?? '/');
    return route !== null && this.#players.has(route.venue) ? route : null;
  }
}

/** One client: what the simulator says of control goes through, data comes from the ring. */
class LoadConnection implements SimPeer {
  readonly #player: RingPlayer;
  readonly #wire: Wire;
  readonly #socket: Duplex;
  readonly #listener: RingListener;
  #webSocket: WebSocket | null = null;
  #early: string[] = [];

  constructor(player: RingPlayer, { path, venue }: Route, socket: Duplex) {
    this.#player = player;
    this.#wire = wireOf(venue);
    this.#socket = socket;
    const isRaw = venue.startsWith('binance') && /^(?:\/\w+)?\/ws(?:\/|$)/.test(path);
    const outlet = {
      write: (bytes: Buffer) => void socket.write(bytes),
      get unsentBytes(): number {
        return socket.writableLength;
      },
    };
    this.#listener = player.listen(outlet, isRaw);
    const inPath = [...path.matchAll(/[a-z0-9]+@[\w@]+/g)].map(([key]) => key);
    if (inPath.length > 0) this.#listener.want(inPath, true, player.position);
  }

  attach(webSocket: WebSocket, session: SimSession): void {
    this.#webSocket = webSocket;
    webSocket.on('message', (message) => this.#heard(String(message), session));
    webSocket.on('pong', (payload) => session.pong(String(payload)));
    webSocket.on('ping', () => session.ping());
    webSocket.on('close', () => {
      this.#player.leave(this.#listener);
      session.closed();
    });
    webSocket.on('error', () => webSocket.terminate());
    for (const text of this.#early.splice(0)) webSocket.send(text);
  }

  message(text: string, { channel, symbol }: FrameTag): void {
    const key = this.#wire.keyOf(text);
    const isSnapshot = /"(?:type|action)":"snapshot"/.test(text);
    if (key === '' || !this.#player.has(key)) this.#say(text);
    else if (channel === 'depth' && isSnapshot) this.#say(this.#withBook(text, symbol));
    else if (isSnapshot) this.#say(text);
  }

  ping(payload: string): void {
    this.#webSocket?.ping(payload);
  }

  closed(code: number, reason: string): void {
    if (code === ABNORMAL) this.#socket.destroy();
    else this.#webSocket?.close(code, reason);
  }

  /** The ring's frames follow what the simulator answers. */
  #heard(text: string, session: SimSession): void {
    const asked = this.#wire.asked(text);
    session.receive(text);
    if (asked !== null) this.#listener.want(asked.keys, asked.isWanted, this.#player.position);
  }

  #withBook(text: string, symbol: string): string {
    const book = this.#player.bookAt(
      symbol,
      this.#listener.position === 0 ? this.#player.position : this.#listener.position,
    );
    if (book === null) return text;
    return this.#wire
      .withIds(this.#wire.withDepth(text, book.depth), -1, book.id ?? 0)
      .replace(/"checksum":-?\d+/, `"checksum":${book.checksum === '' ? 0 : book.checksum}`);
  }

  #say(text: string): void {
    if (this.#webSocket === null) this.#early.push(text);
    else this.#webSocket.send(text);
  }
}
