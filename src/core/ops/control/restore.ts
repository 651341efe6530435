/** Rebuilds the control document from its audit, for when the document is lost. Trusts the records: verify the chain first. */

import type { AuditRecord } from '../audit/audit-record.ts';
import type { BreakerIsolation, ControlDocument, KillState, RunMode, SwitchSetting } from './control.ts';
import { emptyDocument } from './decide.ts';
import { type Action, readKillValue, readMode, readSwitchValue } from './recorded.ts';

/** Who restores, when and why: it becomes the engagement, unless one is proven. */
export interface Restoration {
  readonly atMs: number;
  readonly operator: string;
  readonly reason: string;
}

export interface Rebuilt {
  /**
   * Always engaged, at the recorded level or at `kill`: what was lost may have said so. Without tokens: their hashes are not
   * in the audit, so the first admin token has to be made anew.
   */
  readonly document: ControlDocument;
  /** Records of changes that could not be read, by `seq`. What they were about is in its safe state. */
  readonly unreadableSeqs: readonly number[];
}

/** @param records - the whole chain, oldest first */
export function rebuildDocument(records: Iterable<AuditRecord>, restoration: Restoration): Rebuilt {
  const draft = draftOf();
  const unreadableSeqs: number[] = [];
  for (const record of records) {
    draft.revision = Math.max(draft.revision, record.revision);
    if (record.result === 'done' && !applied(draft, record)) unreadableSeqs.push(record.seq);
  }
  const revision = draft.revision + 1;
  const { mode, kill } = draft;
  const document: ControlDocument = {
    ...emptyDocument(),
    revision,
    switches: Object.fromEntries(draft.switches),
    kill: kill.kind === 'engaged' ? kill : lostEngagement(restoration, revision),
    mode,
    isolatedBreakers: Object.fromEntries(draft.isolatedBreakers),
  };
  return { document, unreadableSeqs };
}

/** A document under way. */
interface Draft {
  revision: number;
  kill: KillState;
  mode: RunMode;
  readonly switches: Map<string, SwitchSetting>;
  readonly isolatedBreakers: Map<string, BreakerIsolation>;
}

function draftOf(): Draft {
  const { revision, kill, mode } = emptyDocument();
  return { revision, kill, mode, switches: new Map(), isolatedBreakers: new Map() };
}

/** @returns false: a change that cannot be read */
function applied(draft: Draft, record: AuditRecord): boolean {
  const { action, target, actor, reason, timeMs } = record;
  switch (action as Action) {
    case 'set_switch':
    case 'expire_switch':
    case 'forget_switch':
      return appliedSwitch(draft, record);
    case 'engage_kill_switch':
    case 'release_kill_switch':
      return appliedKill(draft, record);
    case 'set_mode':
      draft.mode = readMode(record.to) ?? 'halted';
      return draft.mode === record.to;
    case 'isolate_breaker':
      draft.isolatedBreakers.set(target, { sinceMs: timeMs, reason, actor });
      return true;
    case 'release_breaker':
      draft.isolatedBreakers.delete(target);
      return true;
    case 'create_token':
    case 'revoke_token':
    case 'alert_acknowledge':
    case 'alert_resolve':
    case 'silence_add':
    case 'silence_end':
      return true;
    default:
      // What `record` commands wrote changed nothing in the document.
      return true;
  }
}

function appliedSwitch({ switches }: Draft, record: AuditRecord): boolean {
  const { target, actor, reason, timeMs } = record;
  const value = readSwitchValue(record.to);
  if (value === 'config') {
    switches.delete(target);
    return true;
  }
  const safe = { isOn: false, expiresAtMs: null, revertsTo: false };
  // Running out does not move a setting's revision.
  const set = record.action === 'expire_switch' ? switches.get(target) : undefined;
  const revision = set?.revision ?? record.revision;
  switches.set(target, { ...(value ?? safe), revision, changedAtMs: timeMs, actor, reason });
  return value !== null;
}

function appliedKill(draft: Draft, record: AuditRecord): boolean {
  const kill = readKillValue(record.to);
  // Forgotten rather than kept: what was engaged may have been made harsher, and what is not known ends as `kill`.
  draft.kill = kill ?? emptyDocument().kill;
  return kill !== null;
}

function lostEngagement({ atMs, operator, reason }: Restoration, revision: number): KillState {
  const engagedAtMs = Math.floor(atMs);
  return {
    kind: 'engaged',
    level: 'kill',
    engagedAtMs,
    reason,
    operator,
    source: 'state_unreadable',
    trigger: null,
    revision,
  };
}
