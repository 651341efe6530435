/** What one look at the operations state has at hand, and which of it may still be called known. Formats nothing. */

import type { AuditHead } from '../ops/audit/audit-record.ts';
import type { KillState } from '../ops/control/control.ts';
import { isSwitchRow, noDataRow, type StatusDocument, type StatusRow, sortedRows } from '../ops/status.ts';
import { killRows } from './kill-rows.ts';
import { ageText, instantText, shownValue } from './value-text.ts';

/**
 * How the scanner stands, by its heartbeat. Instants in ms since the epoch.
 *
 * - `alive`: it beats
 * - `stale`: its process is there, but its heart stopped
 * - `dead`: it beat once, and its process is gone
 * - `absent`: none ever ran here
 */
export type ScannerFact =
  | { readonly kind: 'alive' | 'stale' | 'dead' | 'stopped'; readonly lastHeartbeatMs: number | null }
  | { readonly kind: 'absent' };

/** The scanner's process as its heartbeat and the system tell; null: not told. */
export interface ProcessFact {
  readonly pid: number;
  /** Ms since the epoch. */
  readonly startedAtMs: number | null;
  readonly rssBytes: number | null;
}

/** Everything that a status shows. */
export interface StatusView {
  /** What was saved last, switches already as they stand now. */
  readonly document: StatusDocument;
  readonly scanner: ScannerFact;
  /** Null: there is none, or it is not known. */
  readonly scannerProcess: ProcessFact | null;
  /** From the control store, which is newer than the document; its own `killswitch` rows are not shown. */
  readonly kill: KillState;
  readonly auditHead: AuditHead | null;
  /** True: the scanner lives, but what it saved is from before it started, or older than it should be. */
  readonly isOutdated: boolean;
  /** What must be known beside the figures, a sentence each: the mode, why the state cannot be read. Mostly empty. */
  readonly notes: readonly string[];
}

/** A saved document with nothing known beside it, such as that of a replay. */
export function viewOf(document: StatusDocument): StatusView {
  const kill: KillState = { kind: 'released', releasedAtMs: null, revision: 0 };
  return {
    document,
    scanner: { kind: 'absent' },
    scannerProcess: null,
    kill,
    auditHead: null,
    isOutdated: false,
    notes: [],
  };
}

/**
 * The view's document as it may be shown: what only a live scanner can know is `NO DATA` when there is none, its last
 * value in the message, and the kill switch is that of the control store.
 *
 * Replays, drills and demos are of their own time: their rows stay.
 */
export function shownDocument(view: StatusView): StatusDocument {
  const lost = lostReason(view);
  const rows = view.document.rows
    .filter((row) => row.category !== 'killswitch')
    .map((row) => (lost !== null && isMeasured(row) ? lostRow(row, lost) : row));
  return { ...view.document, rows: sortedRows([...rows, ...killRows(view.kill)]) };
}

/** `scanner dead, last heartbeat 5 min ago`, with whatever is known of it. */
export function scannerText(scanner: ScannerFact, nowMs: number): string {
  if (scanner.kind === 'absent') return 'no scanner ever ran here';
  if (scanner.lastHeartbeatMs === null) return `scanner ${scanner.kind}, no heartbeat known`;
  if (scanner.kind === 'stopped') {
    return `scanner stopped in order at ${instantText(scanner.lastHeartbeatMs)}, ${ageText(nowMs - scanner.lastHeartbeatMs)}`;
  }
  return `scanner ${scanner.kind}, last heartbeat ${ageText(nowMs - scanner.lastHeartbeatMs)}`;
}

/** Is it the state of a scanner that runs now? Everything else is at best a memory. */
export function isLive({ document, scanner, isOutdated }: StatusView): boolean {
  return document.source.kind === 'live' && scanner.kind === 'alive' && !isOutdated;
}

/** Why the rows of a live document are known no more; null when they are. Without an age, so that the state is the same each time. */
export function lostReason(view: StatusView): string | null {
  const { document, scanner } = view;
  if (document.source.kind !== 'live' || isLive(view)) return null;
  return scanner.kind === 'alive' ? 'the scanner saves no status' : `scanner ${scanner.kind}`;
}

/** True for what a scanner found out; what config says of a trigger or a component stands without one. */
function isMeasured(row: StatusRow): boolean {
  if (isSwitchRow(row) || row.value === 'not_applicable') return false;
  return row.category !== 'trigger' || row.part !== 'level';
}

function lostRow(row: StatusRow, reason: string): StatusRow {
  if (row.status === 'NO DATA') return row;
  const was = [shownValue(row, ''), row.status ?? ''].filter((text) => text !== '').join(' ');
  const last = row.message === '' || was === '' ? was + row.message : `${was}: ${row.message}`;
  return noDataRow({ ...row, total: null }, last === '' ? reason : `${reason}; was ${last}`);
}
