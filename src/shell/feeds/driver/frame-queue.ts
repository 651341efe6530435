/**
 * The bounded queue between sockets and the core: frames in one flat ring of bytes, and events between them, in the order of
 * arrival. Copies what was read once, all its frames together. Refuses what does not fit; what to do then is its owner's.
 */

import { assert } from '../../../core/base/assert.ts';

/** What an entry is, by the number that stands for a frame's connection. */
const EVENT = -1;

/** Events come a few a connection, not a few a frame: room for them beside all frames. */
const EVENT_SLOTS = 16_384;

/** What the places in the ring may be. */
const MAX_BYTES = 2 ** 30;

export interface QueueLimits {
  /** Frames that may wait. */
  readonly frames: number;
  /** Bytes of all frames that may wait, at most 2^30; a frame larger than this never fits. */
  readonly bytes: number;
}

/** @typeParam E - what stands between frames */
export class FrameQueue<E> {
  readonly limits: QueueLimits;
  readonly #bytes: Uint8Array;
  readonly #slots: number;
  readonly #connections: Int32Array;
  /** Whole numbers, to the engine too: one double, and the decoder is compiled anew for positions that may be fractions. */
  readonly #offsets: Int32Array;
  readonly #lengths: Int32Array;
  readonly #timesMs: Float64Array;
  readonly #events: (E | null)[];
  #head = 0;
  #count = 0;
  #frames = 0;
  /** Bytes are in use from `#byteHead` up to `#byteTail`, or around the end. */
  #byteHead = 0;
  #byteTail = 0;
  /** What was read last, where all that follows in it is copied already; null: nothing is. */
  #copied: Uint8Array | null = null;
  /** Byte i of it is at `i + #copiedShift`. */
  #copiedShift = 0;
  /** Where the last frame of it ends in it. */
  #copiedTo = 0;

  constructor(limits: QueueLimits) {
    assert(limits.bytes <= MAX_BYTES, 'places fit 32 bits');
    this.limits = limits;
    this.#bytes = new Uint8Array(limits.bytes);
    this.#slots = limits.frames + EVENT_SLOTS;
    this.#connections = new Int32Array(this.#slots);
    this.#offsets = new Int32Array(this.#slots);
    this.#lengths = new Int32Array(this.#slots);
    this.#timesMs = new Float64Array(this.#slots);
    this.#events = new Array<E | null>(this.#slots).fill(null);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Frames that wait. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes in use: of the frames that wait, and what lies between them. */
  get bytes(): number {
    if (this.#frames === 0) return 0;
    const length = this.#byteTail - this.#byteHead;
    return length > 0 ? length : length + this.limits.bytes;
  }

  /** Whether this much is in use, of whichever limit is nearer: 0 to 1. */
  isFilled(ratio: number): boolean {
    return this.#frames >= ratio * this.limits.frames || this.bytes >= ratio * this.limits.bytes;
  }

  /** Arrival of the entry that is next; NaN when nothing waits. */
  get headTimeMs(): number {
    return this.#count === 0 ? Number.NaN : this.#timesMs[this.#head]!;
  }

  /**
   * Takes a copy of `source[from, to)`. Frames that come one after the other in the same `source` are copied with the first of
   * them; there must be at least a byte between two, and `source` must stay as it is until the last.
   *
   * @param connection - >= 0
   * @returns false: no room, nothing was taken
   */
  pushFrame(connection: number, source: Uint8Array, from: number, to: number, timeMs: number): boolean {
    if (this.#frames === this.limits.frames) return false;
    const isCopied = source === this.#copied && from > this.#copiedTo;
    const offset = isCopied ? from + this.#copiedShift : this.#copy(source, from, to);
    if (offset < 0) return false;
    this.#copiedTo = to;
    this.#frames += 1;
    this.#add(connection, offset, to - from, timeMs, null);
    return true;
  }

  /** Events always fit: their number is bounded by that of connections and requests. */
  pushEvent(event: E, timeMs: number): void {
    assert(this.#count < this.#slots, 'events are few');
    this.#add(EVENT, 0, 0, timeMs, event);
  }

  /** The entry that is next; null: a frame, whose fields the getters below tell. Not on an empty queue. */
  get headEvent(): E | null {
    return this.#events[this.#head]!;
  }

  get headConnection(): number {
    return this.#connections[this.#head]!;
  }

  /** Where the frame's bytes are, valid until `shift`. */
  get buffer(): Uint8Array {
    return this.#bytes;
  }

  get headFrom(): number {
    return this.#offsets[this.#head]!;
  }

  get headTo(): number {
    return this.#offsets[this.#head]! + this.#lengths[this.#head]!;
  }

  /** Drops the entry that was next. */
  shift(): void {
    const at = this.#head;
    if (this.#connections[at] !== EVENT) {
      this.#frames -= 1;
      this.#byteHead = this.#offsets[at]! + sizeOf(this.#lengths[at]!);
      if (this.#frames === 0) this.#forgetBytes();
    }
    this.#events[at] = null;
    this.#count -= 1;
    this.#head = this.#count === 0 || at + 1 === this.#slots ? 0 : at + 1;
  }

  #add(connection: number, offset: number, length: number, timeMs: number, event: E | null): void {
    const next = this.#head + this.#count;
    const at = next < this.#slots ? next : next - this.#slots;
    this.#connections[at] = connection;
    this.#offsets[at] = offset;
    this.#lengths[at] = length;
    this.#timesMs[at] = timeMs;
    this.#events[at] = event;
    this.#count += 1;
  }

  /** With all that follows in it, where there is room for that. @returns where the frame is; -1: there is no room */
  #copy(source: Uint8Array, from: number, to: number): number {
    const rest = source.length - from;
    // A byte more than there is: the last frame may be an empty one.
    const wholeOffset = rest > to - from ? this.#reserve(rest + 1) : -1;
    const isWhole = wholeOffset >= 0;
    const offset = isWhole ? wholeOffset : this.#reserve(sizeOf(to - from));
    this.#copied = isWhole ? source : null;
    this.#copiedShift = offset - from;
    if (offset < 0) return -1;
    const end = isWhole ? source.length : to;
    this.#bytes.set(from === 0 && end === source.length ? source : source.subarray(from, end), offset);
    this.#byteTail = offset + (isWhole ? rest + 1 : sizeOf(to - from));
    return offset;
  }

  #forgetBytes(): void {
    // From the start again: what is used over and over stays in the processor's cache.
    this.#byteHead = this.#byteTail = 0;
    this.#copied = null;
  }

  /** Where so many bytes fit in one piece; -1: nowhere. */
  #reserve(length: number): number {
    const { bytes } = this.limits;
    if (this.#frames === 0) return length <= bytes ? 0 : -1;
    const isWrapped = this.#byteTail <= this.#byteHead;
    if (isWrapped) return this.#byteHead - this.#byteTail >= length ? this.#byteTail : -1;
    if (bytes - this.#byteTail >= length) return this.#byteTail;
    return this.#byteHead >= length ? 0 : -1;
  }
}

/** Even an empty frame takes a byte: a ring whose ends meet is full. */
function sizeOf(length: number): number {
  return length === 0 ? 1 : length;
}
