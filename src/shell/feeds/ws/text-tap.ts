/**
 * Takes plain text messages straight out of what a socket reads. The `ws` library gets everything else as it came: what is
 * fragmented, compressed, cut by the end of a read or no text, pings, closes and garbage. Judges none of it.
 */

import type { Duplex } from 'node:stream';
import { joined } from './joined.ts';

/** The message is `bytes[from, to)`, valid until this returns. Several of one read come with the same `bytes`, one after the other. */
export type OnText = (bytes: Uint8Array, from: number, to: number) => void;

/** First bytes of a frame (RFC 6455, 5.2): the only frame of a text message, not compressed. */
const WHOLE_TEXT = 0x81;
const FINAL_BIT = 0x80;
const OPCODE_BITS = 0x0f;
/** Opcodes from here on are control frames, which may stand between the fragments of a message. */
const FIRST_CONTROL = 0x8;
/** Second byte: under it, an unmasked frame with its length or how that is written. */
const MASK_BIT = 0x80;
const MASK_BYTES = 4;
const TWO_BYTE_LENGTH = 126;

/**
 * To be called when the library has begun to listen and nothing was read yet but what came with the handshake, on a connection
 * without extensions: where messages are inflated, they come later than those that are not.
 *
 * @param socket - that the library reads; what it emits as `data` is tapped too
 * @param maxMessageBytes - longer ones are the library's, which refuses them
 * @returns for what was read past the socket's own `data`, `bytes[0, length)`; the bytes are the caller's again when it returns
 */
export function tapText(
  socket: Duplex,
  maxMessageBytes: number,
  onText: OnText,
): (bytes: Uint8Array, length: number) => void {
  const emit = socket.emit;
  const leave = (bytes: Uint8Array): void => {
    // The library keeps what it is given until it has a whole message.
    emit.call(socket, 'data', Buffer.from(bytes));
  };
  const splitter = new TextSplitter({ maxMessageBytes, onText, leave });
  // It stops listening when the connection is over by its judgement; then nothing is a message any more. Counting its listeners at each
  // read costs as much as telling a short message.
  let isOver = socket.listenerCount('data') === 0;
  socket.on('removeListener', (name) => {
    if (name === 'data') isOver = socket.listenerCount('data') === 0;
  });
  const read = (bytes: Uint8Array, length: number): void => {
    if (!isOver) splitter.read(bytes, length);
  };
  socket.emit = (name: string | symbol, ...args: unknown[]): boolean => {
    if (name !== 'data') return emit.call(socket, name, ...args);
    const bytes = args[0] as Buffer;
    read(bytes, bytes.length);
    return true;
  };
  return read;
}

interface SplitterOptions {
  readonly maxMessageBytes: number;
  readonly onText: OnText;
  readonly leave: (bytes: Uint8Array) => void;
}

class TextSplitter {
  readonly #options: SplitterOptions;
  /** Of a frame that is the library's, to come with the next read. */
  #owedBytes = 0;
  /** A header that the end of a read has cut: the library has it, so the frame is the library's. */
  #cut: Uint8Array | null = null;
  /** Between the fragments of a message, all of which are the library's. */
  #isFragmented = false;
  /**
   * Behind what may break the connection off, nothing of the same read is ours: the library knows it is over before it says so. Nor of
   * the next read, if that begins with the rest of such a frame.
   */
  #isOurs = true;

  constructor(options: SplitterOptions) {
    this.#options = options;
  }

  /** Reads `chunk[0, length)`. */
  read(chunk: Uint8Array, length: number): void {
    const bytes = this.#cut === null ? chunk : joined([this.#cut, chunk.subarray(0, length)]);
    // The library has what stands before.
    const fresh = this.#cut === null ? 0 : this.#cut.length;
    this.#cut = null;
    this.#split(bytes, fresh + length, fresh);
  }

  #split(bytes: Uint8Array, end: number, fresh: number): void {
    const { maxMessageBytes, onText } = this.#options;
    if (this.#owedBytes === 0) this.#isOurs = true;
    let at = this.#leave(bytes, end, 0, this.#owedBytes, fresh);
    while (at < end) {
      const headerBytes = end - at < 2 ? Number.POSITIVE_INFINITY : headerBytesOf(bytes[at + 1]!);
      if (end - at < headerBytes) {
        this.#cut = new Uint8Array(bytes.subarray(at, end));
        this.#options.leave(bytes.subarray(Math.max(at, fresh), end));
        return;
      }
      const from = at + headerBytes;
      const length = lengthOf(bytes, at);
      this.#isOurs &&=
        bytes[at] === WHOLE_TEXT && bytes[at + 1]! < MASK_BIT && length <= maxMessageBytes && !this.#isFragmented;
      if (this.#isOurs && at >= fresh && length <= end - from) {
        at = from + length;
        onText(bytes, from, at);
      } else {
        this.#noteFragments(bytes[at]!);
        at = this.#leave(bytes, end, at, headerBytes + length, fresh);
      }
    }
  }

  /** So much of it as is there, before `end`. @param fresh - what stands before is left already; @returns where what follows begins */
  #leave(bytes: Uint8Array, end: number, from: number, length: number, fresh: number): number {
    const to = Math.min(end, from + length);
    this.#owedBytes = length - (to - from);
    const start = Math.max(from, fresh);
    if (to > start) this.#options.leave(bytes.subarray(start, to));
    return to;
  }

  #noteFragments(first: number): void {
    if ((first & OPCODE_BITS) < FIRST_CONTROL) this.#isFragmented = (first & FINAL_BIT) === 0;
  }
}

/** @param second - byte of the header */
function headerBytesOf(second: number): number {
  const written = second & ~MASK_BIT;
  const lengthBytes = written < TWO_BYTE_LENGTH ? 0 : written === TWO_BYTE_LENGTH ? 2 : 8;
  return 2 + lengthBytes + (second < MASK_BIT ? 0 : MASK_BYTES);
}

/** Of the payload. @param at - where a whole header begins */
function lengthOf(bytes: Uint8Array, at: number): number {
  const written = bytes[at + 1]! & ~MASK_BIT;
  if (written < TWO_BYTE_LENGTH) return written;
  if (written === TWO_BYTE_LENGTH) return bytes[at + 2]! * 0x100 + bytes[at + 3]!;
  let length = 0;
  for (let i = at + 2; i < at + 10; i++) length = length * 0x100 + bytes[i]!;
  return length;
}
