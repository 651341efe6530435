/** What of the core's decisions belongs into the audit, as requests to the control store. Writes nothing. */

import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import type { ControlRequest } from '../../../core/ops/control/control.ts';
import type { OpsEffect } from '../../../core/ops/run/ops-effect.ts';

/**
 * @returns null: the audit has it already (who set a switch or engaged the kill switch wrote it), or it is no change
 */
export function auditRequest(effect: OpsEffect, actor: Actor, nowMs: number): ControlRequest | null {
  const record = (target: string, from: string | null, to: string, reason: string, timeMs: number): ControlRequest => ({
    command: { kind: 'record', action: effect.kind, target, from, to },
    actor,
    reason: reason === '' ? `${target} became ${to}` : reason,
    atMs: Math.min(timeMs, nowMs),
    tokenHash: null,
  });
  switch (effect.kind) {
    case 'breaker_changed':
      // Operators isolate and release breakers by commands, which are recorded as such.
      if (effect.to === 'isolated' || effect.from === 'isolated') return null;
      return record(effect.name, effect.from, effect.to, effect.reason, nowMs);
    case 'health_grade_changed':
      return record('health_grade', effect.from, effect.to, effect.reason, nowMs);
    default:
      return null;
  }
}
