/** What is told of an alert, to whom, and what became of it: the same in the outbox, for the notifiers and in status. Types only. */

import type { AlertRecord } from './alert-record.ts';

/**
 * - `trigger`: the first that a receiver hears of an episode
 * - `escalate`: its priority has risen; `ladder`: nobody acknowledged it in time
 * - `acknowledge`, `resolve`: as the alert's own
 */
export type NotificationState = 'trigger' | 'escalate' | 'ladder' | 'acknowledge' | 'resolve';

/** One thing told to one receiver, at least once, always under the same `dedupKey` and `event`. */
export interface Notification {
  /** Name of the receiver in `alerts.yaml`. */
  readonly receiver: string;
  /** What is told: episode and state, `<alert.id>/trigger`. Each receiver is told each event once, repeats have the same. */
  readonly event: string;
  /** The alert's key, so that a receiver knows what belongs together: the same in every episode, on every run. */
  readonly dedupKey: string;
  readonly state: NotificationState;
  /** As it was when this was to be told. */
  readonly alert: AlertRecord;
  /** Wall clock, ms since the epoch. */
  readonly createdAtMs: number;
  /** False: told from memory, as the alert store could not be written then. Absent: it is stored. */
  readonly isStored?: boolean;
}

/** One that waits to be delivered. */
export interface QueuedNotification extends Notification {
  /** Rises in the order in which they were stored. */
  readonly id: number;
  /** Failed ones so far. */
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
}

/**
 * - `delivered`: the receiver said that it has it
 * - `failed`: it is tried again at `nextAttemptAtMs`
 * - `dead`: it was refused, or waited too long; kept for a while, with the reason
 */
export type Settlement =
  | { readonly kind: 'delivered'; readonly id: number; readonly atMs: number }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string; readonly nextAttemptAtMs: number }
  | { readonly kind: 'dead'; readonly id: number; readonly reason: string; readonly atMs: number };

/** How one receiver's queue stands. */
export interface ReceiverQueue {
  readonly receiver: string;
  readonly waiting: number;
  /** Of those that wait, how many have failed already. */
  readonly failing: number;
  /** Given up, and not forgotten yet. */
  readonly dead: number;
  /** Null: nothing waits. */
  readonly oldestWaitingAtMs: number | null;
  /** Of the newest that failed or was given up; null: none. */
  readonly problem: string | null;
}
