/** Counts what was done in a sliding window of time, and says when the next may be done. Waits for nothing itself. */

/** Servers count arrivals, and the network may push two messages closer together than we sent them. */
const NETWORK_SLACK_MS = 250;

/** Ms since the epoch of everything in the window, oldest first. */
export type SavedRateWindow = number[];

/** At most `most` in any `windowMs`; `most` undefined: no limit is known, and nothing is remembered. */
export class RateWindow {
  readonly #most: number;
  readonly #windowMs: number;
  #times: number[] = [];

  constructor(most: number | undefined, windowMs: number) {
    this.#most = most ?? Number.POSITIVE_INFINITY;
    this.#windowMs = windowMs + NETWORK_SLACK_MS;
  }

  /** When one more may be done; `nowMs` or earlier: now. */
  nextMs(nowMs: number): number {
    this.#forget(nowMs);
    if (this.#times.length < this.#most) return nowMs;
    return this.#times[this.#times.length - this.#most]! + this.#windowMs;
  }

  isFree(nowMs: number): boolean {
    return this.nextMs(nowMs) <= nowMs;
  }

  take(nowMs: number): void {
    if (this.#most === Number.POSITIVE_INFINITY) return;
    this.#forget(nowMs);
    this.#times.push(nowMs);
  }

  save(): SavedRateWindow {
    return [...this.#times];
  }

  restore(saved: SavedRateWindow): void {
    this.#times = [...saved];
  }

  #forget(nowMs: number): void {
    while (this.#times.length > 0 && this.#times[0]! <= nowMs - this.#windowMs) this.#times.shift();
  }
}
