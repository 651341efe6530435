/** What a scanner's last heartbeat says about the kill switch, for the scanner that starts after it. Reads and writes no file. */

import type { ControlDocument } from '../../../core/ops/control/control.ts';
import type { KillLatch } from '../../../core/ops/kill-switch/latch.ts';
import { isHarsher } from '../../../core/ops/kill-switch/levels.ts';
import type { KillLevel } from '../../../core/ops/ops-config.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';

/** A scanner that stopped while engaged starts engaged, whatever became of the file since; unless the document knows better. */
export function restoredLatch(
  reading: HeartbeatReading,
  document: ControlDocument | null,
  nowMs: number,
): KillLatch | null {
  if (reading.kind === 'absent' || reading.kind === 'unreadable') return null;
  const { killLevel, killSeenAtMs, revisionSeen } = reading.beat;
  if (killLevel === null || isSettled(document, killLevel, revisionSeen)) return null;
  return {
    kind: 'engaged',
    level: killLevel,
    engagedAtMs: killSeenAtMs ?? nowMs,
    reason: 'engaged when the scanner before this one stopped',
    operator: 'unknown',
    source: 'command',
    trigger: null,
    seenRevision: revisionSeen,
    releaseAfterRevision: revisionSeen,
    fileAtMs: null,
  };
}

/** Whether the document tells it whole: engaged at least as harshly, with who and why; or released since. */
function isSettled(document: ControlDocument | null, level: KillLevel, revisionSeen: number): boolean {
  if (document === null) return false;
  const { kill } = document;
  return kill.kind === 'engaged' ? !isHarsher(level, kill.level) : kill.revision > revisionSeen;
}
