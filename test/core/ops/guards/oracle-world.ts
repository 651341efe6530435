/** Plays the steps of an oracle case through KPIs, breakers and guards, and answers what a case asks for. Expects nothing itself. */

import assert from 'node:assert/strict';
import { Breakers } from '../../../../src/core/ops/breakers/breakers.ts';
import type { SignalSeries, VenueFact } from '../../../../src/core/ops/facts.ts';
import type { GuardResult } from '../../../../src/core/ops/guards/guard.ts';
import { Guards } from '../../../../src/core/ops/guards/guards.ts';
import { Kpis } from '../../../../src/core/ops/kpi/kpis.ts';
import { venueMeasures } from '../../../../src/core/ops/kpi/venue-verdict.ts';
import type { GuardsConfig, OpsConfig, QuotaConfig } from '../../../../src/core/ops/ops-config.ts';
import { gradeOf, STATUS_GRADES, type StatusRow } from '../../../../src/core/ops/status.ts';
import { valueText } from '../../../../src/core/render/value-text.ts';
import type { OracleCase, OracleExpectation, OracleStep } from '../../../support/oracle.ts';
import { BREAKER, callFact, GUARDS, opsConfig, START_MS, venueFact } from '../kpi/ops-fixtures.ts';

/** Returns whose correlation with each other is known: `ALONG` and `ACROSS` have mean 0 and correlation 0. */
const ALONG = [1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1];
const ACROSS = [1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1];
const APART = [1, 1, 1, 1, -1, -1, -1, -1, 0, 0, 0, 0];

/** A series that correlates with `ALONG` by exactly `r`. */
function mixed(r: number): number[] {
  return ALONG.map((along, i) => r * along + Math.sqrt(1 - r * r) * ACROSS[i]!);
}

/**
 * The original compares scores, so its cases have no returns. These series have the correlation that it made up, so that the
 * case still says what must follow from such a figure.
 */
const RETURNS: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  corr_80_82_81_block: { S0: ALONG, S1: mixed(0.9878048780487805), S2: APART },
  corr_both_zero: { S0: ALONG, S1: ALONG },
  corr_opposite_sign_is_one: { S0: ALONG, S1: mixed(-1) },
};

export class OracleWorld {
  readonly #case: OracleCase;
  readonly #kpis: Kpis;
  readonly #guards: Guards;
  readonly #breakers: Breakers;
  readonly #venues = new Map<string, VenueFact>();
  readonly #signals: SignalSeries[] = [];
  #timeMs = START_MS;
  #previous: readonly GuardResult[] = [];

  constructor(one: OracleCase) {
    const config = configOf(one.config);
    this.#case = one;
    this.#kpis = new Kpis(config, START_MS);
    this.#guards = new Guards(config.guards, START_MS);
    this.#breakers = new Breakers({ default: BREAKER, providers: {} }, [], 1, START_MS);
  }

  /** @returns false for a step that is not this room's */
  play(step: OracleStep): boolean {
    this.#timeMs = this.#msOf(step.t);
    const times = Number(step.times ?? step['count'] ?? 1);
    const play = (action: (timeMs: number) => void, intervalMs = 0) => {
      const fromMs = this.#timeMs;
      for (let i = 0; i < times; i++) action(fromMs + i * intervalMs);
      this.#timeMs = fromMs + Math.max(0, times - 1) * intervalMs;
    };
    const provider = String(step['provider']);
    switch (step.op) {
      case 'record_request':
        play((timeMs) => this.#kpis.onCall(callFact(timeMs)));
        return true;
      case 'record_error':
        play((timeMs) => this.#kpis.onCall(callFact(timeMs, { outcome: 'failed' })));
        return true;
      case 'record_cache_hit':
      case 'record_cache_miss':
        play((timeMs) => this.#kpis.onCache({ isHit: step.op === 'record_cache_hit', timeMs }));
        return true;
      case 'record_api_call':
        play((timeMs) => this.#guards.onCall(callFact(timeMs, { provider })), Number(step['interval_s'] ?? 0) * 1000);
        return true;
      case 'record_api_call_every':
        this.#timeMs = this.#msOf(Number(step['start']));
        play((timeMs) => this.#guards.onCall(callFact(timeMs, { provider })), Number(step['interval_s']) * 1000);
        return true;
      case 'set_breaker':
        this.#setBreaker(provider, step['open'] === true);
        return true;
      case 'toggle_breaker':
        for (let i = 0; i < times; i++) this.#setBreaker(provider, i % 2 === 0);
        return true;
      case 'update_venue':
        this.#updateVenue(step);
        return true;
      case 'record_signal':
        this.#recordSignal(step);
        return true;
      case 'check_all_guards':
        this.#previous = this.#guards.evaluate(this.#timeMs);
        return true;
      default:
        return false;
    }
  }

  /** @returns the answer; undefined for what this room does not know */
  see(expectation: OracleExpectation): unknown {
    const nowMs = this.#msOf(expectation.t);
    const [what = '', name = '', ...rest] = expectation.get.split('.');
    switch (what) {
      case 'requests_per_minute':
        return this.#kpis.values(nowMs).requestsPerMinute;
      case 'error_rate_percent':
        return this.#kpis.values(nowMs).errorRatePercent;
      case 'cache_hit_rate_percent':
        return this.#kpis.values(nowMs).cacheHitRatePercent;
      case 'healthy_venue_count':
      case 'unhealthy_venue_count':
        return this.#kpiRow(what, nowMs).value;
      case 'open_breaker_count':
        return this.#breakers.openCount(nowMs);
      case 'open_breakers':
        return this.#openBreakers(nowMs);
      case 'venue_health':
        return this.#venueFigure(name, rest.join('.'), nowMs);
      case 'guard':
        return this.#guardFigure(name, rest.join('.'), nowMs);
      case 'any_guard_status_in':
        return this.#guards.evaluate(nowMs).some(({ status }) => expectation.values!.includes(status!));
      case 'check_all_guards_equals_previous':
        return this.#guards.evaluate(nowMs) === this.#previous;
      case 'status':
        return this.#kpiRow(KPI_ROWS[name]!, nowMs).status;
      case 'render':
        return valueText(this.#kpiRow('error_rate_percent', nowMs));
      case 'status_of':
        return gradeOf(expectation.value!, this.#kpiRow(KPI_ROWS[expectation.metric!]!, nowMs).limit!);
      case 'status_name':
        return STATUS_GRADES[expectation.value!];
      default:
        return undefined;
    }
  }

  kpiRows(nowMs: number): StatusRow[] {
    return this.#kpis.rows(nowMs, this.#breakers.openCount(nowMs));
  }

  #kpiRow(name: string, nowMs: number): StatusRow {
    const row = this.kpiRows(nowMs).find((one) => one.name === name);
    assert.ok(row, `a row ${name}`);
    return row;
  }

  #guardFigure(name: string, figure: string, nowMs: number): unknown {
    const result = this.#guards.evaluate(nowMs).find((one) => one.name === name);
    assert.ok(result, `a guard ${name}`);
    const [key = ''] = figure.split('_fresh');
    return key === 'status' || key === 'message' ? result[key] : result.metadata[key];
  }

  #venueFigure(venue: string, figure: string, nowMs: number): unknown {
    if (figure === 'is_healthy') {
      return this.#kpis.values(nowMs).venues!.find((one) => one.venue === venue)!.kind === 'healthy';
    }
    const measures = venueMeasures(this.#venues.get(venue)!, GUARDS.venueHealth);
    return measures.find((one) => one.name === figure)!.value;
  }

  #openBreakers(nowMs: number): string[] {
    const open = this.#breakers.rows(nowMs).filter((row) => row.value === 'open');
    return open.map((row) => row.name.replace('.rest', ''));
  }

  /** The original sets a breaker by hand. Ours opens by what a call brings; by hand it is taken out and released. */
  #setBreaker(provider: string, isOpen: boolean): void {
    const timeMs = this.#timeMs;
    if (isOpen) {
      this.#breakers.onCall(callFact(timeMs, { provider, outcome: 'banned' }));
    } else {
      this.#breakers.isolate(`${provider}.rest`, 'closed by hand', timeMs);
      this.#breakers.release(`${provider}.rest`, timeMs);
    }
  }

  /** Health is judged, not told: what a case leaves out is as it should be. */
  #updateVenue(step: OracleStep): void {
    const venue = String(step['venue']);
    const uptime = step['uptime_percent'];
    const told: Partial<VenueFact> = {
      ...(uptime !== undefined && { uptimeRatio: Number(uptime) / 100 }),
      ...(step['latency_ms'] !== undefined && { latencyMs: Number(step['latency_ms']) }),
      ...(step['depth_usd'] !== undefined && { depthUsd: Number(step['depth_usd']) }),
      ...(step['spread_bps'] !== undefined && { spreadBps: Number(step['spread_bps']) }),
    };
    this.#venues.set(venue, venueFact(venue, told));
    this.#kpis.onVenues([...this.#venues.values()], this.#timeMs);
  }

  /** A signal older than the look-back has no returns in it: it is not handed on. */
  #recordSignal(step: OracleStep): void {
    const symbol = String(step['symbol']);
    const returns = RETURNS[this.#case.name]?.[symbol];
    if (returns !== undefined) this.#signals.push({ symbol, score: Number(step['score']), returns });
    this.#guards.onSignals(this.#signals);
  }

  #msOf(seconds: number | undefined): number {
    return seconds === undefined ? this.#timeMs : START_MS + seconds * 1000;
  }
}

/** What the cases call the KPIs. */
const KPI_ROWS: Readonly<Record<string, string>> = {
  requests: 'requests_per_minute',
  requests_per_min: 'requests_per_minute',
  error_rate: 'error_rate_percent',
  error_rate_percent: 'error_rate_percent',
  cache: 'cache_hit_rate_percent',
  cache_hit_rate_percent: 'cache_hit_rate_percent',
  breakers: 'open_breaker_count',
  open_breakers: 'open_breaker_count',
};

/** A case's config; guards that it does not name are off. */
function configOf(config: OracleCase['config']): OpsConfig {
  const windows = {
    requestsPerMin: config.request_window_s ?? 60,
    errorRate: config.error_window_s ?? 300,
    cacheHitRate: config.cache_window_s ?? 300,
  };
  return opsConfig(windows, {
    budget: {
      enabled: config.budget?.enabled ?? false,
      hourlyLimit: config.budget?.hourly_limit ?? 3600,
      softWarnPercent: config.budget?.soft_warn_percent ?? 0.8,
      hardStopPercent: config.budget?.hard_stop_percent ?? 0.95,
      providers: {},
    },
    callQuota: {
      enabled: config.call_quota?.enabled ?? false,
      providers: quotasOf(config.call_quota?.providers ?? {}),
    },
    correlation: {
      enabled: config.correlation?.enabled ?? false,
      maxCorrelation: config.correlation?.max_correlation ?? 0.85,
      topNSignals: config.correlation?.top_n_signals ?? 10,
      lookbackPeriods: config.correlation?.lookback_periods ?? 24,
    },
    venueHealth: { ...GUARDS.venueHealth, enabled: config.venue_health?.enabled ?? true },
  } satisfies GuardsConfig);
}

function quotasOf(
  providers: Record<string, { calls_per_minute: number; burst_limit: number }>,
): Record<string, QuotaConfig> {
  const quotas = Object.entries(providers).map(([name, quota]) => [
    name,
    { callsPerMinute: quota.calls_per_minute, burstLimit: quota.burst_limit },
  ]);
  return Object.fromEntries(quotas);
}
