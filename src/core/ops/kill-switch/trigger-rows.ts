/** The automatic triggers as an operator sees them: one state, one text, two rows each. Changes nothing. */

import { isoText, SECOND_MS } from '../../base/time.ts';
import type { TriggersConfig } from '../ops-config.ts';
import { noDataRow, type StatusRow, statusRow } from '../status.ts';
import { TRIGGER_NAMES, TRIGGER_RULES, type TriggerName } from './trigger-table.ts';
import { isEnabled, type TriggersState } from './triggers.ts';

/**
 * - `disabled`: by config
 * - `disarmed`: not judged yet; `reason` says until when
 * - `armed`: judged; `evidence` null: there is no reading, so it cannot fire
 * - `holding`: bad, but not for long enough
 * - `fired`: has engaged the kill switch; until its release
 */
export type TriggerView =
  | { readonly kind: 'disabled' }
  | { readonly kind: 'disarmed'; readonly reason: string }
  | { readonly kind: 'armed'; readonly evidence: string | null }
  | { readonly kind: 'holding'; readonly heldMs: number; readonly needMs: number; readonly evidence: string }
  | { readonly kind: 'fired'; readonly atMs: number; readonly evidence: string };

/** How one trigger stands at `nowMs`, which is not before the latest step. */
export function triggerView(
  state: TriggersState,
  name: TriggerName,
  config: TriggersConfig,
  nowMs: number,
): TriggerView {
  const watch = state.watches[name];
  if (watch.kind === 'fired') return watch;
  if (!isEnabled(name, config)) return { kind: 'disabled' };
  if (state.arming.kind !== 'armed' || state.last === null) {
    return { kind: 'disarmed', reason: disarmedReason(state, config, nowMs) };
  }
  const { judge, settings } = TRIGGER_RULES[name];
  const judgement = judge(state.last.facts, config);
  const evidence = judgement.kind === 'no_reading' ? null : judgement.evidence;
  if (watch.kind === 'idle' || evidence === null) return { kind: 'armed', evidence };
  const needMs = settings(config).holdSeconds * SECOND_MS;
  return { kind: 'holding', heldMs: nowMs - watch.sinceMs, needMs, evidence };
}

/** `disabled`, `disarmed (warming 12 s)`, `armed`, `armed (no reading)`, `holding 8/30 s`, `fired`. */
export function triggerText(view: TriggerView): string {
  switch (view.kind) {
    case 'disarmed':
      return `disarmed (${view.reason})`;
    case 'armed':
      return view.evidence === null ? 'armed (no reading)' : 'armed';
    case 'holding':
      return `holding ${progressText(view.heldMs, view.needMs)}`;
    default:
      return view.kind;
  }
}

/** In the order of `TRIGGER_NAMES`: the trigger, then the level that it engages. */
export function triggerRows(state: TriggersState, config: TriggersConfig, nowMs: number): StatusRow[] {
  return TRIGGER_NAMES.flatMap((name) => [
    triggerRow(name, triggerView(state, name, config, nowMs)),
    statusRow({ category: 'trigger', name, part: 'level', value: TRIGGER_RULES[name].settings(config).level }),
  ]);
}

function triggerRow(name: TriggerName, view: TriggerView): StatusRow {
  const parts = { category: 'trigger', name, value: view.kind } as const;
  switch (view.kind) {
    case 'disabled':
      return statusRow({ ...parts, message: 'by config' });
    case 'disarmed':
      return statusRow({ ...parts, message: view.reason });
    case 'armed':
      if (view.evidence === null) return noDataRow(parts, 'armed, but there is no reading');
      return statusRow({ ...parts, status: 'OK', message: view.evidence });
    case 'holding':
      return statusRow({
        ...parts,
        status: 'WARN',
        message: `${progressText(view.heldMs, view.needMs)}: ${view.evidence}`,
      });
    case 'fired':
      return statusRow({ ...parts, status: 'CRITICAL', message: `at ${isoText(view.atMs)}: ${view.evidence}` });
  }
}

function disarmedReason({ arming, last }: TriggersState, config: TriggersConfig, nowMs: number): string {
  if (arming.kind === 'resting') return `kill switch at ${last?.facts.killLevel}`;
  if (arming.kind !== 'warming') return 'not ready yet';
  const leftMs = arming.sinceMs + config.armAfterSeconds * SECOND_MS - nowMs;
  return `warming ${Math.max(0, Math.ceil(leftMs / SECOND_MS))} s`;
}

/** Whole seconds held, never more than needed: `8/30 s`. */
function progressText(heldMs: number, needMs: number): string {
  const need = needMs / SECOND_MS;
  return `${Math.min(need, Math.floor(heldMs / SECOND_MS))}/${need} s`;
}
