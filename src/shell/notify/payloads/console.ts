/** A notification as one line for people at a terminal. Prints nothing itself. */

import { isoText } from '../../../core/base/time.ts';
import type { Notification } from '../../../core/signal/detect/notification.ts';
import { summaryOf } from './summary.ts';

/** `2026-03-01T12:00:00.000Z ALERT P1 spread_critical fired: kraken BTC-USDT, ...`, without the newline. */
export function consoleLine(told: Notification): string {
  return `${isoText(told.createdAtMs)} ALERT ${summaryOf(told)}`;
}
