/** What a run wants to do to the outside world, and what each such action must be allowed by. Types and one table. */

import type { Activity } from '../kill-switch/levels.ts';

/**
 * One thing about to be done. Everything that leaves the process asks first.
 *
 * - `call`: a REST request; `connect`: opening a WebSocket; `subscribe`: asking for a channel on an open one
 * - `detect`: running a detector; `publish`: letting an event or a candidate out
 * - `alert`: notifying somebody, of the `market`, or of our own `operations` (feeds, KPIs, health, the kill switch)
 * - `write`: any file but audit, state and heartbeat
 */
export type Action =
  | {
      readonly kind: 'call' | 'connect' | 'subscribe';
      readonly provider: string;
      readonly venue: string;
      /** Quote currency, for switches such as `venue.kraken_usd`; null: the venue as such. */
      readonly quote: string | null;
    }
  | { readonly kind: 'detect'; readonly detector: string }
  | { readonly kind: 'publish'; readonly what: 'event' | 'candidate' }
  | { readonly kind: 'alert'; readonly about: 'market' | 'operations' }
  | { readonly kind: 'write'; readonly what: 'snapshot' | 'artifact' | 'journal' };

/** Who may refuse, in the order in which they are asked; the first refusal is the answer. */
export const REFUSERS = ['mode', 'kill_switch', 'switch', 'guard', 'breaker'] as const;
export type Refuser = (typeof REFUSERS)[number];

export type Permission =
  | { readonly isAllowed: true }
  | {
      readonly isAllowed: false;
      readonly refusedBy: Refuser;
      /** Which switch, guard, breaker, level or mode. */
      readonly name: string;
      /** For people. */
      readonly reason: string;
    };

export const ALLOWED: Permission = { isAllowed: true };

/** What the kill switch calls an action. */
export function activityOf(action: Action): Activity {
  switch (action.kind) {
    case 'call':
      return 'calls';
    case 'connect':
    case 'subscribe':
      return 'sockets';
    case 'detect':
      return 'detectors';
    case 'alert':
      return action.about === 'market' ? 'market_alerts' : 'operational_alerts';
    case 'publish':
      return action.what === 'event' ? 'publish_events' : 'publish_candidates';
    case 'write':
      return action.what === 'journal' ? 'journal' : action.what === 'snapshot' ? 'snapshots' : 'artifacts';
  }
}

/** For messages and counters: `call binance`, `publish event`, `alert operations`, `write journal`. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case 'call':
    case 'connect':
    case 'subscribe':
      return `${action.kind} ${action.venue}`;
    case 'detect':
      return `detect ${action.detector}`;
    case 'alert':
      return `alert ${action.about}`;
    default:
      return `${action.kind} ${action.what}`;
  }
}
