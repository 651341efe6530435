/** Records in memory, put in order of time and line, and the file that a full room of them is written to. Bounds its own memory. */

import { type FileHandle, open } from 'node:fs/promises';
import { type LineKind, SourceLine } from '../format/source-line.ts';
import type { Cursor, Step } from './cursor.ts';

/** Room for records and their keys together: what a run, in memory or on disk, may take. */
export const RUN_BYTES = 32 * 1024 * 1024;

/** In front of each payload: seconds f64, line f64, nanoseconds u32, connection u32, length u32, kind u8, 3 unused. */
const HEADER_BYTES = 32;
/** Offset u32, seconds f64, nanoseconds u32 of each record. */
const KEY_BYTES = 16;
const WRITE_BYTES = 256 * 1024;
const READ_BYTES = 64 * 1024;
const KINDS: readonly LineKind[] = ['frame', 'connect', 'disconnect'];

/** Collects records until it is full; then they can be read, or written, in order. */
export class SortRun {
  readonly #limit: number;
  #arena = Buffer.allocUnsafe(1024 * 1024);
  #used = 0;
  readonly #offsets: number[] = [];

  /** @param limit - bytes; a test makes it small */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#offsets.length === 0;
  }

  /** Copies a record; false when there is no more room. A first record always fits. */
  add(line: SourceLine): boolean {
    const length = line.to - line.from;
    const size = HEADER_BYTES + length;
    const taken = this.#used + this.#offsets.length * KEY_BYTES;
    if (!this.isEmpty && taken + size + KEY_BYTES > this.#limit) return false;
    this.#reserve(size);
    const at = this.#used;
    const arena = this.#arena;
    arena.writeDoubleLE(line.seconds, at);
    arena.writeDoubleLE(line.line, at + 8);
    arena.writeUInt32LE(line.nanoseconds, at + 16);
    arena.writeUInt32LE(line.connection, at + 20);
    arena.writeUInt32LE(length, at + 24);
    arena[at + 28] = KINDS.indexOf(line.kind);
    arena.set(line.bytes.subarray(line.from, line.to), at + HEADER_BYTES);
    this.#offsets.push(at);
    this.#used += size;
    return true;
  }

  /** Empties it for the next run. */
  clear(): void {
    this.#used = 0;
    this.#offsets.length = 0;
  }

  /** The records in order, without a copy. The run must not be changed while they are read. */
  cursor(): Cursor<SourceLine> {
    const sorted = this.#sorted();
    const arena = this.#arena;
    const current = new SourceLine();
    let next = 0;
    const step = (): Step => {
      if (next >= sorted.length) return 'ended';
      readRecord(arena, sorted[next++]!, current);
      return 'record';
    };
    return { current, step, fill: async () => {}, close: async () => {} };
  }

  /** Writes the records in order to a new file. */
  async writeTo(path: string): Promise<void> {
    const file = await open(path, 'wx', 0o600);
    try {
      await this.#writeAll(file);
    } finally {
      await file.close();
    }
  }

  async #writeAll(file: FileHandle): Promise<void> {
    let parts: Buffer[] = [];
    let waiting = 0;
    for (const offset of this.#sorted()) {
      const part = this.#arena.subarray(offset, offset + HEADER_BYTES + this.#arena.readUInt32LE(offset + 24));
      parts.push(part);
      waiting += part.length;
      if (waiting < WRITE_BYTES) continue;
      await file.writeFile(Buffer.concat(parts));
      parts = [];
      waiting = 0;
    }
    await file.writeFile(Buffer.concat(parts));
  }

  #reserve(size: number): void {
    if (this.#used + size <= this.#arena.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#arena.length, this.#used + size));
    this.#arena.copy(larger, 0, 0, this.#used);
    this.#arena = larger;
  }

  /** Offsets by time; of equal times the earlier line first, which is the lower offset. */
  #sorted(): Uint32Array {
    const arena = this.#arena;
    return Uint32Array.from(this.#offsets).sort(
      (a, b) =>
        arena.readDoubleLE(a) - arena.readDoubleLE(b) ||
        arena.readUInt32LE(a + 16) - arena.readUInt32LE(b + 16) ||
        a - b,
    );
  }
}

/** Reads a run from its file, `READ_BYTES` at a time. */
export class RunCursor implements Cursor<SourceLine> {
  readonly current = new SourceLine();
  readonly #path: string;
  #file: FileHandle | null = null;
  #buffer = Buffer.allocUnsafe(READ_BYTES);
  #from = 0;
  #to = 0;
  #isAtEnd = false;

  constructor(path: string) {
    this.#path = path;
  }

  step(): Step {
    const rest = this.#to - this.#from;
    if (rest === 0 && this.#isAtEnd) return 'ended';
    if (rest < this.#sizeOfNext()) return 'starved';
    this.#from = readRecord(this.#buffer, this.#from, this.current);
    return 'record';
  }

  async fill(): Promise<void> {
    this.#file ??= await open(this.#path, 'r');
    this.#makeRoom();
    const { bytesRead } = await this.#file.read(this.#buffer, this.#to, this.#buffer.length - this.#to, null);
    this.#to += bytesRead;
    this.#isAtEnd = bytesRead === 0;
    if (this.#isAtEnd && this.#to > this.#from) throw new Error(`${this.#path}: a sorted run ends inside a record`);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  #sizeOfNext(): number {
    if (this.#to - this.#from < HEADER_BYTES) return HEADER_BYTES;
    return HEADER_BYTES + this.#buffer.readUInt32LE(this.#from + 24);
  }

  /** Moves what is left to the front, into a larger buffer where one record needs it. */
  #makeRoom(): void {
    const size = Math.max(this.#buffer.length, this.#sizeOfNext());
    const target = size > this.#buffer.length ? Buffer.allocUnsafe(size) : this.#buffer;
    this.#buffer.copy(target, 0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    this.#buffer = target;
  }
}

/** Reads the record at `at` into `line`, its payload in place; returns where it ends. */
function readRecord(bytes: Buffer, at: number, line: SourceLine): number {
  line.seconds = bytes.readDoubleLE(at);
  line.line = bytes.readDoubleLE(at + 8);
  line.nanoseconds = bytes.readUInt32LE(at + 16);
  line.connection = bytes.readUInt32LE(at + 20);
  line.kind = KINDS[bytes[at + 28]!]!;
  line.bytes = bytes;
  line.from = at + HEADER_BYTES;
  line.to = line.from + bytes.readUInt32LE(at + 24);
  return line.to;
}
