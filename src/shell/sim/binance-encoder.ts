/** Writes Binance spot and USD-M messages as the exchange does in 2026, combined-stream form. Keeps no state. */

import type { Level, Side, Touch } from './book-truth.ts';
import type { MarketSpec, TradePrint } from './market.ts';
import { fixedText, msOf, roundedText } from './wire-text.ts';

/** How one Binance market writes. `wireDecimals` may exceed the market's own: spot pads to 8, USD-M BTC prices to 2. */
export interface BinanceListing {
  readonly market: 'spot' | 'usdm';
  readonly spec: MarketSpec;
  readonly priceWireDecimals: number;
  readonly sizeWireDecimals: number;
}

/** Ids of one depth event; `previousId` is written for USD-M only. */
export interface DepthIds {
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
}

/** Last sizes of the prices that changed since the previous depth event. */
export type ChangedLevels = Readonly<Record<Side, readonly Level[]>>;

/** Spot writes microseconds where a connection asked for them; everything else is in milliseconds. */
export type TimeUnit = 'ms' | 'us';

/** Fields that USD-M payloads gained with the merged back-end of 2026: 1 = USD-M. */
const USDM_TAIL = (symbol: string): string => `,"st":1,"ps":"${symbol}"`;

export function priceText(listing: BinanceListing, price: number): string {
  return fixedText(price, listing.spec.priceDecimals, listing.priceWireDecimals);
}

export function sizeText(listing: BinanceListing, size: number): string {
  return fixedText(size, listing.spec.sizeDecimals, listing.sizeWireDecimals);
}

/** `{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":…,"s":…,"U":…,"u":…,"b":[…],"a":[…]}}` */
export function depthUpdate(listing: BinanceListing, timeUs: number, ids: DepthIds, levels: ChangedLevels): string {
  return combined(listing, 'depth@100ms', depthData(listing, timeUs, ids, levels));
}

/** The same without the stream's envelope; so are all that end in `Data`. */
export function depthData(
  listing: BinanceListing,
  timeUs: number,
  ids: DepthIds,
  levels: ChangedLevels,
  unit: TimeUnit = 'ms',
): string {
  const { symbol } = listing.spec;
  const isUsdm = listing.market === 'usdm';
  const engineTime = isUsdm ? `,"T":${msOf(timeUs) - 1}` : '';
  const previous = isUsdm ? `,"pu":${ids.previousId}` : '';
  const sequence = `"U":${ids.firstId},"u":${ids.lastId}${previous}`;
  const sides = `"b":${levelList(listing, levels.bid)},"a":${levelList(listing, levels.ask)}`;
  const head = `"e":"depthUpdate","E":${stamp(timeUs, unit)}${engineTime},"s":"${symbol}"`;
  return `{${head},${sequence},${sides}${isUsdm ? USDM_TAIL(symbol) : ''}}`;
}

/** The REST reply of `/depth`: bare, without symbol. USD-M adds `E` and `T`. */
export function depthSnapshot(listing: BinanceListing, timeUs: number, lastId: number, levels: ChangedLevels): string {
  const times = listing.market === 'usdm' ? `,"E":${msOf(timeUs)},"T":${msOf(timeUs) - 3}` : '';
  const sides = `"bids":${levelList(listing, levels.bid)},"asks":${levelList(listing, levels.ask)}`;
  return `{"lastUpdateId":${lastId}${times},${sides}}`;
}

/** Spot has no event type and no time; USD-M has both. */
export function bookTicker(listing: BinanceListing, timeUs: number, updateId: number, touch: Touch): string {
  return combined(listing, 'bookTicker', bookTickerData(listing, timeUs, updateId, touch));
}

export function bookTickerData(listing: BinanceListing, timeUs: number, updateId: number, { bid, ask }: Touch): string {
  const { symbol } = listing.spec;
  const best =
    `"u":${updateId},"s":"${symbol}","b":"${priceText(listing, bid.price)}","B":"${sizeText(listing, bid.size)}",` +
    `"a":"${priceText(listing, ask.price)}","A":"${sizeText(listing, ask.size)}"`;
  if (listing.market === 'spot') return `{${best}}`;
  const times = `"T":${msOf(timeUs)},"E":${msOf(timeUs)}`;
  return `{"e":"bookTicker",${best},${times}${USDM_TAIL(symbol)}}`;
}

/** `m` is true when the buyer was the maker, so the taker sold. */
export function trade(listing: BinanceListing, tradeId: number, print: TradePrint): string {
  return combined(listing, 'trade', tradeData(listing, tradeId, print));
}

export function tradeData(listing: BinanceListing, tradeId: number, print: TradePrint, unit: TimeUnit = 'ms'): string {
  const { symbol } = listing.spec;
  const timeText = stamp(print.timeUs, unit);
  const deal = `"t":${tradeId},"p":"${priceText(listing, print.price)}","q":"${sizeText(listing, print.size)}"`;
  const isBuyerMaker = print.takerSide === 'sell';
  if (listing.market === 'spot') {
    const head = `"e":"trade","E":${stamp(print.timeUs + 1000, unit)},"s":"${symbol}"`;
    return `{${head},${deal},"T":${timeText},"m":${isBuyerMaker},"M":true}`;
  }
  const head = `"e":"trade","E":${timeText},"T":${timeText},"s":"${symbol}"`;
  return `{${head},${deal},"X":"MARKET","m":${isBuyerMaker}${USDM_TAIL(symbol)}}`;
}

/** One taker order at one price; `firstId` and `lastId` are the trades that it stands for. */
export function aggTradeData(
  listing: BinanceListing,
  ids: { readonly id: number; readonly firstId: number; readonly lastId: number },
  print: TradePrint,
  unit: TimeUnit = 'ms',
): string {
  const { symbol } = listing.spec;
  const isSpot = listing.market === 'spot';
  const head = `"e":"aggTrade","E":${stamp(print.timeUs + 1000, unit)},"s":"${symbol}","a":${ids.id}`;
  const deal = `"p":"${priceText(listing, print.price)}","q":"${sizeText(listing, print.size)}"`;
  const range = `"f":${ids.firstId},"l":${ids.lastId},"T":${stamp(print.timeUs, unit)},"m":${print.takerSide === 'sell'}`;
  return `{${head},${deal},${range}${isSpot ? ',"M":true' : USDM_TAIL(symbol)}}`;
}

/** USD-M only. Prices in USD as doubles; `fundingRate` per 8 h. */
export function markPriceUpdate(listing: BinanceListing, timeUs: number, values: MarkValues): string {
  return combined(listing, 'markPrice@1s', markPriceData(listing, timeUs, values));
}

export interface MarkValues {
  readonly mark: number;
  readonly index: number;
  readonly fundingRate: number;
  readonly nextFundingMs: number;
}

export function markPriceData(listing: BinanceListing, timeUs: number, values: MarkValues): string {
  const { symbol } = listing.spec;
  const price = (value: number): string => `"${roundedText(value, 8)}"`;
  const prices = `"p":${price(values.mark)},"i":${price(values.index)},"P":${price(values.index)}`;
  const funding = `"r":"${roundedText(values.fundingRate, 8)}","T":${values.nextFundingMs}`;
  const head = `"e":"markPriceUpdate","E":${msOf(timeUs)},"s":"${symbol}"`;
  return `{${head},${prices},${funding}${USDM_TAIL(symbol)}}`;
}

/** USD-M only. `S` is the side of the liquidation order: SELL means that a long was liquidated. */
export function forceOrder(listing: BinanceListing, print: TradePrint): string {
  return combined(listing, 'forceOrder', forceOrderData(listing, print));
}

export function forceOrderData(listing: BinanceListing, print: TradePrint): string {
  const { symbol } = listing.spec;
  const timeMs = msOf(print.timeUs);
  const side = print.takerSide === 'buy' ? 'BUY' : 'SELL';
  const price = `"p":"${priceText(listing, print.price)}","ap":"${priceText(listing, print.price)}"`;
  const quantity = sizeText(listing, print.size);
  const order =
    `"s":"${symbol}","S":"${side}","o":"LIMIT","f":"IOC","q":"${quantity}",${price},` +
    `"X":"FILLED","l":"${quantity}","z":"${quantity}","T":${timeMs}`;
  return `{"e":"forceOrder","E":${timeMs + 4},"o":{${order}}${USDM_TAIL(symbol)}}`;
}

function combined(listing: BinanceListing, stream: string, data: string): string {
  return `{"stream":"${listing.spec.symbol.toLowerCase()}@${stream}","data":${data}}`;
}

function stamp(timeUs: number, unit: TimeUnit): number {
  return unit === 'us' ? timeUs : msOf(timeUs);
}

export function levelList(listing: BinanceListing, levels: readonly Level[]): string {
  return `[${levels.map(({ price, size }) => `["${priceText(listing, price)}","${sizeText(listing, size)}"]`).join(',')}]`;
}
