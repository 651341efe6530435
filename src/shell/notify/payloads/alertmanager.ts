/** Alerts as `postableAlerts` of Alertmanager's API v2. Sends nothing. */

import { numberText } from '../../../core/base/decimal.ts';
import type { JsonObject } from '../../../core/base/json.ts';
import { HOUR_MS, isoText, MINUTE_MS } from '../../../core/base/time.ts';
import { printable } from '../../../core/render/printable.ts';
import type { AlertPriority, AlertRecord } from '../../../core/signal/detect/alert-record.ts';
import type { Notification } from '../../../core/signal/detect/notification.ts';
import { summaryOf } from './summary.ts';

/** What fires is posted anew so often, as Prometheus does (`--rules.alert.resend-delay`): Alertmanager keeps it in memory only. */
export const REPEAT_MS = MINUTE_MS;
/**
 * Without a repeat, Alertmanager takes what fires for over after this time. Prometheus gives four repeats; we give an hour, since
 * a scanner that restarts goes on with its alerts, and silence of ours is no sign that anything is well.
 */
export const EXPIRES_MS = HOUR_MS;
/** In one request. */
export const MAX_ALERTMANAGER_GROUP = 64;

const API_PATH = '/api/v2/alerts';

/** @param url - of the Alertmanager, as Prometheus is given it, or of its API */
export function alertmanagerUrl(url: URL): string {
  const whole = new URL(url);
  const path = whole.pathname.replace(/\/+$/, '');
  whole.pathname = path.endsWith(API_PATH) ? path : `${path}${API_PATH}`;
  return whole.href;
}

/**
 * One alert is what it has for labels: an escalated one is posted with its first priority, which fires on, and with the one in
 * force. So nobody is told of an end before the end, and routes and inhibition by `priority` work.
 *
 * @param nowMs - what has ended did so by now at the latest: the times of a market are those of its exchange
 * @see https://github.com/prometheus/alertmanager/blob/v0.25.0/api/v2/openapi.yaml
 */
export function postableAlerts(told: Pick<Notification, 'alert' | 'state'>, host: string, nowMs: number): JsonObject[] {
  const { alert } = told;
  const firedAtMs = alert.firedAtMs ?? alert.pendingAtMs;
  const endMs = alert.resolution === null ? nowMs + EXPIRES_MS : Math.min(alert.resolution.atMs, nowMs);
  const posted = (priority: AlertPriority, startMs: number): JsonObject => ({
    labels: labelsOf(alert, priority, host),
    annotations: annotationsOf(told),
    startsAt: isoText(Math.min(startMs, endMs)),
    endsAt: isoText(endMs),
  });
  const first = posted(alert.originalPriority, firedAtMs);
  if (alert.priority === alert.originalPriority) return [first];
  return [first, posted(alert.priority, alert.escalatedAtMs ?? firedAtMs)];
}

function labelsOf(alert: AlertRecord, priority: AlertPriority, host: string): JsonObject {
  const { type, severity, venue, instrument } = alert;
  const where = { ...(venue === null ? {} : { venue }), ...(instrument === null ? {} : { instrument }) };
  return { alertname: type, priority, severity, ...where, job: 'cryptorun', host };
}

/** What may change while the alert stays the same. */
function annotationsOf(told: Pick<Notification, 'alert' | 'state'>): JsonObject {
  const { alert } = told;
  const { acknowledgement, resolution } = alert;
  return {
    summary: summaryOf(told),
    dedup_key: alert.key,
    alert_id: alert.id,
    metric: alert.metric,
    value: numberText(alert.lastValue) ?? 'unknown',
    peak: numberText(alert.peakValue) ?? 'unknown',
    threshold: numberText(alert.threshold) ?? 'unknown',
    ...(acknowledgement === null ? {} : { acknowledged_by: printable(acknowledgement.actor) }),
    ...(resolution === null ? {} : { resolution: resolution.kind }),
  };
}
