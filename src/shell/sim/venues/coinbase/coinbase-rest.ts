/** REST replies of simulated Coinbase Exchange. Counts no requests. */

import type { Level } from '../../book-truth.ts';
import type { MarketSpec } from '../../market.ts';
import { fixedText, rfc3339Text } from '../../wire-text.ts';
import { jsonReply } from '../door.ts';
import type { SimReply } from '../sim-venue.ts';
import { makerSide, priceText, sizeText, tradedSize } from './coinbase-encoder.ts';
import type { CoinbaseMarket } from './coinbase-market.ts';

export interface RestHome {
  readonly markets: ReadonlyMap<string, CoinbaseMarket>;
  readonly aheadUs: number;
  wireUs(): number;
}

const DEFAULT_TRADES = 100;
const MOST_TRADES = 1_000;
const NOT_FOUND = jsonReply(404, '{"message":"NotFound"}');

/** @param path - `/products/BTC-USD/book`, without its query */
export function answer(home: RestHome, path: string, query: URLSearchParams): SimReply {
  const [root, symbol, what] = path.split('/').filter((part) => part !== '');
  if (root === 'time') return jsonReply(200, timeText(home));
  if (root === 'currencies') return jsonReply(200, `[${currencies(home).join(',')}]`);
  if (root !== 'products') return NOT_FOUND;
  if (symbol === undefined) return jsonReply(200, `[${products(home).join(',')}]`);
  const market = home.markets.get(symbol);
  return market === undefined ? NOT_FOUND : ofProduct(home, market, what, query);
}

/** Of every product, as `GET /products` and the `status` channel have them. */
export function products({ markets }: Pick<RestHome, 'markets'>): string[] {
  return [...markets.values()].map(({ market }) => product(market.spec));
}

function ofProduct(home: RestHome, market: CoinbaseMarket, what: string | undefined, query: URLSearchParams): SimReply {
  switch (what) {
    case undefined:
      return jsonReply(200, product(market.market.spec));
    case 'book':
      return jsonReply(200, book(home, market, query.get('level') ?? '1'));
    case 'trades':
      return jsonReply(200, `[${trades(home, market, query).join(',')}]`);
    case 'ticker':
      return jsonReply(200, ticker(home, market));
    case 'stats':
      return jsonReply(200, stats(market));
    default:
      return NOT_FOUND;
  }
}

/** Level 1 is the best of each side, level 2 all of them; a level is price, size and number of orders. */
function book(home: RestHome, market: CoinbaseMarket, level: string): string {
  const { spec } = market.market;
  const sides = market.top(level === '1' ? 1 : Number.POSITIVE_INFINITY);
  const list = (levels: readonly Level[]): string =>
    levels
      .map(({ price, size }) => `["${priceText(spec, price)}","${sizeText(spec, size)}",${1 + (size % 5)}]`)
      .join(',');
  const levels = `"bids":[${list(sides.bid)}],"asks":[${list(sides.ask)}]`;
  const tail = `"auction_mode":false,"auction":null,"time":"${rfc3339Text(home.wireUs())}"`;
  return `{${levels},"sequence":${market.sequence},${tail}}`;
}

/** Newest first; `side` is the maker's. */
function trades({ aheadUs }: RestHome, { market, trades: kept }: CoinbaseMarket, query: URLSearchParams): string[] {
  const count = Math.min(MOST_TRADES, Number(query.get('limit') ?? DEFAULT_TRADES));
  const { spec } = market;
  return kept
    .slice(-count)
    .reverse()
    .map(({ id, print }) => {
      const deal = `"size":"${tradedSize(spec, print)}","price":"${priceText(spec, print.price)}"`;
      const time = rfc3339Text(print.timeUs + aheadUs);
      return `{"trade_id":${id},"side":"${makerSide(print)}",${deal},"time":"${time}"}`;
    });
}

function ticker({ aheadUs }: RestHome, { market, lastTrade }: CoinbaseMarket): string {
  const { spec, book, day } = market;
  const { bid, ask } = book.touch();
  const best = `"ask":"${priceText(spec, ask.price)}","bid":"${priceText(spec, bid.price)}"`;
  const { id, print } = lastTrade;
  const deal = `"price":"${priceText(spec, print.price)}","size":"${tradedSize(spec, print)}"`;
  const time = `"time":"${rfc3339Text(print.timeUs + aheadUs)}"`;
  return `{${best},"volume":"${sizeText(spec, day.volume)}","trade_id":${id},${deal},${time}}`;
}

function stats({ market, lastTrade }: CoinbaseMarket): string {
  const { spec, day } = market;
  const price = (name: string, ticks: number): string => `"${name}":"${priceText(spec, ticks)}"`;
  const range = [price('open', day.open), price('high', day.high), price('low', day.low)].join(',');
  const volume = `"volume":"${sizeText(spec, day.volume)}","volume_30day":"${sizeText(spec, day.volume * 30)}"`;
  return `{${range},${price('last', lastTrade.print.price)},${volume}}`;
}

function product({ symbol, priceDecimals, sizeDecimals }: MarketSpec): string {
  const [base, quote] = symbol.split('-');
  const names = `"id":"${symbol}","base_currency":"${base}","quote_currency":"${quote}","display_name":"${base}/${quote}"`;
  const steps = `"quote_increment":"${fixedText(1, priceDecimals)}","base_increment":"${fixedText(1, sizeDecimals)}"`;
  const flags =
    '"margin_enabled":false,"post_only":false,"limit_only":false,"cancel_only":false,"trading_disabled":false,"fx_stablecoin":false,"auction_mode":false';
  return `{${names},${steps},"min_market_funds":"1","status":"online","status_message":"",${flags}}`;
}

function currencies({ markets }: RestHome): string[] {
  const codes = new Set([...markets.keys()].flatMap((symbol) => symbol.split('-')));
  return [...codes].map(
    (code) =>
      `{"id":"${code}","name":"${code}","min_size":"0.00000001","status":"online","message":"","max_precision":"0.00000001","convertible_to":[],"details":{"type":"${code === 'USD' ? 'fiat' : 'crypto'}"},"default_network":"","supported_networks":[]}`,
  );
}

function timeText(home: RestHome): string {
  return `{"iso":"${rfc3339Text(home.wireUs()).slice(0, 23)}Z","epoch":${fixedText(home.wireUs(), 6)}}`;
}
