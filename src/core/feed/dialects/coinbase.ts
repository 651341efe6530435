/** How the Coinbase Exchange feed is subscribed to: no request ids; each answer lists everything that is subscribed now. */

import { TickKind } from '../../market/tick.ts';
import type { ControlReply, Dialect, Stream } from '../dialect.ts';
import { OTHER, objectOf, objectsOf, reasonOf, textOf, textsOf } from './control-json.ts';

/** The public level 2 channel is asked for by one name and may be confirmed by another. */
const ALIASES: Readonly<Record<string, string>> = { level2_50: 'level2_batch', level2: 'level2_batch' };

/** `FOO-BAR is not a valid product`. */
const BAD_PRODUCT = /^([A-Z0-9-]+) is not a valid product/;

export const coinbaseDialect: Dialect = {
  streams({ symbol }) {
    const make = (channel: string, kind: TickKind, isSparse: boolean): Stream => ({
      topic: `${channel}:${symbol}`,
      symbol,
      kind,
      tier: 'public',
      requestKey: '',
      isSparse,
    });
    return [
      // One a second: it feeds the socket's clock, and is no tick.
      make('heartbeat', TickKind.trade, true),
      make('matches', TickKind.trade, true),
      make('level2_batch', TickKind.depthDelta, false),
      make('ticker', TickKind.bbo, true),
    ];
  },

  subscribe: (streams) => requestText('subscribe', streams),
  unsubscribe: (streams) => requestText('unsubscribe', streams),
  ping: () => null,

  /** `{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}`, `{"type":"error","message":…,"reason":…}` */
  read(text): ControlReply {
    const message = objectOf(text);
    if (message?.['type'] === 'error') {
      const reason = reasonOf(message['reason'], message['message']);
      const symbol = BAD_PRODUCT.exec(reason)?.[1] ?? null;
      return { kind: 'refused', reason, requestId: null, topics: [], symbol };
    }
    if (message?.['type'] !== 'subscriptions') return OTHER;
    const topics = objectsOf(message['channels']).flatMap((channel) => {
      const name = textOf(channel['name']) ?? '';
      return textsOf(channel['product_ids']).map((symbol) => `${ALIASES[name] ?? name}:${symbol}`);
    });
    return { kind: 'listed', topics };
  },

  depthUrl: () => null,
  polls: () => [],
};

/** `{"type":"subscribe","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}` */
function requestText(type: string, streams: readonly Stream[]): string {
  const channels = new Map<string, string[]>();
  for (const { topic, symbol } of streams) {
    const name = topic.slice(0, -symbol.length - 1);
    channels.set(name, [...(channels.get(name) ?? []), symbol]);
  }
  return JSON.stringify({ type, channels: Array.from(channels, ([name, product_ids]) => ({ name, product_ids })) });
}
