/** REST replies of simulated Kraken. Errors are HTTP 200 with `error` filled, as there. Counts no calls. */

import type { Level } from '../../book-truth.ts';
import { priceText, sizeText } from '../../kraken-encoder.ts';
import type { MarketSpec } from '../../market.ts';
import { fixedText, rfc3339Text, unixSecondsText } from '../../wire-text.ts';
import { jsonReply } from '../door.ts';
import type { SimReply } from '../sim-venue.ts';
import type { KrakenMarket } from './kraken-market.ts';

/** Kraken's own codes: some coins have older ones, and the first of all have a letter before them. */
const OLD_CODES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };
const PREFIXED = ['XBT', 'ETH', 'XRP', 'LTC', 'XDG'];
const MOST_LEVELS = 500;
const MOST_TRADES = 1_000;

/** `XBT/USD`, `XBTUSD` and `XXBTZUSD` for `BTC/USD`. */
export function namesOf(symbol: string): { readonly wsname: string; readonly altname: string; readonly key: string } {
  const [name = '', quote = ''] = symbol.split('/');
  const base = OLD_CODES[name] ?? name;
  const isOld = PREFIXED.includes(base) && base !== 'XDG';
  return { wsname: `${base}/${quote}`, altname: base + quote, key: isOld ? `X${base}Z${quote}` : base + quote };
}

export function answer(
  markets: readonly KrakenMarket[],
  name: string,
  query: URLSearchParams,
  wireUs: number,
): SimReply {
  switch (name) {
    case 'Time':
      return result(`{"unixtime":${Math.floor(wireUs / 1_000_000)},"rfc1123":"${rfc3339Text(wireUs)}"}`);
    case 'SystemStatus':
      return result(`{"status":"online","timestamp":"${rfc3339Text(wireUs).slice(0, 19)}Z"}`);
    case 'Assets':
      return result(`{${assets(markets).join(',')}}`);
    case 'AssetPairs':
      return result(`{${markets.map(({ market }) => pair(market.spec)).join(',')}}`);
    case 'Depth':
      return ofPair(markets, query, (market) => depth(market, query, wireUs));
    case 'Trades':
      return ofPair(markets, query, (market) => trades(market, query));
    default:
      return failure('EGeneral:Unknown method');
  }
}

export function failure(error: string): SimReply {
  return jsonReply(200, `{"error":["${error}"]}`);
}

function result(body: string): SimReply {
  return jsonReply(200, `{"error":[],"result":${body}}`);
}

/** Any of the names is understood; the answer has Kraken's own. */
function ofPair(
  markets: readonly KrakenMarket[],
  query: URLSearchParams,
  body: (market: KrakenMarket) => string,
): SimReply {
  const asked = query.get('pair') ?? '';
  const market = markets.find(({ market: { spec } }) => {
    const names = namesOf(spec.symbol);
    return [names.wsname, names.altname, names.key, spec.symbol].includes(asked);
  });
  return market === undefined ? failure('EQuery:Unknown asset pair') : result(body(market));
}

function depth({ market }: KrakenMarket, query: URLSearchParams, wireUs: number): string {
  const count = Math.min(MOST_LEVELS, Number(query.get('count') ?? 100));
  const second = Math.floor(wireUs / 1_000_000);
  const list = (levels: readonly Level[]): string =>
    levels
      .map(({ price, size }) => `["${priceText(market.spec, price)}","${threeDecimals(market.spec, size)}",${second}]`)
      .join(',');
  const { bid, ask } = market.book;
  const sides = `"asks":[${list(ask.top(count))}],"bids":[${list(bid.top(count))}]`;
  return `{"${namesOf(market.spec.symbol).key}":{${sides}}}`;
}

/** Volumes of REST depth have three decimals, whatever the pair's precision. */
function threeDecimals(spec: MarketSpec, size: number): string {
  return Number(sizeText(spec, size)).toFixed(3);
}

function trades({ market, trades: kept }: KrakenMarket, query: URLSearchParams): string {
  const count = Math.min(MOST_TRADES, Number(query.get('count') ?? MOST_TRADES));
  const shown = kept.slice(-count);
  const rows = shown.map(({ id, print }) => {
    const deal = `"${priceText(market.spec, print.price)}","${sizeText(market.spec, print.size)}"`;
    const order = `"${print.takerSide === 'buy' ? 'b' : 's'}","${print.makers > 1 ? 'm' : 'l'}",""`;
    return `[${deal},${unixSecondsText(print.timeUs)},${order},${id}]`;
  });
  const last = `${shown.at(-1)?.print.timeUs ?? 0}000`;
  return `{"${namesOf(market.spec.symbol).key}":[${rows.join(',')}],"last":"${last}"}`;
}

function assets(markets: readonly KrakenMarket[]): string[] {
  const codes = markets.map(({ market }) => namesOf(market.spec.symbol).wsname.split('/')[0]!);
  const row = (key: string, altname: string): string =>
    `"${key}":{"aclass":"currency","altname":"${altname}","decimals":10,"display_decimals":5,"status":"enabled"}`;
  const keyOf = (code: string): string => (PREFIXED.includes(code) ? `X${code}` : code);
  return [...codes.map((code) => row(keyOf(code), code)), row('ZUSD', 'USD')];
}

function pair(spec: MarketSpec): string {
  const { wsname, altname, key } = namesOf(spec.symbol);
  const base = wsname.split('/')[0]!;
  const names = `"altname":"${altname}","wsname":"${wsname}","aclass_base":"currency","base":"${PREFIXED.includes(base) ? `X${base}` : base}"`;
  const quote = '"aclass_quote":"currency","quote":"ZUSD","lot":"unit"';
  const precision = `"cost_decimals":5,"pair_decimals":${spec.priceDecimals},"lot_decimals":${spec.sizeDecimals},"lot_multiplier":1`;
  const fees =
    '"leverage_buy":[],"leverage_sell":[],"fees":[[0,0.4]],"fees_maker":[[0,0.25]],"fee_volume_currency":"ZUSD"';
  const limits = `"ordermin":"0.00005","costmin":"0.5","tick_size":"${fixedText(1, spec.priceDecimals)}","status":"online"`;
  return `"${key}":{${names},${quote},${precision},${fees},${limits}}`;
}
