/**
 * The port every venue's way of subscribing implements: what streams an instrument has, how they are asked for, and what the
 * venue answers. Builds and reads text; keeps no state and knows no connection. Market data is the codec's, not its.
 */

import type { InstrumentSpec } from '../market/instrument.ts';
import type { TickKind } from '../market/tick.ts';
import type { VenueFeedConfig } from './feed-config.ts';

export type Tier = 'public' | 'market' | 'business';

/** One subscription of one instrument. */
export interface Stream {
  /**
   * As the venue names it: `btcusdt@depth@100ms`, `book-10:BTC/USD`, `books:BTC-USDT`. Instruments may share one, such as the
   * liquidations of all swaps.
   */
  readonly topic: string;
  /** What the topic is about, as the venue names it: the instrument, its index, the type of what is told of all at once. */
  readonly symbol: string;
  /** What its data decodes to: the clock that it feeds (`depthDelta` also stands for snapshots). */
  readonly kind: TickKind;
  readonly tier: Tier;
  /** Streams with the same key may share one request. */
  readonly requestKey: string;
  /** May say nothing for hours (liquidations, trades of a thin market): has an ack deadline, but no deadline for data. */
  readonly isSparse: boolean;
}

/**
 * Which subscriptions a venue answers about: `topics` where it names them, else those of its request, of them only the ones of
 * `symbol` where it names that. A venue that names nothing of all means the oldest request that waits for an answer.
 */
export interface Answered {
  readonly requestId: number | null;
  readonly topics: readonly string[];
  readonly symbol: string | null;
  /** The venue failed the request as a whole: what else was asked for in it was not heard. Its `symbol` is meant in any request. */
  readonly spoilsRequest?: true;
}

/** What a venue's message that is no market data means to the subscriptions. */
export type ControlReply =
  | ({ readonly kind: 'acked' } & Answered)
  | ({ readonly kind: 'unsubscribed' } & Answered)
  /** `reason`: the venue's own words, cut short. */
  | ({ readonly kind: 'refused'; readonly reason: string } & Answered)
  /** Everything that is subscribed now, and nothing else is; `channel:*` is that channel of every symbol. */
  | { readonly kind: 'listed'; readonly topics: readonly string[] }
  /** The venue is about to close this connection. */
  | { readonly kind: 'closing_soon'; readonly reason: string }
  /** Trading is suspended or resumed. */
  | { readonly kind: 'status'; readonly isOnline: boolean; readonly text: string }
  | { readonly kind: 'other' };

/** What polling asks for, and what it costs. */
export interface PollRequest {
  readonly what: 'depth_snapshot' | 'trades';
  readonly url: string;
  readonly weight: number;
}

export interface Dialect {
  /** Everything wanted of one instrument, in the order in which it is to be asked for. */
  streams(spec: InstrumentSpec): readonly Stream[];
  /** @param streams - of one connection and one `requestKey`, at least one */
  subscribe(streams: readonly Stream[], requestId: number): string;
  unsubscribe(streams: readonly Stream[], requestId: number): string;
  /** The keep-alive of `heartbeat.send`; null: the venue wants none. */
  ping(requestId: number): string | null;
  /** @param text - one message that the codec found to be no market data */
  read(text: string): ControlReply;
  /** Full URL of the REST depth snapshot; null where the stream itself brings one. */
  depthUrl(config: VenueFeedConfig, spec: InstrumentSpec): string | null;
  /** Levels a side that it asks for and the venue gives if it has them; left out: not known. A shorter side is told whole. */
  snapshotLevels?(config: VenueFeedConfig, spec: InstrumentSpec): number | null;
  /** Depth and newest trades, for polling; empty where we cannot poll. */
  polls(config: VenueFeedConfig, spec: InstrumentSpec): readonly PollRequest[];
}
