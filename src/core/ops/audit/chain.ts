/**
 * Chains audit records by hash and writes them as lines. Judges no chain (`verify-chain.ts` does) and stores nothing.
 *
 * A chain shows every edit and deletion inside it. It cannot show that its end was cut off, nor that it was written anew
 * from the start: for that somebody must have kept a head (`AuditHead`) elsewhere.
 */

import { assert } from '../../base/assert.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import { sha256Hex } from '../../base/sha256.ts';
import { INVALID_TIME, isoText, parseIsoMs } from '../../base/time.ts';
import { compareText } from '../status.ts';
import type { AuditEntry, AuditHead, AuditRecord } from './audit-record.ts';

/** What stands as `prev` in the first record. */
export const NO_HASH = '0'.repeat(64);

/**
 * The next link of the chain.
 *
 * The time is cut to whole ms, towards the past, because the line has no more.
 *
 * @param head - the newest record's place; null: there is none yet
 */
export function seal(entry: AuditEntry, head: AuditHead | null): AuditRecord {
  const link = { ...entry, timeMs: Math.floor(entry.timeMs), seq: (head?.seq ?? 0) + 1, prev: head?.hash ?? NO_HASH };
  return { ...link, hash: hashOf(link) };
}

/** Seals several entries in order. */
export function sealAll(entries: readonly AuditEntry[], head: AuditHead | null): AuditRecord[] {
  const records: AuditRecord[] = [];
  for (const entry of entries) records.push(seal(entry, records.at(-1) ?? head));
  return records;
}

/** SHA-256 of `prev`, then of the canonical JSON of all members but `prev` and `hash`, as in the line. Lower-case hex. */
export function hashOf(link: Omit<AuditRecord, 'hash'>): string {
  return sha256Hex(link.prev + canonicalJson(membersOf(link)));
}

/** The record as the export holds it: one line of JSON, members in the documented order, without the newline. */
export function auditLine(record: AuditRecord): string {
  return JSON.stringify({ ...membersOf(record), prev: record.prev, hash: record.hash });
}

/**
 * Reads a line back.
 *
 * Only what `auditLine` itself writes is taken, byte for byte: a line with a member more, or one twice, or a space, says
 * something that its hash does not cover.
 *
 * @returns null for every other text. The hash is not checked.
 */
export function parseAuditLine(text: string): AuditRecord | null {
  const value = parsed(text);
  if (!isRecordJson(value)) return null;
  const { ts, ...rest } = value;
  const record: AuditRecord = { timeMs: parseIsoMs(ts), ...rest };
  if (!Number.isInteger(record.timeMs)) return null;
  return auditLine(record) === text ? record : null;
}

/** JSON with the keys of every object in code-unit order and no spaces, so that equal values have one text. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.keys(value).sort(compareText);
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`).join(',')}}`;
}

/** Everything that the hash covers beside `prev`, in the line's order. */
function membersOf(link: Omit<AuditRecord, 'hash'>): JsonObject {
  const { seq, timeMs, actor, action, target, from, to, revision, reason, result, recordedLate } = link;
  const ts = isoText(timeMs);
  assert(ts !== INVALID_TIME, 'an audit record has a time that can be written down');
  const { user, host, via } = actor;
  return { seq, ts, actor: { user, host, via }, action, target, from, to, revision, reason, result, recordedLate };
}

type RecordJson = Omit<AuditRecord, 'timeMs'> & { readonly ts: string };

/** Null when it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  seq: 'number',
  ts: 'string',
  action: 'string',
  target: 'string',
  revision: 'number',
  reason: 'string',
  recordedLate: 'boolean',
  prev: 'string',
  hash: 'string',
};

function isRecordJson(value: unknown): value is RecordJson {
  if (!isObject(value) || !isObject(value['actor'])) return false;
  const { actor, from, to, result } = value;
  const isTyped = Object.keys(TYPES).every((key) => typeof value[key] === TYPES[key]);
  const isActor = ['user', 'host', 'via'].every((key) => typeof actor[key] === 'string');
  return isTyped && isActor && from !== undefined && to !== undefined && (result === 'done' || result === 'refused');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
