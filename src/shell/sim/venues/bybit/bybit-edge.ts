/** What stands before all of Bybit's products: requests of an address, and the ban of who makes too many. Answers none of them. */

import { ByAddress, SlidingWindow } from '../rate-window.ts';

const SECOND_US = 1_000_000;
/** [docs] 600 requests in 5 s and address, over all products; beyond it, ten minutes of silence. */
const REQUESTS = 600;
const WINDOW_US = 5 * SECOND_US;
const BAN_US = 600 * SECOND_US;

/** One for the spot and the linear venue of a world. */
export class BybitEdge {
  readonly #requests = new ByAddress(() => new SlidingWindow(WINDOW_US));
  readonly #bans = new Map<string, number>();
  #peak = 0;

  /** Most requests that one address made in one window. */
  get peak(): number {
    return this.#peak;
  }

  isBanned(address: string, nowUs: number): boolean {
    return nowUs < (this.#bans.get(address) ?? 0);
  }

  /** Counts a request. @returns false: it is one too many, or the address is banned */
  take(address: string, nowUs: number): boolean {
    if (this.isBanned(address, nowUs)) return false;
    const count = this.#requests.at(address).add(nowUs);
    this.#peak = Math.max(this.#peak, count);
    if (count <= REQUESTS) return true;
    this.#bans.set(address, nowUs + BAN_US);
    return false;
  }
}
