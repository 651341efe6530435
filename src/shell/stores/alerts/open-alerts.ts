/** Opens the alert store of a state folder, for a scanner or for a command. Sets nothing up where only a look is wanted. */

import { isUntouched, openControl } from '../control/open-control.ts';
import type { AlertStore } from './alert-store.ts';
import { MemoryAlertStore } from './memory-alert-store.ts';
import { SqliteAlertStore } from './sqlite-alert-store.ts';

/**
 * Opens it to write; makes the state where it was never set up.
 *
 * @param busyTimeoutMs - 0 on a scanner's loop thread, up to 2000 in a command
 * @throws CryptorunError as `openControl`
 */
export function openAlerts(stateDir: string, busyTimeoutMs: number): AlertStore {
  openControl(stateDir, { busyTimeoutMs }).close();
  return new SqliteAlertStore(stateDir, { busyTimeoutMs, mayCreate: false });
}

/**
 * Opens it to look: an empty one where the state was never set up.
 *
 * @throws CryptorunError as `openControl`, but for a state that was never set up
 */
export function openAlertsToRead(stateDir: string, busyTimeoutMs: number): AlertStore {
  if (isUntouched(stateDir)) return new MemoryAlertStore();
  return new SqliteAlertStore(stateDir, { busyTimeoutMs, mayCreate: false });
}
