/** What a client has to know of each simulated venue to listen to BTC there: addresses and requests, as plain data. */

import type { SimVenueName } from '../../src/shell/sim/world/sim-world.ts';

export interface VenueClient {
  /** Of a connection for market data. */
  readonly path: string;
  /** BTC, a contract where there is one. */
  readonly symbol: string;
  /** The book, the trades and the touch of it. */
  readonly subscribe: readonly object[];
  /** Ends and begins the book anew. Empty where that brings no snapshot. */
  readonly rejoin: readonly object[];
  /** A request for the time. */
  readonly timePath: string;
  /** Of a book's snapshot; null where the stream brings it. */
  snapshotPath(symbol: string): string | null;
}

function binance(path: string, root: string): VenueClient {
  const params = ['depth@100ms', 'trade', 'bookTicker'].map((kind) => `btcusdt@${kind}`);
  return {
    path,
    symbol: 'BTCUSDT',
    subscribe: [{ method: 'SUBSCRIBE', params, id: 1 }],
    rejoin: [],
    timePath: `${root}/time`,
    snapshotPath: (symbol) => `${root}/depth?symbol=${symbol}&limit=1000`,
  };
}

const krakenBook = { channel: 'book', depth: 10, symbol: ['BTC/USD'] };
const okxArg = (channel: string) => ({ channel, instId: 'BTC-USDT-SWAP' });
const coinbaseBook = { product_ids: ['BTC-USD'], channels: ['level2_batch'] };

function bybit(category: 'spot' | 'linear'): VenueClient {
  const args = ['orderbook.200.BTCUSDT'];
  return {
    path: `/v5/public/${category}`,
    symbol: 'BTCUSDT',
    subscribe: [{ op: 'subscribe', args: [...args, 'publicTrade.BTCUSDT', 'orderbook.1.BTCUSDT'] }],
    rejoin: [
      { op: 'unsubscribe', args },
      { op: 'subscribe', args },
    ],
    timePath: '/v5/market/time',
    snapshotPath: () => null,
  };
}

export const CLIENTS: Readonly<Record<SimVenueName, VenueClient>> = {
  binance: binance('/stream', '/api/v3'),
  binance_usdm: binance('/public/stream', '/fapi/v1'),
  kraken: {
    path: '/v2',
    symbol: 'BTC/USD',
    subscribe: [
      krakenBook,
      { channel: 'trade', symbol: ['BTC/USD'] },
      { channel: 'ticker', event_trigger: 'bbo', symbol: ['BTC/USD'] },
    ].map((params) => ({ method: 'subscribe', params, req_id: 1 })),
    rejoin: [
      { method: 'unsubscribe', params: krakenBook },
      { method: 'subscribe', params: krakenBook },
    ],
    timePath: '/0/public/Time',
    snapshotPath: () => null,
  },
  okx: {
    path: '/ws/v5/public',
    symbol: 'BTC-USDT-SWAP',
    subscribe: [{ op: 'subscribe', args: ['books', 'trades', 'tickers'].map(okxArg) }],
    rejoin: [],
    timePath: '/api/v5/public/time',
    snapshotPath: (symbol) => `/api/v5/market/books?instId=${symbol}&sz=400`,
  },
  coinbase: {
    path: '/',
    symbol: 'BTC-USD',
    subscribe: [{ type: 'subscribe', product_ids: ['BTC-USD'], channels: ['level2_batch', 'matches', 'ticker'] }],
    rejoin: [
      { type: 'unsubscribe', ...coinbaseBook },
      { type: 'subscribe', ...coinbaseBook },
    ],
    timePath: '/time',
    snapshotPath: () => null,
  },
  bybit_spot: bybit('spot'),
  bybit_linear: bybit('linear'),
};
