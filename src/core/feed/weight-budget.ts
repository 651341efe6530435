/** What one pool of REST weight still allows: our own spending, the server's count, and its bans. Asks for nothing itself. */

import type { VenueFeedConfig } from './feed-config.ts';

const SECOND_MS = 1000;
/**
 * Without a word of the server: the end of its window for a first 429, from then on a window, two, four … until it answers
 * again, ten minutes at most; for a ban, Bybit's ten minutes at once (Binance's least is two).
 */
const BAN_MS = 600 * SECOND_MS;
/** Doubling further changes nothing. */
const MOST_DOUBLINGS = 10;

/** Plain JSON. */
export type SavedWeightBudget = {
  spent: [timeMs: number, weight: number][];
  server: { used: number; untilMs: number } | null;
  lastMs: number | null;
  blockedUntilMs: number | null;
  /** Absent in what older versions saved: none. */
  untold?: number;
};

/** One a pool; venues that name the same pool share it, and the first one's limits hold. */
export class WeightBudget {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #shareRatio: number;
  readonly #spacingMs: number;
  /** Requests of the last window, oldest first. */
  #spent: [timeMs: number, weight: number][] = [];
  /** What the server has counted of everybody on this address, our own later requests added, until its window ends. */
  #server: { readonly used: number; readonly untilMs: number } | null = null;
  #lastMs: number | null = null;
  #blockedUntilMs: number | null = null;
  /** Refusals since its last answer of which it did not say how long they last. */
  #untold = 0;

  constructor({ rest }: VenueFeedConfig) {
    this.#limit = rest.weight ?? Number.POSITIVE_INFINITY;
    this.#windowMs = rest.weightWindowSeconds * SECOND_MS;
    this.#shareRatio = rest.weightShareRatio;
    this.#spacingMs = rest.snapshotSpacingMs;
  }

  /** What the feed may spend in one window; null: no limit is known. */
  get allowance(): number | null {
    return this.#limit === Number.POSITIVE_INFINITY ? null : Math.floor(this.#limit * this.#shareRatio);
  }

  /** Spent by the feed in the last window. */
  used(nowMs: number): number {
    this.#forget(nowMs);
    return this.#spent.reduce((sum, [, weight]) => sum + weight, 0);
  }

  /** Until when the server wants no requests; null: it does not mind. */
  blockedUntilMs(nowMs: number): number | null {
    return this.#blockedUntilMs !== null && nowMs < this.#blockedUntilMs ? this.#blockedUntilMs : null;
  }

  /** Whether a request of this weight may leave now. One that is heavier than the whole allowance may leave alone. */
  isFree(weight: number, nowMs: number): boolean {
    if (this.blockedUntilMs(nowMs) !== null) return false;
    if (this.#lastMs !== null && nowMs < this.#lastMs + this.#spacingMs) return false;
    const used = this.used(nowMs);
    if (used > 0 && used + weight > this.#limit * this.#shareRatio) return false;
    return this.#server === null || this.#server.used + weight <= this.#limit;
  }

  take(weight: number, nowMs: number): void {
    this.#forget(nowMs);
    this.#spent.push([nowMs, weight]);
    this.#lastMs = nowMs;
    if (this.#server !== null) this.#server = { ...this.#server, used: this.#server.used + weight };
  }

  /** What the server says it has counted in its running window; a window that is not the pool's says nothing of it. */
  onServerWeight(used: number, windowMs: number | null, nowMs: number): void {
    if (windowMs !== this.#windowMs) return;
    this.#server = { used, untilMs: nowMs - (nowMs % windowMs) + windowMs };
  }

  /** It answered what it was asked: what it refused before is over. */
  onAnswered(): void {
    this.#untold = 0;
  }

  /** It refused a request for being one too many. */
  onRefused(outcome: 'rate_limited' | 'banned', retryAfterMs: number | null, nowMs: number): void {
    const untilMs = retryAfterMs === null ? this.#untoldUntilMs(outcome, nowMs) : nowMs + retryAfterMs;
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs ?? untilMs, untilMs);
  }

  #untoldUntilMs(outcome: 'rate_limited' | 'banned', nowMs: number): number {
    if (outcome === 'banned') return nowMs + BAN_MS;
    const windowEndMs = nowMs - (nowMs % this.#windowMs) + this.#windowMs;
    // Of requests that were on their way together it is one refusal.
    if (this.blockedUntilMs(nowMs) !== null) return windowEndMs;
    const waitMs = this.#untold === 0 ? 0 : this.#windowMs * (1 << Math.min(this.#untold - 1, MOST_DOUBLINGS));
    this.#untold += 1;
    return Math.max(windowEndMs, nowMs + Math.min(BAN_MS, waitMs));
  }

  save(): SavedWeightBudget {
    return {
      spent: this.#spent.map(([timeMs, weight]) => [timeMs, weight]),
      server: this.#server === null ? null : { ...this.#server },
      lastMs: this.#lastMs,
      blockedUntilMs: this.#blockedUntilMs,
      untold: this.#untold,
    };
  }

  restore(saved: SavedWeightBudget): void {
    this.#spent = saved.spent.map(([timeMs, weight]) => [timeMs, weight]);
    this.#server = saved.server;
    this.#lastMs = saved.lastMs;
    this.#blockedUntilMs = saved.blockedUntilMs;
    this.#untold = saved.untold ?? 0;
  }

  #forget(nowMs: number): void {
    while (this.#spent.length > 0 && this.#spent[0]![0] <= nowMs - this.#windowMs) this.#spent.shift();
    if (this.#server !== null && nowMs >= this.#server.untilMs) this.#server = null;
  }
}
