/** Decides about the kill switch's latch: engaging always works, releasing only when everything holds. Stops nothing itself. */

import { INVALID_TIME, isoText } from '../../base/time.ts';
import { KILL_LEVELS } from '../ops-config.ts';
import { refusalOf, tokenStanding } from './authority.ts';
import type { ControlCommand, ControlOutcome, KillState } from './control.ts';
import { changed, MAX_REASON, reasonProblems, refusedOnRecord, type Turn, unchanged } from './outcome.ts';
import { KILL_TARGET, killValue } from './recorded.ts';

type Engage = Extract<ControlCommand, { kind: 'engage' }>;
type Release = Extract<ControlCommand, { kind: 'release' }>;
type Engaged = Extract<KillState, { kind: 'engaged' }>;

const NO_REASON = 'no reason given';

/**
 * Needs nothing and is never refused.
 *
 * A level that is not harsher than the one engaged leaves the latch as it is, but is recorded (`asked` in `to`): somebody
 * wanted to stop, and the audit says so. The same engagement told twice, by two processes that saw one file, is one.
 */
export function engage(turn: Turn, command: Engage): ControlOutcome {
  const { kill } = turn.document;
  const asked = engagementOf(turn, command);
  if (kill.kind === 'engaged' && isSameEngagement(kill, asked)) return unchanged(turn);
  const next = kill.kind === 'released' || isHarsher(asked, kill) ? asked : kill;
  return changed(turn, { kill: next }, [
    {
      action: 'engage_kill_switch',
      target: KILL_TARGET,
      from: killValue(kill),
      to: { ...killValue(next), asked: command.level },
      timeMs: asked.engagedAtMs,
      reason: asked.reason,
      recordedLate: command.recordedLate,
    },
  ]);
}

/** Needs an admin, every check passed, and something to release; a refusal names everything that is missing. */
export function release(turn: Turn, { checks }: Release): ControlOutcome {
  const { kill } = turn.document;
  const parts = { action: 'release_kill_switch', target: KILL_TARGET, from: killValue(kill) } as const;
  const usage = reasonProblems(turn);
  if (usage.length > 0) return refusedOnRecord(turn, 'usage', usage, parts);
  const denial = refusalOf('release', tokenStanding(turn.document, turn.request.tokenHash, turn.nowMs));
  const unmet = unmetConditions(kill, checks);
  const problems = denial === null ? unmet : [denial, ...unmet];
  const code = denial === null ? 'precondition_failed' : 'permission_denied';
  if (problems.length > 0) return refusedOnRecord(turn, code, problems, parts);
  const released: KillState = { kind: 'released', releasedAtMs: turn.nowMs, revision: turn.revision };
  const passed = checks.map(({ name, evidence }) => ({ name, evidence }));
  return changed(turn, { kill: released }, [{ ...parts, to: { ...killValue(released), checks: passed } }]);
}

/** Whatever could not be told is filled in: a text file made with `touch` says nothing at all. */
function engagementOf({ request, nowMs, revision }: Turn, command: Engage): Engaged {
  const { level, source, trigger } = command;
  const engagedAtMs = isoText(command.engagedAtMs) === INVALID_TIME ? nowMs : Math.floor(command.engagedAtMs);
  const reason = request.reason.trim() === '' ? NO_REASON : request.reason.slice(0, MAX_REASON);
  const operator = command.operator.trim() === '' ? request.actor.user : command.operator;
  return { kind: 'engaged', level, engagedAtMs, reason, operator, source, trigger, revision };
}

function isSameEngagement(a: Engaged, b: Engaged): boolean {
  const isSameWay = a.source === b.source && a.trigger === b.trigger;
  return isSameWay && a.level === b.level && a.engagedAtMs === b.engagedAtMs;
}

function isHarsher(a: Engaged, b: Engaged): boolean {
  return KILL_LEVELS.indexOf(a.level) > KILL_LEVELS.indexOf(b.level);
}

function unmetConditions(kill: KillState, checks: Release['checks']): string[] {
  if (kill.kind === 'released') return ['the kill switch is not engaged'];
  // No checks is not the same as no failed check.
  if (checks.length === 0) return ['no check was made'];
  return checks.filter((check) => !check.isPassed).map((check) => `check ${check.name} failed: ${check.evidence}`);
}
