/** The port of the alert store: alerts, silences, operators' orders and the notifications that are to be delivered. Types only. */

import type { AlertCommand, AlertEffect, Silence } from '../../../core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';

/** One notification to one receiver, at least once, always with the same `dedupKey`. */
export interface OutboxEntry {
  readonly id: number;
  /** Name of the receiver in `alerts.yaml`. */
  readonly receiver: string;
  /** The alert's key: receivers dedupe by (`dedupKey`, `state`). */
  readonly dedupKey: string;
  readonly state: 'trigger' | 'escalate' | 'acknowledge' | 'resolve';
  readonly alert: AlertRecord;
  readonly createdAtMs: number;
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
}

export type NewOutboxEntry = Pick<OutboxEntry, 'receiver' | 'dedupKey' | 'state' | 'alert' | 'createdAtMs'>;

/** An operator's order: numbered by the store, audited with it, obeyed by the running scanner or by the next one. */
export interface AlertOrder {
  readonly seq: number;
  readonly command: AlertCommand;
  readonly atMs: number;
}

/**
 * One contract for all implementations, held by `test/contract/alert-store.test.ts`. In `control.db`, so that an alert and its
 * notifications are stored in one transaction, and what was told is never forgotten by a SIGKILL.
 *
 * Synchronous and tiny, as `ControlStore`; throws `CryptorunError` as it does.
 */
export interface AlertStore {
  /** What a scanner takes up: alerts pending or firing, silences not over, the number of the last order obeyed. */
  open(): {
    readonly alerts: readonly AlertRecord[];
    readonly silences: readonly Silence[];
    readonly lastOrder: number;
  };
  /** Stores changes and their notifications together, in order; an id that is there is replaced. Idempotent. */
  commit(
    changes: readonly AlertEffect[],
    notifications: readonly NewOutboxEntry[],
    lastOrder: number,
    silences: readonly Silence[],
  ): void;
  /** For commands: appends an order, with its record in the audit. */
  order(command: AlertCommand, atMs: number): AlertOrder;
  /** Cheap enough to ask with each pulse. */
  ordersAfter(seq: number): readonly AlertOrder[];
  /** Newest first; `activeOnly`: pending and firing. */
  list(options: { readonly activeOnly: boolean; readonly limit: number }): readonly AlertRecord[];
  /** Due by `nowMs`, oldest first, in each receiver's order. */
  due(nowMs: number, limit: number): readonly OutboxEntry[];
  delivered(id: number, atMs: number): void;
  failed(id: number, reason: string, nextAttemptAtMs: number): void;
  close(): void;
}
