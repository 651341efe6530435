/** Opens the alert store of a state folder: for a command, for a scanner, for a look. Sets the state up only where it may. */

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
  return openRunAlerts(stateDir, busyTimeoutMs);
}

/**
 * Opens it for a scanner, whose session has set the state up. Never makes one: a state that was lost while a scanner ran is not a
 * new one, and a fresh `control.db` would say that nothing is stopped.
 *
 * @throws CryptorunError as `ControlStore` says
 */
export function openRunAlerts(stateDir: string, busyTimeoutMs: number): AlertStore {
  return new SqliteAlertStore(stateDir, { busyTimeoutMs, mayCreate: false });
}

/**
 * Opens it to look: an empty one where the state was never set up.
 *
 * @throws CryptorunError as `openControl`, but for a state that was never set up
 */
export function openAlertsToRead(stateDir: string, busyTimeoutMs: number): AlertStore {
  return isUntouched(stateDir) ? new MemoryAlertStore() : openRunAlerts(stateDir, busyTimeoutMs);
}
