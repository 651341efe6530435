/** The parts that several commands' JSON documents share. Prints nothing. */

import type { JsonObject } from '../../../core/base/json.ts';
import type { AuditHead } from '../../../core/ops/audit/audit-record.ts';
import type { CheckResult, KillState } from '../../../core/ops/control/control.ts';
import type { SwitchState } from '../../../core/ops/control/switch-states.ts';
import { knownIsoText } from '../../../core/render/value-text.ts';
import type { Confirmation } from './confirmation.ts';

/** The audit's newest record, to be kept elsewhere; null: nothing was ever recorded. */
export function anchorJson(head: AuditHead | null): JsonObject | null {
  return head === null ? null : { seq: head.seq, hash: head.hash };
}

export function switchJson({ name, isOn, isOnByDefault, isAllowed, setting }: SwitchState): JsonObject {
  return {
    name,
    state: isOn ? 'on' : 'off',
    allowed: isAllowed,
    configured: isOnByDefault ? 'on' : 'off',
    setting:
      setting === null
        ? null
        : {
            revision: setting.revision,
            changedAt: knownIsoText(setting.changedAtMs),
            until: knownIsoText(setting.expiresAtMs),
            revertsTo: setting.revertsTo ? 'on' : 'off',
            operator: setting.actor.user,
            host: setting.actor.host,
            reason: setting.reason,
          },
  };
}

export function confirmationJson(answer: Confirmation): JsonObject {
  if (answer.kind === 'no_scanner') return { kind: 'no_scanner' };
  const { kind, pid, session } = answer;
  return answer.kind === 'confirmed'
    ? { kind, pid, session, tookMs: answer.tookMs }
    : { kind, pid, session, waitedMs: answer.waitedMs };
}

/** With the guide's names. */
export function killJson(kill: KillState): JsonObject {
  const isActive = kill.kind === 'engaged';
  return {
    active: isActive,
    activated_at: isActive ? knownIsoText(kill.engagedAtMs) : null,
    reason: isActive ? kill.reason : null,
    operator: isActive ? kill.operator : null,
    level: isActive ? kill.level : null,
    source: isActive ? kill.source : null,
    trigger: isActive ? kill.trigger : null,
    released_at: isActive ? null : knownIsoText(kill.releasedAtMs),
  };
}

export function checkJson({ name, isPassed, evidence }: CheckResult): JsonObject {
  return { name, passed: isPassed, evidence };
}
