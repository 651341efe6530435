/** The port of the alert store: alerts, silences, operators' orders and the notifications that are to be delivered. Types only. */

import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import type { AlertOrder } from '../../../core/ops/control/decide-alert.ts';
import type { AlertCommand, AlertEffect, Silence } from '../../../core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type {
  Notification,
  QueuedNotification,
  ReceiverQueue,
  Settlement,
} from '../../../core/signal/detect/notification.ts';

/** What a scanner takes up where the one before it stopped. */
export interface StoredAlerts {
  /**
   * Pending and firing ones, oldest first; then, of other keys, the newest that are over, so that throttle and cooldown go on:
   * at most `RECENT_RESOLVED`.
   */
  readonly alerts: readonly AlertRecord[];
  /** As they were last committed, those that are over included. */
  readonly silences: readonly Silence[];
  /** How far the orders were obeyed: a number of the audit. */
  readonly lastOrder: number;
}

/**
 * One contract for all implementations, held by `test/contract/alert-store.test.ts`. In `control.db`, so that an alert and its
 * notifications are stored in one transaction, and what was told is never forgotten by a SIGKILL.
 *
 * Synchronous and tiny, as `ControlStore`; throws `CryptorunError` as it does. One scanner writes, commands only order.
 */
export interface AlertStore {
  open(): StoredAlerts;
  /**
   * Stores changes and what is to be told of them together, or nothing. Idempotent: an alert that is there is replaced, and
   * nobody is told the same event twice.
   *
   * @param silences - the whole list; it replaces what is stored
   */
  commit(
    changes: readonly AlertEffect[],
    notifications: readonly Notification[],
    lastOrder: number,
    silences: readonly Silence[],
  ): void;
  /**
   * For commands: puts an order into the audit, where the running scanner, or the next one, reads it.
   *
   * @throws CryptorunError `usage` for an order that nobody may give: without a reason, a silence without an end
   */
  order(command: AlertCommand, atMs: number, actor: Actor): AlertOrder;
  /** Orders after that number of the audit, and how far this look went. Cheap enough to ask with each pulse. */
  ordersAfter(seq: number): { readonly orders: readonly AlertOrder[]; readonly lastSeq: number };
  /** Newest first; `activeOnly`: pending and firing. */
  list(options: { readonly activeOnly: boolean; readonly limit: number }): readonly AlertRecord[];

  /** Receivers that were told of this alert, or are about to be. Whoever was told of its beginning is told of its end. */
  told(alert: string): readonly string[];
  /** Due by `nowMs`, oldest first, and of each dedup key only the oldest that waits: nothing overtakes it. */
  due(receiver: string, nowMs: number, limit: number): readonly QueuedNotification[];
  /** The number of what a receiver is told under this event; null: nothing is. */
  idOf(receiver: string, event: string): number | null;
  /** Alerts that fire as far as this receiver was told, as they are now: for receivers that forget what is not repeated. */
  standing(receiver: string): readonly AlertRecord[];
  /** Writes down what became of deliveries, all in one transaction. What was settled before stays as it is. */
  settle(settlements: readonly Settlement[]): void;
  /** One for each receiver that anything waits for or was given up, by name. */
  queues(): readonly ReceiverQueue[];
  /**
   * Forgets what is over, keeping the newest: the history has the rest. Gives up the oldest of a queue that is longer than
   * `MAX_WAITING`, with a reason.
   */
  prune(atMs: number): void;
  close(): void;
}

/** Notifications that may wait for one receiver: hours of a bad day. */
export const MAX_WAITING = 10_000;
/** Of what is over, so much goes into the start of a run. */
export const RECENT_RESOLVED = 200;
/** Resolved alerts, and settled notifications of such alerts, that are kept for `alerts list` and for a look at what was told. */
export const KEPT_RESOLVED = 1000;
export const KEPT_SETTLED = 2000;
/** Why a notification was given up that had no place any more. */
export const QUEUE_FULL = `more than ${MAX_WAITING} notifications wait for this receiver`;
