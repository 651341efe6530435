/** The efficient prices of many correlated assets under a regime, with shocks on top, and the basis of their perpetuals. Knows no venue. */

import type { Prng } from '../../../core/base/prng.ts';
import type { MarketMood } from '../market.ts';
import type { Prices } from '../price-process.ts';

export type RegimeName = 'calm' | 'trending' | 'volatile' | 'crash' | 'thin';

interface Regime {
  /** Deviation of one second's common return. */
  readonly bpsPerSecond: number;
  /** Mean of it. */
  readonly driftBpsPerSecond: number;
  readonly jumpsPerSecond: number;
  readonly jumpBps: number;
  readonly mood: MarketMood;
}

/** 0.6 bps a second is about 34 % a year, a calm day of BTC; the others are chosen beside it. */
const REGIMES: Readonly<Record<RegimeName, Regime>> = {
  calm: {
    bpsPerSecond: 0.6,
    driftBpsPerSecond: 0,
    jumpsPerSecond: 1 / 45,
    jumpBps: 5,
    mood: { pace: 1, depth: 1, size: 1, spread: 1 },
  },
  trending: {
    bpsPerSecond: 0.8,
    driftBpsPerSecond: 0.12,
    jumpsPerSecond: 1 / 30,
    jumpBps: 6,
    mood: { pace: 1.4, depth: 1, size: 1, spread: 1 },
  },
  volatile: {
    bpsPerSecond: 2.5,
    driftBpsPerSecond: 0,
    jumpsPerSecond: 1 / 10,
    jumpBps: 12,
    mood: { pace: 2.5, depth: 0.9, size: 0.8, spread: 1.5 },
  },
  crash: {
    bpsPerSecond: 4,
    driftBpsPerSecond: -3,
    jumpsPerSecond: 1 / 6,
    jumpBps: 20,
    mood: { pace: 4, depth: 0.5, size: 0.5, spread: 3 },
  },
  thin: {
    bpsPerSecond: 0.4,
    driftBpsPerSecond: 0,
    jumpsPerSecond: 1 / 120,
    jumpBps: 5,
    mood: { pace: 0.08, depth: 0.4, size: 0.3, spread: 2 },
  },
};

export const REGIME_NAMES = Object.keys(REGIMES) as readonly RegimeName[];

/** Each asset's own movement, as a share of the common one. */
const OWN_SHARE = 0.7;
const BPS = 1e-4;
/** A perpetual's premium to its index: where it is drawn to, how fast (a second), and its noise. */
const BASIS_MEAN_BPS = -1.5;
const BASIS_PULL = 1 / 120;
const BASIS_BPS_PER_SECOND = 0.12;
/** Funding per 8 h = premium + clamp(interest - premium, 0.05 %), interest 0.01 % (both venues publish this formula). */
const INTEREST = 0.0001;
const FUNDING_CLAMP = 0.0005;

/** A move away from the efficient price and back: linear down over `overUs`, linear back over `recoverUs`. */
export interface Shock {
  /** Null: all assets. */
  readonly asset: number | null;
  readonly fromUs: number;
  readonly moveBps: number;
  readonly overUs: number;
  readonly recoverUs: number;
}

/** Prices by asset number; 0 is BTC, 1 is ETH. */
export class AssetPrices implements Prices {
  readonly #prng: Prng;
  readonly #base: Float64Array;
  readonly #shown: Float64Array;
  readonly #basisBps: Float64Array;
  readonly #betas: Float64Array;
  #regime: Regime;
  #shocks: Shock[] = [];

  /** @param start - in quote units, at least one */
  constructor(prng: Prng, start: readonly number[], regime: RegimeName) {
    this.#prng = prng.fork('moves');
    this.#base = Float64Array.from(start);
    this.#shown = Float64Array.from(start);
    this.#basisBps = new Float64Array(start.length).fill(BASIS_MEAN_BPS);
    const betas = prng.fork('betas');
    this.#betas = Float64Array.from(start, (_, i) => (i === 0 ? 1 : 0.9 + betas.next() * 0.6));
    this.#regime = REGIMES[regime];
  }

  get btc(): number {
    return this.at(0);
  }

  get eth(): number {
    return this.at(Math.min(1, this.#shown.length - 1));
  }

  get mood(): MarketMood {
    return this.#regime.mood;
  }

  setRegime(name: RegimeName): void {
    this.#regime = REGIMES[name];
  }

  addShock(shock: Shock): void {
    this.#shocks.push(shock);
  }

  /** What spot trades around, in quote units. */
  at(asset: number): number {
    return this.#shown[asset]!;
  }

  /** What its perpetual trades around. */
  perpetualAt(asset: number): number {
    return this.#shown[asset]! * (1 + this.#basisBps[asset]! * BPS);
  }

  /** Per 8 h, as a ratio. */
  fundingRate(asset: number): number {
    const premium = this.#basisBps[asset]! * BPS;
    return premium + Math.max(-FUNDING_CLAMP, Math.min(FUNDING_CLAMP, INTEREST - premium));
  }

  /** Moves on to `timeUs`, which is `lengthUs` later. */
  step(timeUs: number, lengthUs: number): void {
    const seconds = lengthUs / 1_000_000;
    const deviation = this.#regime.bpsPerSecond * Math.sqrt(seconds);
    const common = this.#prng.normal() * deviation + this.#regime.driftBpsPerSecond * seconds + this.#jumpBps(seconds);
    const basisDeviation = BASIS_BPS_PER_SECOND * Math.sqrt(seconds);
    for (let i = 0; i < this.#base.length; i++) {
      const own = i === 0 ? 0 : this.#prng.normal() * deviation * OWN_SHARE;
      this.#base[i]! *= 1 + (common * this.#betas[i]! + own) * BPS;
      this.#basisBps[i]! +=
        (BASIS_MEAN_BPS - this.#basisBps[i]!) * BASIS_PULL * seconds + this.#prng.normal() * basisDeviation;
      this.#shown[i] = this.#base[i]!;
    }
    if (this.#shocks.length > 0) this.#applyShocks(timeUs);
  }

  #applyShocks(timeUs: number): void {
    this.#shocks = this.#shocks.filter((shock) => timeUs < shock.fromUs + shock.overUs + shock.recoverUs);
    for (const shock of this.#shocks) {
      const factor = 1 + shock.moveBps * BPS * shareOf(shock, timeUs);
      for (let i = 0; i < this.#shown.length; i++)
        if (shock.asset === null || shock.asset === i) this.#shown[i]! *= factor;
    }
  }

  #jumpBps(seconds: number): number {
    if (!this.#prng.chance(this.#regime.jumpsPerSecond * seconds)) return 0;
    return (this.#prng.chance(0.5) ? 1 : -1) * this.#regime.jumpBps * (0.5 + this.#prng.next());
  }
}

/** How much of a shock shows at a time, 0 to 1. */
function shareOf(shock: Shock, timeUs: number): number {
  const elapsed = timeUs - shock.fromUs;
  if (elapsed < 0) return 0;
  if (elapsed < shock.overUs) return elapsed / shock.overUs;
  return Math.max(0, 1 - (elapsed - shock.overUs) / Math.max(1, shock.recoverUs));
}
