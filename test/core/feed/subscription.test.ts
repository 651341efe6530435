/** One subscription's states: one row an event, the state it leads to last. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  OFF,
  type Subscription,
  type SubscriptionEvent,
  type SubscriptionRule,
  stepSubscription,
} from '../../../src/core/feed/subscription.ts';

const heartbeat = { ackTimeoutMs: 100, firstDataTimeoutMs: 300, instrumentSilenceMs: 1000 };
const DENSE: SubscriptionRule = { isSparse: false, heartbeat };
const SPARSE: SubscriptionRule = { isSparse: true, heartbeat };

const wanted: Subscription = { kind: 'wanted', notBeforeMs: 0 };
const asked: Subscription = { kind: 'asked', requestId: 1, sentMs: 0 };
const confirmed: Subscription = { kind: 'confirmed', sentMs: 0 };
const live: Subscription = { kind: 'live', sinceMs: 50 };
const leaving: Subscription = { kind: 'leaving', requestId: 2, sentMs: 0 };
const failed: Subscription = { kind: 'failed', reason: 'no_data', detail: '', sinceMs: 300 };

const time = (atMs: number, dataMs = Number.NaN): SubscriptionEvent => ({ kind: 'time', atMs, dataMs });
const wish: SubscriptionEvent = { kind: 'wish', notBeforeMs: 0 };
const sent: SubscriptionEvent = { kind: 'sent', requestId: 1, atMs: 0 };
const left: SubscriptionEvent = { kind: 'left', requestId: 2, atMs: 0 };
const acked: SubscriptionEvent = { kind: 'acked', atMs: 50 };
const unsubscribed: SubscriptionEvent = { kind: 'unsubscribed' };
const refused: SubscriptionEvent = { kind: 'refused', detail: 'no such pair', atMs: 50 };
const channelSilent: SubscriptionEvent = { kind: 'channel_silent', atMs: 60 };

const ROWS: readonly (readonly [Subscription, string, SubscriptionEvent, SubscriptionRule, string])[] = [
  [OFF, 'a wish', wish, DENSE, 'wanted'],
  [OFF, 'time', time(5000), DENSE, 'off'],
  [wanted, 'sent', sent, DENSE, 'asked'],
  [wanted, 'given up before it was sent', left, DENSE, 'off'],
  [wanted, 'an answer that nobody waits for', acked, DENSE, 'wanted'],
  [asked, 'acknowledged', acked, DENSE, 'confirmed'],
  [asked, 'acknowledged, and may be silent', acked, SPARSE, 'live'],
  [asked, 'data without an answer proves more', time(60, 40), DENSE, 'live'],
  [asked, 'data from before it was sent proves nothing', time(60, -5), DENSE, 'asked'],
  [asked, 'just before the deadline', time(99), DENSE, 'asked'],
  [asked, 'no answer', time(100), DENSE, 'failed no_ack'],
  [asked, 'refused', refused, DENSE, 'failed refused'],
  [asked, 'another wish', wish, DENSE, 'asked'],
  [confirmed, 'first data', time(200, 150), DENSE, 'live'],
  [confirmed, 'no data', time(300), DENSE, 'failed no_data'],
  [confirmed, 'another answer', acked, DENSE, 'confirmed'],
  [live, 'silence within patience', time(1049), DENSE, 'live'],
  [live, 'silence', time(1050), DENSE, 'failed silent'],
  [live, 'silence of what may be silent', time(9999), SPARSE, 'live'],
  [live, 'data', time(1800, 900), DENSE, 'live'],
  [live, 'its whole channel is silent', channelSilent, DENSE, 'failed channel_silent'],
  [live, 'to leave', left, DENSE, 'leaving'],
  [leaving, 'left', unsubscribed, DENSE, 'off'],
  [leaving, 'data on the way out', time(50, 40), DENSE, 'leaving'],
  [leaving, 'the venue knows of none', refused, DENSE, 'off'],
  [leaving, 'no answer', time(100), DENSE, 'off'],
  [failed, 'old data', time(400, 299), DENSE, 'failed no_data'],
  [failed, 'data after all', time(400, 350), DENSE, 'live'],
  [failed, 'another try', wish, DENSE, 'wanted'],
  [failed, 'leave first', left, DENSE, 'leaving'],
];

for (const [from, what, event, rule, to] of ROWS) {
  test(`${from.kind}: ${what} -> ${to}`, () => {
    const next = stepSubscription(from, event, rule);
    assert.equal(next.kind === 'failed' ? `failed ${next.reason}` : next.kind, to);
    if (next.kind === from.kind) assert.equal(next, from, 'the same object when nothing changed');
  });
}
