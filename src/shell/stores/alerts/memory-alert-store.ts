/** An alert store in memory: for tests, drills, and for as long as the one on the disk cannot be written. Keeps nothing. */

import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import { type AlertOrder, alertOrderOf } from '../../../core/ops/control/decide-alert.ts';
import type { AlertCommand, AlertEffect, Silence } from '../../../core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type {
  Notification,
  QueuedNotification,
  ReceiverQueue,
  Settlement,
} from '../../../core/signal/detect/notification.ts';
import { CryptorunError } from '../../errors.ts';
import type { ControlStore } from '../control/control-store.ts';
import { MemoryControlStore } from '../control/memory-control-store.ts';
import {
  type AlertStore,
  KEPT_RESOLVED,
  KEPT_SETTLED,
  MAX_WAITING,
  QUEUE_FULL,
  RECENT_RESOLVED,
  type StoredAlerts,
} from './alert-store.ts';
import { giveOrder } from './give-order.ts';

/** Immutable: a new one takes its place. */
interface Row extends QueuedNotification {
  readonly outcome: 'waiting' | 'delivered' | 'dead';
  readonly reason: string | null;
}

const ORDER_BATCH = 500;

export class MemoryAlertStore implements AlertStore {
  readonly #control: ControlStore;
  readonly #alerts = new Map<string, AlertRecord>();
  readonly #outbox = new Map<number, Row>();
  /** `receiver event` of each row. */
  readonly #events = new Set<string>();
  #silences: readonly Silence[] = [];
  #lastOrder: number;
  #nextId = 1;
  #isOpen = true;

  /** @param control - whose audit holds the orders; those that stand there already are none */
  constructor(control: ControlStore = new MemoryControlStore()) {
    this.#control = control;
    this.#lastOrder = control.read().auditHead?.seq ?? 0;
  }

  open(): StoredAlerts {
    this.#checkOpen();
    const active = this.#newestFirst().filter(isActive).reverse();
    const seen = new Set(active.map(({ key }) => key));
    const recent = this.#newestFirst().filter(({ key }) => !seen.has(key) && seen.add(key));
    const alerts = [...active, ...recent.slice(0, RECENT_RESOLVED)];
    return { alerts, silences: this.#silences, lastOrder: this.#lastOrder };
  }

  commit(
    changes: readonly AlertEffect[],
    notifications: readonly Notification[],
    lastOrder: number,
    silences: readonly Silence[],
  ): void {
    this.#checkOpen();
    for (const { change, alert } of changes) {
      if (change === 'dropped') this.#alerts.delete(alert.id);
      else this.#alerts.set(alert.id, alert);
    }
    for (const told of notifications) this.#tell(told);
    this.#lastOrder = lastOrder;
    this.#silences = [...silences];
  }

  order(command: AlertCommand, atMs: number, actor: Actor): AlertOrder {
    this.#checkOpen();
    return giveOrder(this.#control, command, atMs, actor);
  }

  ordersAfter(seq: number): { orders: readonly AlertOrder[]; lastSeq: number } {
    this.#checkOpen();
    const records = this.#control.auditAfter(seq, ORDER_BATCH);
    return { orders: records.flatMap((record) => alertOrderOf(record) ?? []), lastSeq: records.at(-1)?.seq ?? seq };
  }

  list({ activeOnly, limit }: { readonly activeOnly: boolean; readonly limit: number }): readonly AlertRecord[] {
    this.#checkOpen();
    return this.#newestFirst()
      .filter((alert) => !activeOnly || isActive(alert))
      .slice(0, limit);
  }

  told(alert: string): readonly string[] {
    const rows = this.#rows().filter((row) => row.alert.id === alert && row.outcome !== 'dead');
    return [...new Set(rows.map(({ receiver }) => receiver))].sort();
  }

  due(receiver: string, nowMs: number, limit: number): readonly QueuedNotification[] {
    const heads = new Map<string, Row>();
    for (const row of this.#rows()) {
      const isOwn = row.outcome === 'waiting' && row.receiver === receiver;
      if (isOwn && !heads.has(row.dedupKey)) heads.set(row.dedupKey, row);
    }
    const due = [...heads.values()].filter(({ nextAttemptAtMs }) => nextAttemptAtMs <= nowMs);
    return due.slice(0, limit).map(({ outcome: _, reason: __, ...queued }) => queued);
  }

  idOf(receiver: string, event: string): number | null {
    return this.#rows().find((row) => row.receiver === receiver && row.event === event)?.id ?? null;
  }

  standing(receiver: string): readonly AlertRecord[] {
    const rows = this.#rows().filter((row) => row.receiver === receiver && row.outcome === 'delivered');
    const told = new Set(rows.map(({ alert }) => alert.id));
    return this.#newestFirst()
      .filter(({ id, state }) => state === 'firing' && told.has(id))
      .reverse();
  }

  settle(settlements: readonly Settlement[]): void {
    this.#checkOpen();
    for (const settled of settlements) {
      const row = this.#outbox.get(settled.id);
      if (row?.outcome === 'waiting') this.#outbox.set(row.id, settledRow(row, settled));
    }
  }

  queues(): readonly ReceiverQueue[] {
    const rows = this.#rows().filter(({ outcome }) => outcome !== 'delivered');
    const receivers = [...new Set(rows.map(({ receiver }) => receiver))].sort();
    return receivers.map((receiver) => {
      const own = rows.filter((row) => row.receiver === receiver);
      const waiting = own.filter(({ outcome }) => outcome === 'waiting');
      return {
        receiver,
        waiting: waiting.length,
        failing: waiting.filter(({ attempts }) => attempts > 0).length,
        dead: own.length - waiting.length,
        oldestWaitingAtMs: waiting.length === 0 ? null : Math.min(...waiting.map(({ createdAtMs }) => createdAtMs)),
        problem: own.findLast(({ reason }) => reason !== null)?.reason ?? null,
      };
    });
  }

  prune(atMs: number): void {
    this.#capWaiting(atMs);
    this.#pruneOutbox();
    const resolved = this.#newestFirst().filter((alert) => !isActive(alert));
    for (const { id } of resolved.slice(KEPT_RESOLVED)) this.#alerts.delete(id);
  }

  close(): void {
    this.#isOpen = false;
  }

  #tell(told: Notification): void {
    if (this.#events.has(eventOf(told))) return;
    this.#events.add(eventOf(told));
    const id = this.#nextId++;
    const own = { outcome: 'waiting', reason: null } as const;
    this.#outbox.set(id, { ...told, id, attempts: 0, nextAttemptAtMs: told.createdAtMs, ...own });
  }

  #capWaiting(atMs: number): void {
    for (const { receiver } of this.queues()) {
      const waiting = this.#rows().filter((row) => row.receiver === receiver && row.outcome === 'waiting');
      const excess = waiting.slice(0, Math.max(0, waiting.length - MAX_WAITING));
      this.settle(excess.map(({ id }) => ({ kind: 'dead', id, reason: QUEUE_FULL, atMs })));
    }
  }

  #pruneOutbox(): void {
    const waiting = new Set(this.#rows().flatMap(({ outcome, alert }) => (outcome === 'waiting' ? [alert.id] : [])));
    const settled = this.#rows().filter(({ outcome }) => outcome !== 'waiting');
    for (const row of settled.slice(0, Math.max(0, settled.length - KEPT_SETTLED))) {
      const stored = this.#alerts.get(row.alert.id);
      const isOn = stored !== undefined && isActive(stored);
      if (isOn || waiting.has(row.alert.id)) continue;
      this.#outbox.delete(row.id);
      this.#events.delete(eventOf(row));
    }
  }

  #rows(): Row[] {
    this.#checkOpen();
    return [...this.#outbox.values()];
  }

  #newestFirst(): AlertRecord[] {
    return [...this.#alerts.values()].sort((a, b) => b.pendingAtMs - a.pendingAtMs || (a.id < b.id ? -1 : 1));
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new CryptorunError('internal', 'cannot use the alert store: it is closed');
  }
}

function isActive({ state }: AlertRecord): boolean {
  return state !== 'resolved';
}

function eventOf({ receiver, event }: Notification): string {
  return `${receiver} ${event}`;
}

function settledRow(row: Row, settled: Settlement): Row {
  const attempts = row.attempts + 1;
  if (settled.kind === 'failed') {
    return { ...row, attempts, reason: settled.reason, nextAttemptAtMs: settled.nextAttemptAtMs };
  }
  return { ...row, attempts, outcome: settled.kind, reason: settled.kind === 'dead' ? settled.reason : null };
}
