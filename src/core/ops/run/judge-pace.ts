/** When health and triggers are judged: once a second, and after a gap not before everything was told anew. Judges nothing. */

import { SECOND_MS } from '../../base/time.ts';
import { SUSPEND_MS } from '../kill-switch/triggers.ts';

/** More often says nothing new. */
const JUDGE_EVERY_MS = SECOND_MS;
/** Venues and the machine are told of once a second each: by then both are of after the gap. */
const SETTLE_MS = 2 * SECOND_MS;

/** Plain JSON. */
export type SavedJudgePace = { judgedMs: number | null; resumedMs: number | null };

/**
 * The first Input after a gap, a pulse or a frame, comes before the reading of the machine that tells a stalled event loop
 * from a suspended machine, and before any venue could be heard again.
 */
export class JudgePace {
  #judgedMs: number | null = null;
  /** Where a gap ended after which nothing was judged yet. */
  #resumedMs: number | null = null;

  /** Whether to judge now; a true answer counts as done. */
  isDue(nowMs: number): boolean {
    if (this.#judgedMs !== null && nowMs - this.#judgedMs > SUSPEND_MS) this.#resumedMs ??= nowMs;
    if (nowMs < this.#dueMs()) return false;
    this.#judgedMs = nowMs;
    this.#resumedMs = null;
    return true;
  }

  #dueMs(): number {
    if (this.#resumedMs !== null) return this.#resumedMs + SETTLE_MS;
    return this.#judgedMs === null ? Number.NEGATIVE_INFINITY : this.#judgedMs + JUDGE_EVERY_MS;
  }

  save(): SavedJudgePace {
    return { judgedMs: this.#judgedMs, resumedMs: this.#resumedMs };
  }

  restore({ judgedMs, resumedMs }: SavedJudgePace): void {
    this.#judgedMs = judgedMs;
    this.#resumedMs = resumedMs;
  }
}
