/** One moment of `hour-table.ts` as an operator sees it, and a quiet one, from which the others differ. */

/** Levels by name, `off` where nothing is to be judged; a trigger that is not armed in its own words, an unhealthy venue as a count. */
export type Levels = Readonly<Record<string, string | number>>;

export interface Moment {
  readonly kpi: Levels;
  readonly guard: Levels;
  readonly breaker: Levels;
  readonly trigger: Levels;
  readonly grade: string;
  readonly kill: string;
  /** Who refuses it, or `allowed`. */
  readonly ask: Levels;
}

const TRIGGERS = [
  'health_grade_f',
  'data_pipeline_silent',
  'critical_errors',
  'memory',
  'disk_free',
  'event_loop_stall',
  'clock_skew',
  'audit_chain_broken',
];

export function allTriggers(state: string): Levels {
  return Object.fromEntries(TRIGGERS.map((name) => [name, state]));
}

function allClosed(): Levels {
  const names = ['binance', 'bybit', 'coinbase', 'kraken', 'okx'].flatMap((provider) => [
    `${provider}.rest`,
    `${provider}.websocket`,
  ]);
  return Object.fromEntries(names.map((name) => [name, 'closed']));
}

/**
 * A quiet moment. A minute of it: 60 calls (limit 100), none failed, every look a hit, 12 messages a second (limit 10),
 * p99 20 ms (limit 100); two of two venues healthy: always live, 0.17 bps, 600 000 USD deep.
 */
export const QUIET: Moment = {
  kpi: {
    requests_per_minute: 'OK',
    error_rate_percent: 'OK',
    cache_hit_rate_percent: 'OK',
    open_breaker_count: 'OK',
    healthy_venue_count: 'OK',
    unhealthy_venue_count: 0,
    message_rate_per_second: 'OK',
    lag_p50_ms: 'OK',
    lag_p95_ms: 'OK',
    lag_p99_ms: 'OK',
    gaps_per_hour: 'OK',
    active_p1_alert_count: 'NO DATA',
    cpu_percent: 'OK',
    memory_used_percent: 'OK',
    disk_free_bytes: 'OK',
    event_loop_lag_ms: 'OK',
    response_p95_ms: 'OK',
  },
  guard: {
    budget: 'OK',
    budget_binance: 'OK',
    budget_kraken: 'OK',
    binance: 'OK',
    bybit: 'OK',
    coinbase: 'OK',
    kraken: 'OK',
    okx: 'OK',
    correlation: 'NO DATA',
    venue_health: 'OK',
  },
  breaker: allClosed(),
  trigger: allTriggers('armed'),
  grade: 'A',
  kill: 'released',
  ask: { 'call binance': 'allowed', 'call kraken': 'allowed', 'publish event': 'allowed' },
};

export function allRefused(by: string): Levels {
  return { 'call binance': by, 'call kraken': by, 'publish event': by };
}

export const REST_OFF: Levels = { 'call binance': 'switch provider.binance.rest' };
/** While every venue is off on purpose. */
export const OFF_KPIS: Levels = {
  healthy_venue_count: 'off',
  unhealthy_venue_count: 'off',
  message_rate_per_second: 'off',
  gaps_per_hour: 'off',
};

/** What is not as in a quiet moment. */
export type Different = { readonly [part in keyof Moment]?: Moment[part] };
