/** What a heartbeat says of the scanner, as the core shows it. Reads no file. */

import type { ProcessFact, ScannerFact } from '../../../core/render/view.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';

/** A heartbeat that cannot be read is of a scanner that ran, and of which nothing is known. */
export function scannerOf(reading: HeartbeatReading): ScannerFact {
  if (reading.kind === 'absent') return { kind: 'absent' };
  if (reading.kind === 'unreadable') return { kind: 'stale', lastHeartbeatMs: null };
  return { kind: reading.kind, lastHeartbeatMs: reading.beat.writtenAtMs };
}

/** Its process, while it is there. @param rssBytes - null: not known */
export function processOf(reading: HeartbeatReading, rssBytes: number | null): ProcessFact | null {
  if (reading.kind !== 'alive' && reading.kind !== 'stale') return null;
  const { pid, startedAtMs } = reading.beat;
  return { pid, startedAtMs, rssBytes };
}
