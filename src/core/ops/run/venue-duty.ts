/** Which venues are to be judged: all but those that operators, mode or kill switch keep closed. Judges none itself. */

import { SECOND_MS } from '../../base/time.ts';
import type { VenueFact } from '../facts.ts';
import type { IdleVenue } from '../kpi/idle-venue.ts';

/**
 * How a venue stands whose sockets were closed on purpose in this run; of every other nothing is kept.
 *
 * - `off`: kept closed. Leads to `starting`.
 * - `starting`: may listen again. Leads to `renewed` once all its books are live, or when its time to get there is over.
 * - `renewed`: judged like any other, by what it did since. Forgotten when nothing older is in the window of the uptime.
 */
type Duty =
  | { readonly kind: 'off'; readonly reason: string }
  | { readonly kind: 'starting'; readonly onMs: number }
  | Renewed;

interface Renewed {
  readonly kind: 'renewed';
  readonly onMs: number;
  /** Since when its uptime counts, as of when, and of how many book milliseconds how many were live. */
  readonly sinceMs: number;
  readonly toldMs: number;
  readonly coveredMs: number;
  readonly liveMs: number;
}

/** Plain JSON. */
export type SavedDuty = { duties: { [venue: string]: Duty }; judged: VenueFact[]; idle: IdleFact[] };

/** What an idle venue says of itself goes on being counted from, so that nothing of its rest is counted later. */
interface IdleFact extends IdleVenue {
  readonly fact: VenueFact;
}

export class VenueDuty {
  readonly #graceMs: number;
  readonly #windowMs: number;
  #duties = new Map<string, Duty>();
  #judged: readonly VenueFact[] = [];
  #idle: readonly IdleFact[] = [];

  /**
   * @param graceSeconds - how long a venue that was switched on may take before it counts as down
   * @param windowSeconds - of the uptime
   */
  constructor(graceSeconds: number, windowSeconds: number) {
    this.#graceMs = graceSeconds * SECOND_MS;
    this.#windowMs = windowSeconds * SECOND_MS;
  }

  /** Those to be judged, by what they did since they were last switched on. */
  get judged(): readonly VenueFact[] {
    return this.#judged;
  }

  /** Those that are not, and why. */
  get idle(): readonly IdleVenue[] {
    return this.#idle;
  }

  get idleFacts(): readonly VenueFact[] {
    return this.#idle.map(({ fact }) => fact);
  }

  /** How a venue's figures count, with what it truly said last: to be shown. */
  shown(told: VenueFact): VenueFact {
    const judged = this.#judged.find(({ venue }) => venue === told.venue);
    return judged === undefined ? told : { ...judged, lastMessageMs: told.lastMessageMs };
  }

  /**
   * @param venues - all that are watched, as told
   * @param reasonOff - why a venue is kept closed; null: it is not
   */
  onVenues(venues: readonly VenueFact[], reasonOff: (venue: VenueFact) => string | null, nowMs: number): void {
    const judged: VenueFact[] = [];
    const idle: IdleFact[] = [];
    for (const fact of venues) {
      const duty = this.#next(fact, reasonOff(fact), nowMs);
      if (duty === null) this.#duties.delete(fact.venue);
      else this.#duties.set(fact.venue, duty);
      if (duty === null) judged.push(fact);
      else if (duty.kind === 'renewed') judged.push(asRenewed(fact, duty));
      else idle.push({ venue: fact.venue, kind: duty.kind, reason: reasonOf(duty), fact });
    }
    this.#judged = judged;
    this.#idle = idle;
  }

  save(): SavedDuty {
    return { duties: Object.fromEntries(this.#duties), judged: [...this.#judged], idle: [...this.#idle] };
  }

  restore({ duties, judged, idle }: SavedDuty): void {
    this.#duties = new Map(Object.entries(duties));
    this.#judged = judged;
    this.#idle = idle;
  }

  #next(fact: VenueFact, reason: string | null, nowMs: number): Duty | null {
    const before = this.#duties.get(fact.venue) ?? null;
    if (reason !== null) return { kind: 'off', reason };
    switch (before?.kind) {
      case 'off':
        return { kind: 'starting', onMs: nowMs };
      case 'starting': {
        const { onMs } = before;
        if (!hasDelivered(fact, onMs) && nowMs - onMs < this.#graceMs) return before;
        return { kind: 'renewed', onMs, sinceMs: nowMs, toldMs: nowMs, coveredMs: 0, liveMs: 0 };
      }
      case 'renewed':
        return nowMs - before.sinceMs >= this.#windowMs ? null : countedOn(before, fact, nowMs);
      default:
        return null;
    }
  }
}

function hasDelivered({ books, liveBooks, lastMessageMs }: VenueFact, onMs: number): boolean {
  return books > 0 && liveBooks === books && lastMessageMs !== null && lastMessageMs >= onMs;
}

/** The time since the last fact counts as its books stand now. */
function countedOn(duty: Renewed, { books, liveBooks }: VenueFact, nowMs: number): Renewed {
  const afterMs = nowMs - duty.toldMs;
  const coveredMs = duty.coveredMs + afterMs * books;
  return { ...duty, toldMs: nowMs, coveredMs, liveMs: duty.liveMs + afterMs * liveBooks };
}

/** The rest is no silence and no downtime: both count from when it was switched on. */
function asRenewed(fact: VenueFact, { onMs, coveredMs, liveMs }: Renewed): VenueFact {
  const { books, liveBooks, lastMessageMs } = fact;
  const now = books === 0 ? null : liveBooks / books;
  const uptimeRatio = coveredMs > 0 ? liveMs / coveredMs : now;
  return { ...fact, uptimeRatio, lastMessageMs: Math.max(lastMessageMs ?? onMs, onMs) };
}

function reasonOf(duty: Exclude<Duty, Renewed>): string {
  return duty.kind === 'off' ? duty.reason : 'switched on, and not all of its books are live yet';
}
