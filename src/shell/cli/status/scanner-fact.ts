/** What a heartbeat says of the scanner, as the core shows it. Reads no file. */

import { type ProcessFact, type ScannerFact, scannerText } from '../../../core/render/view.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';

/** A heartbeat that cannot be read is of a scanner that ran, and of which nothing is known. */
export function scannerOf(reading: HeartbeatReading): ScannerFact {
  if (reading.kind === 'absent') return { kind: 'absent' };
  if (reading.kind === 'unreadable') return { kind: 'stale', lastHeartbeatMs: null };
  const { writtenAtMs } = reading.beat;
  return { kind: stoppedAtMs(reading) === null ? reading.kind : 'stopped', lastHeartbeatMs: writtenAtMs };
}

/** When the scanner ended in order; null: it did not, or its process is still there. */
export function stoppedAtMs(reading: HeartbeatReading): number | null {
  return reading.kind === 'dead' ? (reading.beat.stoppedAtMs ?? null) : null;
}

/** `scanner stopped in order at 2026-03-01 12:00:00 UTC, 5 min ago`; else as its heartbeat says. */
export function scannerWords(reading: HeartbeatReading, nowMs: number): string {
  return scannerText(scannerOf(reading), nowMs);
}

/** Its process, while it is there. @param rssBytes - null: not known */
export function processOf(reading: HeartbeatReading, rssBytes: number | null): ProcessFact | null {
  if (reading.kind !== 'alive' && reading.kind !== 'stale') return null;
  const { pid, startedAtMs } = reading.beat;
  return { pid, startedAtMs, rssBytes };
}
