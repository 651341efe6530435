/** When health and triggers are judged: once a second, and after a gap not before the machine was read again. Judges nothing. */

import type { JsonObject } from '../../base/json.ts';
import { SECOND_MS } from '../../base/time.ts';
import { SUSPEND_MS } from '../kill-switch/triggers.ts';

/** More often says nothing new. */
const JUDGE_EVERY_MS = SECOND_MS;
/** Twice the live shell's interval between readings of the machine: one that has not come by then does not come. */
const HOST_WAIT_MS = 2 * SECOND_MS;

/** Plain JSON. */
export type SavedJudgePace = { judgedMs: number | null; resumedMs: number | null };

export class JudgePace {
  #judgedMs = Number.NEGATIVE_INFINITY;
  /** Where a gap ended that no reading of the machine has explained yet. */
  #resumedMs: number | null = null;

  /**
   * Whether to judge now; a true answer counts as done.
   *
   * After a gap only the next reading of the machine tells a stalled event loop from a suspended machine, and whatever comes
   * first (a pulse, a frame) comes before it.
   *
   * @param hostMs - when the machine was read last; null: never
   */
  isDue(nowMs: number, hostMs: number | null): boolean {
    if (nowMs - this.#judgedMs < JUDGE_EVERY_MS || this.#awaitsHost(nowMs, hostMs)) return false;
    this.#judgedMs = nowMs;
    this.#resumedMs = null;
    return true;
  }

  #awaitsHost(nowMs: number, hostMs: number | null): boolean {
    const isExplained = hostMs === null || hostMs > this.#judgedMs;
    if (isExplained || nowMs - this.#judgedMs <= SUSPEND_MS) return false;
    this.#resumedMs ??= nowMs;
    return nowMs - this.#resumedMs < HOST_WAIT_MS;
  }

  save(): SavedJudgePace & JsonObject {
    return { judgedMs: Number.isFinite(this.#judgedMs) ? this.#judgedMs : null, resumedMs: this.#resumedMs };
  }

  restore({ judgedMs, resumedMs }: SavedJudgePace): void {
    this.#judgedMs = judgedMs ?? Number.NEGATIVE_INFINITY;
    this.#resumedMs = resumedMs;
  }
}
