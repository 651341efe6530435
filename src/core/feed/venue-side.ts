/** What the connections of one venue share: its config and dialect, its permission, and how to tell. Keeps no connection. */

import type { Dialect } from './dialect.ts';
import type { VenueFeedConfig } from './feed-config.ts';
import type { FeedEffect } from './feed-effect.ts';
import type { VenuePermission } from './permission.ts';
import type { SubscriptionRule } from './subscription.ts';
import type { ShownStream, Wish } from './wish.ts';

export interface VenueSide {
  readonly name: string;
  readonly config: VenueFeedConfig;
  readonly dialect: Dialect;
  readonly permission: VenuePermission;
  readonly sparseRule: SubscriptionRule;
  readonly denseRule: SubscriptionRule;
  /** How many instruments the Scanner has: the length of a clock. */
  readonly instruments: number;
  /** A number never used before. */
  nextConnection(): number;
  nextRequest(): number;
  tell(effect: FeedEffect): void;
  /** A stream of a channel that spoke is judged dead on this connection. */
  onChannelSilent(wish: Wish, connection: number): void;
  /** What people are to be told of one stream, unless they know it. */
  show(wish: Wish, shown: ShownStream, reason: string, nowMs: number): void;
}
