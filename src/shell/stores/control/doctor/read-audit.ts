/** Reads an audit, from the store or from its export, piece by piece, whatever its length. Judges and repairs nothing. */

import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { AuditRecord } from '../../../../core/ops/audit/audit-record.ts';
import type { ChainEvidence } from '../../../../core/ops/audit/verify-chain.ts';
import { storeError } from '../../atomic-file.ts';
import type { ControlStore } from '../control-store.ts';
import type { AuditSource } from '../sqlite/audit-export.ts';

const BATCH = 500;
const CHUNK_BYTES = 65_536;

/** All records of a store, oldest first. */
export function* storedRecords(store: AuditSource): Generator<AuditRecord> {
  for (let seq = 0; ; ) {
    const records = store.auditAfter(seq, BATCH);
    yield* records;
    if (records.length < BATCH) return;
    seq = records.at(-1)!.seq;
  }
}

/** What a store knows of the chain, to judge its export by. */
export function evidenceOf(store: Pick<ControlStore, 'read' | 'auditAfter'>): ChainEvidence {
  return {
    storeHead: store.read().auditHead,
    storeHashAt: (seq) => store.auditAfter(seq - 1, 1)[0]?.hash ?? null,
  };
}

/**
 * The lines of an export without their newlines; a last one that has no newline is torn, and comes too.
 *
 * @throws CryptorunError `permission_denied` or `io_failed`, also when there is no such file
 */
export function* exportLines(path: string): Generator<string> {
  let rest = '';
  for (const text of chunks(path)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function* chunks(path: string): Generator<string> {
  const decoder = new StringDecoder('utf8');
  const bytes = Buffer.alloc(CHUNK_BYTES);
  const file = opened(path);
  try {
    for (let length = -1; length !== 0; ) {
      length = readSync(file, bytes, 0, CHUNK_BYTES, null);
      yield decoder.write(bytes.subarray(0, length));
    }
    yield decoder.end();
  } catch (cause) {
    throw storeError(`cannot read ${path}`, cause);
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw storeError(`cannot read ${path}`, cause);
  }
}
