/** What the feeds ask of the shell, and tell it. Types only. */

import type { FeedCommand } from './feed-command.ts';

/** Why a connection or a request is wanted or given up: lower snake case from a small set. */
export type FeedReason = string;

export type FeedEffect =
  /** Open a WebSocket; answered by a `call` Input that carries its number in `request`, then a `link` Input, `up` or `down`. */
  | {
      readonly kind: 'open_connection';
      /** Never used before in this run. */
      readonly connection: number;
      readonly venue: string;
      readonly url: string;
      readonly handshakeTimeoutMs: number;
      readonly maxMessageBytes: number;
      readonly isDeflated: boolean;
    }
  /** Close it; answered by a `link` Input `down`, unless it is down already. No frame of it is stepped any more. */
  | {
      readonly kind: 'close_connection';
      readonly connection: number;
      readonly venue: string;
      readonly reason: FeedReason;
    }
  /** Send one text message; lost without a word when the socket is gone, whose `link` Input tells. */
  | { readonly kind: 'send_text'; readonly connection: number; readonly text: string }
  /** One GET; answered by a `call` Input that carries `request`, then, if there is a body worth reading, a `frame` of it. */
  | {
      readonly kind: 'rest_request';
      /** Also the number of the connection on which the reply comes as a frame. Never used before in this run. */
      readonly request: number;
      readonly venue: string;
      readonly provider: string;
      readonly symbol: string;
      readonly what: 'depth_snapshot' | 'trades';
      readonly url: string;
      readonly timeoutMs: number;
      readonly weight: number;
    }
  /** A venue's feed changed for better or worse. */
  | {
      readonly kind: 'feed_changed';
      readonly venue: string;
      readonly from: FeedState;
      readonly to: FeedState;
      readonly reason: FeedReason;
      readonly atMs: number;
    }
  /** One wanted stream is refused by the venue, brings nothing, or is well again. */
  | {
      readonly kind: 'stream_changed';
      readonly venue: string;
      readonly stream: string;
      readonly to: 'live' | 'silent' | 'refused';
      readonly reason: FeedReason;
      readonly atMs: number;
    }
  | FeedOrdered;

/** What became of an operator's order. `refusal`: why nothing was done, a clause for people; null: it is being done. */
export interface FeedOrdered {
  readonly kind: 'feed_ordered';
  readonly order: FeedCommand['kind'];
  readonly venue: string;
  /** Null: the whole venue. */
  readonly symbol: string | null;
  readonly actor: string;
  readonly reason: string;
  readonly refusal: string | null;
  readonly atMs: number;
}

/**
 * A venue's feed as people see it.
 *
 * - `off`: nothing is wanted, or a switch, the mode or the kill switch keeps it closed
 * - `connecting`: no connection is up yet, or none is up again
 * - `syncing`: connected; not every wanted stream has brought data
 * - `live`: every wanted stream brings data
 * - `degraded`: some connection or stream is down, refused or silent, the rest goes on
 * - `polling`: sockets are down for long; REST stands in
 */
export type FeedState = 'off' | 'connecting' | 'syncing' | 'live' | 'degraded' | 'polling';
