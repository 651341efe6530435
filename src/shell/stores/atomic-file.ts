/** Replaces a file in one step: a reader sees the old one or the new one, whole. Refuses to write in place. */

import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CryptorunError, type ErrorCode } from '../errors.ts';

/** Files that only their owner may read: statuses name positions, accounts and hosts sooner or later. */
export const PRIVATE_FILE_MODE = 0o600;
export const PRIVATE_DIR_MODE = 0o700;

/**
 * Writes `path` by a temporary file in the same folder, fsync, rename, and fsync of the folder.
 *
 * The folder must exist. The temporary name is of this process and this call, so two writers at once each put a whole
 * file in place and the later one stays. After a failure the old file is untouched and the temporary one is gone.
 *
 * @param options - `mode`: of the new file, whatever the umask says; default 0600
 * @throws CryptorunError `disk_full`, `permission_denied` or `io_failed`
 */
export function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: { readonly mode?: number } = {},
): void {
  const temporary = join(dirname(path), `.${basename(path)}.${uniqueSuffix()}.tmp`);
  try {
    writeNewFile(temporary, content, options.mode ?? PRIVATE_FILE_MODE);
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (cause) {
    removeIfThere(temporary);
    throw storeError(`cannot write ${path}`, cause);
  }
}

/**
 * Makes a folder and the missing ones above it, 0700. One that exists is left as it is.
 *
 * @throws CryptorunError `disk_full`, `permission_denied` or `io_failed`
 */
export function makePrivateDirectory(path: string): void {
  try {
    for (const folder of missingFolders(path)) makeFolder(folder);
  } catch (cause) {
    throw storeError(`cannot make the folder ${path}`, cause);
  }
}

/** The path and those above it that are not there, outermost first. Not left to `recursive`: that never ends in /proc. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = resolve(path); !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
  return missing.length === 0 ? [path] : missing;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: PRIVATE_DIR_MODE });
  } catch (cause) {
    // It is there, or another process made it meanwhile.
    if (systemCodeOf(cause) !== 'EEXIST' || !statSync(path).isDirectory()) throw cause;
  }
}

/**
 * A failed file operation as an operator's error: what failed, then what the system said.
 *
 * @param action - such as `cannot write /var/x.csv`
 */
export function storeError(action: string, cause: unknown): CryptorunError {
  const code = SYSTEM_CODES[systemCodeOf(cause)] ?? 'io_failed';
  const said = cause instanceof Error ? cause.message : String(cause);
  return new CryptorunError(code, `${action}: ${said}`, { cause });
}

/** The system's word for what went wrong, such as `ENOENT`; empty when there is none. */
export function systemCodeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

const SYSTEM_CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  EROFS: 'permission_denied',
};

let written = 0;

/**
 * A process has its id alone at any time, and the clock sets it apart from a dead one whose file was left behind. (Random
 * bytes would do as well, but loading node:crypto for them costs `ops status` 4 ms.)
 */
function uniqueSuffix(): string {
  written += 1;
  return `${process.pid}.${Date.now().toString(36)}.${written}`;
}

function writeNewFile(path: string, content: string | Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    fchmodSync(file, mode);
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Without this a power loss may forget the rename. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was renamed already, or never made: the first error is the one to tell.
  }
}
