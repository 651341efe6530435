/** Writes OKX v5 public messages as of 2026: numbers as text without zeros at the end, checksum always 0. Keeps no state. */

import type { Level, Side, Touch } from './book-truth.ts';
import type { DayStatistics } from './day-statistics.ts';
import type { MarketSpec, TradePrint } from './market.ts';
import { msOf, roundedText, strippedText } from './wire-text.ts';

/** One instrument. `contractValue`: base units of one contract; null for spot, whose sizes are base units already. */
export interface OkxListing {
  readonly spec: MarketSpec;
  readonly contractValue: number | null;
}

export type BookAction = 'snapshot' | 'update';

/** `previous` is -1 in a snapshot, and equal to `current` in a keep-alive without changes. */
export interface SequenceIds {
  readonly previous: number;
  readonly current: number;
}

export function arg(channel: string, symbol: string): string {
  return `{"channel":"${channel}","instId":"${symbol}"}`;
}

/** @param args - as `arg` writes them */
export function request(op: 'subscribe' | 'unsubscribe', args: readonly string[], id: number): string {
  return `{"id":"${id}","op":"${op}","args":[${args.join(',')}]}`;
}

/** One ack an arg. */
export function ack(op: 'subscribe' | 'unsubscribe', oneArg: string, id: number, connectionId: string): string {
  return `{"id":"${id}","event":"${op}","arg":${oneArg},"connId":"${connectionId}"}`;
}

/** Bare text, not JSON; the venue answers every `ping` so. */
export const PING = 'ping';
export const PONG = 'pong';

/** Level = price, size, "0" (no longer used), number of orders. */
export function books(
  spec: MarketSpec,
  action: BookAction,
  timeUs: number,
  ids: SequenceIds,
  levels: Readonly<Record<Side, readonly Level[]>>,
): string {
  const sides = `"asks":[${levelList(spec, levels.ask)}],"bids":[${levelList(spec, levels.bid)}]`;
  const seal = `"ts":"${msOf(timeUs)}","checksum":0,"prevSeqId":${ids.previous},"seqId":${ids.current}`;
  return `{"arg":${arg('books', spec.symbol)},"action":"${action}","data":[{${sides},${seal}}]}`;
}

/** One taker order at one price; `count` is how many executions it stands for, `tradeId` the last one's. */
export function trades(spec: MarketSpec, tradeId: number, sequenceId: number, print: TradePrint): string {
  const deal = `"px":"${priceText(spec, print.price)}","sz":"${sizeText(spec, print.size)}","side":"${print.takerSide}"`;
  const tail = `"ts":"${msOf(print.timeUs)}","count":"${print.makers}","source":"0","seqId":${sequenceId}`;
  return dataFrame('trades', spec.symbol, `"instId":"${spec.symbol}","tradeId":"${tradeId}",${deal},${tail}`);
}

/** `vol24h` in contracts or base; `volCcy24h` in base for swaps, in quote for spot. */
export function tickers(listing: OkxListing, timeUs: number, touch: Touch, last: Level, day: DayStatistics): string {
  const { spec, contractValue } = listing;
  const price = (units: number): string => priceText(spec, units);
  const type = contractValue === null ? 'SPOT' : 'SWAP';
  const traded = `"last":"${price(last.price)}","lastSz":"${sizeText(spec, last.size)}"`;
  const best =
    `"askPx":"${price(touch.ask.price)}","askSz":"${sizeText(spec, touch.ask.size)}",` +
    `"bidPx":"${price(touch.bid.price)}","bidSz":"${sizeText(spec, touch.bid.size)}"`;
  const range = `"open24h":"${price(day.open)}","high24h":"${price(day.high)}","low24h":"${price(day.low)}"`;
  const opens = `"sodUtc0":"${price(day.open)}","sodUtc8":"${price(day.open)}"`;
  const volume = `"volCcy24h":"${volumeText(listing, day)}","vol24h":"${sizeText(spec, day.volume)}"`;
  const head = `"instType":"${type}","instId":"${spec.symbol}"`;
  return dataFrame(
    'tickers',
    spec.symbol,
    `${head},${traded},${best},${range},${opens},${volume},"ts":"${msOf(timeUs)}"`,
  );
}

function volumeText({ spec, contractValue }: OkxListing, day: DayStatistics): string {
  const size = Number(sizeText(spec, day.volume));
  if (contractValue !== null) return roundedText(size * contractValue, 4);
  return roundedText((size * Number(priceText(spec, day.open)) * day.vwap) / day.open, 4);
}

/** The best level of each side, as it is now. */
export function bestLevels(spec: MarketSpec, timeUs: number, sequenceId: number, touch: Touch): string {
  const sides = `"asks":[${levelList(spec, [touch.ask])}],"bids":[${levelList(spec, [touch.bid])}]`;
  return dataFrame('bbo-tbt', spec.symbol, `${sides},"ts":"${msOf(timeUs)}","seqId":${sequenceId}`);
}

/** Of an index such as `BTC-USDT`, which is no instrument. */
export function indexTicker(index: string, timeUs: number, price: number, open: number, decimals: number): string {
  const text = (value: number): string => roundedText(value, decimals);
  const range = `"high24h":"${text(Math.max(price, open) * 1.004)}","low24h":"${text(Math.min(price, open) * 0.996)}"`;
  const opens = `"open24h":"${text(open)}","sodUtc0":"${text(open)}","sodUtc8":"${text(open)}"`;
  return dataFrame(
    'index-tickers',
    index,
    `"instId":"${index}","idxPx":"${text(price)}",${range},${opens},"ts":"${msOf(timeUs)}"`,
  );
}

/** Swaps only; the price in USD. */
export function markPrice(spec: MarketSpec, timeUs: number, price: number): string {
  const text = roundedText(price, spec.priceDecimals);
  const fields = `"instId":"${spec.symbol}","instType":"SWAP","markPx":"${text}","ts":"${msOf(timeUs)}"`;
  return dataFrame('mark-price', spec.symbol, fields);
}

/** Swaps only; `rate` per interval between the two times, which are ms since epoch. */
export function fundingRate(spec: MarketSpec, timeUs: number, rate: number, fundingMs: number, nextMs: number): string {
  const rates = `"fundingRate":"${roundedText(rate, 10)}","fundingTime":"${fundingMs}","nextFundingRate":""`;
  const head = `"instId":"${spec.symbol}","instType":"SWAP"`;
  const fields = `${head},${rates},"nextFundingTime":"${nextMs}","ts":"${msOf(timeUs)}"`;
  return dataFrame('funding-rate', spec.symbol, fields);
}

/** Swaps only; `contracts` open, worth `price` USD a base unit. */
export function openInterest(listing: OkxListing, timeUs: number, contracts: number, price: number): string {
  const { spec } = listing;
  const base = contracts * (listing.contractValue ?? 1);
  const amounts = `"oi":"${contracts}","oiCcy":"${roundedText(base, 4)}","oiUsd":"${roundedText(base * price, 2)}"`;
  const head = `"instId":"${spec.symbol}","instType":"SWAP"`;
  return dataFrame('open-interest', spec.symbol, `${head},${amounts},"ts":"${msOf(timeUs)}"`);
}

export function priceText(spec: MarketSpec, price: number): string {
  return strippedText(price, spec.priceDecimals);
}

export function sizeText(spec: MarketSpec, size: number): string {
  return strippedText(size, spec.sizeDecimals);
}

function dataFrame(channel: string, symbol: string, fields: string): string {
  return `{"arg":${arg(channel, symbol)},"data":[{${fields}}]}`;
}

export function levelList(spec: MarketSpec, levels: readonly Level[]): string {
  return levels
    .map((level) => `["${priceText(spec, level.price)}","${sizeText(spec, level.size)}","0","${orders(level)}"]`)
    .join(',');
}

/** A plausible number of orders behind a level; it has no truth of its own. */
function orders({ size }: Level): number {
  return size === 0 ? 0 : 1 + (size % 7);
}
