/** Counts what somebody does in a window of time, as venues do to enforce their limits. Refuses nothing itself. */

/** Windows that lie side by side, from whole multiples of their length: Binance's minutes. */
export class FixedWindow {
  readonly lengthUs: number;
  #window = -1;
  #used = 0;

  constructor(lengthUs: number) {
    this.lengthUs = lengthUs;
  }

  /** @returns what is used in this window, the new amount included */
  add(nowUs: number, amount: number): number {
    this.#roll(nowUs);
    this.#used += amount;
    return this.#used;
  }

  used(nowUs: number): number {
    this.#roll(nowUs);
    return this.#used;
  }

  endUs(nowUs: number): number {
    return (Math.floor(nowUs / this.lengthUs) + 1) * this.lengthUs;
  }

  #roll(nowUs: number): void {
    const window = Math.floor(nowUs / this.lengthUs);
    if (window === this.#window) return;
    this.#window = window;
    this.#used = 0;
  }
}

/** The last `lengthUs`, whenever that is. Keeps a time for each thing counted, so for small limits only. */
export class SlidingWindow {
  readonly #lengthUs: number;
  readonly #timesUs: number[] = [];

  constructor(lengthUs: number) {
    this.#lengthUs = lengthUs;
  }

  /** @returns how many there were in the window, this one included */
  add(nowUs: number): number {
    this.#timesUs.push(nowUs);
    while (this.#timesUs[0]! <= nowUs - this.#lengthUs) this.#timesUs.shift();
    return this.#timesUs.length;
  }
}

/** So many a second in the long run, and a burst of those that were saved up: how REST limits of Kraken and Coinbase work. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #sinceUs = 0;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** @returns false: there is none left */
  take(nowUs: number): boolean {
    const earned = ((nowUs - this.#sinceUs) / 1_000_000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    this.#sinceUs = nowUs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** One of something for each address, made when it is first seen. */
export class ByAddress<T> {
  readonly #items = new Map<string, T>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  at(address: string): T {
    let item = this.#items.get(address);
    if (item === undefined) {
      item = this.#make();
      this.#items.set(address, item);
    }
    return item;
  }
}
