/** Opens the control state of a folder, setting it up the first time, and says what to believe where that fails. */

import type { ControlSnapshot } from '../../../core/ops/control/control.ts';
import { CryptorunError } from '../../errors.ts';
import { makePrivateDirectory } from '../atomic-file.ts';
import { prepareReserve } from './kill-file.ts';
import type { SqliteControlOptions } from './sqlite/control-file.ts';
import { SqliteControlStore } from './sqlite/sqlite-control-store.ts';
import { isInitialised, stateFile, statIfThere } from './state-folder.ts';

/**
 * Opens the control store; makes folder, `control.db` and `KILL.reserve` where the state was never set up.
 *
 * @param options - `busyTimeoutMs`: 0 on a scanner's loop thread, up to 2000 in a command
 * @throws CryptorunError `state_unreadable` (fail closed: the kill switch counts as engaged), `state_busy`, `disk_full`,
 *   `permission_denied` or `io_failed`
 */
export function openControl(
  stateDir: string,
  options: Pick<SqliteControlOptions, 'busyTimeoutMs' | 'schema'>,
): SqliteControlStore {
  const mayCreate = !isInitialised(stateDir);
  if (mayCreate) makePrivateDirectory(stateDir);
  const store = new SqliteControlStore(stateDir, { ...options, mayCreate });
  keepReserve(stateDir, mayCreate);
  return store;
}

/**
 * What a scanner or a status must believe of the control state.
 *
 * - `never_initialised`: everything is as config has it
 * - `ok`: as the snapshot says
 * - `unreadable`: the kill switch is engaged, for `reason`
 *
 * The `KILL` file is judged apart, and counts in all three.
 */
export type ControlBelief =
  | { readonly kind: 'never_initialised' }
  | { readonly kind: 'ok'; readonly snapshot: ControlSnapshot }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Looks at the control state once, without setting anything up. Never throws for what is wrong with it. */
export function readControlOrEngaged(
  stateDir: string,
  options: Pick<SqliteControlOptions, 'busyTimeoutMs' | 'schema'>,
): ControlBelief {
  try {
    if (isUntouched(stateDir)) return { kind: 'never_initialised' };
    const store = new SqliteControlStore(stateDir, { ...options, mayCreate: false });
    const snapshot = store.read();
    store.close();
    return { kind: 'ok', snapshot };
  } catch (cause) {
    if (cause instanceof CryptorunError) return { kind: 'unreadable', reason: cause.message };
    throw cause;
  }
}

/** Whether nothing was ever set up. Without any trace, an empty `control.db` is left of a first start that was killed. */
export function isUntouched(stateDir: string): boolean {
  return !isInitialised(stateDir) && !statIfThere(stateFile(stateDir, 'control'))?.size;
}

/** The first reserve is a part of setting up; a later one, in place of the one that an engagement used, may have to wait. */
function keepReserve(stateDir: string, isFirst: boolean): void {
  try {
    prepareReserve(stateDir);
  } catch (cause) {
    if (isFirst) throw cause;
  }
}
