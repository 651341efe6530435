/**
 * Sends one venue's ring at a rate to whoever listens, round after round, and knows where every book stands at any moment of it.
 * A listener that does not read gets nothing more until it does, and then all that it missed: nothing is ever left out.
 */

import { FrameRing, type Spans, spansOf, type WireTime } from './frame-ring.ts';
import { checksumOf, type VenueRecording } from './recording.ts';
import { type Depth, type Wire, wireOf } from './wire.ts';
import { WireBook } from './wire-book.ts';

/** What a listener is written to by. */
export interface Outlet {
  write(bytes: Buffer): void;
  /** Bytes that wait for the network. */
  readonly unsentBytes: number;
}

/** A book at a moment. */
export interface BookMoment {
  readonly depth: Depth;
  readonly id: number | null;
  readonly checksum: string;
}

/** A listener with so much unread gets no more for now. */
const MOST_UNSENT_BYTES = 4 << 20;
/** One write: what fits in a few socket buffers. */
const MOST_CHUNK_BYTES = 1 << 18;

export class RingPlayer {
  readonly recording: VenueRecording;
  readonly #wire: Wire;
  readonly #spans: Spans;
  readonly #keys: ReadonlySet<string>;
  readonly #depthFrames: ReadonlyMap<string, readonly DepthFrame[]>;
  readonly #rings: Partial<Record<'raw' | 'named', FrameRing>> = {};
  readonly #listeners = new Set<RingListener>();
  /** Frames since the beginning, those of all rounds. */
  #position = 0;
  readonly sent = { frames: 0, bytes: 0, heldBack: 0 };

  constructor(recording: VenueRecording) {
    this.recording = recording;
    this.#wire = wireOf(recording.venue);
    this.#spans = spansOf(recording);
    this.#keys = new Set(recording.frames.map(({ key }) => key));
    this.#depthFrames = depthFramesOf(recording);
  }

  /** Frames of one round. */
  get length(): number {
    return this.recording.frames.length;
  }

  listen(outlet: Outlet, isRaw: boolean): RingListener {
    const form = isRaw ? 'raw' : 'named';
    this.#rings[form] ??= new FrameRing(this.recording, this.#spans, isRaw);
    const listener = new RingListener(this.#rings[form], outlet, this.sent);
    this.#listeners.add(listener);
    return listener;
  }

  leave(listener: RingListener): void {
    this.#listeners.delete(listener);
  }

  /** Whether the ring brings a stream at all. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Goes on by so many frames, and sends what is due. */
  advance(frames: number, time: WireTime): void {
    this.#position += frames;
    for (const listener of this.#listeners) listener.sendUpTo(Math.floor(this.#position), time);
  }

  /** Frames that listeners have not been sent yet. */
  get backlog(): number {
    return Math.max(0, ...[...this.#listeners].map((listener) => Math.floor(this.#position) - listener.position));
  }

  /** Where a new listener begins. */
  get position(): number {
    return Math.floor(this.#position);
  }

  /** A symbol's book after all that comes before a position; null: the ring has none. */
  bookAt(symbol: string, position = this.position): BookMoment | null {
    const start = this.recording.books.get(symbol);
    if (start === undefined) return null;
    const round = Math.floor(position / this.length);
    const seen = this.#depthFrames.get(symbol)!.filter(({ index }) => index < position - round * this.length);
    const book = new WireBook(start.depth);
    for (const { depth } of seen) book.apply(depth, this.#wire.levels);
    const last = seen.at(-1) ?? start;
    const id = last.id === null ? null : last.id + round * (this.#spans.get(`${symbol} book`) ?? 0);
    return { depth: book.depth(), id, checksum: last.checksum };
  }
}

interface DepthFrame extends BookMoment {
  readonly index: number;
}

/** By symbol, in order. */
function depthFramesOf({ venue, frames }: VenueRecording): Map<string, DepthFrame[]> {
  const wire = wireOf(venue);
  const bySymbol = new Map<string, DepthFrame[]>();
  frames.forEach(({ symbol, isDepth, text }, index) => {
    if (!isDepth) return;
    if (!bySymbol.has(symbol)) bySymbol.set(symbol, []);
    const id = wire.idsOf(text)?.last ?? null;
    bySymbol.get(symbol)!.push({ index, depth: wire.depthOf(text), id, checksum: checksumOf(text) });
  });
  return bySymbol;
}

/** One connection's share of a ring: the streams that it asked for. */
export class RingListener {
  readonly #ring: FrameRing;
  readonly #outlet: Outlet;
  readonly #sent: RingPlayer['sent'];
  readonly #keys = new Set<string>();
  /** Frames of the ring that it is to get, in order. */
  #frames = new Int32Array(0);
  /** The next one: of which round, and where in `#frames`. */
  #round = 0;
  #next = 0;
  position = 0;

  constructor(ring: FrameRing, outlet: Outlet, sent: RingPlayer['sent']) {
    this.#ring = ring;
    this.#outlet = outlet;
    this.#sent = sent;
  }

  /** Asks for streams, or for no more of them, from a position on. */
  want(keys: readonly string[], isWanted: boolean, position: number): void {
    for (const key of keys) {
      if (isWanted) this.#keys.add(key);
      else this.#keys.delete(key);
    }
    const at = this.#frames.length === 0 ? position : this.position;
    this.#frames = Int32Array.from({ length: this.#ring.length }, (_, index) => index).filter((index) =>
      this.#keys.has(this.#ring.keyOf(index)),
    );
    this.position = at;
    this.#round = Math.floor(at / this.#ring.length);
    const index = at - this.#round * this.#ring.length;
    this.#next = this.#frames.findIndex((one) => one >= index);
    if (this.#next < 0) this.#nextRound();
  }

  sendUpTo(position: number, time: WireTime): void {
    if (this.#frames.length === 0) this.position = position;
    while (this.position < position) {
      if (this.#outlet.unsentBytes > MOST_UNSENT_BYTES) {
        this.#sent.heldBack += 1;
        return;
      }
      this.#sendChunk(position, time);
    }
  }

  #sendChunk(position: number, time: WireTime): void {
    const { length } = this.#ring;
    const frames = this.#frames;
    let { round, next, bytes } = { round: this.#round, next: this.#next, bytes: 0 };
    while (round * length + frames[next]! < position && bytes < MOST_CHUNK_BYTES) {
      bytes += this.#ring.sizeOf(frames[next]!);
      next += 1;
      if (next === frames.length) {
        next = 0;
        round += 1;
      }
    }
    if (bytes > 0) this.#outlet.write(this.#encode(round, next, bytes, time));
    this.#round = round;
    this.#next = next;
    const upcoming = round * length + frames[next]!;
    this.position = Math.min(position, upcoming);
  }

  #encode(toRound: number, toNext: number, bytes: number, time: WireTime): Buffer {
    const chunk = Buffer.allocUnsafe(bytes);
    let { round, next, at, count } = { round: this.#round, next: this.#next, at: 0, count: 0 };
    while (round !== toRound || next !== toNext) {
      at = this.#ring.copy(this.#frames[next]!, round, time, chunk, at);
      count += 1;
      next += 1;
      if (next === this.#frames.length) {
        next = 0;
        round += 1;
      }
    }
    this.#sent.frames += count;
    this.#sent.bytes += bytes;
    return chunk;
  }

  #nextRound(): void {
    this.#next = 0;
    this.#round += 1;
  }
}
