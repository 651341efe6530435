/**
 * Keeps a second scanner away from the same state. The kernel frees the lock when its process ends, however it ends, so there
 * are no stale locks to judge. Loads a native library: reach it by `import()` only.
 */

import { isoText } from '../../../core/base/time.ts';
import { CryptorunError } from '../../errors.ts';
import { makePrivateDirectory } from '../atomic-file.ts';
import { readHeartbeat } from './heartbeat-file.ts';
import { isBusy, openSqlite, type SqliteFile, sqliteError } from './sqlite/sqlite-file.ts';
import { stateFile } from './state-folder.ts';

export interface ScannerLock {
  release(): void;
}

/** A connection that nobody refers to is closed when it is collected, and its lock with it. */
const held = new Set<SqliteFile>();

/**
 * Takes the folder's scanner lock, or fails at once.
 *
 * @throws CryptorunError `lock_held`, naming the other scanner as far as its heartbeat tells; `permission_denied`,
 *   `disk_full`, `io_failed`
 */
export function lockScanner(stateDir: string): ScannerLock {
  makePrivateDirectory(stateDir);
  const path = stateFile(stateDir, 'lock');
  const db = openSqlite(path, 0);
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    if (isBusy(cause)) throw lockHeld(stateDir, cause);
    throw sqliteError(`cannot lock ${path}`, cause);
  }
  held.add(db);
  return {
    release() {
      // Once: the connection may serve nobody else.
      if (!held.delete(db)) return;
      db.exec('ROLLBACK');
      db.close();
    },
  };
}

function lockHeld(stateDir: string, cause: unknown): CryptorunError {
  const reading = readHeartbeat(stateDir, { nowMs: 0, staleAfterMs: 0 });
  const isTold = reading.kind === 'alive' || reading.kind === 'stale';
  const who = isTold
    ? `pid ${reading.beat.pid}, since ${isoText(reading.beat.startedAtMs)}`
    : 'it has not said who it is';
  return new CryptorunError('lock_held', `cannot start a scanner in ${stateDir}: another one runs there (${who})`, {
    cause,
  });
}
