/**
 * Writes down an engagement that nobody could write down when it happened: a touched `KILL`, or one made beside a locked
 * database. Engages and releases nothing by itself.
 */

import type { ControlDefaults, ControlRequest, KillState } from '../../../core/ops/control/control.ts';
import { isHarsher } from '../../../core/ops/kill-switch/levels.ts';
import type { ControlChange, ControlStore } from '../../stores/control/control-store.ts';
import type { KillFileState } from '../../stores/control/kill-file-state.ts';

/**
 * A release is committed before its `KILL` is taken away. Who looks in between must not take the file for a new engagement;
 * who looks later finds what a crash in between left, which is engaged and says so.
 */
const RELEASE_GRACE_MS = 10_000;

/**
 * Whether `KILL` says something that the document does not have.
 *
 * One that stops no more than what is engaged already is no news.
 */
export function isUnrecorded(file: KillFileState, kill: KillState, nowMs: number): boolean {
  if (file.kind === 'absent') return false;
  const level = file.kind === 'engaged' ? file.level : 'kill';
  if (kill.kind === 'engaged') return isHarsher(level, kill.level);
  const releasedAtMs = kill.releasedAtMs ?? Number.NEGATIVE_INFINITY;
  const isOfRelease = file.kind === 'engaged' && file.engagedAtMs <= releasedAtMs;
  return !(isOfRelease && nowMs - releasedAtMs < RELEASE_GRACE_MS);
}

/** The request that records it, with the engagement's own time, reason and operator. @param host - of who found it */
export function lateRequest(
  file: Exclude<KillFileState, { kind: 'absent' }>,
  host: string,
  nowMs: number,
): ControlRequest {
  const said =
    file.kind === 'engaged'
      ? { level: file.level, source: file.source, operator: file.operator, engagedAtMs: file.engagedAtMs }
      : ({ level: 'kill', source: 'file', operator: 'unknown', engagedAtMs: nowMs } as const);
  return {
    command: { kind: 'engage', ...said, trigger: null, recordedLate: true },
    actor: { user: said.operator, host, via: said.source === 'command' ? 'cli' : said.source },
    reason: file.reason,
    atMs: nowMs,
    tokenHash: null,
  };
}

/**
 * Records it in an open store, for every process that opens one.
 *
 * @returns null: there was nothing to record
 * @throws CryptorunError as `ControlStore.change`
 */
export function recordLate(
  store: ControlStore,
  file: KillFileState,
  defaults: ControlDefaults,
  host: string,
  nowMs: number,
): ControlChange | null {
  if (file.kind === 'absent' || !isUnrecorded(file, store.read().document.kill, nowMs)) return null;
  return store.change(lateRequest(file, host, nowMs), defaults);
}
