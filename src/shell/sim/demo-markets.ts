/** The markets of the demo recording: ticks, lots and wire decimals as the venues list them, activity chosen for a small file. */

import type { BinanceListing } from './binance-encoder.ts';
import type { MarketSpec } from './market.ts';
import type { OkxListing } from './okx-encoder.ts';
import type { Prices } from './price-process.ts';

/** USD, invented; of the size that both had in 2026. */
export const START_PRICES: Prices = { btc: 78_412.3, eth: 2_961.47 };

/** Venues differ a little for hours: basis to the efficient price, in basis points. */
const btc = (basisBps: number) => (prices: Prices) => prices.btc * (1 + basisBps / 10_000);
const eth = (basisBps: number) => (prices: Prices) => prices.eth * (1 + basisBps / 10_000);

const BINANCE_SPOT = { venue: 'binance', ordersPerSecond: 6, tradesPerSecond: 1.5, levels: 280 };
const BINANCE_USDM = { venue: 'binance_usdm', ordersPerSecond: 6.5, tradesPerSecond: 1.8, levels: 300 };
const KRAKEN = { venue: 'kraken', ordersPerSecond: 5, tradesPerSecond: 0.6, levels: 120 };
const OKX = { venue: 'okx', ordersPerSecond: 5, tradesPerSecond: 1.2, levels: 240 };

export const BINANCE_LISTINGS: readonly BinanceListing[] = [
  {
    market: 'spot',
    priceWireDecimals: 8,
    sizeWireDecimals: 8,
    spec: {
      ...BINANCE_SPOT,
      symbol: 'BTCUSDT',
      fairPrice: btc(0),
      priceDecimals: 2,
      sizeDecimals: 5,
      typicalSize: 50_000,
      spreadTicks: 1,
      gapTicks: 60,
      stickyTicks: 300,
    },
  },
  {
    market: 'spot',
    priceWireDecimals: 8,
    sizeWireDecimals: 8,
    spec: {
      ...BINANCE_SPOT,
      symbol: 'ETHUSDT',
      fairPrice: eth(0),
      priceDecimals: 2,
      sizeDecimals: 4,
      typicalSize: 120_000,
      spreadTicks: 1,
      gapTicks: 4,
      stickyTicks: 15,
    },
  },
  {
    market: 'usdm',
    priceWireDecimals: 2,
    sizeWireDecimals: 3,
    spec: {
      ...BINANCE_USDM,
      symbol: 'BTCUSDT',
      fairPrice: btc(-4),
      priceDecimals: 1,
      sizeDecimals: 3,
      typicalSize: 2_500,
      spreadTicks: 1,
      gapTicks: 5,
      stickyTicks: 28,
    },
  },
  {
    market: 'usdm',
    priceWireDecimals: 2,
    sizeWireDecimals: 3,
    spec: {
      ...BINANCE_USDM,
      symbol: 'ETHUSDT',
      fairPrice: eth(-4.5),
      priceDecimals: 2,
      sizeDecimals: 3,
      typicalSize: 30_000,
      spreadTicks: 1,
      gapTicks: 4,
      stickyTicks: 14,
    },
  },
];

export const KRAKEN_LISTINGS: readonly { readonly spec: MarketSpec; readonly depth: number }[] = [
  {
    depth: 10,
    spec: {
      ...KRAKEN,
      symbol: 'BTC/USD',
      fairPrice: btc(-3),
      priceDecimals: 1,
      sizeDecimals: 8,
      typicalSize: 35_000_000,
      spreadTicks: 3,
      gapTicks: 14,
      stickyTicks: 45,
    },
  },
  {
    depth: 25,
    spec: {
      ...KRAKEN,
      symbol: 'ETH/USD',
      fairPrice: eth(-2.5),
      priceDecimals: 2,
      sizeDecimals: 8,
      typicalSize: 600_000_000,
      spreadTicks: 4,
      gapTicks: 9,
      stickyTicks: 25,
    },
  },
];

/** The last one is thin on purpose: minutes without a trade, and pauses that OKX fills with an empty keep-alive update. */
export const OKX_LISTINGS: readonly OkxListing[] = [
  {
    contractValue: 0.01,
    spec: {
      ...OKX,
      symbol: 'BTC-USDT-SWAP',
      fairPrice: btc(-4.2),
      priceDecimals: 1,
      sizeDecimals: 2,
      typicalSize: 4_000,
      spreadTicks: 1,
      gapTicks: 6,
      stickyTicks: 32,
    },
  },
  {
    contractValue: 0.1,
    spec: {
      ...OKX,
      symbol: 'ETH-USDT-SWAP',
      fairPrice: eth(-4.8),
      priceDecimals: 2,
      sizeDecimals: 2,
      typicalSize: 8_000,
      spreadTicks: 1,
      gapTicks: 5,
      stickyTicks: 17,
    },
  },
  {
    contractValue: null,
    spec: {
      venue: 'okx',
      symbol: 'ETH-BTC',
      fairPrice: (prices) => prices.eth / prices.btc,
      priceDecimals: 5,
      sizeDecimals: 6,
      typicalSize: 4_000_000,
      spreadTicks: 2,
      gapTicks: 1,
      levels: 60,
      stickyTicks: 4,
      ordersPerSecond: 0.011,
      tradesPerSecond: 0.005,
    },
  },
];
