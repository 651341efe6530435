/** Alerts, changes and notifications for tests: one episode with everything set, and ways to say what differs. */

import type { AlertChange, AlertEffect, Silence } from '../../../src/core/signal/detect/alert-effect.ts';
import type { AlertRecord } from '../../../src/core/signal/detect/alert-record.ts';
import type { Notification, NotificationState } from '../../../src/core/signal/detect/notification.ts';

export const T0_MS = Date.UTC(2026, 2, 1, 12);

/** Firing since `T0_MS`, told of at once. */
export function alertOf(id: string, more: Partial<AlertRecord> = {}): AlertRecord {
  return {
    id,
    key: `spread_critical:BTC-USDT:kraken`,
    type: 'spread_critical',
    priority: 'P1',
    originalPriority: 'P1',
    severity: 'critical',
    venue: 'kraken',
    instrument: 'BTC-USDT',
    metric: 'spread_bps',
    condition: 'gt',
    threshold: 5,
    zscoreThreshold: 3,
    state: 'firing',
    pendingAtMs: T0_MS,
    heldMs: 0,
    firedAtMs: T0_MS,
    value: 6.25,
    zscore: 3.4,
    lastValue: 6.25,
    lastAtMs: T0_MS,
    peakValue: 6.25,
    peakAtMs: T0_MS,
    escalatedAtMs: null,
    escalationReason: null,
    acknowledgement: null,
    ladderStep: 0,
    silencedBy: null,
    isTold: true,
    resolution: null,
    ...more,
  };
}

export function pending(alert: AlertRecord): AlertRecord {
  return { ...alert, state: 'pending', firedAtMs: null, isTold: false };
}

export function resolved(alert: AlertRecord, atMs = T0_MS + 60_000): AlertRecord {
  return { ...alert, state: 'resolved', lastValue: 2, lastAtMs: atMs, resolution: { kind: 'auto', atMs, value: 2 } };
}

export function effectOf(change: AlertChange, alert: AlertRecord, isNotified = true): AlertEffect {
  return { kind: 'alert', change, alert, isNotified, atMs: alert.lastAtMs };
}

export function tell(
  receiver: string,
  alert: AlertRecord,
  state: NotificationState = 'trigger',
  createdAtMs = T0_MS,
): Notification {
  return { receiver, event: `${alert.id}/${state}`, dedupKey: alert.key, state, alert, createdAtMs };
}

export function silenceOf(id: string, more: Partial<Silence> = {}): Silence {
  return {
    id,
    matchers: [{ label: 'venue', kind: 'equals', value: 'kraken', isNegated: false }],
    startsAtMs: T0_MS,
    endsAtMs: T0_MS + 3_600_000,
    actor: 'ana',
    reason: 'maintenance',
    ...more,
  };
}
