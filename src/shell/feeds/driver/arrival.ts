/** What a transport tells beside messages, until its turn has come. */

import type { RestReply } from '../transport.ts';
import type { Connection, DropMark, RestRequestEffect } from './connection.ts';

/** What stands between frames, in the order of arrival. */
export type Arrival =
  | { readonly kind: 'pulse' }
  | { readonly kind: 'opened'; readonly connection: Connection; readonly latencyMs: number }
  | {
      readonly kind: 'failed';
      readonly connection: Connection;
      readonly latencyMs: number;
      readonly reason: string;
      readonly status: number | null;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'alive'; readonly connection: Connection }
  | { readonly kind: 'closed'; readonly connection: Connection; readonly reason: string }
  | { readonly kind: 'dropped'; readonly connection: Connection; readonly mark: DropMark }
  | {
      readonly kind: 'replied';
      readonly asked: RestRequestEffect;
      readonly reply: RestReply;
      readonly latencyMs: number;
    };
