/** Config and facts that the tests of KPIs, breakers and guards share: the guide's numbers, and facts with nothing wrong. */

import type { CallFact, HostFact, VenueFact } from '../../../../src/core/ops/facts.ts';
import type { BreakerConfig, GuardsConfig, KpiThresholds, OpsConfig } from '../../../../src/core/ops/ops-config.ts';

/** 2024-08-09T00:00:00Z: the top of a UTC hour. */
export const START_MS = 1_723_161_600_000;

export const THRESHOLDS: KpiThresholds = {
  errorRateWarn: 0.05,
  errorRateCritical: 0.15,
  cacheHitRateWarn: 0.75,
  cacheHitRateCritical: 0.5,
  requestsPerMinWarn: 100,
  requestsPerMinCritical: 200,
  messageRateWarnPerSecond: 10,
  messageRateCriticalPerSecond: 1,
  lagWarnMs: 100,
  lagCriticalMs: 500,
  gapsWarnPerHour: 5,
  gapsCriticalPerHour: 20,
  p1AlertsWarnCount: 0,
  p1AlertsCriticalCount: 5,
  openBreakersWarnCount: 0,
  openBreakersCriticalCount: 2,
  healthyVenuesWarnRatio: 0.8,
  healthyVenuesCriticalRatio: 0.5,
};

export const GUARDS: GuardsConfig = {
  budget: { enabled: true, hourlyLimit: 3600, softWarnPercent: 0.8, hardStopPercent: 0.95, providers: {} },
  callQuota: { enabled: true, providers: { kraken: { callsPerMinute: 60, burstLimit: 10 } } },
  correlation: { enabled: true, maxCorrelation: 0.85, topNSignals: 10, lookbackPeriods: 24 },
  venueHealth: {
    enabled: true,
    minUptimePercent: 0.95,
    uptimeWindowSeconds: 3600,
    maxLatencyMs: 5000,
    minDepthUsd: 50_000,
    maxSpreadBps: 100,
  },
};

export const BREAKER: BreakerConfig = {
  windowSeconds: 60,
  minCalls: 10,
  maxErrorRatio: 0.3,
  maxConsecutiveFailures: 5,
  slowCallMs: 5000,
  openSeconds: 30,
  maxOpenSeconds: 300,
  backoffFactor: 2,
  jitterRatio: 0,
  halfOpenCalls: 1,
};

/** Kpis read these three members of the config and no other. */
export function opsConfig(
  windows: Partial<OpsConfig['kpi']['windows']> = {},
  guards: Partial<GuardsConfig> = {},
): OpsConfig {
  const defaults = { requestsPerMin: 60, errorRate: 300, cacheHitRate: 300, messageRateSeconds: 60, gapsSeconds: 3600 };
  return {
    kpi: { windows: { ...defaults, ...windows }, thresholds: THRESHOLDS },
    guards: { ...GUARDS, ...guards },
    health: { statusStaleSeconds: 60 },
  } as OpsConfig;
}

export function callFact(timeMs: number, parts: Partial<CallFact> = {}): CallFact {
  return {
    provider: 'kraken',
    transport: 'rest',
    outcome: 'ok',
    latencyMs: 100,
    weight: 1,
    serverWeight: null,
    retryAfterMs: null,
    timeMs,
    ...parts,
  };
}

/** A venue that keeps all four limits, heard from when it was told. */
export function venueFact(venue: string, parts: Partial<VenueFact> = {}): VenueFact {
  return {
    venue,
    provider: venue,
    uptimeRatio: 0.995,
    latencyMs: 100,
    depthUsd: 125_000,
    spreadBps: 8.5,
    books: 2,
    liveBooks: 2,
    messages: 0,
    gaps: 0,
    disconnectGaps: 0,
    badFrames: 0,
    lastMessageMs: null,
    clockSkewMs: null,
    ...parts,
  };
}

export function hostFact(timeMs: number, parts: Partial<HostFact> = {}): HostFact {
  return {
    cpuRatio: 0.1,
    memoryUsedRatio: 0.4,
    diskUsedRatio: 0.5,
    rssBytes: 1e8,
    diskFreeBytes: 1e11,
    eventLoopLagMs: 1,
    lagMsP50: 2,
    lagMsP95: 8,
    lagMsP99: 20,
    wallClockStepMs: 0,
    auditChain: 'ok',
    authAttempts24h: null,
    authRefusals24h: null,
    timeMs,
    ...parts,
  };
}
