/** The switch, provider and venue rows, from the switches as config sets them. Changes no switch. */

import type { ProviderSwitches, SwitchConfig } from '../ops-config.ts';
import {
  compareText,
  isSwitchRow,
  type StatusCategory,
  type StatusDocument,
  type StatusRow,
  sortedRows,
  statusRow,
} from '../status.ts';

/** What a switch row's value may be. ON always means normal: the guide's `disable_all_scanners: false` is scanners ON. */
export type SwitchValue = 'ON' | 'OFF';

export function switchRows(switches: SwitchConfig): StatusRow[] {
  const { disableAllScanners, disableLiveData, readOnlyMode } = switches.emergency;
  return [
    switchRow('switch', 'emergency_scanners', !disableAllScanners),
    switchRow('switch', 'emergency_live_data', !disableLiveData),
    switchRow('switch', 'emergency_readonly', !readOnlyMode),
    ...namesOf(switches.providers).flatMap((name) => providerRows(name, switches.providers[name]!)),
    ...namesOf(switches.venues).map((name) => switchRow('venue', name, switches.venues[name]!)),
  ];
}

/**
 * A saved status with its switches as the config sets them now: measurements are of their time, switches are of today.
 *
 * @returns a new document; the measured rows are the saved ones
 */
export function withSwitches(document: StatusDocument, switches: SwitchConfig): StatusDocument {
  const measured = document.rows.filter((row) => !isSwitchRow(row));
  return { ...document, rows: sortedRows([...measured, ...switchRows(switches)]) };
}

/** A provider's own switch, then one row a transport: allowed only while the provider itself is enabled. */
function providerRows(name: string, provider: ProviderSwitches): StatusRow[] {
  return [
    switchRow('provider', name, provider.enabled),
    switchRow('provider', name, provider.enabled && provider.allowWebsocket, 'websocket'),
    switchRow('provider', name, provider.enabled && provider.allowRest, 'rest'),
  ];
}

function switchRow(category: StatusCategory, name: string, isOn: boolean, part: string | null = null): StatusRow {
  const value: SwitchValue = isOn ? 'ON' : 'OFF';
  return statusRow({ category, name, part, value });
}

function namesOf(record: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(record).sort(compareText);
}
