/** Writes a status as the CSV snapshots that the operations guide names, and clears old ones away. Touches no other file. */

import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { compactStamp, DAY_MS, parseIsoMs } from '../../core/base/time.ts';
import type { StatusDocument } from '../../core/ops/status.ts';
import { statusCsvRecords } from '../../core/render/status-csv.ts';
import { makePrivateDirectory, storeError, systemCodeOf, writeFileAtomic } from './atomic-file.ts';

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

/** A snapshot that is, or would be, removed. */
export interface OldSnapshot {
  readonly name: string;
  readonly bytes: number;
  /** By its name, ms since the epoch. */
  readonly takenAtMs: number;
}

export interface PruneOptions {
  /** 0: snapshots are kept for ever. */
  readonly retentionDays: number;
  readonly nowMs: number;
  /** True: removes nothing, only says what would go. */
  readonly isDryRun: boolean;
}

/**
 * Removes stamped snapshots whose name says that they are older than `retentionDays`; no other file, no folder, no link.
 *
 * @returns what was (or would be) removed, oldest first; nothing where the folder does not exist
 * @throws CryptorunError `permission_denied` or `io_failed`; what was removed before it stays removed
 */
export function pruneSnapshots(directory: string, options: PruneOptions): OldSnapshot[] {
  const { retentionDays, nowMs, isDryRun } = options;
  if (!(retentionDays > 0)) return [];
  try {
    const old = oldSnapshots(directory, nowMs - retentionDays * DAY_MS);
    if (!isDryRun) for (const { name } of old) removeIfThere(join(directory, name));
    return old;
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return [];
    throw storeError(`cannot remove old snapshots in ${directory}`, cause);
  }
}

/** As `pruneSnapshots`, for real: the names removed. */
export function removeOldSnapshots(directory: string, retentionDays: number, nowMs: number): string[] {
  return pruneSnapshots(directory, { retentionDays, nowMs, isDryRun: false }).map((one) => one.name);
}

function oldSnapshots(directory: string, oldestMs: number): OldSnapshot[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && stampMs(entry.name) < oldestMs)
    .map(({ name }) => ({ name, bytes: bytesOf(join(directory, name)), takenAtMs: stampMs(name) }))
    .sort((a, b) => a.takenAtMs - b.takenAtMs);
}

/** 0 for a file that another prune removed meanwhile. */
function bytesOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Two prunes at once both do what they should. */
function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    if (systemCodeOf(cause) !== 'ENOENT') throw cause;
  }
}

/** The instant in a snapshot's name; NaN for every other name and for dates that do not exist. */
function stampMs(name: string): number {
  const parts = STAMPED_SNAPSHOT.exec(name);
  if (parts === null) return Number.NaN;
  const [, year, month, day, hour, minute, second] = parts;
  return parseIsoMs(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
