/** What a venue last said of a perpetual besides its book: mark, index, funding, open interest, each as old as it is. */

import type { JsonObject } from '../../base/json.ts';
import { DAY_MS, HOUR_MS } from '../../base/time.ts';
import type { Tick } from '../../market/tick.ts';

/** Assumed until the venue has shown its interval: what most perpetuals have had. */
export const USUAL_FUNDING_INTERVAL_MS = 8 * HOUR_MS;
/** Venues fund every 1 to 8 hours, some once a day; another step of the next funding time is a correction, not an interval. */
const SHORTEST_INTERVAL_MS = HOUR_MS;
const LONGEST_INTERVAL_MS = DAY_MS;

const NUMBERS = [
  'markPrice',
  'markMs',
  'indexPrice',
  'indexMs',
  'fundingRate',
  'fundingMs',
  'nextFundingTimeMs',
  'openInterest',
] as const;

/** Prices in quote units, funding as a fraction per interval, open interest in the venue's size unit; NaN: never said. */
export class DerivativeTerms {
  markPrice = Number.NaN;
  indexPrice = Number.NaN;
  fundingRate = Number.NaN;
  nextFundingTimeMs = Number.NaN;
  openInterest = Number.NaN;
  /** Receive times of mark, index and funding. */
  markMs = Number.NaN;
  indexMs = Number.NaN;
  fundingMs = Number.NaN;
  /** Null: not shown yet. */
  #intervalMs: number | null = null;

  /** From one funding to the next, as the venue's own next funding times have shown. */
  get fundingIntervalMs(): number {
    return this.#intervalMs ?? USUAL_FUNDING_INTERVAL_MS;
  }

  /**
   * Takes in a ticker tick; what it does not say stays.
   *
   * @param isDelta - it holds only what changed, so that everything else is said again (Bybit)
   * @param maxFundingAgeMs - over a longer silence more than one funding may have passed: no interval is learned
   */
  take(tick: Tick, nowMs: number, isDelta: boolean, maxFundingAgeMs: number): void {
    if (!Number.isNaN(tick.nextFundingTimeMs)) this.#learnInterval(tick.nextFundingTimeMs, nowMs, maxFundingAgeMs);
    if (!Number.isNaN(tick.markPrice)) this.markPrice = tick.markPrice;
    if (!Number.isNaN(tick.indexPrice)) this.indexPrice = tick.indexPrice;
    if (!Number.isNaN(tick.fundingRate)) this.fundingRate = tick.fundingRate;
    if (!Number.isNaN(tick.openInterest)) this.openInterest = tick.openInterest;
    if (isDelta || !Number.isNaN(tick.markPrice)) this.markMs = nowMs;
    if (isDelta || !Number.isNaN(tick.indexPrice)) this.indexMs = nowMs;
    if (isDelta || !Number.isNaN(tick.fundingRate)) this.fundingMs = nowMs;
  }

  markAt(nowMs: number, maxAgeMs: number): number {
    return nowMs - this.markMs <= maxAgeMs ? this.markPrice : Number.NaN;
  }

  indexAt(nowMs: number, maxAgeMs: number): number {
    return nowMs - this.indexMs <= maxAgeMs ? this.indexPrice : Number.NaN;
  }

  fundingAt(nowMs: number, maxAgeMs: number): number {
    return nowMs - this.fundingMs <= maxAgeMs ? this.fundingRate : Number.NaN;
  }

  #learnInterval(nextMs: number, nowMs: number, maxFundingAgeMs: number): void {
    const stepMs = nextMs - this.nextFundingTimeMs;
    const isPlausible = stepMs >= SHORTEST_INTERVAL_MS && stepMs <= LONGEST_INTERVAL_MS;
    if (isPlausible && nowMs - this.fundingMs <= maxFundingAgeMs) this.#intervalMs = stepMs;
    this.nextFundingTimeMs = nextMs;
  }

  save(): JsonObject {
    const saved: JsonObject = { intervalMs: this.#intervalMs };
    for (const name of NUMBERS) saved[name] = Number.isNaN(this[name]) ? null : this[name];
    return saved;
  }

  restore(saved: JsonObject): void {
    this.#intervalMs = saved['intervalMs'] as number | null;
    for (const name of NUMBERS) this[name] = (saved[name] as number | null) ?? Number.NaN;
  }
}
