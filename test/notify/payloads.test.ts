/** The exact payload for each provider, every state of an alert against the provider's schema, and texts from the outside. */

import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertRecord } from '../../src/core/signal/detect/alert-record.ts';
import type { Notification, NotificationState } from '../../src/core/signal/detect/notification.ts';
import { alertmanagerUrl, EXPIRES_MS, postableAlerts } from '../../src/shell/notify/payloads/alertmanager.ts';
import { consoleLine } from '../../src/shell/notify/payloads/console.ts';
import { pagerdutyEvent } from '../../src/shell/notify/payloads/pagerduty.ts';
import { MAX_SLACK_GROUP, slackMessage } from '../../src/shell/notify/payloads/slack.ts';
import { cutKey } from '../../src/shell/notify/payloads/summary.ts';
import { cloudEvent } from '../../src/shell/notify/payloads/webhook.ts';
import { alertOf, resolved, T0_MS, tell } from './support/alert-records.ts';
import { problemsOf } from './support/provider-schemas.ts';

const KEY = 'R0123456789abcdef0123456789abcde';
const NOW_MS = T0_MS + 90_000;
const ALERT = alertOf('a1b2c3d4e5f60718');
const ACKED = { ...ALERT, acknowledgement: { atMs: T0_MS + 1000, actor: 'ana', reason: 'looking' } };
const ESCALATED: AlertRecord = {
  ...ALERT,
  priority: 'P1',
  originalPriority: 'P2',
  severity: 'warning',
  escalatedAtMs: T0_MS + 30_000,
  escalationReason: 'unresolved',
};

const STATES: readonly [NotificationState, AlertRecord][] = [
  ['trigger', ALERT],
  ['escalate', ESCALATED],
  ['ladder', { ...ALERT, ladderStep: 2 }],
  ['acknowledge', ACKED],
  ['resolve', resolved(ACKED)],
];

test('PagerDuty: trigger, acknowledge and resolve of one alert share its key', () => {
  assert.deepEqual(pagerdutyEvent(tell('pager', ALERT), KEY, 'scan-1'), {
    routing_key: KEY,
    event_action: 'trigger',
    dedup_key: 'spread_critical:BTC-USDT:kraken',
    client: 'cryptorun',
    payload: {
      summary: 'P1 spread_critical fired: kraken BTC-USDT, spread_bps 6.25 > 5, z 3.4',
      source: 'scan-1',
      severity: 'critical',
      timestamp: '2026-03-01T12:00:00.000Z',
      component: 'kraken BTC-USDT',
      group: 'kraken',
      class: 'spread_critical',
      custom_details: {
        event: 'a1b2c3d4e5f60718/trigger',
        id: 'a1b2c3d4e5f60718',
        key: 'spread_critical:BTC-USDT:kraken',
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
        heldMs: 0,
        value: 6.25,
        zscore: 3.4,
        lastValue: 6.25,
        peakValue: 6.25,
        escalationReason: null,
        ladderStep: 0,
        silencedBy: null,
        isTold: true,
        pendingAt: '2026-03-01T12:00:00.000Z',
        firedAt: '2026-03-01T12:00:00.000Z',
        escalatedAt: null,
        lastAt: '2026-03-01T12:00:00.000Z',
        peakAt: '2026-03-01T12:00:00.000Z',
        acknowledgement: null,
        resolution: null,
      },
    },
  });
  const base = { routing_key: KEY, dedup_key: ALERT.key };
  assert.deepEqual(pagerdutyEvent(tell('pager', ACKED, 'acknowledge'), KEY, 'scan-1'), {
    ...base,
    event_action: 'acknowledge',
  });
  assert.deepEqual(pagerdutyEvent(tell('pager', resolved(ALERT), 'resolve'), KEY, 'scan-1'), {
    ...base,
    event_action: 'resolve',
  });
});

test('Slack: a text for phones, two blocks an alert', () => {
  assert.deepEqual(slackMessage([tell('chat', ACKED, 'acknowledge')]), {
    text: 'P1 spread_critical acknowledged: kraken BTC-USDT, spread_bps 6.25 &gt; 5, z 3.4, by ana',
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: ':red_circle: *P1 spread_critical acknowledged: kraken BTC-USDT, spread_bps 6.25 &gt; 5, z 3.4, by ana*',
        },
      },
      {
        type: 'context',
        elements: [
          {
            type: 'mrkdwn',
            text:
              'fired 2026-03-01T12:00:00.000Z · spread_critical:BTC-USDT:kraken · ' +
              '`cryptorun alerts show a1b2c3d4e5f60718` · looking',
          },
        ],
      },
    ],
  });
  const group = [tell('chat', ALERT), tell('chat', resolved(alertOf('b1')), 'resolve')];
  assert.match(
    String(slackMessage(group)['text']),
    /^2 alerts: P1 spread_critical fired: .*; P1 spread_critical resolved \(auto\): /,
  );
});

test('Alertmanager: what fires ends in an hour unless it is repeated, what is over has ended by now', () => {
  const labels = {
    alertname: 'spread_critical',
    priority: 'P1',
    severity: 'critical',
    venue: 'kraken',
    instrument: 'BTC-USDT',
    job: 'cryptorun',
    host: 'scan-1',
  };
  assert.deepEqual(postableAlerts(tell('am', ALERT), 'scan-1', NOW_MS), [
    {
      labels,
      annotations: {
        summary: 'P1 spread_critical fired: kraken BTC-USDT, spread_bps 6.25 > 5, z 3.4',
        dedup_key: 'spread_critical:BTC-USDT:kraken',
        alert_id: 'a1b2c3d4e5f60718',
        metric: 'spread_bps',
        value: '6.25',
        peak: '6.25',
        threshold: '5',
      },
      startsAt: '2026-03-01T12:00:00.000Z',
      endsAt: new Date(NOW_MS + EXPIRES_MS).toISOString(),
    },
  ]);
  const times = (alert: AlertRecord): unknown[] =>
    postableAlerts(tell('am', alert), 'scan-1', NOW_MS).map(({ labels: own, startsAt, endsAt }) => [
      (own as { priority: string }).priority,
      startsAt,
      endsAt,
    ]);
  assert.deepEqual(times(resolved(ALERT)), [['P1', '2026-03-01T12:00:00.000Z', '2026-03-01T12:01:00.000Z']]);
  // The exchange's clock is ahead of ours.
  const ahead = alertOf('a1', { firedAtMs: NOW_MS + 5000 });
  assert.deepEqual(times(resolved(ahead, NOW_MS + 9000)), [
    ['P1', '2026-03-01T12:01:30.000Z', '2026-03-01T12:01:30.000Z'],
  ]);
  // Its first priority fires on, so that nobody is told of an end before the end.
  assert.deepEqual(times(resolved(ESCALATED)), [
    ['P2', '2026-03-01T12:00:00.000Z', '2026-03-01T12:01:00.000Z'],
    ['P1', '2026-03-01T12:00:30.000Z', '2026-03-01T12:01:00.000Z'],
  ]);
});

test('Alertmanager: its address, with and without the path of the API', () => {
  for (const [given, wanted] of [
    ['http://127.0.0.1:9093', 'http://127.0.0.1:9093/api/v2/alerts'],
    ['http://am/prefix/', 'http://am/prefix/api/v2/alerts'],
    ['http://am/api/v2/alerts', 'http://am/api/v2/alerts'],
    ['https://am/x?token=1', 'https://am/x/api/v2/alerts?token=1'],
  ] as const) {
    assert.equal(alertmanagerUrl(new URL(given)), wanted);
  }
});

test('a webhook gets a CloudEvent whose source and id are the same in every repeat', () => {
  const { data, ...event } = cloudEvent(tell('hook', ALERT), 'scan 1');
  assert.deepEqual(event, {
    specversion: '1.0',
    id: 'a1b2c3d4e5f60718/trigger',
    source: '/cryptorun/scan%201/alerts',
    type: 'cryptorun.alert.trigger',
    subject: 'spread_critical:BTC-USDT:kraken',
    time: '2026-03-01T12:00:00.000Z',
    datacontenttype: 'application/json',
  });
  const { state, dedupKey, summary, alert } = data as Record<string, unknown>;
  assert.deepEqual([state, dedupKey], ['trigger', ALERT.key]);
  assert.match(String(summary), /^P1 spread_critical fired/);
  assert.equal((alert as { firedAt: string }).firedAt, '2026-03-01T12:00:00.000Z');
});

test('a line at a terminal, with the time of the run and not of the telling', () => {
  assert.equal(
    consoleLine(tell('console', ALERT, 'trigger', NOW_MS)),
    '2026-03-01T12:00:00.000Z ALERT P1 spread_critical fired: kraken BTC-USDT, spread_bps 6.25 > 5, z 3.4',
  );
  const lines = STATES.map(([state, alert]) => consoleLine(tell('console', alert, state, NOW_MS)));
  assert.deepEqual(
    lines.map((line) => line.slice(11, 23)),
    ['12:00:00.000', '12:00:30.000', '12:00:00.000', '12:00:01.000', '12:01:00.000'],
  );
});

const HOSTILE = '\u001b[31m<!channel> & `x`\u202e\n'.repeat(400);

for (const [state, alert] of STATES) {
  test(`${state}: every provider takes it, also with texts of the worst kind`, () => {
    const reason = HOSTILE;
    const bad: AlertRecord = {
      ...alert,
      key: `${HOSTILE}${alert.key}`,
      instrument: HOSTILE,
      acknowledgement: { atMs: T0_MS, actor: HOSTILE, reason },
    };
    for (const own of [alert, bad, { ...alert, venue: null, instrument: null, zscore: null }]) {
      const told = tell('x', own, state);
      assert.deepEqual(problemsOf('pagerduty-v2', pagerdutyEvent(told, KEY, 'scan-1')), []);
      assert.deepEqual(problemsOf('slack-webhook', slackMessage([told])), []);
      assert.deepEqual(problemsOf('alertmanager-v2', postableAlerts(told, 'scan-1', NOW_MS)), []);
      assert.deepEqual(problemsOf('cloudevents-1.0', cloudEvent(told, 'scan-1')), []);
    }
  });
}

test('Slack: the largest group is one message that it takes, and nobody is called by a text from outside', () => {
  const group = Array.from(
    { length: MAX_SLACK_GROUP },
    (_, i): Notification => tell('chat', alertOf(`a${i}`, { type: HOSTILE })),
  );
  const message = slackMessage(group);
  assert.deepEqual(problemsOf('slack-webhook', message), []);
  assert.doesNotMatch(JSON.stringify(message), /<!channel>|\\u001b|\u202e/);
});

test('a key that is too long keeps its beginning, and stays unique', () => {
  const long = `spread:${'x'.repeat(300)}`;
  assert.equal(cutKey('short', 255), 'short');
  assert.equal(cutKey(long, 255).length, 255);
  assert.ok(cutKey(long, 255).startsWith('spread:xxx'));
  assert.notEqual(cutKey(`${long}a`, 255), cutKey(`${long}b`, 255));
});

test('the schemas refuse what providers refuse', () => {
  assert.notDeepEqual(problemsOf('pagerduty-v2', { routing_key: KEY, event_action: 'trigger', dedup_key: 'x' }), []);
  assert.notDeepEqual(problemsOf('slack-webhook', { blocks: [] }), []);
  assert.notDeepEqual(problemsOf('alertmanager-v2', [{ labels: { alertname: '' } }]), []);
  assert.notDeepEqual(problemsOf('cloudevents-1.0', { id: 'x', source: '/x', type: 'x' }), []);
});
