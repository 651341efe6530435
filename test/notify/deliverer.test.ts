/** How notifications are delivered on good and bad days: order, pace, groups, retries, giving up, and that nothing holds up anything. */

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Notification } from '../../src/core/signal/detect/notification.ts';
import { CryptorunError } from '../../src/shell/errors.ts';
import { alertOf, effectOf, resolved, T0_MS, tell } from './support/alert-records.ts';
import { answer, DeliveryWorld, HANGS, hook, OK, TIMEOUT } from './support/delivery-world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const a = alertOf('a1', { key: 'a' });
const b = alertOf('b1', { key: 'b', priority: 'P2', originalPriority: 'P2' });
const c = alertOf('c1', { key: 'c', priority: 'P2', originalPriority: 'P2' });

function queue(world: DeliveryWorld, receiver: string) {
  return world.store.queues().find((one) => one.receiver === receiver);
}

function statusOf(world: DeliveryWorld, receiver: string) {
  return world.deliverer.status().find((one) => one.receiver === receiver)!;
}

test('what waits is delivered once, in order, and nothing is left', async () => {
  const world = new DeliveryWorld({ receivers: { one: hook('one.test') } });
  world.deliverer.start();
  world.tell(tell('one', a), tell('one', b), tell('one', resolved(a), 'resolve'));
  await world.pass(2 * SECOND);
  assert.deepEqual(world.events('one.test'), ['a1/trigger', 'b1/trigger', 'a1/resolve']);
  assert.deepEqual(world.store.queues(), []);
  assert.deepEqual(world.said, []);
  assert.equal(statusOf(world, 'one').delivered, 3);
});

test('a resolve never overtakes its trigger; what is about something else goes on', async () => {
  const world = new DeliveryWorld({
    receivers: { one: hook('one.test') },
    answers: (_, n) => (n < 2 ? answer(500) : OK),
  });
  world.deliverer.start();
  world.tell(tell('one', a), tell('one', resolved(a), 'resolve'), tell('one', b));
  await world.pass(MINUTE);
  const events = world.events('one.test');
  assert.equal(events.filter((event) => event === 'b1/trigger').length >= 1, true);
  assert.ok(events.lastIndexOf('a1/trigger') < events.indexOf('a1/resolve'));
  assert.equal(events.filter((event) => event === 'a1/resolve').length, 1);
  assert.deepEqual(world.store.queues(), []);
});

test('429: it waits for as long as it was asked to', async () => {
  const world = new DeliveryWorld({
    receivers: { one: hook('one.test') },
    answers: (_, n) => (n === 0 ? answer(429, 'slow down', 30 * SECOND) : OK),
  });
  world.deliverer.start();
  world.tell(tell('one', a));
  await world.pass(29 * SECOND);
  assert.equal(world.sent.length, 1);
  assert.equal(queue(world, 'one')?.problem, 'HTTP 429: slow down');
  await world.pass(3 * SECOND);
  assert.equal(world.sent.length, 2);
  assert.deepEqual(world.store.queues(), []);
});

test('a Retry-After of days is cut to an hour', async () => {
  const world = new DeliveryWorld({
    receivers: { one: hook('one.test') },
    answers: (_, n) => (n === 0 ? answer(503, '', 72 * HOUR) : OK),
  });
  world.deliverer.start();
  world.tell(tell('one', a));
  await world.pass(HOUR + 2 * SECOND, SECOND);
  assert.equal(world.sent.length, 2);
});

for (const [what, reply] of [
  ['500', answer(500)],
  ['503', answer(503)],
  ['408', answer(408)],
  ['a time-out', TIMEOUT],
  ['no connection', { kind: 'failed', reason: 'connection refused (ECONNREFUSED)' }],
] as const) {
  test(`${what} is tried again, ever less often, and it is said once that it fails and once that it is over`, async () => {
    let isDown = true;
    const world = new DeliveryWorld({ receivers: { one: hook('one.test') }, answers: () => (isDown ? reply : OK) });
    world.deliverer.start();
    world.tell(tell('one', a));
    await world.pass(HOUR, SECOND);
    const requests = world.sent.length;
    assert.ok(requests >= 60 && requests <= 250, `${requests} requests in an hour`);
    const { waiting, failing, failures, oldestWaitingAtMs } = statusOf(world, 'one');
    assert.deepEqual([waiting, failing, failures, oldestWaitingAtMs], [1, 1, requests, T0_MS]);
    isDown = false;
    await world.pass(2 * MINUTE, SECOND);
    assert.deepEqual(world.store.queues(), []);
    assert.equal(world.said.length, 2);
    assert.match(world.said[0]!, /^receiver one \(webhook, http:\/\/one\.test\/hook\) fails: /);
    assert.match(world.said[1]!, new RegExp(`answers again after ${requests} failures`));
  });
}

for (const status of [301, 400, 401, 403, 404, 410, 422]) {
  test(`${status}: refused for good, told loudly, kept with its reason; the rest goes on`, async () => {
    const world = new DeliveryWorld({
      receivers: { one: hook('one.test') },
      answers: (_, n) => (n === 0 ? answer(status, 'no\n such thing') : OK),
    });
    world.deliverer.start();
    world.tell(tell('one', a), tell('one', b));
    await world.pass(SECOND);
    assert.deepEqual(world.events('one.test'), ['a1/trigger', 'b1/trigger']);
    const left = queue(world, 'one');
    assert.deepEqual([left?.waiting, left?.dead, left?.problem], [0, 1, `HTTP ${status}: no such thing`]);
    assert.match(world.said.join(), new RegExp(`refused a1/trigger, which is given up: HTTP ${status}`));
    assert.equal(statusOf(world, 'one').refused, 1);
  });
}

test('one bad notification in a group: the others are delivered, only it is given up', async () => {
  const world = new DeliveryWorld({
    receivers: { one: hook('one.test', { groupMs: SECOND }) },
    answers: (_, __, { body }) => (body.includes('b1/trigger') ? answer(400, 'bad') : OK),
  });
  world.deliverer.start();
  world.tell(tell('one', a), tell('one', b), tell('one', c));
  await world.pass(5 * SECOND);
  assert.deepEqual(
    world.sent.map(({ body }) => (body as unknown[]).length),
    [3, 1, 1, 1],
  );
  assert.deepEqual([queue(world, 'one')?.waiting, queue(world, 'one')?.dead], [0, 1]);
  assert.equal(statusOf(world, 'one').delivered, 2);
});

test('one that a receiver stumbles over does not stop the others of its group for good', async () => {
  const world = new DeliveryWorld({
    receivers: { one: hook('one.test', { groupMs: SECOND }) },
    answers: (_, __, { body }) => (body.includes('a1/trigger') ? answer(500, 'oops') : OK),
  });
  world.deliverer.start();
  world.tell(tell('one', a), tell('one', b), tell('one', c));
  await world.pass(5 * MINUTE, SECOND);
  assert.equal(statusOf(world, 'one').delivered, 2);
  assert.equal(queue(world, 'one')?.waiting, 1);
});

test('groups: what is not urgent waits for company; what is urgent waits for nothing and takes the rest along', async () => {
  const world = new DeliveryWorld({ receivers: { one: hook('one.test', { groupMs: 10 * SECOND }) } });
  world.deliverer.start();
  world.tell(tell('one', b));
  await world.pass(8 * SECOND);
  world.tell(tell('one', c, 'trigger', T0_MS + 8 * SECOND));
  assert.deepEqual(world.sent, []);
  await world.pass(2 * SECOND);
  assert.deepEqual(world.events('one.test'), ['b1/trigger', 'c1/trigger']);
  assert.equal(world.sent.length, 1);
  world.tell(tell('one', resolved(b), 'resolve', T0_MS + 10 * SECOND));
  await world.pass(SECOND);
  assert.equal(world.sent.length, 1);
  world.tell(tell('one', a, 'trigger', T0_MS + 11 * SECOND));
  await world.pass(SECOND);
  assert.equal(world.sent.length, 2);
  assert.deepEqual(world.events('one.test').slice(2), ['b1/resolve', 'a1/trigger']);
});

test('pace: never faster than configured, and what comes meanwhile goes together', async () => {
  const world = new DeliveryWorld({
    receivers: {
      one: hook('one.test', { ratePerMinute: 6 }),
      many: hook('many.test', { ratePerMinute: 6, groupMs: 1 }),
    },
  });
  world.deliverer.start();
  const storm = Array.from({ length: 5 }, (_, i) => alertOf(`s${i}`, { key: `s${i}` }));
  for (const alert of storm) {
    world.tell(tell('one', alert), tell('many', alert));
    await world.pass(SECOND);
  }
  await world.pass(MINUTE);
  const times = (to: string): number[] => world.sent.filter((one) => one.to === to).map(({ atMs }) => atMs / SECOND);
  assert.deepEqual(times('one.test').map(Math.floor), [0, 10, 20, 30, 40]);
  assert.equal(times('many.test').length, 2);
  assert.deepEqual(world.events('many.test'), ['s0/trigger', 's1/trigger', 's2/trigger', 's3/trigger', 's4/trigger']);
});

test('a receiver that hangs holds up nobody, and has one request at a time', async () => {
  const world = new DeliveryWorld({
    receivers: { slow: hook('slow.test'), quick: hook('quick.test') },
    answers: (to) => (to === 'slow.test' ? HANGS : OK),
  });
  world.deliverer.start();
  for (const alert of [a, b, c]) world.tell(tell('slow', alert), tell('quick', alert));
  await world.pass(SECOND);
  assert.equal(world.events('quick.test').length, 3);
  assert.equal(world.events('slow.test').length, 1);
  assert.equal(world.mostAtOnce, 1);
  assert.equal(queue(world, 'slow')?.waiting, 3);
});

test('a receiver that is dead for too long: what waited too long is given up and counted, later things are not', async () => {
  let isDown = true;
  const world = new DeliveryWorld({
    receivers: { one: { ...hook('one.test'), giveUpMs: HOUR } },
    answers: () => (isDown ? answer(502) : OK),
  });
  world.deliverer.start();
  world.tell(tell('one', a));
  await world.pass(59 * MINUTE, SECOND);
  world.tell(tell('one', b, 'trigger', T0_MS + 59 * MINUTE));
  await world.pass(3 * MINUTE, SECOND);
  const { waiting, dead, abandoned } = statusOf(world, 'one');
  assert.deepEqual([waiting, dead, abandoned], [1, 1, 1]);
  assert.match(world.said.join('\n'), /could not be told a1\/trigger, which is given up: HTTP 502/);
  isDown = false;
  await world.pass(2 * MINUTE, SECOND);
  assert.deepEqual(world.events('one.test').at(-1), 'b1/trigger');
  assert.equal(queue(world, 'one')?.problem, 'waited too long: HTTP 502');
});

test('a store that is busy when a delivery is to be written down: nothing is sent again meanwhile', async () => {
  let isBusy = true;
  const world = new DeliveryWorld({
    receivers: { one: hook('one.test') },
    outbox: (store) => ({
      due: (...asked) => store.due(...asked),
      standing: (...asked) => store.standing(...asked),
      queues: () => store.queues(),
      settle: (settlements) => {
        if (isBusy) throw new CryptorunError('state_busy', 'another process holds it');
        store.settle(settlements);
      },
    }),
  });
  world.deliverer.start();
  world.tell(tell('one', a), tell('one', b));
  await world.pass(MINUTE);
  assert.deepEqual(world.events('one.test'), ['a1/trigger']);
  assert.equal(world.said.length, 1);
  isBusy = false;
  await world.pass(SECOND);
  assert.deepEqual(world.events('one.test'), ['a1/trigger', 'b1/trigger']);
  assert.deepEqual(world.store.queues(), []);
});

test('what waits for a receiver that cannot be told in this run waits for the next, but not for ever', async () => {
  const world = new DeliveryWorld({ receivers: { one: hook('one.test') }, giveUpMs: HOUR });
  world.tell(tell('gone', a, 'trigger', T0_MS - HOUR), tell('gone', resolved(a), 'resolve'), tell('one', a));
  world.deliverer.start();
  await world.pass(SECOND);
  assert.deepEqual(world.said, ['2 notifications wait for gone, which cannot be told']);
  assert.deepEqual([queue(world, 'gone')?.waiting, queue(world, 'gone')?.dead], [1, 1]);
  const { kind, target } = statusOf(world, 'gone');
  assert.deepEqual([kind, target], ['unknown', 'not configured']);
});

test('a record that cannot be put into words is given up, and what waits behind it goes on', async () => {
  const world = new DeliveryWorld({ receivers: { one: hook('one.test') } });
  world.deliverer.start();
  const odd = { ...tell('one', a), alert: { id: 'a1' } } as unknown as Notification;
  world.tell(odd, tell('one', resolved(a), 'resolve'));
  await world.pass(SECOND);
  assert.deepEqual(world.events('one.test'), ['a1/resolve']);
  assert.match(queue(world, 'one')?.problem ?? '', /cannot be put into words/);
});

test('the end: what is due is told without waiting for groups', async () => {
  const world = new DeliveryWorld({ receivers: { one: hook('one.test', { groupMs: MINUTE }) } });
  world.deliverer.start();
  world.tell(tell('one', b), tell('one', c));
  await world.pass(SECOND);
  assert.deepEqual(world.sent, []);
  await world.deliverer.stop(1500);
  assert.deepEqual(world.events('one.test'), ['b1/trigger', 'c1/trigger']);
  assert.deepEqual(world.store.queues(), []);
  await world.pass(MINUTE);
  assert.equal(world.sent.length, 1);
});

test('the end beside a receiver that hangs: in its time, and what was broken off is told by the next start', async () => {
  const world = new DeliveryWorld({ receivers: { slow: hook('slow.test') }, answers: () => HANGS });
  world.deliverer.start();
  world.tell(tell('slow', a));
  await world.pass(SECOND);
  let isOver = false;
  const stopped = world.deliverer.stop(1500).then(() => {
    isOver = true;
  });
  await world.pass(1400);
  assert.equal(isOver, false);
  await world.pass(100);
  assert.equal(isOver, true);
  await stopped;
  await world.settled();
  assert.equal(world.running, 0, 'broken off');
  assert.deepEqual([queue(world, 'slow')?.waiting, queue(world, 'slow')?.failing], [1, 0]);
  assert.deepEqual(world.said, []);
});

test('console: lines, and the same pace and order as everything else', async () => {
  const world = new DeliveryWorld({ receivers: { log: { kind: 'console', ratePerMinute: 600, groupMs: 0 } } });
  world.deliverer.start();
  world.tell(tell('log', a), tell('log', b));
  await world.pass(SECOND);
  assert.equal(world.printed.length, 2);
  assert.match(world.printed[0]!, /^2026-03-01T12:00:00\.000Z ALERT P1 spread_critical fired: /);
  assert.deepEqual(world.store.queues(), []);
});

test('Alertmanager forgets: what fires is told anew each minute, as it is now, and no more once its end was told', async () => {
  const am = {
    kind: 'alertmanager',
    url: { kind: 'text', text: 'http://am.test' },
    ratePerMinute: 600,
    groupMs: 0,
  } as const;
  const world = new DeliveryWorld({ receivers: { am } });
  const many = Array.from({ length: 100 }, (_, i) => alertOf(`m${i}`, { key: `m${i}`, instrument: `m${i}` }));
  const posted = (): number[] => world.sent.splice(0).map(({ body }) => (body as unknown[]).length);
  world.deliverer.start();
  world.store.commit(
    many.map((alert) => effectOf('fired', alert)),
    many.map((alert) => tell('am', alert)),
    0,
    [],
  );
  await world.pass(30 * SECOND);
  assert.deepEqual(posted(), [64, 36]);
  await world.pass(MINUTE);
  assert.deepEqual(posted(), [64, 36]);
  const over = many.slice(10).map((alert) => resolved(alert));
  world.store.commit(
    over.map((alert) => effectOf('resolved', alert)),
    over.map((alert) => tell('am', alert, 'resolve')),
    0,
    [],
  );
  await world.pass(10 * SECOND);
  assert.deepEqual(posted(), [64, 26]);
  world.store.commit([effectOf('updated', { ...many[0]!, lastValue: 99 })], [], 0, []);
  await world.pass(MINUTE);
  const [repeat, ...more] = world.sent.splice(0);
  assert.deepEqual(more, []);
  const body = repeat?.body as { annotations: { value: string }; labels: { instrument: string } }[];
  assert.deepEqual([body.length, body.find(({ labels }) => labels.instrument === 'm0')?.annotations.value], [10, '99']);
});
