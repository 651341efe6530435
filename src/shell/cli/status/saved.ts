/** Finds what a scanner, or else the last replay, saved of its state. Judges none of it. */

import { join } from 'node:path';
import type { StatusDocument } from '../../../core/ops/status.ts';
import type { HeartbeatReading } from '../../stores/control/heartbeat-file.ts';

/** Absolute. */
export interface SavedPlace {
  readonly artifactsDir: string;
  readonly stateDir: string;
}

/**
 * What the scanner of this state saved last; a paced replay, which runs as a scanner does, says that it is one.
 *
 * @returns null: nothing
 * @throws CryptorunError `status_unreadable`, `permission_denied`, `io_failed`
 */
export async function scannerStatus(stateDir: string): Promise<StatusDocument | null> {
  const { readSavedStatus } = await import('../../stores/saved-status.ts');
  return readSavedStatus(join(stateDir, 'status.json'));
}

/**
 * The same, else the last replay's. A dead live scanner comes before any replay: that it is dead is what matters. A paced
 * replay that has ended is a replay among others.
 *
 * @throws CryptorunError also `status_unknown`, when the last replay's folder is gone
 */
export async function lastStatus(place: SavedPlace, heartbeat: HeartbeatReading): Promise<StatusDocument | null> {
  const saved = await scannerStatus(place.stateDir);
  if (saved !== null && (saved.source.kind === 'live' || heartbeat.kind === 'alive')) return saved;
  const { readLastReplayStatus } = await import('../../stores/saved-status.ts');
  return readLastReplayStatus(place.artifactsDir) ?? saved;
}
