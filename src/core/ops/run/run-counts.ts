/** What the health grade and the triggers count beside the KPIs: errors, bans, response times. Judges nothing. */

import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../base/time.ts';
import type { CallFact, VenueFact } from '../facts.ts';
import { RollingCounter, type SavedCounter } from '../kpi/rolling-counter.ts';

/** The newest calls whose time is known; the p95 of fewer than this many is the largest but few. */
const RESPONSES = 256;

/** Plain JSON. */
export type SavedRunCounts = {
  counters: { [name in CounterName]: SavedCounter };
  responses: [timeMs: number, latencyMs: number][];
  totals: { [venue: string]: VenueTotals };
};

type CounterName =
  | 'errors'
  | 'faultGaps'
  | 'errorsOfMinute'
  | 'criticalErrors'
  | 'criticalErrorsOfDay'
  | 'rateLimited'
  | 'messages'
  | 'badFrames';
type VenueTotals = { messages: number; faults: number; badFrames: number };

/**
 * Told facts in time order; each costs O(1), facts of venues O(venues).
 *
 * An error is a call that failed by whatever cause but our own wrong request. A critical error is one after which data is
 * missing or nobody answers us: a gap, a frame that cannot be read, a ban. The runbook counts both and defines neither.
 * Gaps of a lost connection are none: venues close connections as a matter of course, and what matters of it is told by
 * uptime, gaps per hour and data lag. Other gaps of one venue that are told at once are one error.
 */
export class RunCounts {
  readonly #counters: Readonly<Record<CounterName, RollingCounter>>;
  #responses: [timeMs: number, latencyMs: number][] = [];
  #totals = new Map<string, VenueTotals>();

  constructor(startMs: number) {
    this.#counters = {
      errors: new RollingCounter(HOUR_MS, startMs),
      errorsOfMinute: new RollingCounter(MINUTE_MS, startMs),
      faultGaps: new RollingCounter(HOUR_MS, startMs),
      criticalErrors: new RollingCounter(MINUTE_MS, startMs),
      criticalErrorsOfDay: new RollingCounter(DAY_MS, startMs, 24 * 60),
      rateLimited: new RollingCounter(DAY_MS, startMs, 24 * 60),
      messages: new RollingCounter(5 * MINUTE_MS, startMs),
      badFrames: new RollingCounter(5 * MINUTE_MS, startMs),
    };
  }

  onCall({ outcome, transport, latencyMs, timeMs }: CallFact): void {
    if (outcome === 'cancelled') return;
    const { errors, errorsOfMinute, rateLimited } = this.#counters;
    if (outcome !== 'ok' && outcome !== 'client_error') {
      errors.add(timeMs);
      errorsOfMinute.add(timeMs);
    }
    if (outcome === 'rate_limited' || outcome === 'banned') rateLimited.add(timeMs);
    if (outcome === 'banned') this.#addCritical(timeMs, 1);
    if (transport !== 'rest' || latencyMs === null) return;
    this.#responses.push([timeMs, latencyMs]);
    if (this.#responses.length > RESPONSES) this.#responses.shift();
  }

  /** What these venues have counted so far is never counted here: they are not judged. */
  rest(venues: readonly VenueFact[]): void {
    for (const fact of venues) this.#totals.set(fact.venue, totalsOf(fact));
  }

  /** @param venues - counts there are totals since the start of the run; one that shrank began anew */
  onVenues(venues: readonly VenueFact[], timeMs: number): void {
    for (const fact of venues) {
      const before = this.#totals.get(fact.venue) ?? { messages: 0, faults: 0, badFrames: 0 };
      const now = totalsOf(fact);
      const bad = grownBy(now.badFrames, before.badFrames);
      this.#counters.messages.add(timeMs, grownBy(now.messages, before.messages));
      this.#counters.badFrames.add(timeMs, bad);
      const faults = bad + Math.min(1, grownBy(now.faults, before.faults));
      this.#addCritical(timeMs, faults);
      this.#counters.faultGaps.add(timeMs, grownBy(now.faults, before.faults));
      this.#counters.errorsOfMinute.add(timeMs, faults);
      this.#totals.set(fact.venue, now);
    }
  }

  errorsPerHour(nowMs: number): number {
    return this.#counters.errors.total(nowMs);
  }

  /** Gaps that no lost connection opened. */
  faultGapsPerHour(nowMs: number): number {
    return this.#counters.faultGaps.total(nowMs);
  }

  /** Failed calls, and what `criticalErrorsPerMinute` counts. A ban is both, and counts once. */
  errorsPerMinute(nowMs: number): number {
    return this.#counters.errorsOfMinute.total(nowMs);
  }

  criticalErrorsPerMinute(nowMs: number): number {
    return this.#counters.criticalErrors.total(nowMs);
  }

  criticalErrors24h(nowMs: number): number {
    return this.#counters.criticalErrorsOfDay.total(nowMs);
  }

  /** 429 and 418 answers. */
  rateLimitViolations24h(nowMs: number): number {
    return this.#counters.rateLimited.total(nowMs);
  }

  /** Of the frames of the last five minutes; null without frames. */
  badFramePercent(nowMs: number): number | null {
    const messages = this.#counters.messages.total(nowMs);
    return messages === 0 ? null : (100 * this.#counters.badFrames.total(nowMs)) / messages;
  }

  /** P95 of the REST calls of the last five minutes, at most the newest 256; null without any. */
  restResponseMs(nowMs: number): number | null {
    const recent = this.#responses.filter(([timeMs]) => nowMs - timeMs < 5 * MINUTE_MS).map(([, latency]) => latency);
    if (recent.length === 0) return null;
    return recent.sort((a, b) => a - b)[Math.ceil(0.95 * recent.length) - 1]!;
  }

  save(): SavedRunCounts {
    const counters = Object.entries(this.#counters).map(([name, counter]) => [name, counter.save()]);
    return {
      counters: Object.fromEntries(counters),
      responses: this.#responses.map(([timeMs, latencyMs]) => [timeMs, latencyMs]),
      totals: Object.fromEntries(this.#totals),
    };
  }

  restore(saved: SavedRunCounts): void {
    for (const [name, counter] of Object.entries(this.#counters)) counter.restore(saved.counters[name as CounterName]);
    this.#responses = saved.responses.map(([timeMs, latencyMs]) => [timeMs, latencyMs]);
    this.#totals = new Map(Object.entries(saved.totals));
  }

  #addCritical(timeMs: number, count: number): void {
    this.#counters.criticalErrors.add(timeMs, count);
    this.#counters.criticalErrorsOfDay.add(timeMs, count);
  }
}

function totalsOf({ messages, gaps, disconnectGaps, badFrames }: VenueFact): VenueTotals {
  return { messages, faults: gaps - disconnectGaps, badFrames };
}

function grownBy(total: number, before: number): number {
  return total >= before ? total - before : total;
}
