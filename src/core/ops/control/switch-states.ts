/** How each switch stands at a moment: what operators set, what has run out since, and config. Changes nothing. */

import { compareText } from '../status.ts';
import type { ControlDefaults, ControlDocument, QuoteSwitches, SwitchSetting } from './control.ts';
import { isOnUnlisted, type ProviderPart, providerSwitch } from './switch-names.ts';

/** One switch, for lists, `diff`, `save` and status. */
export interface SwitchState {
  readonly name: string;
  readonly isOn: boolean;
  /** As config has it. */
  readonly isOnByDefault: boolean;
  /** On, and nothing that it depends on is off (`stoppedBy`). */
  readonly isAllowed: boolean;
  /** The operator's setting that decides now (its age, reason and end); null: config decides. */
  readonly setting: SwitchSetting | null;
}

/** A setting whose time has run out, and what is left of it: null where config decides again. */
export interface ExpiredSetting {
  readonly name: string;
  readonly setting: SwitchSetting & { readonly expiresAtMs: number };
  readonly reverted: SwitchSetting | null;
}

type Settings = Readonly<Record<string, SwitchSetting>>;

/** As config has it; what config does not list is off, but for detectors. */
export function defaultOf(name: string, defaults: ControlDefaults): boolean {
  return defaults.switches.get(name) ?? isOnUnlisted(name);
}

/** The operator's setting as written, run out or not; null: none. */
export function settingOf(settings: Settings, name: string): SwitchSetting | null {
  return Object.hasOwn(settings, name) ? settings[name]! : null;
}

/** Is the switch itself on at `nowMs`? What stands over it is not asked (`ControlView` does). */
export function isSwitchOn(document: ControlDocument, name: string, defaults: ControlDefaults, nowMs: number): boolean {
  const setting = settingOf(document.switches, name);
  if (setting === null) return defaultOf(name, defaults);
  return hasExpired(setting, nowMs) ? setting.revertsTo : setting.isOn;
}

/** Every name that a command may use, sorted: those of config, and those still set though config has dropped them. */
export function switchNames(document: ControlDocument, defaults: ControlDefaults): string[] {
  return [...new Set([...defaults.switches.keys(), ...Object.keys(document.switches)])].sort(compareText);
}

/** All switches at `nowMs`, sorted by name. */
export function switchStates(document: ControlDocument, defaults: ControlDefaults, nowMs: number): SwitchState[] {
  const { switches } = settle(document.switches, defaults, nowMs);
  const isOn = (name: string): boolean => settingOf(switches, name)?.isOn ?? defaultOf(name, defaults);
  return switchNames(document, defaults).map((name) => ({
    name,
    isOn: isOn(name),
    isOnByDefault: defaultOf(name, defaults),
    isAllowed: isOn(name) && stopOf(name, isOn, defaults.quotes) === null,
    setting: settingOf(switches, name),
  }));
}

/** Of a switch that is on and counts for nothing all the same: the switch that must be on too; else null. */
export function stoppedBy(
  name: string,
  states: readonly Pick<SwitchState, 'name' | 'isOn'>[],
  { quotes }: Pick<ControlDefaults, 'quotes'>,
): string | null {
  const isOn = (asked: string): boolean => states.some((one) => one.name === asked && one.isOn);
  return isOn(name) ? stopOf(name, isOn, quotes) : null;
}

/**
 * Which other switch stops what this one allows; null: none.
 *
 * A transport counts for nothing while its provider is off, a quote while its venue is; and a venue that is listed by quotes
 * alone while they all are off, of which the first is named.
 */
export function stopOf(
  name: string,
  isOn: (name: string) => boolean,
  quotes: QuoteSwitches = NO_QUOTES,
): string | null {
  const [family, provider, part] = name.split('.');
  const isTransport = family === 'provider' && (part as ProviderPart) !== 'enabled';
  const over = isTransport ? providerSwitch(provider!, 'enabled') : (quotes.venueOf.get(name) ?? null);
  if (over !== null) return isOn(over) ? null : over;
  if (!quotes.byQuote.has(name)) return null;
  const under = [...quotes.venueOf].flatMap(([quote, venue]) => (venue === name ? [quote] : []));
  return under.some(isOn) ? null : (under[0] ?? null);
}

/** Where no quote has a switch of its own. */
export const NO_QUOTES: QuoteSwitches = { venueOf: new Map(), byQuote: new Set() };

/**
 * The settings without what has run out by `nowMs`.
 *
 * A setting that ran out is dropped where config says the same, so that a later change of config is not held back by it;
 * where config says otherwise, what it returned to stays set for good.
 *
 * @returns `expired` oldest end first; `switches` is the same object when nothing ran out
 */
export function settle(
  settings: Settings,
  defaults: ControlDefaults,
  nowMs: number,
): { switches: Settings; expired: ExpiredSetting[] } {
  const expired: ExpiredSetting[] = [];
  const kept: [string, SwitchSetting][] = [];
  for (const [name, setting] of Object.entries(settings)) {
    const reverted = hasExpired(setting, nowMs) ? revert(setting, defaultOf(name, defaults)) : setting;
    if (hasExpired(setting, nowMs)) expired.push({ name, setting, reverted });
    if (reverted !== null) kept.push([name, reverted]);
  }
  if (expired.length === 0) return { switches: settings, expired };
  expired.sort((a, b) => a.setting.expiresAtMs - b.setting.expiresAtMs || compareText(a.name, b.name));
  return { switches: Object.fromEntries(kept), expired };
}

/** The first moment after `nowMs` at which a setting runs out; null: none does. */
export function nextExpiryMs(document: ControlDocument, nowMs: number): number | null {
  const ends = Object.values(document.switches)
    .map((setting) => setting.expiresAtMs)
    .filter((end) => end !== null && end > nowMs);
  return ends.length === 0 ? null : Math.min(...(ends as number[]));
}

function hasExpired(setting: SwitchSetting, nowMs: number): setting is ExpiredSetting['setting'] {
  return setting.expiresAtMs !== null && nowMs >= setting.expiresAtMs;
}

function revert(setting: ExpiredSetting['setting'], isOnByDefault: boolean): SwitchSetting | null {
  if (setting.revertsTo === isOnByDefault) return null;
  const actor = { ...setting.actor, via: 'expiry' };
  return { ...setting, isOn: setting.revertsTo, changedAtMs: setting.expiresAtMs, expiresAtMs: null, actor };
}
