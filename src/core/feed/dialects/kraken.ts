/** How Kraken v2 is subscribed to: one acknowledgement a symbol, and a book's depth is part of what is asked for. */

import { TickKind } from '../../market/tick.ts';
import type { ControlReply, Dialect, Stream } from '../dialect.ts';
import { asObject, idOf, OTHER, objectOf, objectsOf, reasonOf, textOf } from './control-json.ts';

/** What the venue gives who asks for none. */
const DEFAULT_DEPTH = 10;

/** The default fires on trades alone, and is then no best bid and offer. */
const BBO_PARAMETERS = { event_trigger: 'bbo' };

export const krakenDialect: Dialect = {
  streams({ symbol, depth }) {
    const make = (requestKey: string, kind: TickKind, isSparse: boolean): Stream => ({
      topic: `${requestKey}:${symbol}`,
      symbol,
      kind,
      tier: 'public',
      requestKey,
      isSparse,
    });
    return [
      make('trade', TickKind.trade, true),
      make(`book-${depth ?? DEFAULT_DEPTH}`, TickKind.depthDelta, false),
      make('ticker', TickKind.bbo, false),
    ];
  },

  subscribe: (streams, requestId) => requestText('subscribe', streams, requestId),
  unsubscribe: (streams, requestId) => requestText('unsubscribe', streams, requestId),
  ping: (requestId) => JSON.stringify({ method: 'ping', req_id: requestId }),

  read(text) {
    const message = objectOf(text);
    if (message === null) return OTHER;
    if (message['channel'] === 'status') {
      const system = textOf(objectsOf(message['data'])[0]?.['system']) ?? '';
      return { kind: 'status', isOnline: system === 'online', text: reasonOf(system) };
    }
    const { method } = message;
    return method === 'subscribe' || method === 'unsubscribe' ? readReply(message, method) : OTHER;
  },

  depthUrl: () => null,

  /** One call a second and address [assumed], whatever is asked. */
  polls({ rest }, { symbol, depth }) {
    const pair = pairOf(symbol);
    const root = `${rest.url}/0/public`;
    return [
      { what: 'depth_snapshot', url: `${root}/Depth?pair=${pair}&count=${depth ?? DEFAULT_DEPTH}`, weight: 1 },
      { what: 'trades', url: `${root}/Trades?pair=${pair}&count=${POLLED_TRADES}`, weight: 1 },
    ];
  },
};

/** REST has its own codes for two coins, and joins the names of a pair: `XBTUSD`. */
const REST_CODES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };
/** As many as a busy market has in some polls. */
const POLLED_TRADES = 500;

function pairOf(symbol: string): string {
  return symbol
    .split('/')
    .map((code) => REST_CODES[code] ?? code)
    .join('');
}

/** `{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10,"snapshot":true},"req_id":7}` */
function requestText(method: string, streams: readonly Stream[], requestId: number): string {
  const [channel = '', depth] = streams[0]!.requestKey.split('-');
  const params = {
    channel,
    symbol: streams.map((stream) => stream.symbol),
    ...(channel === 'book' ? { depth: Number(depth) } : {}),
    ...(channel === 'ticker' ? BBO_PARAMETERS : {}),
    ...(channel === 'trade' ? {} : { snapshot: true }),
  };
  if (method === 'unsubscribe') delete params.snapshot;
  return JSON.stringify({ method, params, req_id: requestId });
}

/**
 * `{"method":"subscribe","result":{"channel":"book","symbol":"BTC/USD","depth":10,…},"success":true,"req_id":7}`
 * `{"error":"Currency pair not supported …","method":"subscribe","success":false,"symbol":"FOO/BAR","req_id":7}`
 */
function readReply(message: NonNullable<ReturnType<typeof objectOf>>, method: string): ControlReply {
  const requestId = idOf(message['req_id']);
  const result = asObject(message['result']);
  const kind = method === 'subscribe' ? 'acked' : 'unsubscribed';
  if (message['success'] === true && result !== null) {
    const [channel, symbol] = [textOf(result['channel']), textOf(result['symbol'])];
    if (channel === null || symbol === null) return OTHER;
    // An unsubscription may be confirmed without its depth; the request says which one it was.
    if (channel === 'book' && idOf(result['depth']) === null) return { kind, requestId, topics: [], symbol };
    const requestKey = channel === 'book' ? `book-${idOf(result['depth'])}` : channel;
    return { kind, requestId, topics: [`${requestKey}:${symbol}`], symbol };
  }
  const reason = reasonOf(message['error']);
  const answered = { requestId, topics: [], symbol: textOf(message['symbol']) };
  // What we want is so already.
  if (/^Already subscribed|^Subscription Not Found/i.test(reason)) return { kind, ...answered };
  return { kind: 'refused', reason, ...answered };
}
