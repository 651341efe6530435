/** Follows the ids of one instrument's trades: which came before, and between which two some are missing. Folds no trade. */

import type { JsonObject } from '../base/json.ts';
import type { Tick } from '../market/tick.ts';

export class TradeIds {
  /** NaN before one, and where trades have no ids. */
  #lastId = Number.NaN;
  #lastMs = Number.NaN;
  /** Of the last trade before its channel was lost: a history that is asked for begins before it. */
  #uncoveredId = Number.NaN;

  /** Of the newest trade; NaN: none is known, so the next one misses nothing. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Its event time, ms; NaN before one. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Has it come before? A trade without an id never has. */
  isRepeat({ tradeId, eventTimeMs }: Tick): boolean {
    return tradeId <= this.#lastId || (tradeId <= this.#uncoveredId && eventTimeMs <= this.#lastMs);
  }

  /** Are trades missing between the newest one and this? */
  isAfterHole({ tradeId, isIdSequential }: Tick): boolean {
    return isIdSequential && tradeId > this.#lastId + 1;
  }

  /** It is the newest one now. */
  take({ tradeId, eventTimeMs }: Tick): void {
    if (!Number.isNaN(tradeId)) this.#lastId = tradeId;
    this.#lastMs = eventTimeMs;
  }

  /** The channel is lost: ids may go on elsewhere, and what lies between is no hole. */
  uncover(): void {
    if (!Number.isNaN(this.#lastId)) this.#uncoveredId = this.#lastId;
    this.#lastId = Number.NaN;
  }

  /** After a long silence: nothing is known of the trade before. */
  forget(): void {
    this.#lastId = Number.NaN;
    this.#lastMs = Number.NaN;
  }

  save(): JsonObject {
    const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
    return {
      lastTradeId: numberOrNull(this.#lastId),
      lastTradeMs: numberOrNull(this.#lastMs),
      uncoveredId: numberOrNull(this.#uncoveredId),
    };
  }

  restore(saved: JsonObject): void {
    // Absent in checkpoints of older versions.
    const numberOf = (name: string): number => (saved[name] as number | null | undefined) ?? Number.NaN;
    this.#lastId = numberOf('lastTradeId');
    this.#lastMs = numberOf('lastTradeMs');
    this.#uncoveredId = numberOf('uncoveredId');
  }
}
