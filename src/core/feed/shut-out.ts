/** What one side of a venue (a host of sockets, a pool of REST weight) makes of being refused. Asks for nothing itself. */

import { SECOND_MS } from '../base/time.ts';
import { MAX_RETRY_AFTER_MS } from '../ops/breakers/breaker.ts';
import type { CallOutcome } from '../ops/facts.ts';

/** Bybit's ten minutes, and Kraken's; Binance's least is two. For configs of before `limits.ban_seconds`. */
const BAN_SECONDS = 600;

/** Not before `untilMs`, ms since the epoch; `outcome`: how it was refused, null where a journal of before did not keep it. */
export interface ShutOut {
  readonly untilMs: number;
  readonly outcome: CallOutcome | null;
}

/** Plain JSON. `refusedAs` is absent where an older version saved it. */
export type SavedShutOut = { blockedUntilMs: number | null; refusedAs?: CallOutcome | null };

/** What is known of one refusal. */
export interface Refused {
  readonly outcome: CallOutcome;
  /** The server's own word; believed up to the longest ban that is known of. */
  readonly retryAfterMs: number | null;
}

/**
 * How long a refusal keeps us away: as long as the server says, else by what it did.
 *
 * @param windowEndMs - when the limit that a `rate_limited` is about has forgotten what we did
 * @param banSeconds - config `limits.ban_seconds`; undefined: of an older version
 * @returns null: it asks for nothing but patience, and the ordinary backoff is that
 */
export function shutOutOf(
  { outcome, retryAfterMs }: Refused,
  windowEndMs: number,
  banSeconds: number | undefined,
  nowMs: number,
): ShutOut | null {
  if (retryAfterMs !== null) return { untilMs: nowMs + Math.min(retryAfterMs, MAX_RETRY_AFTER_MS), outcome };
  if (outcome === 'banned') return { untilMs: nowMs + (banSeconds ?? BAN_SECONDS) * SECOND_MS, outcome };
  return outcome === 'rate_limited' ? { untilMs: windowEndMs, outcome } : null;
}

/** The one that lasts longer. */
export function longerOf(known: ShutOut | null, next: ShutOut | null): ShutOut | null {
  if (known === null || next === null) return known ?? next;
  return next.untilMs > known.untilMs ? next : known;
}

export function savedShutOut(shutOut: ShutOut | null): SavedShutOut {
  return { blockedUntilMs: shutOut?.untilMs ?? null, refusedAs: shutOut?.outcome ?? null };
}

export function restoredShutOut({ blockedUntilMs, refusedAs = null }: SavedShutOut): ShutOut | null {
  return blockedUntilMs === null ? null : { untilMs: blockedUntilMs, outcome: refusedAs };
}
