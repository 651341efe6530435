/**
 * Kraken spot, WebSocket v1 (recordings) and v2, and REST depth and trades: frames to ticks. Which of them a frame is shows in
 * its shape; each has a file of its own, for what the shapes do not read. Keeps no book.
 */

import type { JsonObject } from '../../base/json.ts';
import { asciiBytes, type Instrument } from '../instrument.ts';
import type { TickBatch } from '../tick.ts';
import type { CodecTools, DecodeOutcome } from './codec.ts';
import { KrakenRest } from './kraken-rest.ts';
import { KrakenV1, V1_BOOK } from './kraken-v1.ts';
import { KrakenV2, V2_RULES } from './kraken-v2.ts';
import type { FieldRules } from './shape-rules.ts';
import { ShapedCodec } from './shaped-codec.ts';
import { isArray, isObject, malformed, unknown } from './slow-json.ts';

const V1_HEARTBEAT = asciiBytes('{"event":"heartbeat"}');
const V2_HEARTBEAT = asciiBytes('{"channel":"heartbeat"}');

function isText(bytes: Uint8Array, from: number, to: number, text: Uint8Array): boolean {
  if (to - from !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false;
  return true;
}

/** v1 begins with its channel number and what of the book changes; v2 names channel and symbol within the first 65 bytes. */
const V1_HASH = [0, 4, 8];
const V2_HASH = [12, 29, 53, 57, 61];

export class KrakenCodec extends ShapedCodec {
  readonly #v1: KrakenV1;
  readonly #v2: KrakenV2;
  readonly #rest = new KrakenRest();
  /** Of the frame that was read last. */
  #isV1 = false;
  #isReply = false;

  constructor(tools: CodecTools) {
    super(tools, { zeros: 'wire', hashOffsets: V2_HASH, arrayHashOffsets: V1_HASH });
    this.#v1 = new KrakenV1(this.reader, tools.symbols);
    this.#v2 = new KrakenV2(this.reader, tools.symbols);
  }

  override decode(
    bytes: Uint8Array,
    from: number,
    to: number,
    batch: TickBatch,
    hint: Instrument | null,
  ): DecodeOutcome {
    // Half the frames of a quiet market; the slow path would find the same.
    if (isText(bytes, from, to, V1_HEARTBEAT) || isText(bytes, from, to, V2_HEARTBEAT)) {
      batch.clear();
      return 'heartbeat';
    }
    return super.decode(bytes, from, to, batch, hint);
  }

  protected rulesOf(batch: TickBatch): FieldRules | undefined {
    const tick = batch.ticks[0]!;
    if (this.#isReply) return undefined;
    return this.#isV1 ? V1_BOOK : V2_RULES[tick.channel];
  }

  protected readMessage(message: unknown, json: string, batch: TickBatch, hint: Instrument | null): DecodeOutcome {
    this.#isV1 = isArray(message);
    // The stream's own refusals have a text there.
    this.#isReply = isObject(message) && isArray(message['error']);
    if (isArray(message)) return this.#v1.data(message, batch);
    if (!isObject(message)) return malformed(batch, 'bad_shape');
    if ('channel' in message) return this.#v2.channel(message, json, batch);
    if ('method' in message) return this.#v2.reply(message, batch);
    if ('event' in message) return this.#v1.event(message, batch);
    if (this.#isReply) return this.#rest.reply(message, batch, hint);
    return unknown(batch, 'unknown_channel:none');
  }

  save(): JsonObject {
    return this.#v2.save();
  }

  restore(saved: JsonObject): void {
    this.#v2.restore(saved);
  }
}
