/** Which venue a URL belongs to, and which venues can be read at all. Opens no connection. */

import { VENUES } from '../../../core/market/venues/registry.ts';

/** True when frames of that venue can be decoded. */
export function isSupportedVenue(venue: string): boolean {
  return VENUES.includes(venue);
}

/** Hosts, and for some of them a path, by venue; the first that fits counts. Upper case: recognised, without a decoder. */
const HOSTS: readonly (readonly [RegExp, string])[] = [
  [/^(?:fstream|fapi)[^/]*\.binance\.com\//, 'binance_usdm'],
  [/^(?:dstream|dapi)[^/]*\.binance\.com\//, 'binance_coinm'],
  [/^[^/]*\.binance\.com\/fapi\//, 'binance_usdm'],
  [/^[^/]*\.binance\.com\/dapi\//, 'binance_coinm'],
  [/^(?:nbstream|vstream|eapi)[^/]*\.binance\.com\//, 'BINANCE_OPTIONS'],
  [/^[^/]*\.binance\.(?:com|vision)\//, 'binance'],
  [/^[^/]*\.binance\.us\//, 'binance_us'],
  [/^futures\.kraken\.com\//, 'KRAKEN_FUTURES'],
  [/^[^/]*\.kraken\.com\//, 'kraken'],
  [/^[^/]*\.ok(?:x|ex)\.com\//, 'okx'],
  [/^(?:advanced-trade-ws[^/]*|api)\.coinbase\.com\//, 'coinbase_advanced'],
  [/^[^/]*\.(?:pro|exchange)\.coinbase\.com\//, 'coinbase'],
  [/^[^/]*\.(?:bybit|bytick)\.com\/v5\/public\/spot/, 'bybit_spot'],
  [/^[^/]*\.(?:bybit|bytick)\.com\/v5\/public\/linear/, 'bybit_linear'],
  [/^[^/]*\.(?:bybit|bytick)\.com\/v5\/public\/inverse/, 'bybit_inverse'],
  [/^[^/]*\.(?:bybit|bytick)\.com\/.*[?&]category=spot/, 'bybit_spot'],
  [/^[^/]*\.(?:bybit|bytick)\.com\/.*[?&]category=linear/, 'bybit_linear'],
  [/^[^/]*\.(?:bybit|bytick)\.com\/.*[?&]category=inverse/, 'bybit_inverse'],
  [/^[^/]*\.(?:bybit|bytick)\.com\//, 'bybit'],
  [/^[^/]*bitcoin\.com\//, 'BITCOINCOM'],
  [/^[^/]*bitfinex\.com\//, 'BITFINEX'],
  [/^[^/]*bitflyer\.com\//, 'BITFLYER'],
  [/^[^/]*bitget\.com\//, 'BITGET'],
  [/^[^/]*(?:bitmax\.io|ascendex\.com)\//, 'BITMAX'],
  [/^[^/]*bitmex\.com\//, 'BITMEX'],
  [/^[^/]*bitstamp\.net\//, 'BITSTAMP'],
  [/^[^/]*bittrex\.com\//, 'BITTREX'],
  [/^[^/]*blockchain\.info\//, 'BLOCKCHAIN'],
  [/^[^/]*deribit\.com\//, 'DERIBIT'],
  [/^[^/]*ftx\.us\//, 'FTX_US'],
  [/^[^/]*(?:ftx|ftexchange)\.com\//, 'FTX'],
  [/^[^/]*gate(?:io)?\.(?:io|ws)\//, 'GATEIO'],
  [/^[^/]*gemini\.com\//, 'GEMINI'],
  [/^[^/]*hitbtc\.com\//, 'HITBTC'],
  [/^[^/]*(?:huobi\.pro|hbdm\.com|huobi\.com)\//, 'HUOBI'],
  [/^[^/]*hyperliquid\.xyz\//, 'HYPERLIQUID'],
  [/^[^/]*kucoin\.com\//, 'KUCOIN'],
  [/^[^/]*poloniex\.com\//, 'POLONIEX'],
  [/^[^/]*upbit\.com\//, 'UPBIT'],
];

/**
 * The venue that a recorded URL belongs to.
 *
 * @returns one of core's `VENUES`; else a name in upper case, or `unknown (host)`
 */
export function venueOfUrl(url: string): string {
  const place = /^[a-z]+:\/\/([^/?]+)(.*)$/i.exec(url);
  if (place === null) return 'unknown';
  const host = place[1]!.toLowerCase().replace(/:\d+$/, '');
  const rest = place[2]!.startsWith('/') ? place[2]! : `/${place[2]!}`;
  return HOSTS.find(([pattern]) => pattern.test(host + rest))?.[1] ?? `unknown (${host})`;
}

const SYMBOL_PARAMETER = /[?&](?:symbol|instId|product_id|pair)=([^&]+)/;
const SYMBOL_PATH = /\/products\/([^/?]+)\//;

/** The symbol that a REST URL asks about: `...depth?symbol=DOTUSDT&limit=1000`, `/products/BTC-USD/book`. Null when it names none. */
export function symbolOfUrl(url: string): string | null {
  const raw = (SYMBOL_PARAMETER.exec(url) ?? SYMBOL_PATH.exec(url))?.[1];
  if (raw === undefined) return null;
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}
