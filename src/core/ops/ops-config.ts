/** The part of the effective configuration that the status rows read, in `config/ops.yaml`'s own structure. Types only. */

export interface OpsConfig {
  readonly kpi: {
    /** Seconds. */
    readonly windows: { readonly requestsPerMin: number };
    readonly thresholds: { readonly requestsPerMinWarn: number; readonly requestsPerMinCritical: number };
  };
  readonly guards: {
    readonly budget: BudgetConfig;
    readonly callQuota: { readonly enabled: boolean; readonly providers: Readonly<Record<string, QuotaConfig>> };
    readonly correlation: { readonly enabled: boolean };
    readonly venueHealth: VenueHealthConfig;
  };
  readonly switches: SwitchConfig;
}

export interface BudgetConfig {
  readonly enabled: boolean;
  readonly hourlyLimit: number;
  /** Fractions of the limit, 0 to 1, as in the guide (0.8 is 80 %). */
  readonly softWarnPercent: number;
  readonly hardStopPercent: number;
}

export interface QuotaConfig {
  readonly callsPerMinute: number;
  /** Calls within 10 s. */
  readonly burstLimit: number;
}

export interface VenueHealthConfig {
  readonly enabled: boolean;
  /** Fraction, 0 to 1, as in the guide (0.95 is 95 %). */
  readonly minUptimePercent: number;
  /** Null: not judged (the guide's own sample leaves these two out). */
  readonly minDepthUsd: number | null;
  readonly maxSpreadBps: number | null;
}

/** The switches as the files set them; what operators did since is another issue's store. */
export interface SwitchConfig {
  readonly emergency: {
    readonly disableAllScanners: boolean;
    readonly disableLiveData: boolean;
    readonly readOnlyMode: boolean;
  };
  readonly providers: Readonly<Record<string, ProviderSwitches>>;
  readonly venues: Readonly<Record<string, boolean>>;
}

export interface ProviderSwitches {
  readonly enabled: boolean;
  readonly allowWebsocket: boolean;
  readonly allowRest: boolean;
}
