/** Seeded pseudo-random numbers that are the same on every machine (sfc32). For simulation and tests; not for secrets. */

import { assert } from './assert.ts';
import { sha256Hex } from './sha256.ts';

const TWO_PI = 2 * Math.PI;

/** A generator as plain JSON: its seed and its four 32-bit words. */
export type SavedPrng = { seed: string; words: number[] };

/**
 * One stream of numbers.
 *
 * Streams split by name: `prng.fork('BTC-USDT')` depends only on the seed and the names above it, not on how many numbers
 * were drawn, so adding a consumer does not change what the others see.
 *
 * @see PractRand's sfc32 (Chris Doty-Humphrey), 128 bits of state, passes PractRand and BigCrush
 */
export class Prng {
  #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  /** @param seed - text or number; `7` and `'7'` are the same seed */
  constructor(seed: string | number) {
    this.#seed = String(seed);
    const digest = sha256Hex(this.#seed);
    this.#a = wordOf(digest, 0);
    this.#b = wordOf(digest, 1);
    this.#c = wordOf(digest, 2);
    this.#counter = wordOf(digest, 3);
  }

  /** A new stream, independent of this one. The same name gives the same stream again. */
  fork(name: string): Prng {
    return new Prng(`${this.#seed}/${name}`);
  }

  /** A number in [0, 1), with 53 random bits. */
  next(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** An integer in [0, n). @param n - 1 to 2^53 */
  int(n: number): number {
    assert(Number.isInteger(n) && n >= 1 && n <= 0x20000000000000, 'int(n) needs a whole n from 1 to 2^53');
    return Math.floor(this.next() * n);
  }

  /** One of the items, each as likely. @param items - at least one */
  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, 'pick needs at least one item');
    return items[this.int(items.length)]!;
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A number from the normal distribution with mean 0 and deviation 1 (Box-Muller; the second value is not kept). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(TWO_PI * this.next());
  }

  save(): SavedPrng {
    return { seed: this.#seed, words: [this.#a, this.#b, this.#c, this.#counter] };
  }

  restore(saved: SavedPrng): void {
    this.#seed = saved.seed;
    [this.#a, this.#b, this.#c, this.#counter] = saved.words as [number, number, number, number];
  }

  #word(): number {
    const word = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + word) | 0;
    return word;
  }
}

/** The i-th 32-bit word of a hex digest, signed. */
function wordOf(hex: string, i: number): number {
  return Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16) | 0;
}
