/** Reads the blocks of one segment file in order, one at a time. Damage is an outcome, never an exception. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type BlockFrame, type BlockType, decodeBlock, MAX_FRAME_LINE_BYTES, parseFrameLine } from './block.ts';
import { FORMAT_VERSION, READABLE_VERSIONS, SEGMENT_MAGIC } from './format.ts';
import { causeText, JournalError } from './journal-error.ts';

const LF = 10;
const FIRST_LINE = new RegExp(`^${SEGMENT_MAGIC} ([0-9]{1,9})$`);

/**
 * What stands at the reader's place in the file.
 *
 * - `block`: one whole block; `raw` is its content
 * - `damaged`: not what was written; `goesOn` says that its frame line is whole, so the block after it can still be read
 * - `torn`: the file ends inside what stands here
 * - `end`: the file ends after a whole block
 */
export type BlockOutcome =
  | {
      readonly kind: 'block';
      readonly type: BlockType;
      readonly block: number;
      readonly offset: number;
      readonly records: number;
      readonly storedBytes: number;
      readonly raw: Buffer;
    }
  | {
      readonly kind: 'damaged';
      readonly block: number;
      readonly offset: number;
      readonly records: number;
      readonly reason: string;
      readonly goesOn: boolean;
    }
  | { readonly kind: 'torn'; readonly block: number; readonly offset: number }
  | { readonly kind: 'end'; readonly block: number; readonly offset: number };

/** A segment open for reading, up to the length it had when it was opened: it may still be growing. */
export class SegmentReader {
  readonly path: string;
  /** Length of the file when it was opened. */
  readonly bytes: number;
  readonly #fd: number;
  #offset = 0;
  #block = 0;

  private constructor(path: string, fd: number, bytes: number) {
    this.path = path;
    this.#fd = fd;
    this.bytes = bytes;
  }

  /**
   * Opens a segment and reads its first line. A file that ends within that line is torn, and `next` says so.
   *
   * @throws JournalError `not_a_journal`, `journal_version_unsupported`, `journal_unreadable`
   */
  static open(path: string): SegmentReader {
    const { fd, bytes } = openFile(path);
    try {
      const reader = new SegmentReader(path, fd, bytes);
      reader.#readFirstLine();
      return reader;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** The outcome at this place; moves past it when it is a `block`, or `damaged` and `goesOn`. */
  next(): BlockOutcome {
    const offset = this.#offset;
    const block = this.#block;
    if (offset === 0) return { kind: 'torn', block, offset };
    if (offset >= this.bytes) return { kind: 'end', block, offset };
    const head = this.#read(offset, Math.min(MAX_FRAME_LINE_BYTES, this.bytes - offset));
    const lineLength = head.indexOf(LF);
    if (lineLength < 0 && isTornLine(head)) return { kind: 'torn', block, offset };
    const frame = lineLength < 0 ? null : parseFrameLine(head.toString('latin1', 0, lineLength));
    if (frame === null) {
      return { kind: 'damaged', block, offset, records: 0, reason: 'its frame line is not one', goesOn: false };
    }
    return this.#readBlock(frame, offset, offset + lineLength + 1);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #readBlock(frame: BlockFrame, offset: number, storedFrom: number): BlockOutcome {
    const block = this.#block;
    const { type, records, storedBytes } = frame;
    if (storedFrom + storedBytes > this.bytes) return { kind: 'torn', block, offset };
    this.#offset = storedFrom + storedBytes;
    this.#block += 1;
    const raw = decodeBlock(frame, this.#read(storedFrom, storedBytes));
    if (typeof raw === 'string') return { kind: 'damaged', block, offset, records, reason: raw, goesOn: true };
    if (frame.number !== block) {
      const reason = `its frame line says that it is block ${frame.number}`;
      return { kind: 'damaged', block, offset, records, reason, goesOn: true };
    }
    return { kind: 'block', type, block, offset, records, storedBytes, raw };
  }

  #readFirstLine(): void {
    const head = this.#read(0, Math.min(SEGMENT_MAGIC.length + 12, this.bytes)).toString('latin1');
    const lineEnd = head.indexOf('\n');
    const line = lineEnd < 0 ? head : head.slice(0, lineEnd);
    const match = FIRST_LINE.exec(line);
    const isTorn = head.length === this.bytes && (match !== null || `${SEGMENT_MAGIC} `.startsWith(line));
    if (lineEnd < 0 && isTorn) return;
    if (match === null) throw new JournalError('not_a_journal', `${this.path}: not a cryptorun journal`);
    this.#checkVersion(Number(match[1]));
    this.#offset = lineEnd + 1;
  }

  #checkVersion(version: number): void {
    if (READABLE_VERSIONS.has(version)) return;
    throw new JournalError(
      'journal_version_unsupported',
      `${this.path}: journal format ${version}, this program reads up to ${FORMAT_VERSION}: read it with the cryptorun that wrote it, or a newer one`,
    );
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const count = this.#readSome(bytes, done, position + done);
      // The file became shorter under us: what is missing reads as zeros, which no checksum accepts.
      if (count === 0) return bytes.fill(0, done);
      done += count;
    }
    return bytes;
  }

  #readSome(bytes: Buffer, from: number, position: number): number {
    try {
      return readSync(this.#fd, bytes, from, bytes.length - from, position);
    } catch (error) {
      throw new JournalError('journal_unreadable', `${this.path}: cannot be read: ${causeText(error)}`, {
        cause: error,
      });
    }
  }
}

function openFile(path: string): { fd: number; bytes: number } {
  try {
    const fd = openSync(path, 'r');
    return { fd, bytes: fstatSync(fd).size };
  } catch (error) {
    throw new JournalError('journal_unreadable', `${path}: cannot be read: ${causeText(error)}`, { cause: error });
  }
}

/** A line cut off by the end of the file: the beginning of a frame line, or zeros (a file grown before its bytes came). */
function isTornLine(head: Buffer): boolean {
  if (head.every((byte) => byte === 0)) return true;
  return head.length < MAX_FRAME_LINE_BYTES && /^(CRJB?|CR?|CRJB [a-z0-9 ]*)$/.test(head.toString('latin1'));
}
