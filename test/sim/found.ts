/** What a check of a recording finds, by venue and symbol. Judges nothing. */

import { NaiveBook } from './naive-book.ts';

/** What was found for one venue and symbol; the names are those of `truth.json`. */
export class Found {
  readonly channels: Record<string, number> = {};
  trades = 0;
  snapshotTrades = 0;
  bbo = 0;
  depthUpdates = 0;
  depthSnapshots = 0;
  checksumFrames = 0;
  derivativeTickers = 0;
  liquidations = 0;
  sequenceGaps = 0;
  disconnects = 0;
  /** How often the best bid and offer could be compared with the rebuilt book. */
  comparedTouches = 0;
  keepAlives = 0;
  /** Messages that name one price twice on one side. */
  doublePrices = 0;
  readonly tradeTimesMs: number[] = [];
  readonly book = new NaiveBook();
  /** `null`: not in step with the venue. */
  lastId: number | null = null;
  lastTradeId: number | null = null;

  count(channel: string): void {
    this.channels[channel] = (this.channels[channel] ?? 0) + 1;
  }
}

export interface Checked {
  readonly found: Map<string, Found>;
  messages: number;
  controlFrames: number;
}

/** The entry of one venue and symbol, made when it is first seen. */
export function at(checked: Checked, venue: string, symbol: string): Found {
  const key = `${venue} ${symbol}`;
  const found = checked.found.get(key) ?? new Found();
  checked.found.set(key, found);
  return found;
}
