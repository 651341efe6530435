/** A transport whose venues are played by a test, word by word. */

import type {
  RestReply,
  RestRequest,
  Socket,
  SocketListener,
  SocketRequest,
  Transport,
} from '../../../src/shell/feeds/transport.ts';

export class FakeSocket implements Socket {
  readonly request: SocketRequest;
  readonly sent: string[] = [];
  isClosed = false;
  readonly #listener: SocketListener;

  constructor(request: SocketRequest, listener: SocketListener) {
    this.request = request;
    this.#listener = listener;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }

  open(): void {
    this.#listener.onOpen();
  }

  refuse(reason: string, status: number | null = null, retryAfterMs: number | null = null): void {
    this.#listener.onFailed(reason, status, retryAfterMs);
  }

  /** All of one read. The buffer is overwritten afterwards, as the port allows. */
  say(...texts: readonly string[]): void {
    if (this.isClosed) return;
    const bytes = Buffer.from(`..${texts.join('..')}..`);
    let at = 0;
    for (const text of texts) {
      this.#listener.onMessage(bytes, at + 2, at + 2 + text.length);
      at += 2 + text.length;
    }
    bytes.fill(0);
  }

  ping(): void {
    this.#listener.onAlive();
  }

  hangUp(reason: string): void {
    this.#listener.onClosed(reason);
  }
}

export class FakeTransport implements Transport {
  readonly sockets: FakeSocket[] = [];
  readonly requests: { readonly request: RestRequest; answer(reply: RestReply): void }[] = [];
  isClosed = false;

  open(request: SocketRequest, listener: SocketListener): Socket {
    const socket = new FakeSocket(request, listener);
    this.sockets.push(socket);
    return socket;
  }

  get(request: RestRequest, onReply: (reply: RestReply) => void): void {
    this.requests.push({ request, answer: onReply });
  }

  close(): void {
    this.isClosed = true;
    for (const socket of this.sockets) socket.close();
  }
}
