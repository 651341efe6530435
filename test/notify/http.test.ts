/** Notifiers against a server of loopback: what arrives is what providers take; 429, 500, silence and restarts lose nothing. */

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertRecord } from '../../src/core/signal/detect/alert-record.ts';
import type { Notification, NotificationState } from '../../src/core/signal/detect/notification.ts';
import { systemClock } from '../../src/shell/feeds/clocks.ts';
import { Deliverer } from '../../src/shell/notify/deliverer.ts';
import type { ReceiverConfig } from '../../src/shell/notify/notify-config.ts';
import { openReceivers } from '../../src/shell/notify/receiver.ts';
import { sendTest } from '../../src/shell/notify/send-test.ts';
import { httpPost } from '../../src/shell/run/alerts/http-post.ts';
import type { AlertStore } from '../../src/shell/stores/alerts/alert-store.ts';
import { openAlerts } from '../../src/shell/stores/alerts/open-alerts.ts';
import { stateFolder } from '../stores/control/support/control-state.ts';
import { alertOf, resolved, T0_MS, tell } from './support/alert-records.ts';
import { accept, hang, LocalReceiver, refuse } from './support/local-receiver.ts';
import type { Provider } from './support/provider-schemas.ts';

const KEY = 'R0123456789abcdef0123456789abcde';
const PACE = { ratePerMinute: 60_000, groupMs: 0 };
const HOOK = { kind: 'env', name: 'HOOK' } as const;

/** Of each kind of receiver: its config, and what its provider takes. */
const KINDS: readonly [ReceiverConfig, Provider][] = [
  [{ kind: 'webhook', url: HOOK, ...PACE }, 'cloudevents-1.0'],
  [{ kind: 'webhook', url: HOOK, ...PACE, groupMs: 1 }, 'cloudevents-1.0'],
  [{ kind: 'slack', url: HOOK, ...PACE }, 'slack-webhook'],
  [{ kind: 'pagerduty', url: HOOK, routingKey: { kind: 'env', name: 'KEY' }, ...PACE }, 'pagerduty-v2'],
  [{ kind: 'alertmanager', url: HOOK, ...PACE }, 'alertmanager-v2'],
];

const ALERT = alertOf('a1');
const ACKED: AlertRecord = { ...ALERT, acknowledgement: { atMs: T0_MS, actor: 'ana', reason: 'looking' } };
const STORY: readonly [NotificationState, AlertRecord][] = [
  ['trigger', ALERT],
  ['ladder', { ...ALERT, ladderStep: 1 }],
  ['acknowledge', ACKED],
  ['resolve', resolved(ACKED)],
];
const story = (receiver: string): Notification[] =>
  STORY.map(([state, alert]) => tell(receiver, alert, state, Date.now()));

function receiverOf(config: ReceiverConfig, url: string) {
  const opened = openReceivers(
    { receivers: { one: config }, routes: [] },
    { env: { HOOK: url, KEY }, home: '/' },
    'scan-1',
  );
  assert.deepEqual(opened.problems, []);
  return opened.receivers;
}

/** Delivers from a store until nothing waits. @returns what was said of problems */
async function delivered(t: TestContext, store: AlertStore, config: ReceiverConfig, url: string, timeoutMs = 5000) {
  const said: string[] = [];
  const deliverer = new Deliverer({
    receivers: receiverOf(config, url),
    outbox: store,
    post: httpPost,
    clock: systemClock(),
    random: () => 0.01,
    print: () => {},
    onProblem: (text) => said.push(text),
    timeoutMs,
  });
  t.after(() => deliverer.stop(0));
  deliverer.start();
  await until(() => store.queues().every(({ waiting }) => waiting === 0));
  await deliverer.stop(1500);
  return said;
}

async function until(isDone: () => boolean): Promise<void> {
  for (let i = 0; !isDone(); i++) {
    assert.ok(i < 1000, 'it takes too long');
    await sleep(20);
  }
}

async function started(t: TestContext, provider: Provider | null): Promise<LocalReceiver> {
  const server = await LocalReceiver.started(provider);
  t.after(() => server.close());
  return server;
}

function openStore(t: TestContext, dir = stateFolder(t)): AlertStore {
  const store = openAlerts(dir, 0);
  t.after(() => store.close());
  return store;
}

for (const [config, provider] of KINDS) {
  test(`${config.kind}${config.groupMs > 0 ? ' in groups' : ''}: the whole story of an alert is what ${provider} takes`, async (t) => {
    const server = await started(t, provider);
    const store = openStore(t);
    store.commit([], story('one'), 0, []);
    assert.deepEqual(await delivered(t, store, config, `${server.url}/hook/secret-token-1`), []);
    assert.deepEqual(server.problems, []);
    assert.equal(server.received.length, STORY.length);
    for (const { path, contentType } of server.received) {
      assert.equal(
        path,
        config.kind === 'alertmanager' ? '/hook/secret-token-1/api/v2/alerts' : '/hook/secret-token-1',
      );
      assert.match(
        contentType,
        config.kind !== 'webhook'
          ? /^application\/json/
          : config.groupMs > 0
            ? /^application\/cloudevents-batch\+json/
            : /^application\/cloudevents\+json/,
      );
    }
  });

  test(`${config.kind}${config.groupMs > 0 ? ' in groups' : ''}: a test of it is what ${provider} takes, and its result is clear`, async (t) => {
    const server = await started(t, provider);
    const [receiver] = receiverOf(config, `${server.url}/hook/secret-token-1`).values();
    const options = { post: httpPost, clock: { nowMs: Date.now }, print: () => {} };
    const result = await sendTest(receiver!, options);
    assert.deepEqual([result.isDelivered, result.problem, result.kind], [true, null, config.kind]);
    assert.deepEqual(server.problems, []);
    server.play = refuse(403, 'invalid_token /hook/secret-token-1');
    const bad = await sendTest(receiver!, options);
    assert.deepEqual([bad.isDelivered, bad.problem], [false, 'HTTP 403: invalid_token ***']);
  });
}

test('429 with Retry-After, 500, and a hanging connection: all of it arrives, in order', async (t) => {
  const server = await started(t, 'pagerduty-v2');
  const plays = [refuse(429, 'slow down', { 'retry-after': '1' }), refuse(500, 'oops'), hang, accept];
  server.play = (response, n) => plays[Math.min(n, plays.length - 1)]!(response, n);
  const store = openStore(t);
  store.commit([], story('one'), 0, []);
  const startMs = performance.now();
  const said = await delivered(t, store, KINDS[3]![0], server.url, 300);
  assert.ok(performance.now() - startMs >= 1000, 'it was as patient as it was asked to be');
  const actions = server.received.map(({ body }) => (body as { event_action: string }).event_action);
  assert.deepEqual(actions, ['trigger', 'trigger', 'trigger', 'trigger', 'trigger', 'acknowledge', 'resolve']);
  assert.match(said[0]!, /fails: HTTP 429: slow down$/);
  assert.match(said[1]!, /answers again after 3 failures$/);
});

test('a restart in the middle: what was told stays told, what was under way is told again under the same id', async (t) => {
  const server = await started(t, 'cloudevents-1.0');
  const dir = stateFolder(t);
  const first = openStore(t, dir);
  first.commit([], story('one'), 0, []);
  server.play = (response, n) => (n === 0 ? accept(response) : hang());
  const deliverer = new Deliverer({
    receivers: receiverOf(KINDS[0]![0], server.url),
    outbox: first,
    post: httpPost,
    clock: systemClock(),
    random: Math.random,
    print: () => {},
    onProblem: () => {},
  });
  deliverer.start();
  await until(() => server.received.length === 2);
  // As after a SIGKILL: nobody is asked, the store is just gone.
  first.close();
  await deliverer.stop(0);
  server.play = accept;
  await delivered(t, openStore(t, dir), KINDS[0]![0], server.url);
  const ids = server.received.map(({ body }) => (body as { id: string }).id.replace('a1/', ''));
  assert.deepEqual(ids, ['trigger', 'ladder', 'ladder', 'acknowledge', 'resolve']);
  assert.deepEqual(new Set(server.received.map(({ body }) => (body as { source: string }).source)).size, 1);
});

test('nobody listens there: said once, in plain words, without what is secret', async () => {
  const server = await LocalReceiver.started();
  const { url } = server;
  await server.close();
  const [receiver] = receiverOf(KINDS[2]![0], `${url}/services/T00000000/verysecret123`).values();
  const result = await sendTest(receiver!, { post: httpPost, clock: { nowMs: Date.now }, print: () => {} });
  assert.equal(result.problem, 'connection refused (ECONNREFUSED)');
  assert.doesNotMatch(JSON.stringify(result), /verysecret123|T00000000/);
});

test('an answer is not followed elsewhere, and not read to its end', async (t) => {
  const other = await started(t, null);
  const server = await started(t, null);
  server.play = (response) => void response.writeHead(302, { location: other.url }).end('x'.repeat(1_000_000));
  const { signal } = new AbortController();
  const reply = await httpPost({ url: server.url, contentType: 'application/json', body: '{}' }, 5000, signal);
  assert.ok(reply.kind === 'answered' && reply.status === 302 && reply.text.length === 4096);
  assert.deepEqual(other.received, []);
});
