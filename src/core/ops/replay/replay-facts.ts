/** What a replay tells the status, as plain rows, so that ops needs none of the rooms that counted them. Judges nothing. */

export interface ReplayFacts {
  /** Of the recording, not of our clock: ms since the epoch; null when it held no message. */
  readonly firstReceiveMs: number | null;
  readonly lastReceiveMs: number | null;
  readonly messages: number;
  readonly venues: readonly VenueFacts[];
  readonly instruments: readonly InstrumentFacts[];
  /** REST replies found in the recording, one entry a provider; empty when it has no REST connection. */
  readonly restRequests: readonly RestFacts[];
}

export interface VenueFacts {
  readonly venue: string;
  /** The exchange whose API it is: `binance` of `binance_usdm`. */
  readonly provider: string;
  /** Exchange time minus receive time, the largest of the last 60 s: the clock skew; null when no event had a time. */
  readonly offsetMs: number | null;
  /** Exchange time of its last event; null when none had a time. */
  readonly lastEventMs: number | null;
  readonly malformed: number;
  readonly unknown: number;
}

export type BookState = 'empty' | 'buffering' | 'syncing' | 'live' | 'polled' | 'stale';

export interface InstrumentFacts {
  readonly venue: string;
  readonly symbol: string;
  readonly frames: number;
  readonly trades: number;
  readonly bbo: number;
  readonly depthUpdates: number;
  readonly depthSnapshots: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly checksumOk: number;
  readonly checksumBad: number;
  readonly bars: number;
  /** Null unless the book is live and has both sides. */
  readonly mid: number | null;
  readonly spreadBps: number | null;
  readonly bookState: BookState;
  /** Receive time since its first depth message, ms, and how much of it the book was live; null when nobody measured. */
  readonly coveredMs: number | null;
  readonly liveMs: number | null;
  /** USD resting within the configured distance of the mid, the thinner side; null when unknown or not quoted in USD. */
  readonly depthUsd: number | null;
}

export interface RestFacts {
  readonly provider: string;
  /** Receive times, ms since the epoch, in any order. */
  readonly timesMs: readonly number[];
}

/** True for an instrument that the recording has depth messages of: only those have a book to judge. */
export function hasBook(facts: InstrumentFacts): boolean {
  return facts.bookState !== 'empty' || facts.depthUpdates + facts.depthSnapshots > 0;
}
