/** The fields of a Bybit ticker, as text by name in the order of the wire, and which of them changed. Sends nothing. */

import { nextFundingMs } from '../../funding.ts';
import type { Market } from '../../market.ts';
import { roundedText } from '../../wire-text.ts';
import type { Derivative } from '../derivative.ts';
import { type BybitListing, priceText, sizeText } from './bybit-encoder.ts';

export type TickerFields = ReadonlyMap<string, string>;

/** @param derivative - null: spot, which tells an index and no best prices */
export function tickerFields(
  listing: BybitListing,
  market: Market,
  derivative: Derivative | null,
  wireUs: number,
): TickerFields {
  const { day, book, lastTrade } = market;
  const price = (ticks: number): string => priceText(listing, ticks);
  const last = lastTrade?.price ?? book.touch().bid.price;
  const traded = [
    ['highPrice24h', price(day.high)],
    ['lowPrice24h', price(day.low)],
    ['prevPrice24h', price(day.open)],
    ['volume24h', sizeText(listing, day.volume)],
    ['turnover24h', turnover(listing, market)],
    ['price24hPcnt', roundedText(last / day.open - 1, 6)],
  ] as const;
  if (derivative === null) {
    return new Map([['lastPrice', price(last)], ...traded, ['usdIndexPrice', price(book.touch().ask.price)]]);
  }
  const { bid, ask } = book.touch();
  const double = (value: number): string => roundedText(value, listing.priceWireDecimals);
  const { mark, index, fundingRate, openInterest } = derivative;
  const open = sizeText(listing, openInterest);
  return new Map([
    ['lastPrice', price(last)],
    ...traded,
    ['markPrice', double(mark)],
    ['indexPrice', double(index)],
    ['openInterest', open],
    ['openInterestValue', roundedText(Number(open) * mark, 2)],
    ['fundingIntervalHour', '8'],
    ['fundingCap', '0.005'],
    ['nextFundingTime', String(nextFundingMs(wireUs))],
    ['fundingRate', roundedText(fundingRate, 8)],
    ['bid1Price', price(bid.price)],
    ['bid1Size', sizeText(listing, bid.size)],
    ['ask1Price', price(ask.price)],
    ['ask1Size', sizeText(listing, ask.size)],
    ['preOpenPrice', ''],
    ['preQty', ''],
    ['curPreListingPhase', ''],
  ]);
}

/** Price and size of a side come together, when one of them changes [seen]. */
const PAIRS: Readonly<Record<string, string>> = {
  bid1Price: 'bid1Size',
  bid1Size: 'bid1Price',
  ask1Price: 'ask1Size',
  ask1Size: 'ask1Price',
};

/** What a delta has; empty when nothing changed. */
export function changedFields(before: TickerFields, after: TickerFields): TickerFields {
  const isChanged = (key: string | undefined): boolean => key !== undefined && before.get(key) !== after.get(key);
  return new Map([...after].filter(([key]) => isChanged(key) || isChanged(PAIRS[key])));
}

function turnover({ spec }: BybitListing, { day }: Market): string {
  const unit = Number(`1e-${spec.priceDecimals + spec.sizeDecimals}`);
  return roundedText(day.notional * unit, 4);
}
