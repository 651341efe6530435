/** One subscription on one connection: where it stands, and what moves it. Sends nothing and counts no attempts. */

import type { VenueFeedConfig } from './feed-config.ts';

/** Why a subscription brings nothing. `silent`: it brought data once. */
export type FailureReason = 'refused' | 'no_ack' | 'no_data' | 'silent' | 'channel_silent';

/**
 * - `off`: not subscribed and not wanted. A wish leads out.
 * - `wanted`: to be asked for, not before its time. Sending leads out.
 * - `asked`: sent; the venue's answer, data, or the deadline lead out.
 * - `confirmed`: acknowledged, which proves nothing; data or the deadline lead out.
 * - `live`: brings data (or may be silent, and is confirmed).
 * - `leaving`: an unsubscription was sent; its answer, or the deadline, lead to `off`.
 * - `failed`: data, or a new wish, lead out.
 */
export type Subscription =
  | { readonly kind: 'off' }
  | { readonly kind: 'wanted'; readonly notBeforeMs: number }
  | { readonly kind: 'asked'; readonly requestId: number; readonly sentMs: number }
  | { readonly kind: 'confirmed'; readonly sentMs: number }
  | { readonly kind: 'live'; readonly sinceMs: number }
  | { readonly kind: 'leaving'; readonly requestId: number; readonly sentMs: number }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly detail: string; readonly sinceMs: number };

export type SubscriptionEvent =
  | { readonly kind: 'wish'; readonly notBeforeMs: number }
  | { readonly kind: 'sent'; readonly requestId: number; readonly atMs: number }
  | { readonly kind: 'left'; readonly requestId: number; readonly atMs: number }
  | { readonly kind: 'acked'; readonly atMs: number }
  | { readonly kind: 'unsubscribed' }
  | { readonly kind: 'refused'; readonly detail: string; readonly atMs: number }
  | { readonly kind: 'channel_silent'; readonly atMs: number }
  /** `dataMs`: when its data came last, on this connection; NaN never. */
  | { readonly kind: 'time'; readonly atMs: number; readonly dataMs: number };

/** `isSparse`: no data for hours is nothing wrong. */
export interface SubscriptionRule {
  readonly isSparse: boolean;
  readonly heartbeat: Pick<VenueFeedConfig['heartbeat'], 'ackTimeoutMs' | 'firstDataTimeoutMs' | 'instrumentSilenceMs'>;
}

export const OFF: Subscription = { kind: 'off' };

/** Pure: the same object when nothing changed. */
export function stepSubscription(state: Subscription, event: SubscriptionEvent, rule: SubscriptionRule): Subscription {
  switch (event.kind) {
    case 'wish':
      return state.kind === 'off' || state.kind === 'failed'
        ? { kind: 'wanted', notBeforeMs: event.notBeforeMs }
        : state;
    case 'sent':
      return state.kind === 'wanted' ? { kind: 'asked', requestId: event.requestId, sentMs: event.atMs } : state;
    case 'left':
      return state.kind === 'off' || state.kind === 'wanted'
        ? OFF
        : { kind: 'leaving', requestId: event.requestId, sentMs: event.atMs };
    case 'acked':
      if (state.kind !== 'asked') return state;
      return rule.isSparse ? { kind: 'live', sinceMs: event.atMs } : { kind: 'confirmed', sentMs: state.sentMs };
    case 'unsubscribed':
      return state.kind === 'leaving' ? OFF : state;
    case 'refused':
      if (state.kind === 'leaving') return OFF;
      return state.kind === 'asked' ? failed('refused', event.atMs, event.detail) : state;
    case 'channel_silent':
      return state.kind === 'live' ? failed('channel_silent', event.atMs) : state;
    case 'time':
      return onTime(state, event.atMs, event.dataMs, rule);
  }
}

function onTime(state: Subscription, atMs: number, dataMs: number, rule: SubscriptionRule): Subscription {
  const { ackTimeoutMs, firstDataTimeoutMs, instrumentSilenceMs } = rule.heartbeat;
  switch (state.kind) {
    case 'asked':
      if (dataMs >= state.sentMs) return { kind: 'live', sinceMs: dataMs };
      return atMs >= state.sentMs + ackTimeoutMs ? failed('no_ack', atMs) : state;
    case 'confirmed':
      if (dataMs >= state.sentMs) return { kind: 'live', sinceMs: dataMs };
      return atMs >= state.sentMs + firstDataTimeoutMs ? failed('no_data', atMs) : state;
    case 'live': {
      const heardMs = dataMs >= state.sinceMs ? dataMs : state.sinceMs;
      return !rule.isSparse && atMs >= heardMs + instrumentSilenceMs ? failed('silent', atMs) : state;
    }
    case 'failed':
      return dataMs > state.sinceMs ? { kind: 'live', sinceMs: dataMs } : state;
    case 'leaving':
      return atMs >= state.sentMs + ackTimeoutMs ? OFF : state;
    default:
      return state;
  }
}

function failed(reason: FailureReason, sinceMs: number, detail = ''): Subscription {
  return { kind: 'failed', reason, detail, sinceMs };
}
