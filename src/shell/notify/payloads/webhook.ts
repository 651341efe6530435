/** Notifications as CloudEvents 1.0 in JSON, for a webhook of one's own. Sends nothing. */

import type { JsonObject } from '../../../core/base/json.ts';
import { isoText } from '../../../core/base/time.ts';
import { alertJson } from '../../../core/render/alert-text.ts';
import type { Notification } from '../../../core/signal/detect/notification.ts';
import { summaryOf } from './summary.ts';

export const CLOUD_EVENT = 'application/cloudevents+json; charset=utf-8';
/** A JSON array of events: what a receiver gets that is configured to get several at once, also where there is only one. */
export const CLOUD_EVENT_BATCH = 'application/cloudevents-batch+json; charset=utf-8';

/**
 * `(source, id)` is the same for every repeat of one notification: dedupe by it. `subject` is the alert's key, the same in every
 * episode.
 *
 * @param host - where the scanner runs: two scanners that see the same are two sources
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function cloudEvent(told: Notification, host: string): JsonObject {
  const { event, state, dedupKey, alert, createdAtMs } = told;
  return {
    specversion: '1.0',
    id: event,
    source: `/cryptorun/${encodeURIComponent(host)}/alerts`,
    type: `cryptorun.alert.${state}`,
    subject: dedupKey,
    time: isoText(createdAtMs),
    datacontenttype: 'application/json',
    data: { state, dedupKey, summary: summaryOf(told), alert: alertJson(alert) },
  };
}
