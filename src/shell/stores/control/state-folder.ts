/** Names the files of the state folder and says whether it was ever set up. Opens none of them. */

import { closeSync, fsyncSync, lstatSync, openSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { storeError } from '../atomic-file.ts';

/** Everything that operators and a scanner share lies in one folder (0700), each file 0600, on a local disk. */
export const STATE_FILES = {
  control: 'control.db',
  auditExport: 'audit.ndjson',
  heartbeat: 'heartbeat',
  lock: 'lock.db',
  kill: 'KILL',
  killReserve: 'KILL.reserve',
} as const;

export type StateFile = keyof typeof STATE_FILES;

/** The path of one of the folder's files. */
export function stateFile(dir: string, file: StateFile): string {
  return join(dir, STATE_FILES[file]);
}

/**
 * What only a state that was once set up leaves behind. Not `lock.db` and `heartbeat`: a scanner may make them first. Not
 * `KILL`: an operator may touch it before the first start; it stops everything by itself, whatever is set up beside it.
 */
const TRACES: readonly StateFile[] = ['killReserve', 'auditExport'];

/** Whether the folder was ever set up: if so, a missing `control.db` is a loss, and the kill switch counts as engaged. */
export function isInitialised(dir: string): boolean {
  return TRACES.some((file) => statIfThere(stateFile(dir, file)) !== null);
}

/**
 * What stands at the path itself, links not followed; null: nothing.
 *
 * @throws CryptorunError `permission_denied` where the folder may not be entered, or `io_failed`
 */
export function statIfThere(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (cause) {
    throw storeError(`cannot look at ${path}`, cause);
  }
}

/** Makes names in the folder survive a power loss. */
export function syncFolder(dir: string): void {
  const folder = openSync(dir, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

let asked = 0;

/** A name beside `path` that no other process and no other call uses at the time. */
export function nameBeside(path: string, purpose: string): string {
  asked += 1;
  // The clock sets it apart from a dead process of the same number: in a container every first process is number 1.
  return `${path}.${purpose}.${process.pid}.${Date.now().toString(36)}.${asked}`;
}
