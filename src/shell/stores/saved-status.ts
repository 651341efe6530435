/** Keeps a replay's status where `ops status` finds it, and reads it back only if it is whole. Never touches a scanner's state. */

import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import type { StatusDocument } from '../../core/ops/status.ts';
import { CryptorunError } from '../errors.ts';
import { makePrivateDirectory, storeError, systemCodeOf, writeFileAtomic } from './atomic-file.ts';
import { parseLastReplay, parseStatus, SAVED_STATUS_SCHEMA } from './status-schema.ts';

/** The folder of all replays, and the files in it, under the artifacts folder. */
const REPLAYS = 'replay';
const LAST_REPLAY = 'last.json';
const STATUS_FILE = 'status.json';

export interface ReplayPlace {
  readonly artifactsDir: string;
  /** The run's id: a plain file name. */
  readonly id: string;
  /** Where the run writes its files; left out: `<artifacts>/replay/<id>`. */
  readonly runDir?: string;
}

/**
 * Writes `status.json` into the run's folder, then points `<artifacts>/replay/last.json` at it.
 *
 * In this order, each file whole or not at all: the pointer never names a status that is not there.
 *
 * @returns the path of `status.json`
 * @throws CryptorunError `disk_full`, `permission_denied`, `io_failed`; `internal` for a status that is not a replay's
 */
export function saveReplayStatus(place: ReplayPlace, document: StatusDocument): string {
  if (document.source.kind !== 'replay') {
    throw new CryptorunError('internal', `cannot save as a replay: the status is of a ${document.source.kind} run`);
  }
  const replaysDir = join(place.artifactsDir, REPLAYS);
  const runDir = resolve(place.runDir ?? join(replaysDir, plainName(place.id)));
  const path = join(runDir, STATUS_FILE);
  makePrivateDirectory(runDir);
  makePrivateDirectory(replaysDir);
  writeSavedStatus(path, document);
  const pointer = { id: place.id, path: pointerPath(replaysDir, path), savedAtMs: document.savedAtMs };
  writeFileAtomic(join(replaysDir, LAST_REPLAY), `${JSON.stringify(pointer)}\n`);
  return path;
}

/**
 * The status of the last replay.
 *
 * @returns null when no replay ever saved one there
 * @throws CryptorunError `status_unknown` when its folder was removed since, `status_unreadable` when a file is damaged or
 *   newer than this program, `permission_denied` or `io_failed`
 */
export function readLastReplayStatus(artifactsDir: string): StatusDocument | null {
  const pointerFile = join(artifactsDir, REPLAYS, LAST_REPLAY);
  const text = readIfThere(pointerFile);
  if (text === null) return null;
  const pointer = parseLastReplay(text, pointerFile);
  const path = resolve(artifactsDir, REPLAYS, pointer.path);
  const document = readSavedStatus(path);
  if (document === null) {
    throw new CryptorunError(
      'status_unknown',
      `cannot show the last replay ${pointer.id}: ${path} is gone; replay it again`,
    );
  }
  return document;
}

/**
 * Reads one `status.json`.
 *
 * @returns null when there is no such file
 * @throws CryptorunError `status_unreadable`, `permission_denied` or `io_failed`
 */
export function readSavedStatus(path: string): StatusDocument | null {
  const text = readIfThere(path);
  return text === null ? null : parseStatus(text, path);
}

/**
 * Writes one `status.json` whole, 0600; its folder must exist.
 *
 * @throws CryptorunError `disk_full`, `permission_denied` or `io_failed`
 */
export function writeSavedStatus(path: string, { source, savedAtMs, dataTimeMs, rows }: StatusDocument): void {
  const saved = { schema: SAVED_STATUS_SCHEMA, source, savedAtMs, dataTimeMs, rows };
  writeFileAtomic(path, `${JSON.stringify(saved, null, 2)}\n`);
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return null;
    throw storeError(`cannot read ${path}`, cause);
  }
}

/** Relative where it can be, so that the artifacts folder may be moved. */
function pointerPath(replaysDir: string, path: string): string {
  const inside = relative(resolve(replaysDir), path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

function plainName(id: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(id)) return id;
  throw new CryptorunError('internal', `cannot save a replay's status: ${JSON.stringify(id)} is not a plain file name`);
}
