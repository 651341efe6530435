/**
 * What the deliverer sees as its outbox: the store of the moment, or a stand-in in memory while nothing can be stored. Carries over
 * what became of deliveries, so that nothing that was told is told again. Decides neither when to begin nor when to end.
 */

import type { AlertEffect } from '../../../core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type { QueuedNotification, ReceiverQueue, Settlement } from '../../../core/signal/detect/notification.ts';
import { CryptorunError } from '../../errors.ts';
import type { Outbox } from '../../notify/deliverer.ts';
import type { Routing } from '../../notify/route.ts';
import type { AlertStore } from '../../stores/alerts/alert-store.ts';
import { StandInOutbox } from './stand-in-outbox.ts';

/** What became of a delivery from memory: the store has it under a number of its own. */
interface Carried {
  readonly receiver: string;
  readonly event: Parameters<AlertStore['idOf']>[1];
  readonly settled: Settlement;
}

/** Numbers of one stand-in lie below those of the next. */
const SPAN = 1_000_000_000;

export class OutboxSwitch implements Outbox {
  readonly #routing: Routing;
  readonly #store: () => AlertStore | null;
  readonly #isOpen: (alert: string) => boolean;
  /** Each that stood in; the last one does. A request of its time may still be on its way when it is over. */
  readonly #memories: StandInOutbox[] = [];
  #isStandingIn = false;
  /** Became of deliveries, and the store could not take it yet. Nothing of its own is given out before it has. */
  #owed: Settlement[] = [];
  #carried: Carried[] = [];

  /**
   * @param store - the one that is open now; null: none
   * @param isOpen - is this alert pending or firing, as far as the core said?
   */
  constructor(routing: Routing, store: () => AlertStore | null, isOpen: (alert: string) => boolean) {
    this.#routing = routing;
    this.#store = store;
    this.#isOpen = isOpen;
  }

  get isStandingIn(): boolean {
    return this.#isStandingIn;
  }

  /** From now on people are told from memory. @param effects - what could not be stored so far, in order */
  begin(effects: readonly AlertEffect[], nowMs: number): void {
    // Whatever was asked for before the last one has been answered.
    const last = this.#memories.length - 1;
    if (last > 0) this.#memories[last - 1] = new StandInOutbox(this.#routing);
    this.#memories.push(new StandInOutbox(this.#routing));
    this.#isStandingIn = true;
    for (const effect of effects) this.take(effect, nowMs);
  }

  /** What the core says of an alert while this stands in; else the store tells it. */
  take(effect: AlertEffect, nowMs: number): void {
    if (!this.#isStandingIn) return;
    this.#memory.take(effect, (alert) => quietly(() => this.#store()?.told(alert) ?? null), nowMs);
  }

  /** All that was taken is stored, as if nobody had been told: now it is written down who was. */
  end(): void {
    if (!this.#isStandingIn) return;
    for (const { told, atMs } of this.#memory.delivered)
      this.#carried.push({ ...told, settled: { kind: 'delivered', id: 0, atMs } });
    this.#isStandingIn = false;
    this.writeOwed();
  }

  /** Forgets what is long over. */
  prune(nowMs: number): void {
    if (this.#isStandingIn) this.#memory.prune(nowMs);
  }

  /** @throws what the store throws; it is owed on */
  writeOwed(): void {
    const store = this.#store();
    if (!this.#isOwing || store === null || this.#isStandingIn) return;
    const named = this.#carried.flatMap(({ receiver, event, settled }) => {
      const id = store.idOf(receiver, event);
      return id === null ? [] : [{ ...settled, id }];
    });
    this.#carried = [];
    this.#owed.push(...named);
    if (this.#owed.length > 0) store.settle(this.#owed);
    this.#owed = [];
  }

  due(receiver: string, nowMs: number, limit: number): readonly QueuedNotification[] {
    if (this.#isStandingIn) {
      const firstId = (this.#memories.length - 1) * SPAN;
      // Negative, so that the store's are never taken for them.
      return this.#memory.due(receiver, nowMs, limit).map((told) => ({ ...told, id: -(firstId + told.id) }));
    }
    return this.#isOwing ? [] : (this.#store()?.due(receiver, nowMs, limit) ?? []);
  }

  /** What ended meanwhile, the store still has as firing. */
  standing(receiver: string): readonly AlertRecord[] {
    if (!this.#isStandingIn) return this.#store()?.standing(receiver) ?? [];
    const stored = quietly(() => this.#store()?.standing(receiver) ?? []) ?? [];
    return [...stored.filter(({ id }) => this.#isOpen(id)), ...this.#memory.standing(receiver)];
  }

  queues(): readonly ReceiverQueue[] {
    return this.#isStandingIn ? this.#memory.queues() : (this.#store()?.queues() ?? []);
  }

  /** @throws what the store throws of its own; what was told from memory is owed to it, and never given out again */
  settle(settlements: readonly Settlement[]): void {
    for (const settled of settlements) if (settled.id <= 0) this.#settleFromMemory(settled);
    const stored = settlements.filter(({ id }) => id > 0);
    if (this.#isStandingIn) {
      this.#owed.push(...stored);
      return;
    }
    quietly(() => this.writeOwed());
    if (stored.length === 0) return;
    const store = this.#store();
    if (store === null) throw new CryptorunError('state_unreadable', 'the alert store is not open');
    store.settle(stored);
  }

  get #isOwing(): boolean {
    return this.#owed.length > 0 || this.#carried.length > 0;
  }

  get #memory(): StandInOutbox {
    return this.#memories.at(-1)!;
  }

  #settleFromMemory(settled: Settlement): void {
    const memory = this.#memories[Math.floor(-settled.id / SPAN)]!;
    const own = { ...settled, id: -settled.id % SPAN };
    const told = memory.given(own.id);
    memory.settle(own);
    // Asked for while it stood in, answered when the store was back, or when the next one stands in.
    if (told !== null && !(this.#isStandingIn && memory === this.#memory))
      this.#carried.push({ receiver: told.receiver, event: told.event, settled });
  }
}

/** Null where the store cannot be read either: its failing is known already. */
function quietly<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
