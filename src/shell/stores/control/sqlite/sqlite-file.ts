/**
 * Opens a SQLite file of the state folder, takes turns on it, and tells its failures as an operator's errors. Knows no table.
 *
 * Never open such a file by other means in the same process: when any descriptor of it is closed, POSIX drops all the locks
 * that the process holds on it. That is why files are looked at by `stat` only.
 */

import { accessSync, chmodSync, closeSync, constants, openSync } from 'node:fs';
import Database from 'libsql';
import { CryptorunError, type ErrorCode } from '../../../errors.ts';
import { PRIVATE_FILE_MODE, storeError, systemCodeOf } from '../../atomic-file.ts';

export type SqliteFile = Database.Database;

/**
 * Opens a file, made 0600 where it is missing. Nothing is read yet, so damage shows only later.
 *
 * The connection lives until it is garbage: `close` only hastens that. End every transaction before letting go of it.
 *
 * @param busyTimeoutMs - how long to wait, blocking the thread, for another process's lock; 0: not at all
 * @throws CryptorunError `permission_denied`, `disk_full` or `io_failed`
 */
export function openSqlite(path: string, busyTimeoutMs: number): SqliteFile {
  try {
    makePrivateFile(path);
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw storeError(`cannot open ${path}`, cause);
  }
  try {
    return new Database(path, { timeout: busyTimeoutMs });
  } catch (cause) {
    throw sqliteError(`cannot open ${path}`, cause);
  }
}

/**
 * Runs `action` as the only writer; what it wrote is kept when it returns, and undone when it throws.
 *
 * @throws SqliteError with code SQLITE_BUSY when another process keeps the lock, and whatever `action` throws
 */
export function writing<T>(db: SqliteFile, action: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = action();
    db.exec('COMMIT');
    return result;
  } catch (cause) {
    undo(db);
    throw cause;
  }
}

/** The first column of the first row, or undefined. */
export function readValue(db: SqliteFile, sql: string): unknown {
  return (db.prepare(sql).raw().get() as unknown[] | undefined)?.[0];
}

/** Whether it is SQLite that failed, not the program. */
export function isSqliteError(cause: unknown): cause is Error {
  return systemCodeOf(cause).startsWith('SQLITE_');
}

/** Whether another process's lock was all that was in the way. */
export function isBusy(cause: unknown): boolean {
  return /^SQLITE_(?:BUSY|LOCKED)/.test(systemCodeOf(cause));
}

/**
 * A failure of SQLite as an operator's error; one that is such an error already is passed on.
 *
 * @param action - such as `cannot read /var/x.db`
 */
export function sqliteError(action: string, cause: unknown): CryptorunError {
  if (cause instanceof CryptorunError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  return new CryptorunError(codeOf(cause), `${action}: ${said}`, { cause });
}

function codeOf(cause: unknown): ErrorCode {
  const code = systemCodeOf(cause);
  if (isBusy(cause)) return 'state_busy';
  if (/^SQLITE_(?:READONLY|PERM|AUTH)/.test(code)) return 'permission_denied';
  // The shared index of a WAL file is a file too: on a full disk it cannot be made (measured on a full tmpfs).
  return /^SQLITE_(?:FULL|IOERR_SHMSIZE)/.test(code) ? 'disk_full' : 'state_unreadable';
}

function makePrivateFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', PRIVATE_FILE_MODE));
    chmodSync(path, PRIVATE_FILE_MODE);
  } catch (cause) {
    if (systemCodeOf(cause) !== 'EEXIST') throw cause;
  }
}

/** SQLite has undone it already where the disk was full. */
function undo(db: SqliteFile): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // The first error is the one to tell.
  }
}
