/**
 * The outbox while the alert store cannot be written: what is new is told from memory, and is known to have been told when the
 * store is back. Tells only of what no store knows better: ends of older alerts wait for it.
 */

import type { AlertEffect } from '../../../core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type {
  Notification,
  QueuedNotification,
  ReceiverQueue,
  Settlement,
} from '../../../core/signal/detect/notification.ts';
import { notificationsOf, type Routing } from '../../notify/route.ts';
import { MAX_WAITING } from '../../stores/alerts/alert-store.ts';
import { MemoryAlertStore } from '../../stores/alerts/memory-alert-store.ts';

/** One that was told, and when. */
export interface ToldFromMemory {
  readonly told: Notification;
  readonly atMs: number;
}

export class StandInOutbox {
  readonly #routing: Routing;
  readonly #store = new MemoryAlertStore();
  /** Alerts that began meanwhile. */
  readonly #begun = new Set<string>();
  /** By its own id: what was given out to be told. */
  readonly #given = new Map<number, QueuedNotification>();
  readonly #delivered: ToldFromMemory[] = [];

  constructor(routing: Routing) {
    this.#routing = routing;
  }

  /**
   * @param toldBefore - who was told of an alert as far as the store says; null: it cannot say, and so of an older alert nobody is
   *   told anything, since under which event the store would tell it is not known either
   */
  take(effect: AlertEffect, toldBefore: (alert: string) => readonly string[] | null, nowMs: number): void {
    const { change, alert } = effect;
    if (change === 'fired') this.#begun.add(alert.id);
    const isOwn = this.#begun.has(alert.id);
    // The store may still have the beginning of an older one to tell, and nothing is overtaken by its own end.
    const isEnd = change === 'resolved' || change === 'acknowledged';
    const before = isOwn ? [] : isEnd ? null : toldBefore(alert.id);
    const told = before === null ? [] : notificationsOf(effect, this.#routing, this.#told(alert.id, before), nowMs);
    this.#store.commit(
      [effect],
      told.map((one) => ({ ...one, isStored: false })),
      0,
      [],
    );
  }

  /** Ids are its own. */
  due(receiver: string, nowMs: number, limit: number): readonly QueuedNotification[] {
    const due = this.#store.due(receiver, nowMs, limit);
    for (const one of due) this.#given.set(one.id, one);
    return due;
  }

  standing(receiver: string): readonly AlertRecord[] {
    return this.#store.standing(receiver);
  }

  queues(): readonly ReceiverQueue[] {
    return this.#store.queues();
  }

  settle(settled: Settlement): void {
    this.#store.settle([settled]);
    const told = this.#given.get(settled.id);
    if (settled.kind === 'failed' || told === undefined) return;
    this.#given.delete(settled.id);
    if (settled.kind !== 'delivered') return;
    this.#delivered.push({ told, atMs: settled.atMs });
    // What is forgotten is told once more when the store is back.
    if (this.#delivered.length > MAX_WAITING) this.#delivered.shift();
  }

  prune(nowMs: number): void {
    this.#store.prune(nowMs);
  }

  /** What stands under this id, as long as it was given out and nobody has said what became of it. */
  given(id: number): Notification | null {
    return this.#given.get(id) ?? null;
  }

  /** What was told, in order. */
  get delivered(): readonly ToldFromMemory[] {
    return this.#delivered;
  }

  #told(alert: string, before: readonly string[]): string[] {
    return [...new Set([...before, ...this.#store.told(alert)])];
  }
}
