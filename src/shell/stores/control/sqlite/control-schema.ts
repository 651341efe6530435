/** The tables of `control.db`, how older ones become these, and what is refused. Knows no command. */

import { sha256Hex } from '../../../../core/base/sha256.ts';
import type { AuditRecord } from '../../../../core/ops/audit/audit-record.ts';
import { auditLine } from '../../../../core/ops/audit/chain.ts';
import type { ControlDocument } from '../../../../core/ops/control/control.ts';
import { emptyDocument } from '../../../../core/ops/control/decide.ts';
import { CryptorunError } from '../../../errors.ts';
import { isBusy, openSqlite, readValue, type SqliteFile, writing } from './sqlite-file.ts';

/**
 * Step i brings a file of version i to version i + 1; version 0 is an empty file. A step is never changed once released.
 *
 * The version is SQLite's own `user_version`.
 */
export type SchemaSteps = readonly ((db: SqliteFile) => void)[];

export const CONTROL_SCHEMA: SchemaSteps = [createTables, addAlerts];

/**
 * Brings a file to the newest version, all steps in one transaction.
 *
 * @param options - `mayCreate`: false makes an empty file an error
 * @throws CryptorunError `state_unreadable` for a newer version, or for an empty file that may not be filled; SqliteError
 */
export function migrate(
  db: SqliteFile,
  path: string,
  steps: SchemaSteps,
  { mayCreate }: { readonly mayCreate: boolean },
): void {
  if (isCurrent(db, path, steps)) return;
  writing(db, () => {
    // Another process may have come first.
    if (isCurrent(db, path, steps)) return;
    const version = versionOf(db);
    if (version === 0 && !mayCreate) throw unreadableState(path, 'it is empty');
    for (const step of steps.slice(version)) step(db);
    db.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

/** The version of a file's tables; 0: it has none. */
export function versionOf(db: SqliteFile): number {
  return readValue(db, 'PRAGMA user_version') as number;
}

/**
 * Readers go on while somebody writes (WAL), every commit is flushed (FULL), and the WAL is written back only where we say.
 *
 * @param waitMs - the first switch to WAL needs the file for itself, and SQLite does not always wait for that on its own
 */
export function useWal(db: SqliteFile, waitMs: number): void {
  db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      readValue(db, 'PRAGMA journal_mode = WAL');
      return;
    } catch (cause) {
      if (!isBusy(cause) || performance.now() >= end) throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

const RETRY_MS = 5;

/**
 * Makes a whole control database in one file without a WAL, to be renamed into place.
 *
 * @param path - must not exist
 * @param records - the whole chain
 */
export function buildControlFile(path: string, document: ControlDocument, records: readonly AuditRecord[]): void {
  const db = openSqlite(path, 0);
  migrate(db, path, CONTROL_SCHEMA, { mayCreate: true });
  writing(db, () => {
    db.prepare(UPDATE_DOCUMENT).run(...documentRow(document));
    const insert = db.prepare(INSERT_AUDIT);
    for (const record of records) insert.run(record.seq, auditLine(record));
  });
  db.close();
}

export const UPDATE_DOCUMENT = 'UPDATE document SET revision = ?, json = ?, checksum = ? WHERE id = 1';
export const SELECT_AUDIT = 'SELECT seq, record FROM audit WHERE seq > ? ORDER BY seq LIMIT ?';
export const INSERT_AUDIT = 'INSERT INTO audit (seq, record) VALUES (?, ?)';

/** The document as it is stored: revision, JSON, and the SHA-256 of the JSON against damage. */
export function documentRow(document: ControlDocument): [revision: number, json: string, checksum: string] {
  const json = JSON.stringify(document);
  return [document.revision, json, sha256Hex(json)];
}

/** The error for a state that nothing can be read from, with the way out. @param why - such as `it is gone` */
export function unreadableState(path: string, why: string, cause?: unknown): CryptorunError {
  const advice = 'the kill switch counts as engaged; see `cryptorun state doctor`';
  return new CryptorunError('state_unreadable', `cannot use ${path}: ${why}; ${advice}`, { cause });
}

function isCurrent(db: SqliteFile, path: string, steps: SchemaSteps): boolean {
  const version = versionOf(db);
  if (version <= steps.length) return version === steps.length;
  throw unreadableState(
    path,
    `it is of version ${version}, and this program knows versions up to ${steps.length} only`,
  );
}

function createTables(db: SqliteFile): void {
  db.exec(`
    CREATE TABLE document (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, json TEXT NOT NULL, checksum TEXT NOT NULL);
    CREATE TABLE audit (seq INTEGER PRIMARY KEY, record TEXT NOT NULL);`);
  db.prepare('INSERT INTO document (id, revision, json, checksum) VALUES (1, ?, ?, ?)').run(
    ...documentRow(emptyDocument()),
  );
}

/**
 * Alerts as JSON with the columns that they are looked up by; `begun_at_ms` is when they began to be pending.
 *
 * Of the outbox, `event` is told to a receiver once; it is `settled` when it was delivered or given up. Orders that stood in the
 * audit before there were alerts are none.
 */
function addAlerts(db: SqliteFile): void {
  db.exec(`
    CREATE TABLE alerts (id TEXT PRIMARY KEY, key TEXT NOT NULL, state TEXT NOT NULL, begun_at_ms REAL NOT NULL, record TEXT NOT NULL);
    CREATE INDEX alerts_by_time ON alerts (begun_at_ms);
    CREATE INDEX alerts_active ON alerts (begun_at_ms) WHERE state <> 'resolved';
    CREATE TABLE silences (id TEXT PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE alert_progress (id INTEGER PRIMARY KEY CHECK (id = 1), last_order INTEGER NOT NULL);
    INSERT INTO alert_progress (id, last_order) SELECT 1, coalesce(max(seq), 0) FROM audit;
    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT, receiver TEXT NOT NULL, event TEXT NOT NULL, alert TEXT NOT NULL,
      dedup_key TEXT NOT NULL, state TEXT NOT NULL, record TEXT NOT NULL, created_at_ms REAL NOT NULL,
      outcome TEXT NOT NULL DEFAULT 'waiting', attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at_ms REAL NOT NULL,
      settled_at_ms REAL, reason TEXT, UNIQUE (receiver, event));
    CREATE INDEX outbox_waiting ON outbox (receiver, dedup_key, id, attempts, created_at_ms) WHERE outcome = 'waiting';
    CREATE INDEX outbox_problem ON outbox (receiver, id) WHERE reason IS NOT NULL;
    CREATE INDEX outbox_dead ON outbox (receiver, id) WHERE outcome = 'dead';
    CREATE INDEX outbox_settled ON outbox (id) WHERE outcome <> 'waiting';
    CREATE INDEX outbox_alert ON outbox (alert);`);
}
