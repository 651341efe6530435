/** One stream that is wanted, whatever becomes of the connections that carry it: the part that is never forgotten. */

import type { Stream } from './dialect.ts';
import type { Followed } from './feed-ports.ts';
import type { FailureReason } from './subscription.ts';

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

/** A refusal may be of the moment (too many requests), so the first retries come sooner. */
const FIRST_REFUSAL_RETRY_MS = 5000;
const MAX_DOUBLINGS = 20;

/** How many strikes a failure is: one that begins with silence skips the step that would cost others their connection. */
export function strikesFor(reason: FailureReason): number {
  return reason === 'silent' ? 2 : 1;
}

/**
 * Retry once, then reconnect, then say so and go on. One silent instrument among others that speak is a thin market more
 * likely than a dead socket: it is retried and told, and the others keep their connection.
 *
 * @param strikes - this failure counted, from 1
 * @param patienceMs - the instrument's silence limit
 */
export function remedyFor(reason: FailureReason, strikes: number, patienceMs: number): Remedy {
  if (reason === 'refused') {
    const retryAfterMs = Math.min(patienceMs, FIRST_REFUSAL_RETRY_MS * (1 << Math.min(strikes, MAX_DOUBLINGS)));
    return { kind: 'leave', shown: 'refused', retryAfterMs };
  }
  if (strikes === strikesFor(reason)) return { kind: 'retry' };
  if (strikes === 2) return { kind: 'reconnect' };
  return { kind: 'leave', shown: 'silent', retryAfterMs: patienceMs };
}
