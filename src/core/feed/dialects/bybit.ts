/** How Bybit v5 is subscribed to: one acknowledgement a request, which one bad topic can fail as a whole. */

import { TickKind } from '../../market/tick.ts';
import type { Dialect, Stream } from '../dialect.ts';
import { idOf, OTHER, objectOf, reasonOf } from './control-json.ts';

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

  /** `{"success":true,"ret_msg":"","conn_id":"…","req_id":"1","op":"subscribe"}`, `{"success":false,"ret_msg":"Invalid topic…"}` */
  read(text) {
    const message = objectOf(text);
    if (message === null || (message['op'] !== 'subscribe' && message['op'] !== 'unsubscribe')) return OTHER;
    const answered = { requestId: idOf(message['req_id']), topics: [], symbol: null };
    if (message['success'] !== true) return { kind: 'refused', reason: reasonOf(message['ret_msg']), ...answered };
    return { kind: message['op'] === 'subscribe' ? 'acked' : 'unsubscribed', ...answered };
  },

  depthUrl: () => null,
  polls: () => [],
};

/** `{"req_id":"1","op":"subscribe","args":["orderbook.50.BTCUSDT","publicTrade.BTCUSDT"]}` */
function requestText(op: string, streams: readonly Stream[], requestId: number): string {
  return JSON.stringify({ req_id: String(requestId), op, args: streams.map((stream) => stream.topic) });
}
