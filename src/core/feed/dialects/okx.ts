/** How OKX v5 is subscribed to: one acknowledgement an argument, errors by code, text `ping` and `pong`. */

import { TickKind } from '../../market/tick.ts';
import type { ControlReply, Dialect, Stream, Tier } from '../dialect.ts';
import { asObject, idOf, OTHER, objectOf, reasonOf, textOf } from './control-json.ts';

/** The service is upgraded soon: connect anew. */
const UPGRADE_NOTICE = '64008';

/** `channel:books,instId:FOO-BAR doesn't exist`: which argument an error is about. */
const ABOUT = /channel:\s*([\w-]+),\s*instId:\s*([\w-]+)/;

function make(channel: string, symbol: string, kind: TickKind, isSparse = false, tier: Tier = 'public'): Stream {
  return { topic: topicOf(channel, symbol), symbol, kind, tier, requestKey: '', isSparse };
}

const SWAP = '-SWAP';

/** What only perpetuals have, or are told of as such: the index is named by its own id, and liquidations come of all at once. */
function swapStreams(symbol: string): Stream[] {
  const index = symbol.slice(0, -SWAP.length);
  return [
    make('funding-rate', symbol, TickKind.ticker, true),
    make('index-tickers', index, TickKind.ticker, true),
    make(LIQUIDATIONS, ALL_SWAPS, TickKind.liquidation, true),
  ];
}

/** Asked for by the type of instrument. */
const LIQUIDATIONS = 'liquidation-orders';
const ALL_SWAPS = 'SWAP';

function topicOf(channel: string, symbol: string): string {
  return `${channel}:${symbol}`;
}

export const okxDialect: Dialect = {
  streams({ symbol, type, tradeChannel }) {
    const isContract = type !== 'spot' && symbol.split('-').length > 2;
    const trades =
      tradeChannel === 'trades-all'
        ? make('trades-all', symbol, TickKind.trade, true, 'business')
        : make('trades', symbol, TickKind.trade, true);
    const spot = [trades, make('books', symbol, TickKind.depthDelta), make('tickers', symbol, TickKind.bbo)];
    if (!isContract) return spot;
    // All of these are ticks of one kind: the mark price, which comes most often, answers for their data.
    const contract = [
      make('mark-price', symbol, TickKind.ticker),
      make('open-interest', symbol, TickKind.ticker, true),
    ];
    return [...spot, ...contract, ...(symbol.endsWith(SWAP) ? swapStreams(symbol) : [])];
  },

  subscribe: (streams, requestId) => requestText('subscribe', streams, requestId),
  unsubscribe: (streams, requestId) => requestText('unsubscribe', streams, requestId),
  ping: () => 'ping',

  /**
   * `{"id":"1512","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":…}`
   * `{"id":"1512","event":"error","code":"60018","msg":…}`, `{"event":"notice","code":"64008","msg":…}`
   */
  read(text): ControlReply {
    const message = objectOf(text);
    if (message === null) return OTHER;
    const requestId = idOf(message['id']);
    switch (message['event']) {
      case 'subscribe':
      case 'unsubscribe': {
        const arg = asObject(message['arg']);
        const [channel, symbol] = [textOf(arg?.['channel']), textOf(arg?.['instId']) ?? textOf(arg?.['instType'])];
        if (channel === null || symbol === null) return OTHER;
        const kind = message['event'] === 'subscribe' ? 'acked' : 'unsubscribed';
        return { kind, requestId, topics: [topicOf(channel, symbol)], symbol };
      }
      case 'error': {
        const reason = reasonOf(message['msg'], message['code']);
        const [, channel, symbol] = ABOUT.exec(reason) ?? [];
        const topics = channel === undefined || symbol === undefined ? [] : [topicOf(channel, symbol)];
        return {
          kind: 'refused',
          reason: `${textOf(message['code']) ?? '?'}: ${reason}`,
          requestId,
          topics,
          symbol: null,
        };
      }
      case 'notice':
        return message['code'] === UPGRADE_NOTICE
          ? { kind: 'closing_soon', reason: reasonOf(message['msg'], message['code']) }
          : OTHER;
      default:
        return OTHER;
    }
  },

  depthUrl({ rest }, { symbol }) {
    if (rest.depthSnapshotLevels === undefined) return null;
    return `${rest.url}/api/v5/market/books?instId=${symbol}&sz=${rest.depthSnapshotLevels}`;
  },

  polls(config, spec) {
    const depth = this.depthUrl(config, spec);
    if (depth === null) return [];
    const { rest } = config;
    return [
      { what: 'depth_snapshot', url: depth, weight: rest.depthSnapshotWeight },
      { what: 'trades', url: `${rest.url}/api/v5/market/trades?instId=${spec.symbol}&limit=500`, weight: 1 },
    ];
  },
};

/** `{"id":"1512","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"}]}` */
function requestText(op: string, streams: readonly Stream[], requestId: number): string {
  // Some instruments share a stream: their index, the liquidations of all.
  const args = new Map(streams.map((stream) => [stream.topic, argOf(stream)]));
  return JSON.stringify({ id: String(requestId), op, args: [...args.values()] });
}

function argOf({ topic, symbol }: Stream): Readonly<Record<string, string>> {
  const channel = topic.slice(0, -symbol.length - 1);
  return channel === LIQUIDATIONS ? { channel, instType: symbol } : { channel, instId: symbol };
}
