/** For how long one book was watched, and live, by receive time. Judges nothing. */

import type { Json } from '../base/json.ts';

export class BookLiveness {
  /** Receive time of the first depth message, and of the last change to live; NaN: none came, it is not live. */
  #watchedSinceMs = Number.NaN;
  #liveSinceMs = Number.NaN;
  /** Before `#liveSinceMs`. */
  #liveMs = 0;

  /** A depth message came. */
  watch(nowMs: number): void {
    if (Number.isNaN(this.#watchedSinceMs)) this.#watchedSinceMs = nowMs;
  }

  /** A live book that became another live book goes on. */
  onLive(nowMs: number): void {
    if (Number.isNaN(this.#liveSinceMs)) this.#liveSinceMs = nowMs;
  }

  onLost(nowMs: number): void {
    if (!Number.isNaN(this.#liveSinceMs)) this.#liveMs += nowMs - this.#liveSinceMs;
    this.#liveSinceMs = Number.NaN;
  }

  /** Up to now; null before the first depth message. */
  upTo(nowMs: number): { coveredMs: number; liveMs: number } | null {
    if (Number.isNaN(this.#watchedSinceMs)) return null;
    const running = Number.isNaN(this.#liveSinceMs) ? 0 : nowMs - this.#liveSinceMs;
    return { coveredMs: nowMs - this.#watchedSinceMs, liveMs: this.#liveMs + running };
  }

  save(): Json {
    return [this.#watchedSinceMs, this.#liveSinceMs, this.#liveMs].map((ms) => (Number.isNaN(ms) ? null : ms));
  }

  restore(saved: Json): void {
    const [watchedSinceMs, liveSinceMs, liveMs] = saved as [number | null, number | null, number];
    this.#watchedSinceMs = watchedSinceMs ?? Number.NaN;
    this.#liveSinceMs = liveSinceMs ?? Number.NaN;
    this.#liveMs = liveMs;
  }
}
