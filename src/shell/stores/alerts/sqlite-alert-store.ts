/**
 * The alert store in `control.db`: alerts, silences and the outbox in tables of their own, orders in the audit. Decides nothing.
 *
 * This module loads a native library: reach it by `import()` only, and never from a replay.
 */

import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import { parseAuditLine } from '../../../core/ops/audit/chain.ts';
import { type AlertOrder, alertOrderOf } from '../../../core/ops/control/decide-alert.ts';
import type { AlertCommand, AlertEffect, Silence } from '../../../core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type {
  Notification,
  QueuedNotification,
  ReceiverQueue,
  Settlement,
} from '../../../core/signal/detect/notification.ts';
import { ControlFile, type SqliteControlOptions } from '../control/sqlite/control-file.ts';
import { SqliteControlStore } from '../control/sqlite/sqlite-control-store.ts';
import { ALERT_SQL, type AlertStatements, prepareAll } from './alert-sql.ts';
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

/** Records of the audit read by one look for orders; the next look goes on from there. */
const ORDER_BATCH = 500;

export class SqliteAlertStore implements AlertStore {
  readonly #dir: string;
  readonly #options: SqliteControlOptions;
  readonly #file: ControlFile;
  #sql!: AlertStatements;
  /** As stored, so that an unchanged list is not written again. */
  #silences: string | null = null;

  /**
   * Opens `control.db` in `dir`, which must exist.
   *
   * @throws CryptorunError as `ControlStore` says
   */
  constructor(dir: string, options: SqliteControlOptions) {
    this.#dir = dir;
    this.#options = options;
    this.#file = new ControlFile(dir, options, (db) => {
      this.#sql = prepareAll(db, ALERT_SQL);
    });
  }

  open(): StoredAlerts {
    return this.#file.guarded('read', () => ({
      alerts: recordsOf<AlertRecord>([...this.#sql.active.all(-1), ...this.#sql.recent.all(RECENT_RESOLVED)]),
      silences: recordsOf<Silence>(this.#sql.silences.all()),
      lastOrder: (this.#sql.progress.get() as [number])[0],
    }));
  }

  commit(
    changes: readonly AlertEffect[],
    notifications: readonly Notification[],
    lastOrder: number,
    silences: readonly Silence[],
  ): void {
    const list = JSON.stringify(silences);
    this.#file.writing('change', () => {
      for (const { change, alert } of changes) {
        if (change === 'dropped') this.#sql.drop.run(alert.id);
        else this.#sql.putAlert.run(alert.id, alert.key, alert.state, alert.pendingAtMs, JSON.stringify(alert));
      }
      for (const told of notifications) this.#sql.tell.run(...outboxRow(told));
      this.#sql.setProgress.run(lastOrder);
      if (list !== this.#silences) this.#replaceSilences(silences);
    });
    this.#silences = list;
    this.#file.shrinkWal();
  }

  order(command: AlertCommand, atMs: number, actor: Actor): AlertOrder {
    const control = new SqliteControlStore(this.#dir, { ...this.#options, mayCreate: false });
    try {
      return giveOrder(control, command, atMs, actor);
    } finally {
      control.close();
    }
  }

  ordersAfter(seq: number): { orders: readonly AlertOrder[]; lastSeq: number } {
    const rows = this.#file.guarded('read', () => this.#sql.audit.all(seq, ORDER_BATCH) as [number, string][]);
    const orders = rows.flatMap(([own, line]) => {
      const record = parseAuditLine(line);
      if (record === null) throw this.#file.unreadable(`audit record ${own} is damaged`);
      return alertOrderOf(record) ?? [];
    });
    return { orders, lastSeq: rows.at(-1)?.[0] ?? seq };
  }

  list({ activeOnly, limit }: { readonly activeOnly: boolean; readonly limit: number }): readonly AlertRecord[] {
    const statement = activeOnly ? this.#sql.newestActive : this.#sql.newest;
    return this.#file.guarded('read', () => recordsOf<AlertRecord>(statement.all(limit)));
  }

  told(alert: string): readonly string[] {
    return this.#file.guarded('read', () => (this.#sql.told.all(alert) as [string][]).map(([receiver]) => receiver));
  }

  due(receiver: string, nowMs: number, limit: number): readonly QueuedNotification[] {
    return this.#file.guarded('read', () =>
      (this.#sql.due.all(receiver, nowMs, limit) as QueueRow[]).map(
        ([id, event, dedupKey, state, record, createdAtMs, attempts, nextAttemptAtMs]) => {
          const alert = JSON.parse(record) as AlertRecord;
          return { id, receiver, event, dedupKey, state, alert, createdAtMs, attempts, nextAttemptAtMs };
        },
      ),
    );
  }

  idOf(receiver: string, event: string): number | null {
    return this.#file.guarded('read', () => (this.#sql.idOf.get(receiver, event) as [number] | undefined)?.[0] ?? null);
  }

  standing(receiver: string): readonly AlertRecord[] {
    return this.#file.guarded('read', () => recordsOf<AlertRecord>(this.#sql.standing.all(receiver)));
  }

  settle(settlements: readonly Settlement[]): void {
    this.#file.writing('change', () => {
      for (const settled of settlements) this.#settle(settled);
    });
    this.#file.shrinkWal();
  }

  queues(): readonly ReceiverQueue[] {
    return this.#file.guarded('read', () =>
      (this.#sql.queues.all() as [string, number, number, number, number | null, string | null][]).map(
        ([receiver, waiting, failing, dead, oldestWaitingAtMs, problem]) => {
          return { receiver, waiting, failing, dead, oldestWaitingAtMs, problem };
        },
      ),
    );
  }

  prune(atMs: number): void {
    this.#file.writing('change', () => {
      this.#sql.capWaiting.run(QUEUE_FULL, atMs, MAX_WAITING);
      this.#sql.pruneOutbox.run(KEPT_SETTLED);
      this.#sql.pruneAlerts.run(KEPT_RESOLVED);
    });
    this.#file.shrinkWal();
  }

  close(): void {
    this.#file.close();
  }

  #replaceSilences(silences: readonly Silence[]): void {
    this.#sql.clearSilences.run();
    for (const silence of silences) this.#sql.putSilence.run(silence.id, JSON.stringify(silence));
  }

  #settle(settled: Settlement): void {
    const { id } = settled;
    if (settled.kind === 'failed') this.#sql.failed.run(settled.reason, settled.nextAttemptAtMs, id);
    else this.#sql.settled.run(settled.kind, settled.kind === 'dead' ? settled.reason : null, settled.atMs, id);
  }
}

type QueueRow = [
  id: number,
  event: string,
  dedupKey: string,
  state: QueuedNotification['state'],
  record: string,
  createdAtMs: number,
  attempts: number,
  nextAttemptAtMs: number,
];

function outboxRow({ receiver, event, alert, dedupKey, state, createdAtMs }: Notification): (string | number)[] {
  return [receiver, event, alert.id, dedupKey, state, JSON.stringify(alert), createdAtMs, createdAtMs];
}

function recordsOf<T>(rows: unknown[]): T[] {
  return (rows as [string][]).map(([record]) => JSON.parse(record) as T);
}
