/** One command's turn: what it is judged by, and its three ways to end. Knows no command. */

import type { AuditEntry } from '../audit/audit-record.ts';
import type { ControlDefaults, ControlDocument, ControlOutcome, ControlRequest, RefusalCode } from './control.ts';
import { configValue, settingValue } from './recorded.ts';
import { type ExpiredSetting, settle } from './switch-states.ts';

/** Longer reasons are refused (of `engage`: cut), so that an audit line has a bound. UTF-16 units. */
export const MAX_REASON = 1000;

export interface Turn {
  /** As it came. */
  readonly given: ControlDocument;
  /** The same with everything reverted that has run out: what the command is judged against. */
  readonly document: ControlDocument;
  readonly expired: readonly ExpiredSetting[];
  readonly request: ControlRequest;
  readonly defaults: ControlDefaults;
  /** Whole ms, as the audit has it. */
  readonly nowMs: number;
  /** Of the document that a change leads to. */
  readonly revision: number;
}

/** What a command's own audit entries differ in; the rest is the request's. */
export type EntryParts = Pick<AuditEntry, 'action' | 'target' | 'from' | 'to'> & Partial<AuditEntry>;

export function turnOf(given: ControlDocument, request: ControlRequest, defaults: ControlDefaults): Turn {
  const nowMs = Math.floor(request.atMs);
  const { switches, expired } = settle(given.switches, defaults, nowMs);
  return { given, document: { ...given, switches }, expired, request, defaults, nowMs, revision: given.revision + 1 };
}

/** One revision on. What ran out before is written down with it, and first. */
export function changed(turn: Turn, change: Partial<ControlDocument>, entries: readonly EntryParts[]): ControlOutcome {
  const document = { ...turn.document, ...change, revision: turn.revision };
  const own = entries.map((parts): AuditEntry => ({ ...entryBase(turn), revision: turn.revision, ...parts }));
  return { kind: 'changed', document, entries: [...turn.expired.map((each) => expiryEntry(turn, each)), ...own] };
}

export function unchanged(turn: Turn): ControlOutcome {
  return { kind: 'unchanged', document: turn.given };
}

/** Without a trace. @param problems - all of them, each a text without a full stop */
export function refused(turn: Turn, code: RefusalCode, problems: readonly string[]): ControlOutcome {
  return { kind: 'refused', code, message: problems.join('; '), document: turn.given, entries: [] };
}

/** The same, with an entry that says what was wanted and why not. */
export function refusedOnRecord(
  turn: Turn,
  code: RefusalCode,
  problems: readonly string[],
  parts: Pick<EntryParts, 'action' | 'target' | 'from'>,
): ControlOutcome {
  const to = { refused: [...problems] };
  const entry: AuditEntry = { ...entryBase(turn), ...parts, to, revision: turn.given.revision, result: 'refused' };
  return { kind: 'refused', code, message: problems.join('; '), document: turn.given, entries: [entry] };
}

/** What is wrong with the reason of a command that needs one. */
export function reasonProblems({ request }: Turn): string[] {
  if (request.reason.trim() === '') return ['a reason is needed'];
  return request.reason.length > MAX_REASON ? [`the reason is longer than ${MAX_REASON} characters`] : [];
}

function entryBase({
  request,
  nowMs,
}: Turn): Pick<AuditEntry, 'timeMs' | 'actor' | 'reason' | 'result' | 'recordedLate'> {
  const { actor } = request;
  return { timeMs: nowMs, actor, reason: request.reason.slice(0, MAX_REASON), result: 'done', recordedLate: false };
}

/** In the name of who set it, at the moment it ran out. */
function expiryEntry({ revision }: Turn, { name, setting, reverted }: ExpiredSetting): AuditEntry {
  return {
    timeMs: setting.expiresAtMs,
    actor: { ...setting.actor, via: 'expiry' },
    action: 'expire_switch',
    target: name,
    from: settingValue(setting),
    to: reverted === null ? configValue(setting.revertsTo) : settingValue(reverted),
    revision,
    reason: setting.reason,
    result: 'done',
    recordedLate: true,
  };
}
