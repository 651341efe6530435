/**
 * The metrics once more, slowly: whole numbers of any size from the levels of books and the texts of tickers, one division at
 * the end. Shares no code with surveillance; knows its definitions only.
 */

/** A decimal number as `digits / 10^decimals`. */
export interface Decimal {
  readonly digits: bigint;
  readonly decimals: number;
}

/** One side, best first, prices and sizes as whole numbers. */
export interface ReferenceSide {
  readonly levels: readonly (readonly [price: bigint, size: bigint])[];
  /** The price as far as which the side is known; null: to its end. */
  readonly reach: bigint | null;
}

export interface ReferenceBook {
  readonly bids: ReferenceSide;
  readonly asks: ReferenceSide;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly isInverse: boolean;
  /** Of a contract; null: unknown. */
  readonly multiplier: Decimal | null;
}

export type Metrics = Record<string, number>;

export function decimalOf(text: string): Decimal {
  const [whole = '', fraction = ''] = text.split('.');
  return { digits: BigInt(whole + fraction), decimals: fraction.length };
}

const power = (exponent: number): bigint => 10n ** BigInt(exponent);

/** The double nearest to the fraction, but for the last of its digits. */
export function ratio(numerator: bigint, denominator: bigint): number {
  if (denominator === 0n) return Number.NaN;
  const missing = 25 + `${denominator}`.length - `${numerator}`.length;
  const exponent = Math.max(0, missing);
  return Number(`${(numerator * power(exponent)) / denominator}e-${exponent}`);
}

function balance(bid: bigint, ask: bigint): number {
  return bid + ask === 0n ? 0 : ratio(bid - ask, bid + ask);
}

/** Best bid and ask together, at so many decimals. */
function twiceMid(book: ReferenceBook, decimals: number): bigint {
  return (book.bids.levels[0]![0] + book.asks.levels[0]![0]) * power(decimals - book.priceDecimals);
}

/** Spread, depth and imbalance of one book. */
export function bookMetrics(book: ReferenceBook): Metrics {
  const { bids, asks, priceDecimals } = book;
  const [bid, ask] = [bids.levels[0]![0], asks.levels[0]![0]];
  const scale = power(priceDecimals);
  const metrics: Metrics = {
    mid_price: ratio(bid + ask, 2n * scale),
    spread_abs: ratio(ask - bid, scale),
    spread_bps: ratio((ask - bid) * 20_000n, bid + ask),
    top_of_book_imbalance: balance(bids.levels[0]![1], asks.levels[0]![1]),
    top_5_notional_imbalance: topBalance(book, 5),
    top_10_notional_imbalance: topBalance(book, 10),
  };
  for (const bps of [5n, 10n, 25n]) {
    const [bidDepth, askDepth] = [bandDepth(book, bids, 1n, bps), bandDepth(book, asks, -1n, bps)];
    const isKnown = bidDepth !== null && askDepth !== null;
    metrics[`depth_${bps}bps_bid`] = quoteOf(book, bidDepth);
    metrics[`depth_${bps}bps_ask`] = quoteOf(book, askDepth);
    metrics[`depth_${bps}bps_total`] = quoteOf(book, isKnown ? bidDepth + askDepth : null);
    if (bps === 10n) metrics['imbalance'] = isKnown ? balance(bidDepth, askDepth) : Number.NaN;
  }
  return metrics;
}

/** A level's weight: price times size, or the size of an inverse contract. */
function weight({ isInverse }: ReferenceBook, [price, size]: readonly [bigint, bigint]): bigint {
  return isInverse ? size : price * size;
}

function topBalance(book: ReferenceBook, count: number): number {
  const sums = [book.bids, book.asks].map((side) => {
    const sign = side === book.bids ? 1n : -1n;
    const { reach } = side;
    if (reach !== null && side.levels.filter(([price]) => sign * price >= sign * reach).length < count) return null;
    return side.levels.slice(0, count).reduce((sum, level) => sum + weight(book, level), 0n);
  });
  const [bid, ask] = sums;
  return bid == null || ask == null ? Number.NaN : balance(bid, ask);
}

/** @param sign - 1n bids, -1n asks; null: the side is not known as far as the band's edge */
function bandDepth(book: ReferenceBook, side: ReferenceSide, sign: bigint, bps: bigint): bigint | null {
  const middle = book.bids.levels[0]![0] + book.asks.levels[0]![0];
  // price >= mid * (1 - bps / 10 000) for bids, <= mid * (1 + bps / 10 000) for asks.
  const limit = middle * (10_000n - sign * bps);
  const isInside = (price: bigint): boolean => sign * price * 20_000n >= sign * limit;
  const isStrictlyInside = (price: bigint): boolean => sign * price * 20_000n > sign * limit;
  // Between an edge and the next whole price there is no level to miss.
  if (side.reach !== null && isStrictlyInside(side.reach) && isInside(side.reach - sign)) return null;
  let sum = 0n;
  for (const level of side.levels) {
    if (!isInside(level[0])) break;
    sum += weight(book, level);
  }
  return sum;
}

function quoteOf({ isInverse, multiplier, priceDecimals, sizeDecimals }: ReferenceBook, sum: bigint | null): number {
  if (sum === null || multiplier === null) return Number.NaN;
  const decimals = sizeDecimals + multiplier.decimals + (isInverse ? 0 : priceDecimals);
  return ratio(sum * multiplier.digits, power(decimals));
}

/** A perpetual against its spot. */
export function basisMetrics(own: ReferenceBook, spot: ReferenceBook): Metrics {
  const decimals = Math.max(own.priceDecimals, spot.priceDecimals);
  const spotMid = twiceMid(spot, decimals);
  const apart = twiceMid(own, decimals) - spotMid;
  return { basis_abs: ratio(apart, 2n * power(decimals)), basis_bps: ratio(apart * 10_000n, spotMid) };
}

/** One book against those of other venues, at least one. */
export function venueMetrics(own: ReferenceBook, others: readonly ReferenceBook[]): Metrics {
  const all = [own, ...others];
  const decimals = Math.max(...all.map(({ priceDecimals }) => priceDecimals));
  const scaled = (book: ReferenceBook, price: bigint): bigint => price * power(decimals - book.priceDecimals);
  const ownMid = twiceMid(own, decimals);
  const mids = others.map((book) => twiceMid(book, decimals));
  const size = (value: bigint): bigint => (value < 0n ? -value : value);
  const furthest = mids.reduce((far, mid) => (size(ownMid - mid) > size(ownMid - far) ? mid : far));
  const bids = all.map((book) => scaled(book, book.bids.levels[0]![0]));
  const asks = all.map((book) => scaled(book, book.asks.levels[0]![0]));
  const highest = bids.reduce((best, bid) => (bid > best ? bid : best));
  const lowest = asks.reduce((best, ask) => (ask < best ? ask : best));
  return {
    cross_exchange_spread_bps: ratio((ownMid - furthest) * 20_000n, ownMid + furthest),
    cross_exchange_spread_abs: ratio(highest - lowest, power(decimals)),
    arbitrage: highest > lowest ? 1 : 0,
  };
}

/** Texts of a ticker as the venue sent them last; null: never. */
export interface ReferenceTerms {
  readonly mark: string | null;
  readonly index: string | null;
  readonly funding: string | null;
}

/** Mark, index and funding every eight hours. */
export function termMetrics(own: ReferenceBook, terms: ReferenceTerms, basis: number): Metrics {
  const mid: Decimal = { digits: twiceMid(own, own.priceDecimals) * 5n, decimals: own.priceDecimals + 1 };
  const rate = terms.funding === null ? Number.NaN : Number(terms.funding);
  return {
    mark_index_deviation_bps: deviation(terms.mark, terms.index === null ? null : decimalOf(terms.index)),
    mark_mid_deviation_bps: deviation(terms.mark, mid),
    funding_rate: rate,
    funding_annual_ratio: rate * 3 * 365,
    funding_basis_divergence: Number.isNaN(rate * basis) ? Number.NaN : Number(rate * basis < 0),
  };
}

function deviation(mark: string | null, from: Decimal | null): number {
  if (mark === null || from === null) return Number.NaN;
  const { digits, decimals } = decimalOf(mark);
  const common = Math.max(decimals, from.decimals);
  const base = from.digits * power(common - from.decimals);
  return ratio((digits * power(common - decimals) - base) * 10_000n, base);
}

/** Two passes: mean and deviation over n - 1. */
export function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? Number.NaN : Math.sqrt(squares / (values.length - 1)) };
}
