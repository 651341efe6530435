/** REST replies of simulated OKX. Counts no requests. */

import { nextFundingMs } from '../../funding.ts';
import { levelList, openInterest, priceText, sizeText } from '../../okx-encoder.ts';
import { fixedText, msOf, roundedText } from '../../wire-text.ts';
import { jsonReply } from '../door.ts';
import type { SimReply } from '../sim-venue.ts';
import type { OkxMarket } from './okx-market.ts';

export interface RestHome {
  readonly markets: ReadonlyMap<string, OkxMarket>;
  readonly aheadUs: number;
  wireUs(): number;
}

const MOST_LEVELS = 400;
const MOST_TRADES = 500;

/** Requests in 2 s, by path behind `/api/v5/`. [seen] */
export const REST_LIMITS: Readonly<Record<string, number>> = {
  'market/books': 40,
  'market/trades': 100,
  'public/instruments': 20,
  'public/time': 10,
  'public/mark-price': 10,
};
export const OTHER_LIMIT = 20;

export function answer(home: RestHome, name: string, query: URLSearchParams): SimReply {
  switch (name) {
    case 'public/time':
      return data([`{"ts":"${msOf(home.wireUs())}"}`]);
    case 'public/instruments':
      return data(instrumentRows(home.markets.values(), query.get('instType') ?? '', query.get('instId')));
    case 'market/books':
      return ofInstrument(home, query, (market) => [bookRow(home, market, query)]);
    case 'market/trades':
      return ofInstrument(home, query, (market) => tradeRows(home, market, query));
    case 'market/ticker':
      return ofInstrument(home, query, (market) => [rowOf(market.tickerText(home.wireUs()))]);
    case 'public/mark-price':
      return ofInstrument(home, query, (market) => [markRow(home, market)]);
    case 'public/funding-rate':
      return ofInstrument(home, query, (market) => [fundingRow(home, market)]);
    case 'public/open-interest':
      return ofInstrument(home, query, ({ listing, derivative }) => [
        rowOf(openInterest(listing, home.wireUs(), derivative?.openInterest ?? 0, derivative?.mark ?? 0)),
      ]);
    default:
      return jsonReply(404, '{"msg":"API endpoint doesn\'t exist","code":"404","data":[]}');
  }
}

function data(rows: readonly string[]): SimReply {
  return jsonReply(200, `{"code":"0","msg":"","data":[${rows.join(',')}]}`);
}

function ofInstrument(
  home: RestHome,
  query: URLSearchParams,
  rows: (market: OkxMarket) => readonly string[],
): SimReply {
  const market = home.markets.get(query.get('instId') ?? '');
  if (market !== undefined) return data(rows(market));
  return jsonReply(200, '{"code":"51001","msg":"Instrument ID doesn\'t exist.","data":[]}');
}

/** What stands inside `data` of a WebSocket message. */
function rowOf(frame: string): string {
  return frame.slice(frame.indexOf('"data":[') + '"data":['.length, -2);
}

function bookRow(home: RestHome, market: OkxMarket, query: URLSearchParams): string {
  const { sequenceId, sides } = market.snapshotNow(Math.min(MOST_LEVELS, Number(query.get('sz') ?? 1)));
  const { spec } = market.listing;
  const levels = `"asks":[${levelList(spec, sides.ask)}],"bids":[${levelList(spec, sides.bid)}]`;
  return `{${levels},"ts":"${msOf(home.wireUs())}","seqId":${sequenceId}}`;
}

/** Newest first. */
function tradeRows(home: RestHome, { listing, trades }: OkxMarket, query: URLSearchParams): string[] {
  const { spec } = listing;
  const shown = trades.slice(-Math.min(MOST_TRADES, Number(query.get('limit') ?? 100))).reverse();
  return shown.map(({ id, print }) => {
    const deal = `"px":"${priceText(spec, print.price)}","sz":"${sizeText(spec, print.size)}","side":"${print.takerSide}"`;
    return `{"instId":"${spec.symbol}",${deal},"source":"0","tradeId":"${id}","ts":"${msOf(print.timeUs + home.aheadUs)}"}`;
  });
}

function markRow(home: RestHome, { listing, derivative }: OkxMarket): string {
  const price = roundedText(derivative?.mark ?? 0, listing.spec.priceDecimals);
  return `{"instType":"SWAP","instId":"${listing.spec.symbol}","markPx":"${price}","ts":"${msOf(home.wireUs())}"}`;
}

function fundingRow(home: RestHome, { listing, derivative }: OkxMarket): string {
  const next = nextFundingMs(home.wireUs());
  const rate = roundedText(derivative?.fundingRate ?? 0, 10);
  const times = `"fundingTime":"${next}","nextFundingTime":"${next + 8 * 3_600_000}","ts":"${msOf(home.wireUs())}"`;
  return `{"instType":"SWAP","instId":"${listing.spec.symbol}","fundingRate":"${rate}","nextFundingRate":"",${times}}`;
}

/** @param instId - null: all of the type */
export function instrumentRows(markets: Iterable<OkxMarket>, type: string, instId: string | null): string[] {
  return [...markets]
    .filter((one) => typeOf(one) === type && (instId ?? one.listing.spec.symbol) === one.listing.spec.symbol)
    .map(instrumentRow);
}

function typeOf({ listing }: OkxMarket): 'SPOT' | 'SWAP' {
  return listing.contractValue === null ? 'SPOT' : 'SWAP';
}

function instrumentRow({ listing, index }: OkxMarket): string {
  const { spec, contractValue } = listing;
  const [base = '', quote = ''] = index.split('-');
  const isSwap = contractValue !== null;
  const lot = fixedText(1, spec.sizeDecimals);
  const steps = `"tickSz":"${fixedText(1, spec.priceDecimals)}","lotSz":"${lot}","minSz":"${lot}"`;
  const currencies = isSwap
    ? `"baseCcy":"","quoteCcy":"","settleCcy":"${quote}"`
    : `"baseCcy":"${base}","quoteCcy":"${quote}","settleCcy":""`;
  const contract = isSwap
    ? `"ctVal":"${contractValue}","ctMult":"1","ctValCcy":"${base}","ctType":"linear","uly":"${index}","instFamily":"${index}"`
    : '"ctVal":"","ctMult":"","ctValCcy":"","ctType":"","uly":"","instFamily":""';
  const rest =
    '"alias":"","category":"1","expTime":"","lever":"10","listTime":"1548133413000","optType":"","stk":"","state":"live","maxLmtSz":"100000000","maxMktSz":"1000000"';
  return `{"instType":"${isSwap ? 'SWAP' : 'SPOT'}","instId":"${spec.symbol}",${currencies},${contract},${steps},${rest}}`;
}
