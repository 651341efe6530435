/** Gathers records, one a line, in one buffer that becomes a block. Copies what it is given; writes no file. */

import { isUtf8 } from 'node:buffer';
import { assert } from '../../core/base/assert.ts';
import type { FrameInput, Input } from '../../core/scan/input.ts';
import { receiveTimeText } from './receive-time.ts';

const LF = 10;
const CR = 13;
/** Longest text before a payload: sequence 16, kind 7, time 17, connection 16, four spaces, and the LF at the end. */
const MAX_LINE_OVERHEAD = 64;
const INPUT_KIND = /^[a-z][a-z_]*$/;

/** The records of the block that is open. */
export class RecordBuffer {
  #bytes: Buffer;
  #length = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity + MAX_LINE_OVERHEAD);
  }

  /** Raw bytes gathered. */
  get length(): number {
    return this.#length;
  }

  /** Records gathered. */
  get count(): number {
    return this.#count;
  }

  /** What was gathered; valid until the next `add` or `clear`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    this.#count = 0;
  }

  /** Takes back the record added last, given the length before it. */
  withdraw(lengthBefore: number): Uint8Array {
    const record = Buffer.from(this.#bytes.subarray(lengthBefore, this.#length));
    this.#length = lengthBefore;
    this.#count -= 1;
    return record;
  }

  /** Adds a record that `withdraw` gave. */
  addLine(record: Uint8Array): void {
    this.#reserve(record.length);
    this.#bytes.set(record, this.#length);
    this.#length += record.length;
    this.#count += 1;
  }

  /** Adds one Input. Frames are copied, so the caller may reuse object and bytes at once. */
  add(sequence: number, input: Input): void {
    if (input.kind === 'frame') this.#addFrame(sequence, input);
    else this.#addJson(sequence, input);
    this.#bytes[this.#length++] = LF;
    this.#count += 1;
  }

  /** Copies the frame where text would stand and looks at the copy: most frames are text, so most are copied once. */
  #addFrame(sequence: number, input: FrameInput): void {
    const size = input.to - input.from;
    this.#reserve(MAX_LINE_OVERHEAD + size);
    const tail = ` ${receiveTimeText(input.receiveTimeMs)} ${connectionText(input)} `;
    const lineStart = this.#length;
    const payload = lineStart + this.#bytes.write(`${sequence} frame${tail}`, lineStart, 'latin1');
    this.#bytes.set(input.bytes.subarray(input.from, input.to), payload);
    this.#length = payload + size;
    const copy = this.#bytes.subarray(payload, payload + size);
    if (!isOneLineOfText(copy))
      this.#rewriteAsBase64(lineStart, `${sequence} frame64${tail}${copy.toString('base64')}`);
  }

  #rewriteAsBase64(lineStart: number, line: string): void {
    this.#length = lineStart;
    this.#reserve(line.length + 1);
    this.#length += this.#bytes.write(line, lineStart, 'latin1');
  }

  #addJson(sequence: number, input: Exclude<Input, FrameInput>): void {
    assert(INPUT_KIND.test(input.kind), 'the kind of an Input is lower snake case');
    const json = JSON.stringify(input);
    const line = `${sequence} ${input.kind} ${receiveTimeText(input.receiveTimeMs)} ${connectionText(input)} ${json}`;
    this.#reserve(Buffer.byteLength(line) + 1);
    this.#length += this.#bytes.write(line, this.#length, 'utf8');
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

function isOneLineOfText(bytes: Buffer): boolean {
  return bytes.indexOf(LF) < 0 && bytes.indexOf(CR) < 0 && isUtf8(bytes);
}

/** The Input's connection, `-` for kinds that have none. */
function connectionText(input: Input): string {
  const connection: unknown = 'connection' in input ? input.connection : undefined;
  if (connection === undefined) return '-';
  assert(Number.isSafeInteger(connection) && (connection as number) >= 0, 'a connection is a whole number from 0');
  return `${connection as number}`;
}
