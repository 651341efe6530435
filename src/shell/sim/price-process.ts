/** The efficient prices that all simulated venues follow: two correlated random walks with rare jumps. Knows no venue. */

import type { Prng } from '../../core/base/prng.ts';

/** Simulated time moves by this much a step. */
export const STEP_US = 10_000;

const STEPS_PER_SECOND = 1_000_000 / STEP_US;
/** Deviation of one second's return: 0.6 bps is about 34 % a year, a calm day of BTC. */
const BTC_BPS_PER_SECOND = 0.6;
const ETH_OWN_BPS_PER_SECOND = 0.45;
/** ETH moves with BTC, and a little more. */
const ETH_BETA = 1.15;
const JUMPS_PER_SECOND = 1 / 45;
const JUMP_BPS = 5;
const BPS = 1e-4;

/** In USD. */
export interface Prices {
  readonly btc: number;
  readonly eth: number;
}

/** Steps both prices together. */
export class PriceProcess {
  readonly #prng: Prng;
  #btc: number;
  #eth: number;

  constructor(prng: Prng, start: Prices) {
    this.#prng = prng;
    this.#btc = start.btc;
    this.#eth = start.eth;
  }

  /** Moves on by `STEP_US`. */
  step(): Prices {
    const scale = Math.sqrt(1 / STEPS_PER_SECOND);
    const common = this.#prng.normal() * BTC_BPS_PER_SECOND * scale + this.#jumpBps();
    const own = this.#prng.normal() * ETH_OWN_BPS_PER_SECOND * scale;
    this.#btc *= 1 + common * BPS;
    this.#eth *= 1 + (common * ETH_BETA + own) * BPS;
    return { btc: this.#btc, eth: this.#eth };
  }

  #jumpBps(): number {
    if (!this.#prng.chance(JUMPS_PER_SECOND / STEPS_PER_SECOND)) return 0;
    return (this.#prng.chance(0.5) ? 1 : -1) * JUMP_BPS * (0.5 + this.#prng.next());
  }
}
