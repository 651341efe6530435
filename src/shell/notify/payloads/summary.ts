/** What every payload says of an alert in words, and under which key it stays the same alert everywhere. Sends nothing. */

import { sha256Hex } from '../../../core/base/sha256.ts';
import { alertLine } from '../../../core/render/alert-text.ts';
import { printable } from '../../../core/render/printable.ts';
import type { AlertChange } from '../../../core/signal/detect/alert-effect.ts';
import type { Notification, NotificationState } from '../../../core/signal/detect/notification.ts';

const CHANGES: Readonly<Record<NotificationState, AlertChange>> = {
  trigger: 'fired',
  escalate: 'escalated',
  ladder: 'ladder',
  acknowledge: 'acknowledged',
  resolve: 'resolved',
};

const NOT_STORED = ' (from memory: alerts cannot be stored)';

/** One line of printable text, such as `P1 spread_critical fired: kraken BTC-USDT, spread_bps 6.25 > 5, z 3.4`. */
export function summaryOf({ alert, state, isStored }: Pick<Notification, 'alert' | 'state' | 'isStored'>): string {
  const by = state === 'acknowledge' && alert.acknowledgement !== null ? `, by ${alert.acknowledgement.actor}` : '';
  return printable(`${alertLine(alert, CHANGES[state])}${by}${isStored === false ? NOT_STORED : ''}`);
}

/** Texts longer than a provider takes end in an ellipsis. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** A key longer than a provider takes keeps its beginning, and what makes it unique. */
export function cutKey(key: string, length: number): string {
  if (key.length <= length) return key;
  const hash = sha256Hex(key);
  return `${key.slice(0, length - hash.length - 1)}~${hash}`;
}
