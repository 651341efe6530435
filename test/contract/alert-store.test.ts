/** What every alert store does, whatever it keeps its alerts in. */

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { AlertCommand } from '../../src/core/signal/detect/alert-effect.ts';
import type { Notification } from '../../src/core/signal/detect/notification.ts';
import {
  type AlertStore,
  KEPT_RESOLVED,
  KEPT_SETTLED,
  MAX_WAITING,
  QUEUE_FULL,
} from '../../src/shell/stores/alerts/alert-store.ts';
import { MemoryAlertStore } from '../../src/shell/stores/alerts/memory-alert-store.ts';
import { openAlerts } from '../../src/shell/stores/alerts/open-alerts.ts';
import type { ControlStore } from '../../src/shell/stores/control/control-store.ts';
import { MemoryControlStore } from '../../src/shell/stores/control/memory-control-store.ts';
import { openControl } from '../../src/shell/stores/control/open-control.ts';
import { alertOf, effectOf, pending, resolved, silenceOf, T0_MS, tell } from '../notify/support/alert-records.ts';
import { change, note, stateFolder } from '../stores/control/support/control-state.ts';

interface Opened {
  readonly store: AlertStore;
  /** Whose audit the orders are in. */
  readonly control: ControlStore;
}

const STORES: Readonly<Record<string, (t: TestContext) => Opened>> = {
  memory: () => {
    const control = new MemoryControlStore();
    return { control, store: new MemoryAlertStore(control) };
  },
  sqlite: (t) => {
    const dir = stateFolder(t);
    const store = openAlerts(dir, 0);
    return { store, control: openControl(dir, { busyTimeoutMs: 0 }) };
  },
};

const ANA = { user: 'ana', host: 'desk', via: 'cli' };
const ACK: AlertCommand = { kind: 'alert_acknowledge', alert: 'a1', actor: 'ana', reason: 'looking' };

for (const [name, open] of Object.entries(STORES)) {
  const contract = (title: string, run: (store: AlertStore, control: ControlStore) => void): void => {
    test(`${name}: ${title}`, (t) => {
      const { store, control } = open(t);
      t.after(() => store.close());
      t.after(() => control.close());
      run(store, control);
    });
  };
  const events = (list: readonly Notification[]): string[] => list.map(({ event }) => event);
  const due = (store: AlertStore, nowMs = T0_MS, limit = 10): string[] => events(store.due('pager', nowMs, limit));

  contract('a new store is empty', (store) => {
    assert.deepEqual(store.open(), { alerts: [], silences: [], lastOrder: 0 });
    assert.deepEqual(store.list({ activeOnly: false, limit: 9 }), []);
    assert.deepEqual(store.ordersAfter(0), { orders: [], lastSeq: 0 });
    assert.deepEqual(
      [store.due('pager', T0_MS, 9), store.standing('pager'), store.told('a1'), store.queues()],
      [[], [], [], []],
    );
  });

  contract('what was committed is taken up: active alerts, oldest first, silences, the last order', (store) => {
    const [a, b] = [alertOf('a1', { pendingAtMs: T0_MS + 5 }), pending(alertOf('b1'))];
    const [c, d] = [resolved(alertOf('c1')), pending(alertOf('d1'))];
    const changes = [effectOf('fired', a), effectOf('pending', b), effectOf('resolved', c), effectOf('pending', d)];
    store.commit([...changes, effectOf('dropped', d)], [], 7, [silenceOf('s1')]);
    assert.deepEqual(store.open(), { alerts: [b, a], silences: [silenceOf('s1')], lastOrder: 7 });
    store.commit([], [], 8, []);
    assert.deepEqual(store.open(), { alerts: [b, a], silences: [], lastOrder: 8 });
  });

  contract('what is over is taken up too, the newest of each key on which nothing is', (store) => {
    const over = (id: string, key: string, pendingAtMs: number) => resolved(alertOf(id, { key, pendingAtMs }));
    const [on, x1, x2, y] = [
      alertOf('on'),
      over('x1', 'x', T0_MS),
      over('x2', 'x', T0_MS + 2),
      over('y', 'y', T0_MS + 1),
    ];
    const changes = [over('on-before', on.key, T0_MS - 9), x2, x1, y].map((alert) => effectOf('resolved', alert));
    store.commit([effectOf('fired', on), ...changes], [], 0, []);
    assert.deepEqual(store.open().alerts, [on, x2, y]);
  });

  contract('newest first, in the state that they were last in', (store) => {
    const old = alertOf('a1');
    const young = alertOf('b1', { pendingAtMs: T0_MS + 1 });
    store.commit([effectOf('fired', old), effectOf('fired', young)], [], 0, []);
    store.commit([effectOf('resolved', resolved(old))], [], 0, []);
    assert.deepEqual(store.list({ activeOnly: false, limit: 9 }), [young, resolved(old)]);
    assert.deepEqual(store.list({ activeOnly: true, limit: 9 }), [young]);
    assert.deepEqual(store.list({ activeOnly: false, limit: 1 }), [young]);
  });

  contract('an event is told to a receiver once, however often it is committed', (store) => {
    const alert = alertOf('a1');
    const told = [tell('pager', alert), tell('chat', alert)];
    store.commit([effectOf('fired', alert)], told, 0, []);
    store.commit([effectOf('fired', alert)], [...told, tell('pager', alert, 'escalate')], 0, []);
    assert.deepEqual(store.told('a1'), ['chat', 'pager']);
    const [first, ...more] = store.due('pager', T0_MS, 9);
    assert.deepEqual(more, []);
    assert.deepEqual([store.idOf('pager', first!.event), store.idOf('pager', 'a9/trigger')], [first!.id, null]);
    assert.deepEqual(first, { ...tell('pager', alert), id: first?.id, attempts: 0, nextAttemptAtMs: T0_MS });
    store.settle([{ kind: 'delivered', id: first!.id, atMs: T0_MS }]);
    store.commit([effectOf('fired', alert)], told, 0, []);
    assert.deepEqual(due(store), ['a1/escalate'], 'delivered once is delivered for good');
  });

  contract('of one dedup key only the oldest is due; other keys do not wait for it', (store) => {
    const [a, b] = [alertOf('a1'), alertOf('b1', { key: 'other' })];
    const notifications = [tell('pager', a), tell('pager', resolved(a), 'resolve'), tell('pager', b)];
    store.commit([], notifications, 0, []);
    assert.deepEqual(due(store), ['a1/trigger', 'b1/trigger']);
    assert.deepEqual(due(store, T0_MS, 1), ['a1/trigger']);
    assert.deepEqual(due(store, T0_MS - 1), []);
    const [head] = store.due('pager', T0_MS, 1);
    store.settle([{ kind: 'failed', id: head!.id, reason: 'HTTP 500', nextAttemptAtMs: T0_MS + 100 }]);
    assert.deepEqual(due(store), ['b1/trigger'], 'a resolve never overtakes its trigger');
    assert.deepEqual(due(store, T0_MS + 100), ['a1/trigger', 'b1/trigger']);
    assert.equal(store.due('pager', T0_MS + 100, 1)[0]?.attempts, 1);
    store.settle([{ kind: 'dead', id: head!.id, reason: 'HTTP 400', atMs: T0_MS }]);
    assert.deepEqual(due(store), ['a1/resolve', 'b1/trigger']);
  });

  contract('what is settled stays settled', (store) => {
    store.commit([], [tell('pager', alertOf('a1'))], 0, []);
    const { id } = store.due('pager', T0_MS, 1)[0]!;
    store.settle([{ kind: 'delivered', id, atMs: T0_MS }]);
    store.settle([
      { kind: 'failed', id, reason: 'late', nextAttemptAtMs: T0_MS },
      { kind: 'dead', id, reason: 'late', atMs: T0_MS },
      { kind: 'delivered', id: id + 99, atMs: T0_MS },
    ]);
    assert.deepEqual([due(store), store.queues()], [[], []]);
  });

  contract('a receiver is told of the end of what it was told the beginning, not of what it refused', (store) => {
    const alert = alertOf('a1');
    store.commit([effectOf('fired', alert)], [tell('pager', alert), tell('chat', alert)], 0, []);
    const { id } = store.due('pager', T0_MS, 1)[0]!;
    store.settle([{ kind: 'dead', id, reason: 'HTTP 403', atMs: T0_MS }]);
    assert.deepEqual(store.told('a1'), ['chat']);
  });

  contract('what stands at a receiver: fired and delivered, as it is now', (store) => {
    const alert = alertOf('a1');
    const standing = (): string[] => store.standing('am').map(({ id, lastValue }) => `${id} ${lastValue}`);
    store.commit([effectOf('fired', alert)], [tell('am', alert)], 0, []);
    assert.deepEqual(standing(), [], 'not delivered yet');
    store.settle([{ kind: 'delivered', id: store.due('am', T0_MS, 1)[0]!.id, atMs: T0_MS }]);
    store.commit([effectOf('updated', { ...alert, lastValue: 9 })], [], 0, []);
    assert.deepEqual(standing(), ['a1 9']);
    assert.deepEqual(store.standing('pager'), []);
    store.commit([effectOf('resolved', resolved(alert))], [tell('am', resolved(alert), 'resolve')], 0, []);
    assert.deepEqual(standing(), []);
  });

  contract('queues: how many wait, have failed, were given up, since when, and why', (store) => {
    const [a, b] = [alertOf('a1'), alertOf('b1', { key: 'b' })];
    store.commit([], [tell('pager', a), tell('pager', b, 'trigger', T0_MS + 5), tell('chat', a)], 0, []);
    const [first, second] = store.due('pager', T0_MS + 5, 9);
    store.settle([
      { kind: 'dead', id: first!.id, reason: 'HTTP 400', atMs: T0_MS },
      { kind: 'failed', id: second!.id, reason: 'HTTP 503', nextAttemptAtMs: T0_MS + 9 },
    ]);
    assert.deepEqual(store.queues(), [
      { receiver: 'chat', waiting: 1, failing: 0, dead: 0, oldestWaitingAtMs: T0_MS, problem: null },
      { receiver: 'pager', waiting: 1, failing: 1, dead: 1, oldestWaitingAtMs: T0_MS + 5, problem: 'HTTP 503' },
    ]);
  });

  contract(
    'orders are audited, numbered by the audit, and read in order past all else that stands there',
    (store, control) => {
      change(control, note('x'));
      const silence = silenceOf('s1', { endsAtMs: T0_MS + 9e9 });
      const orders = [store.order(ACK, T0_MS, ANA), store.order({ kind: 'silence_add', silence }, T0_MS + 1, ANA)];
      change(control, note('y'));
      orders.push(
        store.order({ kind: 'silence_end', id: 's1', actor: 'ana' }, T0_MS + 2, ANA),
        store.order({ kind: 'alert_resolve', alert: 'a1', actor: 'ana', reason: 'done' }, T0_MS + 3, ANA),
      );
      assert.deepEqual(
        orders.map(({ seq, command, atMs }) => [seq, command.kind, atMs]),
        [
          [2, 'alert_acknowledge', T0_MS],
          [3, 'silence_add', T0_MS + 1],
          [5, 'silence_end', T0_MS + 2],
          [6, 'alert_resolve', T0_MS + 3],
        ],
      );
      assert.deepEqual(store.ordersAfter(0), { orders, lastSeq: 6 });
      assert.deepEqual(store.ordersAfter(3), { orders: orders.slice(2), lastSeq: 6 });
      assert.deepEqual(store.ordersAfter(6), { orders: [], lastSeq: 6 });
      const [record] = control.auditAfter(1, 1);
      assert.deepEqual(
        [record?.action, record?.target, record?.actor, record?.reason],
        ['alert_acknowledge', 'a1', ANA, 'looking'],
      );
    },
  );

  contract('an order that nobody may give is refused, and not in the audit', (store, control) => {
    const refused: [AlertCommand, RegExp][] = [
      [{ ...ACK, reason: ' ' }, /a reason is needed/],
      [{ ...ACK, alert: '' }, /no alert or silence is named/],
      [{ kind: 'silence_add', silence: silenceOf('s1', { matchers: [] }) }, /needs a matcher/],
      [{ kind: 'silence_add', silence: silenceOf('s1', { endsAtMs: T0_MS }) }, /ends after it begins/],
    ];
    for (const [command, message] of refused) {
      assert.throws(() => store.order(command, T0_MS, ANA), { code: 'usage', message });
    }
    assert.deepEqual(control.auditAfter(0, 9), []);
  });

  contract('pruning keeps what is on, what waits, and the newest of the rest', (store) => {
    const on = alertOf('on', { key: 'on', pendingAtMs: T0_MS - 1 });
    const over = Array.from({ length: KEPT_RESOLVED + 2 }, (_, i) =>
      resolved(alertOf(`r${i}`, { key: `r${i}`, pendingAtMs: T0_MS + i })),
    );
    store.commit(
      [on, ...over].map((alert) => effectOf('resolved', alert)),
      [tell('pager', on)],
      0,
      [],
    );
    settleAll(store, T0_MS);
    store.commit(
      [],
      over.flatMap((alert) => [tell('pager', alert), tell('chat', alert)]),
      0,
      [],
    );
    settleAll(store, T0_MS);
    store.commit([], [tell('chat', over[0]!, 'resolve')], 0, []);
    store.prune(T0_MS);
    assert.equal(store.list({ activeOnly: false, limit: 9999 }).length, KEPT_RESOLVED + 1);
    assert.deepEqual([store.told('on'), store.told('r0')], [['pager'], ['chat', 'pager']]);
    assert.deepEqual(store.told('r1'), [], 'forgotten');
    assert.deepEqual(store.told('r9'), ['chat', 'pager']);
    assert.ok(KEPT_SETTLED < 2 * over.length);
  });

  contract('a queue that is too long gives up its oldest, and says so', (store) => {
    const alert = alertOf('a1');
    const many = Array.from({ length: MAX_WAITING + 2 }, (_, i) => ({ ...tell('pager', alert), event: `e${i}` }));
    store.commit([], [...many, tell('chat', alert)], 0, []);
    store.prune(T0_MS);
    const [chat, pager] = store.queues();
    assert.deepEqual([chat?.waiting, chat?.dead], [1, 0]);
    assert.deepEqual([pager?.waiting, pager?.dead, pager?.problem], [MAX_WAITING, 2, QUEUE_FULL]);
    assert.deepEqual(due(store), ['e2']);
  });

  contract('a closed store refuses, closing twice does not matter', (store) => {
    store.close();
    store.close();
    for (const use of [() => store.open(), () => store.commit([], [], 0, []), () => store.due('pager', 0, 1)]) {
      assert.throws(use, { name: 'CryptorunError', code: 'internal' });
    }
  });
}

function settleAll(store: AlertStore, atMs: number): void {
  for (const receiver of ['pager', 'chat']) {
    const due = store.due(receiver, T0_MS, 9999);
    store.settle(due.map(({ id }) => ({ kind: 'delivered', id, atMs })));
  }
}
