/** What a scanner has of its alerts: stored with what is told of them, orders obeyed once, and no bad day of the store stops the run. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { setImmediate as immediately } from 'node:timers/promises';
import fc from 'fast-check';
import { CryptorunError } from '../../src/shell/errors.ts';
import type { PostReply, PostRequest } from '../../src/shell/notify/http-post.ts';
import type { RouteConfig } from '../../src/shell/notify/notify-config.ts';
import { openReceivers } from '../../src/shell/notify/receiver.ts';
import { AlertDesk } from '../../src/shell/run/alerts/alert-desk.ts';
import type { AlertStore } from '../../src/shell/stores/alerts/alert-store.ts';
import { MemoryAlertStore } from '../../src/shell/stores/alerts/memory-alert-store.ts';
import { openAlerts, openAlertsToRead, openRunAlerts } from '../../src/shell/stores/alerts/open-alerts.ts';
import { VirtualClock } from '../feeds/support/virtual-clock.ts';
import { stateFolder } from '../stores/control/support/control-state.ts';
import { fillDisk, noSmallDisk, smallDisk } from '../stores/control/support/small-disk.ts';
import { alertOf, effectOf, pending, resolved, silenceOf, T0_MS } from './support/alert-records.ts';

const ANY = { priorities: null, venues: null, instruments: null, types: null, isContinued: false };
const ROUTES: readonly RouteConfig[] = [
  { ...ANY, name: 'urgent', priorities: ['P1'], receivers: ['pager'], isContinued: true },
  { ...ANY, name: 'all', receivers: ['chat'] },
];
const ANA = { user: 'ana', host: 'desk', via: 'cli' };
const P1 = alertOf('a1');
const OK: PostReply = { kind: 'answered', status: 200, retryAfterMs: null, text: '' };

interface Desk {
  readonly desk: AlertDesk;
  readonly clock: VirtualClock;
  /** `pager a1/trigger`, in order. */
  readonly sent: string[];
  readonly said: string[];
}

function deskOver(
  openStore: () => AlertStore,
  post?: (request: PostRequest, signal: AbortSignal) => Promise<PostReply>,
): Desk {
  const clock = new VirtualClock(T0_MS);
  const [sent, said]: [string[], string[]] = [[], []];
  const hook = (name: string) =>
    ({ kind: 'webhook', url: { kind: 'text', text: `http://${name}/` }, ratePerMinute: 60_000, groupMs: 0 }) as const;
  const { receivers } = openReceivers(
    { receivers: { pager: hook('pager'), chat: hook('chat') }, routes: [] },
    { env: {}, home: '/' },
    'x',
  );
  const desk = new AlertDesk({
    openStore,
    receivers,
    routing: { routes: ROUTES, ladder: [] },
    clock,
    random: () => 0,
    print: () => {},
    onProblem: (text) => said.push(text),
    post: async (request, _timeoutMs, signal) => {
      sent.push(`${new URL(request.url).host} ${(JSON.parse(request.body) as { id: string }).id}`);
      return post === undefined ? OK : await post(request, signal);
    },
  });
  desk.start();
  return { desk, clock, sent, said };
}

/** Ends them after the test, whatever their stores have become by then. */
function stopAfter(t: TestContext, ...worlds: readonly Desk[]): void {
  t.after(async () => {
    let isOver = false;
    const stopped = Promise.all(worlds.map(({ desk }) => desk.stop([]))).then(() => {
      isOver = true;
    });
    while (!isOver) {
      for (const { clock } of worlds) clock.advance(50);
      await immediately();
    }
    await stopped;
  });
}

/** A look of the scanner every 25 ms. */
async function look({ desk, clock }: Desk, ms = 500): Promise<void> {
  for (let left = ms; left > 0; left -= 25) {
    clock.advance(25);
    desk.keep([]);
    await immediately();
  }
}

/** A store whose writes fail for as long as `isFailing` says so. */
function failing(store: AlertStore, code: 'state_busy' | 'disk_full', isFailing: () => boolean): AlertStore {
  return failingAs(store, () => (isFailing() ? code : null));
}

function failingAs(store: AlertStore, codeOf: () => 'state_busy' | 'disk_full' | null): AlertStore {
  const guarded =
    <A extends unknown[], T>(method: (...given: A) => T) =>
    (...given: A): T => {
      const code = codeOf();
      if (code !== null) throw new CryptorunError(code, `cannot change control.db: ${code}`);
      return method.apply(store, given);
    };
  return Object.assign(Object.create(store) as AlertStore, {
    commit: guarded(store.commit),
    settle: guarded(store.settle),
    prune: guarded(store.prune),
    ...Object.fromEntries(
      (['open', 'order', 'ordersAfter', 'list', 'told', 'due', 'idOf', 'standing', 'queues', 'close'] as const).map(
        (name) => [name, (store[name] as (...given: unknown[]) => unknown).bind(store)],
      ),
    ),
  });
}

test('what fires is stored and told, by the routes; its end is told to the same', async (t) => {
  const store = new MemoryAlertStore();
  const world = deskOver(() => store);
  stopAfter(t, world);
  const p2 = alertOf('b1', { key: 'b', priority: 'P2', originalPriority: 'P2' });
  world.desk.take([effectOf('pending', pending(P1), false)]);
  world.desk.take([effectOf('fired', P1), effectOf('fired', p2)]);
  await look(world);
  assert.deepEqual(world.sent.sort(), ['chat a1/trigger', 'chat b1/trigger', 'pager a1/trigger']);
  assert.deepEqual(
    store
      .list({ activeOnly: true, limit: 9 })
      .map(({ id }) => id)
      .sort(),
    ['a1', 'b1'],
  );
  // Turned off meanwhile: whoever was told of the beginning is told of the end.
  world.desk.take([effectOf('resolved', resolved(P1), false)]);
  await look(world);
  assert.deepEqual(world.sent.slice(3).sort(), ['chat a1/resolve', 'pager a1/resolve']);
  assert.deepEqual(world.said, []);
});

test('in one batch as over many: told, escalated and over before the store took any of it', async (t) => {
  const store = new MemoryAlertStore();
  const world = deskOver(() => store);
  stopAfter(t, world);
  const p2 = alertOf('b1', { priority: 'P2', originalPriority: 'P2' });
  const risen = { ...p2, priority: 'P1' as const, escalatedAtMs: T0_MS };
  world.desk.take([effectOf('fired', p2), effectOf('escalated', risen), effectOf('resolved', resolved(risen))]);
  await look(world, 2000);
  const by = (name: string): string[] => world.sent.filter((one) => one.startsWith(name));
  assert.deepEqual(by('chat'), ['chat b1/trigger', 'chat b1/escalate', 'chat b1/resolve']);
  assert.deepEqual(by('pager'), ['pager b1/trigger', 'pager b1/resolve']);
});

test('what is only stored waits a second for company, what is told does not', async (t) => {
  const store = new MemoryAlertStore();
  let commits = 0;
  const counted = Object.assign(store, {
    commit: (...given: Parameters<AlertStore['commit']>): void => {
      commits += 1;
      MemoryAlertStore.prototype.commit.apply(store, given);
    },
  });
  const world = deskOver(() => counted);
  stopAfter(t, world);
  world.desk.take([effectOf('fired', P1)]);
  await look(world, 25);
  assert.equal(commits, 1);
  for (let i = 0; i < 36; i++) {
    world.desk.take([effectOf('updated', { ...P1, lastValue: i }, false)]);
    await look(world, 25);
  }
  assert.equal(commits, 1);
  await look(world, 100);
  assert.equal(commits, 2);
  assert.equal(store.list({ activeOnly: true, limit: 1 })[0]?.lastValue, 35);
});

test('a store that is busy: nothing is told before it is stored, nothing is lost, and nobody is bothered', async (t) => {
  const store = new MemoryAlertStore();
  let isBusy = true;
  const world = deskOver(() => failing(store, 'state_busy', () => isBusy));
  stopAfter(t, world);
  world.desk.take([effectOf('fired', P1)]);
  await look(world, 3000);
  assert.deepEqual([world.sent, world.said, world.desk.status().unstored], [[], [], 1]);
  isBusy = false;
  await look(world);
  assert.deepEqual(world.sent.sort(), ['chat a1/trigger', 'pager a1/trigger']);
  assert.deepEqual([world.desk.status().unstored, world.desk.status().problem], [0, null]);
});

test('a full disk: said once, tried again each second, bounded, and the oldest that has to go is counted', async (t) => {
  const store = new MemoryAlertStore();
  let isFull = true;
  const world = deskOver(() => failing(store, 'disk_full', () => isFull));
  stopAfter(t, world);
  world.desk.take([effectOf('fired', P1)]);
  for (let i = 0; i < 20_000; i++) world.desk.take([effectOf('updated', { ...P1, lastValue: i }, false)]);
  await look(world, 3000);
  assert.deepEqual(world.said, [
    'alerts cannot be stored, so nobody is told of new ones: cannot change control.db: disk_full',
  ]);
  assert.ok(world.desk.status().unstored <= 5000);
  assert.equal(world.desk.status().lost, 0, 'newer states of one alert stand for older ones');
  for (let i = 0; i < 6000; i++) world.desk.take([effectOf('fired', alertOf(`x${i}`, { key: `x${i}` }))]);
  assert.ok(world.desk.status().lost > 900 && world.desk.status().unstored <= 5000);
  isFull = false;
  await look(world, 1100);
  assert.equal(world.desk.status().unstored, 0);
  assert.equal(store.list({ activeOnly: true, limit: 9 }).length, 9);
});

test('an outage of the store: what is new is told from memory, once, and the rest when the store is back', async (t) => {
  const store = new MemoryAlertStore();
  let isFull = false;
  const summaries: string[] = [];
  const world = deskOver(
    () => failing(store, 'disk_full', () => isFull),
    async ({ body }) => {
      summaries.push((JSON.parse(body) as { data: { summary: string } }).data.summary);
      return OK;
    },
  );
  stopAfter(t, world);
  const old = alertOf('old', { key: 'old', priority: 'P2', originalPriority: 'P2' });
  world.desk.take([effectOf('fired', old)]);
  await look(world);
  assert.deepEqual(world.sent.splice(0), ['chat old/trigger']);

  isFull = true;
  const brief = alertOf('brief', { key: 'brief' });
  world.desk.take([effectOf('fired', P1), effectOf('fired', brief)]);
  await look(world, 4000);
  assert.deepEqual(world.sent, [], 'it may be back in a moment');
  await look(world, 1500);
  const [a1, two] = [
    ['chat a1/trigger', 'pager a1/trigger'],
    ['chat brief/trigger', 'pager brief/trigger'],
  ];
  assert.deepEqual(world.sent.splice(0).sort(), [...a1, ...two].sort());
  assert.match(summaries.at(-1)!, / \(from memory: alerts cannot be stored\)$/);
  assert.equal(world.desk.status().isToldFromMemory, true);
  assert.equal(world.said.length, 2);
  assert.match(world.said[1]!, /new ones are told from memory/);

  // What began before and rises is told; its end waits for the store, which may still have its beginning to tell.
  world.desk.take([effectOf('escalated', { ...old, priority: 'P1', escalatedAtMs: T0_MS })]);
  world.desk.take([effectOf('resolved', resolved(brief)), effectOf('resolved', resolved(old))]);
  await look(world, 1000);
  const risen = ['chat old/escalate', 'pager old/trigger'];
  assert.deepEqual(world.sent.splice(0).sort(), [
    'chat brief/resolve',
    ...risen.slice(0, 1),
    'pager brief/resolve',
    ...risen.slice(1),
  ]);

  isFull = false;
  await look(world, 3000);
  assert.deepEqual(world.sent.splice(0).sort(), ['chat old/resolve', 'pager old/resolve']);
  assert.deepEqual([world.desk.status().isToldFromMemory, world.desk.status().problem], [false, null]);
  assert.deepEqual(
    store.list({ activeOnly: true, limit: 9 }).map(({ id }) => id),
    ['a1'],
  );
  world.desk.take([effectOf('resolved', resolved(P1))]);
  await look(world, 1000);
  assert.deepEqual(world.sent.sort(), ['chat a1/resolve', 'pager a1/resolve']);
  assert.doesNotMatch(summaries.at(-1)!, /from memory/);
});

test('a disk that is really full: told from memory, stored when there is room, and nobody is told twice', {
  skip: noSmallDisk,
}, async (t) => {
  const dir = smallDisk(t, 1024);
  openAlerts(dir, 1000).close();
  const world = deskOver(() => openRunAlerts(dir, 0));
  stopAfter(t, world);
  const before = alertOf('before', { key: 'before' });
  world.desk.take([effectOf('fired', before)]);
  await look(world);
  assert.deepEqual(world.sent.splice(0).sort(), ['chat before/trigger', 'pager before/trigger']);
  fillDisk(dir);
  // Far more than what is still free in the file that is there.
  const many = Array.from({ length: 400 }, (_, i) =>
    alertOf(`n${i}`, { key: `n${i}`, priority: 'P3', originalPriority: 'P3' }),
  );
  world.desk.take(many.map((alert) => effectOf('fired', alert, alert.id === 'n7')));
  world.desk.take([effectOf('fired', P1), effectOf('resolved', resolved(before))]);
  await look(world, 8000);
  assert.match(world.said.join('\n'), /disk is full[\s\S]*told from memory/);
  assert.deepEqual(world.sent.splice(0).sort(), ['chat a1/trigger', 'chat n7/trigger', 'pager a1/trigger']);
  rmSync(join(dir, 'fill'));
  await look(world, 4000);
  assert.deepEqual(world.desk.status().unstored, 0, world.said.join('\n'));
  assert.deepEqual(world.sent.splice(0).sort(), ['chat before/resolve', 'pager before/resolve']);
  const store = openAlertsToRead(dir, 0);
  t.after(() => store.close());
  assert.deepEqual(store.told('a1'), ['chat', 'pager']);
  assert.equal(store.list({ activeOnly: true, limit: 999 }).length, 401);
});

test('told from memory while the store comes back: an answer that is still on its way counts', async () => {
  const store = new MemoryAlertStore();
  let isFull = true;
  const answers: ((reply: PostReply) => void)[] = [];
  const world = deskOver(
    () => failing(store, 'disk_full', () => isFull),
    () => new Promise((resolve) => answers.push(resolve)),
  );
  world.desk.take([effectOf('fired', P1)]);
  await look(world, 6000);
  assert.equal(world.sent.length, 2);
  isFull = false;
  await look(world, 1500);
  assert.equal(world.desk.status().unstored, 0);
  for (const answer of answers.splice(0)) answer(OK);
  await look(world, 3000);
  assert.deepEqual(world.sent.sort(), ['chat a1/trigger', 'pager a1/trigger']);
  assert.ok(store.queues().every(({ waiting }) => waiting === 0));
  await world.desk.stop([]);
});

test('whatever the store does and when: each event is told to each receiver, once, the end after the beginning', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('fire' as const) }),
    fc.record({ kind: fc.constant('end' as const), which: fc.nat(9) }),
    fc.record({ kind: fc.constant('store' as const), code: fc.constantFrom('disk_full', 'state_busy', null) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(25, 300, 1100, 7000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const store = new MemoryAlertStore();
      let code: 'disk_full' | 'state_busy' | null = null;
      const world = deskOver(() => failingAs(store, () => code));
      const open: ReturnType<typeof alertOf>[] = [];
      const expected: string[] = [];
      let begun = 0;
      const end = (at: number): void => {
        const [alert] = open.splice(at, 1);
        world.desk.take([effectOf('resolved', resolved(alert!))]);
      };
      for (const one of steps) {
        if (one.kind === 'fire') {
          const alert = alertOf(`n${begun}`, { key: `n${begun}` });
          begun += 1;
          open.push(alert);
          world.desk.take([effectOf('fired', alert)]);
          for (const event of ['trigger', 'resolve'])
            expected.push(`chat ${alert.id}/${event}`, `pager ${alert.id}/${event}`);
        } else if (one.kind === 'end') {
          if (open.length > 0) end(one.which % open.length);
        } else if (one.kind === 'store') code = one.code;
        else await look(world, one.ms);
      }
      code = null;
      while (open.length > 0) end(0);
      // A lane looks four times a second, and tells one at a time.
      await look(world, 2000 + 300 * expected.length);
      assert.deepEqual([...world.sent].sort(), expected.sort());
      for (const end of world.sent.filter((text) => text.endsWith('/resolve')))
        assert.ok(world.sent.indexOf(end.replace('resolve', 'trigger')) < world.sent.indexOf(end), end);
      await world.desk.stop([]);
    }),
    { numRuns: 25, includeErrorInReport: true },
  );
});

test('orders: given once, and given again to the next run where this one was killed before it stored', async (t) => {
  const dir = stateFolder(t);
  const cli = openAlerts(dir, 1000);
  t.after(() => cli.close());
  const first = deskOver(() => openAlerts(dir, 0));
  cli.order({ kind: 'alert_acknowledge', alert: 'a1', actor: 'ana', reason: 'looking' }, T0_MS, ANA);
  assert.deepEqual(
    first.desk.poll().map(({ kind }) => kind),
    ['alert_acknowledge'],
  );
  assert.deepEqual(first.desk.poll(), []);
  // Killed here: the next one gets it again, obeys it, and stores what came of it.
  const second = deskOver(() => openAlerts(dir, 0));
  assert.deepEqual(second.desk.poll(), [{ kind: 'alert_acknowledge', alert: 'a1', actor: 'ana', reason: 'looking' }]);
  second.desk.keep([silenceOf('s1')]);
  const third = deskOver(() => openAlerts(dir, 0));
  stopAfter(t, first, second, third);
  assert.deepEqual(third.desk.stored.silences, [silenceOf('s1')]);
  assert.deepEqual(third.desk.poll(), []);
});

test('the next run takes up what this one left, and tells nobody anew', async (t) => {
  const dir = stateFolder(t);
  const first = deskOver(() => openAlerts(dir, 0));
  first.desk.take([effectOf('fired', P1)]);
  await look(first);
  await first.desk.stop([]);
  const second = deskOver(() => openAlerts(dir, 0));
  stopAfter(t, second);
  assert.deepEqual(second.desk.stored.alerts, [P1]);
  second.desk.take([effectOf('fired', P1)]);
  await look(second);
  assert.deepEqual(second.sent, []);
  second.desk.take([effectOf('resolved', resolved(P1))]);
  await look(second);
  assert.deepEqual(second.sent.sort(), ['chat a1/resolve', 'pager a1/resolve']);
});

test('the file is lost under a run and comes back empty: what is on is stored anew, and told under the same ids', async (t) => {
  const dir = stateFolder(t);
  openAlerts(dir, 0).close();
  const world = deskOver(() => openRunAlerts(dir, 0));
  stopAfter(t, world);
  const quiet = pending(alertOf('p1', { key: 'p' }));
  const over = alertOf('over', { key: 'over' });
  world.desk.take([effectOf('fired', P1), effectOf('pending', quiet, false), effectOf('fired', over)]);
  world.desk.take([effectOf('resolved', resolved(over))]);
  await look(world);
  renameSync(dir, `${dir}.aside`);
  mkdirSync(dir, { mode: 0o700 });
  world.sent.length = 0;
  world.desk.poll();
  await look(world, 3000);
  assert.match(world.said.join(), /it is gone/);
  assert.deepEqual(world.sent, []);
  assert.deepEqual(readdirSync(dir), [], 'a scanner makes no new state in the place of a lost one');
  const store = openAlerts(dir, 0);
  t.after(() => store.close());
  // As in a copy of yesterday.
  store.commit([effectOf('fired', over)], [], 0, []);
  await look(world, 3000);
  assert.deepEqual(world.sent.sort(), ['chat a1/trigger', 'pager a1/trigger']);
  const states = store.open().alerts.map(({ id, state }) => `${id} ${state}`);
  assert.deepEqual(states.sort(), ['a1 firing', 'p1 pending']);
  store.order({ kind: 'alert_resolve', alert: 'a1', actor: 'ana', reason: 'done' }, T0_MS, ANA);
  assert.deepEqual(
    world.desk.poll().map(({ kind }) => kind),
    ['alert_resolve'],
  );
});

test('a store that cannot be opened: said, and the run goes on without it', async () => {
  const world = deskOver(() => {
    throw new CryptorunError('state_unreadable', 'cannot use control.db: it is damaged');
  });
  assert.deepEqual(world.desk.stored, { alerts: [], silences: [], lastOrder: 0 });
  world.desk.take([effectOf('fired', P1)]);
  await look(world, 3000);
  assert.deepEqual(world.desk.poll(), []);
  assert.deepEqual(world.sent, []);
  assert.match(world.said[0]!, /alerts cannot be stored, so nobody is told of new ones: .*damaged/);
  assert.match(world.desk.status().problem ?? '', /damaged/);
  await look(world, 2500);
  assert.deepEqual(
    world.sent.sort(),
    ['chat a1/trigger', 'pager a1/trigger'],
    'from memory, for as long as the run lives',
  );
});

test('the end: what was taken last is stored and told; a receiver that hangs costs 1.5 s and no more', async () => {
  const store = new MemoryAlertStore();
  const hangs = (request: PostRequest, signal: AbortSignal): Promise<PostReply> => {
    if (request.url.includes('chat'))
      return Promise.resolve({ kind: 'answered', status: 200, retryAfterMs: null, text: '' });
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => resolve({ kind: 'failed', reason: 'over' })),
    );
  };
  // Kept open, to look at what is left.
  const world = deskOver(() => Object.assign(store, { close: () => {} }), hangs);
  await look(world, 25);
  world.desk.take([effectOf('fired', P1)]);
  let isOver = false;
  const stopped = world.desk.stop([]).then(() => {
    isOver = true;
  });
  for (let i = 0; i < 20; i++) await immediately();
  assert.equal(isOver, false);
  world.clock.advance(1500);
  await stopped;
  assert.deepEqual(world.sent.sort(), ['chat a1/trigger', 'pager a1/trigger']);
  assert.deepEqual(
    store.queues().map(({ receiver, waiting }) => `${receiver} ${waiting}`),
    ['pager 1'],
  );
  world.desk.take([effectOf('fired', alertOf('late'))]);
  world.desk.keep([]);
  assert.equal(store.list({ activeOnly: false, limit: 9 }).length, 1, 'nothing after the end');
});
