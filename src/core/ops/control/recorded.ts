/** How the reducer's changes stand in the audit's `from` and `to`, and how they are read back. Holds no token's hash. */

import type { Json, JsonObject } from '../../base/json.ts';
import { KILL_LEVELS } from '../ops-config.ts';
import { KILL_SOURCES, type KillState, RUN_MODES, type RunMode, type SwitchSetting } from './control.ts';

/** The reducer's own actions. A `record` command may not use them: nobody writes a change that did not happen. */
export const ACTIONS = [
  'set_switch',
  'expire_switch',
  'forget_switch',
  'engage_kill_switch',
  'release_kill_switch',
  'set_mode',
  'isolate_breaker',
  'release_breaker',
  'create_token',
  'revoke_token',
  'alert_acknowledge',
  'alert_resolve',
  'silence_add',
  'silence_end',
] as const;
export type Action = (typeof ACTIONS)[number];

/** As `target` of those that have no name of their own. */
export const KILL_TARGET = 'kill_switch';
export const MODE_TARGET = 'mode';

/** What of a setting stands in the audit record's own members instead: who, when, why. */
type SwitchValue = Pick<SwitchSetting, 'isOn' | 'expiresAtMs' | 'revertsTo'>;

/** A switch that config decides: `{isOn, setBy: "config"}`. */
export function configValue(isOn: boolean): JsonObject {
  return { isOn, setBy: 'config' };
}

/** A switch that an operator set: `{isOn, setBy: "operator", expiresAtMs, revertsTo}`. */
export function settingValue({ isOn, expiresAtMs, revertsTo }: SwitchValue): JsonObject {
  return { isOn, setBy: 'operator', expiresAtMs, revertsTo };
}

/** Reads either of the two back. @returns `config`: no setting; null: it is neither of the two */
export function readSwitchValue(value: Json): SwitchValue | 'config' | null {
  const { isOn, setBy, expiresAtMs, revertsTo } = objectOf(value);
  if (typeof isOn !== 'boolean') return null;
  if (setBy === 'config') return 'config';
  const isTimed = expiresAtMs === null || typeof expiresAtMs === 'number';
  if (setBy !== 'operator' || !isTimed || typeof revertsTo !== 'boolean') return null;
  return { isOn, expiresAtMs, revertsTo };
}

/** The whole state, member by member. */
export function killValue(kill: KillState): JsonObject {
  return { ...kill };
}

/** @returns null: no state of a kill switch */
export function readKillValue(value: Json): KillState | null {
  const { kind, ...rest } = objectOf(value);
  const { releasedAtMs, level, engagedAtMs, reason, operator, source, trigger, revision } = rest;
  if (typeof revision !== 'number') return null;
  if (kind === 'released') {
    return releasedAtMs === null || typeof releasedAtMs === 'number' ? { kind, releasedAtMs, revision } : null;
  }
  const isTold = typeof engagedAtMs === 'number' && typeof reason === 'string' && typeof operator === 'string';
  const isTrigger = trigger === null || typeof trigger === 'string';
  if (kind !== 'engaged' || !isTold || !isTrigger || !isOneOf(KILL_LEVELS, level)) return null;
  return isOneOf(KILL_SOURCES, source)
    ? { kind, level, engagedAtMs, reason, operator, source, trigger, revision }
    : null;
}

/** @returns null: no mode of ours */
export function readMode(value: Json): RunMode | null {
  return isOneOf(RUN_MODES, value) ? value : null;
}

function isOneOf<T extends string>(list: readonly T[], value: unknown): value is T {
  return (list as readonly unknown[]).includes(value);
}

function objectOf(value: Json): Readonly<Record<string, Json | undefined>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
