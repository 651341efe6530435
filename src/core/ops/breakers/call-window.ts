/** The calls of a breaker's window and how many failed, as a value. Keeps buckets, not calls, so its size has a bound. */

/** A tenth of the window (as opossum cuts it): a call counts for the window, and up to one bucket less. */
export const WINDOW_BUCKETS = 10;

export interface CallBucket {
  /** Number of the bucket: its time divided by the bucket's length, rounded down. */
  readonly index: number;
  readonly calls: number;
  readonly failures: number;
}

/** Oldest first, at most `WINDOW_BUCKETS`; buckets without a call are left out. */
export type CallWindow = readonly CallBucket[];

export const EMPTY_WINDOW: CallWindow = [];

/** The window after one more call; what has left the window is dropped. */
export function withCall(window: CallWindow, timeMs: number, isFailure: boolean, windowMs: number): CallWindow {
  const newest = window.at(-1);
  // Time that ran backwards counts in the newest bucket.
  const index = Math.max(Math.floor((timeMs * WINDOW_BUCKETS) / windowMs), newest?.index ?? Number.NEGATIVE_INFINITY);
  const kept = window.filter((bucket) => bucket.index > index - WINDOW_BUCKETS && bucket.index < index);
  const current = newest?.index === index ? newest : { index, calls: 0, failures: 0 };
  return [...kept, { index, calls: current.calls + 1, failures: current.failures + (isFailure ? 1 : 0) }];
}

/** What of a window still counts now. `ratio` is 0 for no calls. */
export function failureRatio(
  window: CallWindow,
  nowMs: number,
  windowMs: number,
): { calls: number; failures: number; ratio: number } {
  const oldest = Math.floor((nowMs * WINDOW_BUCKETS) / windowMs) - WINDOW_BUCKETS;
  let calls = 0;
  let failures = 0;
  for (const bucket of window) {
    if (bucket.index <= oldest) continue;
    calls += bucket.calls;
    failures += bucket.failures;
  }
  return { calls, failures, ratio: calls === 0 ? 0 : failures / calls };
}
