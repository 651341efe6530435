/** REST replies of simulated Binance, and what each request weighs. Counts no weight and refuses nobody. */

import { depthSnapshot, priceText, sizeText } from '../../binance-encoder.ts';
import { nextFundingMs } from '../../funding.ts';
import { fixedText, msOf, roundedText } from '../../wire-text.ts';
import { jsonReply } from '../door.ts';
import type { SimReply } from '../sim-venue.ts';
import type { BinanceMarket } from './binance-market.ts';

export interface RestHome {
  readonly kind: 'spot' | 'usdm';
  /** Weight units a minute, as exchangeInfo tells them. */
  readonly weightLimit: number;
  readonly markets: ReadonlyMap<string, BinanceMarket>;
  /** The venue's own clock, and how far it is ahead of the market's. */
  wireUs(): number;
  readonly aheadUs: number;
}

const USDM_DEPTHS = [5, 10, 20, 50, 100, 500, 1000];
const SPOT_MOST_LEVELS = 5_000;
const DEFAULT_TRADES = 500;
const MOST_TRADES = 1_000;

/** Weight of a request; unknown paths cost 1. [docs] for depth and exchangeInfo, the others are assumed. */
export function weightOf(kind: 'spot' | 'usdm', name: string, query: URLSearchParams): number {
  if (name === 'depth') return kind === 'spot' ? spotDepthWeight(query) : usdmDepthWeight(query);
  if (name === 'exchangeInfo') return kind === 'spot' ? 20 : 1;
  if (name === 'trades') return kind === 'spot' ? 25 : 5;
  if (name === 'premiumIndex') return query.has('symbol') ? 1 : 10;
  return 1;
}

function spotDepthWeight(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1_000 ? 50 : 250;
}

function usdmDepthWeight(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 500);
  if (limit <= 50) return 2;
  if (limit <= 100) return 5;
  return limit <= 500 ? 10 : 20;
}

/** @param name - the path behind `/api/v3/` or `/fapi/v1/` */
export function answer(home: RestHome, name: string, query: URLSearchParams): SimReply {
  switch (name) {
    case 'ping':
      return jsonReply(200, '{}');
    case 'time':
      return jsonReply(200, `{"serverTime":${msOf(home.wireUs())}}`);
    case 'exchangeInfo':
      return jsonReply(200, exchangeInfo(home));
    case 'depth':
      return ofSymbol(home, query, (market) => depth(home, market, query));
    case 'trades':
      return ofSymbol(home, query, (market) => jsonReply(200, trades(home, market, query)));
    default:
      return home.kind === 'usdm' ? answerUsdm(home, name, query) : notFound();
  }
}

function answerUsdm(home: RestHome, name: string, query: URLSearchParams): SimReply {
  switch (name) {
    case 'openInterest':
      return ofSymbol(home, query, (market) => jsonReply(200, openInterest(home, market)));
    case 'premiumIndex': {
      const all = [...home.markets.values()].map((market) => premiumIndex(home, market));
      if (!query.has('symbol')) return jsonReply(200, `[${all.join(',')}]`);
      return ofSymbol(home, query, (market) => jsonReply(200, premiumIndex(home, market)));
    }
    case 'fundingInfo':
      return jsonReply(200, `[${[...home.markets.keys()].map(fundingInfo).join(',')}]`);
    default:
      return notFound();
  }
}

function notFound(): SimReply {
  return jsonReply(404, '{"code":-5000,"msg":"Path not found"}');
}

function ofSymbol(home: RestHome, query: URLSearchParams, reply: (market: BinanceMarket) => SimReply): SimReply {
  const market = home.markets.get(query.get('symbol') ?? '');
  return market === undefined ? jsonReply(400, '{"code":-1121,"msg":"Invalid symbol."}') : reply(market);
}

function depth(home: RestHome, market: BinanceMarket, query: URLSearchParams): SimReply {
  const isSpot = home.kind === 'spot';
  const limit = Number(query.get('limit') ?? (isSpot ? 100 : 500));
  const isValid = isSpot ? Number.isInteger(limit) && limit > 0 : USDM_DEPTHS.includes(limit);
  if (!isValid) return jsonReply(400, `{"code":-4021,"msg":"${limit} is not valid depth limit."}`);
  const levels = Math.min(limit, SPOT_MOST_LEVELS);
  const { bid, ask } = market.market.book;
  const sides = { bid: bid.top(levels), ask: ask.top(levels) };
  return jsonReply(200, depthSnapshot(market.listing, home.wireUs(), market.updateId, sides));
}

function trades(home: RestHome, market: BinanceMarket, query: URLSearchParams): string {
  const { listing } = market;
  const limit = Math.min(MOST_TRADES, Number(query.get('limit') ?? DEFAULT_TRADES));
  const rows = market.trades.slice(-limit).map(({ id, print }) => {
    const price = priceText(listing, print.price);
    const size = sizeText(listing, print.size);
    const quote = roundedText(Number(price) * Number(size), home.kind === 'spot' ? 8 : 2);
    const tail = `"time":${msOf(print.timeUs + home.aheadUs)},"isBuyerMaker":${print.takerSide === 'sell'}`;
    const best = home.kind === 'spot' ? ',"isBestMatch":true' : '';
    return `{"id":${id},"price":"${price}","qty":"${size}","quoteQty":"${quote}",${tail}${best}}`;
  });
  return `[${rows.join(',')}]`;
}

function openInterest(home: RestHome, { listing, derivative }: BinanceMarket): string {
  const open = fixedText(derivative?.openInterest ?? 0, 3);
  return `{"openInterest":"${open}","symbol":"${listing.spec.symbol}","time":${msOf(home.wireUs())}}`;
}

function premiumIndex(home: RestHome, { listing, derivative }: BinanceMarket): string {
  const { mark = 0, index = 0, fundingRate = 0 } = derivative ?? {};
  const nowUs = home.wireUs();
  const prices = `"markPrice":"${roundedText(mark, 8)}","indexPrice":"${roundedText(index, 8)}"`;
  const settle = `"estimatedSettlePrice":"${roundedText(index, 8)}","lastFundingRate":"${roundedText(fundingRate, 8)}"`;
  const tail = `"interestRate":"0.00010000","nextFundingTime":${nextFundingMs(nowUs)},"time":${msOf(nowUs)}`;
  return `{"symbol":"${listing.spec.symbol}",${prices},${settle},${tail}}`;
}

function fundingInfo(symbol: string): string {
  return `{"symbol":"${symbol}","adjustedFundingRateCap":"0.02000000","adjustedFundingRateFloor":"-0.02000000","fundingIntervalHours":8}`;
}

function exchangeInfo(home: RestHome): string {
  const limits = [
    `{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":${home.weightLimit}}`,
    '{"rateLimitType":"RAW_REQUESTS","interval":"MINUTE","intervalNum":5,"limit":61000}',
  ];
  const head = `"timezone":"UTC","serverTime":${msOf(home.wireUs())},"rateLimits":[${limits.join(',')}],"exchangeFilters":[]`;
  const symbols = [...home.markets.values()].map((market) => symbolInfo(home.kind, market));
  return `{${head},"symbols":[${symbols.join(',')}]}`;
}

function symbolInfo(kind: 'spot' | 'usdm', { listing }: BinanceMarket): string {
  const { symbol, priceDecimals, sizeDecimals } = listing.spec;
  const base = symbol.slice(0, -'USDT'.length);
  const tick = fixedText(1, priceDecimals, listing.priceWireDecimals);
  const step = fixedText(1, sizeDecimals, listing.sizeWireDecimals);
  const filters =
    `[{"filterType":"PRICE_FILTER","minPrice":"${tick}","maxPrice":"1000000.00","tickSize":"${tick}"},` +
    `{"filterType":"LOT_SIZE","minQty":"${step}","maxQty":"9000.00","stepSize":"${step}"}]`;
  const asset = `"symbol":"${symbol}","status":"TRADING","baseAsset":"${base}","quoteAsset":"USDT"`;
  if (kind === 'usdm') {
    const contract = `"pair":"${symbol}","contractType":"PERPETUAL","deliveryDate":4133404800000,"onboardDate":1569398400000`;
    const precision = `"pricePrecision":${listing.priceWireDecimals},"quantityPrecision":${listing.sizeWireDecimals}`;
    const margin = `"marginAsset":"USDT","baseAssetPrecision":8,"quotePrecision":8,"underlyingType":"COIN"`;
    return `{${asset},${contract},${margin},${precision},"filters":${filters},"orderTypes":["LIMIT","MARKET"],"timeInForce":["GTC"]}`;
  }
  const precision = '"baseAssetPrecision":8,"quotePrecision":8,"quoteAssetPrecision":8';
  const allowed =
    '"isSpotTradingAllowed":true,"isMarginTradingAllowed":false,"permissions":[],"permissionSets":[["SPOT"]]';
  return `{${asset},${precision},"orderTypes":["LIMIT","MARKET"],${allowed},"filters":${filters}}`;
}
