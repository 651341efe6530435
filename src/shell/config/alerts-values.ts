/** Makes what alerts.yaml says, checked and with its defaults, what the alerts and the notifiers are configured by. Checks nothing. */

import { SECOND_MS } from '../../core/base/time.ts';
import type { AlertPriority, AlertSeverity } from '../../core/signal/detect/alert-record.ts';
import type { AlertCondition, AlertRule, AlertsConfig, LadderStep } from '../../core/signal/detect/alerts-config.ts';
import type {
  NotifyConfig,
  ReceiverAuth,
  ReceiverConfig,
  ReceiverSigning,
  RouteConfig,
  ValueSource,
} from '../../core/signal/detect/notify-config.ts';

/** Durations as the file has them, seconds. */
interface RuleSettings {
  readonly throttleSeconds: number;
  readonly cooldownSeconds: number;
  readonly keepFiringSeconds: number;
  readonly hysteresisRatio: number;
  readonly maxGapSeconds: number;
  readonly timeoutSeconds: number;
  readonly escalateAfterSeconds: number | null;
}

interface TypeValues extends Partial<RuleSettings> {
  readonly description: string;
  readonly source: string;
  readonly enabled: boolean;
  readonly metric: string;
  readonly priority: AlertPriority;
  readonly severity: AlertSeverity;
  readonly condition: AlertCondition;
  readonly requiresZscore: boolean;
  readonly persistenceSeconds: number;
  readonly escalatesTo: string | null;
  readonly thresholds: AlertRule['thresholds'];
}

interface ReceiverValues {
  readonly kind: ReceiverConfig['kind'];
  readonly url?: string;
  readonly urlEnv?: string;
  readonly urlFile?: string;
  readonly routingKeyEnv?: string;
  readonly routingKeyFile?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly headersEnv?: Readonly<Record<string, string>>;
  readonly headersFile?: Readonly<Record<string, string>>;
  readonly bearerTokenEnv?: string;
  readonly bearerTokenFile?: string;
  readonly basicUser?: string;
  readonly basicPasswordEnv?: string;
  readonly basicPasswordFile?: string;
  readonly ratePerMinute: number;
  readonly groupSeconds: number;
  readonly giveUpSeconds: number;
}

interface RouteValues extends Partial<Pick<RouteConfig, 'priorities' | 'venues' | 'instruments' | 'types'>> {
  readonly receivers: readonly string[];
  readonly continue: boolean;
}

interface TargetValues {
  readonly acknowledgeSeconds: number | null;
  readonly resolveSeconds: number | null;
}

/** alerts.yaml in camel case. */
export interface AlertsValues {
  readonly defaults: RuleSettings;
  readonly types: { readonly [type: string]: TypeValues };
  readonly ladder: {
    readonly [name: string]: Pick<LadderStep, 'priorities' | 'receivers'> & { readonly afterSeconds: number };
  };
  readonly targets: { readonly [priority in AlertPriority]: TargetValues };
  readonly receivers: { readonly [name: string]: ReceiverValues };
  readonly routes: { readonly [name: string]: RouteValues };
}

/** Rules in the order of their names, so that the order of the file means nothing. */
export function alertsConfig({ defaults, types, ladder, targets }: AlertsValues): AlertsConfig {
  const names = Object.keys(types).sort();
  return {
    rules: names.map((type) => alertRule(type, types[type]!, defaults)),
    ladder: Object.entries(ladder).map(([name, { afterSeconds, priorities, receivers }]) => {
      return { name, afterMs: afterSeconds * SECOND_MS, priorities, receivers };
    }),
    targets: { P1: target(targets.P1), P2: target(targets.P2), P3: target(targets.P3) },
  };
}

/** Routes in the order of the file. */
export function notifyConfig({ receivers, routes }: AlertsValues): NotifyConfig {
  const entries = Object.entries(receivers).map(([name, values]) => [name, receiver(values)] as const);
  return {
    receivers: Object.fromEntries(entries),
    routes: Object.entries(routes).map(([name, values]) => ({
      name,
      priorities: values.priorities ?? null,
      venues: values.venues ?? null,
      instruments: values.instruments ?? null,
      types: values.types ?? null,
      receivers: values.receivers,
      isContinued: values.continue,
    })),
  };
}

function alertRule(type: string, values: TypeValues, defaults: RuleSettings): AlertRule {
  const settings = { ...defaults, ...values };
  const { escalateAfterSeconds } = settings;
  return {
    type,
    description: values.description,
    metric: values.metric,
    priority: values.priority,
    severity: values.severity,
    condition: values.condition,
    requiresZscore: values.requiresZscore,
    persistenceMs: values.persistenceSeconds * SECOND_MS,
    throttleMs: settings.throttleSeconds * SECOND_MS,
    cooldownMs: settings.cooldownSeconds * SECOND_MS,
    maxGapMs: settings.maxGapSeconds * SECOND_MS,
    keepFiringMs: settings.keepFiringSeconds * SECOND_MS,
    hysteresisRatio: settings.hysteresisRatio,
    timeoutMs: settings.timeoutSeconds * SECOND_MS,
    escalatesTo: values.escalatesTo,
    escalateAfterMs: values.priority === 'P2' ? milliseconds(escalateAfterSeconds) : null,
    isEnabled: values.enabled,
    thresholds: values.thresholds,
    source: values.source,
  };
}

function target({ acknowledgeSeconds, resolveSeconds }: TargetValues): AlertsConfig['targets'][AlertPriority] {
  return { acknowledgeMs: milliseconds(acknowledgeSeconds), resolveMs: milliseconds(resolveSeconds) };
}

function receiver(values: ReceiverValues): ReceiverConfig {
  const { ratePerMinute, groupSeconds, giveUpSeconds } = values;
  const pace = { ratePerMinute, groupMs: groupSeconds * SECOND_MS, giveUpMs: giveUpSeconds * SECOND_MS };
  const url = secretSource(values.urlEnv, values.urlFile) ?? textSource(values.url);
  switch (values.kind) {
    case 'console':
      return { ...pace, kind: values.kind };
    // The checks have seen to it that each kind has what it needs.
    case 'webhook':
    case 'alertmanager':
      return { ...pace, kind: values.kind, url: url!, ...signIn(values) };
    case 'slack':
      return { ...pace, kind: values.kind, url: secretSource(values.urlEnv, values.urlFile)! };
    case 'pagerduty':
      return {
        ...pace,
        kind: values.kind,
        routingKey: secretSource(values.routingKeyEnv, values.routingKeyFile)!,
        url,
      };
  }
}

/** Headers and the way to sign in; nothing where nothing is said. */
function signIn(values: ReceiverValues): ReceiverSigning {
  const headers = Object.fromEntries([
    ...Object.entries(values.headers ?? {}).map(([name, text]) => [name, { kind: 'text', text }] as const),
    ...Object.entries(values.headersEnv ?? {}).map(([name, env]) => [name, { kind: 'env', name: env }] as const),
    ...Object.entries(values.headersFile ?? {}).map(([name, path]) => [name, { kind: 'file', path }] as const),
  ]);
  const auth = authOf(values);
  return { ...(Object.keys(headers).length === 0 ? {} : { headers }), ...(auth === null ? {} : { auth }) };
}

function authOf(values: ReceiverValues): ReceiverAuth | null {
  const token = secretSource(values.bearerTokenEnv, values.bearerTokenFile);
  if (token !== null) return { kind: 'bearer', token };
  const password = secretSource(values.basicPasswordEnv, values.basicPasswordFile);
  return password === null ? null : { kind: 'basic', user: values.basicUser!, password };
}

function secretSource(
  env: string | undefined,
  file: string | undefined,
): Exclude<ValueSource, { kind: 'text' }> | null {
  if (env !== undefined) return { kind: 'env', name: env };
  return file === undefined ? null : { kind: 'file', path: file };
}

function textSource(text: string | undefined): ValueSource | null {
  return text === undefined ? null : { kind: 'text', text };
}

function milliseconds(seconds: number | null): number | null {
  return seconds === null ? null : seconds * SECOND_MS;
}
