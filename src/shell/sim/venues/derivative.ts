/** What a venue tells of a perpetual beside its book: mark, index, funding, open interest. Read at any moment; charges nothing. */

import type { Prng } from '../../../core/base/prng.ts';
import type { AssetPrices } from '../world/asset-prices.ts';

export class Derivative {
  readonly #prices: AssetPrices;
  readonly #asset: number;
  readonly #prng: Prng;
  #open: number;
  /** Of the mark against where it should be. */
  #markFactor = 1;

  /** @param open - open interest at first, in whole units of the venue */
  constructor(prices: AssetPrices, asset: number, open: number, prng: Prng) {
    this.#prices = prices;
    this.#asset = asset;
    this.#prng = prng;
    this.#open = open;
  }

  get mark(): number {
    return this.#prices.perpetualAt(this.#asset) * this.#markFactor;
  }

  /** From now on the mark stands so far beside the perpetual's price. */
  moveMark(bps: number): void {
    this.#markFactor = 1 + bps / 10_000;
  }

  get index(): number {
    return this.#prices.at(this.#asset);
  }

  /** Per 8 h. */
  get fundingRate(): number {
    return this.#prices.fundingRate(this.#asset);
  }

  get openInterest(): number {
    return this.#open;
  }

  /** Some positions are opened, some closed. */
  move(): void {
    this.#open = Math.max(1_000, this.#open + this.#prng.int(401) - 200);
  }
}
