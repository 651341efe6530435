/** Says what has happened to an alert between two of its states. Makes nothing happen. */

import type { AlertState } from './alert.ts';
import type { AlertChange } from './alert-effect.ts';
import type { AlertRecord } from './alert-record.ts';

/** One change, with the record that tells it: as it stands now, or as it was when it was dropped. */
export interface ToldChange {
  readonly change: AlertChange;
  readonly alert: AlertRecord;
  readonly isNotified: boolean;
}

/** In the order in which they are told. New peaks and more persistence are none: those are stored from time to time. */
export function changesBetween(before: AlertState, after: AlertState): ToldChange[] {
  if (before === after) return [];
  const was = before.kind === 'pending' || before.kind === 'firing' ? before.alert : null;
  if (after.kind === 'inactive') return was === null ? [] : [{ change: 'dropped', alert: was, isNotified: false }];
  const { alert } = after;
  return changeNames(was, alert).map((change) => ({ change, alert, isNotified: isNotified(change, alert) }));
}

function changeNames(was: AlertRecord | null, is: AlertRecord): AlertChange[] {
  if (is.state === 'resolved') return was === null ? [] : ['resolved'];
  if (is.state === 'pending') return was === null ? ['pending'] : [];
  if (was === null || was.state === 'pending') return ['fired'];
  const names: AlertChange[] = [];
  if (is.acknowledgement !== was.acknowledgement) names.push('acknowledged');
  if (is.escalatedAtMs !== was.escalatedAtMs) names.push('escalated');
  if (is.ladderStep > was.ladderStep) names.push('ladder');
  // Who is told of the escalation needs not be told that a silence ended as well.
  if (names.length === 0 && is.silencedBy !== was.silencedBy)
    names.push(is.silencedBy === null ? 'unsilenced' : 'updated');
  return names;
}

function isNotified(change: AlertChange, { silencedBy, isTold, resolution }: AlertRecord): boolean {
  switch (change) {
    case 'fired':
    case 'escalated':
    case 'ladder':
    case 'unsilenced':
      return silencedBy === null;
    case 'acknowledged':
      return isTold && silencedBy === null;
    case 'resolved':
      return isTold && resolution?.kind !== 'disabled';
    case 'pending':
    case 'dropped':
    case 'updated':
      return false;
  }
}
