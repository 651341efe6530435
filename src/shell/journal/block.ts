/** One block: an ASCII frame line with sizes and checksums, then brotli bytes. Knows nothing of what blocks hold. */

import { brotliCompressSync, brotliDecompressSync, constants, crc32 } from 'node:zlib';
import { MAX_BLOCK_BYTES } from './format.ts';

export type BlockType = 'header' | 'checkpoint' | 'records' | 'trailer';

/** What a frame line says. `number` counts blocks within the file from 0; `records` is 0 but in `records` blocks. */
export interface BlockFrame {
  readonly type: BlockType;
  readonly number: number;
  readonly records: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly crc: number;
}

/** No frame line is longer: the longest has 4 numbers of at most 16 digits. LF included. */
export const MAX_FRAME_LINE_BYTES = 120;

const FRAME_LINE =
  /^(CRJB (header|checkpoint|records|trailer) (0|[1-9][0-9]{0,15}) (0|[1-9][0-9]{0,15}) (0|[1-9][0-9]{0,15}) (0|[1-9][0-9]{0,15}) ([0-9a-f]{8})) ([0-9a-f]{8})$/;

/**
 * Compresses and frames one block, ready to be written in one piece.
 *
 * Brotli at quality 1: faster than gzip 1 and smaller, both built into Node 20 (docs/adr/0003-journal-format.md).
 */
export function encodeBlock(type: BlockType, number: number, records: number, raw: Uint8Array): Buffer {
  const stored = brotliCompressSync(raw, {
    chunkSize: Math.max(raw.length, 1024),
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 1,
      [constants.BROTLI_PARAM_LGWIN]: 18,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  });
  const fields = `CRJB ${type} ${number} ${records} ${raw.length} ${stored.length} ${hex8(crc32(stored))}`;
  return Buffer.concat([Buffer.from(`${fields} ${hex8(crc32(fields))}\n`, 'latin1'), stored]);
}

/** Reads a frame line (without its LF); null when it is not one, or its own checksum or a size is wrong. */
export function parseFrameLine(line: string): BlockFrame | null {
  const match = FRAME_LINE.exec(line);
  if (match === null || crc32(match[1]!) !== Number.parseInt(match[8]!, 16)) return null;
  const rawBytes = Number(match[5]);
  const storedBytes = Number(match[6]);
  if (rawBytes > MAX_BLOCK_BYTES || storedBytes > MAX_BLOCK_BYTES) return null;
  return {
    type: match[2] as BlockType,
    number: Number(match[3]),
    records: Number(match[4]),
    rawBytes,
    storedBytes,
    crc: Number.parseInt(match[7]!, 16),
  };
}

/** The block's raw bytes, or in words why these stored bytes are not the ones that were written. */
export function decodeBlock(frame: BlockFrame, stored: Uint8Array): Buffer | string {
  if (crc32(stored) !== frame.crc) return 'its CRC-32 does not match its bytes';
  try {
    // One byte more than needed, so that zlib never starts a second output chunk.
    const raw = brotliDecompressSync(stored, {
      chunkSize: Math.max(frame.rawBytes + 1, 64),
      maxOutputLength: Math.max(frame.rawBytes, 1),
    });
    return raw.length === frame.rawBytes
      ? raw
      : `it unpacks to ${raw.length} bytes, its frame line says ${frame.rawBytes}`;
  } catch {
    return 'it does not unpack';
  }
}

function hex8(value: number): string {
  return value.toString(16).padStart(8, '0');
}
