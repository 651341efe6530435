/** Everything that may enter the core, in one union: what is journaled is what is stepped. Holds types only. */

import type { JsonObject } from '../base/json.ts';
import type { InstrumentSpec } from '../market/instrument.ts';
import type { CallFact, HostFact } from '../ops/facts.ts';
import type { OpsCommand, OpsStart } from '../ops/run/ops-input.ts';

/** The part of the effective configuration that the market rooms read. Durations in ms. */
export interface MarketConfig {
  /** A bar closes when exchange time reaches its end plus this (config `scanner.watermark_delay_ms`, 1500). */
  readonly watermarkDelayMs: number;
  /** Later trades re-emit their bar until exchange time reaches its end plus this (4500). */
  readonly lateGraceMs: number;
  /** A frame whose event time is further than this from the running median is `bad_event_time` (10 000). */
  readonly maxEventTimeDeviationMs: number;
  /** True in replays of recordings: instruments that config does not name are registered when first seen. */
  readonly discoverInstruments: boolean;
  /** Read only these symbols, as the venues write them; null: all. Frames of others count as `unknown_symbol`. */
  readonly onlySymbols: readonly string[] | null;
}

/** First record of every run. */
export interface StartInput {
  readonly kind: 'start';
  readonly config: MarketConfig;
  readonly configHash: string;
  readonly codeVersion: string;
  readonly instruments: readonly InstrumentSpec[];
  readonly restoredState: JsonObject | null;
  /** What the operations core starts from; null or absent: none runs (recordings of frames, journals of older versions). */
  readonly ops?: OpsStart | null;
  readonly receiveTimeMs: number;
}

/** One exchange message, WebSocket or REST reply, untouched. The shell may reuse the object: valid until `step` returns. */
export interface FrameInput {
  readonly kind: 'frame';
  /** The number a `link` Input gave this connection. */
  readonly connection: number;
  /** The message is `bytes[from, to)`. */
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly receiveTimeMs: number;
}

/** A connection came up or went down. `up` also introduces it: its number, venue and, for REST, what was asked. */
export interface LinkInput {
  readonly kind: 'link';
  readonly connection: number;
  readonly venue: string;
  readonly transport: 'websocket' | 'rest';
  readonly state: 'up' | 'down';
  /** REST: the symbol the reply is about, as the venue writes it; null where the reply says so itself. */
  readonly symbol: string | null;
  readonly reason: string;
  readonly receiveTimeMs: number;
}

/** One API call that the shell made, when it ended. */
export interface CallInput {
  readonly kind: 'call';
  readonly call: Omit<CallFact, 'timeMs'>;
  readonly receiveTimeMs: number;
}

/** One look into our REST cache. */
export interface CacheInput {
  readonly kind: 'cache';
  readonly isHit: boolean;
  readonly receiveTimeMs: number;
}

/** What the shell measured of the machine and of itself. */
export interface HostInput {
  readonly kind: 'host';
  readonly host: Omit<HostFact, 'timeMs'>;
  readonly receiveTimeMs: number;
}

/** Something that operators did: a change of the control document, a KILL file, a signal. */
export interface CommandInput {
  readonly kind: 'command';
  readonly command: OpsCommand;
  readonly receiveTimeMs: number;
}

/** Time is now at least this. */
export interface PulseInput {
  readonly kind: 'pulse';
  readonly receiveTimeMs: number;
}

export type Input =
  | StartInput
  | FrameInput
  | LinkInput
  | CallInput
  | CacheInput
  | HostInput
  | CommandInput
  | PulseInput;
