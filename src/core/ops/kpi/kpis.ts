/** The figures of the operations status, over sliding windows that end now. Judges nothing and makes up no figure: what nobody told is null. */

import { HOUR_MS, SECOND_MS } from '../../base/time.ts';
import type { AlertFact, CacheFact, CallFact, HostFact, VenueFact } from '../facts.ts';
import type { OpsConfig } from '../ops-config.ts';
import type { StatusRow } from '../status.ts';
import type { IdleVenue } from './idle-venue.ts';
import { type KpiValues, kpiRows } from './kpi-rows.ts';
import { RollingCounter, type SavedCounter } from './rolling-counter.ts';
import { judgeVenue, MAX_VENUE_AGE_MS, type VenueVerdict } from './venue-verdict.ts';

/** Plain JSON. */
export type SavedKpis = {
  startMs: number;
  counters: { [name in CounterName]: SavedCounter };
  venues: VenueFact[];
  idle: IdleVenue[];
  venuesMs: number | null;
  totals: { [venue: string]: VenueTotals };
  host: HostFact | null;
  alerts: AlertFact | null;
};

type CounterName = 'requests' | 'requestFailures' | 'calls' | 'failures' | 'lookups' | 'hits' | 'messages' | 'gaps';
type VenueTotals = { messages: number; gaps: number };

/** Told facts in time order, asked at any time. Each fact costs O(1), facts of venues O(venues). */
export class Kpis {
  readonly #config: OpsConfig;
  readonly #counters: Readonly<Record<CounterName, RollingCounter>>;
  #startMs: number;
  #venues: readonly VenueFact[] = [];
  #idle: readonly IdleVenue[] = [];
  #venuesMs: number | null = null;
  #totals = new Map<string, VenueTotals>();
  #host: HostFact | null = null;
  #alerts: AlertFact | null = null;

  /** @param startMs - from when on calls and messages are told, ms since the epoch */
  constructor(config: OpsConfig, startMs: number) {
    const { requestsPerMin, errorRate, cacheHitRate, messageRateSeconds, gapsSeconds } = config.kpi.windows;
    const over = (seconds: number) => new RollingCounter(seconds * SECOND_MS, startMs);
    this.#config = config;
    this.#startMs = startMs;
    this.#counters = {
      requests: over(requestsPerMin),
      requestFailures: over(requestsPerMin),
      calls: over(errorRate),
      failures: over(errorRate),
      lookups: over(cacheHitRate),
      hits: over(cacheHitRate),
      messages: over(messageRateSeconds),
      gaps: over(gapsSeconds),
    };
  }

  onCall({ outcome, timeMs }: CallFact): void {
    if (outcome === 'cancelled') return;
    const { requests, requestFailures, calls, failures } = this.#counters;
    calls.add(timeMs);
    if (outcome === 'ok') {
      requests.add(timeMs);
    } else {
      requestFailures.add(timeMs);
      failures.add(timeMs);
    }
  }

  onCache({ isHit, timeMs }: CacheFact): void {
    this.#counters.lookups.add(timeMs);
    if (isHit) this.#counters.hits.add(timeMs);
  }

  onHost(host: HostFact): void {
    this.#host = host;
  }

  /**
   * @param venues - all that are judged; who is missing is no longer. Counts are totals since the start of the run
   * @param idle - those that are not judged, on purpose
   */
  onVenues(venues: readonly VenueFact[], timeMs: number, idle: readonly IdleVenue[] = []): void {
    for (const { venue, messages, gaps } of venues) {
      const before = this.#totals.get(venue);
      this.#counters.messages.add(timeMs, grownBy(messages, before?.messages ?? 0));
      this.#counters.gaps.add(timeMs, grownBy(gaps, before?.gaps ?? 0));
      this.#totals.set(venue, { messages, gaps });
    }
    if (this.#venues.length === 0 && this.#idle.length > 0 && venues.length > 0) this.#watchAnew(timeMs);
    this.#venues = venues;
    this.#idle = idle;
    this.#venuesMs = timeMs;
  }

  /** What these venues have counted so far is never counted here: they are not judged. */
  rest(venues: readonly VenueFact[]): void {
    for (const { venue, messages, gaps } of venues) this.#totals.set(venue, { messages, gaps });
  }

  /** @param alerts - null: no alert machine runs */
  onAlerts(alerts: AlertFact | null): void {
    this.#alerts = alerts;
  }

  values(nowMs: number): KpiValues {
    const { requests, requestFailures, lookups, hits } = this.#counters;
    const calls = this.#counters.calls.total(nowMs);
    const failures = this.#counters.failures.total(nowMs);
    const succeeded = requests.total(nowMs);
    const isIdle = succeeded + requestFailures.total(nowMs) === 0;
    const host = this.#freshHost(nowMs);
    return {
      requestsPerMinute: isIdle ? null : (succeeded * 60) / this.#config.kpi.windows.requestsPerMin,
      calls,
      failures,
      errorRatePercent: percentage(failures, calls),
      cacheHitRatePercent: percentage(hits.total(nowMs), lookups.total(nowMs)),
      venues: this.#verdicts(nowMs),
      idleVenues: this.#idle,
      messageRatePerSecond: this.#messageRate(nowMs),
      lagMsP50: host?.lagMsP50 ?? null,
      lagMsP95: host?.lagMsP95 ?? null,
      lagMsP99: host?.lagMsP99 ?? null,
      gapsPerHour: this.#gapRate(nowMs),
      activeP1Alerts: this.#alerts?.activeP1 ?? null,
    };
  }

  /** @param openBreakers - null: nobody knows */
  rows(nowMs: number, openBreakers: number | null): StatusRow[] {
    return kpiRows(this.values(nowMs), openBreakers, this.#config.kpi);
  }

  save(): SavedKpis {
    const counters = Object.entries(this.#counters).map(([name, counter]) => [name, counter.save()]);
    return {
      startMs: this.#startMs,
      counters: Object.fromEntries(counters),
      venues: [...this.#venues],
      idle: [...this.#idle],
      venuesMs: this.#venuesMs,
      totals: Object.fromEntries(this.#totals),
      host: this.#host,
      alerts: this.#alerts,
    };
  }

  restore(saved: SavedKpis): void {
    this.#startMs = saved.startMs;
    for (const [name, counter] of Object.entries(this.#counters)) counter.restore(saved.counters[name as CounterName]);
    this.#venues = saved.venues;
    this.#idle = saved.idle;
    this.#venuesMs = saved.venuesMs;
    this.#totals = new Map(Object.entries(saved.totals));
    this.#host = saved.host;
    this.#alerts = saved.alerts;
  }

  #verdicts(nowMs: number): VenueVerdict[] | null {
    const factMs = this.#venuesMs;
    if (factMs === null || this.#venues.length === 0) return null;
    return this.#venues.map((fact) => judgeVenue(fact, factMs, nowMs, this.#config.guards.venueHealth));
  }

  /** While all venues were off there was nothing to hear: it does not lower the rate afterwards. */
  #watchAnew(nowMs: number): void {
    const windowMs = this.#config.kpi.windows.messageRateSeconds * SECOND_MS;
    this.#counters.messages.restore(new RollingCounter(windowMs, nowMs).save());
    this.#startMs = nowMs;
  }

  /** Over the part of the window that this run has seen, so that a start does not look like silence. */
  #messageRate(nowMs: number): number | null {
    const windowMs = this.#config.kpi.windows.messageRateSeconds * SECOND_MS;
    const watchedMs = Math.min(windowMs, nowMs - this.#startMs);
    if (!this.#isWatched(nowMs, windowMs) || watchedMs < SECOND_MS) return null;
    return (this.#counters.messages.total(nowMs) * SECOND_MS) / watchedMs;
  }

  /** Over the whole window: one gap in the first minute is one gap an hour, not sixty. */
  #gapRate(nowMs: number): number | null {
    const windowMs = this.#config.kpi.windows.gapsSeconds * SECOND_MS;
    if (!this.#isWatched(nowMs, windowMs)) return null;
    return (this.#counters.gaps.total(nowMs) * HOUR_MS) / windowMs;
  }

  /** Whether somebody told of the venues lately; if not, no new message is not the same as no message. */
  #isWatched(nowMs: number, windowMs: number): boolean {
    if (this.#venuesMs === null || this.#venues.length === 0) return false;
    return nowMs - this.#venuesMs <= Math.min(windowMs, MAX_VENUE_AGE_MS);
  }

  #freshHost(nowMs: number): HostFact | null {
    const maxAgeMs = this.#config.health.statusStaleSeconds * SECOND_MS;
    return this.#host !== null && nowMs - this.#host.timeMs <= maxAgeMs ? this.#host : null;
  }
}

/** What a total gained; one that shrank began anew, from zero. */
function grownBy(total: number, before: number): number {
  return total >= before ? total - before : total;
}

function percentage(part: number, whole: number): number | null {
  return whole === 0 ? null : (part * 100) / whole;
}
