/** Reads the records of one block, line by line, back into Inputs. Never throws on what it reads. */

import type { FrameInput, Input } from '../../core/scan/input.ts';
import { parseReceiveTime } from './receive-time.ts';

const LF = 10;
const SPACE = 32;
const DASH = 45;

type Reused<T> = { -readonly [K in keyof T]: T[K] };

/** A cursor over one block's raw bytes. After `next` is true, the fields describe the record it stands on. */
export class RecordCursor {
  sequence = 0;
  receiveTimeMs = 0;
  /** Why `next` was false though bytes were left: what is wrong with the line at `lineFrom`; null at the end. */
  fault: string | null = null;

  #raw: Buffer = Buffer.alloc(0);
  #lineFrom = 0;
  #lineTo = 0;
  #kindFrom = 0;
  #kindTo = 0;
  #payloadFrom = 0;
  #connection = Number.NaN;
  readonly #frame: Reused<FrameInput> = {
    kind: 'frame',
    connection: 0,
    bytes: this.#raw,
    from: 0,
    to: 0,
    receiveTimeMs: 0,
  };

  /** Byte offset in the raw block of the line it stands on. */
  get lineFrom(): number {
    return this.#lineFrom;
  }

  /** Stands before the first record of `raw`, which stays the caller's and must not change while it is read. */
  open(raw: Buffer): void {
    this.#raw = raw;
    this.#lineTo = -1;
    this.fault = null;
  }

  /** Moves to the next record; false at the end and at a line that is not a record (`fault`). */
  next(): boolean {
    const raw = this.#raw;
    const from = this.#lineTo + 1;
    if (this.fault !== null || from >= raw.length) return false;
    this.#lineFrom = from;
    const to = raw.indexOf(LF, from);
    if (to < 0) return this.#fail('a record does not end with LF');
    this.#lineTo = to;
    return this.#readColumns(raw, from, to);
  }

  #readColumns(raw: Buffer, from: number, to: number): boolean {
    const sequenceTo = raw.indexOf(SPACE, from);
    const kindTo = raw.indexOf(SPACE, sequenceTo + 1);
    const timeTo = raw.indexOf(SPACE, kindTo + 1);
    const connectionTo = raw.indexOf(SPACE, timeTo + 1);
    if (sequenceTo < 0 || kindTo < 0 || timeTo < 0 || connectionTo < 0 || connectionTo >= to) {
      return this.#fail('a record has fewer than five columns');
    }
    this.sequence = parseWhole(raw, from, sequenceTo);
    if (Number.isNaN(this.sequence)) return this.#fail('a sequence number is not a whole number');
    this.receiveTimeMs = parseReceiveTime(raw, kindTo + 1, timeTo);
    if (Number.isNaN(this.receiveTimeMs)) return this.#fail('a receive time is not ms with up to three decimals');
    this.#connection = parseWhole(raw, timeTo + 1, connectionTo);
    if (Number.isNaN(this.#connection) && !(connectionTo === timeTo + 2 && raw[timeTo + 1] === DASH)) {
      return this.#fail('a connection is neither a whole number nor -');
    }
    this.#kindFrom = sequenceTo + 1;
    this.#kindTo = kindTo;
    this.#payloadFrom = connectionTo + 1;
    return true;
  }

  /** The kind as stored: an Input's kind, or `frame64`. */
  kind(): string {
    return this.#raw.toString('latin1', this.#kindFrom, this.#kindTo);
  }

  /** The whole line as text, without its LF. */
  line(): string {
    return this.#raw.toString('utf8', this.#lineFrom, this.#lineTo);
  }

  /**
   * The record as an Input; null (and `fault`) when its payload is not one.
   *
   * A frame is one reused object over the block's own bytes: valid until the next `next`.
   */
  input(): Input | null {
    const length = this.#kindTo - this.#kindFrom;
    // No other stored kind begins with these letters: five of them are `frame`, seven `frame64`.
    const isFrame = this.#raw[this.#kindFrom] === 102 && (length === 5 || length === 7);
    if (isFrame) {
      const kind = this.kind();
      if (kind === 'frame') return this.#useFrame(this.#raw, this.#payloadFrom, this.#lineTo);
      if (kind === 'frame64') return this.#useBase64();
    }
    return this.#parseJson();
  }

  #useFrame(bytes: Uint8Array, from: number, to: number): Input | null {
    if (Number.isNaN(this.#connection)) return this.#refuse('a frame names no connection');
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.from = from;
    frame.to = to;
    frame.connection = this.#connection;
    frame.receiveTimeMs = this.receiveTimeMs;
    return frame;
  }

  #useBase64(): Input | null {
    const text = this.#raw.toString('latin1', this.#payloadFrom, this.#lineTo);
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64') !== text) return this.#refuse('a frame64 payload is not base64');
    return this.#useFrame(bytes, 0, bytes.length);
  }

  #parseJson(): Input | null {
    let input: Input;
    try {
      input = JSON.parse(this.#raw.toString('utf8', this.#payloadFrom, this.#lineTo)) as Input;
    } catch {
      return this.#refuse('a payload is not JSON');
    }
    if (input?.kind !== this.kind() || input.receiveTimeMs !== this.receiveTimeMs) {
      return this.#refuse('a payload is not an Input of the kind and time that its line states');
    }
    return input;
  }

  #fail(fault: string): false {
    this.fault = fault;
    return false;
  }

  #refuse(fault: string): null {
    this.fault = fault;
    return null;
  }
}

/** A whole number without sign; NaN when empty, longer than a double holds exactly, or anything else. */
function parseWhole(bytes: Uint8Array, from: number, to: number): number {
  if (to <= from || to - from > 16) return Number.NaN;
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = bytes[i]! - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
