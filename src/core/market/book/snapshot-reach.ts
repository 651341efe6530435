/**
 * How far the snapshot that was asked for told a book: beyond its last level a side, one is known only once it has changed.
 * Knows no level and moves none.
 */

import type { Json } from '../../base/json.ts';
import type { Tick } from '../tick.ts';

/** Nothing is known: before a snapshot, and in checkpoints of versions that did not note it. */
const NONE = 'none';
/** Known to its end. */
const ALL = 'all';

export class SnapshotReach {
  /** The worst price that was told, as a mantissa; Infinity: nothing is known, -Infinity: known to its end. */
  bid: number;
  /** Likewise, the other way round: -Infinity: nothing, Infinity: to its end. */
  ask: number;
  readonly #isLimited: boolean;
  /** How far the nearer end was from the middle when the snapshot came; NaN: it had no middle. */
  #nearest = Number.NaN;

  /** @param isLimited - false: the stream itself tells its levels, however many those are; then nothing limits it further */
  constructor(isLimited: boolean) {
    this.#isLimited = isLimited;
    this.bid = isLimited ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.ask = -this.bid;
  }

  /**
   * Takes the reach of a snapshot. A side that has fewer levels than were asked for is told whole.
   *
   * @param prices - the levels' mantissas, of which the tick says which are whose
   * @param mid - its middle, as a mantissa; NaN: it is one-sided or crossed
   */
  note(prices: Float64Array, tick: Tick, mid: number): void {
    if (!this.#isLimited) return;
    const { bidFrom, bidTo, askFrom, askTo, levelsAsked } = tick;
    this.bid = Number.POSITIVE_INFINITY;
    this.ask = Number.NEGATIVE_INFINITY;
    for (let i = bidFrom; i < bidTo; i++) this.bid = Math.min(this.bid, prices[i]!);
    for (let i = askFrom; i < askTo; i++) this.ask = Math.max(this.ask, prices[i]!);
    // An empty side has fewer than anybody asks for.
    if (bidTo - bidFrom < Math.max(levelsAsked, 1)) this.bid = Number.NEGATIVE_INFINITY;
    if (askTo - askFrom < Math.max(levelsAsked, 1)) this.ask = Number.POSITIVE_INFINITY;
    this.#nearest = this.#nearestTo(mid);
  }

  /** @param factor - of the mantissas, whose decimals have grown */
  rescale(factor: number): void {
    this.bid *= factor;
    this.ask *= factor;
    this.#nearest *= factor;
  }

  /**
   * What the market's walk has left of the nearer end's distance from the middle: 1 all of it, 0 nothing.
   *
   * @param mid - of now, as a mantissa
   * @returns NaN: there is no middle, or both sides are known to their ends
   */
  leftRatio(mid: number): number {
    if (this.bid === Number.POSITIVE_INFINITY || this.ask === Number.NEGATIVE_INFINITY) return 0;
    return Math.max(0, this.#nearestTo(mid) / this.#nearest);
  }

  save(): Json {
    const nearest = Number.isFinite(this.#nearest) ? this.#nearest : null;
    return [endOut(this.bid), endOut(-this.ask), nearest];
  }

  /** @param saved - undefined: of a version that noted none */
  restore(saved: Json | undefined): void {
    if (!this.#isLimited) return;
    const [bid, ask, nearest] = (saved ?? [NONE, NONE, null]) as [SavedEnd, SavedEnd, number | null];
    this.bid = endIn(bid);
    this.ask = -endIn(ask);
    const isWhole = bid === ALL && ask === ALL;
    this.#nearest = nearest ?? (isWhole ? Number.POSITIVE_INFINITY : Number.NaN);
  }

  #nearestTo(mid: number): number {
    return Math.min(mid - this.bid, this.ask - mid);
  }
}

type SavedEnd = number | typeof NONE | typeof ALL;

/** @param key - the price, negated for asks */
function endOut(key: number): SavedEnd {
  return Number.isFinite(key) ? key : key > 0 ? NONE : ALL;
}

function endIn(saved: SavedEnd): number {
  if (typeof saved === 'number') return saved;
  return saved === NONE ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}
