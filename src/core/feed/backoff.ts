/** How long to wait before the next attempt: exponential, with full jitter, capped. Never says never. */

/** Doubling further changes nothing: every cap is reached long before. */
const MAX_DOUBLINGS = 20;

/**
 * @param failures - in a row so far, from 0
 * @param random - in [0, 1): the whole wait is drawn, so that many clients do not come back together
 * @see AWS Architecture Blog, "Exponential Backoff And Jitter" (full jitter)
 */
export function backoffMs(
  failures: number,
  { initialMs, capMs }: { readonly initialMs: number; readonly capMs: number },
  random: number,
): number {
  const most = Math.min(capMs, initialMs * (1 << Math.min(failures, MAX_DOUBLINGS)));
  return Math.round(most * random);
}
