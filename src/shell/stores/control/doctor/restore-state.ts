/**
 * Makes a new `control.db` after the old one was lost, from the audit's export or from a copy, and leaves the kill switch
 * engaged. Throws nothing away: what was there is kept under another name. Asks nobody; the command does.
 */

import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { compactStamp } from '../../../../core/base/time.ts';
import type { Actor, AuditRecord } from '../../../../core/ops/audit/audit-record.ts';
import { hashOf, NO_HASH, parseAuditLine } from '../../../../core/ops/audit/chain.ts';
import { verifyChain } from '../../../../core/ops/audit/verify-chain.ts';
import type {
  ControlCommand,
  ControlDefaults,
  ControlDocument,
  ControlSnapshot,
} from '../../../../core/ops/control/control.ts';
import { rebuildDocument } from '../../../../core/ops/control/restore.ts';
import { CryptorunError } from '../../../errors.ts';
import { makePrivateDirectory, storeError } from '../../atomic-file.ts';
import { prepareReserve } from '../kill-file.ts';
import { MemoryControlStore } from '../memory-control-store.ts';
import { buildControlFile } from '../sqlite/control-schema.ts';
import { SqliteControlStore } from '../sqlite/sqlite-control-store.ts';
import { nameBeside, stateFile, statIfThere, syncFolder } from '../state-folder.ts';
import { type NewToken, newToken } from '../tokens.ts';
import { exportLines, storedRecords } from './read-audit.ts';

const WAIT_MS = 2000;

/** `audit`: from `audit.ndjson`; `file`: from a copy of `control.db` (with its `-wal` beside it, if there is one). */
export type RestoreSource = { readonly kind: 'audit' } | { readonly kind: 'file'; readonly path: string };

export interface RestoreRequest {
  readonly from: RestoreSource;
  readonly actor: Actor;
  readonly reason: string;
  readonly nowMs: number;
  /** How long the new admin token is good for. */
  readonly tokenTtlMs: number;
  /** From config; empty where config is broken as well. */
  readonly defaults: ControlDefaults;
}

export interface Restored {
  /** Of role admin, and the only one: every earlier token is void. Its secret is stored nowhere. */
  readonly token: NewToken;
  readonly snapshot: ControlSnapshot;
  /** The old files' new names. */
  readonly keptAside: readonly string[];
  /** What could not be had back, for the operator. */
  readonly notes: readonly string[];
}

/** What a state is rebuilt from. */
interface Remains {
  readonly document: ControlDocument;
  /** The chain that the new one goes on from: whole and verified. */
  readonly records: readonly AuditRecord[];
  /** Whether `audit.ndjson` is just these records, and can stay. */
  readonly isExportKept: boolean;
  readonly notes: readonly string[];
}

/**
 * Restores the state of `dir`.
 *
 * Everything is decided before anything is moved, and the new file comes into place by one rename: at every moment the state
 * is the old one, missing (which counts as engaged), or the new one, engaged. A scanner that runs meanwhile notices the new file.
 *
 * @throws CryptorunError `state_unreadable` when there is nothing to restore from, `bad_input` for a copy that cannot be
 *   read; `disk_full`, `permission_denied`, `io_failed`
 */
export function restoreState(dir: string, request: RestoreRequest): Restored {
  makePrivateDirectory(dir);
  const remains = request.from.kind === 'audit' ? fromAudit(dir, request) : fromFile(dir, request.from.path);
  const token = newToken();
  const store = breakGlass(remains, request, token);
  const snapshot = store.read();
  const draft = nameBeside(stateFile(dir, 'control'), 'new');
  buildControlFile(draft, snapshot.document, [...storedRecords(store)]);
  const keptAside = setAside(dir, remains, request.nowMs);
  renameSync(draft, stateFile(dir, 'control'));
  syncFolder(dir);
  return { token, snapshot, keptAside, notes: [...remains.notes, ...finish(dir)] };
}

function fromAudit(dir: string, request: RestoreRequest): Remains {
  const { records, notes } = readExport(dir);
  if (records.length === 0) {
    const path = stateFile(dir, 'auditExport');
    throw new CryptorunError(
      'state_unreadable',
      `cannot restore from ${path}: it holds no whole record; use a copy instead`,
    );
  }
  const restoration = { atMs: request.nowMs, operator: request.actor.user, reason: request.reason };
  const { document, unreadableSeqs } = rebuildDocument(records, restoration);
  const unread = unreadableSeqs.length === 0 ? [] : [`records ${unreadableSeqs.join(', ')} say nothing that we know`];
  return { document, records, isExportKept: notes.length === 0, notes: [...notes, ...unread] };
}

/** The copy's document, one revision beyond anything that a scanner may have seen. */
function fromFile(dir: string, path: string): Remains {
  const copy = readCopy(dir, path);
  const exported = readExport(dir);
  const newest = copy.records.at(-1);
  // An export that holds the copy's newest record is the same chain, and longer.
  const isSameChain = newest === undefined || exported.records[newest.seq - 1]?.hash === newest.hash;
  const records = isSameChain ? exported.records : copy.records;
  const revision = 1 + records.reduce((most, record) => Math.max(most, record.revision), copy.document.revision);
  const notes = isSameChain ? exported.notes : [`audit.ndjson is not the audit of ${path}: the copy's own goes on`];
  const document = { ...copy.document, revision, tokens: [] };
  return { document, records, isExportKept: isSameChain && exported.notes.length === 0, notes };
}

/** Opened as a copy of the copy: to read a WAL is to write into it. */
function readCopy(dir: string, path: string): { document: ControlDocument; records: AuditRecord[] } {
  if (statIfThere(path) === null) throw unusableCopy(path, 'there is no such file');
  const folder = mkdtempSync(join(dir, 'restore-'));
  try {
    for (const end of ['', '-wal']) {
      if (statIfThere(path + end) !== null) copyFileSync(path + end, stateFile(folder, 'control') + end);
    }
    const store = new SqliteControlStore(folder, { busyTimeoutMs: 0, mayCreate: false });
    const found = { document: store.read().document, records: [...storedRecords(store)] };
    store.close();
    if (verifyChain(found.records).kind === 'intact') return found;
    throw unusableCopy(path, 'its audit chain is broken');
  } catch (cause) {
    if (!(cause instanceof CryptorunError)) throw storeError(`cannot copy ${path}`, cause);
    if (cause.code === 'state_unreadable')
      throw unusableCopy(path, 'it is no whole control.db of a version we know', cause);
    throw cause;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unusableCopy(path: string, why: string, cause?: unknown): CryptorunError {
  return new CryptorunError('bad_input', `cannot restore from ${path}: ${why}`, { cause });
}

/** The export's records up to the first that is not to be trusted. */
function readExport(dir: string): { records: AuditRecord[]; notes: string[] } {
  const path = stateFile(dir, 'auditExport');
  if (statIfThere(path) === null) return { records: [], notes: ['audit.ndjson is gone'] };
  const records: AuditRecord[] = [];
  for (const line of exportLines(path)) {
    const record = parseAuditLine(line);
    if (record === null || !isNextLink(record, records.at(-1))) {
      const note = `audit.ndjson cannot be trusted from line ${records.length + 1} on: nothing after it was taken over`;
      return { records, notes: [note] };
    }
    records.push(record);
  }
  return { records, notes: [] };
}

function isNextLink(record: AuditRecord, last: AuditRecord | undefined): boolean {
  const isInPlace = record.seq === (last?.seq ?? 0) + 1 && record.prev === (last?.hash ?? NO_HASH);
  return isInPlace && hashOf(record) === record.hash;
}

/** Engages, says so in the audit, and makes the one admin token, all before anything is stored. */
function breakGlass(remains: Remains, request: RestoreRequest, token: NewToken): MemoryControlStore {
  const { actor, reason, nowMs, from, tokenTtlMs } = request;
  const store = new MemoryControlStore(remains.document, remains.records);
  const act = (command: ControlCommand): void => {
    const { outcome } = store.change({ command, actor, reason, atMs: nowMs, tokenHash: null }, request.defaults);
    if (outcome.kind === 'refused') throw new CryptorunError(outcome.code, `cannot restore: ${outcome.message}`);
  };
  act({
    kind: 'engage',
    level: 'kill',
    source: 'state_unreadable',
    trigger: null,
    operator: actor.user,
    engagedAtMs: nowMs,
    recordedLate: false,
  });
  const to = from.kind === 'audit' ? `restored from the audit up to ${remains.records.length}` : 'restored from a copy';
  act({ kind: 'record', action: 'break_glass', target: 'control_state', from: null, to });
  act({ kind: 'create_token', id: token.id, role: 'admin', hash: token.hash, ttlMs: tokenTtlMs });
  return store;
}

/** @returns the new names */
function setAside(dir: string, { isExportKept }: Remains, nowMs: number): string[] {
  const database = freeName(stateFile(dir, 'control'), nowMs);
  const moves = ['', '-wal', '-shm'].map((end) => [stateFile(dir, 'control') + end, database + end] as const);
  const audit = stateFile(dir, 'auditExport');
  const found = [...moves, ...(isExportKept ? [] : [[audit, freeName(audit, nowMs)] as const])];
  return found.flatMap(([from, to]) => {
    if (statIfThere(from) === null) return [];
    moveFile(from, to);
    return [to];
  });
}

function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (cause) {
    throw storeError(`cannot move ${from} aside`, cause);
  }
}

/** Such as `control.db.broken-20240808_235500`. */
function freeName(path: string, nowMs: number): string {
  const name = `${path}.broken-${compactStamp(nowMs)}`;
  for (let i = 1; ; i++) {
    const numbered = i === 1 ? name : `${name}.${i}`;
    if (statIfThere(numbered) === null) return numbered;
  }
}

/** Brings the rest of the folder up to the new file. @returns what that failed at: none of it undoes the restore */
function finish(dir: string): string[] {
  try {
    const store = new SqliteControlStore(dir, { busyTimeoutMs: WAIT_MS, mayCreate: false });
    const problem = store.exportAudit();
    store.close();
    prepareReserve(dir);
    return problem === null ? [] : [problem];
  } catch (cause) {
    return [(cause as Error).message];
  }
}
