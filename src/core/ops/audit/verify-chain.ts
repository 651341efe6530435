/** Finds what was edited, deleted, moved or cut off in an audit chain, one line at a time. Repairs nothing. */

import { INVALID_TIME, isoText } from '../../base/time.ts';
import type { AuditHead, AuditRecord } from './audit-record.ts';
import { hashOf, NO_HASH, parseAuditLine } from './chain.ts';

/**
 * A sign that the chain is not as it was written. `line` counts from 1.
 *
 * - `edited`: its hash is not that of its content, or it is not the text that we write
 * - `unreadable`: no JSON at all, and not the last line
 * - `missing`: the records `fromSeq` to `toSeq` are not where they belong
 * - `out_of_order`: a record that comes again, or after a later one
 * - `broken_link`: its `prev` is not the hash of the record before: one of the two was written anew
 * - `truncated`: it ends before the anchor
 * - `anchor_differs`: the anchor's record is there, with another hash
 * - `store_behind`: the store ends before the export does: the store was cut off, or put back from an older copy
 * - `store_differs`: export and store have different records at the same place
 */
export type ChainFinding =
  | { readonly kind: 'edited'; readonly line: number; readonly seq: number | null }
  | { readonly kind: 'unreadable'; readonly line: number }
  | { readonly kind: 'missing'; readonly line: number; readonly fromSeq: number; readonly toSeq: number }
  | { readonly kind: 'out_of_order'; readonly line: number; readonly seq: number; readonly dueSeq: number }
  | { readonly kind: 'broken_link'; readonly line: number; readonly seq: number }
  | { readonly kind: 'truncated'; readonly lastSeq: number; readonly anchorSeq: number }
  | { readonly kind: 'anchor_differs'; readonly seq: number }
  | { readonly kind: 'store_behind'; readonly lastSeq: number; readonly storeSeq: number }
  | { readonly kind: 'store_differs'; readonly seq: number };

/**
 * Something to know that is no tampering.
 *
 * - `torn_tail`: the last line is unfinished, as after a crash or a full disk; the next writer replaces it
 * - `export_behind`: so many of the store's records are not exported yet; the next writer appends them
 */
export type ChainNote =
  | { readonly kind: 'torn_tail'; readonly line: number }
  | { readonly kind: 'export_behind'; readonly count: number };

export type ChainVerdict =
  | {
      readonly kind: 'intact';
      readonly head: AuditHead | null;
      readonly count: number;
      readonly notes: readonly ChainNote[];
    }
  | {
      readonly kind: 'broken';
      /** The first `MAX_FINDINGS`, in the order met. */
      readonly findings: readonly ChainFinding[];
      readonly findingCount: number;
      readonly count: number;
      readonly notes: readonly ChainNote[];
    };

/** What is known of the chain from elsewhere. */
export interface ChainEvidence {
  /** A head that somebody kept: everything up to it must be there, unchanged. */
  readonly anchor?: AuditHead | null;
  /** For an export: where the store stands (null: it has no record); left out: there is no store to compare with. */
  readonly storeHead?: AuditHead | null;
  /** The hash that the store has at a place up to its head. Without it an export that lags is compared with nothing. */
  readonly storeHashAt?: (seq: number) => string | null;
}

export const MAX_FINDINGS = 100;

/** Verifies a whole chain: lines without their newlines, or records. */
export function verifyChain(items: Iterable<string | AuditRecord>, evidence: ChainEvidence = {}): ChainVerdict {
  const verifier = new ChainVerifier(evidence);
  for (const item of items) verifier.add(item);
  return verifier.verdict();
}

/** One verification under way; holds one line at a time, whatever the file's length. */
export class ChainVerifier {
  readonly #evidence: ChainEvidence;
  readonly #findings: ChainFinding[] = [];
  #findingCount = 0;
  #count = 0;
  #line = 0;
  #lastSeq = 0;
  /** What the next record's `prev` must be; null after a record that cannot be trusted. */
  #lastHash: string | null = NO_HASH;
  /** A line that is no JSON: torn if it stays the last. */
  #unreadable: { line: number; isEmpty: boolean } | null = null;

  constructor(evidence: ChainEvidence = {}) {
    this.#evidence = evidence;
  }

  /** Takes the next line, without its newline, or the next record. */
  add(item: string | AuditRecord): void {
    this.#line += 1;
    this.#settleUnreadable();
    const record = typeof item === 'string' ? parseAuditLine(item) : item;
    if (record === null) this.#addUnread(item as string);
    else if (!isSelfConsistent(record)) this.#distrust({ kind: 'edited', line: this.#line, seq: record.seq });
    else this.#addRecord(record);
  }

  /** The end was reached. Ask once. */
  verdict(): ChainVerdict {
    const notes = [...this.#tornTail(), ...this.#compareWithStore()];
    const { anchor } = this.#evidence;
    if (anchor && anchor.seq > this.#lastSeq) {
      this.#find({ kind: 'truncated', lastSeq: this.#lastSeq, anchorSeq: anchor.seq });
    }
    const count = this.#count;
    if (this.#findingCount > 0) {
      return { kind: 'broken', findings: this.#findings, findingCount: this.#findingCount, count, notes };
    }
    return { kind: 'intact', head: this.#head(), count, notes };
  }

  #addRecord(record: AuditRecord): void {
    const dueSeq = this.#lastSeq + 1;
    const { seq } = record;
    if (seq < dueSeq) {
      // What was moved does not move the place, so that the records after it are not blamed for it.
      this.#find({ kind: 'out_of_order', line: this.#line, seq, dueSeq });
      return;
    }
    if (seq > dueSeq) this.#find({ kind: 'missing', line: this.#line, fromSeq: dueSeq, toSeq: seq - 1 });
    else if (this.#lastHash !== null && record.prev !== this.#lastHash) {
      this.#find({ kind: 'broken_link', line: this.#line, seq });
    }
    this.#compareWithAnchor(record);
    this.#count += 1;
    this.#lastSeq = seq;
    this.#lastHash = record.hash;
  }

  #compareWithAnchor({ seq, hash }: AuditRecord): void {
    const { anchor } = this.#evidence;
    if (anchor?.seq === seq && anchor.hash !== hash) this.#find({ kind: 'anchor_differs', seq });
  }

  #addUnread(line: string): void {
    if (isJson(line)) this.#distrust({ kind: 'edited', line: this.#line, seq: null });
    else this.#unreadable = { line: this.#line, isEmpty: line === '' };
  }

  /** Another line follows: so the unreadable one was not the torn end. */
  #settleUnreadable(): void {
    if (this.#unreadable === null) return;
    const { line } = this.#unreadable;
    this.#unreadable = null;
    this.#distrust({ kind: 'unreadable', line });
  }

  /** Counts the line as the record that was due, since nothing that it says of itself, nor its place, can be believed. */
  #distrust(finding: ChainFinding): void {
    this.#find(finding);
    this.#lastSeq += 1;
    this.#lastHash = null;
  }

  #tornTail(): ChainNote[] {
    const tail = this.#unreadable;
    return tail === null || tail.isEmpty ? [] : [{ kind: 'torn_tail', line: tail.line }];
  }

  #compareWithStore(): ChainNote[] {
    const { storeHead } = this.#evidence;
    if (storeHead === undefined) return [];
    const storeSeq = storeHead?.seq ?? 0;
    const seq = this.#lastSeq;
    if (storeSeq < seq) this.#find({ kind: 'store_behind', lastSeq: seq, storeSeq });
    else if (storeHead !== null && this.#differsFrom(storeHead)) this.#find({ kind: 'store_differs', seq });
    return storeSeq > seq ? [{ kind: 'export_behind', count: storeSeq - seq }] : [];
  }

  /** Equal hashes at one place prove equal records up to it. */
  #differsFrom(storeHead: AuditHead): boolean {
    if (this.#lastSeq === 0 || this.#lastHash === null) return false;
    const isSamePlace = storeHead.seq === this.#lastSeq;
    const hash = isSamePlace ? storeHead.hash : this.#evidence.storeHashAt?.(this.#lastSeq);
    return hash !== undefined && hash !== this.#lastHash;
  }

  #head(): AuditHead | null {
    return this.#lastSeq === 0 ? null : { seq: this.#lastSeq, hash: this.#lastHash! };
  }

  #find(finding: ChainFinding): void {
    this.#findingCount += 1;
    if (this.#findings.length < MAX_FINDINGS) this.#findings.push(finding);
  }
}

/** The hash covers whole ms only, so a record of a store with more than these was not written by us. */
function isSelfConsistent(record: AuditRecord): boolean {
  const isTimed = Number.isInteger(record.timeMs) && isoText(record.timeMs) !== INVALID_TIME;
  return isTimed && hashOf(record) === record.hash;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
