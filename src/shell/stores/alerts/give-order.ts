/** Puts an operator's order about alerts into the audit by way of a control store. Obeys none. */

import type { Actor } from '../../../core/ops/audit/audit-record.ts';
import type { AlertAct, ControlDefaults } from '../../../core/ops/control/control.ts';
import { type AlertOrder, alertOrderOf } from '../../../core/ops/control/decide-alert.ts';
import type { AlertCommand } from '../../../core/signal/detect/alert-effect.ts';
import { CryptorunError } from '../../errors.ts';
import type { ControlStore } from '../control/control-store.ts';

/** Orders about alerts name no switch and no breaker. */
const NO_NAMES: ControlDefaults = { switches: new Map(), breakers: [] };

/** @throws CryptorunError `usage` where the order is refused; as `ControlStore` says */
export function giveOrder(control: ControlStore, command: AlertCommand, atMs: number, actor: Actor): AlertOrder {
  const [act, reason] = actOf(command);
  const { outcome, appended } = control.change({ command: act, actor, reason, atMs, tokenHash: null }, NO_NAMES);
  if (outcome.kind === 'refused') throw new CryptorunError(outcome.code, `${command.kind}: ${outcome.message}`);
  return alertOrderOf(appended.at(-1)!)!;
}

function actOf(command: AlertCommand): [act: AlertAct, reason: string] {
  switch (command.kind) {
    case 'silence_add': {
      const { actor: _, reason, ...silence } = command.silence;
      return [{ kind: 'silence_add', silence }, reason];
    }
    case 'silence_end':
      return [{ kind: 'silence_end', id: command.id }, ''];
    default:
      return [{ kind: command.kind, alert: command.alert }, command.reason];
  }
}
