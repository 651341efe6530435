/** Reads the `Retry-After` header of HTTP (RFC 9110, 10.2.3). Waits for nothing. */

/**
 * How long to wait by it.
 *
 * @param text - seconds, or an HTTP date; undefined: there was none
 * @param nowMs - wall clock, which a date is compared with
 * @returns ms, >= 0; null: none, or not readable
 */
export function retryAfterMs(text: string | undefined, nowMs: number): number | null {
  if (text === undefined) return null;
  if (/^\s*\d{1,9}(\.\d+)?\s*$/.test(text)) return Math.round(Number(text) * 1000);
  // Only what looks like a date: `Date.parse` makes one of nearly anything.
  const dateMs = /^\s*[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(dateMs) ? null : Math.max(0, dateMs - nowMs);
}
