/**
 * The kill switch as a file: engages, reads and clears `KILL`. Needs no database, lock, config or free disk space.
 *
 * `KILL.reserve` is a file of 4 KiB made while all is well. To engage is to write into it and rename it, which works on a
 * full disk; where that fails an empty `KILL` is made, and `touch KILL` from any shell does the same.
 */

import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { KillSource } from '../../../core/ops/control/control.ts';
import type { KillLevel } from '../../../core/ops/ops-config.ts';
import { CryptorunError } from '../../errors.ts';
import { makePrivateDirectory, PRIVATE_FILE_MODE, storeError, systemCodeOf, writeFileAtomic } from '../atomic-file.ts';
import {
  encodeKill,
  isHarsher,
  KILL_FILE_BYTES,
  type KillFileState,
  levelOf,
  readKillAt,
  readKillFile,
  stampOf,
} from './kill-file-state.ts';
import { nameBeside, stateFile, statIfThere, syncFolder } from './state-folder.ts';

/** What is to be engaged. `reason` and `operator` are cut to what fits the file. */
export interface Engagement {
  readonly level: KillLevel;
  readonly reason: string;
  readonly operator: string;
  readonly source: KillSource;
  readonly timeMs: number;
}

/**
 * What became of an engagement; in every case the kill switch is engaged.
 *
 * - `engaged`: ours stands
 * - `already`: one at least as harsh stood there; it stays as it was
 * - `bare`: only an empty `KILL` could be made, for `cause`; it reads as level `kill`, without our reason
 */
export type EngageOutcome =
  | { readonly kind: 'engaged' }
  | { readonly kind: 'already'; readonly state: KillFileState }
  | { readonly kind: 'bare'; readonly cause: string };

const HARSHEST: KillLevel = 'kill';

/**
 * Makes `KILL.reserve` unless it is there, and whole.
 *
 * @throws CryptorunError `disk_full`, `permission_denied` or `io_failed`
 */
export function prepareReserve(dir: string): void {
  const path = stateFile(dir, 'killReserve');
  if (statIfThere(path)?.size !== KILL_FILE_BYTES) writeFileAtomic(path, ' '.repeat(KILL_FILE_BYTES));
}

/**
 * Engages the kill switch. A milder `KILL` is replaced, one as harsh or harsher stays.
 *
 * The file is in force as soon as it has its name, which comes before it is flushed to disk: a disk that hangs must not
 * hold up the stop. Lost power in between leaves no `KILL`, or one that cannot be read and counts as `kill`.
 *
 * @throws CryptorunError when not even an empty file can be made: `permission_denied`, `disk_full` or `io_failed`
 */
export function engage(dir: string, engagement: Engagement): EngageOutcome {
  const standing = readKillFile(dir);
  if (!isHarsher(engagement.level, standing)) return { kind: 'already', state: standing };
  try {
    return publish(dir, writeClaim(dir, engagement), engagement.level);
  } catch (cause) {
    return engageBare(dir, cause);
  }
}

/**
 * Takes `KILL` away, after making the next reserve, so that the next engagement is as safe as this one was.
 *
 * @param judged - what the releasing operator was shown; one that was engaged since then stays
 * @throws CryptorunError `precondition_failed` when another one stands there; `disk_full`, `permission_denied`, `io_failed`
 */
export function clear(dir: string, judged: KillFileState): void {
  if (judged.kind === 'absent') return;
  prepareReserve(dir);
  const path = stateFile(dir, 'kill');
  let isSame: boolean;
  try {
    isSame = isCleared(dir, path, judged.stamp);
    syncFolder(dir);
  } catch (cause) {
    throw storeError(`cannot remove ${path}`, cause);
  }
  if (isSame) return;
  throw new CryptorunError('precondition_failed', `cannot remove ${path}: it was engaged anew meanwhile; look again`);
}

/** @returns false: another one stood there, and stands again */
function isCleared(dir: string, path: string, stamp: string | null): boolean {
  const aside = nameBeside(path, 'cleared');
  if (!isTaken(path, aside)) return true;
  const isSame = stampOf(statIfThere(aside)) === stamp;
  if (isSame) rmSync(aside, { recursive: true, force: true });
  else publish(dir, aside, levelOf(readKillAt(aside)) ?? HARSHEST);
  return isSame;
}

/** A file of our own with the engagement in it: the reserve where there is one, else a new file. */
function writeClaim(dir: string, engagement: Engagement): string {
  // Only one process can rename the reserve, so two engagements at once never write into the same file.
  const claim = nameBeside(stateFile(dir, 'kill'), 'claim');
  const hasReserve = isTaken(stateFile(dir, 'killReserve'), claim);
  if (!hasReserve) makePrivateDirectory(dir);
  const file = openSync(claim, hasReserve ? 'r+' : 'w', PRIVATE_FILE_MODE);
  try {
    const bytes = encodeKill(engagement);
    if (writeSync(file, bytes, 0, bytes.length, 0) !== bytes.length) throw new Error('it was written in part only');
  } catch (cause) {
    rmSync(claim, { force: true });
    throw cause;
  } finally {
    closeSync(file);
  }
  return claim;
}

/**
 * Gives the claim its name, unless something as harsh has it; then flushes.
 *
 * The harshest level may take the name from whatever has it. A milder one must not take it from a harsher that came a moment
 * ago, so it first takes the standing file away, which only one process can, and looks at what it took. For that instant
 * there is no `KILL`: a scanner that runs has latched the milder one.
 */
function publish(dir: string, claim: string, level: KillLevel): EngageOutcome {
  const path = stateFile(dir, 'kill');
  while (!isLinked(claim, path)) {
    if (level === HARSHEST) {
      renameSync(claim, path);
      break;
    }
    const standing = readKillFile(dir);
    if (!isHarsher(level, standing)) {
      renameSync(claim, stateFile(dir, 'killReserve'));
      return { kind: 'already', state: standing };
    }
    const taken = nameBeside(path, 'taken');
    if (!isTaken(path, taken)) continue;
    const other = readKillAt(taken);
    if (isHarsher(level, other)) rmSync(taken, { force: true });
    else publish(dir, taken, levelOf(other) ?? HARSHEST);
  }
  rmSync(claim, { force: true });
  flush(dir, path);
  return { kind: 'engaged' };
}

/** The last resort. Cutting an old file to nothing needs no space either, and what is empty reads as `kill`. */
function engageBare(dir: string, cause: unknown): EngageOutcome {
  const path = stateFile(dir, 'kill');
  try {
    closeSync(openSync(path, 'w', PRIVATE_FILE_MODE));
  } catch (second) {
    throw cannotEngage(dir, second);
  }
  flush(dir, path);
  return { kind: 'bare', cause: cause instanceof Error ? cause.message : String(cause) };
}

function cannotEngage(dir: string, cause: unknown): CryptorunError {
  const { code, message } = storeError(`cannot make ${stateFile(dir, 'kill')}`, cause);
  const advice = `run this as the user that the scanner runs as${ownerText(dir)}, or send the scanner SIGUSR2`;
  return new CryptorunError(code, `${message}; the kill switch is NOT engaged: ${advice}`, { cause });
}

function ownerText(dir: string): string {
  try {
    const uid = statIfThere(dir)?.uid;
    return uid === undefined ? '' : ` (${dir} belongs to uid ${uid})`;
  } catch {
    return '';
  }
}

/** It is in force already: a disk that refuses to flush is not worth failing for. */
function flush(dir: string, path: string): void {
  try {
    const file = openSync(path, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    syncFolder(dir);
  } catch {
    // The scanner has latched it, and the audit record of it is flushed by SQLite.
  }
}

/** Renames a file, which only one of several processes can. @returns false: there is none, or no more */
function isTaken(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return false;
    throw cause;
  }
}

/** Gives a file a second name. @returns false: something has that name already */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (cause) {
    if (systemCodeOf(cause) === 'EEXIST') return false;
    // A file system without links: there, of two engagements in the same instant the later one stands.
    renameSync(from, to);
  }
  return true;
}
