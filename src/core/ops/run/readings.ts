/** The figures of a run that operational alerts are judged by, one number a series. Measures and judges nothing itself. */

import { SECOND_MS } from '../../base/time.ts';
import type { Breakers } from '../breakers/breakers.ts';
import type { VenueFact } from '../facts.ts';
import type { GuardResult } from '../guards/guard.ts';
import type { StatusGrade } from '../status.ts';
import { dataSilentMs, freshHost, type Measured } from './measures.ts';

/** Of fewer calls one failure says nothing; the breakers ask for as many. */
const MIN_CALLS = 10;

/**
 * What operational alerts may name as their `metric`. Ratios are 0 to 1; `guard_level` is 0 OK, 1 WARN, 2 CRITICAL, 3 BLOCK;
 * `gaps_per_hour` is without those of lost connections, which `disconnects_per_5min` counts once a connection and not once a book.
 */
export const OPS_SERIES = [
  'error_rate_ratio',
  'errors_per_minute',
  'guard_level',
  'breaker_open',
  'host_cpu_ratio',
  'host_memory_ratio',
  'host_disk_free_bytes',
  'event_loop_lag_ms',
  'p95_latency_ms',
  'rest_response_ms',
  'health_score',
  'kill_switch_engaged',
  'audit_chain_broken',
  'recording_stopped',
  'exchange_latency_ms',
  'data_lag_seconds',
  'component_silent_seconds',
  'message_rate_per_second',
  'gaps_per_hour',
  'disconnects_per_5min',
] as const;
export type OpsSeries = (typeof OPS_SERIES)[number];

/** `venue` and `component` (a guard, a breaker, `market_data`) are null where the figure is the whole run's; null value: not known. */
export interface OpsReading {
  readonly series: OpsSeries;
  readonly venue: string | null;
  readonly component: string | null;
  readonly value: number | null;
}

/** As of now, in the order of `OPS_SERIES`, then as the parts are ordered. Disconnects are counted by who sees the sockets. */
export function opsReadings(
  measured: Measured,
  breakers: Breakers,
  healthScore: number | null,
  nowMs: number,
): OpsReading[] {
  const host = freshHost(measured, nowMs);
  const kpis = measured.kpis.values(nowMs);
  const { counts, venues } = measured;
  return [
    whole(
      'error_rate_ratio',
      kpis.calls < MIN_CALLS || kpis.errorRatePercent === null ? null : kpis.errorRatePercent / 100,
    ),
    whole('errors_per_minute', counts.errorsPerMinute(nowMs)),
    ...measured.guards.evaluate(nowMs).map(guardReading),
    ...breakers.names.map((name) => breakerReading(breakers, name, nowMs)),
    whole('host_cpu_ratio', host?.cpuRatio ?? null),
    whole('host_memory_ratio', host?.memoryUsedRatio ?? null),
    whole('host_disk_free_bytes', host?.diskFreeBytes ?? null),
    whole('event_loop_lag_ms', host?.eventLoopLagMs ?? null),
    whole('p95_latency_ms', host?.lagMsP95 ?? null),
    whole('rest_response_ms', counts.restResponseMs(nowMs)),
    whole('health_score', healthScore),
    whole('kill_switch_engaged', measured.killLevel === null ? 0 : 1),
    whole(
      'audit_chain_broken',
      host === null || host.auditChain === 'unknown' ? null : Number(host.auditChain === 'broken'),
    ),
    whole('recording_stopped', host?.recording === undefined ? null : Number(host.recording === 'stopped')),
    whole('message_rate_per_second', kpis.messageRatePerSecond),
    whole('gaps_per_hour', counts.faultGapsPerHour(nowMs)),
    silentReading('market_data', null, dataSilentMs(venues, nowMs)),
    ...venues.flatMap((venue) => venueReadings(venue, nowMs)),
  ];
}

function whole(series: OpsSeries, value: number | null): OpsReading {
  return { series, venue: null, component: null, value };
}

const GUARD_LEVELS: Readonly<Record<StatusGrade, number | null>> = {
  OK: 0,
  WARN: 1,
  CRITICAL: 2,
  BLOCK: 3,
  'NO DATA': null,
};

function guardReading({ name, status }: GuardResult): OpsReading {
  return { series: 'guard_level', venue: null, component: name, value: status === null ? 0 : GUARD_LEVELS[status] };
}

function breakerReading(breakers: Breakers, name: string, nowMs: number): OpsReading {
  const kind = breakers.stateOf(name, nowMs)?.kind;
  // Isolated by an operator is on purpose.
  return { series: 'breaker_open', venue: null, component: name, value: kind === 'open' ? 1 : 0 };
}

/** A venue that is off on purpose is not among those that are judged, and so has no readings: its alerts end when it is closed. */
function venueReadings({ venue, latencyMs, lastMessageMs }: VenueFact, nowMs: number): OpsReading[] {
  const silentMs = lastMessageMs === null ? null : Math.max(0, nowMs - lastMessageMs);
  return [
    { series: 'exchange_latency_ms', venue, component: null, value: latencyMs },
    { series: 'data_lag_seconds', venue, component: null, value: silentMs === null ? null : silentMs / SECOND_MS },
    silentReading(null, venue, silentMs),
  ];
}

function silentReading(component: string | null, venue: string | null, silentMs: number | null): OpsReading {
  const value = silentMs === null ? null : silentMs / SECOND_MS;
  return { series: 'component_silent_seconds', venue, component, value };
}
