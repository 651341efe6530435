/** Facts and config that the status tests share: small, round numbers whose results can be worked out by hand. */

import type { OpsConfig } from '../../../src/core/ops/ops-config.ts';
import type { InstrumentFacts, ReplayFacts, VenueFacts } from '../../../src/core/ops/replay/replay-facts.ts';

/** 2024-08-09T00:00:00Z, the end of every test recording. */
export const END_MS = 1_723_161_600_000;

/** The operations guide's own config, with one more provider; what the guide leaves out is as ops.schema.json has it. */
export const GUIDE_CONFIG: OpsConfig = {
  kpi: {
    windows: { requestsPerMin: 60, errorRate: 300, cacheHitRate: 300, messageRateSeconds: 60, gapsSeconds: 3600 },
    thresholds: {
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
    },
  },
  guards: {
    budget: { enabled: true, hourlyLimit: 3600, softWarnPercent: 0.8, hardStopPercent: 0.95, providers: {} },
    callQuota: {
      enabled: true,
      providers: { okx: { callsPerMinute: 600, burstLimit: 30 }, kraken: { callsPerMinute: 60, burstLimit: 10 } },
    },
    correlation: { enabled: true, maxCorrelation: 0.85, topNSignals: 10, lookbackPeriods: 24 },
    venueHealth: {
      enabled: true,
      minUptimePercent: 0.95,
      uptimeWindowSeconds: 3600,
      maxLatencyMs: 5000,
      minDepthUsd: 50_000,
      maxSpreadBps: 100,
    },
  },
  switches: {
    emergency: { disableAllScanners: false, disableLiveData: false, readOnlyMode: false },
    providers: {
      okx: { enabled: true, allowWebsocket: true, allowRest: false },
      kraken: { enabled: true, allowWebsocket: true, allowRest: true },
    },
    venues: { kraken_usd: true, binance_usd: false },
    detectors: {},
    alerts: true,
    publish: true,
  },
  breakers: {
    default: {
      windowSeconds: 60,
      minCalls: 10,
      maxErrorRatio: 0.3,
      maxConsecutiveFailures: 5,
      slowCallMs: 5000,
      openSeconds: 30,
      maxOpenSeconds: 600,
      backoffFactor: 2,
      jitterRatio: 0.2,
      halfOpenCalls: 1,
    },
    providers: {},
  },
  killSwitch: {
    pollMs: 25,
    heartbeatMs: 100,
    triggers: {
      enabled: true,
      armAfterSeconds: 60,
      healthGradeF: { enabled: true, level: 'kill', holdSeconds: 30 },
      dataPipelineSilent: { enabled: true, level: 'kill', holdSeconds: 0, silentSeconds: 300 },
      criticalErrors: { enabled: true, level: 'kill', holdSeconds: 0, errorsPerMinute: 50 },
      memory: { enabled: true, level: 'drain', holdSeconds: 30, usedRatio: 0.9 },
      diskFree: { enabled: true, level: 'kill', holdSeconds: 10, freeBytes: 1_073_741_824 },
      eventLoopStall: { enabled: true, level: 'pause', holdSeconds: 0, lagMs: 5000 },
      clockSkew: { enabled: true, level: 'pause', holdSeconds: 30, skewMs: 5000 },
      auditChainBroken: { enabled: true, level: 'pause', holdSeconds: 0 },
    },
  },
  health: {
    profile: 'scanner',
    weights: {
      data_quality: 0.25,
      system_performance: 0.2,
      model_performance: 0.2,
      api_health: 0.15,
      trading_system: 0.15,
      security: 0.05,
    },
    upHoldSeconds: 300,
    statusStaleSeconds: 60,
    maxEventLoopLagMs: 250,
    cpuWarnRatio: 0.8,
    memoryWarnRatio: 0.85,
    memoryCriticalRatio: 0.9,
    diskFreeWarnBytes: 5_368_709_120,
    diskFreeCriticalBytes: 1_073_741_824,
    responseWarnMs: 5000,
    responseCriticalMs: 10_000,
    caps: { dataLagCSeconds: 30, dataLagDSeconds: 60, errorsCPerHour: 5, errorsDPerHour: 15 },
  },
};

export function instrument(venue: string, symbol: string, facts: Partial<InstrumentFacts> = {}): InstrumentFacts {
  return {
    venue,
    symbol,
    frames: 1000,
    trades: 300,
    bbo: 200,
    depthUpdates: 500,
    depthSnapshots: 1,
    gaps: 0,
    resyncs: 0,
    checksumOk: 0,
    checksumBad: 0,
    bars: 60,
    mid: 61_234.5,
    spreadBps: 1.25,
    bookState: 'live',
    coveredMs: 3_600_000,
    liveMs: 3_600_000,
    depthUsd: null,
    ...facts,
  };
}

export function venue(name: string, facts: Partial<VenueFacts> = {}): VenueFacts {
  return { venue: name, provider: name, offsetMs: 12, lastEventMs: END_MS, malformed: 0, unknown: 0, ...facts };
}

/** One hour of a healthy venue with one live book. */
export function recording(facts: Partial<ReplayFacts> = {}): ReplayFacts {
  return {
    firstReceiveMs: END_MS - 3_600_000,
    lastReceiveMs: END_MS,
    messages: 360_000,
    venues: [venue('kraken')],
    instruments: [instrument('kraken', 'XBT/USD')],
    restRequests: [],
    ...facts,
  };
}

/** A bad hour: a stale book, a gap, a wide spread, checksum mismatches, bad frames and too many REST calls. */
export function badRecording(): ReplayFacts {
  return recording({
    venues: [venue('okx', { unknown: 7 }), venue('kraken', { malformed: 2, offsetMs: -1480.25 }), venue('coinbase')],
    instruments: [
      instrument('kraken', 'XBT/USD', {
        gaps: 1,
        checksumOk: 14_000,
        checksumBad: 3,
        bookState: 'stale',
        mid: null,
        spreadBps: null,
        liveMs: 1_800_000,
      }),
      instrument('kraken', 'ETH/USD', { depthUsd: 125_000.4 }),
      instrument('okx', 'BTC-USDT', { spreadBps: 250 }),
      instrument('coinbase', 'BTC-USD', {
        bookState: 'empty',
        depthUpdates: 0,
        depthSnapshots: 0,
        coveredMs: null,
        liveMs: null,
      }),
    ],
    restRequests: [{ provider: 'kraken', timesMs: Array.from({ length: 50 }, (_, i) => END_MS - i * 1000) }],
  });
}
