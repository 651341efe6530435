/** The port every venue implements: raw frame in, ticks out. A codec keeps no book and never throws on input. */

import type { JsonObject } from '../../base/json.ts';
import type { Instrument } from '../instrument.ts';
import type { TickBatch } from '../tick.ts';

/**
 * What a frame turned out to be.
 *
 * - `ticks`: the batch holds one tick or more
 * - `heartbeat`: keep-alive (also text pongs); feeds the socket's clock only
 * - `ack`: a subscription was confirmed or ended (`batch.ack*`)
 * - `status`: the venue speaks of itself (system status, instrument lists)
 * - `error`: the venue refused something (`batch.reason`; `rate_limited`: for being asked too often)
 * - `unknown`: well formed, but a channel or symbol that we do not read (`batch.reason`); counted, never fatal
 * - `malformed`: not what the venue sends (`batch.reason`); counted; nothing of it was taken
 */
export type DecodeOutcome = 'ticks' | 'heartbeat' | 'ack' | 'status' | 'error' | 'unknown' | 'malformed';

/** Finds instruments for codecs, by bytes on the fast path and by text on the slow one. One a venue. */
export interface SymbolTable {
  /** The instrument whose symbol is exactly `bytes[from, to)`, or null. Never creates one. */
  findBytes(bytes: Uint8Array, from: number, to: number): Instrument | null;
  /** The instrument of that symbol; creates it where discovery is on (recordings); null means unknown and not wanted. */
  findText(symbol: string): Instrument | null;
}

/** What a codec is made with. */
export interface CodecTools {
  readonly symbols: SymbolTable;
  /** UTF-8 bytes to text; null when they are not valid UTF-8. */
  readonly decodeText: (bytes: Uint8Array, from: number, to: number) => string | null;
}

export interface VenueCodec {
  /**
   * Decodes one message.
   *
   * @param bytes - the message is `bytes[from, to)`; untouched, and not kept
   * @param batch - cleared and filled; valid until the next call with it
   * @param hint - the instrument a REST reply was asked for, where the reply does not say; else null
   */
  decode(bytes: Uint8Array, from: number, to: number, batch: TickBatch, hint: Instrument | null): DecodeOutcome;
  /** The same by `JSON.parse` alone: what rare messages take, and the oracle of the fast path. Same results. */
  decodeSlow(bytes: Uint8Array, from: number, to: number, batch: TickBatch, hint: Instrument | null): DecodeOutcome;
  /** How many frames the fast path gave up on and left to `decodeSlow` (a figure for status and benches). */
  readonly slowFrames: number;
  /** Fields of known messages that we know nothing of, passed over (a first sign of a changed protocol). */
  readonly unknownFields: number;
  /** State that later frames depend on (subscribed depths), for codecs that have any. */
  save?(): JsonObject;
  restore?(saved: JsonObject): void;
}
