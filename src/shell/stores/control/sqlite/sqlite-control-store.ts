/**
 * The control store in `control.db`: one document, its audit, and transactions that hold both. Decides nothing itself.
 *
 * This module loads a native library: reach it by `import()` only, and never from a replay.
 */

import type Database from 'libsql';
import { sha256Hex } from '../../../../core/base/sha256.ts';
import type { AuditHead, AuditRecord } from '../../../../core/ops/audit/audit-record.ts';
import { auditLine, parseAuditLine } from '../../../../core/ops/audit/chain.ts';
import type {
  ControlDefaults,
  ControlDocument,
  ControlRequest,
  ControlSnapshot,
} from '../../../../core/ops/control/control.ts';
import { CryptorunError } from '../../../errors.ts';
import { changeSnapshot } from '../change-snapshot.ts';
import type { ControlChange, ControlStore } from '../control-store.ts';
import { stateFile, statIfThere } from '../state-folder.ts';
import { exportAudit } from './audit-export.ts';
import {
  CONTROL_SCHEMA,
  documentRow,
  INSERT_AUDIT,
  migrate,
  type SchemaSteps,
  UPDATE_DOCUMENT,
  unreadableState,
  useWal,
} from './control-schema.ts';
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

export class SqliteControlStore implements ControlStore {
  readonly #dir: string;
  readonly #path: string;
  readonly #busyTimeoutMs: number;
  readonly #db: SqliteFile;
  readonly #inode: number;
  readonly #selectRevision: Database.Statement;
  readonly #selectSnapshot: Database.Statement;
  readonly #selectAudit: Database.Statement;
  readonly #insertAudit: Database.Statement;
  readonly #updateDocument: Database.Statement;
  #isOpen = true;

  /**
   * Opens `control.db` in `dir`, which must exist; makes or migrates its tables; reads the document once.
   *
   * @throws CryptorunError as `ControlStore` says
   */
  constructor(dir: string, options: SqliteControlOptions) {
    this.#dir = dir;
    this.#path = stateFile(dir, 'control');
    this.#busyTimeoutMs = options.busyTimeoutMs;
    if (!options.mayCreate && statIfThere(this.#path) === null) throw this.#unreadable('it is gone');
    this.#db = openSqlite(this.#path, options.busyTimeoutMs);
    this.#inode = statIfThere(this.#path)?.ino ?? 0;
    try {
      migrate(this.#db, this.#path, options.schema ?? CONTROL_SCHEMA, options);
      useWal(this.#db, options.busyTimeoutMs);
      this.#selectRevision = this.#db.prepare('SELECT revision FROM document WHERE id = 1').raw();
      this.#selectSnapshot = this.#db
        .prepare(
          `SELECT revision, json, checksum, (SELECT record FROM audit ORDER BY seq DESC LIMIT 1)
           FROM document WHERE id = 1`,
        )
        .raw();
      this.#selectAudit = this.#db.prepare('SELECT seq, record FROM audit WHERE seq > ? ORDER BY seq LIMIT ?').raw();
      this.#insertAudit = this.#db.prepare(INSERT_AUDIT);
      this.#updateDocument = this.#db.prepare(UPDATE_DOCUMENT);
      this.#readSnapshot();
    } catch (cause) {
      this.#db.close();
      throw this.#errorOf('open', cause);
    }
  }

  read(): ControlSnapshot {
    return this.#guarded('read', () => this.#readSnapshot());
  }

  revision(): number {
    return this.#guarded('read', () => {
      const row = this.#selectRevision.get() as [number] | undefined;
      if (row === undefined) throw this.#unreadable('it holds no document');
      return row[0];
    });
  }

  change(request: ControlRequest, defaults: ControlDefaults): ControlChange {
    const change = this.#guarded('change', () =>
      writing(this.#db, () => {
        // Asked again under the lock: a change acknowledged in a file that was put aside would be lost.
        this.#checkFile();
        const decided = changeSnapshot(this.#readSnapshot(), request, defaults);
        if (decided.outcome.kind === 'changed') this.#updateDocument.run(...documentRow(decided.outcome.document));
        for (const record of decided.appended) this.#insertAudit.run(record.seq, auditLine(record));
        return decided;
      }),
    );
    if (change.appended.length === 0) return { ...change, exportProblem: null };
    this.#shrinkWal();
    return { ...change, exportProblem: this.exportAudit() };
  }

  auditAfter(afterSeq: number, limit: number): readonly AuditRecord[] {
    return this.#guarded('read', () => this.#readAudit(afterSeq, limit));
  }

  /**
   * Brings `audit.ndjson` up to the store; `change` does so by itself.
   *
   * @returns why it could not be; null: it is
   */
  exportAudit(): string | null {
    try {
      const outcome = this.#guarded('export', () =>
        writing(this.#db, () =>
          exportAudit(stateFile(this.#dir, 'auditExport'), { auditAfter: (seq, limit) => this.#readAudit(seq, limit) }),
        ),
      );
      return outcome.kind === 'behind' ? outcome.reason : null;
    } catch (cause) {
      return (cause as Error).message;
    }
  }

  close(): void {
    if (this.#isOpen) this.#db.close();
    this.#isOpen = false;
  }

  #readSnapshot(): ControlSnapshot {
    const row = this.#selectSnapshot.get() as [number, string, string, string | null] | undefined;
    if (row === undefined) throw this.#unreadable('it holds no document');
    const [revision, json, checksum, newest] = row;
    if (sha256Hex(json) !== checksum) throw this.#unreadable('the document does not fit its checksum');
    const document = JSON.parse(json) as ControlDocument;
    if (document.revision !== revision) throw this.#unreadable('the document is of another revision');
    return { document, auditHead: newest === null ? null : this.#headOf(newest) };
  }

  #headOf(line: string): AuditHead {
    const { seq, hash } = this.#recordOf(line);
    return { seq, hash };
  }

  #readAudit(afterSeq: number, limit: number): AuditRecord[] {
    const rows = this.#selectAudit.all(afterSeq, limit) as [number, string][];
    return rows.map(([seq, line]) => this.#recordOf(line, seq));
  }

  #recordOf(line: string, seq?: number): AuditRecord {
    const record = parseAuditLine(line);
    if (record !== null && (seq === undefined || record.seq === seq)) return record;
    throw this.#unreadable(`audit record ${seq ?? 'at the end'} is damaged`);
  }

  /**
   * Only here is the WAL written back, never by SQLite on its own: this way holds the writer's lock, as the engine before
   * 3.51.3 needs it (with a second checkpoint or commit at the same time its WAL reset can corrupt the file).
   *
   * @see https://www.sqlite.org/wal.html#walresetbug
   */
  #shrinkWal(): void {
    if ((statIfThere(`${this.#path}-wal`)?.size ?? 0) < MAX_WAL_BYTES) return;
    try {
      this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } catch {
      // The change is committed in the WAL; the next writer tries again.
    }
  }

  #guarded<T>(verb: 'read' | 'change' | 'export', action: () => T): T {
    try {
      this.#checkFile();
      return action();
    } catch (cause) {
      throw this.#errorOf(verb, cause);
    }
  }

  /** A file that was removed or replaced would be read and written unnoticed, for as long as it is open. */
  #checkFile(): void {
    if (!this.#isOpen) throw new CryptorunError('internal', 'cannot use the control store: it is closed');
    const inode = statIfThere(this.#path)?.ino;
    if (inode === this.#inode) return;
    throw this.#unreadable(inode === undefined ? 'it is gone' : 'another file has taken its place');
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

  #unreadable(why: string): CryptorunError {
    return unreadableState(this.#path, why);
  }
}
