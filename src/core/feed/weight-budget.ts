/** What one pool of REST weight still allows: our own spending, the server's count, and its bans. Asks for nothing itself. */

import { SECOND_MS } from '../base/time.ts';
import type { VenueFeedConfig } from './feed-config.ts';
import {
  longerOf,
  type Refused,
  restoredShutOut,
  type SavedShutOut,
  type ShutOut,
  savedShutOut,
  shutOutOf,
} from './shut-out.ts';

/**
 * Where the server does not say how long a 429 lasts: to the end of its window for the first one, from then on a window, two, four …
 * until it answers again, at most this long.
 */
const MOST_UNTOLD_MS = 600 * SECOND_MS;
/** Doubling further changes nothing. */
const MOST_DOUBLINGS = 10;

/** Plain JSON. */
export type SavedWeightBudget = {
  spent: [timeMs: number, weight: number][];
  server: { used: number; untilMs: number } | null;
  lastMs: number | null;
  /** Absent in what older versions saved: none. */
  untold?: number;
} & SavedShutOut;

/** One a pool; venues that name the same pool share it, and the first one's limits hold. */
export class WeightBudget {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #shareRatio: number;
  readonly #spacingMs: number;
  readonly #banSeconds: number | undefined;
  /** Requests of the last window, oldest first. */
  #spent: [timeMs: number, weight: number][] = [];
  /** What the server has counted of everybody on this address, our own later requests added, until its window ends. */
  #server: { readonly used: number; readonly untilMs: number } | null = null;
  #lastMs: number | null = null;
  #shutOut: ShutOut | null = null;
  /** Refusals since its last answer of which it did not say how long they last. */
  #untold = 0;

  constructor({ rest, limits }: VenueFeedConfig) {
    this.#limit = rest.weight ?? Number.POSITIVE_INFINITY;
    this.#windowMs = rest.weightWindowSeconds * SECOND_MS;
    this.#shareRatio = rest.weightShareRatio;
    this.#spacingMs = rest.snapshotSpacingMs;
    this.#banSeconds = limits.banSeconds;
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

  /** Until when the server wants no requests, and how it said so; null: it does not mind. */
  shutOut(nowMs: number): ShutOut | null {
    return this.#shutOut !== null && nowMs < this.#shutOut.untilMs ? this.#shutOut : null;
  }

  /** Whether a request of this weight may leave now. One that is heavier than the whole allowance may leave alone. */
  isFree(weight: number, nowMs: number): boolean {
    if (this.shutOut(nowMs) !== null) return false;
    if (this.#lastMs !== null && nowMs < this.#lastMs + this.#spacingMs) return false;
    const used = this.used(nowMs);
    if (used > 0 && used + weight > this.#limit * this.#shareRatio) return false;
    return this.#server === null || this.#server.used + weight <= this.#limit;
  }

  /** As `isFree`, of a request that can wait: so much of what the feed, and everybody here, may spend stays for those that cannot. */
  canSpare(weight: number, reserveRatio: number, nowMs: number): boolean {
    if (!this.isFree(weight, nowMs)) return false;
    const most = this.#limit * (1 - reserveRatio);
    return this.used(nowMs) + weight <= most * this.#shareRatio && (this.#server?.used ?? 0) + weight <= most;
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
  onRefused(refused: Refused, nowMs: number): void {
    const isUntold = refused.outcome === 'rate_limited' && refused.retryAfterMs === null;
    const windowEndMs = isUntold ? this.#untoldUntilMs(nowMs) : nowMs + this.#windowMs;
    this.#shutOut = longerOf(this.#shutOut, shutOutOf(refused, windowEndMs, this.#banSeconds, nowMs));
  }

  #untoldUntilMs(nowMs: number): number {
    const windowEndMs = nowMs - (nowMs % this.#windowMs) + this.#windowMs;
    // Of requests that were on their way together it is one refusal.
    if (this.shutOut(nowMs) !== null) return windowEndMs;
    const waitMs = this.#untold === 0 ? 0 : this.#windowMs * (1 << Math.min(this.#untold - 1, MOST_DOUBLINGS));
    this.#untold += 1;
    return Math.max(windowEndMs, nowMs + Math.min(MOST_UNTOLD_MS, waitMs));
  }

  save(): SavedWeightBudget {
    return {
      spent: this.#spent.map(([timeMs, weight]) => [timeMs, weight]),
      server: this.#server === null ? null : { ...this.#server },
      lastMs: this.#lastMs,
      ...savedShutOut(this.#shutOut),
      untold: this.#untold,
    };
  }

  restore(saved: SavedWeightBudget): void {
    this.#spent = saved.spent.map(([timeMs, weight]) => [timeMs, weight]);
    this.#server = saved.server;
    this.#lastMs = saved.lastMs;
    this.#shutOut = restoredShutOut(saved);
    this.#untold = saved.untold ?? 0;
  }

  #forget(nowMs: number): void {
    while (this.#spent.length > 0 && this.#spent[0]![0] <= nowMs - this.#windowMs) this.#spent.shift();
    if (this.#server !== null && nowMs >= this.#server.untilMs) this.#server = null;
  }
}
