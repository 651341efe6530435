/**
 * The course of one frame through a codec whose streams have shapes: by its shape; else by `JSON.parse`, with the levels of
 * a big frame read apart; and what was read that way is learned. What a frame means is the venue's own, in `readMessage`.
 */

import type { Instrument } from '../instrument.ts';
import type { TickBatch } from '../tick.ts';
import type { CodecTools, DecodeOutcome, VenueCodec } from './codec.ts';
import { FrameReader } from './frame-reader.ts';
import { ShapeCache } from './shape-cache.ts';
import type { FieldRules } from './shape-rules.ts';
import { malformed } from './slow-json.ts';

const OPEN_BRACKET = 91;

/** What a venue's frames are like. */
export interface FrameStyle {
  /** Do zeros at the end of a number mean something? (Kraken's checksum covers them.) */
  readonly zeros?: 'significant' | 'wire';
  /** Where, from a frame's start, four bytes each tell its streams apart (see `ShapeCache`). */
  readonly hashOffsets: readonly number[];
  /** The same for frames that are arrays, where they differ. */
  readonly arrayHashOffsets?: readonly number[];
}

export abstract class ShapedCodec implements VenueCodec {
  protected readonly tools: CodecTools;
  protected readonly reader: FrameReader;
  readonly #shapes: ShapeCache;
  readonly #arrayShapes: ShapeCache;
  #slowFrames = 0;

  constructor(tools: CodecTools, { zeros = 'significant', hashOffsets, arrayHashOffsets }: FrameStyle) {
    const kept = zeros === 'wire' ? 'exact' : 'trailing_allowed';
    this.tools = tools;
    this.reader = new FrameReader(zeros);
    this.#shapes = new ShapeCache(hashOffsets, kept);
    this.#arrayShapes = arrayHashOffsets === undefined ? this.#shapes : new ShapeCache(arrayHashOffsets, kept);
  }

  get slowFrames(): number {
    return this.#slowFrames;
  }

  get unknownFields(): number {
    const ofArrays = this.#arrayShapes === this.#shapes ? 0 : this.#arrayShapes.unknownFields;
    return this.#shapes.unknownFields + ofArrays;
  }

  decode(bytes: Uint8Array, from: number, to: number, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    batch.clear();
    const shapes = bytes[from] === OPEN_BRACKET ? this.#arrayShapes : this.#shapes;
    if (shapes.decode(bytes, from, to, batch)) return 'ticks';
    this.#slowFrames += 1;
    const isRead = this.#decodeApart(bytes, from, to, batch, hint);
    const outcome = isRead ? 'ticks' : this.decodeSlow(bytes, from, to, batch, hint);
    if (outcome !== 'ticks') return outcome;
    const rules = this.rulesOf(batch);
    if (rules !== undefined) shapes.learn(bytes, from, to, batch, rules);
    return 'ticks';
  }

  decodeSlow(bytes: Uint8Array, from: number, to: number, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    batch.clear();
    this.reader.begin();
    const text = this.tools.decodeText(bytes, from, to);
    return text === null ? malformed(batch, 'invalid_utf8') : this.#readText(text, batch, hint);
  }

  /** As `decodeSlow`, with the levels of a big frame read from its bytes; false, where that gives no ticks. */
  #decodeApart(bytes: Uint8Array, from: number, to: number, batch: TickBatch, hint: Instrument | null): boolean {
    const text = this.reader.beginApart(this.tools, bytes, from, to);
    if (text === null) return false;
    batch.clear();
    return this.#readText(text, batch, hint) === 'ticks';
  }

  #readText(text: string, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return this.readWord(text, batch);
    }
    return this.readMessage(message, text, batch, hint);
  }

  /** Reads text that is no JSON: a keep-alive on some venues. */
  protected readWord(_text: string, batch: TickBatch): DecodeOutcome {
    return malformed(batch, 'invalid_json');
  }

  /** Reads a parsed frame into the batch, which is clear; `text` is what was parsed. Never throws. */
  protected abstract readMessage(
    message: unknown,
    text: string,
    batch: TickBatch,
    hint: Instrument | null,
  ): DecodeOutcome;

  /** How frames like the one that was just read into the batch are to be taken apart; undefined: they are not. */
  protected abstract rulesOf(batch: TickBatch): FieldRules | undefined;
}
