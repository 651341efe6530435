/** The rolling 24 h figures that venues put into their tickers. Starts from an invented day, then adds the real prints. */

interface Print {
  readonly price: number;
  readonly size: number;
}

/** Prices in ticks, volume in lots. Nothing rolls off: a recording lasts minutes, the window a day. */
export class DayStatistics {
  readonly open: number;
  #high: number;
  #low: number;
  #volume: number;
  #notional: number;

  /** @param price - in ticks; the invented day ranged 1.2 % around it */
  constructor(price: number, volume: number) {
    this.open = Math.floor(price * 0.994);
    this.#high = Math.floor(price * 1.007);
    this.#low = Math.floor(price * 0.991);
    this.#volume = volume;
    this.#notional = volume * Math.floor(price * 0.998);
  }

  get high(): number {
    return this.#high;
  }

  get low(): number {
    return this.#low;
  }

  /** In lots. */
  get volume(): number {
    return this.#volume;
  }

  /** In lots times ticks. */
  get notional(): number {
    return this.#notional;
  }

  /** In ticks, not whole. */
  get vwap(): number {
    return this.#notional / this.#volume;
  }

  add(print: Print): void {
    if (print.price > this.#high) this.#high = print.price;
    if (print.price < this.#low) this.#low = print.price;
    this.#volume += print.size;
    this.#notional += print.size * print.price;
  }
}
