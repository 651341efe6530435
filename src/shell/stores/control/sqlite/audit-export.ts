/**
 * Brings `audit.ndjson` up to what the store has: append-only, whole lines, flushed. Never changes a whole line, and judges
 * no chain beyond the place where it goes on.
 *
 * The store is the record, the file its export. Call it while holding the store's write lock: the lock dies with the
 * process, and keeps two writers from appending the same records.
 */

import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AuditRecord } from '../../../../core/ops/audit/audit-record.ts';
import { auditLine, parseAuditLine } from '../../../../core/ops/audit/chain.ts';
import { PRIVATE_FILE_MODE, storeError } from '../../atomic-file.ts';
import { statIfThere, syncFolder } from '../state-folder.ts';

/** Where the records come from. */
export interface AuditSource {
  /** Records after `afterSeq`, oldest first, at most `limit`. */
  auditAfter(afterSeq: number, limit: number): readonly AuditRecord[];
}

/** `behind`: the file lacks records, or does not fit the store; `reason` says why, for the operator. */
export type ExportOutcome =
  | { readonly kind: 'current'; readonly appended: number }
  | { readonly kind: 'behind'; readonly reason: string };

/** Records in one read of the store and one write to the file. */
const BATCH = 500;
/** More than most last lines have; a longer one is read in steps. */
const TAIL_BYTES = 16_384;
const NEWLINE = 10;

/**
 * Appends the records that the file lacks.
 *
 * A torn last line, as a crash leaves it, is kept in `audit.ndjson.torn` and then cut off. A file whose last line is not the
 * store's record of that number is left alone. On a full disk the file ends as it was, and the next call catches up.
 */
export function exportAudit(path: string, source: AuditSource): ExportOutcome {
  try {
    const isNew = statIfThere(path) === null;
    const file = openToAppend(path);
    try {
      const outcome = append(file, path, source);
      if (isNew) syncFolder(dirname(path));
      return outcome;
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    return { kind: 'behind', reason: storeError(`cannot append to ${path}`, cause).message };
  }
}

function append(file: number, path: string, source: AuditSource): ExportOutcome {
  const tail = readTail(file);
  const last = tail.line === null ? null : parseAuditLine(tail.line);
  if (tail.line !== null) {
    const [stored] = last === null ? [] : source.auditAfter(last.seq - 1, 1);
    if (stored === undefined || auditLine(stored) !== tail.line) return misfit(path, last?.seq ?? null);
  }
  if (tail.torn.length > 0) cutTorn(file, path, tail);
  return { kind: 'current', appended: appendAfter(file, last?.seq ?? 0, tail.end, source) };
}

function misfit(path: string, seq: number | null): ExportOutcome {
  const what =
    seq === null ? 'its last line is no audit record' : `its last record, ${seq}, is not the one in control.db`;
  return { kind: 'behind', reason: `cannot append to ${path}: ${what}; run \`cryptorun state doctor\`` };
}

/** @param end - the file's length, which it gets back when a write fails halfway */
function appendAfter(file: number, seq: number, end: number, source: AuditSource): number {
  let [lastSeq, length, appended] = [seq, end, 0];
  for (;;) {
    const records = source.auditAfter(lastSeq, BATCH);
    if (records.length === 0) break;
    const bytes = Buffer.from(records.map((record) => `${auditLine(record)}\n`).join(''));
    writeWhole(file, bytes, length);
    length += bytes.length;
    lastSeq = records.at(-1)!.seq;
    appended += records.length;
  }
  if (appended > 0) fsyncSync(file);
  return appended;
}

function writeWhole(file: number, bytes: Buffer, length: number): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  } catch (cause) {
    ftruncateSync(file, length);
    throw cause;
  }
}

interface Tail {
  /** The last whole line, without its newline; null: there is none. */
  readonly line: string | null;
  /** Where the last whole line ends, its newline included. */
  readonly end: number;
  /** What stands behind it. */
  readonly torn: Buffer;
}

/** Reads from the file's end back to the newline before its last whole line. */
function readTail(file: number): Tail {
  const { size } = fstatSync(file);
  for (let length = Math.min(size, TAIL_BYTES); ; length = Math.min(size, length * 2)) {
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, size - length);
    const last = bytes.lastIndexOf(NEWLINE);
    const before = last <= 0 ? -1 : bytes.lastIndexOf(NEWLINE, last - 1);
    if (before < 0 && length < size) continue;
    const line = last < 0 ? null : bytes.toString('utf8', before + 1, last);
    return { line, end: size - length + last + 1, torn: bytes.subarray(last + 1) };
  }
}

function cutTorn(file: number, path: string, { end, torn }: Tail): void {
  const aside = openToAppend(`${path}.torn`);
  try {
    writeSync(aside, Buffer.concat([torn, Buffer.from('\n')]));
    fsyncSync(aside);
  } finally {
    closeSync(aside);
  }
  ftruncateSync(file, end);
}

function openToAppend(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, PRIVATE_FILE_MODE);
}
