/** How unusual a value is against the values just before it: one window of one metric of one instrument on one venue. */

import { assert } from '../../base/assert.ts';
import type { JsonObject } from '../../base/json.ts';
import { RollingMoments } from './rolling-moments.ts';
import type { ZscoreConfig } from './surveillance-config.ts';

/**
 * What came of the newest value.
 *
 * - `ready`: it has a score
 * - `warming`: there were not enough values before it; shown as `warming 12/30`
 * - `flat`: the values before it hardly moved, and a score would be noise over nothing
 */
export type ZscoreState =
  | { readonly kind: 'ready'; readonly z: number }
  | { readonly kind: 'warming'; readonly samples: number; readonly required: number }
  | { readonly kind: 'flat' };

/**
 * (value - mean) / standard deviation (n - 1) of the window *before* the value enters it, so that a step change cannot hide
 * itself. Numbers come on the one-second grid, at most one a second.
 */
export class RollingZscore {
  readonly #config: ZscoreConfig;
  readonly #window: RollingMoments;
  #kind: ZscoreState['kind'] = 'warming';
  #z = Number.NaN;
  /** Of the newest value; -Infinity: the window is empty. */
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(config: ZscoreConfig) {
    assert(config.minSamples >= 2, 'a standard deviation needs two samples');
    assert(config.windowSamples >= config.minSamples, 'the window holds the samples that a score needs');
    this.#config = config;
    this.#window = new RollingMoments(config.windowSamples);
  }

  /** What came of the newest value; a second without one leaves it as it is, until the window is emptied. */
  get state(): ZscoreState {
    if (this.#kind === 'ready') return { kind: 'ready', z: this.#z };
    if (this.#kind === 'flat') return { kind: 'flat' };
    const required = this.#config.minSamples;
    return { kind: 'warming', samples: Math.min(this.#window.count, required), required };
  }

  /** Of the values in the window, the newest included. */
  get samples(): number {
    return this.#window.count;
  }

  get mean(): number {
    return this.#window.mean;
  }

  get standardDeviation(): number {
    return this.#window.standardDeviation;
  }

  /**
   * Scores the value of a second, then takes it into the window. Call it for every second, also without a value: a hole in
   * the values of `resetGapMs` or longer empties the window, a shorter one does not.
   *
   * @param value - NaN: this second has none
   * @param secondMs - exchange time; later than in every earlier call
   * @returns the score; NaN: none, and `state` says why
   */
  observe(value: number, secondMs: number): number {
    if (secondMs - this.#lastMs >= this.#config.resetGapMs) this.reset();
    if (!Number.isFinite(value)) return Number.NaN;
    this.#lastMs = secondMs;
    this.#judge(value);
    this.#window.push(value);
    return this.#z;
  }

  /** Empties the window. */
  reset(): void {
    this.#window.clear();
    this.#kind = 'warming';
    this.#z = Number.NaN;
    this.#lastMs = Number.NEGATIVE_INFINITY;
  }

  #judge(value: number): void {
    const { minSamples, minStandardDeviation } = this.#config;
    const { count, standardDeviation } = this.#window;
    if (count < minSamples) this.#kind = 'warming';
    else this.#kind = standardDeviation >= minStandardDeviation && standardDeviation > 0 ? 'ready' : 'flat';
    this.#z = this.#kind === 'ready' ? this.#window.deviationOf(value) / standardDeviation : Number.NaN;
  }

  /** Null: as new. */
  save(): JsonObject | null {
    if (this.#lastMs === Number.NEGATIVE_INFINITY) return null;
    const z = Number.isNaN(this.#z) ? null : this.#z;
    return { kind: this.#kind, z, lastMs: this.#lastMs, window: this.#window.save() };
  }

  restore(saved: JsonObject | null): void {
    if (saved === null) {
      this.reset();
      return;
    }
    this.#kind = saved['kind'] as ZscoreState['kind'];
    this.#z = (saved['z'] as number | null) ?? Number.NaN;
    this.#lastMs = saved['lastMs'] as number;
    this.#window.restore(saved['window'] as JsonObject);
  }
}
