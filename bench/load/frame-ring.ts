/**
 * Recorded frames as one block of bytes, each with its WebSocket header, and where in it the digits are that go on from round to
 * round. Copying a frame out and writing its digits is all that sending costs. Sends nothing.
 */

import type { Recorded, VenueRecording } from './recording.ts';
import { type FieldKind, type Wire, wireOf } from './wire.ts';

/** A text frame, unmasked (RFC 6455, 5.2). */
const TEXT_FRAME = 0x81;
/** Ids may grow so many rounds before a digit is added. */
const MOST_ROUNDS = 5_000;
const ISO_LENGTH = 27;

interface Field {
  readonly offset: number;
  readonly width: number;
  /** NaN: it is the time. */
  readonly base: number;
  readonly span: number;
}

/** What time it is, as frames write it. */
export interface WireTime {
  /** 13 digits. */
  readonly ms: Uint8Array;
  /** `2026-11-01T22:35:00.000000Z` */
  readonly iso: Uint8Array;
}

export function wireTime(nowMs: number): WireTime {
  const ms = Math.floor(nowMs);
  const iso = `${new Date(ms).toISOString().slice(0, -1)}000Z`;
  return { ms: Buffer.from(String(ms), 'latin1'), iso: Buffer.from(iso, 'latin1') };
}

export class FrameRing {
  readonly #frames: readonly Recorded[];
  readonly #bytes: Buffer;
  /** Frame i is `[ends[i - 1], ends[i])`; its fields are `[fieldEnds[i - 1], fieldEnds[i])`. */
  readonly #ends: Int32Array;
  readonly #fieldEnds: Int32Array;
  readonly #offsets: Int32Array;
  readonly #widths: Uint8Array;
  readonly #bases: Float64Array;
  readonly #spans: Float64Array;

  /** @param isRaw - Binance's single streams: the payload without its name */
  constructor({ venue, frames }: VenueRecording, spans: Spans, isRaw: boolean) {
    const wire = wireOf(venue);
    this.#frames = frames;
    this.#ends = new Int32Array(frames.length);
    this.#fieldEnds = new Int32Array(frames.length);
    const parts: Buffer[] = [];
    const fields: Field[] = [];
    let end = 0;
    for (let i = 0; i < frames.length; i++) {
      const { text, symbol } = frames[i]!;
      const payload = Buffer.from(isRaw ? withoutName(text) : text);
      const header = headerOf(payload.length);
      parts.push(header, payload);
      for (const found of fieldsOf(wire, payload.toString('latin1'), symbol, spans))
        fields.push({ ...found, offset: end + header.length + found.offset });
      end += header.length + payload.length;
      this.#ends[i] = end;
      this.#fieldEnds[i] = fields.length;
    }
    this.#bytes = Buffer.concat(parts);
    this.#offsets = Int32Array.from(fields, ({ offset }) => offset);
    this.#widths = Uint8Array.from(fields, ({ width }) => width);
    this.#bases = Float64Array.from(fields, ({ base }) => base);
    this.#spans = Float64Array.from(fields, ({ span }) => span);
  }

  get length(): number {
    return this.#frames.length;
  }

  keyOf(index: number): string {
    return this.#frames[index]!.key;
  }

  /** With its header. */
  sizeOf(index: number): number {
    return this.#ends[index]! - (index === 0 ? 0 : this.#ends[index - 1]!);
  }

  /** Writes a frame as it is in a round. @returns where the next one goes */
  copy(index: number, round: number, time: WireTime, out: Uint8Array, at: number): number {
    const from = index === 0 ? 0 : this.#ends[index - 1]!;
    const to = this.#ends[index]!;
    this.#bytes.copy(out, at, from, to);
    const shift = at - from;
    for (let i = index === 0 ? 0 : this.#fieldEnds[index - 1]!; i < this.#fieldEnds[index]!; i++) {
      const offset = this.#offsets[i]! + shift;
      const width = this.#widths[i]!;
      const base = this.#bases[i]!;
      if (!Number.isNaN(base)) writeDigits(out, offset, width, base + round * this.#spans[i]!);
      else out.set(width === ISO_LENGTH ? time.iso : time.ms, offset);
    }
    return at + to - from;
  }
}

/** How far the ids of a sequence go in one round, by symbol and kind. */
export type Spans = ReadonlyMap<string, number>;

export function spansOf({ venue, frames, books }: VenueRecording): Map<string, number> {
  const wire = wireOf(venue);
  const spans = new Map<string, number>();
  const extremes = new Map<string, { least: number; most: number }>();
  for (const { text, symbol, isDepth } of frames) {
    if (isDepth) {
      const last = wire.idsOf(text)?.last ?? 0;
      const start = books.get(symbol)?.id ?? 0;
      spans.set(`${symbol} book`, Math.max(spans.get(`${symbol} book`) ?? 0, last - start));
    }
    for (const { kind, value } of numbersOf(wire, text)) {
      if (kind !== 'trade' && kind !== 'aggregate') continue;
      const known = extremes.get(`${symbol} ${kind}`) ?? { least: value, most: value };
      known.least = Math.min(known.least, value);
      known.most = Math.max(known.most, value);
      extremes.set(`${symbol} ${kind}`, known);
    }
  }
  for (const [key, { least, most }] of extremes) spans.set(key, most - least + 1);
  return spans;
}

function* numbersOf(
  wire: Wire,
  text: string,
): Iterable<{ kind: FieldKind; value: number; offset: number; text: string }> {
  for (const match of text.matchAll(wire.fields)) {
    const { name, value } = match.groups!;
    const kind = wire.kinds[name!]!;
    yield { kind, value: Number(value), offset: match.index + match[0].lastIndexOf(value!), text: value! };
  }
}

function* fieldsOf(wire: Wire, text: string, symbol: string, spans: Spans): Iterable<Field> {
  for (const { kind, value, offset, text: digits } of numbersOf(wire, text)) {
    const width = digits.length;
    if (kind === 'time') {
      if (width === ISO_LENGTH || (width === 13 && !isFuture(text, offset)))
        yield { offset, width, base: Number.NaN, span: 0 };
      continue;
    }
    const span = spans.get(`${symbol} ${kind}`) ?? 0;
    if (String(value + span * MOST_ROUNDS).length !== width) throw new Error(`${symbol}: ids of ${digits} grow longer`);
    yield { offset, width, base: value, span };
  }
}

/** The next funding is not now. */
function isFuture(text: string, offset: number): boolean {
  return text.includes('markPriceUpdate') && text[offset - 3] === 'T';
}

function withoutName(text: string): string {
  return text.slice(text.indexOf('"data":') + 7, -1);
}

function headerOf(length: number): Buffer {
  if (length < 126) return Buffer.from([TEXT_FRAME, length]);
  if (length < 65_536) return Buffer.from([TEXT_FRAME, 126, length >> 8, length & 255]);
  const header = Buffer.alloc(10);
  header[0] = TEXT_FRAME;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** Two halves, so that all but one division are of small integers. */
function writeDigits(out: Uint8Array, offset: number, width: number, value: number): void {
  const high = Math.floor(value / 1e7);
  let rest = value - high * 1e7;
  let at = offset + width - 1;
  for (const half = Math.max(offset, at - 6); at >= half; at--) {
    const next = (rest / 10) | 0;
    out[at] = 48 + rest - next * 10;
    rest = next;
  }
  for (rest = high; at >= offset; at--) {
    const next = Math.floor(rest / 10);
    out[at] = 48 + rest - next * 10;
    rest = next;
  }
}
