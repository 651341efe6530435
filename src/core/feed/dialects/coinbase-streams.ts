/** The four channels that both of Coinbase's feeds have for a product, under the names of either. Asks for none. */

import { TickKind } from '../../market/tick.ts';
import type { Stream } from '../dialect.ts';

export interface ChannelNames {
  readonly beat: string;
  readonly trades: string;
  readonly depth: string;
  /** Best prices, sent with trades. */
  readonly ticker: string;
}

/** @param isOneAMessage - each channel is asked for in a request of its own */
export function coinbaseStreams(symbol: string, names: ChannelNames, isOneAMessage: boolean): readonly Stream[] {
  const make = (channel: string, kind: TickKind, isSparse: boolean): Stream => ({
    topic: `${channel}:${symbol}`,
    symbol,
    kind,
    tier: 'public',
    requestKey: isOneAMessage ? channel : '',
    isSparse,
  });
  return [
    // One a second: it feeds the socket's clock, and is no tick. Without it Advanced Trade closes quiet connections.
    make(names.beat, TickKind.trade, true),
    make(names.trades, TickKind.trade, true),
    make(names.depth, TickKind.depthDelta, false),
    make(names.ticker, TickKind.bbo, true),
  ];
}
