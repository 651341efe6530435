/** One value a second for the last so many seconds, with what is missing kept missing. Fills no hole. */

import { assert } from '../../base/assert.ts';
import type { JsonObject } from '../../base/json.ts';
import { SECOND_MS } from '../../base/time.ts';

/** Seconds are whole, exchange time, ms since the epoch; NaN is a second without a value. */
export class SecondRing {
  readonly #values: Float64Array;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @param spanMs - how much is kept, the newest second included; whole seconds */
  constructor(spanMs: number) {
    assert(spanMs > 0 && spanMs % SECOND_MS === 0, 'a ring of seconds spans whole seconds');
    this.#values = new Float64Array(spanMs / SECOND_MS).fill(Number.NaN);
  }

  /** Sets the value of a second later than every one before; the seconds between have none. */
  put(secondMs: number, value: number): void {
    const { length } = this.#values;
    const skipped = (secondMs - this.#lastMs) / SECOND_MS - 1;
    if (skipped >= length) this.#values.fill(Number.NaN);
    else for (let back = 1; back <= skipped; back++) this.#values[this.#slot(secondMs - back * SECOND_MS)] = Number.NaN;
    this.#values[this.#slot(secondMs)] = value;
    this.#lastMs = secondMs;
  }

  /** The value of a second, from the newest one back; NaN: none, or no longer kept. */
  at(secondMs: number): number {
    const ageMs = this.#lastMs - secondMs;
    const isKept = ageMs >= 0 && ageMs < this.#values.length * SECOND_MS;
    return isKept ? this.#values[this.#slot(secondMs)]! : Number.NaN;
  }

  /** How many of the seconds kept have a value. */
  get count(): number {
    let count = 0;
    for (let i = 0; i < this.#values.length; i++) if (!Number.isNaN(this.#values[i]!)) count += 1;
    return count;
  }

  get capacity(): number {
    return this.#values.length;
  }

  /** Of the values there are; NaN: none. */
  get mean(): number {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < this.#values.length; i++) {
      const value = this.#values[i]!;
      if (Number.isNaN(value)) continue;
      sum += value;
      count += 1;
    }
    return sum / count;
  }

  /** Of the values there are, over n - 1; NaN: fewer than two. Two passes: exact, and a few hundred additions a second. */
  get standardDeviation(): number {
    const { mean } = this;
    let squares = 0;
    let count = 0;
    for (let i = 0; i < this.#values.length; i++) {
      const value = this.#values[i]!;
      if (Number.isNaN(value)) continue;
      squares += (value - mean) * (value - mean);
      count += 1;
    }
    return count < 2 ? Number.NaN : Math.sqrt(squares / (count - 1));
  }

  /** The values oldest first, null for none; nothing before the first `put`. */
  save(): JsonObject | null {
    if (this.#lastMs === Number.NEGATIVE_INFINITY) return null;
    const { length } = this.#values;
    const values = Array.from({ length }, (_, i) => this.at(this.#lastMs - (length - 1 - i) * SECOND_MS));
    return { lastMs: this.#lastMs, values: values.map((value) => (Number.isNaN(value) ? null : value)) };
  }

  /** Takes up as much as it keeps itself: its span may have been configured anew. */
  restore(saved: JsonObject | null): void {
    if (saved === null) return;
    const values = saved['values'] as (number | null)[];
    const firstMs = (saved['lastMs'] as number) - (values.length - 1) * SECOND_MS;
    values.forEach((value, i) => {
      this.put(firstMs + i * SECOND_MS, value ?? Number.NaN);
    });
  }

  /** Also before 1970. */
  #slot(secondMs: number): number {
    const { length } = this.#values;
    const slot = (secondMs / SECOND_MS) % length;
    return slot < 0 ? slot + length : slot;
  }
}
