/** Views of a scanner that the render tests share: a quiet afternoon, a bad one, and the guide's own example. */

import type { KillState } from '../../../src/core/ops/control/control.ts';
import { noDataRow, type StatusDocument, type StatusRow, statusRow } from '../../../src/core/ops/status.ts';
import type { StatusView } from '../../../src/core/render/view.ts';

/** 2024-12-07T15:30:45Z, the moment of the operations guide's example. */
export const NOW_MS = 1_733_585_445_000;
const MINUTE = 60_000;

export const RELEASED: KillState = { kind: 'released', releasedAtMs: null, revision: 0 };

export const ENGAGED: Extract<KillState, { kind: 'engaged' }> = {
  kind: 'engaged',
  level: 'kill',
  engagedAtMs: NOW_MS - 5 * MINUTE,
  reason: 'health grade F for 30 s',
  operator: 'scanner',
  source: 'trigger',
  trigger: 'health_grade_f',
  revision: 12,
};

export function liveView(rows: readonly StatusRow[], view: Partial<StatusView> = {}): StatusView {
  const document: StatusDocument = {
    source: { kind: 'live', name: 'scanner' },
    savedAtMs: NOW_MS,
    dataTimeMs: NOW_MS - 200,
    rows,
  };
  return {
    document,
    scanner: { kind: 'alive', lastHeartbeatMs: NOW_MS - 80 },
    scannerProcess: { pid: 4242, startedAtMs: NOW_MS - 192 * MINUTE, rssBytes: 121_000_000 },
    kill: RELEASED,
    auditHead: { seq: 17, hash: 'ab'.repeat(32) },
    isOutdated: false,
    notes: [],
    ...view,
  };
}

/** What the operations guide shows under "Console Output". */
export function guideRows(): StatusRow[] {
  const kpi = { category: 'kpi', status: 'OK' } as const;
  const guard = { category: 'guard', status: 'OK' } as const;
  return [
    statusRow({ ...kpi, name: 'requests_per_minute', value: 45, unit: 'per_minute' }),
    // 3 failures in 48 calls.
    statusRow({ ...kpi, name: 'error_rate_percent', value: 6.25, unit: 'percent', status: 'WARN' }),
    statusRow({ ...kpi, name: 'cache_hit_rate_percent', value: 80, unit: 'percent' }),
    statusRow({ ...kpi, name: 'open_breaker_count', value: 0, unit: 'count' }),
    statusRow({ ...kpi, name: 'healthy_venue_count', value: 4, total: 4, unit: 'count' }),
    statusRow({ ...guard, name: 'budget', message: 'API budget OK: 1205/3600 (33.5%)' }),
    statusRow({ ...guard, name: 'kraken', message: 'Provider kraken rate OK: 25/60' }),
    statusRow({ ...guard, name: 'correlation', message: 'Signal correlation OK: 0.23' }),
  ];
}

const override = {
  configuredOn: true,
  changedAtMs: NOW_MS - 10 * MINUTE,
  untilMs: NOW_MS + 20 * MINUTE,
  operator: 'alice',
  reason: 'exchange maintenance',
} as const;

/** One row of everything there is, on a quiet afternoon. */
export function goodRows(): StatusRow[] {
  const ok = { status: 'OK' } as const;
  const breaker = { category: 'breaker', name: 'kraken.rest' } as const;
  return [
    statusRow({ ...ok, category: 'kpi', name: 'requests_per_minute', value: 45, unit: 'per_minute' }),
    noDataRow({ category: 'kpi', name: 'cache_hit_rate_percent', unit: 'percent' }, 'nobody asked the cache'),
    statusRow({ ...ok, category: 'guard', name: 'budget', message: 'API budget OK: 1205/3600 (33.5%)' }),
    statusRow({ ...ok, ...breaker, value: 'closed' }),
    statusRow({ ...breaker, part: 'since', value: NOW_MS - 192 * MINUTE, unit: 'instant' }),
    statusRow({ ...breaker, part: 'failures', value: 0, unit: 'count' }),
    statusRow({ ...ok, category: 'health', name: 'grade', value: 'B', message: 'score 88.1' }),
    statusRow({ ...ok, category: 'health', name: 'grade', part: 'score', value: 88.1, unit: 'points' }),
    statusRow({ ...ok, category: 'health', name: 'data_quality', value: 99.4, unit: 'points' }),
    statusRow({ category: 'health', name: 'policy', part: 'auto_trading', value: 'YES' }),
    statusRow({ category: 'health', name: 'policy', part: 'position_size_percent', value: 75, unit: 'percent' }),
    statusRow({ ...ok, category: 'trigger', name: 'memory', value: 'armed', message: '61.0% < 90%' }),
    statusRow({ category: 'trigger', name: 'memory', part: 'level', value: 'drain' }),
    statusRow({ category: 'switch', name: 'emergency_scanners', value: 'ON' }),
    ...providerRows('okx', 'ON'),
    statusRow({ category: 'venue', name: 'kraken_usd', value: 'ON' }),
    ...venueRows('kraken', 'healthy', 'OK', [99.93, 4, 250_000, 38]),
    ...connectionRows('kraken', 'live', 'OK', {}),
  ];
}

/** One row of everything there is, on a bad afternoon. */
export function badRows(): StatusRow[] {
  return [
    statusRow({
      category: 'kpi',
      name: 'requests_per_minute',
      value: 145,
      unit: 'per_minute',
      status: 'WARN',
      limit: { kind: 'at_least', warn: 100, critical: 200 },
      message: 'limit: warn >= 100, critical >= 200',
    }),
    noDataRow({ category: 'kpi', name: 'cache_hit_rate_percent', unit: 'percent' }, 'nobody asked the cache'),
    statusRow({
      category: 'kpi',
      name: 'healthy_venue_count',
      value: 1,
      total: 2,
      unit: 'count',
      status: 'WARN',
      limit: { kind: 'below', warn: 0.8, critical: 0.5 },
      message: 'unhealthy: okx',
    }),
    statusRow({
      category: 'kpi',
      name: 'lag_p99_ms',
      value: 620,
      unit: 'ms',
      status: 'CRITICAL',
      limit: { kind: 'above', warn: 100, critical: 500 },
    }),
    statusRow({
      category: 'guard',
      name: 'kraken',
      status: 'BLOCK',
      message: 'Provider kraken burst limit exceeded: 10/10 calls in 10s',
    }),
    statusRow({ category: 'breaker', name: 'kraken.rest', value: 'open', status: 'CRITICAL', message: '5 timeouts' }),
    statusRow({ category: 'breaker', name: 'kraken.rest', part: 'failures', value: 5, unit: 'count' }),
    statusRow({ category: 'breaker', name: 'kraken.rest', part: 'since', value: NOW_MS - 40_000, unit: 'instant' }),
    statusRow({
      category: 'breaker',
      name: 'kraken.rest',
      part: 'next_probe',
      value: NOW_MS + 20_000,
      unit: 'instant',
    }),
    statusRow({ category: 'breaker', name: 'okx.websocket', value: 'closed', status: 'OK' }),
    statusRow({
      category: 'health',
      name: 'grade',
      value: 'D',
      status: 'CRITICAL',
      message: 'capped at D: data lag 72 s',
    }),
    statusRow({ category: 'health', name: 'grade', part: 'score', value: 74.31, unit: 'points' }),
    statusRow({
      category: 'health',
      name: 'data_quality',
      value: 61.5,
      unit: 'points',
      status: 'WARN',
      message: 'lag 72 s',
    }),
    statusRow({ category: 'health', name: 'model_performance', value: 'not_applicable' }),
    noDataRow({ category: 'health', name: 'api_health', unit: 'points' }, 'no calls'),
    statusRow({ category: 'health', name: 'policy', part: 'auto_trading', value: 'NO' }),
    statusRow({ category: 'health', name: 'policy', part: 'position_size_percent', value: 0, unit: 'percent' }),
    statusRow({ category: 'health', name: 'policy', part: 'new_entries', value: 'NO' }),
    statusRow({ category: 'health', name: 'policy', part: 'exits_only', value: 'YES' }),
    statusRow({ category: 'health', name: 'policy', part: 'kill_switch', value: 'NO' }),
    statusRow({ category: 'trigger', name: 'memory', value: 'armed', status: 'OK', message: '61.0% < 90%' }),
    statusRow({ category: 'trigger', name: 'memory', part: 'level', value: 'drain' }),
    statusRow({ category: 'trigger', name: 'disk_free', value: 'holding', status: 'WARN', message: '8/30 s' }),
    statusRow({ category: 'trigger', name: 'disk_free', part: 'level', value: 'kill' }),
    statusRow({ category: 'switch', name: 'emergency_scanners', value: 'ON' }),
    statusRow({ category: 'switch', name: 'emergency_live_data', value: 'OFF', override }),
    statusRow({ category: 'switch', name: 'emergency_readonly', value: 'ON' }),
    statusRow({ category: 'switch', name: 'publish', value: 'ON' }),
    ...providerRows('kraken', 'OFF'),
    ...providerRows('okx', 'ON'),
    statusRow({ category: 'venue', name: 'kraken_usd', value: 'ON' }),
    statusRow({ category: 'venue', name: 'okx_usd', value: 'OFF', override: { ...override, untilMs: null } }),
    ...venueRows('kraken', 'healthy', 'OK', [99.93, 4, 250_000, 38]),
    ...venueRows('okx', 'unhealthy', 'WARN', [81.2, 12.5, 41_000, 620]),
    ...connectionRows('kraken', 'polling', 'WARN', {
      connections: 0,
      streams: 0,
      reconnects: 4,
      failures_in_row: 5,
      last_loss: 'HTTP 503',
      next_attempt: NOW_MS + 12_000,
      polled_streams: 4,
      shut_out_until: NOW_MS + 120_000,
    }),
    ...connectionRows('okx', 'degraded', 'WARN', {
      streams: 5,
      silent_streams: 1,
      resyncs: 2,
      dropped_depth_frames: 120,
    }),
  ];
}

function providerRows(name: string, rest: 'ON' | 'OFF'): StatusRow[] {
  const restOverride = rest === 'OFF' ? { override: { ...override, untilMs: NOW_MS + 86_400_000 } } : {};
  return [
    statusRow({ category: 'provider', name, value: 'ON' }),
    statusRow({ category: 'provider', name, part: 'websocket', value: 'ON' }),
    statusRow({ category: 'provider', name, part: 'rest', value: rest, ...restOverride }),
  ];
}

/** As the feed of a running scanner has them; what `parts` does not say is as on a quiet day. */
function connectionRows(
  name: string,
  state: string,
  status: 'OK' | 'WARN',
  parts: Readonly<Record<string, number | string>>,
): StatusRow[] {
  const part = (of: string, quiet: number | string | null, row: Partial<StatusRow> = {}) =>
    statusRow({ category: 'venue', name, part: of, unit: 'count', ...row, value: parts[of] ?? quiet });
  const grade = (of: string): Partial<StatusRow> => (parts[of] === undefined ? {} : { status: 'WARN' });
  const saidOf = (of: string, known: string, unknown: string) => (parts[of] === undefined ? unknown : known);
  const isSilent = parts['silent_streams'] !== undefined;
  return [
    part('feed', state, { unit: null, status, message: isSilent ? 'mark-price:BTC-USDT-SWAP silent' : '' }),
    part('connections', 1, { total: 1 }),
    part('reconnects', 0),
    part('failures_in_row', 0),
    part('last_loss', 'none', { unit: null }),
    part('next_attempt', null, { unit: 'instant', message: saidOf('next_attempt', '', 'none is due') }),
    part('last_frame', NOW_MS - 200, { unit: 'instant' }),
    part('streams', 6, { total: 6 }),
    part('pending_streams', 0),
    part('silent_streams', 0),
    part('refused_streams', 0),
    part('polled_streams', 0),
    part('resyncs', 0),
    part('rest_weight', 20, { total: 300 }),
    part('shut_out_until', null, {
      unit: 'instant',
      ...grade('shut_out_until'),
      message: saidOf('shut_out_until', 'REST', 'nothing is shut out'),
    }),
    part('dropped_depth_frames', 0, grade('dropped_depth_frames')),
    part('dropped_other_frames', 0, grade('dropped_other_frames')),
  ];
}

function venueRows(
  name: string,
  verdict: string,
  status: 'OK' | 'WARN',
  [uptime, spread, depth, latency]: readonly [number, number, number, number],
): StatusRow[] {
  const part = (of: string, value: number, unit: 'percent' | 'bps' | 'usd' | 'ms') =>
    statusRow({ category: 'venue', name, part: of, value, unit, status });
  return [
    statusRow({ category: 'venue', name, part: 'health', value: verdict, status }),
    statusRow({ category: 'venue', name, part: 'live_books', value: 2, total: 2, unit: 'count', status: 'OK' }),
    part('uptime_percent', uptime, 'percent'),
    part('spread_bps', spread, 'bps'),
    part('depth_usd', depth, 'usd'),
    part('latency_ms', latency, 'ms'),
    statusRow({ category: 'venue', name, part: 'clock_skew_ms', value: -12, unit: 'ms' }),
  ];
}
