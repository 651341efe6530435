/** The six Binance recordings of one evening, three markets and two symbols. */

import { binanceCounter } from './naive-counts.ts';
import { at } from './payloads.ts';

/** Where they lie, what they are, and what their own README counts. */
export const HFTBACKTEST = [
  {
    file: 'binance_coinm/btcusd_perp',
    venue: 'binance_coinm',
    symbol: 'BTCUSD_PERP',
    trades: 2286,
    bbo: 19_136,
    depth: 26_847,
  },
  {
    file: 'binance_coinm/ethusd_perp',
    venue: 'binance_coinm',
    symbol: 'ETHUSD_PERP',
    trades: 1732,
    bbo: 15_812,
    depth: 22_909,
  },
  { file: 'binance_spot/btcusdt', venue: 'binance', symbol: 'BTCUSDT', trades: 9757, bbo: 28_040, depth: 3451 },
  { file: 'binance_spot/ethusdt', venue: 'binance', symbol: 'ETHUSDT', trades: 6106, bbo: 24_077, depth: 3434 },
  { file: 'binance_usdm/btcusdt', venue: 'binance_usdm', symbol: 'BTCUSDT', trades: 21_313, bbo: 66_089, depth: 6551 },
  { file: 'binance_usdm/ethusdt', venue: 'binance_usdm', symbol: 'ETHUSDT', trades: 14_076, bbo: 53_992, depth: 6586 },
].map((one) => ({
  ...one,
  path: at(`hftbacktest/${one.file}_20240808.gz`),
  count: binanceCounter(one.venue, one.symbol),
}));
