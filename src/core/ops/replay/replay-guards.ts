/** The guard rows of a replay: the venues judged, REST replies held against budgets. Blocks nothing: a replay calls nobody. */

import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../base/time.ts';
import type { OpsConfig, QuotaConfig } from '../ops-config.ts';
import { compareText, noDataRow, type RowParts, type StatusGrade, type StatusRow, statusRow } from '../status.ts';
import type { ReplayFacts } from './replay-facts.ts';
import { countSince } from './replay-kpi.ts';
import type { VenueHealth } from './venue-health.ts';

/** The guide's burst window, and the share of a quota from which it warns. */
const BURST_WINDOW_MS = 10 * SECOND_MS;
const QUOTA_WARN_SHARE = 0.8;

/** In the guide's order: budget, each provider's quota, correlation, venue health. */
export function replayGuards(facts: ReplayFacts, venues: readonly VenueHealth[], config: OpsConfig): StatusRow[] {
  const { callQuota, correlation, venueHealth } = config.guards;
  const providers = Object.keys(callQuota.providers).sort(compareText);
  const quotas = providers.map((name) => quotaGuard(facts, name, callQuota.providers[name]!, callQuota.enabled));
  return [
    budgetGuard(facts, config),
    ...quotas,
    correlation.enabled ? noDataRow(guard('correlation'), 'no signals in a replay') : disabled('correlation'),
    venueHealth.enabled ? venueGuard(venues) : disabled('venue_health'),
  ];
}

function guard(name: string): RowParts {
  return { category: 'guard', name };
}

function disabled(name: string): StatusRow {
  return statusRow({ ...guard(name), message: 'disabled in config' });
}

/** Calls since the top of the hour in which the recording ended; a fraction of the hourly limit. */
function budgetGuard(facts: ReplayFacts, config: OpsConfig): StatusRow {
  const { enabled, hourlyLimit, softWarnPercent, hardStopPercent } = config.guards.budget;
  if (!enabled) return disabled('budget');
  if (facts.restRequests.length === 0 || facts.lastReceiveMs === null) {
    return noDataRow(guard('budget'), 'no REST replies recorded');
  }
  const hourMs = Math.floor(facts.lastReceiveMs / HOUR_MS) * HOUR_MS;
  const times = facts.restRequests.flatMap((rest) => rest.timesMs);
  const calls = times.filter((time) => time >= hourMs).length;
  // A limit of nothing is used up before the first call.
  const share = hourlyLimit > 0 ? calls / hourlyLimit : 1;
  const status = share >= hardStopPercent ? 'BLOCK' : share >= softWarnPercent ? 'WARN' : 'OK';
  const verdict = { OK: 'OK', WARN: 'warning', BLOCK: 'exceeded' }[status];
  const message = `API budget ${verdict}: ${calls}/${hourlyLimit} calls (${(share * 100).toFixed(1)}%)`;
  return statusRow({ ...guard('budget'), status, message });
}

function quotaGuard(facts: ReplayFacts, name: string, quota: QuotaConfig, isEnabled: boolean): StatusRow {
  if (!isEnabled) return disabled(name);
  const times = facts.restRequests.filter((rest) => rest.provider === name).flatMap((rest) => rest.timesMs);
  const endMs = facts.lastReceiveMs;
  if (times.length === 0 || endMs === null) return noDataRow(guard(name), `no REST replies of ${name} recorded`);
  return quotaRow(name, quota, countSince(times, endMs - BURST_WINDOW_MS), countSince(times, endMs - MINUTE_MS));
}

function quotaRow(name: string, quota: QuotaConfig, burst: number, calls: number): StatusRow {
  const { burstLimit, callsPerMinute } = quota;
  const row = (status: StatusGrade, message: string) =>
    statusRow({ ...guard(name), status, message: `Provider ${name} ${message}` });
  const rate = `${calls}/${callsPerMinute} calls/min`;
  if (burst >= burstLimit) return row('BLOCK', `burst limit exceeded: ${burst}/${burstLimit} calls in 10s`);
  if (calls >= callsPerMinute) return row('CRITICAL', `rate limit exceeded: ${rate}`);
  if (calls >= QUOTA_WARN_SHARE * callsPerMinute) return row('WARN', `rate limit warning: ${rate}`);
  return row('OK', `rate OK: ${rate}`);
}

/** Any venue that is not known to be healthy warns; when fewer than half are, it is critical. */
function venueGuard(venues: readonly VenueHealth[]): StatusRow {
  if (venues.every((one) => one.verdict === 'unknown')) {
    return noDataRow(guard('venue_health'), 'no books in this recording');
  }
  const others = venues.filter((one) => one.verdict !== 'healthy');
  const healthy = venues.length - others.length;
  const status = others.length === 0 ? 'OK' : healthy * 2 < venues.length ? 'CRITICAL' : 'WARN';
  const reasons = others.map(
    (one) => `${one.venue}: ${one.verdict === 'unknown' ? 'no books' : one.reasons.join(', ')}`,
  );
  const count = `${healthy}/${venues.length} venues healthy`;
  return statusRow({ ...guard('venue_health'), status, message: [count, ...reasons].join('; ') });
}
