/** REST replies of simulated Bybit (v5 market data). Errors are HTTP 200 with `retCode`, as there. Counts no requests. */

import type { MarketSpec } from '../../market.ts';
import { fixedText, msOf } from '../../wire-text.ts';
import { jsonReply } from '../door.ts';
import type { SimReply } from '../sim-venue.ts';
import { type Category, executionId, priceText, sideMembers, sizeText, takerSide } from './bybit-encoder.ts';
import type { BybitMarket } from './bybit-market.ts';
import { tickerFields } from './ticker-fields.ts';

export interface RestHome {
  readonly category: Category;
  readonly markets: ReadonlyMap<string, BybitMarket>;
  wireUs(): number;
}

/** [docs] levels a side, and what who names none gets. */
const LEVELS = { spot: { most: 200, usual: 1 }, linear: { most: 1_000, usual: 25 } } as const;
const FILLS = { spot: { most: 60, usual: 60 }, linear: { most: 1_000, usual: 500 } } as const;

/** @param name - the path behind `/v5/market/` */
export function answer(home: RestHome, name: string, query: URLSearchParams): SimReply {
  if (name === 'time') return result(home, timeText(home.wireUs()));
  if (query.get('category') !== home.category) return failure(home, 'params error: Category is invalid');
  switch (name) {
    case 'instruments-info':
      return list(home, query.get('status') === 'PreLaunch' ? [] : listed(home, query).map(instrument));
    case 'tickers':
      return list(home, listed(home, query).map(tickerRow(home)));
    case 'orderbook':
      return ofSymbol(home, query, (market) => result(home, book(home, market, query)));
    case 'recent-trade':
      return ofSymbol(home, query, (market) => list(home, fillRows(home, market, query)));
    default:
      return jsonReply(404, '');
  }
}

function result(home: RestHome, body: string): SimReply {
  return jsonReply(200, `{"retCode":0,"retMsg":"OK","result":${body},"retExtInfo":{},"time":${msOf(home.wireUs())}}`);
}

function list(home: RestHome, rows: readonly string[]): SimReply {
  return result(home, `{"category":"${home.category}","list":[${rows.join(',')}],"nextPageCursor":""}`);
}

function failure(home: RestHome, message: string): SimReply {
  const time = msOf(home.wireUs());
  return jsonReply(200, `{"retCode":10001,"retMsg":"${message}","result":{},"retExtInfo":{},"time":${time}}`);
}

function ofSymbol(home: RestHome, query: URLSearchParams, reply: (market: BybitMarket) => SimReply): SimReply {
  const market = home.markets.get(query.get('symbol') ?? '');
  return market === undefined ? failure(home, 'Not supported symbols') : reply(market);
}

/** The one that is named, or all. */
function listed(home: RestHome, query: URLSearchParams): BybitMarket[] {
  const symbol = query.get('symbol');
  return [...home.markets.values()].filter(({ listing }) => (symbol ?? listing.spec.symbol) === listing.spec.symbol);
}

function countOf(query: URLSearchParams, { most, usual }: { readonly most: number; readonly usual: number }): number {
  return Math.min(most, Number(query.get('limit') ?? usual));
}

function book(home: RestHome, { listing, market, ids, changedUs }: BybitMarket, query: URLSearchParams): string {
  const levels = countOf(query, LEVELS[home.category]);
  const sides = { bid: market.book.bid.top(levels), ask: market.book.ask.top(levels) };
  const numbers = `"ts":${msOf(home.wireUs())},"u":${ids.update},"seq":${ids.sequence},"cts":${msOf(changedUs)}`;
  return `{"s":"${listing.spec.symbol}",${sideMembers(listing, sides)},${numbers}}`;
}

/** Newest first. */
function fillRows(home: RestHome, { listing, fills }: BybitMarket, query: URLSearchParams): string[] {
  return fills
    .slice(-countOf(query, FILLS[home.category]))
    .reverse()
    .map((fill) => {
      const { print, sequence } = fill;
      const head = `"execId":"${executionId(listing, fill)}","symbol":"${listing.spec.symbol}"`;
      const deal = `"price":"${priceText(listing, print.price)}","size":"${sizeText(listing, print.size)}"`;
      const flags = `"isBlockTrade":false,"isRPITrade":false,"seq":"${sequence}"`;
      return `{${head},${deal},"side":"${takerSide(print)}","time":"${msOf(print.timeUs)}",${flags}}`;
    });
}

function tickerRow(home: RestHome): (market: BybitMarket) => string {
  return ({ listing, market, derivative }) => {
    const fields = [['symbol', listing.spec.symbol], ...tickerFields(listing, market, derivative, home.wireUs())];
    return `{${fields.map(([key, text]) => `"${key}":"${text}"`).join(',')}}`;
  };
}

function timeText(wireUs: number): string {
  return `{"timeSecond":"${Math.floor(wireUs / 1_000_000)}","timeNano":"${wireUs}000"}`;
}

function instrument({ listing }: BybitMarket): string {
  const { spec, category, priceWireDecimals } = listing;
  const base = spec.symbol.slice(0, -'USDT'.length);
  const head = `"symbol":"${spec.symbol}","baseCoin":"${base}","quoteCoin":"USDT","status":"Trading"`;
  const tick = `"tickSize":"${fixedText(1, spec.priceDecimals, Math.max(spec.priceDecimals, priceWireDecimals))}"`;
  return category === 'spot' ? spotRow(head, tick, spec) : linearRow(head, tick, spec, priceWireDecimals);
}

function spotRow(head: string, tick: string, { sizeDecimals }: MarketSpec): string {
  const step = fixedText(1, sizeDecimals);
  const lot = `"lotSizeFilter":{"basePrecision":"${step}","quotePrecision":"0.0000001","minOrderQty":"${step}","maxOrderQty":"1000000","minOrderAmt":"5","maxOrderAmt":"4000000"}`;
  return `{${head},"innovation":"0","marginTrading":"none","stTag":"0",${lot},"priceFilter":{${tick}}}`;
}

function linearRow(head: string, tick: string, { sizeDecimals }: MarketSpec, scale: number): string {
  const step = fixedText(1, sizeDecimals);
  const kind = `"contractType":"LinearPerpetual","launchTime":"1584230400000","deliveryTime":"0","deliveryFeeRate":"","priceScale":"${scale}"`;
  const leverage = '"leverageFilter":{"minLeverage":"1","maxLeverage":"100.00","leverageStep":"0.01"}';
  const price = `"priceFilter":{"minPrice":"0.00000001","maxPrice":"1999999.80",${tick}}`;
  const lot = `"lotSizeFilter":{"maxOrderQty":"1190.000","minOrderQty":"${step}","qtyStep":"${step}","postOnlyMaxOrderQty":"1190.000","maxMktOrderQty":"500.000","minNotionalValue":"5"}`;
  const rest = '"unifiedMarginTrade":true,"fundingInterval":480,"settleCoin":"USDT","isPreListing":false';
  return `{${head},${kind},${leverage},${price},${lot},${rest}}`;
}
