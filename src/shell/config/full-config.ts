/** The configuration of what scans, replays or checks: what each command needs, with alerts, surveillance and history. Checks nothing. */

import { SECOND_MS } from '../../core/base/time.ts';
import type { AlertsConfig } from '../../core/signal/detect/alerts-config.ts';
import type { NotifyConfig } from '../../core/signal/detect/notify-config.ts';
import type { SurveillanceConfig, ZscoreConfig } from '../../core/signal/surveillance/surveillance-config.ts';
import { type AlertsValues, alertsConfig, notifyConfig } from './alerts-values.ts';
import { type ConfigValues, type EffectiveConfig, effectiveConfig } from './effective-config.ts';
import type { HistoryConfig } from './history-config.ts';
import type { ConfigFiles, ConfigRequest, SignalFiles } from './resolve-home.ts';
import { signalFiles } from './resolve-home.ts';
import { camelCased, deepFrozen, hashOf } from './typed-values.ts';

/** Checked values of all five files in their own words, defaults filled in. */
export interface FullValues extends ConfigValues {
  readonly alerts: unknown;
  readonly scanner: unknown;
}

/** `configHash` is over all five sections: another threshold is another configuration. */
export interface FullConfig extends EffectiveConfig {
  readonly alerts: AlertsConfig;
  readonly notify: NotifyConfig;
  readonly surveillance: SurveillanceConfig;
  readonly history: HistoryConfig;
  readonly paths: EffectiveConfig['paths'] & { readonly files: ConfigFiles & SignalFiles };
}

/** scanner.yaml in camel case; durations as the file has them. */
interface ScannerValues {
  readonly surveillance: {
    readonly zscore: Omit<ZscoreConfig, 'resetGapMs'> & { readonly resetGapSeconds: number };
    readonly maxLegAgeSeconds: number;
    readonly maxFundingAgeSeconds: number;
    readonly depthChangeSeconds: number;
    readonly spreadWindowSeconds: number;
  };
  readonly history: HistoryConfig;
}

/** Makes the typed configuration of checked values. */
export function fullConfig(values: FullValues, request: ConfigRequest): FullConfig {
  const { ops, venues, instruments } = values;
  const base = effectiveConfig({ ops, venues, instruments }, request);
  const alerts = camelCased(values.alerts, 'alerts') as AlertsValues;
  const scanner = camelCased(values.scanner, 'scanner') as ScannerValues;
  return deepFrozen({
    ...base,
    alerts: alertsConfig(alerts),
    notify: notifyConfig(alerts),
    surveillance: surveillanceConfig(scanner),
    history: scanner.history,
    paths: { ...base.paths, files: { ...base.paths.files, ...signalFiles(request) } },
    configHash: hashOf({ ...values, alerts: orderedRoutes(values.alerts) }),
  });
}

function surveillanceConfig({ surveillance }: ScannerValues): SurveillanceConfig {
  const { resetGapSeconds, ...zscore } = surveillance.zscore;
  return {
    zscore: { ...zscore, resetGapMs: resetGapSeconds * SECOND_MS },
    maxLegAgeMs: surveillance.maxLegAgeSeconds * SECOND_MS,
    maxFundingAgeMs: surveillance.maxFundingAgeSeconds * SECOND_MS,
    depthChangeMs: surveillance.depthChangeSeconds * SECOND_MS,
    spreadWindowMs: surveillance.spreadWindowSeconds * SECOND_MS,
  };
}

/** The hash sorts keys, but the order of the routes says which one counts. */
function orderedRoutes(alerts: unknown): object {
  const { routes, ...rest } = alerts as { routes: object };
  return { ...rest, routes: Object.entries(routes) };
}
