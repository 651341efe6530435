/** Finds what a scanner, or else the last replay, saved of its state. Judges none of it. */

import { join } from 'node:path';
import type { StatusDocument } from '../../../core/ops/status.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';

/** Absolute. */
export interface SavedPlace {
  readonly artifactsDir: string;
  readonly stateDir: string;
}

/** Where a paced replay keeps what it shows while it runs; it never writes where a live scanner does. */
const RUNNING_REPLAY = join('replay', 'running');

/** The folder in which the scanner behind a heartbeat saves. */
export function savedFolder({ artifactsDir, stateDir }: SavedPlace, heartbeat: HeartbeatReading): string {
  return isReplay(heartbeat) ? join(artifactsDir, RUNNING_REPLAY) : stateDir;
}

/**
 * What the scanner behind this heartbeat saved last.
 *
 * @returns null: nothing
 * @throws CryptorunError `status_unreadable`, `permission_denied`, `io_failed`
 */
export async function scannerStatus(place: SavedPlace, heartbeat: HeartbeatReading): Promise<StatusDocument | null> {
  const { readSavedStatus } = await import('../../stores/saved-status.ts');
  return readSavedStatus(join(savedFolder(place, heartbeat), 'status.json'));
}

/**
 * The same, else the last replay's. A dead live scanner comes before any replay: that it is dead is what matters.
 *
 * @throws CryptorunError also `status_unknown`, when the last replay's folder is gone
 */
export async function lastStatus(place: SavedPlace, heartbeat: HeartbeatReading): Promise<StatusDocument | null> {
  const saved = await scannerStatus(place, heartbeat);
  if (saved !== null) return saved;
  const { readLastReplayStatus } = await import('../../stores/saved-status.ts');
  return readLastReplayStatus(place.artifactsDir);
}

/** A replay that has ended says nothing of a scanner that runs now. */
function isReplay(heartbeat: HeartbeatReading): boolean {
  const isThere = heartbeat.kind === 'alive' || heartbeat.kind === 'stale';
  return isThere && heartbeat.beat.source !== 'live';
}
