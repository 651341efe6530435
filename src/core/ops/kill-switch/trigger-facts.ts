/** What the automatic triggers are told, and how a clock's error is agreed upon. Judges nothing against a limit. */

import type { KillLevel } from '../ops-config.ts';
import type { HealthGrade } from './health-grade.ts';

/** As things stand at one pulse. Null: no reading, or none that is still fresh; it never fires anything. */
export interface TriggerFacts {
  /** Did every wanted feed deliver once in this run? Triggers arm some time after the first `true`. */
  readonly isReady: boolean;
  /** What the kill switch is at, by whatever way; null: released. */
  readonly killLevel: KillLevel | null;
  /** As assessed now: not the held one, which stays F for minutes after a moment of F. Null before readiness. */
  readonly grade: HealthGrade | null;
  /** Since any venue said anything. */
  readonly dataSilentMs: number | null;
  readonly criticalErrorsPerMinute: number | null;
  /** 0 to 1. */
  readonly memoryUsedRatio: number | null;
  readonly diskFreeBytes: number | null;
  readonly eventLoopLagMs: number | null;
  /** See `clockErrorMs`; either sign. */
  readonly clockSkewMs: number | null;
  readonly auditChain: 'ok' | 'broken' | 'unknown';
}

/**
 * How far our clock is off, by the larger of two witnesses.
 *
 * @param wallClockOffsetMs - how far the wall clock has moved against receive time since the run began: all
 *   `HostFact.wallClockStepMs` added up, because a step stays wrong after the fact that reported it
 * @param venueSkewsMs - each venue's clock minus ours; null: not known
 * @returns ms, of either sign; null when neither witness speaks
 */
export function clockErrorMs(
  wallClockOffsetMs: number | null,
  venueSkewsMs: readonly (number | null)[],
): number | null {
  const agreed = agreedSkewMs(venueSkewsMs.filter((skew) => skew !== null));
  if (wallClockOffsetMs === null || agreed === null) return wallClockOffsetMs ?? agreed;
  return Math.abs(agreed) > Math.abs(wallClockOffsetMs) ? agreed : wallClockOffsetMs;
}

/**
 * The largest skew that more than half of the venues reach, all on the same side; null with fewer than two venues.
 *
 * One venue whose clock is off is that venue's problem, and with only one nobody can tell whose clock it is.
 */
export function agreedSkewMs(skewsMs: readonly number[]): number | null {
  if (skewsMs.length < 2) return null;
  const sorted = [...skewsMs].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  // More than half stand at or above `low`, and more than half at or below `high`.
  const low = sorted[sorted.length - middle - 1]!;
  const high = sorted[middle]!;
  if (low > 0) return low;
  return high < 0 ? high : 0;
}
