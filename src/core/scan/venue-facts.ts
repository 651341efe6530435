/** What the operations core is told of a venue: how its feed, books and clock stand now. Judges nothing. */

import { providerOf } from '../market/venues/registry.ts';
import type { VenueFact } from '../ops/facts.ts';
import type { InstrumentRun } from './instrument-run.ts';
import type { VenueRun } from './venue-run.ts';

/** Depth counts what rests within 2 % of the mid, as the operations guide's project does (facts: its `Depth2pcUSD`). */
const DEPTH_WITHIN_RATIO = 0.02;
/** Levels a side that are looked at; liquid books have fewer within 2 %, or more than enough in these. */
const DEPTH_LEVELS = 1000;
/** Currencies that are meant to be worth a dollar: their amounts are taken for USD. */
const USD_LIKE: ReadonlySet<string> = new Set(['USD', 'USDT', 'USDC', 'FDUSD', 'BUSD', 'TUSD', 'DAI', 'PYUSD', 'USDG']);

const prices = new Float64Array(DEPTH_LEVELS);
const sizes = new Float64Array(DEPTH_LEVELS);

/** @param nowMs - receive time */
export function venueFact(venue: VenueRun, nowMs: number): VenueFact {
  const runs = venue.instruments.filter(hasBook);
  const live = runs.filter(({ book }) => book.state === 'live');
  return {
    venue: venue.name,
    provider: providerOf(venue.name),
    uptimeRatio: uptimeRatio(runs, nowMs),
    latencyMs: orNull(venue.latencyMs),
    depthUsd: medianOf(live.map(depthUsd)),
    spreadBps: medianOf(live.map(({ book }) => book.spreadBps)),
    books: runs.length,
    liveBooks: live.length,
    messages: venue.frames,
    gaps: runs.reduce((sum, run) => sum + run.counters.gaps, 0),
    badFrames: venue.malformed,
    lastMessageMs: orNull(venue.heardMs),
    clockSkewMs: orNull(venue.clock.offsetMs),
  };
}

/** USD that rests within 2 % of the mid, on the thinner side; null when the quote is no dollar, or the book has no mid. */
export function depthUsd(run: InstrumentRun): number | null {
  const { book, instrument } = run;
  const { quote } = instrument.spec;
  const mid = book.mid;
  if (mid === null || quote === null || !USD_LIKE.has(quote)) return null;
  if (book.priceDecimals !== instrument.priceDecimals || book.sizeDecimals !== instrument.sizeDecimals) return null;
  const bids = sideDepth(run, 'bids', mid);
  const asks = sideDepth(run, 'asks', mid);
  return Number.isNaN(bids + asks) ? null : Math.min(bids, asks);
}

function sideDepth({ book, instrument }: InstrumentRun, name: 'bids' | 'asks', mid: number): number {
  const count = book[name].top(DEPTH_LEVELS, prices, sizes);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const price = instrument.priceNumber(prices[i]!);
    if (Math.abs(price - mid) > mid * DEPTH_WITHIN_RATIO) break;
    sum += instrument.quoteAmount(instrument.sizeNumber(sizes[i]!), price);
  }
  return sum;
}

function hasBook({ counters }: InstrumentRun): boolean {
  return counters.depthUpdates + counters.depthSnapshots > 0;
}

/** Live share of the time that books were watched, all of them together. */
function uptimeRatio(runs: readonly InstrumentRun[], nowMs: number): number | null {
  let covered = 0;
  let live = 0;
  for (const run of runs) {
    const liveness = run.liveness(nowMs);
    covered += liveness?.coveredMs ?? 0;
    live += liveness?.liveMs ?? 0;
  }
  return covered > 0 ? live / covered : null;
}

/** The middle value (of two, their mean), so that one odd instrument does not stand for its venue; null of nothing. */
function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return null;
  const middle = known.length >> 1;
  return known.length % 2 === 1 ? known[middle]! : (known[middle - 1]! + known[middle]!) / 2;
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
