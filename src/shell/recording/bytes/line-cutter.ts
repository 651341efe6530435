/** Cuts decoded chunks into lines without copying them, but for a line that lies across chunks. Does not look inside lines. */

/** A longer line is skipped and counted: the longest real one, a REST list of all instruments, is under 3 MB. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const NOTHING = Buffer.alloc(0);

/**
 * Push a chunk, then take lines until `next` says false, and so on; `finish` after the last chunk.
 *
 * The line is `bytes[from, to)`, without its end (LF or CR LF), valid until `next` or `push`.
 */
export interface Cutter {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** Number of the current line, from 1. */
  readonly line: number;
  /** True when the current line was longer than `MAX_LINE_BYTES`: it is then empty here. */
  readonly isTooLong: boolean;
  push(chunk: Buffer): void;
  next(): boolean;
  /** No more chunks. `keepTail`: a last line without its end counts (it does not where the file was cut short). */
  finish(keepTail: boolean): void;
}

/** Cuts at line feeds. */
export class LineCutter implements Cutter {
  bytes: Buffer = NOTHING;
  from = 0;
  to = 0;
  line = 0;
  isTooLong = false;
  #chunk: Buffer = NOTHING;
  #at = 0;
  /** The beginning of a line whose end has not come yet. */
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #overflowed = false;

  push(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  next(): boolean {
    const chunk = this.#chunk;
    const at = this.#at;
    const end = at < chunk.length ? chunk.indexOf(LINE_FEED, at) : -1;
    if (end < 0) {
      this.#keepRest();
      return false;
    }
    this.#at = end + 1;
    if (this.#partsBytes > 0 || this.#overflowed) this.#take(this.#joined(chunk.subarray(at, end)));
    else this.#takeRange(chunk, at, end);
    return true;
  }

  finish(keepTail: boolean): void {
    if (keepTail && (this.#partsBytes > 0 || this.#overflowed)) this.push(Buffer.from([LINE_FEED]));
    else this.#parts = [];
  }

  #keepRest(): void {
    const rest = this.#chunk.subarray(this.#at);
    this.#chunk = NOTHING;
    this.#at = 0;
    if (rest.length === 0) return;
    this.#partsBytes += rest.length;
    if (this.#partsBytes > MAX_LINE_BYTES) {
      this.#overflowed = true;
      this.#parts = [];
      this.#partsBytes = 0;
    }
    if (!this.#overflowed) this.#parts.push(rest);
  }

  #joined(last: Buffer): Buffer {
    const whole = this.#overflowed ? NOTHING : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#partsBytes = 0;
    return whole;
  }

  #take(whole: Buffer): void {
    const wasTooLong = this.#overflowed;
    this.#overflowed = false;
    this.#takeRange(whole, 0, whole.length);
    this.isTooLong = wasTooLong;
  }

  #takeRange(bytes: Buffer, from: number, to: number): void {
    this.bytes = bytes;
    this.from = from;
    this.to = to > from && bytes[to - 1] === CARRIAGE_RETURN ? to - 1 : to;
    this.line += 1;
    this.isTooLong = false;
  }
}

/** Takes the whole file as one line, without the white space around it; longer than `MAX_LINE_BYTES` is too long. */
export class DocumentCutter implements Cutter {
  bytes: Buffer = NOTHING;
  from = 0;
  to = 0;
  line = 0;
  isTooLong = false;
  #parts: Buffer[] = [];
  #size = 0;
  #isDue = false;

  push(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size <= MAX_LINE_BYTES) this.#parts.push(chunk);
    else this.#parts = [];
  }

  next(): boolean {
    if (!this.#isDue) return false;
    this.#isDue = false;
    this.line = 1;
    this.isTooLong = this.#size > MAX_LINE_BYTES;
    this.bytes = Buffer.concat(this.#parts);
    this.to = this.bytes.length;
    while (this.to > 0 && this.bytes[this.to - 1]! <= 32) this.to -= 1;
    while (this.from < this.to && this.bytes[this.from]! <= 32) this.from += 1;
    return true;
  }

  finish(keepTail: boolean): void {
    this.#isDue = keepTail && this.#size > 0;
  }
}
