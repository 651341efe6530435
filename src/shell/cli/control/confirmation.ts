/** Waits until the running scanner says by its heartbeat that it has seen a change. Sends it nothing: it looks by itself. */

import { isHarsher } from '../../../core/ops/kill-switch/levels.ts';
import type { KillLevel } from '../../../core/ops/ops-config.ts';
import { durationText } from '../../../core/render/value-text.ts';
import type { Heartbeat } from '../../stores/control/heartbeat-file.ts';
import type { Outside } from '../outside.ts';

/** Four heartbeats of a scan at rest: a scanner that is late by so much is not merely busy. */
export const STALE_AFTER_MS = 2000;
/** A fifth of the scanner's own look at the state: costs little, and adds little to the time measured. */
const POLL_MS = 5;

/**
 * - `no_scanner`: none runs here, so there is nobody to confirm
 * - `confirmed`: it has seen it, `tookMs` after the commit; 0: it was so before
 * - `silent`: it runs, or its process hangs, and has not said so in `waitedMs`
 */
export type Confirmation =
  | { readonly kind: 'no_scanner' }
  | { readonly kind: 'confirmed'; readonly pid: number; readonly session: string; readonly tookMs: number }
  | {
      readonly kind: 'silent';
      /** Null: its heartbeat cannot be read. */
      readonly pid: number | null;
      readonly session: string | null;
      readonly heartbeatAgeMs: number | null;
      readonly waitedMs: number;
    };

/** What is waited for. `seenAtMs`: when a beat saw it, wall clock; null: it has not yet. */
export interface Awaited {
  readonly committedAtMs: number;
  readonly seenAtMs: (beat: Heartbeat) => number | null;
}

/** That it obeys this revision of the control document, or a later one. */
export function revisionSeen(revision: number, committedAtMs: number): Awaited {
  return { committedAtMs, seenAtMs: (beat) => (beat.revisionSeen >= revision ? beat.writtenAtMs : null) };
}

/** That it has stopped at least as much as `level` asks. */
export function killSeen(level: KillLevel, committedAtMs: number): Awaited {
  const seenAtMs = ({ killLevel, killSeenAtMs, writtenAtMs }: Heartbeat): number | null =>
    killLevel === null || isHarsher(level, killLevel) ? null : (killSeenAtMs ?? writtenAtMs);
  return { committedAtMs, seenAtMs };
}

/** That nothing is stopped any more. */
export function releaseSeen(committedAtMs: number): Awaited {
  return { committedAtMs, seenAtMs: (beat) => (beat.killLevel === null ? beat.writtenAtMs : null) };
}

/** Looks at the heartbeat until it shows what is awaited, or `timeoutMs` have passed. Returns at once without a scanner. */
export async function confirmation(
  stateDir: string,
  awaited: Awaited,
  timeoutMs: number,
  outside: Outside,
): Promise<Confirmation> {
  const { readHeartbeat, readBootId } = await import('../../stores/control/heartbeat-file.ts');
  const bootId = readBootId();
  const startMs = outside.nowMs();
  for (;;) {
    const nowMs = outside.nowMs();
    const reading = readHeartbeat(stateDir, { nowMs, staleAfterMs: STALE_AFTER_MS, bootId });
    if (reading.kind === 'absent' || reading.kind === 'dead') return { kind: 'no_scanner' };
    const beat = reading.kind === 'unreadable' ? null : reading.beat;
    const seenAtMs = beat === null || reading.kind === 'stale' ? null : awaited.seenAtMs(beat);
    if (beat !== null && seenAtMs !== null) {
      const tookMs = Math.max(0, seenAtMs - awaited.committedAtMs);
      return { kind: 'confirmed', pid: beat.pid, session: beat.session, tookMs };
    }
    if (nowMs - startMs >= timeoutMs) {
      const heartbeatAgeMs = reading.kind === 'unreadable' ? null : reading.ageMs;
      const [pid, session] = [beat?.pid ?? null, beat?.session ?? null];
      return { kind: 'silent', pid, session, heartbeatAgeMs, waitedMs: nowMs - startMs };
    }
    await outside.sleep(POLL_MS);
  }
}

/** One line for people. */
export function confirmationText(result: Confirmation): string {
  if (result.kind === 'no_scanner') return 'no scanner is running';
  if (result.kind === 'confirmed') {
    const when = result.tookMs === 0 ? 'it was so already' : `after ${result.tookMs.toFixed(0)} ms`;
    return `the scanner ${nameOf(result)} has confirmed it, ${when}`;
  }
  const { heartbeatAgeMs, waitedMs } = result;
  const age = heartbeatAgeMs === null ? 'its heartbeat cannot be read' : `last heartbeat ${ageText(heartbeatAgeMs)}`;
  return `the scanner ${nameOf(result)} has not confirmed it within ${waitedMs.toFixed(0)} ms; ${age}`;
}

function nameOf({ pid, session }: { readonly pid: number | null; readonly session: string | null }): string {
  if (pid === null) return 'of this state';
  return session === null || session === '' ? `pid ${pid}` : `pid ${pid} (${session})`;
}

function ageText(ms: number): string {
  return ms < 1000 ? `${Math.max(0, ms).toFixed(0)} ms ago` : `${durationText(ms)} ago`;
}
