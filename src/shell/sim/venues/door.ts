/** Who may still come in: connection attempts and bans, by address. Enforced before anything else of a venue is asked. */

import { ByAddress, SlidingWindow } from './rate-window.ts';
import type { SimReply } from './sim-venue.ts';

export interface DoorLimits {
  /** Attempts in one window. */
  readonly connects: number;
  readonly windowUs: number;
  /** How long an address is shut out that tried more often; 0: only the attempt is refused. */
  readonly banUs: number;
}

export class Door {
  readonly #limits: DoorLimits;
  readonly #attempts: ByAddress<SlidingWindow>;
  readonly #bans = new Map<string, number>();

  constructor(limits: DoorLimits) {
    this.#limits = limits;
    this.#attempts = new ByAddress(() => new SlidingWindow(limits.windowUs));
  }

  ban(address: string, untilUs: number): void {
    this.#bans.set(address, Math.max(untilUs, this.#bans.get(address) ?? 0));
  }

  /** When the address may come again; null when it may now. */
  bannedUntilUs(address: string, nowUs: number): number | null {
    const untilUs = this.#bans.get(address) ?? 0;
    return untilUs > nowUs ? untilUs : null;
  }

  /** Counts one attempt to connect. @returns null: welcome; else for how many seconds it is not */
  knock(address: string, nowUs: number): number | null {
    const untilUs = this.bannedUntilUs(address, nowUs);
    const isTooMany = this.#attempts.at(address).add(nowUs) > this.#limits.connects;
    if (untilUs === null && !isTooMany) return null;
    if (untilUs === null && this.#limits.banUs > 0) this.ban(address, nowUs + this.#limits.banUs);
    const waitUs = (this.bannedUntilUs(address, nowUs) ?? nowUs + this.#limits.windowUs) - nowUs;
    return Math.ceil(waitUs / 1_000_000);
  }
}

export const JSON_HEADERS = { 'content-type': 'application/json' } as const;

export function jsonReply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): SimReply {
  return { status, headers: { ...JSON_HEADERS, ...headers }, body };
}
