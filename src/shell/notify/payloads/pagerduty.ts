/** A notification as an event of PagerDuty's Events API v2. Sends nothing. */

import type { JsonObject } from '../../../core/base/json.ts';
import { isoText } from '../../../core/base/time.ts';
import { alertJson } from '../../../core/render/alert-text.ts';
import type { AlertPriority } from '../../../core/signal/detect/alert-record.ts';
import { alertSubject } from '../../../core/signal/detect/alert-subject.ts';
import type { Notification, NotificationState } from '../../../core/signal/detect/notification.ts';
import { cut, cutKey, summaryOf } from './summary.ts';

export const PAGERDUTY_URL = 'https://events.pagerduty.com/v2/enqueue';
/** @see https://developer.pagerduty.com/docs/events-api-v2-overview */
const MAX_DEDUP_KEY = 255;
const MAX_SUMMARY = 1024;

/** To PagerDuty an escalation is one more trigger of the same incident. */
const ACTIONS: Readonly<Record<NotificationState, 'trigger' | 'acknowledge' | 'resolve'>> = {
  trigger: 'trigger',
  escalate: 'trigger',
  ladder: 'trigger',
  acknowledge: 'acknowledge',
  resolve: 'resolve',
};

const SEVERITIES: Readonly<Record<AlertPriority, 'critical' | 'warning' | 'info'>> = {
  P1: 'critical',
  P2: 'warning',
  P3: 'info',
};

/**
 * @param routingKey - the integration's secret: the result is to be sent, never shown
 * @param host - where the scanner runs
 */
export function pagerdutyEvent(told: Notification, routingKey: string, host: string): JsonObject {
  const action = ACTIONS[told.state];
  const event = { routing_key: routingKey, event_action: action, dedup_key: cutKey(told.dedupKey, MAX_DEDUP_KEY) };
  return action === 'trigger' ? { ...event, client: 'cryptorun', payload: payloadOf(told, host) } : event;
}

function payloadOf(told: Notification, host: string): JsonObject {
  const { alert, event } = told;
  return {
    summary: cut(summaryOf(told), MAX_SUMMARY),
    source: host,
    severity: SEVERITIES[alert.priority],
    timestamp: isoText(alert.firedAtMs ?? alert.pendingAtMs),
    component: alertSubject(alert),
    group: alert.venue ?? 'scanner',
    class: alert.type,
    custom_details: { event, ...alertJson(alert) },
  };
}
