/** How late the newest frames were stepped, as percentiles. Keeps a fixed number of them. */

/** A second of a busy feed; sorted once a second, it costs a fraction of a ms. */
const NEWEST = 2048;

export interface LagPercentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export class LagRing {
  readonly #lagsMs = new Float64Array(NEWEST);
  #count = 0;

  add(lagMs: number): void {
    this.#lagsMs[this.#count % NEWEST] = lagMs;
    this.#count += 1;
  }

  /** Of what came since the last asking, at most the newest 2048; null: nothing did. */
  take(): LagPercentiles | null {
    if (this.#count === 0) return null;
    const sorted = this.#lagsMs.slice(0, Math.min(this.#count, NEWEST)).sort();
    this.#count = 0;
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}
