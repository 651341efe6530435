/** How late frames were stepped, as percentiles of all of them since the last asking. A fixed number of counters, no frame kept. */

/** Fine up to the limits that operators set, coarse above. */
const FINE_MS = 0.05;
const FINE_UP_TO_MS = 50;
const COARSE_MS = 5;
const COARSE_UP_TO_MS = 60_000;

const FINE = Math.round(FINE_UP_TO_MS / FINE_MS);
const COARSE = Math.round((COARSE_UP_TO_MS - FINE_UP_TO_MS) / COARSE_MS);

export interface LagPercentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export class LagHistogram {
  /** How many frames were as late as a bin says; the last one takes all that were later. */
  readonly #bins = new Uint32Array(FINE + COARSE + 1);
  #count = 0;

  /** @param lagMs - 0 or more */
  add(lagMs: number): void {
    const bin = lagMs < FINE_UP_TO_MS ? lagMs / FINE_MS : FINE + (lagMs - FINE_UP_TO_MS) / COARSE_MS;
    this.#bins[Math.min(FINE + COARSE, Math.ceil(bin))]! += 1;
    this.#count += 1;
  }

  /** Of what came since the last asking, rounded up to 0.05 ms, and to 5 ms above 50; null: nothing did. */
  take(): LagPercentiles | null {
    if (this.#count === 0) return null;
    const percentiles = { p50: this.#at(0.5), p95: this.#at(0.95), p99: this.#at(0.99) };
    this.#bins.fill(0);
    this.#count = 0;
    return percentiles;
  }

  /** The least lag that so great a share of the frames did not exceed. */
  #at(share: number): number {
    let left = Math.ceil(share * this.#count);
    for (let bin = 0; ; bin++) {
      left -= this.#bins[bin]!;
      if (left <= 0) return upperEdgeMs(bin);
    }
  }
}

/** Of hundredths without a remainder, as people write them. */
function upperEdgeMs(bin: number): number {
  return bin < FINE ? Math.round(bin * FINE_MS * 100) / 100 : FINE_UP_TO_MS + (bin - FINE) * COARSE_MS;
}
