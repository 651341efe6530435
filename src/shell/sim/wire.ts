/** The recorder's end of a connection: stamps messages with receive times and keeps them as lines. Alters no payload. */

import type { Prng } from '../../core/base/prng.ts';
import { unixSecondsText } from './wire-text.ts';

const BASE_LATENCY_US = 21_000;
const JITTER_US = 4_000;
const SPIKE_US = 54_000;
const SPIKE_CHANCE = 0.015;
const CLIENT_TO_VENUE_US = 24_000;

/** One recorder's clock against one venue's: latency of 21 to 79 ms, never backwards. */
export class ReceiveClock {
  readonly #prng: Prng;
  readonly #venueAheadUs: number;
  #lastUs = 0;

  /** @param venueAheadUs - how far the venue's clock is ahead of the recorder's; may be negative */
  constructor(prng: Prng, venueAheadUs: number) {
    this.#prng = prng;
    this.#venueAheadUs = venueAheadUs;
  }

  /** When a message arrives that the venue sent at `sentUs` by its own clock. */
  receivedUs(sentUs: number): number {
    const spike = this.#prng.chance(SPIKE_CHANCE) ? this.#prng.int(SPIKE_US) : 0;
    return this.#after(sentUs + BASE_LATENCY_US + this.#prng.int(JITTER_US) + spike);
  }

  /** When the recorder sent what reached the venue at `reachedUs` by the venue's clock. */
  sentUs(reachedUs: number): number {
    return this.#after(reachedUs - CLIENT_TO_VENUE_US);
  }

  #after(venueUs: number): number {
    this.#lastUs = Math.max(venueUs - this.#venueAheadUs, this.#lastUs + 3 + this.#prng.int(30));
    return this.#lastUs;
  }
}

/** Takes what the venue sends; times are the venue's clock, in order. */
export interface Wire {
  receive(sentUs: number, payload: string): void;
}

/** As cryptofeed records raw sockets: `<url> <-> <s>`, `<url> <- <s>: <sent>`, `<s>: <received>`; seconds since epoch. */
export class RawWire implements Wire {
  readonly lines: string[] = [];
  readonly #clock: ReceiveClock;
  readonly #url: string;
  #messages = 0;

  constructor(clock: ReceiveClock, url: string) {
    this.#clock = clock;
    this.#url = url;
  }

  /** Messages received, without connects and what was sent. */
  get messages(): number {
    return this.#messages;
  }

  connect(atUs: number): void {
    this.lines.push(`${this.#url} <-> ${unixSecondsText(this.#clock.sentUs(atUs))}`);
  }

  /** @param reachedUs - when it reached the venue */
  send(reachedUs: number, payload: string): void {
    this.lines.push(`${this.#url} <- ${unixSecondsText(this.#clock.sentUs(reachedUs))}: ${payload}`);
  }

  receive(sentUs: number, payload: string): void {
    this.lines.push(`${unixSecondsText(this.#clock.receivedUs(sentUs))}: ${payload}`);
    this.#messages += 1;
  }
}

/** As hftbacktest's collector writes: `<receive ns> <payload>`, one symbol a file, no connection lines. */
export class StampedWire implements Wire {
  readonly lines: string[] = [];
  readonly #clock: ReceiveClock;
  readonly #prng: Prng;

  constructor(clock: ReceiveClock, prng: Prng) {
    this.#clock = clock;
    this.#prng = prng;
  }

  get messages(): number {
    return this.lines.length;
  }

  receive(sentUs: number, payload: string): void {
    // Nanoseconds since epoch do not fit a double: the last three digits are joined as text.
    const nanoseconds = String(this.#prng.int(1000)).padStart(3, '0');
    this.lines.push(`${this.#clock.receivedUs(sentUs)}${nanoseconds} ${payload}`);
  }
}
