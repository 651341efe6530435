/** Decides the commands about switches. Reads names only in their canonical spelling or a plain alias (`switch-names.ts`). */

import { DAY_MS, isoText } from '../../base/time.ts';
import { compareText } from '../status.ts';
import { type Act, refusalOf, tokenStanding } from './authority.ts';
import type { ControlCommand, ControlOutcome, SwitchSetting } from './control.ts';
import { changed, reasonProblems, refused, type Turn, unchanged } from './outcome.ts';
import { configValue, settingValue } from './recorded.ts';
import { isEmergency, readSwitchName } from './switch-names.ts';
import { defaultOf, settingOf } from './switch-states.ts';

type SetSwitch = Extract<ControlCommand, { kind: 'set_switch' }>;
type ForgetSettings = Extract<ControlCommand, { kind: 'forget_settings' }>;

/** The longest `--for`. */
const MAX_FOR_MS = 366 * DAY_MS;

/** A switch as it stands before the command. */
interface Standing {
  readonly name: string;
  readonly isOn: boolean;
  readonly setting: SwitchSetting | null;
}

export function setSwitch(turn: Turn, command: SetSwitch): ControlOutcome {
  const reading = readSwitchName(command.name);
  const standing = standingOf(turn, reading.kind === 'name' ? reading.name : command.name);
  const isKnown = turn.defaults.switches.has(standing.name) || standing.setting !== null;
  const usage = reasonProblems(turn);
  if (reading.kind === 'negative') usage.unshift(reading.message);
  else if (!isKnown) usage.unshift(`no switch is named ${command.name}`);
  if (!isDuration(command.forMs)) usage.push('the time to hold is not between 1 ms and 366 days');
  if (usage.length > 0) return refused(turn, 'usage', usage);
  const unmet = unmetExpectations(standing, command);
  if (unmet.length > 0) return refused(turn, 'precondition_failed', unmet);
  if (isSame(standing, command)) return unchanged(turn);
  const next = nextSetting(turn, command, standing);
  const denial = refusalOf(actOf(standing, next), tokenStanding(turn.document, turn.request.tokenHash, turn.nowMs));
  return denial === null
    ? applied(turn, standing, next)
    : refused(turn, 'permission_denied', [`${standing.name}: ${denial}`]);
}

/** Names without a setting are passed over, so that the command can be repeated. */
export function forgetSettings(turn: Turn, { names }: ForgetSettings): ControlOutcome {
  const set = [...new Set(names)].sort(compareText).flatMap((name) => {
    const setting = settingOf(turn.document.switches, name);
    return setting === null ? [] : [{ name, setting }];
  });
  const usage = reasonProblems(turn);
  if (usage.length > 0) return refused(turn, 'usage', usage);
  const unmet = set.flatMap(({ name, setting }) => {
    if (setting.expiresAtMs !== null) return [`${name} is set only until ${isoText(setting.expiresAtMs)}`];
    return setting.isOn === defaultOf(name, turn.defaults)
      ? []
      : [`${name} is ${onOff(setting.isOn)}, but not in config`];
  });
  if (unmet.length > 0) return refused(turn, 'precondition_failed', unmet);
  if (set.length === 0) return unchanged(turn);
  const forgotten = new Set(set.map(({ name }) => name));
  const kept = Object.entries(turn.document.switches).filter(([name]) => !forgotten.has(name));
  const entries = set.map(({ name, setting }) => {
    return {
      action: 'forget_switch',
      target: name,
      from: settingValue(setting),
      to: configValue(setting.isOn),
    } as const;
  });
  return changed(turn, { switches: Object.fromEntries(kept) }, entries);
}

function standingOf({ document, defaults }: Turn, name: string): Standing {
  const setting = settingOf(document.switches, name);
  return { name, isOn: setting?.isOn ?? defaultOf(name, defaults), setting };
}

function isDuration(ms: number | null): boolean {
  return ms === null || (Number.isInteger(ms) && ms >= 1 && ms <= MAX_FOR_MS);
}

function unmetExpectations({ name, isOn, setting }: Standing, { expect, ifRevision }: SetSwitch): string[] {
  const revision = setting?.revision ?? 0;
  const isState = expect === null || expect === isOn;
  const isRevision = ifRevision === null || ifRevision === revision;
  if (isState && isRevision) return [];
  const wanted = [...(isState ? [] : [onOff(expect)]), ...(isRevision ? [] : [`revision ${ifRevision}`])];
  return [`${name} is ${onOff(isOn)} at revision ${revision}, expected ${wanted.join(' and ')}`];
}

/** The same state for good. A time is always a change, and so is taking one away. */
function isSame({ isOn, setting }: Standing, command: SetSwitch): boolean {
  return command.forMs === null && command.isOn === isOn && (setting === null || setting.expiresAtMs === null);
}

/** A time set over another one returns to where the first would have, so that `--for` twice never makes itself permanent. */
function nextSetting(turn: Turn, { isOn, forMs }: SetSwitch, { name, setting }: Standing): SwitchSetting {
  const { actor, reason } = turn.request;
  const before = setting?.revertsTo ?? defaultOf(name, turn.defaults);
  const [expiresAtMs, revertsTo] = forMs === null ? [null, isOn] : [turn.nowMs + forMs, before];
  return { isOn, revision: turn.revision, changedAtMs: turn.nowMs, actor, reason, expiresAtMs, revertsTo };
}

function actOf({ name, setting }: Standing, next: SwitchSetting): Act {
  if (next.isOn) return isEmergency(name) ? 'emergency_on' : 'switch_on';
  const isBack = setting !== null && !setting.isOn && setting.expiresAtMs !== null && setting.revertsTo;
  // Without this, `off --for 1s` over `off --for 2h` would turn it on without a token.
  const isSooner = isBack && next.expiresAtMs !== null && next.expiresAtMs < setting.expiresAtMs;
  return isEmergency(name) && isSooner ? 'emergency_on_sooner' : 'switch_off';
}

function applied(turn: Turn, { name, isOn, setting }: Standing, next: SwitchSetting): ControlOutcome {
  const from = setting === null ? configValue(isOn) : settingValue(setting);
  const switches = { ...turn.document.switches, [name]: next };
  return changed(turn, { switches }, [{ action: 'set_switch', target: name, from, to: settingValue(next) }]);
}

function onOff(isOn: boolean): string {
  return isOn ? 'on' : 'off';
}
