/** Finds the one member of a zip file. Reads the directory at its end; refuses archives of several members, zip64 and encryption. */

import { type FileHandle, open } from 'node:fs/promises';

export interface ZipMember {
  /** Where its packed bytes begin in the file, and how many there are. */
  readonly start: number;
  readonly packedBytes: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
/** The end record may be followed by a comment of up to 65,535 bytes (APPNOTE 4.3.16). */
const MAX_END_BYTES = END_BYTES + 65_535;
/** These values say that the real one stands in a zip64 record. */
const ZIP64_MARK = 0xffffffff;
const ZIP64_MEMBERS = 0xffff;

/** The member, or one clause that says why there is none to read. */
export async function findZipMember(path: string): Promise<ZipMember | string> {
  const file = await open(path, 'r');
  try {
    return await findIn(file);
  } finally {
    await file.close();
  }
}

async function findIn(file: FileHandle): Promise<ZipMember | string> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - MAX_END_BYTES), Math.min(size, MAX_END_BYTES));
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + END_BYTES > tail.length || tail.readUInt32LE(end) !== END_SIGNATURE)
    return 'the zip has no directory: it is cut short';
  const members = tail.readUInt16LE(end + 10);
  if (members === ZIP64_MEMBERS) return 'the zip is of the zip64 kind';
  if (members !== 1) return `the zip has ${members} members`;
  const entry = await readAt(file, tail.readUInt32LE(end + 16), ENTRY_BYTES);
  if (entry.length < ENTRY_BYTES || entry.readUInt32LE(0) !== ENTRY_SIGNATURE)
    return 'the zip has no directory that we can read';
  return memberOf(file, entry);
}

async function memberOf(file: FileHandle, entry: Buffer): Promise<ZipMember | string> {
  if ((entry.readUInt16LE(8) & 1) !== 0) return 'the zip is encrypted';
  const method = entry.readUInt16LE(10);
  if (method !== 0 && method !== 8) return `the zip is packed by method ${method}`;
  const packedBytes = entry.readUInt32LE(20);
  const localAt = entry.readUInt32LE(42);
  if (packedBytes === ZIP64_MARK || localAt === ZIP64_MARK) return 'the zip is of the zip64 kind';
  const local = await readAt(file, localAt, LOCAL_BYTES);
  if (local.length < LOCAL_BYTES) return 'the zip has no member that we can read';
  return { start: localAt + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28), packedBytes, method };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}
