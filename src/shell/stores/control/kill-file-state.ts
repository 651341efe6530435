/** What the `KILL` file says, read for its worst meaning: whatever is there and is not understood is level `kill`. Writes nothing. */

import { readFileSync, type Stats } from 'node:fs';
import { KILL_SOURCES, type KillSource } from '../../../core/ops/control/control.ts';
import { KILL_LEVELS, type KillLevel } from '../../../core/ops/ops-config.ts';
import { stateFile, statIfThere } from './state-folder.ts';

/**
 * - `absent`: no file, so nothing is engaged by it
 * - `engaged`: by us, or by `touch` (then `reason` says so and the level is `kill`)
 * - `unreadable`: counts as level `kill`; `reason` says why
 *
 * `stamp` tells one engagement from the next; null when the file could not even be looked at.
 */
export type KillFileState =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'engaged';
      readonly level: KillLevel;
      readonly reason: string;
      readonly operator: string;
      readonly source: KillSource;
      readonly engagedAtMs: number;
      readonly stamp: string;
    }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly stamp: string | null };

/** One block of most file systems: what was allocated once can be overwritten on a full disk. */
export const KILL_FILE_BYTES = 4096;
/** A longer file is not ours, and is not read. */
const MAX_BYTES = 16 * KILL_FILE_BYTES;
/** In UTF-16 units; both fit even where JSON needs 6 bytes for each. */
const MAX_REASON = 500;
const MAX_OPERATOR = 100;

/** What `KILL` says now. Never throws. */
export function readKillFile(dir: string): KillFileState {
  return readKillAt(stateFile(dir, 'kill'));
}

/** The same of a file with another name. @param known - the last reading, which is returned where nothing changed since */
export function readKillAt(path: string, known: KillFileState = { kind: 'absent' }): KillFileState {
  try {
    const found = statIfThere(path);
    if (found === null) return { kind: 'absent' };
    return known.kind !== 'absent' && known.stamp === stampOf(found) ? known : readContent(path, found);
  } catch (cause) {
    return { kind: 'unreadable', reason: `KILL cannot be read: ${(cause as Error).message}`, stamp: null };
  }
}

/** Reads `KILL` again and again, and opens it only when it changed. */
export class KillFileWatch {
  readonly #path: string;
  #state: KillFileState = { kind: 'absent' };

  constructor(dir: string) {
    this.#path = stateFile(dir, 'kill');
  }

  /** What `KILL` says now; costs one `lstat` while nothing changes. Never throws. */
  read(): KillFileState {
    this.#state = readKillAt(this.#path, this.#state);
    return this.#state;
  }
}

/** The level that it counts as; null: not engaged. */
export function levelOf(state: KillFileState): KillLevel | null {
  if (state.kind === 'absent') return null;
  return state.kind === 'engaged' ? state.level : 'kill';
}

function readContent(path: string, found: Stats): KillFileState {
  const stamp = stampOf(found)!;
  // A pipe would block, and a link may lead nowhere: neither is opened.
  if (!found.isFile()) return { kind: 'unreadable', reason: 'KILL is not a plain file', stamp };
  if (found.size > MAX_BYTES) return { kind: 'unreadable', reason: `KILL has ${found.size} bytes`, stamp };
  // A block that never reached the disk reads as NULs.
  const text = readFileSync(path, 'utf8').replace(/^[\s\0]+|[\s\0]+$/g, '');
  if (text === '') return touched(found, stamp);
  return decodeKill(text, stamp) ?? { kind: 'unreadable', reason: 'KILL holds no engagement of ours', stamp };
}

/** The file's content, exactly `KILL_FILE_BYTES` long. */
export function encodeKill(engagement: {
  readonly level: KillLevel;
  readonly reason: string;
  readonly operator: string;
  readonly source: KillSource;
  readonly timeMs: number;
}): Buffer {
  const { level, reason, operator, source, timeMs } = engagement;
  const said = {
    level,
    reason: cut(reason, MAX_REASON),
    operator: cut(operator, MAX_OPERATOR),
    source,
    engagedAtMs: timeMs,
  };
  const bytes = Buffer.alloc(KILL_FILE_BYTES, ' ');
  bytes.write(`${JSON.stringify(said)}\n`);
  bytes.write('\n', KILL_FILE_BYTES - 1);
  return bytes;
}

/** Whether `level` is harsher than what stands. What could not even be looked at may be nothing at all. */
export function isHarsher(level: KillLevel, standing: KillFileState): boolean {
  const other = levelOf(standing);
  if (other === null || (standing.kind === 'unreadable' && standing.stamp === null)) return true;
  return KILL_LEVELS.indexOf(level) > KILL_LEVELS.indexOf(other);
}

/** Changes with every engagement, and not by renaming. */
export function stampOf(found: Stats | null): string | null {
  return found === null ? null : `${found.ino}:${found.mtimeMs}:${found.size}`;
}

function touched(found: Stats, stamp: string): KillFileState {
  const { mtimeMs, uid } = found;
  return {
    kind: 'engaged',
    level: 'kill',
    reason: 'KILL file touched',
    operator: `uid ${uid}`,
    source: 'file',
    engagedAtMs: mtimeMs,
    stamp,
  };
}

function decodeKill(text: string, stamp: string): KillFileState | null {
  try {
    const { level, reason, operator, source, engagedAtMs } = JSON.parse(text);
    const isOurs =
      KILL_LEVELS.includes(level) &&
      KILL_SOURCES.includes(source) &&
      typeof reason === 'string' &&
      typeof operator === 'string' &&
      Number.isFinite(engagedAtMs);
    return isOurs ? { kind: 'engaged', level, reason, operator, source, engagedAtMs, stamp } : null;
  } catch {
    return null;
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 3)}...`;
}
