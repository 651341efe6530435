/**
 * Tells whether this process has been without a pause for a while. That is how it shows that the core cannot keep up: what waits then
 * waits in sockets, where nobody can count it. Catching up after a stop of a second or two is over sooner.
 */

import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** An event loop with less idling than this has nothing to spare. */
const BUSY_RATIO = 0.99;
/** Looks in a row. */
const LOOKS = 2;

export class Saturation {
  readonly #read: () => EventLoopUtilization;
  #last: EventLoopUtilization;
  #busyLooks = 0;

  /** @param read - time that the event loop was active and idle, since any moment of the past */
  constructor(read: () => EventLoopUtilization = () => performance.eventLoopUtilization()) {
    this.#read = read;
    this.#last = read();
  }

  /** To be called about once a second. @returns whether the last two seconds had no pause */
  look(): boolean {
    const now = this.#read();
    const active = now.active - this.#last.active;
    const idle = now.idle - this.#last.idle;
    this.#last = now;
    this.#busyLooks = active > BUSY_RATIO * (active + idle) ? this.#busyLooks + 1 : 0;
    return this.#busyLooks >= LOOKS;
  }
}
