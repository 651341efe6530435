/** Everything that may enter the core, in one union: what is journaled is what is stepped. Holds types only. */

import type { JsonObject } from '../base/json.ts';
import type { FeedStart } from '../feed/feed-config.ts';
import type { InstrumentSpec } from '../market/instrument.ts';
import type { CallFact, HostFact } from '../ops/facts.ts';
import type { OpsStart } from '../ops/run/ops-input.ts';
import type { Command } from './command.ts';
import type { SignalStart } from './signal-wiring.ts';

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
  /** What the feeds start from; null or absent: the shell keeps its connections itself (recordings). */
  readonly feed?: FeedStart | null;
  /** What surveillance and alerts start from; null or absent: none run. */
  readonly signal?: SignalStart | null;
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

/**
 * A connection came up or went down. `up` also introduces it: its number, venue and, for REST, what was asked.
 *
 * With a feed: each `open_connection` is answered by one `call` (transport websocket; `cancelled` where `close_connection` came
 * first) and then by `up` or, where it failed, by `down`; later, when the socket is gone, by one `down` (after `close_connection`, at once). `alive`: a ping or pong of
 * the WebSocket itself came, which is no frame. A REST reply is `up` (transport rest, number of its request), then its frame,
 * and nothing else.
 */
export interface LinkInput {
  readonly kind: 'link';
  readonly connection: number;
  readonly venue: string;
  readonly transport: 'websocket' | 'rest';
  readonly state: 'up' | 'down' | 'alive';
  /** REST: the symbol the reply is about, as the venue writes it; null where the reply says so itself. */
  readonly symbol: string | null;
  readonly reason: string;
  readonly receiveTimeMs: number;
}

/** One API call that the shell made, when it ended. */
export interface CallInput {
  readonly kind: 'call';
  /** Which of the feed's it was: `connection` of `open_connection`, `request` of `rest_request`; absent: none of them. */
  readonly request?: number | null;
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

/** Something that operators did: a change of the control document, a KILL file, a signal, an order to a feed or to an alert. */
export interface CommandInput {
  readonly kind: 'command';
  readonly command: Command;
  readonly receiveTimeMs: number;
}

/**
 * The shell's queue between a socket and the core was full, and frames were thrown away. Tell it before the next frame of
 * that connection is stepped.
 */
export interface DroppedInput {
  readonly kind: 'dropped';
  readonly connection: number;
  /** As the venue writes it; null: it cannot say, so every instrument of the connection. */
  readonly symbol: string | null;
  /** What they were: `other` is trades and whatever is not depth. */
  readonly what: 'depth' | 'other';
  /** At least one. */
  readonly frames: number;
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
  | DroppedInput
  | PulseInput;
