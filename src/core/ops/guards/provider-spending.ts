/** What one provider was asked for and what it said of that: calls this hour, weight in its window, its counter, its ban. Judges nothing. */

import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/time.ts';
import { MAX_RETRY_AFTER_MS } from '../breakers/breaker.ts';
import type { CallFact } from '../facts.ts';
import type { ProviderBudgetConfig } from '../ops-config.ts';

/** Binance's shortest ban, for one that does not say for how long (its documentation: 2 minutes to 3 days). Then the breaker probes. */
const MIN_BAN_MS = 2 * MINUTE_MS;
/** Of a provider without limits of its own: nothing is judged by it. */
const DEFAULT_WINDOW_SECONDS = 60;

/** Plain JSON. Periods are numbered from the epoch, in UTC. */
export type SavedSpending = {
  hour: number;
  hourCalls: number;
  windowMs: number;
  window: number;
  weight: number;
  counter: number;
  counterMs: number;
  bannedUntilMs: number | null;
};

/** Calls of one UTC hour: they start anew at the top of the hour, as the guide's do. Time never runs backwards. */
export class HourlyCalls {
  #hour: number;
  #calls = 0;

  constructor(startMs: number) {
    this.#hour = Math.floor(startMs / HOUR_MS);
  }

  add(timeMs: number): void {
    this.#advance(timeMs);
    this.#calls += 1;
  }

  total(nowMs: number): number {
    this.#advance(nowMs);
    return this.#calls;
  }

  save(): { hour: number; calls: number } {
    return { hour: this.#hour, calls: this.#calls };
  }

  restore({ hour, calls }: { hour: number; calls: number }): void {
    this.#hour = hour;
    this.#calls = calls;
  }

  #advance(timeMs: number): void {
    const hour = Math.floor(timeMs / HOUR_MS);
    if (hour <= this.#hour) return;
    this.#hour = hour;
    this.#calls = 0;
  }
}

/** Each fact and each question costs O(1). */
export class ProviderSpending {
  readonly #decayPerSecond: number;
  readonly #hourly: HourlyCalls;
  readonly #windowMs: number;
  #window: number;
  #weight = 0;
  #counter = 0;
  #counterMs: number;
  #bannedUntilMs: number | null = null;

  /** @param config - of the limits, only how they are counted is read; null: the provider has none of its own */
  constructor(config: ProviderBudgetConfig | null, startMs: number) {
    this.#decayPerSecond = config?.counterDecayPerSecond ?? 0;
    this.#hourly = new HourlyCalls(startMs);
    this.#windowMs = (config?.weightWindowSeconds ?? DEFAULT_WINDOW_SECONDS) * SECOND_MS;
    this.#window = Math.floor(startMs / this.#windowMs);
    this.#counterMs = startMs;
  }

  onCall(call: CallFact): void {
    this.#hourly.add(call.timeMs);
    this.#addWeight(call);
    this.#addToCounter(call);
    const untilMs = banOf(call);
    if (untilMs !== null) this.#bannedUntilMs = Math.max(this.#bannedUntilMs ?? untilMs, untilMs);
  }

  /** Since the top of the UTC hour. */
  hourlyCalls(nowMs: number): number {
    return this.#hourly.total(nowMs);
  }

  /** Since the server's window began (Binance's: the top of the UTC minute): the larger of our own sum and what it said. */
  windowWeight(nowMs: number): number {
    return Math.floor(nowMs / this.#windowMs) > this.#window ? 0 : this.#weight;
  }

  /** Kraken's: each call added its weight, each second took the decay away, never below zero; or what the server said, if more. */
  counter(nowMs: number): number {
    const elapsedSeconds = Math.max(0, nowMs - this.#counterMs) / 1000;
    return Math.max(0, this.#counter - elapsedSeconds * this.#decayPerSecond);
  }

  /** Null: not banned now. */
  bannedUntilMs(nowMs: number): number | null {
    return this.#bannedUntilMs !== null && nowMs < this.#bannedUntilMs ? this.#bannedUntilMs : null;
  }

  save(): SavedSpending {
    const { hour, calls } = this.#hourly.save();
    return {
      hour,
      hourCalls: calls,
      windowMs: this.#windowMs,
      window: this.#window,
      weight: this.#weight,
      counter: this.#counter,
      counterMs: this.#counterMs,
      bannedUntilMs: this.#bannedUntilMs,
    };
  }

  restore(saved: SavedSpending): void {
    this.#hourly.restore({ hour: saved.hour, calls: saved.hourCalls });
    // What was counted by another window says nothing of this one.
    if (saved.windowMs === this.#windowMs) {
      this.#window = saved.window;
      this.#weight = saved.weight;
    }
    this.#counter = saved.counter;
    this.#counterMs = saved.counterMs;
    this.#bannedUntilMs = saved.bannedUntilMs;
  }

  /** A server's word of another window says nothing of this one. */
  #addWeight({ weight, serverWeight, timeMs }: CallFact): void {
    const own = this.windowWeight(timeMs) + weight;
    const told = serverWeight?.windowMs === this.#windowMs ? serverWeight.used : 0;
    this.#window = Math.max(this.#window, Math.floor(timeMs / this.#windowMs));
    this.#weight = Math.max(own, told);
  }

  #addToCounter({ weight, serverWeight, timeMs }: CallFact): void {
    const told = serverWeight?.windowMs === null ? serverWeight.used : 0;
    this.#counter = Math.max(this.counter(timeMs) + weight, told);
    this.#counterMs = Math.max(this.#counterMs, timeMs);
  }
}

/** Until when the provider does not want to hear from us; null: it did not say so. A 429 counts only when it says for how long. */
function banOf({ outcome, retryAfterMs, timeMs }: CallFact): number | null {
  const asked = retryAfterMs !== null && retryAfterMs > 0 ? Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) : null;
  if (outcome === 'banned') return timeMs + (asked ?? MIN_BAN_MS);
  return outcome === 'rate_limited' && asked !== null ? timeMs + asked : null;
}
