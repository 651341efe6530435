/** The switches of the control document as status rows, under the guide's names. Decides nothing about them. */

import type { SwitchState } from '../ops/control/switch-states.ts';
import {
  compareText,
  isSwitchRow,
  type RowParts,
  type StatusDocument,
  type StatusRow,
  type SwitchOverride,
  sortedRows,
  statusRow,
} from '../ops/status.ts';

/** The guide's CSV names, in its order; then ours. */
const FIXED: Readonly<Record<string, string>> = {
  'emergency.scanners': 'emergency_scanners',
  'emergency.live_data': 'emergency_live_data',
  'emergency.writes': 'emergency_readonly',
  alerts: 'alerts',
  publish: 'publish',
};

/** Parts of a provider in the order of its rows. */
const PARTS = ['enabled', 'websocket', 'rest'];

/**
 * A saved status with its switches as operators and config have them now: measurements are of their time, switches of today.
 *
 * @param states - from `switchStates`
 */
export function withControlSwitches(document: StatusDocument, states: readonly SwitchState[]): StatusDocument {
  const measured = document.rows.filter((row) => !isSwitchRow(row));
  return { ...document, rows: sortedRows([...controlSwitchRows(states), ...measured]) };
}

/** One row a switch: the fixed ones, detectors, providers with their transports, venues; each family by name. */
export function controlSwitchRows(states: readonly SwitchState[]): StatusRow[] {
  const orders = states.map((state) => ({ state, place: placeOf(state.name) }));
  const sorted = orders.sort((a, b) => compareText(a.place.order, b.place.order));
  return sortedRows(sorted.map(({ state, place }) => statusRow({ ...place.row, ...standingOf(state) })));
}

/** ON is what is allowed: a transport is OFF while its provider is. */
function standingOf(state: SwitchState): Pick<StatusRow, 'value' | 'override'> {
  return { value: state.isAllowed ? 'ON' : 'OFF', override: overrideOf(state) };
}

/** Null where config says the same for good. */
function overrideOf({ setting, isOnByDefault }: SwitchState): SwitchOverride | null {
  if (setting === null || (setting.isOn === isOnByDefault && setting.expiresAtMs === null)) return null;
  const { changedAtMs, expiresAtMs, actor, reason } = setting;
  return { configuredOn: isOnByDefault, changedAtMs, untilMs: expiresAtMs, operator: actor.user, reason };
}

/** Which row a switch is, and a key that sorts it there. */
function placeOf(name: string): { readonly row: RowParts; readonly order: string } {
  const at = Object.keys(FIXED).indexOf(name);
  if (at >= 0) return { row: { category: 'switch', name: FIXED[name]! }, order: `0${at}` };
  const family = name.slice(0, name.indexOf('.'));
  const rest = name.slice(family.length + 1);
  if (family === 'venue') return { row: { category: 'venue', name: rest }, order: `3${rest}` };
  if (family !== 'provider') return { row: { category: 'switch', name: name.replaceAll('.', '_') }, order: `1${name}` };
  const end = rest.lastIndexOf('.');
  const [provider, part] = [rest.slice(0, end), rest.slice(end + 1)];
  const row: RowParts = { category: 'provider', name: provider, part: part === 'enabled' ? null : part };
  return { row, order: `2${provider} ${PARTS.indexOf(part)}` };
}
