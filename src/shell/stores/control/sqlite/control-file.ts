/**
 * `control.db` itself, for the stores that share it: opened, brought up to date, watched for being replaced, its WAL kept small,
 * its failures told as an operator's errors. Knows no table's content.
 *
 * This module loads a native library: reach it by `import()` only, and never from a replay.
 */

import { CryptorunError } from '../../../errors.ts';
import { stateFile, statIfThere } from '../state-folder.ts';
import { CONTROL_SCHEMA, migrate, type SchemaSteps, unreadableState, useWal } from './control-schema.ts';
import { isSqliteError, openSqlite, type SqliteFile, sqliteError, writing } from './sqlite-file.ts';

export interface SqliteControlOptions {
  /** How long a call may block for another writer: 0 on a scanner's loop thread, up to 2 s in a short command. */
  readonly busyTimeoutMs: number;
  /** False: a file that holds nothing yet is a loss, not a beginning. */
  readonly mayCreate: boolean;
  /** Other than ours only in tests. */
  readonly schema?: SchemaSteps;
}

/** A bigger WAL is written back into the database by whoever changes something next. */
const MAX_WAL_BYTES = 262_144;

export class ControlFile {
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  readonly #db: SqliteFile;
  readonly #inode: number;
  #isOpen = true;

  /**
   * Opens `control.db` in `dir`, which must exist; makes or migrates its tables; then calls `prepare` for the statements.
   *
   * @throws CryptorunError as `ControlStore` says
   */
  constructor(dir: string, options: SqliteControlOptions, prepare: (db: SqliteFile) => void) {
    this.#path = stateFile(dir, 'control');
    this.#busyTimeoutMs = options.busyTimeoutMs;
    if (!options.mayCreate && statIfThere(this.#path) === null) throw this.unreadable('it is gone');
    this.#db = openSqlite(this.#path, options.busyTimeoutMs);
    this.#inode = statIfThere(this.#path)?.ino ?? 0;
    try {
      migrate(this.#db, this.#path, options.schema ?? CONTROL_SCHEMA, options);
      useWal(this.#db, options.busyTimeoutMs);
      prepare(this.#db);
    } catch (cause) {
      this.#db.close();
      throw this.#errorOf('open', cause);
    }
  }

  /** Runs `action`, and tells what SQLite fails at in words. */
  guarded<T>(verb: string, action: () => T): T {
    try {
      this.#checkFile();
      return action();
    } catch (cause) {
      throw this.#errorOf(verb, cause);
    }
  }

  /** The same as the only writer, in one transaction. */
  writing<T>(verb: string, action: () => T): T {
    return this.guarded(verb, () =>
      writing(this.#db, () => {
        // Asked again under the lock: a change acknowledged in a file that was put aside would be lost.
        this.#checkFile();
        return action();
      }),
    );
  }

  /**
   * To be called after a change. Only here is the WAL written back, never by SQLite on its own: this way holds the writer's
   * lock, as the engine before 3.51.3 needs it (with a second checkpoint or commit at the same time its WAL reset can corrupt
   * the file).
   *
   * @see https://www.sqlite.org/wal.html#walresetbug
   */
  shrinkWal(): void {
    if ((statIfThere(`${this.#path}-wal`)?.size ?? 0) < MAX_WAL_BYTES) return;
    try {
      this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } catch {
      // The change is committed in the WAL; the next writer tries again.
    }
  }

  /** @param why - such as `it is gone` */
  unreadable(why: string): CryptorunError {
    return unreadableState(this.#path, why);
  }

  close(): void {
    if (this.#isOpen) this.#db.close();
    this.#isOpen = false;
  }

  /** A file that was removed or replaced would be read and written unnoticed, for as long as it is open. */
  #checkFile(): void {
    if (!this.#isOpen) throw new CryptorunError('internal', 'cannot use the control store: it is closed');
    const inode = statIfThere(this.#path)?.ino;
    if (inode === this.#inode) return;
    throw this.unreadable(inode === undefined ? 'it is gone' : 'another file has taken its place');
  }

  /** What SQLite failed at; everything else, such as a failed assertion, is passed on as it is. */
  #errorOf(verb: string, cause: unknown): unknown {
    if (!isSqliteError(cause)) return cause;
    const error = sqliteError(`cannot ${verb} ${this.#path}`, cause);
    if (error.code === 'state_unreadable') return unreadableState(this.#path, cause.message, cause);
    if (error.code !== 'state_busy') return error;
    const waited = this.#busyTimeoutMs === 0 ? '' : ` (waited ${this.#busyTimeoutMs} ms)`;
    const way = '`cryptorun killswitch activate` works all the same';
    const message = `cannot ${verb} ${this.#path}: another process holds it${waited}; try again; ${way}`;
    return new CryptorunError('state_busy', message, { cause });
  }
}
