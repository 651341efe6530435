/** When one host may be connected to again, over all connections and venues that it serves. Opens nothing. */

import { SECOND_MS } from '../base/time.ts';
import type { VenueFeedConfig } from './feed-config.ts';
import { RateWindow, type SavedRateWindow } from './rate-window.ts';
import {
  longerOf,
  type Refused,
  restoredShutOut,
  type SavedShutOut,
  type ShutOut,
  savedShutOut,
  shutOutOf,
} from './shut-out.ts';

/** Plain JSON. */
export type SavedHostGate = { window: SavedRateWindow; lastMs: number | null } & SavedShutOut;

/** Attempts per window, a least time between two, and what the host itself made of them: `Retry-After`, 429, a ban. */
export class HostGate {
  readonly #window: RateWindow;
  readonly #windowMs: number;
  readonly #banSeconds: number | undefined;
  readonly #minIntervalMs: number;
  #lastMs: number | null = null;
  #shutOut: ShutOut | null = null;

  constructor({ limits, reconnect }: VenueFeedConfig) {
    this.#windowMs = limits.connectsWindowSeconds * SECOND_MS;
    this.#banSeconds = limits.banSeconds;
    this.#window = new RateWindow(limits.connects, this.#windowMs);
    this.#minIntervalMs = reconnect.minIntervalMs;
  }

  /** When the next attempt may be made; `nowMs`: now. */
  nextMs(nowMs: number): number {
    const afterLastMs = this.#lastMs === null ? nowMs : this.#lastMs + this.#minIntervalMs;
    return Math.max(this.#window.nextMs(nowMs), afterLastMs, this.#shutOut?.untilMs ?? nowMs);
  }

  /** Until when the host wants no attempts, and how it said so; null: it does not mind. */
  shutOut(nowMs: number): ShutOut | null {
    return this.#shutOut !== null && nowMs < this.#shutOut.untilMs ? this.#shutOut : null;
  }

  take(nowMs: number): void {
    this.#window.take(nowMs);
    this.#lastMs = nowMs;
  }

  /** A handshake was answered with something else. A 429 that does not say for how long: until the window has moved on. */
  onRefused(refused: Refused, nowMs: number): void {
    this.#shutOut = longerOf(this.#shutOut, shutOutOf(refused, nowMs + this.#windowMs, this.#banSeconds, nowMs));
  }

  save(): SavedHostGate {
    return { window: this.#window.save(), lastMs: this.#lastMs, ...savedShutOut(this.#shutOut) };
  }

  restore(saved: SavedHostGate): void {
    this.#window.restore(saved.window);
    this.#lastMs = saved.lastMs;
    this.#shutOut = restoredShutOut(saved);
  }
}

/** `wss://ws.okx.com:8443/ws/v5/public` is of `ws.okx.com`: limits are counted by host, whatever the port. */
export function hostOf(url: string): string {
  return /^\w+:\/\/([^/:?#]+)/.exec(url)?.[1] ?? url;
}
