/** How Bybit v5 is subscribed to: one acknowledgement a request, which one bad topic can fail as a whole. */

import { TickKind } from '../../market/tick.ts';
import type { ControlReply, Dialect, Stream } from '../dialect.ts';
import { idOf, OTHER, objectOf, reasonOf } from './control-json.ts';

/** What a refusal is about: `error:handler not found,topic:publicTrade.FOOUSDT`. */
const ABOUT = /topic:\s*([\w.-]+)/;

/** Of the depths offered, one that all products have. */
const DEFAULT_DEPTH = 200;

export const bybitDialect: Dialect = {
  streams({ venue, symbol, depth }) {
    const make = (channel: string, kind: TickKind, isSparse: boolean): Stream => ({
      topic: `${channel}.${symbol}`,
      symbol,
      kind,
      tier: 'public',
      requestKey: '',
      isSparse,
    });
    const streams = [
      make('publicTrade', TickKind.trade, true),
      make(`orderbook.${depth ?? DEFAULT_DEPTH}`, TickKind.depthDelta, false),
      make('tickers', TickKind.ticker, false),
    ];
    // Depth 1 is the best bid and offer, unless it is the book.
    if (depth !== 1) streams.push(make('orderbook.1', TickKind.bbo, false));
    if (venue !== 'bybit_spot') streams.push(make('allLiquidation', TickKind.liquidation, true));
    return streams;
  },

  subscribe: (streams, requestId) => requestText('subscribe', streams, requestId),
  unsubscribe: (streams, requestId) => requestText('unsubscribe', streams, requestId),
  ping: (requestId) => JSON.stringify({ req_id: String(requestId), op: 'ping' }),

  /**
   * `{"success":true,"ret_msg":"","conn_id":"…","req_id":"1","op":"subscribe"}`,
   * `{"success":false,"ret_msg":"error:handler not found,topic:publicTrade.FOOUSDT",…}` [seen]
   */
  read(text): ControlReply {
    const message = objectOf(text);
    if (message === null || (message['op'] !== 'subscribe' && message['op'] !== 'unsubscribe')) return OTHER;
    const answered = { requestId: idOf(message['req_id']), topics: [], symbol: null };
    const kind = message['op'] === 'subscribe' ? 'acked' : 'unsubscribed';
    if (message['success'] === true) return { kind, ...answered };
    const reason = reasonOf(message['ret_msg']);
    const topic = ABOUT.exec(reason)?.[1];
    if (topic === undefined) return { kind: 'refused', reason, ...answered };
    const spoiled = { ...answered, topics: [topic], spoilsRequest: true } as const;
    // What we want is so already; nothing else of the request was heard all the same.
    return reason.includes('already subscribed') ? { kind, ...spoiled } : { kind: 'refused', reason, ...spoiled };
  },

  depthUrl: () => null,

  /**
   * Depth alone: REST's trades have no ids that tell one that was seen from a new one, and a bar that counts some twice is worse
   * than one that says it is not complete.
   */
  polls({ rest }, { venue, symbol, depth }) {
    const levels = Math.min(depth ?? DEFAULT_DEPTH, MOST_POLLED_LEVELS);
    const query = `category=${venue.slice('bybit_'.length)}&symbol=${symbol}&limit=${levels}`;
    return [{ what: 'depth_snapshot', url: `${rest.url}/v5/market/orderbook?${query}`, weight: 1 }];
  },
};

/** Of spot; contracts have more. */
const MOST_POLLED_LEVELS = 200;

/** `{"req_id":"1","op":"subscribe","args":["orderbook.50.BTCUSDT","publicTrade.BTCUSDT"]}` */
function requestText(op: string, streams: readonly Stream[], requestId: number): string {
  return JSON.stringify({ req_id: String(requestId), op, args: streams.map((stream) => stream.topic) });
}
