/** What every simulated venue is to a world: connections by path, requests by URL, time in steps. Knows no socket and no fault. */

import type { BookTruth } from '../book-truth.ts';
import type { MarketSpec } from '../market.ts';

export type SimVenueName = 'binance' | 'binance_usdm' | 'kraken' | 'okx' | 'coinbase' | 'bybit_spot' | 'bybit_linear';

/** What a message is about, so that a fault can pick it. `control`: acks, errors, status, pongs. */
export type FrameChannel = 'depth' | 'trade' | 'bbo' | 'derivative' | 'control' | 'heartbeat';

export interface FrameTag {
  readonly channel: FrameChannel;
  /** As the venue writes it; empty where a message is of no one symbol. */
  readonly symbol: string;
}

/** The client's end of one connection, as the venue sees it. Never calls back into the session from inside a call. */
export interface SimPeer {
  message(text: string, tag: FrameTag): void;
  /** A WebSocket ping frame; answered by `SimSession.pong` with the same payload. */
  ping(payload: string): void;
  /** The venue ends the connection. Nothing is sent after it. @param code - of the close frame; 1006: none was sent */
  closed(code: number, reason: string): void;
}

/** One open connection, as the client sees it. Every call costs of the connection's allowance, as it does at the venue. */
export interface SimSession {
  receive(text: string): void;
  /** An answer to the venue's ping, or an unasked one. */
  pong(payload: string): void;
  /** A WebSocket ping of the client's own; whoever holds the socket has answered it. */
  ping(): void;
  /** The client is gone. */
  closed(): void;
  /** What was just sent is held back (fault `stale`): a venue that beats when it has nothing to say is to go on beating. */
  heldBack?(): void;
}

/** An HTTP answer; header names are lower case. */
export interface SimReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A handshake is answered by a session, or refused over HTTP; `lost`: nobody answers, which only a fault can make happen. */
export type SimAnswer =
  | { readonly kind: 'open'; readonly session: SimSession }
  | { readonly kind: 'refused'; readonly reply: SimReply }
  | { readonly kind: 'lost' };

/** What came and went, and what a client had to be refused. Counters only grow. */
export interface VenueCounts {
  connects: number;
  refusedConnects: number;
  /** Connections that the venue closed because a limit was broken, by the client's own doing. */
  limitCloses: number;
  /** Client messages that broke a limit and were answered with an error. */
  refusedMessages: number;
  messagesIn: number;
  messagesOut: number;
  requests: number;
  /** Answered 429, 418 or 403, or as OKX and Kraken say it. */
  refusedRequests: number;
  /** Most weight that one address used in one window; at Bybit over all of its products. Kraken and OKX: not counted. */
  peakWeight: number;
}

export function zeroCounts(): VenueCounts {
  return {
    connects: 0,
    refusedConnects: 0,
    limitCloses: 0,
    refusedMessages: 0,
    messagesIn: 0,
    messagesOut: 0,
    requests: 0,
    refusedRequests: 0,
    peakWeight: 0,
  };
}

/** What is traded at a venue and how far its true book has been told. */
export interface SimBook {
  readonly spec: MarketSpec;
  readonly truth: BookTruth;
  /** Of the last change: Binance update id; of the last message: OKX seqId, Bybit `u` at depth 200; null at Kraken, Coinbase. */
  readonly lastId: number | null;
}

export interface SimVenue {
  readonly name: SimVenueName;
  readonly counts: VenueCounts;
  readonly symbols: readonly string[];
  /** Connections open now. */
  readonly sessions: number;
  /** Null for a symbol that is not listed. */
  book(symbol: string): SimBook | null;
  /** @param path - with its query; @param address - whose limits count */
  connect(path: string, peer: SimPeer, address: string): SimAnswer;
  /** @param path - with its query */
  request(method: string, path: string, headers: Readonly<Record<string, string>>, address: string): SimReply;
  /** Lets happen what happens in the next `lengthUs`, which divide 100 ms. Called in order, without holes. */
  step(stepUs: number, lengthUs: number): void;
  /** Its clock against the world's from now on; every time on its wire moves with it. */
  setClockAhead(us: number): void;
  /** Says on all connections, in the venue's own way, that it is about to close them; `closeAfterUs` later it does. */
  announceMaintenance(closeAfterUs: number): void;
  /** Refuses an address: HTTP for requests and handshakes alike. */
  ban(address: string, untilUs: number): void;
  /** Closes every connection. @param code - 1006: without a word */
  closeAll(code: number, reason: string): void;
}
