/** The port between a scanner and the network: sockets and requests. Decides nothing: when, whether and what is the core's. */

/** One WebSocket connection, as asked for. */
export interface SocketRequest {
  readonly url: string;
  readonly handshakeTimeoutMs: number;
  /** A larger message closes the connection. */
  readonly maxMessageBytes: number;
  readonly isDeflated: boolean;
}

/** Exactly one of `onOpen`, `onFailed` first; after `onOpen` messages, and in the end `onClosed` once. Never called in the call that opens. */
export interface SocketListener {
  onOpen(): void;
  /** @param reason - for people, one line; @param status - HTTP status where the handshake was answered */
  onFailed(reason: string, status: number | null, retryAfterMs: number | null): void;
  /**
   * @param bytes - the message is `bytes[from, to)`, valid only during the call. Messages of one read may come in the same `bytes`,
   * in its order, with at least a byte between them; then all of it stays as it is until the last of them
   */
  onMessage(bytes: Uint8Array, from: number, to: number): void;
  /** A ping or pong of the protocol itself came: no message, but the peer is there. */
  onAlive(): void;
  onClosed(reason: string): void;
}

export interface Socket {
  send(text: string): void;
  /** Gone within a few ms whatever the peer does; `onClosed` is not called after it, nor `onMessage`. */
  close(): void;
}

export interface RestRequest {
  readonly url: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export type RestReply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** By lower-case name. */
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
    }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Transport {
  open(request: SocketRequest, listener: SocketListener): Socket;
  /** @param onReply - called once, never in the call itself; not called after `close` */
  get(request: RestRequest, onReply: (reply: RestReply) => void): void;
  /** Closes everything that is open. */
  close(): void;
}

/** Time as a run lives it: a demo runs it faster than the world, a test by hand. The core cannot tell. */
export interface Clock {
  /** Ms since the epoch; never runs backwards. */
  nowMs(): number;
  /** @returns cancels it; @param delayMs - in this clock's own ms */
  after(delayMs: number, run: () => void): () => void;
}
