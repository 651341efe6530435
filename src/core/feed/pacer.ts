/** Sends what is wanted on one connection no faster than the venue allows: requests, and pings. Decides not what. */

import { RateWindow, type SavedRateWindow } from './rate-window.ts';
import { nextRequest } from './requests.ts';
import type { VenueSide } from './venue-side.ts';
import type { Wish } from './wish.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
/** A wait this long for the hour's budget is longer than a new connection takes. */
const BUDGET_PATIENCE_MS = 10_000;

/** Plain JSON. */
export type SavedPacer = {
  messages: SavedRateWindow;
  subscribes: SavedRateWindow;
  nextPingMs: number | null;
  requestId: number;
};

export class Pacer {
  readonly #venue: VenueSide;
  readonly #connection: number;
  readonly #messages: RateWindow;
  readonly #subscribes: RateWindow;
  /** Null: it is not open yet. */
  #nextPingMs: number | null = null;
  #requestId = 0;

  constructor(venue: VenueSide, connection: number) {
    const { messagesPerSecond, subscribesPerHour } = venue.config.limits;
    this.#venue = venue;
    this.#connection = connection;
    // Pongs of the WebSocket count too where messages are counted: one is kept free for them.
    this.#messages = new RateWindow(
      messagesPerSecond === undefined ? undefined : Math.max(1, messagesPerSecond - 1),
      SECOND_MS,
    );
    this.#subscribes = new RateWindow(subscribesPerHour, HOUR_MS);
  }

  /** The connection is open. */
  start(nowMs: number): void {
    this.#nextPingMs = nowMs + this.#venue.config.heartbeat.sendIntervalMs;
  }

  /** Sends the venue's keep-alive when it is due. */
  ping(nowMs: number): void {
    const { send, sendIntervalMs } = this.#venue.config.heartbeat;
    if (send === 'none' || this.#nextPingMs === null || nowMs < this.#nextPingMs) return;
    if (!this.#messages.isFree(nowMs)) return;
    const text = this.#venue.dialect.ping(this.#requestId + 1);
    this.#nextPingMs = nowMs + sendIntervalMs;
    if (text === null) return;
    this.#requestId += 1;
    this.#sendText(text, nowMs);
  }

  /**
   * Sends requests for as many as the limits allow now; the others wait for the next look.
   *
   * @param what - subscribing asks for permission first; leaving is always allowed
   * @param onSent - called for each that was asked for
   * @returns `over_budget`: the hour's budget is used up, and a new connection would be sooner
   */
  send<T extends { readonly wish: Wish }>(
    entries: readonly T[],
    what: 'subscribe' | 'unsubscribe',
    nowMs: number,
    onSent: (entry: T, requestId: number) => void,
  ): 'sent' | 'over_budget' {
    const { dialect } = this.#venue;
    let waiting = entries;
    while (waiting.length > 0) {
      if (!this.#messages.isFree(nowMs)) return 'sent';
      const budgetMs = this.#subscribes.nextMs(nowMs);
      if (budgetMs > nowMs) return budgetMs > nowMs + BUDGET_PATIENCE_MS ? 'over_budget' : 'sent';
      const { wish } = waiting[0]!;
      if (what === 'subscribe' && !this.#venue.permission.begin(what, wish.instrument.spec, nowMs)) return 'sent';
      const requestId = this.#requestId + 1;
      const { taken, text } = nextRequest(
        waiting.map((entry) => entry.wish),
        this.#venue.config.limits,
        dialect[what],
        requestId,
      );
      this.#requestId = requestId;
      this.#subscribes.take(nowMs);
      this.#sendText(text, nowMs);
      const places = new Set(taken);
      for (const place of taken) onSent(waiting[place]!, requestId);
      waiting = waiting.filter((_, place) => !places.has(place));
    }
    return 'sent';
  }

  save(): SavedPacer {
    return {
      messages: this.#messages.save(),
      subscribes: this.#subscribes.save(),
      nextPingMs: this.#nextPingMs,
      requestId: this.#requestId,
    };
  }

  restore(saved: SavedPacer): void {
    this.#messages.restore(saved.messages);
    this.#subscribes.restore(saved.subscribes);
    this.#nextPingMs = saved.nextPingMs;
    this.#requestId = saved.requestId;
  }

  #sendText(text: string, nowMs: number): void {
    this.#messages.take(nowMs);
    this.#venue.tell({ kind: 'send_text', connection: this.#connection, text });
  }
}
