/** One change of a control store, before it is stored: what all implementations have in common. Pure. */

import { sealAll } from '../../../core/ops/audit/chain.ts';
import type { ControlDefaults, ControlRequest, ControlSnapshot } from '../../../core/ops/control/control.ts';
import { decide } from '../../../core/ops/control/decide.ts';
import type { ControlChange } from './control-store.ts';

/** Decides on the request and seals its audit entries onto the chain. */
export function changeSnapshot(
  before: ControlSnapshot,
  request: ControlRequest,
  defaults: ControlDefaults,
): Omit<ControlChange, 'exportProblem'> {
  const outcome = decide(before.document, request, defaults);
  const appended = outcome.kind === 'unchanged' ? [] : sealAll(outcome.entries, before.auditHead);
  const newest = appended.at(-1);
  const auditHead = newest === undefined ? before.auditHead : { seq: newest.seq, hash: newest.hash };
  return { outcome, appended, snapshot: { document: outcome.document, auditHead } };
}
