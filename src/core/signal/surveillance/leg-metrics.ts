/** The metrics that compare an instrument with another market: its spot, its mark and index, other venues. Keeps nothing. */

import { POW10 } from '../../base/decimal.ts';
import { DAY_MS } from '../../base/time.ts';
import type { Book } from '../../market/book/book.ts';
import { METRIC_INDEX } from './metric.ts';
import type { SurveillanceConfig } from './surveillance-config.ts';
import type { Watch } from './watch.ts';

const { mid_price, basis_abs, basis_bps, mark_index_deviation_bps, mark_mid_deviation_bps } = METRIC_INDEX;
const { funding_rate, funding_annual_ratio, funding_basis_divergence } = METRIC_INDEX;
const { cross_exchange_spread_bps, cross_exchange_spread_abs, arbitrage } = METRIC_INDEX;
const BPS = 10_000;
const YEAR_MS = 365 * DAY_MS;

/**
 * Basis: the perpetual's mid less that of its provider's spot, and in hundredths of a percent of the spot's; + is a premium.
 * Both books are read now. NaN without such a spot that is live and was heard of lately.
 */
export function measureBasis(watch: Watch, nowMs: number, maxLegAgeMs: number, values: Float64Array): void {
  const spot = legOf(watch.spots, nowMs, maxLegAgeMs);
  if (spot === null) return;
  const own = watch.source.book;
  const other = spot.source.book;
  const decimals = Math.max(own.priceDecimals, other.priceDecimals);
  const spotMid = twiceMid(other, decimals);
  const apart = twiceMid(own, decimals) - spotMid;
  values[basis_abs] = apart / (2 * POW10[decimals]!);
  values[basis_bps] = (apart / spotMid) * BPS;
}

/**
 * Mark against index, (mark - index) / index, and against the mid, (mark - mid) / mid, in hundredths of a percent. Where the
 * venue tells the index with the spot (OKX `index-tickers`), that one is taken.
 */
export function measureMark(watch: Watch, nowMs: number, maxLegAgeMs: number, values: Float64Array): void {
  const mark = watch.terms.markAt(nowMs, maxLegAgeMs);
  let index = watch.terms.indexAt(nowMs, maxLegAgeMs);
  for (let i = 0; i < watch.spots.length && Number.isNaN(index); i++)
    index = watch.spots[i]!.terms.indexAt(nowMs, maxLegAgeMs);
  const mid = values[mid_price]!;
  if (index > 0) values[mark_index_deviation_bps] = ((mark - index) / index) * BPS;
  values[mark_mid_deviation_bps] = ((mark - mid) / mid) * BPS;
}

/**
 * Funding: the rate as the venue tells it, a fraction per interval; a year of it, by the interval that the venue's next
 * funding times have shown, 8 hours until then; and a flag: 1 when funding and basis have opposite signs.
 */
export function measureFunding(watch: Watch, nowMs: number, maxFundingAgeMs: number, values: Float64Array): void {
  const rate = watch.terms.fundingAt(nowMs, maxFundingAgeMs);
  if (Number.isNaN(rate)) return;
  values[funding_rate] = rate;
  values[funding_annual_ratio] = rate * (YEAR_MS / watch.terms.fundingIntervalMs);
  const basis = values[basis_abs]!;
  if (!Number.isNaN(basis)) values[funding_basis_divergence] = rate * basis < 0 ? 1 : 0;
}

/**
 * Across venues, over the same base, quote and type, with every book that is live and was heard of lately:
 *
 * - `cross_exchange_spread_bps`: own mid less the mid furthest from it, of their mean (the guide's divergence, signed)
 * - `cross_exchange_spread_abs`: the highest bid less the lowest ask of all, own included; over 0 is `arbitrage`, fees aside
 */
export function measureVenues(watch: Watch, nowMs: number, maxLegAgeMs: number, values: Float64Array): void {
  const own = watch.source.book;
  let decimals = own.priceDecimals;
  for (const { source } of watch.peers) decimals = Math.max(decimals, source.book.priceDecimals);
  const ownMid = twiceMid(own, decimals);
  let highestBid = scaled(own, own.bids.bestPrice, decimals);
  let lowestAsk = scaled(own, own.asks.bestPrice, decimals);
  let furthest = Number.NaN;
  for (let i = 0; i < watch.peers.length; i++) {
    const peer = watch.peers[i]!;
    if (!peer.isLegAt(nowMs, maxLegAgeMs)) continue;
    const { book } = peer.source;
    const mid = twiceMid(book, decimals);
    if (!(Math.abs(ownMid - mid) <= Math.abs(ownMid - furthest))) furthest = mid;
    highestBid = Math.max(highestBid, scaled(book, book.bids.bestPrice, decimals));
    lowestAsk = Math.min(lowestAsk, scaled(book, book.asks.bestPrice, decimals));
  }
  if (Number.isNaN(furthest)) return;
  values[cross_exchange_spread_bps] = ((ownMid - furthest) / (ownMid + furthest)) * 2 * BPS;
  values[cross_exchange_spread_abs] = (highestBid - lowestAsk) / POW10[decimals]!;
  values[arbitrage] = highestBid > lowestAsk ? 1 : 0;
}

/**
 * Everything at once, in the order in which one needs the other. A book of our own that was not heard of lately is compared with
 * no other either: behind a connection that died a moment ago it still looks alive.
 */
export function measureLegs(watch: Watch, nowMs: number, config: SurveillanceConfig, values: Float64Array): void {
  const isFresh = watch.isLegAt(nowMs, config.maxLegAgeMs);
  if (watch.instrument.spec.type === 'perpetual') {
    if (isFresh) measureBasis(watch, nowMs, config.maxLegAgeMs, values);
    measureMark(watch, nowMs, config.maxLegAgeMs, values);
    measureFunding(watch, nowMs, config.maxFundingAgeMs, values);
  }
  if (isFresh && watch.peers.length > 0) measureVenues(watch, nowMs, config.maxLegAgeMs, values);
}

function legOf(watches: readonly Watch[], nowMs: number, maxLegAgeMs: number): Watch | null {
  for (let i = 0; i < watches.length; i++) if (watches[i]!.isLegAt(nowMs, maxLegAgeMs)) return watches[i]!;
  return null;
}

/** Twice the mid as an integer at so many decimals: differences of close mids keep all their digits. */
function twiceMid(book: Book, decimals: number): number {
  return scaled(book, book.bids.bestPrice + book.asks.bestPrice, decimals);
}

function scaled(book: Book, mantissa: number, decimals: number): number {
  return mantissa * POW10[decimals - book.priceDecimals]!;
}
