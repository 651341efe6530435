/**
 * What a book wants of each of its sides, however it keeps its levels. There are two ways, measured in ADR 4: `WindowSide` for
 * deep, dense books, `SortedSide` for those whose best levels are read after every message.
 */

import type { JsonObject } from '../../base/json.ts';

/** More levels a side than this are not kept; the worst goes, counted. Coinbase's full books have some tens of thousands. */
export const MAX_LEVELS = 100_000;

/** One sorted side: levels by price. Prices and sizes are non-negative integer mantissas below 2^53; a size of 0 is no level. */
export interface BookSide {
  readonly count: number;
  /** Price of the best level; NaN when there is none. */
  readonly bestPrice: number;
  /** Size of the best level; NaN when there is none. */
  readonly bestSize: number;
  /** Levels pushed out at MAX_LEVELS since the start. */
  readonly droppedLevels: number;

  clear(): void;

  /** Replaces everything by levels in any order; of two with one price the later wins. */
  load(prices: Float64Array, sizes: Float64Array, from: number, to: number): void;

  /** Sets the size at a price; 0 removes it, and removing what is not there is harmless. */
  set(price: number, size: number): void;

  /** As `set` for each of the levels `[from, to)`, in order. */
  setAll(prices: Float64Array, sizes: Float64Array, from: number, to: number): void;

  /** Removes the worst levels until at most `limit` are left. */
  truncate(limit: number): void;

  /**
   * Copies the best levels, best first.
   *
   * @returns how many were copied: `limit` or as many as there are
   */
  top(limit: number, prices: Float64Array, sizes: Float64Array): number;

  /** Multiplies all prices and sizes by powers of ten (an instrument's decimals grew). */
  rescale(priceFactor: number, sizeFactor: number): void;

  /** The same levels are saved alike, whichever side they are in. */
  save(): JsonObject;
  restore(saved: JsonObject): void;
}
