/** The heartbeat that a scanner leaves when it ends in order, and how it is told from that of one that died. Writes no file. */

import { ageText, instantText } from '../../../core/render/value-text.ts';
import { scannerText } from '../../../core/render/view.ts';
import type { Heartbeat, HeartbeatReading } from '../../stores/control/heartbeat-file.ts';
import { scannerOf } from '../status/scanner-fact.ts';

/** Ms since the epoch. Every other heartbeat has none. */
interface LastBeat extends Heartbeat {
  readonly stoppedAtMs: number;
}

/** A beat that says that no other one follows. */
export function lastBeatOf(beat: Heartbeat, stoppedAtMs: number): LastBeat {
  return { ...beat, stoppedAtMs };
}

/** When the scanner ended in order; null: it did not, or its process is still there. */
export function stoppedAtMs(reading: HeartbeatReading): number | null {
  if (reading.kind !== 'dead') return null;
  const { stoppedAtMs: atMs } = reading.beat as Partial<LastBeat>;
  return typeof atMs === 'number' ? atMs : null;
}

/** `scanner stopped at 2026-03-01 12:00:00 UTC (in order), 5 min ago`; else as its heartbeat says. */
export function scannerWords(reading: HeartbeatReading, nowMs: number): string {
  const atMs = stoppedAtMs(reading);
  if (atMs === null) return scannerText(scannerOf(reading), nowMs);
  return `scanner stopped at ${instantText(atMs)} (in order), ${ageText(nowMs - atMs)}`;
}
