/** Mean and standard deviation of the last so many values, in constant time and without subtracting what leaves. Knows no time. */

import type { JsonObject } from '../../base/json.ts';

/**
 * A window of values as two stacks, so that nothing is ever taken out of a sum: what leaves a running sum leaves its rounding
 * behind, and one value of 1e9 in a market of thousandths would spoil the figure for good.
 *
 * The older part, the front, was added up once from its newest value to its oldest, and each place keeps the moments from
 * there on: dropping the oldest value is a step to the next place. The newer part, the back, grows by Welford's step. The two
 * are joined by Chan's formula. When the front is used up the whole window becomes the front: one pass every `capacity`
 * values. Moments are of differences from `#shift`, a value of the window chosen anew at each such pass, so that noise on a
 * large offset keeps its digits.
 *
 * @see Welford 1962, Technometrics 4(3); Chan, Golub, LeVeque 1983, The American Statistician 37(3)
 */
export class RollingMoments {
  readonly #capacity: number;
  /** A ring; no place is made before the first value: most instruments lack some metrics for ever. */
  #values = new Float64Array(0);
  /** At each place of the front: the moments from there to the front's end. */
  #means = new Float64Array(0);
  #squares = new Float64Array(0);
  #oldest = 0;
  #count = 0;
  #frontCount = 0;
  #shift = 0;
  #backMean = 0;
  #backSquares = 0;
  /** Of the whole window, less the shift. */
  #mean = Number.NaN;
  #sumOfSquares = Number.NaN;

  /** @param capacity - values in the window, at least 2 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get count(): number {
    return this.#count;
  }

  /** NaN: empty. */
  get mean(): number {
    return this.#shift + this.#mean;
  }

  /** Over n - 1; NaN: fewer than two values. */
  get standardDeviation(): number {
    return this.#count < 2 ? Number.NaN : Math.sqrt(this.#sumOfSquares / (this.#count - 1));
  }

  /** `value` less the mean, without the digits that the mean itself loses to a large offset. */
  deviationOf(value: number): number {
    return value - this.#shift - this.#mean;
  }

  /** Takes in a finite value; the oldest one leaves when the window is full. */
  push(value: number): void {
    if (this.#count === this.#capacity) this.#dropOldest(value);
    if (this.#count === 0) this.#begin(value);
    this.#values[this.#place(this.#count)] = value;
    this.#count += 1;
    this.#addToBack(value);
    this.#join();
  }

  clear(): void {
    this.#count = 0;
    this.#frontCount = 0;
    this.#mean = Number.NaN;
    this.#sumOfSquares = Number.NaN;
  }

  /** Values oldest first, and where the two stacks meet: sums of the same numbers in another order differ in the last digit. */
  save(): JsonObject {
    const values = Array.from({ length: this.#count }, (_, i) => this.#values[this.#place(i)]!);
    return { values, frontCount: this.#frontCount, shift: this.#shift };
  }

  /** Takes up the newest values that fit: the window may have been configured anew. */
  restore(saved: JsonObject): void {
    const values = saved['values'] as number[];
    const surplus = Math.max(0, values.length - this.#capacity);
    const kept = values.slice(surplus);
    this.clear();
    if (kept.length === 0) return;
    this.#begin(saved['shift'] as number);
    this.#values.set(kept);
    this.#frontCount = Math.max(0, (saved['frontCount'] as number) - surplus);
    this.#sumFront();
    this.#count = kept.length;
    for (let i = this.#frontCount; i < this.#count; i++) this.#addToBack(kept[i]!, i - this.#frontCount + 1);
    this.#join();
  }

  #begin(shift: number): void {
    if (this.#values.length === 0) {
      this.#values = new Float64Array(this.#capacity);
      this.#means = new Float64Array(this.#capacity);
      this.#squares = new Float64Array(this.#capacity);
    }
    this.#oldest = 0;
    this.#shift = shift;
    this.#backMean = 0;
    this.#backSquares = 0;
  }

  /** @param next - what is about to come: after a jump the last shift must not outlive the values from before it */
  #dropOldest(next: number): void {
    if (this.#frontCount === 0) {
      this.#frontCount = this.#count;
      this.#shift = next;
      this.#backMean = 0;
      this.#backSquares = 0;
      this.#sumFront();
    }
    this.#oldest = this.#place(1);
    this.#frontCount -= 1;
    this.#count -= 1;
  }

  #sumFront(): void {
    let mean = 0;
    let squares = 0;
    for (let count = 1; count <= this.#frontCount; count++) {
      const place = this.#place(this.#frontCount - count);
      const difference = this.#values[place]! - this.#shift;
      const before = difference - mean;
      mean += before / count;
      squares += before * (difference - mean);
      this.#means[place] = mean;
      this.#squares[place] = squares;
    }
  }

  /** @param count - values in the back, this one included */
  #addToBack(value: number, count = this.#count - this.#frontCount): void {
    const difference = value - this.#shift;
    const before = difference - this.#backMean;
    this.#backMean += before / count;
    this.#backSquares += before * (difference - this.#backMean);
  }

  #join(): void {
    const front = this.#frontCount;
    const back = this.#count - front;
    if (front === 0) {
      this.#mean = this.#backMean;
      this.#sumOfSquares = this.#backSquares;
      return;
    }
    const mean = this.#means[this.#oldest]!;
    const apart = this.#backMean - mean;
    this.#mean = mean + (apart * back) / this.#count;
    this.#sumOfSquares =
      this.#squares[this.#oldest]! + this.#backSquares + (apart * apart * front * back) / this.#count;
  }

  /** Where the value so many after the oldest stands. */
  #place(after: number): number {
    const place = this.#oldest + after;
    return place < this.#capacity ? place : place - this.#capacity;
  }
}
