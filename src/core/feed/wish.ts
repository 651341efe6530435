/** One stream that is wanted, whatever becomes of the connections that carry it: the part that is never forgotten. */

import { backoffMs } from './backoff.ts';
import type { Stream } from './dialect.ts';
import type { VenueFeedConfig } from './feed-config.ts';
import type { Followed } from './feed-ports.ts';
import type { FailureReason } from './subscription.ts';

type HeartbeatConfig = VenueFeedConfig['heartbeat'];

/** As told to people. */
export type ShownStream = 'live' | 'silent' | 'refused';

/** Plain JSON. */
export type SavedWish = { isPermitted: boolean; strikes: number; isAlone: boolean; shown: ShownStream };

export class Wish {
  readonly stream: Stream;
  readonly instrument: Followed;
  /** Where its data shows in the clock of a connection. */
  readonly slot: number;
  /** Do switches, mode and kill switch allow it? */
  isPermitted = true;
  /** Failures since it last brought data, over all connections; see `strikesFor`. */
  strikes = 0;
  /** Must be asked for in a request of its own: it was in one that was refused as a whole. */
  isAlone = false;
  shown: ShownStream = 'live';

  constructor(stream: Stream, instrument: Followed, slot: number) {
    this.stream = stream;
    this.instrument = instrument;
    this.slot = slot;
  }

  save(): SavedWish {
    const { isPermitted, strikes, isAlone, shown } = this;
    return { isPermitted, strikes, isAlone, shown };
  }

  restore(saved: SavedWish): void {
    Object.assign(this, saved);
  }
}

/**
 * What follows a failure.
 *
 * - `retry`: ask again at once
 * - `reconnect`: give up the connection; everything on it is asked for anew
 * - `leave`: tell people, and ask again when `retryAfterMs` are over
 */
export type Remedy =
  | { readonly kind: 'retry' }
  | { readonly kind: 'reconnect' }
  | { readonly kind: 'leave'; readonly shown: 'silent' | 'refused'; readonly retryAfterMs: number };

/** How many strikes a failure is: one that begins with silence skips the step that would cost others their connection. */
export function strikesFor(reason: FailureReason): number {
  return reason === 'silent' ? 2 : 1;
}

/** Asking again at once and a new connection have not helped. */
const STRIKES_TO_LEAVE = 3;

/**
 * Retry once, then reconnect, then say so and go on, asking again ever more slowly. One silent instrument among others that
 * speak is a thin market more likely than a dead socket: it is retried and told, and the others keep their connection. A
 * refusal may be of the moment (too many requests), and another connection would be refused too.
 *
 * @param strikes - this failure counted, from 1
 */
export function remedyFor(
  reason: FailureReason,
  strikes: number,
  { resubscribeInitialMs, resubscribeCapMs }: Pick<HeartbeatConfig, 'resubscribeInitialMs' | 'resubscribeCapMs'>,
): Remedy {
  // Not drawn: what is asked for on one connection is paced there, and nobody else comes back with it.
  const waitMs = (before: number): number =>
    backoffMs(strikes - before, { initialMs: resubscribeInitialMs, capMs: resubscribeCapMs }, 1);
  if (reason === 'refused') return { kind: 'leave', shown: 'refused', retryAfterMs: waitMs(1) };
  if (strikes === strikesFor(reason)) return { kind: 'retry' };
  if (strikes < STRIKES_TO_LEAVE) return { kind: 'reconnect' };
  return { kind: 'leave', shown: 'silent', retryAfterMs: waitMs(STRIKES_TO_LEAVE) };
}
