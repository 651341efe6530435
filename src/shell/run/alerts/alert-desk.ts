/**
 * What a scanner has of its alerts: takes what the core says of them, stores it together with what is to be told, hands on the
 * orders of operators, and lets a deliverer tell. Decides nothing of alerts, never waits and never throws.
 */

import type { AlertCommand, AlertEffect, Silence } from '../../../core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type { Notification } from '../../../core/signal/detect/notification.ts';
import type { CryptorunError } from '../../errors.ts';
import { Deliverer, type DelivererOptions, type ReceiverStatus } from '../../notify/deliverer.ts';
import { notificationsOf, type Routing } from '../../notify/route.ts';
import type { AlertStore, StoredAlerts } from '../../stores/alerts/alert-store.ts';
import { EffectQueue } from './effect-queue.ts';
import { OutboxSwitch } from './outbox-switch.ts';

export interface AlertDeskOptions extends Omit<DelivererOptions, 'outbox'> {
  /** Opens the store, with how long it may ever block for another writer; asked again when the file was replaced. */
  readonly openStore: (busyTimeoutMs: number) => AlertStore;
  readonly routing: Routing;
}

/** What a run shows of its alerts beside the alerts themselves. */
export interface DeskStatus {
  readonly receivers: readonly ReceiverStatus[];
  /** Changes that could not be stored yet. */
  readonly unstored: number;
  /** What is new is told from memory, as nothing could be stored for a while. */
  readonly isToldFromMemory: boolean;
  /** Changes that had to be given up unstored. */
  readonly lost: number;
  /** Why nothing is stored now; null: it is. */
  readonly problem: string | null;
}

/** What only has to be stored may wait so long for company: each commit is a flush of the disk. */
const STORE_EVERY_MS = 1000;
/** At the start a command may be writing; later nothing here ever waits. */
const FIRST_WAIT_MS = 2000;
const REOPEN_EVERY_MS = 1000;
const PRUNE_EVERY_MS = 60_000;
/** Longer than any other writer may take: then it is an outage, and what is new is told from memory. */
const STAND_IN_AFTER_MS = 5000;
/** A last attempt to tell, at the end of a run. */
const FLUSH_LIMIT_MS = 1500;
/** For another writer to be done, at the end. */
const LAST_TRIES = 5;
const LAST_TRY_MS = 50;

const NOTHING: StoredAlerts = { alerts: [], silences: [], lastOrder: 0 };

export class AlertDesk {
  /** What the run before left, for the core's start. */
  readonly stored: StoredAlerts;
  readonly #options: AlertDeskOptions;
  readonly #deliverer: Deliverer;
  readonly #queue = new EffectQueue();
  readonly #outbox: OutboxSwitch;
  /** Since when nothing could be stored; null: it can, as far as is known. */
  #failingSinceMs: number | null = null;
  /** Pending and firing, as they were last heard of: what a replaced store is given. */
  readonly #open: Map<string, AlertRecord>;
  readonly #mayReopen: boolean;
  #store: AlertStore | null;
  #lastOrder: number;
  #hasNewOrder = false;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #storedAtMs = Number.NEGATIVE_INFINITY;
  #prunedAtMs = Number.NEGATIVE_INFINITY;
  #problem: string | null = null;
  #isStopped = false;

  /** Opens the store. Where that fails, nothing of this run's alerts is stored, people are told from memory, and that is said. */
  constructor(options: AlertDeskOptions) {
    this.#options = options;
    this.#store = this.#opened(FIRST_WAIT_MS);
    const stored = this.#store === null ? null : this.#safely(() => this.#store!.open());
    // What cannot be read is not written either: it holds what nobody here knows of.
    if (stored === null) this.#closeStore();
    this.#mayReopen = stored !== null;
    this.stored = stored ?? NOTHING;
    this.#lastOrder = this.stored.lastOrder;
    const open = this.stored.alerts.filter(({ state }) => state !== 'resolved');
    this.#open = new Map(open.map((alert) => [alert.id, alert]));
    this.#outbox = new OutboxSwitch(
      options.routing,
      () => this.#store,
      (id) => this.#open.has(id),
    );
    this.#deliverer = new Deliverer({ ...options, outbox: this.#outbox });
  }

  #closeStore(): void {
    this.#store?.close();
    this.#store = null;
  }

  start(): void {
    this.#deliverer.start();
  }

  /** What the core says of alerts, in order. Stored by the next `keep`. */
  take(effects: readonly AlertEffect[]): void {
    for (const effect of effects) {
      const { alert, change } = effect;
      if (change === 'dropped' || alert.state === 'resolved') this.#open.delete(alert.id);
      else this.#open.set(alert.id, alert);
      this.#queue.push(effect);
      this.#outbox.take(effect, this.#options.clock.nowMs());
    }
  }

  /** Orders since the last look: to be stepped now, before the next `keep`. Costs microseconds. */
  poll(): AlertCommand[] {
    const found = this.#safely(() => this.#store?.ordersAfter(this.#lastOrder));
    if (!found) return [];
    if (this.#queue.length === 0) this.#isWell();
    if (found.lastSeq === this.#lastOrder) return [];
    this.#lastOrder = found.lastSeq;
    this.#hasNewOrder ||= found.orders.length > 0;
    return found.orders.map(({ command }) => command);
  }

  /**
   * Stores what was taken, with what is to be told of it, in one transaction; when the store cannot, the next call tries again.
   * To be called with each look, after what `poll` gave was stepped.
   *
   * @param silences - as the core has them now
   * @returns whether it has stored anything
   */
  keep(silences: readonly Silence[]): boolean {
    const nowMs = this.#options.clock.nowMs();
    if (this.#isStopped) return false;
    this.#standIn(nowMs);
    if (nowMs < this.#retryAtMs) return false;
    this.#safely(() => this.#outbox.writeOwed());
    if (this.#store === null) this.#safely(() => this.#reopen(nowMs));
    const isDue = this.#isDue(nowMs);
    const isStored = isDue && this.#commit(silences, nowMs);
    if (!isDue && this.#queue.length === 0 && this.#store !== null) this.#safely(() => this.#outbox.end());
    if (nowMs - this.#prunedAtMs >= PRUNE_EVERY_MS) {
      this.#prunedAtMs = nowMs;
      this.#outbox.prune(nowMs);
      this.#safely(() => this.#store?.prune(nowMs));
    }
    return isStored;
  }

  /** Stores what is left, tells what can be told within 1.5 s, and closes. Takes less than 2 s. */
  async stop(silences: readonly Silence[]): Promise<void> {
    const { clock, onProblem } = this.#options;
    this.#isStopped = true;
    for (let tries = 0; tries < LAST_TRIES && (this.#queue.length > 0 || this.#hasNewOrder); tries++) {
      if (tries > 0) await new Promise<void>((resolve) => clock.after(LAST_TRY_MS, resolve));
      this.#commit(silences, clock.nowMs());
    }
    if (this.#queue.length > 0)
      onProblem(`alerts: ${this.#queue.length} changes could not be stored: ${this.#problem ?? 'no store'}`);
    await this.#deliverer.stop(FLUSH_LIMIT_MS);
    this.#store?.close();
    this.#store = null;
  }

  /** Without receivers where no store is open, so after `stop` as well. */
  status(): DeskStatus {
    const { isStandingIn } = this.#outbox;
    const isOpen = this.#store !== null || isStandingIn;
    const receivers = isOpen ? (this.#safely(() => this.#deliverer.status()) ?? []) : [];
    const { length: unstored, lost } = this.#queue;
    return { receivers, unstored, lost, isToldFromMemory: isStandingIn, problem: this.#problem };
  }

  #isDue(nowMs: number): boolean {
    if (this.#queue.isUrgent || this.#hasNewOrder) return true;
    return this.#queue.length > 0 && nowMs - this.#storedAtMs >= STORE_EVERY_MS;
  }

  /** @returns whether it could */
  #commit(silences: readonly Silence[], nowMs: number): boolean {
    const store = this.#store;
    if (store === null) return false;
    const isStored = this.#safely(() => {
      store.commit(this.#queue.effects, this.#toTell(store, nowMs), this.#lastOrder, silences);
      return true;
    });
    if (isStored !== true) return false;
    this.#queue.clear();
    this.#hasNewOrder = false;
    this.#storedAtMs = nowMs;
    this.#isWell();
    // Before anybody else looks for something to tell: what was told is none.
    this.#safely(() => this.#outbox.end());
    this.#deliverer.wake();
    return true;
  }

  #toTell(store: AlertStore, nowMs: number): Notification[] {
    const all: Notification[] = [];
    const told = new Map<string, readonly string[]>();
    for (const effect of this.#queue.effects) {
      const { id } = effect.alert;
      const before = told.get(id) ?? store.told(id);
      const made = notificationsOf(effect, this.#options.routing, before, nowMs);
      told.set(id, [...new Set([...before, ...made.map(({ receiver }) => receiver)])]);
      all.push(...made);
    }
    return all;
  }

  /**
   * A replaced file knows nothing of what is on: it is told anew, under the keys that receivers know. A store that could not be
   * opened at the start stays closed: what it holds is nothing that the core knows of.
   */
  #reopen(nowMs: number): void {
    if (!this.#mayReopen) return;
    this.#retryAtMs = nowMs + REOPEN_EVERY_MS;
    const store = this.#opened(0);
    if (store === null) return;
    const { alerts, lastOrder } = store.open();
    // Another file may have another audit, and alerts that have ended since.
    this.#lastOrder = lastOrder;
    this.#store = store;
    const ended = alerts.filter(({ id, state }) => state !== 'resolved' && !this.#open.has(id));
    const queued = [...this.#queue.effects];
    // Only its beginning tells of it; an `updated` of what fires would keep it from being told anew.
    const isQueued = new Set(queued.filter(({ change }) => change === 'fired').map(({ alert }) => alert.id));
    const stored = [...this.#open.values()].filter(({ id }) => !isQueued.has(id));
    this.#queue.clear();
    for (const alert of ended) this.#queue.push(storedOnly('dropped', alert, nowMs));
    for (const effect of [...stored.map((alert) => retold(alert, nowMs)), ...queued]) this.#queue.push(effect);
  }

  /** @param waitMs - for a writer that is there at the moment; the store that is given never waits */
  #opened(waitMs: number): AlertStore | null {
    const { openStore } = this.#options;
    try {
      return openStore(0);
    } catch (error) {
      if (waitMs > 0 && (error as CryptorunError).code === 'state_busy') return this.#openedLater(waitMs);
      this.#fail(error);
      return null;
    }
  }

  #openedLater(waitMs: number): AlertStore | null {
    try {
      this.#options.openStore(waitMs).close();
    } catch (error) {
      this.#fail(error);
    }
    return this.#opened(0);
  }

  /** Nothing could be stored for so long that people are told all the same. */
  #standIn(nowMs: number): void {
    const isLong = this.#failingSinceMs !== null && nowMs - this.#failingSinceMs >= STAND_IN_AFTER_MS;
    if (!isLong || this.#outbox.isStandingIn || !this.#queue.isUrgent) return;
    this.#outbox.begin(this.#queue.effects, nowMs);
    this.#options.onProblem(
      `alerts still cannot be stored: new ones are told from memory, and forgotten if this run ends before they can: ${this.#problem}`,
    );
    this.#deliverer.wake();
  }

  #isWell(): void {
    this.#problem = null;
    this.#failingSinceMs = null;
  }

  #safely<T>(action: () => T): T | null {
    try {
      return action();
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  /** Busy for a moment is no problem: the next look tries again. */
  #fail(error: unknown): void {
    const { code, message } = error as CryptorunError;
    if (code === 'state_unreadable') {
      this.#store?.close();
      this.#store = null;
    }
    const nowMs = this.#options.clock.nowMs();
    this.#failingSinceMs ??= nowMs;
    if (code !== 'state_busy') this.#retryAtMs = nowMs + REOPEN_EVERY_MS;
    if (message === this.#problem) return;
    this.#problem = message;
    if (code !== 'state_busy')
      this.#options.onProblem(`alerts cannot be stored, so nobody is told of new ones: ${message}`);
  }
}

function retold(alert: AlertRecord, atMs: number): AlertEffect {
  const { state, isTold, silencedBy } = alert;
  if (state !== 'firing') return storedOnly('pending', alert, atMs);
  return { kind: 'alert', change: 'fired', alert, isNotified: isTold && silencedBy === null, atMs };
}

function storedOnly(change: AlertEffect['change'], alert: AlertRecord, atMs: number): AlertEffect {
  return { kind: 'alert', change, alert, isNotified: false, atMs };
}
