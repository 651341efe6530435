/** One WebSocket of the `ws` library behind our port: bytes untouched, one word about its end, gone at once when asked to. */

import type { Duplex } from 'node:stream';
import WebSocket from 'ws';
import { retryAfterMs } from '../retry-after.ts';
import type { Clock, Socket, SocketListener, SocketRequest } from '../transport.ts';
import { failureText, oneLine } from './failure-text.ts';
import { tapText } from './text-tap.ts';

export interface WsSurroundings {
  readonly clock: Clock;
  readonly userAgent: string;
  /** It is over, by whatever way. */
  readonly onGone: () => void;
}

/** What we send are subscriptions and pings: a peer that lets so much pile up reads nothing any more. */
const MAX_UNSENT_BYTES = 1 << 20;

/** What the system hands over at once; as much as Node asks it for. */
const READ_BYTES = 65_536;

/** Close codes that peers give without words (RFC 6455, 7.4.1). */
const CLOSE_CODES: Readonly<Record<number, string>> = {
  1000: 'normal closure',
  1001: 'going away',
  1002: 'protocol error',
  1006: 'connection lost',
  1008: 'policy violation',
  1011: 'server error',
  1012: 'service restart',
  1013: 'try again later',
};

/**
 * - `opening`: the handshake runs
 * - `open`: messages may come
 * - `over`: nothing is told any more
 */
type State = 'opening' | 'open' | 'over';

export class WsSocket implements Socket {
  readonly #socket: WebSocket | null;
  readonly #listener: SocketListener;
  readonly #around: WsSurroundings;
  readonly #cancelDeadline: () => void;
  readonly #maxMessageBytes: number;
  /** That the library reads; null: not connecting yet. */
  #stream: Duplex | null = null;
  /** Takes what is read; null: the library reads all of it. */
  #tap: ((bytes: Uint8Array, length: number) => void) | null = null;
  #state: State = 'opening';
  /** What went wrong before the end; null: nothing told. */
  #failure: string | null = null;

  constructor(request: SocketRequest, listener: SocketListener, around: WsSurroundings) {
    this.#listener = listener;
    this.#around = around;
    this.#maxMessageBytes = request.maxMessageBytes;
    this.#socket = this.#connect(request);
    this.#cancelDeadline = around.clock.after(request.handshakeTimeoutMs, () =>
      this.#fail(`no handshake within ${request.handshakeTimeoutMs} ms`),
    );
  }

  send(text: string): void {
    const socket = this.#socket;
    if (socket === null || this.#state !== 'open') return;
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#failure = 'the peer does not read what is sent';
      socket.terminate();
      return;
    }
    // A failure is told by `close`.
    socket.send(text, () => {});
  }

  close(): void {
    if (this.#state === 'over') return;
    // A peer that listens learns that we mean it; one that does not must not keep the socket.
    if (this.#state === 'open') this.#socket?.close(1000);
    this.#end();
  }

  #connect({ url, maxMessageBytes, isDeflated }: SocketRequest): WebSocket | null {
    try {
      const socket = new WebSocket(url, {
        perMessageDeflate: isDeflated,
        maxPayload: maxMessageBytes,
        // The core reads bytes and counts what is no UTF-8.
        skipUTF8Validation: true,
        followRedirects: false,
        headers: { 'user-agent': this.#around.userAgent },
        finishRequest: (handshake) => {
          handshake.once('socket', (stream) => {
            this.#stream = stream;
          });
          handshake.end();
        },
        // Handed on to `net.connect` and `tls.connect`.
        ...(isDeflated ? null : { onread: this.#reads() }),
      });
      this.#listen(socket);
      return socket;
    } catch (error) {
      // A URL that is none. Told like every failure: later.
      setImmediate(() => this.#fail(failureText(error)));
      return null;
    }
  }

  /**
   * Everything is read into one buffer. Left to itself Node makes one for each read, outside of the heap, and so much of that at tens
   * of thousands of messages a second that all of the heap is collected every second.
   */
  #reads(): { readonly buffer: Uint8Array; readonly callback: (length: number) => boolean } {
    // Not a `Buffer`: code that has only ever read one kind of bytes is faster code.
    const buffer = new Uint8Array(READ_BYTES);
    const callback = (length: number): boolean => {
      // False: the stream has enough for now.
      if (this.#tap === null) return this.#stream?.push(Buffer.from(buffer.subarray(0, length))) ?? true;
      this.#tap(buffer, length);
      return true;
    };
    return { buffer, callback };
  }

  #listen(socket: WebSocket): void {
    socket.on('open', () => this.#open());
    // What is not taken before; as the kind of bytes that all others are.
    socket.on('message', ({ buffer, byteOffset, length }: Buffer) =>
      this.#message(new Uint8Array(buffer, byteOffset, length), 0, length),
    );
    // The library answers pings itself.
    socket.on('ping', () => this.#alive());
    socket.on('pong', () => this.#alive());
    socket.on('unexpected-response', (_request, { statusCode = 0, headers }) => {
      const retryMs = retryAfterMs(headers['retry-after'], Date.now());
      this.#fail(`the handshake was answered with HTTP ${statusCode}`, statusCode, retryMs);
    });
    socket.on('error', (error) => {
      this.#failure = failureText(error);
      if (this.#state === 'opening') this.#fail(this.#failure);
    });
    socket.on('close', (code, words) => this.#closed(code, oneLine(words.toString())));
  }

  #open(): void {
    if (this.#state !== 'opening') return;
    this.#cancelDeadline();
    this.#state = 'open';
    const isPlain = this.#socket?.extensions === '';
    if (isPlain && this.#stream !== null)
      this.#tap = tapText(this.#stream, this.#maxMessageBytes, (bytes, from, to) => this.#message(bytes, from, to));
    this.#listener.onOpen();
  }

  #message(bytes: Uint8Array, from: number, to: number): void {
    if (this.#state === 'open') this.#listener.onMessage(bytes, from, to);
  }

  #alive(): void {
    if (this.#state === 'open') this.#listener.onAlive();
  }

  #fail(reason: string, status: number | null = null, retryMs: number | null = null): void {
    if (this.#state !== 'opening') return;
    this.#end();
    this.#listener.onFailed(reason, status, retryMs);
  }

  #closed(code: number, words: string): void {
    if (this.#state === 'opening') this.#fail(this.#failure ?? 'connection lost');
    if (this.#state !== 'open') return;
    const said = words === '' ? (CLOSE_CODES[code] ?? 'without a word') : words;
    this.#end();
    this.#listener.onClosed(this.#failure ?? (code === 1006 ? said : `closed by the venue: ${code} ${said}`));
  }

  #end(): void {
    this.#state = 'over';
    this.#cancelDeadline();
    this.#around.onGone();
    // Whatever comes after it, such as the error of a handshake that was broken off, finds nobody.
    this.#socket?.terminate();
  }
}
