/** Orders about alerts: what may be ordered, how it stands in the audit, and how it is read back from there. Knows no alert. */

import type { Json, JsonObject } from '../../base/json.ts';
import type { AlertCommand, Silence, SilenceMatcher } from '../../signal/detect/alert-effect.ts';
import type { AuditRecord } from '../audit/audit-record.ts';
import { refusalOf, tokenStanding } from './authority.ts';
import type { AlertAct, ControlOutcome } from './control.ts';
import { changed, reasonProblems, refused, type Turn } from './outcome.ts';

/** An order of the audit. `seq`: the number of its record there, so orders have a sequence, and none is without its record. */
export interface AlertOrder {
  readonly seq: number;
  readonly command: AlertCommand;
  readonly atMs: number;
}

/** Names of alerts and silences, and values of matchers; longer ones are refused, so that an audit line has a bound. */
const MAX_NAME = 300;
const MAX_MATCHERS = 20;

const LABELS: readonly SilenceMatcher['label'][] = ['type', 'priority', 'severity', 'venue', 'instrument'];
const MATCHES: readonly SilenceMatcher['kind'][] = ['equals', 'prefix'];

/**
 * Whether such an alert or silence is there is for the alerts to say: the document knows none. Switches whose time has run out
 * are left to the next change of another kind, so that whoever orders needs no config to know what they revert to.
 */
export function orderAlert(turn: Turn, act: AlertAct): ControlOutcome {
  const problems = act.kind === 'silence_add' ? silenceProblems(turn, act.silence) : nameProblems(nameOf(act));
  // Hearing alerts again is the safe direction: it needs no reason.
  if (act.kind !== 'silence_end') problems.push(...reasonProblems(turn));
  if (problems.length > 0) return refused(turn, 'usage', problems);
  const denial = refusalOf(act.kind, tokenStanding(turn.document, turn.request.tokenHash, turn.nowMs));
  if (denial !== null) return refused(turn, 'permission_denied', [denial]);
  const to = act.kind === 'silence_add' ? silenceValue(act.silence) : null;
  const untouched = { ...turn, document: turn.given, expired: [] };
  return changed(untouched, {}, [{ action: act.kind, target: nameOf(act), from: null, to }]);
}

/** Reads a record back. @returns null: it is no order about alerts, or one that cannot be read */
export function alertOrderOf(record: AuditRecord): AlertOrder | null {
  const command = record.result === 'done' ? commandOf(record) : null;
  return command === null ? null : { seq: record.seq, command, atMs: record.timeMs };
}

function commandOf({ action, target, actor, reason, to }: AuditRecord): AlertCommand | null {
  switch (action as AlertAct['kind']) {
    case 'alert_acknowledge':
      return { kind: 'alert_acknowledge', alert: target, actor: actor.user, reason };
    case 'alert_resolve':
      return { kind: 'alert_resolve', alert: target, actor: actor.user, reason };
    case 'silence_add': {
      const own = readSilence(to);
      return own && { kind: 'silence_add', silence: { id: target, ...own, actor: actor.user, reason } };
    }
    case 'silence_end':
      return { kind: 'silence_end', id: target, actor: actor.user };
    default:
      return null;
  }
}

function nameOf(act: AlertAct): string {
  switch (act.kind) {
    case 'silence_add':
      return act.silence.id;
    case 'silence_end':
      return act.id;
    default:
      return act.alert;
  }
}

function nameProblems(name: string): string[] {
  if (name.trim() === '') return ['no alert or silence is named'];
  return name.length > MAX_NAME ? [`a name is longer than ${MAX_NAME} characters`] : [];
}

type SilenceAct = Extract<AlertAct, { kind: 'silence_add' }>['silence'];
type SilenceValue = Pick<Silence, 'matchers' | 'startsAtMs' | 'endsAtMs'>;

function silenceProblems({ nowMs }: Turn, { id, matchers, startsAtMs, endsAtMs }: SilenceAct): string[] {
  const problems = nameProblems(id);
  // Without a matcher it would hold back every alert there is; `switch alerts off` says that, and is shown as that.
  if (matchers.length === 0) problems.push('a silence needs a matcher');
  if (matchers.length > MAX_MATCHERS) problems.push(`a silence has ${MAX_MATCHERS} matchers at most`);
  if (!matchers.every(isMatcher)) problems.push('a matcher has a label, `equals` or `prefix`, and a value');
  if (!Number.isFinite(startsAtMs) || !Number.isFinite(endsAtMs)) problems.push('a silence has a beginning and an end');
  else if (endsAtMs <= startsAtMs || endsAtMs <= nowMs) problems.push('a silence ends after it begins, and after now');
  return problems;
}

function silenceValue({ matchers, startsAtMs, endsAtMs }: SilenceValue): JsonObject {
  return { matchers: matchers.map((matcher) => ({ ...matcher })), startsAtMs, endsAtMs };
}

function readSilence(value: Json): SilenceValue | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { matchers, startsAtMs, endsAtMs } = value;
  if (typeof startsAtMs !== 'number' || typeof endsAtMs !== 'number' || !Array.isArray(matchers)) return null;
  const own: readonly unknown[] = matchers;
  return own.every(isMatcher) ? { matchers: own, startsAtMs, endsAtMs } : null;
}

function isMatcher(value: unknown): value is SilenceMatcher {
  const { label, kind, value: text, isNegated } = (value ?? {}) as Partial<Record<string, unknown>>;
  const isText = typeof text === 'string' && text.length <= MAX_NAME;
  const isKnown = (LABELS as readonly unknown[]).includes(label) && (MATCHES as readonly unknown[]).includes(kind);
  return isKnown && isText && typeof isNegated === 'boolean';
}
