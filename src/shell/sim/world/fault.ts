/** Faults as data: what breaks, when, for how long and for whom. Types and defaults; breaks nothing itself. */

import type { FrameChannel, SimVenueName } from '../venues/sim-venue.ts';
import type { RegimeName } from './asset-prices.ts';

/** Whom a fault is about; null: everybody. Market-wide faults look at `venue` and `symbol` only. */
export interface FaultTarget {
  readonly venue: SimVenueName | null;
  readonly symbol: string | null;
  readonly channel: FrameChannel | null;
}

/** From when to when, in ms since the world began. A fault of one moment has `forMs` 0. */
export interface FaultWindow {
  readonly atMs: number;
  readonly forMs: number;
}

/** What happens to messages on their way to the client, each while the window is open. */
export type WireFault =
  /** Each message is lost, sent twice, or sent after the next one of its connection, with this probability. */
  | { readonly kind: 'drop' | 'duplicate' | 'reorder'; readonly chance: number }
  /** Everything of a connection comes later, in order; `jitterMs` more at most. */
  | { readonly kind: 'delay'; readonly delayMs: number; readonly jitterMs: number }
  /** The next `count` depth messages are lost. */
  | { readonly kind: 'gap'; readonly count: number }
  /** The next `count` depth messages carry a checksum of something else (OKX: one that is not 0). */
  | { readonly kind: 'wrong_checksum'; readonly count: number }
  /** No data; acks, pongs and heartbeats go on. */
  | { readonly kind: 'stale' }
  /** Data of what had none on this connection before never comes while the window is open. */
  | { readonly kind: 'ack_without_data' }
  /** Nothing arrives in either direction, and nobody is told; a new handshake is not answered. */
  | { readonly kind: 'half_open' }
  /** No more than so many messages a second arrive; a connection with more than `capacity` of them waiting is closed. */
  | { readonly kind: 'slow'; readonly messagesPerSecond: number; readonly capacity: number }
  /** Beside a message comes one that is none, with this probability. */
  | { readonly kind: 'garbage'; readonly chance: number }
  /** Beside each of the next `count` messages comes one of this size. */
  | { readonly kind: 'oversize'; readonly bytes: number; readonly count: number };

/** What happens to a venue. */
export type VenueFault =
  /** All connections end, at once and every `everyMs` (0: once). @see SimPeer.closed for `code` */
  | { readonly kind: 'disconnect'; readonly code: number; readonly everyMs: number }
  /** Handshakes are answered with this HTTP status. */
  | { readonly kind: 'refuse'; readonly status: number }
  /** Announced in the venue's own way; connections close `closeAfterMs` later. */
  | { readonly kind: 'maintenance'; readonly closeAfterMs: number }
  /** The client's address is banned. */
  | { readonly kind: 'ban' }
  /** The venue's clock is so far ahead of where it was. */
  | { readonly kind: 'clock'; readonly aheadMs: number }
  /** REST: an HTTP error, no answer at all, or a late one, with this probability. */
  | {
      readonly kind: 'rest_failure';
      readonly mode: 'error' | 'timeout' | 'late' | 'reset';
      readonly status: number;
      readonly delayMs: number;
      readonly chance: number;
    };

/** What happens to prices. */
export type MarketFault =
  /** A bid stands above the best ask. */
  | { readonly kind: 'crossed'; readonly ticks: number }
  /** Prices move by so much within `overMs`, and back within `recoverMs`; `asset` null: all of them. */
  | {
      readonly kind: 'shock';
      readonly asset: string | null;
      readonly moveBps: number;
      readonly overMs: number;
      readonly recoverMs: number;
    }
  /** The venue trades so far beside the others. */
  | { readonly kind: 'divergence'; readonly bps: number }
  /** Nobody quotes nearer to the middle than this: the spread is twice that wide, and nothing rests within. */
  | { readonly kind: 'withdraw'; readonly withinBps: number }
  /** Perpetuals' mark price stands so far beside where it should be; the index stays. */
  | { readonly kind: 'mark'; readonly bps: number }
  | { readonly kind: 'regime'; readonly regime: RegimeName };

export type FaultEffect = WireFault | VenueFault | MarketFault;
export type FaultKind = FaultEffect['kind'];
export type Fault = FaultEffect & FaultTarget & FaultWindow;
export type FaultOf<E extends FaultEffect> = E & FaultTarget & FaultWindow;

const WIRE_KINDS: ReadonlySet<string> = new Set<WireFault['kind']>([
  'drop',
  'duplicate',
  'reorder',
  'delay',
  'gap',
  'wrong_checksum',
  'stale',
  'ack_without_data',
  'half_open',
  'slow',
  'garbage',
  'oversize',
]);

export function isWireFault(fault: Fault): fault is FaultOf<WireFault> {
  return WIRE_KINDS.has(fault.kind);
}
