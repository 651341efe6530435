/** What is measured: which recordings make up each kind, and which of their frames count. Reads no file. */

import type { FrameConnection, FrameFilter } from './frames.ts';

export interface Kind {
  readonly name: string;
  /** As the NDJSON names it: one venue, or `mixed`. */
  readonly venue: string;
  readonly venues: readonly string[];
  /** Under the folder of recorded market data; none: what a scan of simulated venues is sent. */
  readonly paths: readonly string[];
  /** The only cases that it is for; empty: all. */
  readonly cases: readonly string[];
  /** Leaves out the best bid and offer, which order book benches of other projects do not have. */
  readonly isTradeDepthOnly: boolean;
  readonly note: string;
}

const kind = (name: string, venue: string, paths: readonly string[], rest: Partial<Kind> = {}): Kind => ({
  name,
  venue,
  venues: [venue],
  paths,
  cases: [],
  isTradeDepthOnly: false,
  note: '',
  ...rest,
});

export const KINDS: readonly Kind[] = [
  kind(
    'mix',
    'mixed',
    [
      'hftbacktest/binance_spot/btcusdt_20240808.gz',
      'hftbacktest/binance_spot/ethusdt_20240808.gz',
      'hftbacktest/binance_usdm/btcusdt_20240808.gz',
      'hftbacktest/binance_usdm/ethusdt_20240808.gz',
      'hftbacktest/binance_coinm/btcusd_perp_20240808.gz',
      'hftbacktest/binance_coinm/ethusd_perp_20240808.gz',
    ],
    { venues: ['binance', 'binance_usdm', 'binance_coinm'], note: 'Binance spot, USD-M and COIN-M, all channels' },
  ),
  kind(
    'spot_trade_depth',
    'binance',
    ['hftbacktest/binance_spot/btcusdt_20240808.gz', 'hftbacktest/binance_spot/ethusdt_20240808.gz'],
    { isTradeDepthOnly: true },
  ),
  kind(
    'usdm_trade_depth',
    'binance_usdm',
    ['hftbacktest/binance_usdm/btcusdt_20240808.gz', 'hftbacktest/binance_usdm/ethusdt_20240808.gz'],
    { isTradeDepthOnly: true },
  ),
  kind('kraken', 'kraken', ['cryptofeed/raw/KRAKEN'], { note: 'every checksum verified by us' }),
  kind('okx', 'okx', ['cryptofeed/raw/OKX'], { note: 'every checksum verified by us' }),
  kind('coinbase', 'coinbase', ['cryptofeed/raw/COINBASE']),
  kind('bybit', 'bybit', ['cryptofeed/v3_jsonl/BYBIT.jsonl.zst'], { venues: ['bybit', 'bybit_linear', 'bybit_spot'] }),
  // Without snapshots, so nothing is to be done with it but to decode it.
  kind('scan', 'mixed', [], {
    venues: ['binance', 'binance_usdm', 'kraken', 'okx'],
    cases: ['split', 'json_parse', 'json_parse_number', 'decode'],
    note: 'every channel of a scan, 25 simulated symbols a venue',
  }),
];

/**
 * The frames of a kind. Of REST replies only those about one symbol, which are depth snapshots: lists of products are not
 * traffic. No bare `pong` either: clients answer that before they parse.
 */
export function filterOf(kind: Kind): FrameFilter {
  return (connection, head) => {
    if (!kind.venues.includes(connection.venue)) return false;
    if (isRestList(connection) || !/^[[{]/.test(head)) return false;
    return !kind.isTradeDepthOnly || !/^\{"stream":"[^"@]*@(?!trade"|depth)/.test(head);
  };
}

function isRestList(connection: FrameConnection): boolean {
  return connection.transport === 'rest' && connection.symbol === null;
}
