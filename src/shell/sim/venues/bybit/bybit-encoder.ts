/**
 * Writes Bybit v5 public messages as recorded in August 2026. Spot and linear differ: in the order of keys, in their acks, in trade
 * ids, and in zeros at the end of numbers. Keeps no state.
 */

import type { Level, Side } from '../../book-truth.ts';
import type { MarketSpec, TradePrint } from '../../market.ts';
import { fixedText, msOf, strippedText } from '../../wire-text.ts';

export type Category = 'spot' | 'linear';

/** One instrument. `priceWireDecimals`: linear prices are written with them, which may be one more than the tick has. */
export interface BybitListing {
  readonly category: Category;
  readonly spec: MarketSpec;
  readonly priceWireDecimals: number;
}

export type Sides = Readonly<Record<Side, readonly Level[]>>;

/** One execution. `number` counts them, and is no part of the wire; `sequence` is shared by those of one order. */
export interface Fill {
  readonly number: number;
  readonly sequence: number;
  readonly print: TradePrint;
}

/** When a message is pushed, and when the matching engine did what it tells of. */
export interface PushTimes {
  readonly pushUs: number;
  readonly engineUs: number;
}

export function orderbook(
  listing: BybitListing,
  depth: number,
  type: 'snapshot' | 'delta',
  ids: { readonly update: number; readonly sequence: number },
  times: PushTimes,
  sides: Sides,
): string {
  const { symbol } = listing.spec;
  const data = `{"s":"${symbol}",${sideMembers(listing, sides)},"u":${ids.update},"seq":${ids.sequence}}`;
  const head = headOf(listing, `orderbook.${depth}.${symbol}`, type, times.pushUs);
  return `{${head},"data":${data},"cts":${msOf(times.engineUs)}}`;
}

/** `"b":[…],"a":[…]`: levels best first, size 0 removes. */
export function sideMembers(listing: BybitListing, sides: Sides): string {
  return `"b":[${levelList(listing, sides.bid)}],"a":[${levelList(listing, sides.ask)}]`;
}

/** All executions of one taker order; `type` is always snapshot and means nothing. */
export function publicTrade(listing: BybitListing, pushUs: number, fills: readonly Fill[]): string {
  const rows = fills.map((fill) => fillRow(listing, fill)).join(',');
  return `{${headOf(listing, `publicTrade.${listing.spec.symbol}`, 'snapshot', pushUs)},"data":[${rows}]}`;
}

function fillRow(listing: BybitListing, fill: Fill): string {
  const { print, sequence } = fill;
  const symbol = `"s":"${listing.spec.symbol}"`;
  const [time, price, size] = [
    `"T":${msOf(print.timeUs)}`,
    `"p":"${priceText(listing, print.price)}"`,
    `"v":"${sizeText(listing, print.size)}"`,
  ];
  const [side, id] = [`"S":"${takerSide(print)}"`, `"i":"${executionId(listing, fill)}"`];
  if (listing.category === 'spot') {
    return `{${id},${time},${price},${size},${side},"seq":${sequence},${symbol},"BT":false,"RPI":false}`;
  }
  const tick = '"L":"ZeroPlusTick"';
  return `{${time},${symbol},${side},${size},${price},${tick},${id},"BT":false,"RPI":false,"seq":${sequence}}`;
}

/** `S` is the position's side: a long is liquidated by a sale. `p` is the bankruptcy price. */
export function allLiquidation(listing: BybitListing, pushUs: number, prints: readonly TradePrint[]): string {
  const { symbol } = listing.spec;
  const rows = prints.map((print) => {
    const deal = `"v":"${sizeText(listing, print.size)}","p":"${priceText(listing, print.price)}"`;
    const side = print.takerSide === 'sell' ? 'Buy' : 'Sell';
    return `{"T":${msOf(print.timeUs)},"s":"${symbol}","S":"${side}",${deal}}`;
  });
  return `{${headOf(listing, `allLiquidation.${symbol}`, 'snapshot', pushUs)},"data":[${rows.join(',')}]}`;
}

/** @param fields - all of them in a snapshot, in a delta those that changed */
export function tickers(
  listing: BybitListing,
  type: 'snapshot' | 'delta',
  sequence: number,
  pushUs: number,
  fields: ReadonlyMap<string, string>,
): string {
  const { symbol } = listing.spec;
  const members = [['symbol', symbol], ...fields].map(([key, text]) => `"${key}":"${text}"`);
  const data = `"data":{${members.join(',')}}`;
  const topic = `"topic":"tickers.${symbol}"`;
  const ts = `"ts":${msOf(pushUs)}`;
  if (listing.category === 'spot') return `{${topic},${ts},"type":"${type}","cs":${sequence},${data}}`;
  return `{${topic},"type":"${type}",${data},"cs":${sequence},${ts}}`;
}

/** @param requestId - as asked for; null: it had none */
export function acknowledgement(category: Category, op: string, connection: string, requestId: string | null): string {
  const said = category === 'spot' ? op : '';
  return operationReply(category, true, said, op, connection, requestId);
}

export function refusal(
  category: Category,
  reason: string,
  op: string,
  connection: string,
  requestId: string | null,
): string {
  return operationReply(category, false, reason, op, connection, requestId);
}

/** Spot leaves the request's id out, always; linear has it, if only empty. */
export function pong(category: Category, connection: string, requestId: string | null): string {
  return operationReply(category, true, 'pong', 'ping', connection, category === 'spot' ? null : requestId);
}

function operationReply(
  category: Category,
  isSuccess: boolean,
  said: string,
  op: string,
  connection: string,
  requestId: string | null,
): string {
  const hasId = requestId !== null || (category === 'linear' && isSuccess);
  const id = hasId ? `"req_id":${JSON.stringify(requestId ?? '')},` : '';
  // As Go's encoder writes it: `args size \u003e10`.
  const text = JSON.stringify(said).replaceAll('>', '\\u003e');
  return `{"success":${isSuccess},"ret_msg":${text},"conn_id":"${connection}",${id}"op":"${op}"}`;
}

export function takerSide({ takerSide: side }: TradePrint): 'Buy' | 'Sell' {
  return side === 'buy' ? 'Buy' : 'Sell';
}

/** A UUID, or on spot a number beyond 2^53. */
export function executionId({ category }: BybitListing, { number }: Fill): string {
  if (category === 'spot') return `229000000${String(number).padStart(10, '0')}`;
  return `a9188a0a-82bc-50de-be60-${number.toString(16).padStart(12, '0')}`;
}

export function priceText({ category, spec, priceWireDecimals }: BybitListing, price: number): string {
  if (category === 'spot') return strippedText(price, spec.priceDecimals);
  return fixedText(price, spec.priceDecimals, priceWireDecimals);
}

export function sizeText({ category, spec }: BybitListing, size: number): string {
  if (size === 0) return '0';
  return category === 'spot' ? strippedText(size, spec.sizeDecimals) : fixedText(size, spec.sizeDecimals);
}

function levelList(listing: BybitListing, levels: readonly Level[]): string {
  return levels.map(({ price, size }) => `["${priceText(listing, price)}","${sizeText(listing, size)}"]`).join(',');
}

function headOf({ category }: BybitListing, topic: string, type: 'snapshot' | 'delta', pushUs: number): string {
  const ts = `"ts":${msOf(pushUs)}`;
  return category === 'spot'
    ? `"topic":"${topic}",${ts},"type":"${type}"`
    : `"topic":"${topic}","type":"${type}",${ts}`;
}
