/** Which assets a simulated world trades, and how each venue lists them. Invented figures of realistic size; moves nothing. */

import type { BinanceListing } from '../binance-encoder.ts';
import { BINANCE_LISTINGS, KRAKEN_LISTINGS, OKX_LISTINGS } from '../demo-markets.ts';
import type { MarketSpec } from '../market.ts';
import type { OkxListing } from '../okx-encoder.ts';
import type { BybitListing } from '../venues/bybit/bybit-encoder.ts';
import type { SimVenueName } from '../venues/sim-venue.ts';

export interface SimAsset {
  readonly name: string;
  /** In USD, invented. */
  readonly price: number;
}

/** The names of config/instruments.yaml and some more; beyond them they are generated. */
const NAMED: readonly SimAsset[] = [
  { name: 'BTC', price: 78_412.3 },
  { name: 'ETH', price: 2_961.47 },
  { name: 'SOL', price: 168.23 },
  { name: 'XRP', price: 2.3104 },
  { name: 'DOGE', price: 0.18742 },
  { name: 'ADA', price: 0.6123 },
  { name: 'BNB', price: 712.5 },
  { name: 'AVAX', price: 21.43 },
  { name: 'LINK', price: 17.92 },
  { name: 'LTC', price: 96.14 },
];

/** The first `count` assets. @param count - 1 to 1000 */
export function simAssets(count: number): SimAsset[] {
  const assets = NAMED.slice(0, count);
  for (let i = assets.length; i < count; i++) {
    // Prices spread over four powers of ten, the same for everybody.
    let price = 0.1 + ((i * 7_919) % 9_973) / 1_000;
    for (let j = i % 4; j > 0; j--) price *= 7.3;
    assets.push({ name: `SIM${i}`, price });
  }
  return assets;
}

/** What a venue calls an asset's markets. */
export function symbolsOf(venue: SimVenueName, asset: string): string[] {
  switch (venue) {
    case 'binance':
    case 'binance_usdm':
    case 'bybit_spot':
    case 'bybit_linear':
      return [`${asset}USDT`];
    case 'coinbase':
      return [`${asset}-USD`];
    case 'kraken':
      return [`${asset}/USD`];
    case 'okx':
      return [`${asset}-USDT`, `${asset}-USDT-SWAP`];
  }
}

/** How active the n-th asset is beside the first. */
function shareOfActivity(rank: number): number {
  return Math.max(0.15, 1 / (1 + rank * 0.2));
}

/** A side, where it is not 200. Bybit's stay below the depth that is asked for: what a client holds is the whole book. */
const LEVELS: Readonly<Partial<Record<SimVenueName, number>>> = { kraken: 120, bybit_spot: 160, bybit_linear: 160 };

/** A typical resting order is worth this much. */
const ORDER_QUOTE = 4_000;

/**
 * The spec of one market, from the demo's where that has it.
 *
 * @param rank - 0 for the most active asset
 * @param fairPrice - what the market follows
 */
export function specOf(
  venue: SimVenueName,
  symbol: string,
  asset: SimAsset,
  rank: number,
  fairPrice: () => number,
): MarketSpec {
  const demo = demoSpec(venue, symbol);
  if (demo !== null) return { ...demo, fairPrice };
  const priceDecimals = priceDecimalsOf(venue, asset);
  const ticks = asset.price * powerOfTen(priceDecimals);
  const contract = symbol.endsWith('-SWAP') ? contractValueOf(asset) : 1;
  const sizeDecimals = sizeDecimalsOf(venue, asset, contract);
  const share = shareOfActivity(rank);
  return {
    venue,
    symbol,
    fairPrice,
    priceDecimals,
    sizeDecimals,
    typicalSize: Math.max(20, Math.round((ORDER_QUOTE / asset.price / contract) * powerOfTen(sizeDecimals))),
    spreadTicks: venue === 'kraken' ? 3 : 1,
    gapTicks: Math.max(1, Math.round(ticks / 130_000)),
    levels: LEVELS[venue] ?? 200,
    stickyTicks: Math.max(2, Math.round(ticks * 0.000_04)),
    ordersPerSecond: 5 * share,
    tradesPerSecond: 1.2 * share,
  };
}

export function binanceListing(venue: 'binance' | 'binance_usdm', spec: MarketSpec): BinanceListing {
  const market = venue === 'binance' ? 'spot' : 'usdm';
  const demo = BINANCE_LISTINGS.find((one) => one.market === market && one.spec.symbol === spec.symbol);
  if (demo !== undefined) return { ...demo, spec };
  if (market === 'spot') return { market, spec, priceWireDecimals: 8, sizeWireDecimals: 8 };
  return { market, spec, priceWireDecimals: spec.priceDecimals, sizeWireDecimals: spec.sizeDecimals };
}

export function okxListing(spec: MarketSpec, asset: SimAsset): OkxListing {
  return { spec, contractValue: spec.symbol.endsWith('-SWAP') ? contractValueOf(asset) : null };
}

/** [seen] Bybit writes the linear prices of some instruments with one decimal more than their tick has. */
export function bybitListing(venue: 'bybit_spot' | 'bybit_linear', spec: MarketSpec, asset: SimAsset): BybitListing {
  const category = venue === 'bybit_spot' ? 'spot' : 'linear';
  const isWide = asset.name === 'BTC' || asset.name === 'SOL';
  return { category, spec, priceWireDecimals: spec.priceDecimals + (isWide ? 1 : 0) };
}

function demoSpec(venue: SimVenueName, symbol: string): MarketSpec | null {
  const all = [...BINANCE_LISTINGS, ...KRAKEN_LISTINGS, ...OKX_LISTINGS];
  return all.find(({ spec }) => spec.venue === venue && spec.symbol === symbol)?.spec ?? null;
}

/** So many that one tick is 0.1 to 1 bps, as venues choose it. */
function priceDecimalsOf(venue: SimVenueName, { name, price }: SimAsset): number {
  const least = name === 'ETH' || (name === 'BTC' && venue === 'coinbase') ? 2 : name === 'BTC' ? 1 : 0;
  let decimals = 0;
  while (price * powerOfTen(decimals) < 10_000) decimals += 1;
  return Math.max(least, decimals);
}

function sizeDecimalsOf(venue: SimVenueName, { price }: SimAsset, contract: number): number {
  if (venue === 'okx' && contract !== 1) return 2;
  if (venue === 'kraken' || (venue === 'coinbase' && price >= 100)) return 8;
  let decimals = 0;
  while (decimals < 8 && (ORDER_QUOTE / price) * powerOfTen(decimals) < 1_000) decimals += 1;
  return decimals;
}

/** A power of ten worth 100 USD or somewhat more: 0.01 BTC, 0.1 ETH, 1 SOL, as OKX has them. */
function contractValueOf({ price }: SimAsset): number {
  let value = 0.001;
  let scale = 1_000;
  while (value * price < 100) {
    scale /= 10;
    value = 1 / scale;
  }
  return value;
}

function powerOfTen(n: number): number {
  let power = 1;
  for (let i = 0; i < n; i++) power *= 10;
  return power;
}
