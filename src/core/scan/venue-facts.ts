/** What the operations core is told of a venue: how its feed, books and clock stand now. Judges nothing. */

import type { JsonObject } from '../base/json.ts';
import { isLoss } from '../market/book/gap.ts';
import { providerOf } from '../market/venues/registry.ts';
import type { VenueFact } from '../ops/facts.ts';
import { RollingCounter, type SavedCounter } from '../ops/kpi/rolling-counter.ts';
import type { InstrumentRun } from './instrument-run.ts';
import type { VenueRun } from './venue-run.ts';

/** Depth counts what rests within 2 % of the mid, as the operations guide's project does (facts: its `Depth2pcUSD`). */
const DEPTH_WITHIN_RATIO = 0.02;
/** Levels a side that are looked at; liquid books have fewer within 2 %, or more than enough in these. */
const DEPTH_LEVELS = 1000;
/** Currencies that are meant to be worth a dollar: their amounts are taken for USD. */
export const USD_LIKE: ReadonlySet<string> = new Set([
  'USD',
  'USDT',
  'USDC',
  'FDUSD',
  'BUSD',
  'TUSD',
  'DAI',
  'PYUSD',
  'USDG',
]);

const prices = new Float64Array(DEPTH_LEVELS);
const sizes = new Float64Array(DEPTH_LEVELS);

type Told = { atMs: number; coveredMs: number; liveMs: number };

/**
 * What a venue's facts need of the past: for how long its books were live lately, and which gaps a lost connection opened.
 *
 * A gap's kind can be seen only while it is open. One that opens and closes between two looks counts as another's: rather a
 * reconnect too many among the errors than an error too few.
 */
export class VenueWatch {
  readonly #covered: RollingCounter;
  readonly #live: RollingCounter;
  readonly #windowMs: number;
  /** As of the last fact. */
  #told: Told;
  /** Gaps seen so far, by symbol. */
  #seen = new Map<string, number>();
  #disconnectGaps = 0;

  /** @param windowMs - of the uptime */
  constructor(windowMs: number, startMs: number) {
    this.#covered = new RollingCounter(windowMs, startMs);
    this.#live = new RollingCounter(windowMs, startMs);
    this.#windowMs = windowMs;
    this.#told = { atMs: startMs, coveredMs: 0, liveMs: 0 };
  }

  get disconnectGaps(): number {
    return this.#disconnectGaps;
  }

  /** The more often, the fewer gaps close unseen. */
  look({ instruments }: VenueRun): void {
    for (const { book, counters, instrument } of instruments) {
      const seen = this.#seen.get(instrument.symbol) ?? 0;
      if (counters.gaps === seen) continue;
      if (book.openGap !== null && isLoss(book.openGap.kind)) this.#disconnectGaps += 1;
      this.#seen.set(instrument.symbol, counters.gaps);
    }
  }

  /** Live share of the time that its books were watched, of the window; null: none was. Call it in time order. */
  uptimeRatio(venue: VenueRun, nowMs: number): number | null {
    const { atMs, coveredMs, liveMs } = this.#told;
    const now = { atMs: nowMs, ...livenessOf(venue, nowMs) };
    // After a suspension of the machine, no more than the window's own length of it.
    const share = Math.min(1, this.#windowMs / (nowMs - atMs));
    // Whole ms keep the sums exact.
    this.#covered.add(nowMs, Math.round(share * (now.coveredMs - coveredMs)));
    this.#live.add(nowMs, Math.round(share * (now.liveMs - liveMs)));
    this.#told = now;
    const covered = this.#covered.total(nowMs);
    return covered > 0 ? this.#live.total(nowMs) / covered : null;
  }

  save(): JsonObject {
    return {
      covered: this.#covered.save(),
      live: this.#live.save(),
      told: { ...this.#told },
      seen: Object.fromEntries(this.#seen),
      disconnectGaps: this.#disconnectGaps,
    };
  }

  restore(saved: JsonObject): void {
    this.#covered.restore(saved['covered'] as SavedCounter);
    this.#live.restore(saved['live'] as SavedCounter);
    this.#told = { ...(saved['told'] as Told) };
    this.#seen = new Map(Object.entries(saved['seen'] as Record<string, number>));
    this.#disconnectGaps = saved['disconnectGaps'] as number;
  }
}

/** @param nowMs - receive time, never before the last one's */
export function venueFact(venue: VenueRun, watch: VenueWatch, nowMs: number): VenueFact {
  const runs = venue.instruments.filter(hasBook);
  const live = runs.filter(({ book }) => book.state === 'live');
  return {
    venue: venue.name,
    provider: providerOf(venue.name),
    uptimeRatio: watch.uptimeRatio(venue, nowMs),
    latencyMs: orNull(venue.latencyMs),
    depthUsd: medianOf(live.map(depthUsd)),
    spreadBps: medianOf(live.map(({ book }) => book.spreadBps)),
    books: runs.length,
    liveBooks: live.length,
    messages: venue.frames,
    gaps: runs.reduce((sum, run) => sum + run.counters.gaps, 0),
    disconnectGaps: watch.disconnectGaps,
    badFrames: venue.malformed,
    lastMessageMs: orNull(venue.heardMs),
    clockSkewMs: orNull(venue.clock.offsetMs),
  };
}

/**
 * USD that is known to rest within 2 % of the mid, on the thinner side: a lower bound where the book that we get ends before
 * that, so compare it with a minimum only. Null when the quote is no dollar, or the book has no mid.
 */
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

/** For how long books were watched, and live, all of them together, since the start of the run; whole ms. */
function livenessOf({ instruments }: VenueRun, nowMs: number): Omit<Told, 'atMs'> {
  const known = instruments.map((run) => run.liveness(nowMs));
  const sum = (part: 'coveredMs' | 'liveMs') => Math.round(known.reduce((all, one) => all + (one?.[part] ?? 0), 0));
  return { coveredMs: sum('coveredMs'), liveMs: sum('liveMs') };
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
