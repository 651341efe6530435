/** How Coinbase Advanced Trade is subscribed to: one channel a message; each answer lists everything that is subscribed now. */

import type { Json } from '../../base/json.ts';
import type { ControlReply, Dialect, Stream } from '../dialect.ts';
import { coinbaseStreams } from './coinbase-streams.ts';
import { asObject, OTHER, objectOf, objectsOf, reasonOf, textsOf } from './control-json.ts';

const CHANNELS = { beat: 'heartbeats', trades: 'market_trades', depth: 'level2', ticker: 'ticker' };

export const coinbaseAdvancedDialect: Dialect = {
  streams: ({ symbol }) => coinbaseStreams(symbol, CHANNELS, true),
  subscribe: (streams) => requestText('subscribe', streams),
  unsubscribe: (streams) => requestText('unsubscribe', streams),
  ping: () => null,

  /** `{"channel":"subscriptions",…,"events":[{"subscriptions":{"level2":["BTC-USD"],"heartbeats":["heartbeats"]}}]}` */
  read(text): ControlReply {
    const message = objectOf(text);
    if (message?.['type'] === 'error')
      return { kind: 'refused', reason: reasonOf(message['message']), requestId: null, topics: [], symbol: null };
    if (message?.['channel'] !== 'subscriptions') return OTHER;
    const lists = objectsOf(message['events']).flatMap((event) =>
      Object.entries(asObject(event['subscriptions']) ?? {}),
    );
    return { kind: 'listed', topics: lists.flatMap(([channel, symbols]) => topicsOf(channel, symbols)) };
  },

  depthUrl: () => null,
  polls: () => [],
};

/** The heartbeats of a connection are listed under a name of their own, whatever they were asked for: `*` is every symbol. */
function topicsOf(channel: string, symbols: Json): string[] {
  return channel === 'heartbeats' ? ['heartbeats:*'] : textsOf(symbols).map((symbol) => `${channel}:${symbol}`);
}

/** `{"type":"subscribe","channel":"level2","product_ids":["BTC-USD"]}` */
function requestText(type: string, streams: readonly Stream[]): string {
  return JSON.stringify({
    type,
    channel: streams[0]!.requestKey,
    product_ids: streams.map((stream) => stream.symbol),
  });
}
