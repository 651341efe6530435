/** What the feed room needs from its surroundings, as plain functions. Types only. */

import type { InstrumentSpec } from '../market/instrument.ts';
import type { FeedEffect } from './feed-effect.ts';

/** What a feed is about to do: see the operations core's actions. */
export type FeedAction = 'call' | 'connect' | 'subscribe';

/** The operations core, as the feeds see it. `quote` null: the venue as such. */
export interface FeedGate {
  /** Whether what is open may stay so: mode, kill switch and switches; guards and breakers stop only what is new. */
  mayStay(venue: string, quote: string | null, nowMs: number): boolean;
  /** Whether it may be done now; changes and tells nothing. */
  mayBegin(action: FeedAction, venue: string, quote: string | null, nowMs: number): boolean;
  /** As `mayBegin`, right before it is done: takes a breaker's probe, and tells of a refusal. */
  begin(action: FeedAction, venue: string, spec: InstrumentSpec | null, nowMs: number): boolean;
}

export interface FeedPorts {
  readonly gate: FeedGate;
  /** Is the instrument's book live, and no other one in the making? @param index - the Scanner's */
  isBookSettled(index: number): boolean;
  /**
   * Share of what its last requested snapshot reached that the market has left it on the nearer side, 1 all and 0 nothing; NaN:
   * nothing limits it, or it cannot be said now.
   */
  reachLeftRatio(index: number): number;
  /** Newer snapshots that took the place of this live book so far, and those of them in which a level was another. */
  refreshesOf(index: number): { readonly refreshes: number; readonly refreshMismatches: number };
  /** From now on a second book of the same messages grows beside the live one; this request will bring its snapshot. */
  beginRefresh(index: number, request: number): void;
  /** Does it still? It ends when it takes over, and when it misses something. */
  isRefreshing(index: number): boolean;
  /** It is of no use any more. */
  endRefresh(index: number): void;
  /** Has this connection brought the instrument's book in sync, be it in use or about to take over? */
  isSettledOn(index: number, connection: number): boolean;
  /** Nothing keeps this instrument's book up to date any more: it is no book. */
  abandonDepth(index: number, reason: string): void;
  /** Nothing brings this instrument's trades any more: from now on they are not covered. */
  abandonTrades(index: number): void;
  /** Depth over this connection has stopped, though the socket lives: a book that grew on it is no book any more. */
  loseDepth(index: number, connection: number, reason: string): void;
  /** A socket is given up or gone: nothing more comes of it. @param successor - who carries its instruments on; null: nobody yet */
  onClosed(connection: number, successor: number | null, reason: string): void;
  tell(effect: FeedEffect): void;
}

/** One instrument that is to be followed. */
export interface Followed {
  readonly spec: InstrumentSpec;
  /** The Scanner's. */
  readonly index: number;
}
