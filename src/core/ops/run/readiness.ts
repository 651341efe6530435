/** Whether every feed delivers, so that silence and low grades mean something. Judges no figure. */

import { SECOND_MS } from '../../base/time.ts';
import type { VenueFact } from '../facts.ts';

/** Feeds come up one after the other: ready is who has had nothing new to wait for this long. */
const READY_AFTER_MS = 5 * SECOND_MS;

/** Plain JSON. */
export type SavedReadiness = {
  isReady: boolean;
  startMs: number;
  delivering: { venues: number; sinceMs: number } | null;
};

/** Once ready it stays so: later trouble is for the grade to tell. Only `restart` begins anew. */
export class Readiness {
  #isReady = false;
  /** What came before does not count. */
  #startMs: number;
  /** Since when all of so many venues have delivered; null: they have not. */
  #delivering: { readonly venues: number; readonly sinceMs: number } | null = null;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** @param venues - all that are connected */
  onVenues(venues: readonly VenueFact[], timeMs: number): void {
    if (this.#isReady) return;
    if (venues.length === 0 || !venues.every((venue) => this.#hasDelivered(venue))) this.#delivering = null;
    else if (this.#delivering?.venues !== venues.length) this.#delivering = { venues: venues.length, sinceMs: timeMs };
    this.#isReady = this.#delivering !== null && timeMs - this.#delivering.sinceMs >= READY_AFTER_MS;
  }

  /** The sockets were closed: every feed has to deliver again, as after a start. */
  restart(nowMs: number): void {
    this.#isReady = false;
    this.#startMs = nowMs;
    this.#delivering = null;
  }

  save(): SavedReadiness {
    return { isReady: this.#isReady, startMs: this.#startMs, delivering: this.#delivering };
  }

  restore({ isReady, startMs, delivering }: SavedReadiness): void {
    this.#isReady = isReady;
    this.#startMs = startMs;
    this.#delivering = delivering;
  }

  #hasDelivered({ lastMessageMs, books, liveBooks }: VenueFact): boolean {
    return lastMessageMs !== null && lastMessageMs >= this.#startMs && (books === 0 || liveBooks > 0);
  }
}
