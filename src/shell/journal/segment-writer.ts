/** Writes the blocks of one segment, whole or not at all, and keeps its digest. Decides nothing about when. */

import { createHash, type Hash } from 'node:crypto';
import type { JsonObject } from '../../core/base/json.ts';
import { type BlockType, encodeBlock } from './block.ts';
import { SEGMENT_MAGIC, type SegmentHeader, type SegmentTrailer } from './format.ts';
import type { SegmentFile } from './segment-file.ts';

/**
 * One segment being written. Methods throw the system's error after they have cut the file back to its last whole
 * block; the segment is then closed and takes nothing more.
 */
export class SegmentWriter {
  readonly #file: SegmentFile;
  readonly #hash: Hash = createHash('sha256');
  #nextBlock = 0;
  #writtenBytes = 0;
  #rawBytes = 0;
  #records = 0;

  private constructor(file: SegmentFile) {
    this.#file = file;
  }

  /** Writes the first line, the header and, with a state, the checkpoint. On failure nothing is left of the file. */
  static begin(file: SegmentFile, header: SegmentHeader, state: JsonObject | null): SegmentWriter {
    const segment = new SegmentWriter(file);
    const parts = [Buffer.from(`${SEGMENT_MAGIC} ${header.formatVersion}\n`), segment.#json('header', header)];
    if (state !== null) parts.push(segment.#json('checkpoint', state));
    try {
      segment.#writeWhole(Buffer.concat(parts));
    } catch (error) {
      attempt(() => file.remove());
      throw error;
    }
    return segment;
  }

  /** Raw bytes of the records written. */
  get rawBytes(): number {
    return this.#rawBytes;
  }

  writeRecords(raw: Uint8Array, count: number): void {
    this.#writeWhole(this.#encode('records', raw, count));
    this.#rawBytes += raw.length;
    this.#records += count;
  }

  sync(): void {
    try {
      this.#file.sync();
    } catch (error) {
      attempt(() => this.#file.close());
      throw error;
    }
  }

  /** Writes the trailer, syncs to disk and closes. @returns the digest for the next segment's header */
  end(end: SegmentTrailer['end']): string {
    const sha256 = this.#hash.copy().digest('hex');
    this.#writeWhole(this.#json('trailer', { recordCount: this.#records, sha256, end } satisfies SegmentTrailer));
    this.sync();
    this.#file.close();
    return sha256;
  }

  #json(type: BlockType, payload: object): Buffer {
    return this.#encode(type, Buffer.from(JSON.stringify(payload)), 0);
  }

  #encode(type: BlockType, raw: Uint8Array, count: number): Buffer {
    const block = encodeBlock(type, this.#nextBlock, count, raw);
    this.#nextBlock += 1;
    return block;
  }

  #writeWhole(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        const written = this.#file.write(bytes.subarray(done));
        if (written <= 0) throw new Error('the system wrote nothing');
        done += written;
      }
    } catch (error) {
      // A full disk still lets a file shrink. Should even that fail, readers find the torn tail by themselves.
      attempt(() => this.#file.truncate(this.#writtenBytes));
      attempt(() => this.#file.close());
      throw error;
    }
    this.#writtenBytes += bytes.length;
    this.#hash.update(bytes);
  }
}

/** Tidies up after a failure that is already being reported; a second failure adds nothing to it. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {}
}
