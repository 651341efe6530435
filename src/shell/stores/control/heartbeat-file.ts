/**
 * The scanner's sign of life: one block, allocated once, written over in place, so that it works on a full disk and beside a
 * locked database. Its two halves are written in turn: whatever befalls a writer within one, the other holds the beat before.
 * Never flushed: it says what is true now, and a crash of the machine ends that.
 */

import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { assert } from '../../../core/base/assert.ts';
import { crc32 } from '../../../core/base/crc32.ts';
import type { RunMode } from '../../../core/ops/control/control.ts';
import type { KillLevel } from '../../../core/ops/ops-config.ts';
import type { StatusSource } from '../../../core/ops/status.ts';
import { PRIVATE_FILE_MODE, storeError, systemCodeOf } from '../atomic-file.ts';
import { stateFile } from './state-folder.ts';

/** What a scanner tells of itself. Times are wall clock, ms since the epoch; null: not yet, or not so. */
export interface Heartbeat {
  readonly pid: number;
  /** Null where the system has none to tell. */
  readonly bootId: string | null;
  readonly startedAtMs: number;
  /** Under 200 characters. */
  readonly session: string;
  readonly source: StatusSource['kind'];
  readonly mode: RunMode;
  readonly isReady: boolean;
  /** Of the control document that the scanner obeys. */
  readonly revisionSeen: number;
  /** Null: not engaged. */
  readonly killLevel: KillLevel | null;
  readonly killSeenAtMs: number | null;
  /** When an input was last worked. */
  readonly lastProgressMs: number | null;
  readonly writtenAtMs: number;
  /** In the last one of a scanner that ended in order; absent in all others. */
  readonly stoppedAtMs?: number;
}

/**
 * What a heartbeat is worth.
 *
 * - `alive`: its process runs, and wrote it lately
 * - `stale`: its process runs, or another one that got its number, but wrote nothing for `ageMs`
 * - `dead`: its process is gone, or the machine was started anew since
 * - `absent`: no scanner ever ran here; `unreadable`: one did, and nothing can be known of it
 */
export type HeartbeatReading =
  | { readonly kind: 'alive' | 'stale' | 'dead'; readonly beat: Heartbeat; readonly ageMs: number }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

const SLOT_BYTES = 2048;
const FILE_BYTES = 2 * SLOT_BYTES;
/** In a slot: eight hex digits of CRC-32 and a space; then the JSON that it covers, and a newline. */
const JSON_AT = 9;
const NEWLINE = 10;
/** Both slots are torn only if two beats were written within one read; it takes many such reads to find none. */
const READ_TRIES = 20;

/** As it is written: `counter` goes on from scanner to scanner, so that of two beats the later one is known. */
type CountedBeat = Heartbeat & { readonly counter: number };

/** Writes the heartbeat. One a folder at a time: whoever holds the scanner's lock. */
export class HeartbeatWriter {
  readonly #path: string;
  readonly #file: number;
  readonly #bytes = Buffer.alloc(SLOT_BYTES, ' ');
  #counter: number;

  /** @throws CryptorunError `disk_full`, `permission_denied` or `io_failed` */
  constructor(dir: string) {
    this.#path = stateFile(dir, 'heartbeat');
    try {
      // Not cut first: what is allocated stays so.
      this.#file = openSync(this.#path, constants.O_RDWR | constants.O_CREAT, PRIVATE_FILE_MODE);
      if (fstatSync(this.#file).size < FILE_BYTES)
        writeSync(this.#file, Buffer.alloc(FILE_BYTES, ' '), 0, FILE_BYTES, 0);
      this.#counter = readLatest(this.#file)?.counter ?? 0;
    } catch (cause) {
      throw storeError(`cannot open ${this.#path}`, cause);
    }
  }

  /**
   * Writes one beat over the last but one.
   *
   * @throws CryptorunError `io_failed`, as when the disk is gone
   */
  write(beat: Heartbeat): void {
    this.#counter += 1;
    const length = this.#bytes.write(
      `${JSON.stringify({ counter: this.#counter, ...beat } satisfies CountedBeat)}\n`,
      JSON_AT,
    );
    assert(length + JSON_AT < SLOT_BYTES, 'a heartbeat fits its slot');
    this.#bytes.write(`${crcText(this.#bytes, JSON_AT, JSON_AT + length - 1)} `);
    try {
      writeSync(this.#file, this.#bytes, 0, SLOT_BYTES, (this.#counter % 2) * SLOT_BYTES);
    } catch (cause) {
      throw storeError(`cannot write ${this.#path}`, cause);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

/**
 * Reads and judges the heartbeat. Never throws.
 *
 * @param options - `staleAfterMs`: many times the writer's interval
 */
export function readHeartbeat(
  dir: string,
  options: { readonly nowMs: number; readonly staleAfterMs: number; readonly bootId?: string | null },
): HeartbeatReading {
  let beat: CountedBeat | null;
  try {
    beat = readBeat(stateFile(dir, 'heartbeat'));
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return { kind: 'absent' };
    return { kind: 'unreadable', reason: (cause as Error).message };
  }
  if (beat === null) return { kind: 'unreadable', reason: 'the heartbeat does not fit its checksum' };
  const ageMs = options.nowMs - beat.writtenAtMs;
  const { bootId = readBootId() } = options;
  const isOtherBoot = bootId !== null && beat.bootId !== null && bootId !== beat.bootId;
  if (isOtherBoot || !isRunning(beat.pid)) return { kind: 'dead', beat, ageMs };
  // One from the future is as little worth as an old one: one of the two clocks is wrong.
  return { kind: Math.abs(ageMs) <= options.staleAfterMs ? 'alive' : 'stale', beat, ageMs };
}

/** Differs from one start of the machine to the next; null where the system does not tell (it is Linux that does). */
export function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return null;
  }
}

function readBeat(path: string): CountedBeat | null {
  const file = openSync(path, 'r');
  try {
    return readLatest(file);
  } finally {
    closeSync(file);
  }
}

/** Null: neither slot fits its checksum, however often they were read. */
function readLatest(file: number): CountedBeat | null {
  const bytes = Buffer.alloc(FILE_BYTES);
  for (let i = 0; i < READ_TRIES; i++) {
    const read = bytes.subarray(0, readSync(file, bytes, 0, FILE_BYTES, 0));
    const even = parseSlot(read.subarray(0, SLOT_BYTES));
    const odd = parseSlot(read.subarray(SLOT_BYTES));
    if (even !== null && odd !== null) return even.counter > odd.counter ? even : odd;
    if (even !== null || odd !== null) return even ?? odd;
  }
  return null;
}

function parseSlot(bytes: Buffer): CountedBeat | null {
  const end = bytes.indexOf(NEWLINE);
  const isWhole = end > JSON_AT && bytes.toString('latin1', 0, 8) === crcText(bytes, JSON_AT, end);
  return isWhole ? (JSON.parse(bytes.toString('utf8', JSON_AT, end)) as CountedBeat) : null;
}

function crcText(bytes: Uint8Array, from: number, to: number): string {
  return crc32(bytes, from, to).toString(16).padStart(8, '0');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !hasEnded(pid);
  } catch (cause) {
    // It is there, but belongs to somebody else.
    return systemCodeOf(cause) === 'EPERM';
  }
}

/** Killed, but its parent has not asked how it ended: signals still reach it. Where the system does not tell, it has not. */
function hasEnded(pid: number): boolean {
  try {
    // proc(5): the state is the first field after the name, which is in brackets and may have any in it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return /^\) [ZX]/.test(stat.slice(stat.lastIndexOf(')')));
  } catch {
    return false;
  }
}
