/** Against a real Alertmanager: it takes what we post, tells of an alert once, of its escalation and of its end, and its memory is ours. */

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { AlertRecord } from '../../src/core/signal/detect/alert-record.ts';
import type { NotificationState } from '../../src/core/signal/detect/notification.ts';
import { systemClock } from '../../src/shell/feeds/clocks.ts';
import { Deliverer } from '../../src/shell/notify/deliverer.ts';
import { openReceivers } from '../../src/shell/notify/receiver.ts';
import { sendTest } from '../../src/shell/notify/send-test.ts';
import { httpPost } from '../../src/shell/run/alerts/http-post.ts';
import { MemoryAlertStore } from '../../src/shell/stores/alerts/memory-alert-store.ts';
import { alertOf, effectOf, tell } from './support/alert-records.ts';
import { Alertmanager, findAlertmanager, type GettableAlert, until } from './support/alertmanager.ts';
import { LocalReceiver } from './support/local-receiver.ts';

const program = findAlertmanager();
const skip =
  program === null ? 'no Alertmanager is installed (Debian: apt-get install prometheus-alertmanager)' : false;

function receiversAt(url: string) {
  const am = { kind: 'alertmanager', url: { kind: 'text', text: url }, ratePerMinute: 6000, groupMs: 0 } as const;
  return openReceivers({ receivers: { am }, routes: [] }, { env: {}, home: '/' }, 'scan-1').receivers;
}

function delivering(t: TestContext, store: MemoryAlertStore, url: string): { said: string[] } {
  const said: string[] = [];
  const deliverer = new Deliverer({
    receivers: receiversAt(url),
    outbox: store,
    post: httpPost,
    clock: systemClock(),
    random: Math.random,
    print: () => {},
    onProblem: (text) => said.push(text),
  });
  deliverer.start();
  t.after(() => deliverer.stop(0));
  return { said };
}

function commit(store: MemoryAlertStore, state: NotificationState, alert: AlertRecord): void {
  const change = state === 'resolve' ? 'resolved' : 'updated';
  store.commit([effectOf(change, alert)], [tell('am', alert, state, Date.now())], 0, []);
}

const priorities = (alerts: readonly GettableAlert[]): string[] =>
  alerts.map(({ labels }) => labels['priority']!).sort();

/** What the Alertmanager told its own receiver: status of the group, and the priorities in it. */
function told(hook: LocalReceiver): string[] {
  return hook.received.map(({ body }) => {
    const { status, alerts } = body as { status: string; alerts: (GettableAlert & { status: string })[] };
    return `${status} ${alerts
      .map((one) => `${one.labels['priority']}:${one.status}`)
      .sort()
      .join(' ')}`;
  });
}

test('trigger, escalate, acknowledge, resolve: it holds and tells what we do', { skip, timeout: 60_000 }, async (t) => {
  const hook = await LocalReceiver.started();
  t.after(() => hook.close());
  const am = await Alertmanager.started(t, program!, hook.url);
  const store = new MemoryAlertStore();
  const { said } = delivering(t, store, am.url);
  const nowMs = Date.now();
  const times = { pendingAtMs: nowMs, firedAtMs: nowMs, lastAtMs: nowMs, peakAtMs: nowMs };
  const firing = alertOf('a1', { ...times, priority: 'P2', originalPriority: 'P2', severity: 'warning' });

  commit(store, 'trigger', firing);
  await until(async () => (await am.alerts()).length === 1);
  const [held] = await am.alerts();
  assert.equal(held?.status.state, 'active');
  assert.deepEqual(held?.labels, {
    alertname: 'spread_critical',
    priority: 'P2',
    severity: 'warning',
    venue: 'kraken',
    instrument: 'BTC-USDT',
    job: 'cryptorun',
    host: 'scan-1',
  });
  assert.equal(held?.annotations['dedup_key'], firing.key);
  assert.equal(Date.parse(held?.startsAt ?? ''), nowMs);
  await until(() => hook.received.length === 1);

  const risen: AlertRecord = { ...firing, priority: 'P1', escalatedAtMs: nowMs + 1, escalationReason: 'unresolved' };
  commit(store, 'escalate', risen);
  await until(async () => (await am.alerts()).length === 2);
  assert.deepEqual(priorities(await am.alerts()), ['P1', 'P2']);
  await until(() => hook.received.length === 2);

  const acked = { ...risen, acknowledgement: { atMs: nowMs + 2, actor: 'ana', reason: 'looking' } };
  commit(store, 'acknowledge', acked);
  await until(async () => (await am.alerts()).every(({ annotations }) => annotations['acknowledged_by'] === 'ana'));

  const resolution = { kind: 'auto', atMs: nowMs + 3, value: 2 } as const;
  commit(store, 'resolve', { ...acked, state: 'resolved', resolution });
  await until(async () => (await am.alerts()).length === 0);
  await until(() => hook.received.length === 3);
  assert.deepEqual(told(hook), ['firing P2:firing', 'firing P1:firing P2:firing', 'resolved P1:resolved P2:resolved']);
  assert.deepEqual(said, []);
});

test('it is killed and starts with nothing: what still fires is there again', { skip, timeout: 60_000 }, async (t) => {
  const hook = await LocalReceiver.started();
  t.after(() => hook.close());
  const first = await Alertmanager.started(t, program!, hook.url);
  const store = new MemoryAlertStore();
  const [on, over] = [alertOf('a1'), alertOf('b1', { key: 'b', instrument: 'ETH-USDT' })];
  delivering(t, store, first.url);
  commit(store, 'trigger', on);
  commit(store, 'trigger', over);
  await until(async () => (await first.alerts()).length === 2);
  commit(store, 'resolve', { ...over, state: 'resolved', resolution: { kind: 'auto', atMs: Date.now(), value: 1 } });
  await until(async () => (await first.alerts()).length === 1);
  await first.kill();

  const second = await Alertmanager.started(t, program!, hook.url);
  assert.deepEqual(await second.alerts(), []);
  delivering(t, store, second.url);
  await until(async () => (await second.alerts()).length === 1);
  assert.equal((await second.alerts())[0]?.labels['instrument'], 'BTC-USDT');
});

test('a test of it leaves nothing open', { skip, timeout: 60_000 }, async (t) => {
  const hook = await LocalReceiver.started();
  t.after(() => hook.close());
  const am = await Alertmanager.started(t, program!, hook.url);
  const [receiver] = receiversAt(am.url).values();
  const result = await sendTest(receiver!, { post: httpPost, clock: { nowMs: Date.now }, print: () => {} });
  assert.deepEqual([result.isDelivered, result.problem], [true, null]);
  assert.deepEqual(await am.alerts(), []);
});
