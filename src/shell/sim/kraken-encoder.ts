/** Writes Kraken WebSocket v2 messages: bare numbers with all their zeros, checksums over exactly those. Keeps no state. */

import { crc32 } from 'node:zlib';
import type { Level, Side, Touch } from './book-truth.ts';
import type { DayStatistics } from './day-statistics.ts';
import type { MarketSpec, TradePrint } from './market.ts';
import { fixedText, rfc3339Text, roundedText } from './wire-text.ts';

const CHECKSUM_LEVELS = 10;

export interface LevelChange extends Level {
  readonly side: Side;
}

export interface NumberedPrint {
  readonly id: number;
  readonly print: TradePrint;
}

/** `channel` and its parameters, as text of JSON members in Kraken's (alphabetical) order. */
export interface Subscription {
  readonly channel: string;
  readonly members: string;
}

export const INSTRUMENTS: Subscription = { channel: 'instrument', members: '"channel":"instrument","snapshot":true' };
export const TRADES: Subscription = { channel: 'trade', members: '"channel":"trade","snapshot":true' };
/** Without `event_trigger` the ticker would fire on trades only and be no best bid and offer. */
export const TICKERS: Subscription = {
  channel: 'ticker',
  members: '"channel":"ticker","event_trigger":"bbo","snapshot":true',
};
/** @param depth - 10, 25, 100, 500 or 1000 levels a side */
export function books(depth: number): Subscription {
  return { channel: 'book', members: `"channel":"book","depth":${depth},"snapshot":true` };
}

export function subscribeRequest(subscription: Subscription, symbols: readonly string[], requestId: number): string {
  const list = symbols.length === 0 ? '' : `,"symbol":[${symbols.map((symbol) => `"${symbol}"`).join(',')}]`;
  return `{"method":"subscribe","params":{${subscription.members}${list}},"req_id":${requestId}}`;
}

/** One ack a symbol; the instrument channel has none (null). */
export function subscribeAck(
  subscription: Subscription,
  symbol: string | null,
  timeUs: number,
  requestId: number,
): string {
  return acknowledgement('subscribe', subscription.members, symbol, timeUs, requestId);
}

/** @param requestId - null: the request had none, and so has the answer */
export function acknowledgement(
  method: 'subscribe' | 'unsubscribe',
  members: string,
  symbol: string | null,
  timeUs: number,
  requestId: number | null,
): string {
  const result = members + (symbol === null ? '' : `,"symbol":"${symbol}"`);
  return `{"method":"${method}","result":{${result}},"success":true,${times(timeUs)}${idText(requestId)}}`;
}

/** What a wrong request gets; one a symbol, as acks. */
export function refusal(
  method: string,
  error: string,
  symbol: string | null,
  timeUs: number,
  requestId: number | null,
): string {
  const about = symbol === null ? '' : `,"symbol":${JSON.stringify(symbol)}`;
  const head = `"error":${JSON.stringify(error)},"method":${JSON.stringify(method)}`;
  return `{${head},"success":false${about},${times(timeUs)}${idText(requestId)}}`;
}

export function pingRequest(requestId: number): string {
  return `{"method":"ping","req_id":${requestId}}`;
}

export function pong(timeUs: number, requestId: number | null): string {
  return `{"method":"pong"${idText(requestId)},${times(timeUs)}}`;
}

export const HEARTBEAT = '{"channel":"heartbeat"}';

export type SystemStatus = 'online' | 'cancel_only' | 'maintenance' | 'post_only';

export function status(connectionId: string, system: SystemStatus = 'online'): string {
  const data = `"version":"2.0.10","system":"${system}","api_version":"v2","connection_id":${connectionId}`;
  return `{"channel":"status","type":"update","data":[{${data}}]}`;
}

/** The precisions that the books below are written with. `data` is an object here, not a list. */
export function instrumentSnapshot(specs: readonly MarketSpec[], bases: readonly string[] = ['BTC', 'ETH']): string {
  const assets = bases.map(
    (id) => `{"id":"${id}","status":"enabled","precision":10,"precision_display":5,"borrowable":true}`,
  );
  const usd = '{"id":"USD","status":"enabled","precision":4,"precision_display":2,"borrowable":true}';
  const pairs = specs.map(pairText);
  return `{"channel":"instrument","type":"snapshot","data":{"assets":[${assets.join(',')},${usd}],"pairs":[${pairs.join(',')}]}}`;
}

function pairText(spec: MarketSpec): string {
  const [base = '', quote = ''] = spec.symbol.split('/');
  const increment = fixedText(1, spec.priceDecimals);
  return (
    `{"symbol":"${spec.symbol}","base":"${base}","quote":"${quote}","status":"online","qty_precision":${spec.sizeDecimals},` +
    `"qty_increment":${fixedText(1, spec.sizeDecimals)},"price_precision":${spec.priceDecimals},"cost_precision":5,` +
    `"marginable":true,"has_index":true,"cost_min":0.50,"tick_size":${increment},"price_increment":${increment},` +
    `"qty_min":${fixedText(5000, spec.sizeDecimals)}}`
  );
}

/** Up to 50 trades at subscription, oldest first. */
export function tradeSnapshot(spec: MarketSpec, prints: readonly NumberedPrint[]): string {
  return `{"channel":"trade","type":"snapshot","data":[${prints.map((print) => tradeText(spec, print)).join(',')}]}`;
}

/** The prints of one taker order, in one message. */
export function tradeUpdate(spec: MarketSpec, prints: readonly NumberedPrint[]): string {
  return `{"channel":"trade","type":"update","data":[${prints.map((print) => tradeText(spec, print)).join(',')}]}`;
}

function tradeText(spec: MarketSpec, { id, print }: NumberedPrint): string {
  const deal = `"price":${priceText(spec, print.price)},"qty":${sizeText(spec, print.size)}`;
  const order = print.makers > 1 ? 'market' : 'limit';
  const time = rfc3339Text(print.timeUs);
  return `{"symbol":"${spec.symbol}","side":"${print.takerSide}",${deal},"ord_type":"${order}","trade_id":${id},"timestamp":"${time}"}`;
}

export function ticker(
  spec: MarketSpec,
  type: 'snapshot' | 'update',
  timeUs: number,
  { bid, ask }: Touch,
  last: number,
  day: DayStatistics,
): string {
  const price = (units: number): string => priceText(spec, units);
  const best = `"bid":${price(bid.price)},"bid_qty":${sizeText(spec, bid.size)},"ask":${price(ask.price)},"ask_qty":${sizeText(spec, ask.size)}`;
  const change = last - day.open;
  const changeText = (change < 0 ? '-' : '') + price(Math.abs(change));
  const figures =
    `"last":${price(last)},"volume":${sizeText(spec, day.volume)},"vwap":${price(Math.round(day.vwap))},` +
    `"low":${price(day.low)},"high":${price(day.high)},"change":${changeText},"change_pct":${roundedText((change / day.open) * 100, 2)}`;
  return `{"channel":"ticker","type":"${type}","data":[{"symbol":"${spec.symbol}",${best},${figures},"timestamp":"${rfc3339Text(timeUs)}"}]}`;
}

/** The best levels of both sides, as one client subscribed to them. */
export interface BookView {
  readonly bid: readonly Level[];
  readonly ask: readonly Level[];
}

/** @param view - all levels of the subscribed depth, best first */
export function bookSnapshot(spec: MarketSpec, timeUs: number, view: BookView): string {
  return bookText(spec, 'snapshot', timeUs, view.bid, view.ask, view);
}

/**
 * @param changes - in the order they happened; a price may come twice, the last one counts; size 0 removes
 * @param view - the book after them: what the checksum is of
 */
export function bookUpdate(spec: MarketSpec, timeUs: number, changes: readonly LevelChange[], view: BookView): string {
  const bids = changes.filter((change) => change.side === 'bid');
  const asks = changes.filter((change) => change.side === 'ask');
  return bookText(spec, 'update', timeUs, bids, asks, view);
}

function bookText(
  spec: MarketSpec,
  type: 'snapshot' | 'update',
  timeUs: number,
  bids: readonly Level[],
  asks: readonly Level[],
  view: BookView,
): string {
  const list = (levels: readonly Level[]): string =>
    levels.map(({ price, size }) => `{"price":${priceText(spec, price)},"qty":${sizeText(spec, size)}}`).join(',');
  const sides = `"bids":[${list(bids)}],"asks":[${list(asks)}]`;
  const seal = `"checksum":${bookChecksum(view)},"timestamp":"${rfc3339Text(timeUs)}"`;
  return `{"channel":"book","type":"${type}","data":[{"symbol":"${spec.symbol}",${sides},${seal}}]}`;
}

/**
 * CRC-32 over the best 10 asks, then the best 10 bids: price and size text without point and leading zeros.
 *
 * A level's integer units printed plainly are exactly that text. Vector: 3310070434 (Kraken's documentation).
 */
export function bookChecksum(view: BookView): number {
  const text = (levels: readonly Level[]): string =>
    levels
      .slice(0, CHECKSUM_LEVELS)
      .map(({ price, size }) => `${price}${size}`)
      .join('');
  return crc32(text(view.ask) + text(view.bid));
}

export function priceText(spec: MarketSpec, price: number): string {
  return fixedText(price, spec.priceDecimals);
}

export function sizeText(spec: MarketSpec, size: number): string {
  return fixedText(size, spec.sizeDecimals);
}

function idText(requestId: number | null): string {
  return requestId === null ? '' : `,"req_id":${requestId}`;
}

function times(timeUs: number): string {
  return `"time_in":"${rfc3339Text(timeUs - 58)}","time_out":"${rfc3339Text(timeUs)}"`;
}
