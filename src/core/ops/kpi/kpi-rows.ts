/** The KPI figures as status rows, each with the limit that it was judged by. What has no figure is `NO DATA`, neither OK nor CRITICAL. */

import type { KpiThresholds, OpsConfig } from '../ops-config.ts';
import { gradeOf, type Limit, limitText, noDataRow, type RowParts, type StatusRow, statusRow } from '../status.ts';
import { type IdleVenue, idleText } from './idle-venue.ts';
import { percentOf, type VenueVerdict } from './venue-verdict.ts';

/** The figures that the rows are made of. Null: no data, which is neither zero nor good. */
export interface KpiValues {
  /** Calls that succeeded (the guide counts failures apart); null when there was no call at all. */
  readonly requestsPerMinute: number | null;
  /** Calls of the error window, and how many of them ended other than `ok`. */
  readonly calls: number;
  readonly failures: number;
  readonly errorRatePercent: number | null;
  readonly cacheHitRatePercent: number | null;
  /** In the order told; null when no venue is judged. */
  readonly venues: readonly VenueVerdict[] | null;
  /** Those that are not judged, on purpose. */
  readonly idleVenues: readonly IdleVenue[];
  /** All venues together. */
  readonly messageRatePerSecond: number | null;
  readonly lagMsP50: number | null;
  readonly lagMsP95: number | null;
  readonly lagMsP99: number | null;
  readonly gapsPerHour: number | null;
  readonly activeP1Alerts: number | null;
}

/** How many venues a message lists before it says how many more there are. */
const LISTED = 3;

/** In the guide's order, then ours. @param openBreakers - null: nobody knows */
export function kpiRows(values: KpiValues, openBreakers: number | null, config: OpsConfig['kpi']): StatusRow[] {
  const { windows, thresholds: limits } = config;
  return [
    requestRow(values, windows.requestsPerMin, limits),
    errorRow(values, windows.errorRate, limits),
    judged(
      {
        ...kpi('cache_hit_rate_percent', 'percent'),
        limit: limitOf('below', percentOf(limits.cacheHitRateWarn), percentOf(limits.cacheHitRateCritical)),
      },
      values.cacheHitRatePercent,
      `nobody asked the cache in the last ${windows.cacheHitRate} s`,
    ),
    judged(
      {
        ...kpi('open_breaker_count', 'count'),
        limit: limitOf('above', limits.openBreakersWarnCount, limits.openBreakersCriticalCount),
      },
      openBreakers,
      'no breakers here',
    ),
    ...venueRows(values, limits),
    ...feedRows(values, limits),
    judged(
      {
        ...kpi('active_p1_alert_count', 'count'),
        limit: limitOf('above', limits.p1AlertsWarnCount, limits.p1AlertsCriticalCount),
      },
      values.activeP1Alerts,
      'no alerts are judged here',
    ),
  ];
}

function requestRow(values: KpiValues, seconds: number, limits: KpiThresholds): StatusRow {
  const limit = limitOf('at_least', limits.requestsPerMinWarn, limits.requestsPerMinCritical);
  const note = values.requestsPerMinute === 0 ? 'no call succeeded' : '';
  const parts = { ...kpi('requests_per_minute', 'per_minute'), limit, message: note };
  return judged(parts, values.requestsPerMinute, `no calls in the last ${seconds} s`);
}

function errorRow(values: KpiValues, seconds: number, limits: KpiThresholds): StatusRow {
  const limit = limitOf('at_least', percentOf(limits.errorRateWarn), percentOf(limits.errorRateCritical));
  const note = values.failures === 0 ? '' : `${values.failures} of ${values.calls} calls failed`;
  const parts = { ...kpi('error_rate_percent', 'percent'), limit, message: note };
  return judged(parts, values.errorRatePercent, `no calls in the last ${seconds} s`);
}

/** Healthy of all that are judged, and the unhealthy ones as a count of its own; who is unknown or off is in neither, and named. */
function venueRows(values: KpiValues, limits: KpiThresholds): StatusRow[] {
  const { venues, idleVenues } = values;
  const limit = limitOf('below', limits.healthyVenuesWarnRatio, limits.healthyVenuesCriticalRatio);
  const healthy = { ...kpi('healthy_venue_count', 'count'), limit };
  const unhealthy = kpi('unhealthy_venue_count', 'count');
  const named = (kind: VenueVerdict['kind']) =>
    (venues ?? []).filter((one) => one.kind === kind).map((one) => one.venue);
  const [good, bad, unknown] = [named('healthy'), named('unhealthy'), named('unknown')];
  if (isAllIdle(values)) return [healthy, unhealthy].map((parts) => notApplicable(parts, idleVenues));
  if (venues === null || good.length + bad.length === 0) {
    const reason = venues === null ? 'no venue is watched' : listed('too little is known of', unknown);
    return [healthy, unhealthy].map((parts) => noDataRow(parts, reason));
  }
  const clauses = [listed('unhealthy:', bad), listed('unknown:', unknown), idleText(idleVenues)];
  const message = clauses.filter((text) => text !== '').join('; ');
  const status = gradeOf(good.length / venues.length, limit);
  return [
    statusRow({ ...healthy, value: good.length, total: venues.length, status, message }),
    statusRow({ ...unhealthy, value: bad.length }),
  ];
}

/** The table of the surveillance guide: message rate, lag, gaps. */
function feedRows(values: KpiValues, limits: KpiThresholds): StatusRow[] {
  const lag = limitOf('above', limits.lagWarnMs, limits.lagCriticalMs);
  const rate = limitOf('below', limits.messageRateWarnPerSecond, limits.messageRateCriticalPerSecond);
  const gaps = limitOf('above', limits.gapsWarnPerHour, limits.gapsCriticalPerHour);
  const ofVenues = (parts: RowParts & { limit: Limit }, value: number | null) =>
    isAllIdle(values) ? notApplicable(parts, values.idleVenues) : judged(parts, value, 'no venue was watched lately');
  return [
    ofVenues({ ...kpi('message_rate_per_second', 'per_second'), limit: rate }, values.messageRatePerSecond),
    judged({ ...kpi('lag_p50_ms', 'ms'), limit: lag }, values.lagMsP50, 'no lag was measured lately'),
    judged({ ...kpi('lag_p95_ms', 'ms'), limit: lag }, values.lagMsP95, 'no lag was measured lately'),
    judged({ ...kpi('lag_p99_ms', 'ms'), limit: lag }, values.lagMsP99, 'no lag was measured lately'),
    ofVenues({ ...kpi('gaps_per_hour', 'per_hour'), limit: gaps }, values.gapsPerHour),
  ];
}

/** Are there venues, and all of them silent on purpose? */
function isAllIdle({ venues, idleVenues }: KpiValues): boolean {
  return venues === null && idleVenues.length > 0;
}

/** Neither good nor missing: nobody wants to know it now. */
function notApplicable(parts: RowParts, idle: readonly IdleVenue[]): StatusRow {
  return statusRow({ ...parts, message: `not applicable, ${idleText(idle)}` });
}

/** A row with its grade; over its limit, the message ends with the limit. */
function judged(parts: RowParts & { limit: Limit }, value: number | null, absence: string): StatusRow {
  if (value === null) return noDataRow(parts, absence);
  const status = gradeOf(value, parts.limit);
  if (status === 'OK') return statusRow({ ...parts, value, status });
  const text = limitText(parts.limit, parts.unit === 'percent' ? '%' : '');
  return statusRow({ ...parts, value, status, message: parts.message ? `${parts.message}; ${text}` : text });
}

function kpi(name: string, unit: NonNullable<StatusRow['unit']>): RowParts & Pick<StatusRow, 'unit'> {
  return { category: 'kpi', name, unit };
}

function limitOf(kind: Limit['kind'], warn: number, critical: number): Limit {
  return { kind, warn, critical };
}

/** `unhealthy: kraken, okx, bybit and 2 more`; empty for no names. */
function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length - LISTED;
  return `${what} ${names.slice(0, LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
