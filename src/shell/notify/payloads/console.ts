/** A notification as one line for people at a terminal. Prints nothing itself. */

import { isoText } from '../../../core/base/time.ts';
import type { Notification } from '../../../core/signal/detect/notification.ts';
import { summaryOf } from './summary.ts';

/** `2026-03-01T12:00:00.000Z ALERT P1 spread_critical fired: kraken BTC-USDT, ...`, without the newline. */
export function consoleLine(told: Notification): string {
  return `${isoText(happenedAtMs(told))} ALERT ${summaryOf(told)}`;
}

/** In the run's time, as every other line of it: a demo's is another than the wall clock's. */
function happenedAtMs({ alert, state }: Notification): number {
  switch (state) {
    case 'trigger':
      return alert.firedAtMs ?? alert.lastAtMs;
    case 'escalate':
      return alert.escalatedAtMs ?? alert.lastAtMs;
    case 'acknowledge':
      return alert.acknowledgement?.atMs ?? alert.lastAtMs;
    case 'resolve':
      return alert.resolution?.atMs ?? alert.lastAtMs;
    case 'ladder':
      return alert.lastAtMs;
  }
}
