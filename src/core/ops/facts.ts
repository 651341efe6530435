/** What the operations core is told, as plain rows that it declares itself, so that it needs none of the rooms that count. Types only. */

export type Transport = 'rest' | 'websocket';

/**
 * How one call to a provider ended.
 *
 * - `ok`: answered as it should
 * - `failed`: no answer: refused, reset, no such host
 * - `timeout`: no answer in time
 * - `server_error`: 5xx
 * - `rate_limited`: 429; `banned`: 418 or 403, or the provider's own word for it
 * - `client_error`: another 4xx: our mistake, which says nothing about the provider's health
 * - `cancelled`: broken off by ourselves before there was an answer: no attempt that succeeded or failed
 */
export const CALL_OUTCOMES = [
  'ok',
  'failed',
  'timeout',
  'server_error',
  'rate_limited',
  'banned',
  'client_error',
  'cancelled',
] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** One API call that the shell made: a REST request, or the opening of a WebSocket. */
export interface CallFact {
  readonly provider: string;
  readonly transport: Transport;
  readonly outcome: CallOutcome;
  /** Null when there was no answer to time. */
  readonly latencyMs: number | null;
  /** What it cost by our own table; 1 when the provider does not weigh. */
  readonly weight: number;
  /**
   * What the server said it has counted; null when it said nothing. `windowMs`: how long its current window is (Binance's
   * `X-MBX-USED-WEIGHT-1M`: a minute); null: it has none, but a counter that decays (Kraken).
   */
  readonly serverWeight: { readonly used: number; readonly windowMs: number | null } | null;
  /** From `Retry-After` or the provider's own field; null when it gave none. */
  readonly retryAfterMs: number | null;
  /** When the call ended, ms since the epoch. Facts come in time order. */
  readonly timeMs: number;
}

/** One look into our REST cache. A hit is not a call. */
export interface CacheFact {
  readonly isHit: boolean;
  readonly timeMs: number;
}

/** What the shell measured of the machine and of itself. Null: it could not tell. */
export interface HostFact {
  /** Shares from 0 to 1. */
  readonly cpuRatio: number | null;
  readonly memoryUsedRatio: number | null;
  readonly diskUsedRatio: number | null;
  readonly rssBytes: number | null;
  readonly diskFreeBytes: number | null;
  /** The longest the event loop was late since the previous fact. */
  readonly eventLoopLagMs: number | null;
  /** Receive to processed, percentiles of the shell's own window. */
  readonly lagMsP50: number | null;
  readonly lagMsP95: number | null;
  readonly lagMsP99: number | null;
  /** How far the wall clock jumped against the monotonic one since the previous fact. */
  readonly wallClockStepMs: number | null;
  readonly auditChain: 'ok' | 'broken' | 'unknown';
  /** Of `scan --record`: `off` is not asked for; `stopped`: it was, and the disk refused. Absent: not told (journals of before). */
  readonly recording?: 'on' | 'off' | 'stopped';
  /** Tokens presented in the last 24 h, and how many of them were refused. */
  readonly authAttempts24h: number | null;
  readonly authRefusals24h: number | null;
  readonly timeMs: number;
}

/** One venue as its feed stands now. Null: not known. Counts are totals since the start of the run. */
export interface VenueFact {
  readonly venue: string;
  readonly provider: string;
  /** Live share of the time that its books were watched within `uptime_window_seconds`, 0 to 1. */
  readonly uptimeRatio: number | null;
  /** Event time to receive time, of the newest event. */
  readonly latencyMs: number | null;
  /** Median over its live books: USD within the configured distance of the mid, the thinner side. */
  readonly depthUsd: number | null;
  readonly spreadBps: number | null;
  readonly books: number;
  readonly liveBooks: number;
  readonly messages: number;
  readonly gaps: number;
  /** Of the gaps, those that a lost connection opened: the feed connects anew by itself. */
  readonly disconnectGaps: number;
  /** Frames that could not be read. */
  readonly badFrames: number;
  /** Receive time of its last message, ms since the epoch. */
  readonly lastMessageMs: number | null;
  /** Exchange clock minus ours. */
  readonly clockSkewMs: number | null;
}

/** One signal's returns, oldest first, one a period; all series end at the same period. */
export interface SignalSeries {
  readonly symbol: string;
  /** Strongest first decides who is compared. */
  readonly score: number;
  readonly returns: readonly number[];
}

/** Alerts that fire now, by priority; null while no alert machine runs. */
export interface AlertFact {
  readonly activeP1: number;
}
