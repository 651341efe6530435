/** What the alerts ask of the shell, and what operators may tell them. Types only. */

import type { AlertRecord } from './alert-record.ts';

/**
 * What has just happened to an alert.
 *
 * - `dropped`: its level did not hold for long enough; it was never more than pending
 * - `ladder`: nobody acknowledged it in time, and the next receivers are due
 * - `unsilenced`: the silence over it has ended and it still fires, so it is told now, as it stands
 * - `updated`: a new peak, more of its persistence, or a silence; stored, never sent
 */
export type AlertChange =
  | 'pending'
  | 'dropped'
  | 'fired'
  | 'escalated'
  | 'acknowledged'
  | 'ladder'
  | 'unsilenced'
  | 'resolved'
  | 'updated';

export type AlertEffect = {
  readonly kind: 'alert';
  readonly change: AlertChange;
  readonly alert: AlertRecord;
  /**
   * Should somebody be told: false while silenced, pending, disabled, or for changes that are only stored. Of the end of an alert
   * that was told, somebody is told also under a silence, since else their incident stays open for good.
   */
  readonly isNotified: boolean;
  /** Receive time, ms since the epoch. */
  readonly atMs: number;
};

/** `equals` and `matches` as Alertmanager has them; labels are `type`, `priority`, `severity`, `venue`, `instrument`. */
export interface SilenceMatcher {
  readonly label: 'type' | 'priority' | 'severity' | 'venue' | 'instrument';
  /** `equals`: the whole value. `prefix`: its beginning. No regular expressions: they do not replay in bounded time. */
  readonly kind: 'equals' | 'prefix';
  readonly value: string;
  readonly isNegated: boolean;
}

export interface Silence {
  readonly id: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly actor: string;
  readonly reason: string;
}

/** Orders of operators, in the order in which the alert store numbered them. */
export type AlertCommand =
  | { readonly kind: 'alert_acknowledge'; readonly alert: string; readonly actor: string; readonly reason: string }
  | { readonly kind: 'alert_resolve'; readonly alert: string; readonly actor: string; readonly reason: string }
  | { readonly kind: 'silence_add'; readonly silence: Silence }
  | { readonly kind: 'silence_end'; readonly id: string; readonly actor: string };

/** What became of an order. Refused ones change nothing. */
export type AlertCommandOutcome = { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly reason: string };
