/**
 * Writes Coinbase Exchange feed messages as of 2026: prices and levels with all their decimals, sizes of trades without zeros at
 * the end. Keeps no state.
 */

import type { Level, Side, Touch } from '../../book-truth.ts';
import type { DayStatistics } from '../../day-statistics.ts';
import type { MarketSpec, TradePrint } from '../../market.ts';
import { fixedText, rfc3339Text, strippedText } from '../../wire-text.ts';

/** One execution as the venue counts it: ids by one, the product's sequence with holes. */
export interface NumberedMatch {
  readonly id: number;
  readonly sequence: number;
  readonly print: TradePrint;
}

export type Sides = Readonly<Record<Side, readonly Level[]>>;

/** The whole book; level 2 has no time, no sequence and no checksum of its own [seen 2026-08]. */
export function snapshot(spec: MarketSpec, sides: Sides): string {
  const levels = `"asks":[${levelList(spec, sides.ask)}],"bids":[${levelList(spec, sides.bid)}]`;
  return `{"type":"snapshot","product_id":"${spec.symbol}",${levels}}`;
}

/** Absolute sizes; 0 removes. */
export function l2update(spec: MarketSpec, timeUs: number, sides: Sides): string {
  const changes = (['bid', 'ask'] as const).flatMap((side) =>
    sides[side].map((level) => `["${side === 'bid' ? 'buy' : 'sell'}",${levelText(spec, level)}]`),
  );
  const time = `"time":"${rfc3339Text(timeUs)}"`;
  return `{"type":"l2update","product_id":"${spec.symbol}","changes":[${changes.join(',')}],${time}}`;
}

/** `last_match` repeats the trade before a subscription. `side` is the maker's. */
export function match(type: 'match' | 'last_match', spec: MarketSpec, one: NumberedMatch, timeUs: number): string {
  const { id, sequence, print } = one;
  const orders = `"maker_order_id":"${orderId(id * 2)}","taker_order_id":"${orderId(id * 2 + 1)}"`;
  const deal = `"side":"${makerSide(print)}","size":"${tradedSize(spec, print)}","price":"${priceText(spec, print.price)}"`;
  const tail = `"product_id":"${spec.symbol}","sequence":${sequence},"time":"${rfc3339Text(timeUs)}"`;
  return `{"type":"${type}","trade_id":${id},${orders},${deal},${tail}}`;
}

/** Sent with each trade. `side` is the taker's. */
export function ticker(
  spec: MarketSpec,
  last: NumberedMatch,
  timeUs: number,
  touch: Touch,
  day: DayStatistics,
): string {
  const { id, sequence, print } = last;
  const range = `"open_24h":"${priceText(spec, day.open)}","volume_24h":"${sizeText(spec, day.volume)}"`;
  const extremes = `"low_24h":"${priceText(spec, day.low)}","high_24h":"${priceText(spec, day.high)}"`;
  const month = `"volume_30d":"${sizeText(spec, day.volume * 30)}"`;
  const { bid, ask } = touch;
  const best =
    `"best_bid":"${priceText(spec, bid.price)}","best_bid_size":"${sizeText(spec, bid.size)}",` +
    `"best_ask":"${priceText(spec, ask.price)}","best_ask_size":"${sizeText(spec, ask.size)}"`;
  const deal = `"side":"${print.takerSide}","time":"${rfc3339Text(timeUs)}","trade_id":${id}`;
  const head = `"sequence":${sequence},"product_id":"${spec.symbol}","price":"${priceText(spec, print.price)}"`;
  const size = `"last_size":"${tradedSize(spec, print)}"`;
  return `{"type":"ticker",${head},${range},${extremes},${month},${best},${deal},${size}}`;
}

export function heartbeat(symbol: string, sequence: number, lastTradeId: number, timeUs: number): string {
  const tail = `"product_id":"${symbol}","time":"${rfc3339Text(timeUs)}"`;
  return `{"type":"heartbeat","sequence":${sequence},"last_trade_id":${lastTradeId},${tail}}`;
}

/** Everything that the connection is subscribed to. */
export function subscriptions(channels: ReadonlyMap<string, readonly string[]>): string {
  const rows = Array.from(
    channels,
    ([name, symbols]) => `{"name":"${name}","product_ids":${JSON.stringify(symbols)},"account_ids":null}`,
  );
  return `{"type":"subscriptions","channels":[${rows.join(',')}]}`;
}

export function failure(message: string, reason: string): string {
  return `{"type":"error","message":${JSON.stringify(message)},"reason":${JSON.stringify(reason)}}`;
}

export function status(products: readonly string[]): string {
  return `{"type":"status","currencies":[],"products":[${products.join(',')}]}`;
}

export function makerSide({ takerSide }: TradePrint): 'buy' | 'sell' {
  return takerSide === 'buy' ? 'sell' : 'buy';
}

export function priceText(spec: MarketSpec, price: number): string {
  return fixedText(price, spec.priceDecimals);
}

export function sizeText(spec: MarketSpec, size: number): string {
  return fixedText(size, spec.sizeDecimals);
}

export function tradedSize(spec: MarketSpec, { size }: TradePrint): string {
  return strippedText(size, spec.sizeDecimals);
}

function levelList(spec: MarketSpec, levels: readonly Level[]): string {
  return levels.map((level) => `[${levelText(spec, level)}]`).join(',');
}

function levelText(spec: MarketSpec, { price, size }: Level): string {
  return `"${priceText(spec, price)}","${sizeText(spec, size)}"`;
}

/** The shape of a UUID; orders have no truth of their own. */
function orderId(seed: number): string {
  return `7e5a6f10-0000-4000-8000-${seed.toString(16).padStart(12, '0')}`;
}
