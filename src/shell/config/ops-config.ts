/** The types of config/ops.yaml after loading. Keys of the guide keep its words, so their units are said here. Holds no code. */

/** Seconds. */
export interface KpiWindows {
  readonly requestsPerMin: number;
  readonly errorRate: number;
  readonly cacheHitRate: number;
}

/** Ratios from 0 to 1, and requests per minute. */
export interface KpiThresholds {
  readonly errorRateWarn: number;
  readonly errorRateCritical: number;
  readonly cacheHitRateWarn: number;
  readonly cacheHitRateCritical: number;
  readonly requestsPerMinWarn: number;
  readonly requestsPerMinCritical: number;
}

export interface BudgetConfig {
  readonly enabled: boolean;
  /** Calls per hour, all providers together. */
  readonly hourlyLimit: number;
  /** Ratios of the limit, in spite of their names. */
  readonly softWarnPercent: number;
  readonly hardStopPercent: number;
}

export interface QuotaConfig {
  /** Calls in 60 s. */
  readonly callsPerMinute: number;
  /** Calls in 10 s. */
  readonly burstLimit: number;
}

export interface CorrelationConfig {
  readonly enabled: boolean;
  readonly maxCorrelation: number;
  readonly topNSignals: number;
  /** Hours. */
  readonly lookbackPeriods: number;
}

export interface VenueHealthConfig {
  readonly enabled: boolean;
  /** A ratio, in spite of its name. */
  readonly minUptimePercent: number;
  readonly maxLatencyMs: number;
  readonly minDepthUsd: number;
  readonly maxSpreadBps: number;
}

export interface ProviderSwitches {
  readonly enabled: boolean;
  readonly allowWebsocket: boolean;
  readonly allowRest: boolean;
}

export interface BreakerConfig {
  readonly windowSeconds: number;
  readonly minCalls: number;
  readonly maxErrorRatio: number;
  readonly maxConsecutiveFailures: number;
  readonly slowCallMs: number;
  readonly openSeconds: number;
  readonly halfOpenCalls: number;
}

export interface KillSwitchConfig {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  readonly triggers: {
    readonly enabled: boolean;
    readonly allFeedsSilentSeconds: number;
    readonly clockStepMs: number;
    readonly minDiskFreeBytes: number;
  };
}

export interface HealthConfig {
  readonly bookStaleMs: number;
  readonly statusStaleSeconds: number;
  readonly maxExchangeLagMs: number;
  readonly maxEventLoopLagMs: number;
  readonly cpuWarnRatio: number;
  readonly memoryWarnRatio: number;
  readonly memoryCriticalRatio: number;
  readonly diskFreeWarnBytes: number;
  readonly diskFreeCriticalBytes: number;
}

export interface ScannerConfig {
  readonly watermarkDelayMs: number;
  readonly lateGraceMs: number;
  readonly maxEventTimeDeviationMs: number;
  readonly pulseMs: number;
}

export interface OpsConfig {
  readonly kpi: { readonly windows: KpiWindows; readonly thresholds: KpiThresholds };
  readonly guards: {
    readonly budget: BudgetConfig;
    readonly callQuota: { readonly enabled: boolean; readonly providers: { readonly [provider: string]: QuotaConfig } };
    readonly correlation: CorrelationConfig;
    readonly venueHealth: VenueHealthConfig;
  };
  readonly switches: {
    readonly emergency: {
      readonly disableAllScanners: boolean;
      readonly disableLiveData: boolean;
      readonly readOnlyMode: boolean;
    };
    /** Who is not listed is not enabled. */
    readonly providers: { readonly [provider: string]: ProviderSwitches };
    /** By venue, or by venue and quote (`kraken_usd`). Who is not listed is not enabled. */
    readonly venues: { readonly [venue: string]: boolean };
  };
  readonly breakers: {
    readonly default: BreakerConfig;
    /** Only what differs from `default`. */
    readonly providers: { readonly [provider: string]: Partial<BreakerConfig> };
  };
  readonly killSwitch: KillSwitchConfig;
  readonly health: HealthConfig;
  readonly scanner: ScannerConfig;
  readonly artifacts: {
    /** As written; `paths.statusDir` is the folder itself. */
    readonly outputDir: string;
    readonly snapshotFilename: string;
    readonly retentionDays: number;
  };
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug' };
}
