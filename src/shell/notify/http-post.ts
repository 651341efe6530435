/** The port between notifiers and the network: one POST. Types only; who composes a run brings the implementation. */

export interface PostRequest {
  /** May hold a secret: it is never shown. */
  readonly url: string;
  readonly contentType: string;
  /** Besides our own; may hold secrets, which are never shown. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export type PostReply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** What `Retry-After` says; null: nothing. */
      readonly retryAfterMs: number | null;
      /** The beginning of the body. Of a peer's making. */
      readonly text: string;
    }
  | { readonly kind: 'timeout' }
  /** @param reason - for people, one line */
  | { readonly kind: 'failed'; readonly reason: string };

/** Never rejects. Follows no redirect, repeats nothing. @param signal - ends it early, as `failed` */
export type HttpPost = (request: PostRequest, timeoutMs: number, signal: AbortSignal) => Promise<PostReply>;

/** Time as a run lives it, so that tests move it by hand. */
export interface Clock {
  /** Ms since the epoch. */
  nowMs(): number;
  /** @returns cancels it */
  after(delayMs: number, run: () => void): () => void;
}
