/** What the parts of a run measured, put together for the health grade and for the triggers. Judges nothing. */

import { SECOND_MS } from '../../base/time.ts';
import type { HostFact, VenueFact } from '../facts.ts';
import type { Guards } from '../guards/guards.ts';
import type { GradeState } from '../health/grade.ts';
import type { HealthInput } from '../health/health-input.ts';
import { clockErrorMs, type TriggerFacts } from '../kill-switch/trigger-facts.ts';
import type { IdleVenue } from '../kpi/idle-venue.ts';
import type { Kpis } from '../kpi/kpis.ts';
import type { KillLevel, OpsConfig } from '../ops-config.ts';
import type { MachineReadings } from './machine-readings.ts';
import type { RunCounts } from './run-counts.ts';

/** The parts that measure, and what they were told last. */
export interface Measured {
  readonly config: OpsConfig;
  readonly kpis: Kpis;
  readonly guards: Guards;
  readonly counts: RunCounts;
  readonly machine: MachineReadings;
  /** Those that are judged. */
  readonly venues: readonly VenueFact[];
  readonly idle: readonly IdleVenue[];
  readonly isReady: boolean;
  readonly killLevel: KillLevel | null;
}

export function healthInput(measured: Measured, nowMs: number): HealthInput {
  const { kpis, counts, venues } = measured;
  const host = freshHost(measured, nowMs);
  const { errorRatePercent, venues: verdicts } = kpis.values(nowMs);
  const hasVenues = venues.length > 0;
  const uptime = meanOf(venues.map((venue) => venue.uptimeRatio));
  return {
    isDataOff: !hasVenues && measured.idle.length > 0,
    apiUptimePercent: uptime === null ? null : uptime * 100,
    dataLagMs: dataSilentMs(venues, nowMs),
    liveBooks: hasVenues ? sumOf(venues, (venue) => venue.liveBooks) : null,
    books: hasVenues ? sumOf(venues, (venue) => venue.books) : null,
    dataDriftRatio: null,
    cpuRatio: host?.cpuRatio ?? null,
    memoryUsedRatio: host?.memoryUsedRatio ?? null,
    diskUsedRatio: host?.diskUsedRatio ?? null,
    processingLagMsP95: host?.lagMsP95 ?? null,
    eventLoopLagMs: host?.eventLoopLagMs ?? null,
    restResponseMs: counts.restResponseMs(nowMs),
    feedLatencyMs: medianOf(venues.map((venue) => venue.latencyMs)),
    callErrorPercent: errorRatePercent,
    badFramePercent: counts.badFramePercent(nowMs),
    rateLimitUsagePercent: fullestBudget(measured.guards, nowMs),
    authAttempts24h: host?.authAttempts24h ?? null,
    authRefusals24h: host?.authRefusals24h ?? null,
    rateLimitViolations24h: counts.rateLimitViolations24h(nowMs),
    predictionAccuracyRatio: null,
    predictionConfidenceRatio: null,
    modelDriftRatio: null,
    executionSuccessRatio: null,
    slippageBps: null,
    riskViolations24h: null,
    errorsPerHour: counts.errorsPerHour(nowMs),
    criticalErrors24h: counts.criticalErrors24h(nowMs),
    enabledVenues: verdicts?.length ?? null,
    healthyVenues: verdicts === null ? null : verdicts.filter((verdict) => verdict.kind === 'healthy').length,
  };
}

export function triggerFacts(measured: Measured, grade: GradeState, nowMs: number): TriggerFacts {
  const host = freshHost(measured, nowMs);
  const skews = measured.venues.map((venue) => venue.clockSkewMs);
  return {
    isReady: measured.isReady,
    killLevel: measured.killLevel,
    grade: grade.kind === 'graded' ? grade.assessment.grade : null,
    dataSilentMs: dataSilentMs(measured.venues, nowMs),
    criticalErrorsPerMinute: measured.counts.criticalErrorsPerMinute(nowMs),
    memoryUsedRatio: host?.memoryUsedRatio ?? null,
    diskFreeBytes: host?.diskFreeBytes ?? null,
    eventLoopLagMs: measured.machine.longestStallMs ?? host?.eventLoopLagMs ?? null,
    clockSkewMs: clockErrorMs(measured.machine.wallClockOffsetMs, skews),
    auditChain: host?.auditChain ?? 'unknown',
  };
}

/** Since any venue said anything; null: none ever did. */
export function dataSilentMs(venues: readonly VenueFact[], nowMs: number): number | null {
  const heard = venues.map((venue) => venue.lastMessageMs).filter((ms) => ms !== null);
  return heard.length === 0 ? null : Math.max(0, nowMs - Math.max(...heard));
}

/** A reading of the machine that is too old says nothing of now. */
export function freshHost({ machine: { host }, config }: Measured, nowMs: number): HostFact | null {
  return host !== null && nowMs - host.timeMs <= config.health.statusStaleSeconds * SECOND_MS ? host : null;
}

/** Figures beside the limits that they fill, as the guards' metadata names them. Bursts are left out: ten seconds are no trend. */
const FILLED: readonly (readonly [figure: string, limit: string])[] = [
  ['current_calls', 'hourly_limit'],
  ['calls_per_minute', 'minute_limit'],
  ['calls_this_hour', 'calls_this_hour_limit'],
  ['weight', 'weight_limit'],
  ['counter', 'counter_limit'],
];

/** In percent, from 0; null: no budget and no quota is enabled. */
function fullestBudget(guards: Guards, nowMs: number): number | null {
  let fullest: number | null = null;
  for (const { metadata } of guards.evaluate(nowMs)) {
    for (const [figure, limit] of FILLED) {
      const value = metadata[figure];
      const most = metadata[limit];
      if (typeof value !== 'number' || typeof most !== 'number' || most <= 0) continue;
      fullest = Math.max(fullest ?? 0, (100 * value) / most);
    }
  }
  return fullest;
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  if (known.length === 0) return null;
  const middle = known.length >> 1;
  return known.length % 2 === 1 ? known[middle]! : (known[middle - 1]! + known[middle]!) / 2;
}

function sumOf<T>(items: readonly T[], count: (item: T) => number): number {
  return items.reduce((sum, item) => sum + count(item), 0);
}
