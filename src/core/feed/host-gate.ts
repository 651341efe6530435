/** When one host may be connected to again, over all connections and venues that it serves. Opens nothing. */

import type { VenueFeedConfig } from './feed-config.ts';
import { RateWindow, type SavedRateWindow } from './rate-window.ts';

const SECOND_MS = 1000;

/** Plain JSON. */
export type SavedHostGate = { window: SavedRateWindow; lastMs: number | null; blockedUntilMs: number | null };

/** Attempts per window, a least time between two, and what the host itself asked for with `Retry-After`. */
export class HostGate {
  readonly #window: RateWindow;
  readonly #minIntervalMs: number;
  #lastMs: number | null = null;
  #blockedUntilMs: number | null = null;

  constructor({ limits, reconnect }: VenueFeedConfig) {
    this.#window = new RateWindow(limits.connects, limits.connectsWindowSeconds * SECOND_MS);
    this.#minIntervalMs = reconnect.minIntervalMs;
  }

  /** When the next attempt may be made; `nowMs`: now. */
  nextMs(nowMs: number): number {
    const afterLastMs = this.#lastMs === null ? nowMs : this.#lastMs + this.#minIntervalMs;
    return Math.max(this.#window.nextMs(nowMs), afterLastMs, this.#blockedUntilMs ?? nowMs);
  }

  /** Until when the host wants no attempts; null: it does not mind. */
  blockedUntilMs(nowMs: number): number | null {
    return this.#blockedUntilMs !== null && nowMs < this.#blockedUntilMs ? this.#blockedUntilMs : null;
  }

  take(nowMs: number): void {
    this.#window.take(nowMs);
    this.#lastMs = nowMs;
  }

  /** The host wants to be left alone until then; the latest word counts if it is later. */
  block(untilMs: number): void {
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs ?? untilMs, untilMs);
  }

  save(): SavedHostGate {
    return { window: this.#window.save(), lastMs: this.#lastMs, blockedUntilMs: this.#blockedUntilMs };
  }

  restore(saved: SavedHostGate): void {
    this.#window.restore(saved.window);
    this.#lastMs = saved.lastMs;
    this.#blockedUntilMs = saved.blockedUntilMs;
  }
}

/** `wss://ws.okx.com:8443/ws/v5/public` is of `ws.okx.com`: limits are counted by host, whatever the port. */
export function hostOf(url: string): string {
  return /^\w+:\/\/([^/:?#]+)/.exec(url)?.[1] ?? url;
}
