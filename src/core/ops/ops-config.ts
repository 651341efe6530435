/**
 * What the operations core reads of `config/ops.yaml`, in the file's own structure. Types only.
 *
 * Keys of the operations guide keep its words (their units are said here); keys that we added end in their unit.
 */

export interface OpsConfig {
  readonly kpi: { readonly windows: KpiWindows; readonly thresholds: KpiThresholds };
  readonly guards: GuardsConfig;
  readonly switches: SwitchConfig;
  readonly breakers: BreakersConfig;
  readonly killSwitch: KillSwitchConfig;
  readonly health: HealthConfig;
}

/** All in seconds. */
export interface KpiWindows {
  readonly requestsPerMin: number;
  readonly errorRate: number;
  readonly cacheHitRate: number;
  readonly messageRateSeconds: number;
  readonly gapsSeconds: number;
}

/** The guide's rates are ratios from 0 to 1: 0.05 is 5 %. */
export interface KpiThresholds {
  readonly errorRateWarn: number;
  readonly errorRateCritical: number;
  readonly cacheHitRateWarn: number;
  readonly cacheHitRateCritical: number;
  readonly requestsPerMinWarn: number;
  readonly requestsPerMinCritical: number;
  readonly messageRateWarnPerSecond: number;
  readonly messageRateCriticalPerSecond: number;
  readonly lagWarnMs: number;
  readonly lagCriticalMs: number;
  readonly gapsWarnPerHour: number;
  readonly gapsCriticalPerHour: number;
  readonly p1AlertsWarnCount: number;
  readonly p1AlertsCriticalCount: number;
  readonly openBreakersWarnCount: number;
  readonly openBreakersCriticalCount: number;
  readonly healthyVenuesWarnRatio: number;
  readonly healthyVenuesCriticalRatio: number;
}

export interface GuardsConfig {
  readonly budget: BudgetConfig;
  readonly callQuota: { readonly enabled: boolean; readonly providers: Readonly<Record<string, QuotaConfig>> };
  readonly correlation: CorrelationConfig;
  readonly venueHealth: VenueHealthConfig;
}

export interface BudgetConfig {
  readonly enabled: boolean;
  /** Calls per hour, all providers together. */
  readonly hourlyLimit: number;
  /** Fractions of the limit, 0 to 1, as in the guide (0.8 is 80 %). */
  readonly softWarnPercent: number;
  readonly hardStopPercent: number;
  /** A provider's own budgets; who is not listed has only the common one. */
  readonly providers: Readonly<Record<string, ProviderBudgetConfig>>;
}

/** A limit that is null does not exist. */
export interface ProviderBudgetConfig {
  readonly hourlyLimit: number | null;
  /** What the server lets us spend in each of its windows, in its own weights (Binance: 6000 in 60 s). */
  readonly weightLimit: number | null;
  /** The server's counting starts anew at each multiple of this since the epoch. */
  readonly weightWindowSeconds: number;
  /** Kraken's counter: each call adds its cost, time takes away. */
  readonly counterMax: number | null;
  readonly counterDecayPerSecond: number | null;
}

export interface QuotaConfig {
  readonly callsPerMinute: number;
  /** Calls within 10 s. */
  readonly burstLimit: number;
}

export interface CorrelationConfig {
  readonly enabled: boolean;
  /** Largest absolute Pearson correlation, 0 to 1. */
  readonly maxCorrelation: number;
  readonly topNSignals: number;
  /** Hours, one return each; fewer than ten say nothing of a correlation, and the schema refuses them. */
  readonly lookbackPeriods: number;
}

export interface VenueHealthConfig {
  readonly enabled: boolean;
  /** Fraction, 0 to 1, as in the guide (0.95 is 95 %). */
  readonly minUptimePercent: number;
  /** Uptime is of this long up to now: a bad hour is forgotten after it. */
  readonly uptimeWindowSeconds: number;
  readonly maxLatencyMs: number;
  /** Null: not judged (the guide's own sample leaves these two out). */
  readonly minDepthUsd: number | null;
  readonly maxSpreadBps: number | null;
}

/** The switches as the files set them. What operators changed since is in the control document. */
export interface SwitchConfig {
  readonly emergency: {
    readonly disableAllScanners: boolean;
    readonly disableLiveData: boolean;
    readonly readOnlyMode: boolean;
  };
  readonly providers: Readonly<Record<string, ProviderSwitches>>;
  /** By venue, or by venue and quote (`kraken_usd`). Who is not listed is not enabled. */
  readonly venues: Readonly<Record<string, boolean>>;
  /** By detector id. Who is not listed is enabled: detectors are ours, not the outside world. */
  readonly detectors: Readonly<Record<string, boolean>>;
  readonly alerts: boolean;
  readonly publish: boolean;
}

export interface ProviderSwitches {
  readonly enabled: boolean;
  readonly allowWebsocket: boolean;
  readonly allowRest: boolean;
}

export interface BreakersConfig {
  readonly default: BreakerConfig;
  /** Only what differs from `default`. */
  readonly providers: Readonly<Record<string, Partial<BreakerConfig>>>;
}

export interface BreakerConfig {
  readonly windowSeconds: number;
  /** Fewer calls in the window never trip the ratio. */
  readonly minCalls: number;
  readonly maxErrorRatio: number;
  readonly maxConsecutiveFailures: number;
  /** A slower call counts as a failure. */
  readonly slowCallMs: number;
  /** First open time; each re-opening multiplies it by `backoffFactor` up to `maxOpenSeconds`. */
  readonly openSeconds: number;
  readonly maxOpenSeconds: number;
  readonly backoffFactor: number;
  /** The open time is spread by up to this share, by a seeded generator: 0.2 is +-20 %. */
  readonly jitterRatio: number;
  /** Probes let through at once while half open; as many must succeed to close. */
  readonly halfOpenCalls: number;
}

/** Mildest first. What each does: `src/core/ops/kill-switch/levels.ts`. */
export const KILL_LEVELS = ['pause', 'drain', 'kill'] as const;
export type KillLevel = (typeof KILL_LEVELS)[number];

export interface KillSwitchConfig {
  readonly pollMs: number;
  readonly heartbeatMs: number;
  readonly triggers: TriggersConfig;
}

/** What engages the kill switch without an operator. `armAfterSeconds` counts from the first readiness. */
export interface TriggersConfig {
  readonly enabled: boolean;
  readonly armAfterSeconds: number;
  readonly healthGradeF: TriggerConfig;
  readonly dataPipelineSilent: TriggerConfig & { readonly silentSeconds: number };
  readonly criticalErrors: TriggerConfig & { readonly errorsPerMinute: number };
  readonly memory: TriggerConfig & { readonly usedRatio: number };
  readonly diskFree: TriggerConfig & { readonly freeBytes: number };
  readonly eventLoopStall: TriggerConfig & { readonly lagMs: number };
  readonly clockSkew: TriggerConfig & { readonly skewMs: number };
  readonly auditChainBroken: TriggerConfig;
}

export interface TriggerConfig {
  readonly enabled: boolean;
  readonly level: KillLevel;
  /** The condition must hold this long without a break. */
  readonly holdSeconds: number;
}

export const HEALTH_COMPONENTS = [
  'data_quality',
  'system_performance',
  'model_performance',
  'api_health',
  'trading_system',
  'security',
] as const;
export type HealthComponentName = (typeof HEALTH_COMPONENTS)[number];

export interface HealthConfig {
  /** The components that exist here; the others are `not_applicable`. `scanner`: data, system, API, security. */
  readonly profile: 'scanner' | 'full';
  /** Shares of the score; need not add up to 1. */
  readonly weights: Readonly<Record<HealthComponentName, number>>;
  /** A better grade must hold this long before it is taken; a worse one is taken at once. */
  readonly upHoldSeconds: number;
  readonly statusStaleSeconds: number;
  readonly maxEventLoopLagMs: number;
  readonly cpuWarnRatio: number;
  readonly memoryWarnRatio: number;
  readonly memoryCriticalRatio: number;
  readonly diskFreeWarnBytes: number;
  readonly diskFreeCriticalBytes: number;
  /** P95 of the REST calls. */
  readonly responseWarnMs: number;
  readonly responseCriticalMs: number;
  /** The runbook's hard criteria: from here on the grade is at most C, resp. D. */
  readonly caps: {
    readonly dataLagCSeconds: number;
    readonly dataLagDSeconds: number;
    readonly errorsCPerHour: number;
    readonly errorsDPerHour: number;
  };
}
