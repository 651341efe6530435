/** How soon alerts were acknowledged and resolved, by the priority that they fired with, beside the targets. Enforces nothing. */

import { ALERT_PRIORITIES, type AlertPriority, type AlertRecord, type ResolutionKind } from './alert-record.ts';
import type { AlertsConfig } from './alerts-config.ts';

export interface ResponseFigures {
  readonly priority: AlertPriority;
  /** How many have fired. */
  readonly fired: number;
  readonly acknowledge: Timing;
  /** Of those that ended of themselves or by hand: what was superseded, disabled or out of sight has no such time. */
  readonly resolve: Timing;
}

/** Times from firing, ms. */
export interface Timing {
  readonly count: number;
  readonly medianMs: number | null;
  readonly worstMs: number | null;
  /** Null: no target, and so nothing in time or late. */
  readonly targetMs: number | null;
  readonly inTime: number;
  /** Came after the target, or has not come and the target is over. */
  readonly late: number;
}

/** What happened to one alert: it came after so long, or has not come for so long. */
interface Wait {
  readonly ms: number;
  readonly isOver: boolean;
}

const ENDINGS_IN_SIGHT: readonly ResolutionKind[] = ['auto', 'manual'];

/**
 * @param alerts - of the time that is looked at, in any order; pending ones do not count
 * @param nowMs - on the clock of the records
 */
export function responseFigures(
  alerts: readonly AlertRecord[],
  targets: AlertsConfig['targets'],
  nowMs: number,
): ResponseFigures[] {
  return ALERT_PRIORITIES.map((priority) => {
    const fired = alerts.filter((alert) => alert.originalPriority === priority && alert.firedAtMs !== null);
    const { acknowledgeMs, resolveMs } = targets[priority];
    return {
      priority,
      fired: fired.length,
      acknowledge: timing(
        fired.map((alert) => acknowledgeWait(alert, nowMs)),
        acknowledgeMs,
      ),
      resolve: timing(
        fired.flatMap((alert) => resolveWait(alert, nowMs) ?? []),
        resolveMs,
      ),
    };
  });
}

/** What ended unacknowledged has waited until its end. */
function acknowledgeWait({ firedAtMs, acknowledgement, resolution }: AlertRecord, nowMs: number): Wait {
  const untilMs = acknowledgement?.atMs ?? resolution?.atMs ?? nowMs;
  return { ms: untilMs - firedAtMs!, isOver: acknowledgement !== null };
}

function resolveWait({ firedAtMs, resolution }: AlertRecord, nowMs: number): Wait | null {
  if (resolution === null) return { ms: nowMs - firedAtMs!, isOver: false };
  return ENDINGS_IN_SIGHT.includes(resolution.kind) ? { ms: resolution.atMs - firedAtMs!, isOver: true } : null;
}

/** The guide's targets are strict: less than five minutes. */
function timing(waits: readonly Wait[], targetMs: number | null): Timing {
  const over = waits.filter(({ isOver }) => isOver).map(({ ms }) => ms);
  const sorted = over.sort((a, b) => a - b);
  return {
    count: sorted.length,
    medianMs: medianOf(sorted),
    worstMs: sorted.at(-1) ?? null,
    targetMs,
    inTime: targetMs === null ? 0 : sorted.filter((ms) => ms < targetMs).length,
    late: targetMs === null ? 0 : waits.filter(({ ms }) => ms >= targetMs).length,
  };
}

function medianOf(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null;
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
