/**
 * The second oracle: what `JSON.parse` and `Number` alone make of a frame. Written from the venues' documents, shares no code
 * with the codecs, and reads only sound frames: for recordings, not for fuzzed bytes.
 */

import type { TICK_KIND_NAMES } from '../../../src/core/market/tick.ts';

/** One tick: its kind, and its prices and sizes in wire order of meaning (bids before asks), as doubles. */
export interface PlainTick {
  readonly kind: (typeof TICK_KIND_NAMES)[number];
  readonly symbol: string;
  readonly numbers: readonly number[];
  /** Ms; null where the message has none. */
  readonly timeMs: number | null;
}

// biome-ignore lint/suspicious/noExplicitAny: parsed JSON, as loose as the peers read it
type Any = any;

/** Reads a frame; an empty list for what gives no tick. @param hint - symbol of a REST reply */
export type PlainReader = (message: Any, hint: string | null) => readonly PlainTick[];

const levels = (rows: Any): number[] => (rows ?? []).flatMap((row: Any) => [Number(row[0]), Number(row[1])]);
const numbers = (...texts: readonly unknown[]): number[] => texts.map(Number);

function binance(message: Any, hint: string | null): PlainTick[] {
  const m = message.stream === undefined ? message : message.data;
  const timeMs = m.T ?? m.E ?? null;
  if (m.e === 'depthUpdate') {
    return [{ kind: 'depth_delta', symbol: m.s, numbers: [...levels(m.b), ...levels(m.a)], timeMs }];
  }
  if (m.e === 'trade' || m.e === 'aggTrade') {
    return [{ kind: 'trade', symbol: m.s, numbers: numbers(m.p, m.q, m.m ? -1 : 1), timeMs: m.T }];
  }
  if (m.e === 'bookTicker' || (m.e === undefined && m.B !== undefined)) {
    return [{ kind: 'bbo', symbol: m.s, numbers: numbers(m.b, m.B, m.a, m.A), timeMs }];
  }
  if (m.lastUpdateId === undefined) return [];
  const symbol = m.symbol ?? hint;
  return [{ kind: 'depth_snapshot', symbol, numbers: [...levels(m.bids), ...levels(m.asks)], timeMs }];
}

const v1Ms = (seconds: string): number => Number(seconds.replace('.', '')) / 1000;

function krakenV1(message: Any[]): PlainTick[] {
  const symbol = message.at(-1);
  const channel = message.at(-2).split('-')[0];
  const body = Object.assign({}, ...message.slice(1, -2));
  if (channel === 'trade') {
    return message[1].map((row: Any) => ({
      kind: 'trade',
      symbol,
      numbers: numbers(row[0], row[1], row[3] === 'b' ? 1 : -1),
      timeMs: v1Ms(row[2]),
    }));
  }
  if (channel === 'ticker') {
    return [{ kind: 'bbo', symbol, numbers: numbers(body.b[0], body.b[2], body.a[0], body.a[2]), timeMs: null }];
  }
  if (channel === 'spread') {
    const [bid, ask, time, bidSize, askSize] = message[1];
    return [{ kind: 'bbo', symbol, numbers: numbers(bid, bidSize, ask, askSize), timeMs: v1Ms(time) }];
  }
  const bids = body.bs ?? body.b ?? [];
  const asks = body.as ?? body.a ?? [];
  const timeMs = Math.max(...[...bids, ...asks].map((row: Any) => v1Ms(row[2])));
  const kind = body.as === undefined && body.bs === undefined ? 'depth_delta' : 'depth_snapshot';
  return [{ kind, symbol, numbers: [...levels(bids), ...levels(asks)], timeMs }];
}

function kraken(message: Any): PlainTick[] {
  if (Array.isArray(message)) return krakenV1(message);
  if (!['book', 'trade', 'ticker'].includes(message.channel)) return [];
  return message.data.map((row: Any) => {
    const { symbol } = row;
    const timeMs = row.timestamp === undefined ? null : isoMs(row.timestamp);
    if (message.channel === 'trade') {
      return { kind: 'trade', symbol, numbers: [row.price, row.qty, row.side === 'buy' ? 1 : -1], timeMs };
    }
    if (message.channel === 'ticker')
      return { kind: 'bbo', symbol, numbers: numbers(row.bid, row.bid_qty, row.ask, row.ask_qty), timeMs };
    const flat = [...row.bids, ...row.asks].flatMap(({ price, qty }: Any) => [price, qty]);
    return { kind: message.type === 'snapshot' ? 'depth_snapshot' : 'depth_delta', symbol, numbers: flat, timeMs };
  });
}

function okx(message: Any, hint: string | null): PlainTick[] {
  const rows: Any[] = message.data ?? [];
  const channel: string = message.arg?.channel ?? '';
  if (message.event !== undefined) return [];
  if (channel === '' && rows[0]?.asks === undefined) return [];
  return rows.map((row) => {
    const symbol = row.instId ?? message.arg?.instId ?? hint;
    const timeMs = Number(row.ts);
    if (channel.startsWith('trades')) {
      return { kind: 'trade', symbol, numbers: numbers(row.px, row.sz, row.side === 'buy' ? 1 : -1), timeMs };
    }
    if (channel === 'tickers') {
      // OKX writes "" for an empty side.
      const best = [row.bidPx, row.bidSz, row.askPx, row.askSz].map((text) =>
        text === '' ? Number.NaN : Number(text),
      );
      return { kind: 'bbo', symbol, numbers: best, timeMs };
    }
    const flat = [...levels(row.bids), ...levels(row.asks)];
    return { kind: message.action === 'update' ? 'depth_delta' : 'depth_snapshot', symbol, numbers: flat, timeMs };
  });
}

function coinbase(message: Any): PlainTick[] {
  const symbol = message.product_id;
  const timeMs = message.time === undefined ? null : isoMs(message.time);
  switch (message.type) {
    case 'l2update': {
      const side = (name: string) =>
        message.changes.filter((row: Any) => row[0] === name).map((row: Any) => row.slice(1));
      return [{ kind: 'depth_delta', symbol, numbers: [...levels(side('buy')), ...levels(side('sell'))], timeMs }];
    }
    case 'snapshot':
      return [{ kind: 'depth_snapshot', symbol, numbers: [...levels(message.bids), ...levels(message.asks)], timeMs }];
    case 'match':
    case 'last_match':
      // The side is the maker's.
      return [
        {
          kind: 'trade',
          symbol,
          numbers: numbers(message.price, message.size, message.side === 'buy' ? -1 : 1),
          timeMs,
        },
      ];
    case 'ticker': {
      const { best_bid, best_bid_size, best_ask, best_ask_size } = message;
      return [{ kind: 'bbo', symbol, numbers: numbers(best_bid, best_bid_size, best_ask, best_ask_size), timeMs }];
    }
    default:
      return [];
  }
}

function bybit(message: Any): PlainTick[] {
  const [channel, depth] = (message.topic ?? '').split('.');
  if (channel === 'orderbook' && depth !== '1') {
    const { s: symbol, b, a, u } = message.data;
    const kind = message.type === 'snapshot' || u === 1 ? 'depth_snapshot' : 'depth_delta';
    return [{ kind, symbol, numbers: [...levels(b), ...levels(a)], timeMs: message.cts ?? message.ts }];
  }
  if (channel === 'publicTrade') {
    return message.data.map((row: Any) => {
      return { kind: 'trade', symbol: row.s, numbers: numbers(row.p, row.v, row.S === 'Buy' ? 1 : -1), timeMs: row.T };
    });
  }
  if (channel !== 'tickers') return [];
  const { symbol, bid1Price, bid1Size, ask1Price, ask1Size } = message.data;
  const isWhole = [bid1Price, bid1Size, ask1Price, ask1Size].every(Boolean);
  const ticker: PlainTick = { kind: 'ticker', symbol, numbers: [], timeMs: message.ts };
  const bbo: PlainTick = {
    kind: 'bbo',
    symbol,
    numbers: numbers(bid1Price, bid1Size, ask1Price, ask1Size),
    timeMs: message.ts,
  };
  return isWhole ? [ticker, bbo] : [ticker];
}

/** To the microsecond, the rest cut off: `Date.parse` knows only ms. */
function isoMs(text: string): number {
  const [whole = '', fraction = ''] = text.slice(0, -1).split('.');
  return Date.parse(`${whole}Z`) + Number(fraction.slice(0, 6).padEnd(6, '0')) / 1000;
}

/** The reader of each venue's provider. */
export const PLAIN_READERS: Readonly<Record<string, PlainReader>> = {
  binance,
  binance_us: binance,
  kraken,
  okx,
  coinbase,
  bybit,
};
