/** What the core said of alerts and nobody has stored yet: bounded, in order, what is superfluous left out. Stores nothing. */

import type { AlertEffect } from '../../../core/signal/detect/alert-effect.ts';

/** Hours of a bad day with a store that cannot be written. */
const MAX_QUEUED = 5000;

export class EffectQueue {
  #effects: AlertEffect[] = [];
  #lost = 0;

  get effects(): readonly AlertEffect[] {
    return this.#effects;
  }

  get length(): number {
    return this.#effects.length;
  }

  /** Somebody may have to be told of one of them. */
  get isUrgent(): boolean {
    return this.#effects.some(isTold);
  }

  /** Effects that had to be dropped, the oldest first. */
  get lost(): number {
    return this.#lost;
  }

  push(effect: AlertEffect): void {
    if (this.#effects.length >= MAX_QUEUED) this.#makeRoom();
    this.#effects.push(effect);
  }

  clear(): void {
    this.#effects = [];
  }

  /** Of what is only stored, the newest of an alert stands for all before it. */
  #makeRoom(): void {
    const newest = new Map(this.#effects.map((effect) => [effect.alert.id, effect]));
    const kept = this.#effects.filter((effect) => isTold(effect) || newest.get(effect.alert.id) === effect);
    // A tenth at a time, so that a long queue is not looked through for each.
    const excess = kept.length < 0.9 * MAX_QUEUED ? 0 : kept.length - 0.9 * MAX_QUEUED;
    this.#lost += excess;
    this.#effects = kept.slice(excess);
  }
}

/** May somebody have to be told of it? */
export function isTold({ change, isNotified }: AlertEffect): boolean {
  return isNotified || change === 'resolved';
}
