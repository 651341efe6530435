/** Writes a status as the CSV snapshots that the operations guide names, and clears old ones away. Touches no other file. */

import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { compactStamp, DAY_MS, parseIsoMs } from '../../core/base/time.ts';
import type { StatusDocument } from '../../core/ops/status.ts';
import { statusCsvRecords } from '../../core/render/status-csv.ts';
import { makePrivateDirectory, storeError, writeFileAtomic } from './atomic-file.ts';

/** The name that always holds the latest snapshot. */
export const LATEST_SNAPSHOT = 'status_snapshot.csv';

const STAMPED_SNAPSHOT = /^status_snapshot_(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)\.csv$/;

export interface SnapshotPaths {
  readonly stamped: string;
  readonly latest: string;
}

/**
 * Writes `status_snapshot_YYYYMMDD_HHMMSS.csv` and the same bytes as `status_snapshot.csv`, each whole and 0600.
 *
 * The folder is made where it is missing (0700). Two snapshots of one second share the stamped name: the later stays.
 *
 * @param nowMs - wall clock, in the name and in every row
 * @param latestName - a plain file name for the copy that is always the latest (config `artifacts.snapshot_filename`)
 * @throws CryptorunError `disk_full`, `permission_denied` or `io_failed`
 */
export function writeStatusSnapshot(
  directory: string,
  document: StatusDocument,
  nowMs: number,
  latestName = LATEST_SNAPSHOT,
): SnapshotPaths {
  const text = stringify(statusCsvRecords(document, nowMs));
  const stamped = join(directory, `status_snapshot_${compactStamp(nowMs)}.csv`);
  const latest = join(directory, latestName);
  makePrivateDirectory(directory);
  writeFileAtomic(stamped, text);
  writeFileAtomic(latest, text);
  return { stamped, latest };
}

/**
 * Removes stamped snapshots whose name says that they are older than `retentionDays`; no other file, no folder, no link.
 *
 * @returns the names removed, oldest first
 * @throws CryptorunError `permission_denied` or `io_failed`; what was removed before it stays removed
 */
export function removeOldSnapshots(directory: string, retentionDays: number, nowMs: number): string[] {
  const oldestMs = nowMs - retentionDays * DAY_MS;
  try {
    const old = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile() && stampMs(entry.name) < oldestMs)
      .map((entry) => entry.name)
      .sort();
    for (const name of old) unlinkSync(join(directory, name));
    return old;
  } catch (cause) {
    throw storeError(`cannot remove old snapshots in ${directory}`, cause);
  }
}

/** The instant in a snapshot's name; NaN for every other name and for dates that do not exist. */
function stampMs(name: string): number {
  const parts = STAMPED_SNAPSHOT.exec(name);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return parseIsoMs(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
