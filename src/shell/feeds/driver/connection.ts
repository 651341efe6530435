/** One WebSocket as the driver knows it: what was asked for, how it stands, and what of it was thrown away. Opens nothing. */

import type { FeedEffect } from '../../../core/feed/feed-effect.ts';
import type { Socket } from '../transport.ts';

export type OpenConnection = Extract<FeedEffect, { kind: 'open_connection' }>;
export type RestRequestEffect = Extract<FeedEffect, { kind: 'rest_request' }>;

/** Frames of one connection that were thrown away since the core was last told; told where the first of them would have been. */
export interface DropMark {
  readonly symbol: string | null;
  readonly what: 'depth' | 'other';
  frames: number;
}

export class Connection {
  readonly asked: OpenConnection;
  /** Run time at which it was asked for. */
  readonly askedAtMs: number;
  isUp = false;
  /** Was the core told how the attempt to open it ended? */
  hasOutcome = false;
  /** When the core was last told that the peer is alive beside its messages. */
  aliveMs = Number.NEGATIVE_INFINITY;
  /** Set as soon as the transport has answered. */
  socket: Socket | null = null;
  /** Symbols whose depth is thrown away until the queue has room again: a book with a hole needs no more of it. */
  readonly droppingDepth = new Set<string>();
  readonly #marks = new Map<string, DropMark>();

  constructor(asked: OpenConnection, askedAtMs: number) {
    this.asked = asked;
    this.askedAtMs = askedAtMs;
  }

  /** Counts one; a mark to be queued when this is the first since the last one was told. */
  drop(what: DropMark['what'], symbol: string | null): DropMark | null {
    const key = `${what} ${symbol ?? ''}`;
    const known = this.#marks.get(key);
    if (known !== undefined) {
      known.frames += 1;
      return null;
    }
    const mark = { symbol, what, frames: 1 };
    this.#marks.set(key, mark);
    return mark;
  }

  /** The mark is told now: what is dropped later needs a new one. */
  told({ what, symbol }: DropMark): void {
    this.#marks.delete(`${what} ${symbol ?? ''}`);
  }
}
