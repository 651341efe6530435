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
import type { CryptorunError } from '../../../errors.ts';
import { changeSnapshot } from '../change-snapshot.ts';
import type { ControlChange, ControlStore } from '../control-store.ts';
import { stateFile } from '../state-folder.ts';
import { exportAudit } from './audit-export.ts';
import { ControlFile, type SqliteControlOptions } from './control-file.ts';
import { documentRow, INSERT_AUDIT, SELECT_AUDIT, UPDATE_DOCUMENT, unreadableState } from './control-schema.ts';

export class SqliteControlStore implements ControlStore {
  readonly #path: string;
  readonly #exportPath: string;
  readonly #file: ControlFile;
  #selectRevision!: Database.Statement;
  #selectSnapshot!: Database.Statement;
  #selectAudit!: Database.Statement;
  #insertAudit!: Database.Statement;
  #updateDocument!: Database.Statement;

  /**
   * Opens `control.db` in `dir`, which must exist; makes or migrates its tables; reads the document once.
   *
   * @throws CryptorunError as `ControlStore` says
   */
  constructor(dir: string, options: SqliteControlOptions) {
    this.#path = stateFile(dir, 'control');
    this.#exportPath = stateFile(dir, 'auditExport');
    this.#file = new ControlFile(dir, options, (db) => {
      this.#selectRevision = db.prepare('SELECT revision FROM document WHERE id = 1').raw();
      this.#selectSnapshot = db
        .prepare(
          `SELECT revision, json, checksum, (SELECT record FROM audit ORDER BY seq DESC LIMIT 1)
           FROM document WHERE id = 1`,
        )
        .raw();
      this.#selectAudit = db.prepare(SELECT_AUDIT).raw();
      this.#insertAudit = db.prepare(INSERT_AUDIT);
      this.#updateDocument = db.prepare(UPDATE_DOCUMENT);
      this.#readSnapshot();
    });
  }

  read(): ControlSnapshot {
    return this.#file.guarded('read', () => this.#readSnapshot());
  }

  revision(): number {
    return this.#file.guarded('read', () => {
      const row = this.#selectRevision.get() as [number] | undefined;
      if (row === undefined) throw this.#unreadable('it holds no document');
      return row[0];
    });
  }

  change(request: ControlRequest, defaults: ControlDefaults): ControlChange {
    const change = this.#file.writing('change', () => {
      const decided = changeSnapshot(this.#readSnapshot(), request, defaults);
      if (decided.outcome.kind === 'changed') this.#updateDocument.run(...documentRow(decided.outcome.document));
      for (const record of decided.appended) this.#insertAudit.run(record.seq, auditLine(record));
      return decided;
    });
    if (change.appended.length === 0) return { ...change, exportProblem: null };
    this.#file.shrinkWal();
    return { ...change, exportProblem: this.exportAudit() };
  }

  auditAfter(afterSeq: number, limit: number): readonly AuditRecord[] {
    return this.#file.guarded('read', () => this.#readAudit(afterSeq, limit));
  }

  /**
   * Brings `audit.ndjson` up to the store; `change` does so by itself.
   *
   * @returns why it could not be; null: it is
   */
  exportAudit(): string | null {
    try {
      const source = { auditAfter: (seq: number, limit: number) => this.#readAudit(seq, limit) };
      const outcome = this.#file.writing('export', () => exportAudit(this.#exportPath, source));
      return outcome.kind === 'behind' ? outcome.reason : null;
    } catch (cause) {
      return (cause as Error).message;
    }
  }

  close(): void {
    this.#file.close();
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

  #unreadable(why: string): CryptorunError {
    return unreadableState(this.#path, why);
  }
}
