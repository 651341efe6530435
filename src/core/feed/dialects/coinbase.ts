/** How the Coinbase Exchange feed is subscribed to: no request ids; each answer lists everything that is subscribed now. */

import type { ControlReply, Dialect, Stream } from '../dialect.ts';
import { coinbaseStreams } from './coinbase-streams.ts';
import { OTHER, objectOf, objectsOf, reasonOf, textOf, textsOf } from './control-json.ts';

/** The public level 2 channel is asked for by one name and may be confirmed by another. */
const ALIASES: Readonly<Record<string, string>> = { level2_50: 'level2_batch', level2: 'level2_batch' };

const CHANNELS = { beat: 'heartbeat', trades: 'matches', depth: 'level2_batch', ticker: 'ticker' };

/** `FOO-BAR is not a valid product`: one such product fails a request that names many. */
const BAD_PRODUCT = /^([A-Z0-9-]+) is not a valid product/;

export const coinbaseDialect: Dialect = {
  streams: ({ symbol }) => coinbaseStreams(symbol, CHANNELS, false),
  subscribe: (streams) => requestText('subscribe', streams),
  unsubscribe: (streams) => requestText('unsubscribe', streams),
  ping: () => null,

  /** `{"type":"subscriptions","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}`, `{"type":"error","message":…,"reason":…}` */
  read(text): ControlReply {
    const message = objectOf(text);
    if (message?.['type'] === 'error') {
      const reason = reasonOf(message['reason'], message['message']);
      const symbol = BAD_PRODUCT.exec(reason)?.[1] ?? null;
      const answered = { requestId: null, topics: [], symbol };
      return { kind: 'refused', reason, ...answered, ...(symbol !== null && { spoilsRequest: true as const }) };
    }
    if (message?.['type'] !== 'subscriptions') return OTHER;
    const topics = objectsOf(message['channels']).flatMap((channel) => {
      const name = textOf(channel['name']) ?? '';
      return textsOf(channel['product_ids']).map((symbol) => `${ALIASES[name] ?? name}:${symbol}`);
    });
    return { kind: 'listed', topics };
  },

  depthUrl: () => null,

  /** Every public request is one of ten a second. The book is the whole one: there is no choice of depth between 1 and all. */
  polls({ rest }, { symbol }) {
    const root = `${rest.url}/products/${symbol}`;
    return [
      { what: 'depth_snapshot', url: `${root}/book?level=2`, weight: 1 },
      { what: 'trades', url: `${root}/trades?limit=${POLLED_TRADES}`, weight: 1 },
    ];
  },
};

/** As many as a busy market has in some polls; a page holds up to 1000. */
const POLLED_TRADES = 500;

/** `{"type":"subscribe","channels":[{"name":"matches","product_ids":["BTC-USD"]}]}` */
function requestText(type: string, streams: readonly Stream[]): string {
  const channels = new Map<string, string[]>();
  for (const { topic, symbol } of streams) {
    const name = topic.slice(0, -symbol.length - 1);
    channels.set(name, [...(channels.get(name) ?? []), symbol]);
  }
  return JSON.stringify({ type, channels: Array.from(channels, ([name, product_ids]) => ({ name, product_ids })) });
}
