/**
 * The network between a scanner and a simulated world in one process: the shape of the shell's `Transport`, on any clock of the
 * shape of its `Clock`. No sockets and no waiting, so that hours pass in seconds and the same way each time.
 */

import type { SimPeer, SimReply, SimSession, SimWorld } from '../world/sim-world.ts';
import { routeOfUrl } from './routes.ts';

export interface ClockLike {
  nowMs(): number;
  after(delayMs: number, run: () => void): () => void;
}

/** As `SocketListener` of the shell's feeds. */
export interface ListenerLike {
  onOpen(): void;
  onFailed(reason: string, status: number | null, retryAfterMs: number | null): void;
  onMessage(bytes: Uint8Array, from: number, to: number): void;
  onAlive(): void;
  onClosed(reason: string): void;
}

export interface SocketLike {
  send(text: string): void;
  close(): void;
}

interface LimitsLike {
  readonly handshakeTimeoutMs: number;
  readonly maxMessageBytes: number;
}

export type ReplyLike =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface InProcessOptions {
  /** One way, at least 1: nothing is ever answered in the call that asks. Default 5. */
  readonly latencyMs?: number;
  /** Whose limits this client counts against. */
  readonly address?: string;
}

const encoder = new TextEncoder();
/** Every message is written here: it is good until the next one, as a socket's is. Longer ones get bytes of their own. */
const written = new Uint8Array(1 << 16);
/** UTF-8 needs at most so many bytes for one unit of a string. */
const MOST_UNIT_BYTES = 3;

/** Steps a world as a clock goes, from now on, until it is stopped. @returns stops it */
export function driveWorld(world: SimWorld, clock: ClockLike): () => void {
  let cancel = (): void => {};
  const tick = (): void => {
    cancel = clock.after(world.stepMs, tick);
    world.advance(clock.nowMs() * 1_000);
  };
  cancel = clock.after(world.stepMs, tick);
  return () => cancel();
}

export class InProcessTransport {
  readonly #world: SimWorld;
  readonly #clock: ClockLike;
  readonly #latencyMs: number;
  readonly #address: string;
  readonly #sockets = new Set<InProcessSocket>();
  #isClosed = false;

  constructor(world: SimWorld, clock: ClockLike, options: InProcessOptions = {}) {
    this.#world = world;
    this.#clock = clock;
    this.#latencyMs = Math.max(1, options.latencyMs ?? 5);
    this.#address = options.address ?? 'client';
  }

  /** Connections that are open or being opened. */
  get sockets(): number {
    return this.#sockets.size;
  }

  open(request: LimitsLike & { readonly url: string }, listener: ListenerLike): SocketLike {
    const socket = new InProcessSocket(this.#clock, this.#latencyMs, request, listener, () =>
      this.#sockets.delete(socket),
    );
    this.#sockets.add(socket);
    this.#clock.after(this.#latencyMs, () => socket.shakeHands((peer) => this.#connect(request.url, peer)));
    return socket;
  }

  get(
    request: { readonly url: string; readonly timeoutMs: number; readonly maxBytes: number },
    onReply: (reply: ReplyLike) => void,
  ): void {
    let isDone = false;
    const finish = (reply: ReplyLike): void => {
      if (isDone || this.#isClosed) return;
      isDone = true;
      cancel();
      onReply(reply);
    };
    const cancel = this.#clock.after(request.timeoutMs, () => finish({ kind: 'timeout' }));
    const later = (reply: ReplyLike): void => void this.#clock.after(this.#latencyMs, () => finish(reply));
    const route = routeOfUrl(request.url);
    if (route === null) return void later({ kind: 'failed', reason: 'ENOTFOUND' });
    this.#clock.after(this.#latencyMs, () => {
      if (this.#isClosed) return;
      this.#world.request(
        route.venue,
        'GET',
        route.path,
        {},
        (outcome) => {
          if (outcome.kind === 'reset') later({ kind: 'failed', reason: 'ECONNRESET' });
          else if (outcome.kind === 'answered') later(replyOf(outcome.reply, request.maxBytes));
        },
        this.#address,
      );
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const socket of [...this.#sockets]) socket.close();
  }

  #connect(url: string, peer: SimPeer) {
    const route = routeOfUrl(url);
    return route === null ? null : this.#world.connect(route.venue, route.path, peer, this.#address);
  }
}

function replyOf(reply: SimReply, maxBytes: number): ReplyLike {
  const body = encoder.encode(reply.body);
  if (body.length > maxBytes) return { kind: 'failed', reason: `body of more than ${maxBytes} bytes` };
  return { kind: 'answered', status: reply.status, headers: reply.headers, body };
}

type Connect = (peer: SimPeer) => ReturnType<SimWorld['connect']> | null;

class InProcessSocket implements SocketLike {
  readonly #clock: ClockLike;
  readonly #latencyMs: number;
  readonly #request: LimitsLike;
  readonly #listener: ListenerLike;
  readonly #forget: () => void;
  #session: SimSession | null = null;
  #isClosed = false;

  constructor(clock: ClockLike, latencyMs: number, request: LimitsLike, listener: ListenerLike, forget: () => void) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
    this.#request = request;
    this.#listener = listener;
    this.#forget = forget;
  }

  shakeHands(connect: Connect): void {
    if (this.#isClosed) return;
    const answer = connect({
      message: (text) => this.#later(() => this.#deliver(text)),
      // A WebSocket library answers pings by itself; so does this.
      ping: (payload) => this.#later(() => this.#answerPing(payload)),
      closed: (code, reason) => this.#later(() => this.#fail(reason === '' ? `code ${code}` : `${code} ${reason}`)),
    });
    if (answer?.kind === 'open') {
      this.#session = answer.session;
      this.#later(() => this.#listener.onOpen());
    } else if (answer?.kind === 'lost') {
      const leftMs = Math.max(1, this.#request.handshakeTimeoutMs - this.#latencyMs);
      this.#later(() => this.#refused('handshake timed out', null), leftMs);
    } else if (answer === null) this.#later(() => this.#refused('ENOTFOUND', null));
    else this.#later(() => this.#refused(`HTTP ${answer.reply.status}`, answer.reply));
  }

  send(text: string): void {
    this.#later(() => this.#session?.receive(text));
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#forget();
    this.#session?.closed();
  }

  #deliver(text: string): void {
    const isShort = text.length * MOST_UNIT_BYTES <= written.length;
    const bytes = isShort ? written : encoder.encode(text);
    const length = isShort ? encoder.encodeInto(text, written).written : bytes.length;
    if (length <= this.#request.maxMessageBytes) this.#listener.onMessage(bytes, 0, length);
    else {
      this.#session?.closed();
      this.#fail(`1009 message of more than ${this.#request.maxMessageBytes} bytes`);
    }
  }

  #answerPing(payload: string): void {
    this.#listener.onAlive();
    this.#later(() => this.#session?.pong(payload));
  }

  #refused(reason: string, reply: SimReply | null): void {
    this.#isClosed = true;
    this.#forget();
    const seconds = reply?.headers['retry-after'];
    const retryAfterMs = seconds === undefined ? null : Number(seconds) * 1_000;
    this.#listener.onFailed(reason, reply?.status ?? null, retryAfterMs);
  }

  #fail(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#forget();
    this.#listener.onClosed(reason);
  }

  /** In order: all that is later is later by the same time. */
  #later(run: () => void, afterMs = this.#latencyMs): void {
    this.#clock.after(afterMs, () => {
      if (!this.#isClosed) run();
    });
  }
}
