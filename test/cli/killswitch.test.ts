/** `cryptorun killswitch`: stopping on good days and bad, and every way in which a release is refused. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import Database from 'libsql';
import { type StatusRow, statusRow } from '../../src/core/ops/status.ts';
import { writeSavedStatus } from '../../src/shell/stores/saved-status.ts';
import { FakeScanner, type Json, START_MS, World } from './support/world.ts';

const scanners: FakeScanner[] = [];
afterEach(() => {
  for (const scanner of scanners.splice(0)) scanner.close();
});

/** A scanner that runs, and one that sees what is asked of it 20 ms after. */
function scannerIn(world: World, isObedient = false): FakeScanner {
  const scanner = new FakeScanner(world);
  scanners.push(scanner);
  const startMs = world.nowMs;
  world.onSleep = () => {
    if (isObedient && world.nowMs - startMs >= 20) {
      scanner.killLevel = existsSync(killFile(world)) ? 'kill' : null;
      scanner.killSeenAtMs ??= world.nowMs;
    }
    scanner.beat();
  };
  return scanner;
}

function killFile(world: World): string {
  return join(world.stateDir, 'KILL');
}

/** The audit as a script reads it. */
async function auditOf(world: World): Promise<Json[]> {
  return (await world.json('audit tail')).document.records;
}

/** What a scanner that is well saves. @param changed - rows that take the place of its own */
function saveStatus(world: World, changed: readonly StatusRow[] = [], dataTimeMs = world.nowMs): void {
  const well = [
    statusRow({ category: 'kpi', name: 'active_p1_alert_count', value: 0, unit: 'count', status: 'OK' }),
    statusRow({ category: 'guard', name: 'budget', status: 'OK' }),
    statusRow({ category: 'health', name: 'grade', value: 'B', status: 'OK' }),
    statusRow({ category: 'health', name: 'grade', part: 'score', value: 85, unit: 'points', status: 'OK' }),
    ...['binance', 'kraken'].map((name) =>
      statusRow({ category: 'venue', name, part: 'clock_skew_ms', value: 12, unit: 'ms' }),
    ),
  ];
  const key = (row: StatusRow): string => `${row.category} ${row.name} ${row.part}`;
  const own = well.filter((row) => !changed.some((other) => key(other) === key(row)));
  const source = { kind: 'live', name: 's1' } as const;
  writeSavedStatus(join(world.stateDir, 'status.json'), {
    source,
    savedAtMs: world.nowMs,
    dataTimeMs,
    rows: [...own, ...changed],
  });
}

test('activate: file, audit and status say who, when and why; nothing was set up before', async () => {
  const world = new World();
  const { code, stdout, stderr } = await world.run(['killswitch', 'activate', '--reason', 'exchange outage']);
  assert.equal(code, 0);
  assert.equal(stdout, 'ENGAGED the kill switch at kill, by alice: exchange outage\n');
  assert.match(stderr, /^no scanner is running\nto release: cryptorun killswitch check/);
  const { document } = await world.json('killswitch status');
  const { checks, scanner, audit, ...state } = document;
  assert.deepEqual(state, {
    schema: 'cryptorun.killswitch/v1',
    active: true,
    activated_at: '2026-03-01T12:00:00.000Z',
    reason: 'exchange outage',
    operator: 'alice',
    level: 'kill',
    source: 'command',
    trigger: null,
    released_at: null,
  });
  assert.deepEqual(checks.map(({ name }: Json) => name).sort(), [
    ...['audit_chain', 'clock', 'data_fresh', 'disk_free', 'guards', 'health_grade', 'memory', 'p1_alerts'],
  ]);
  assert.deepEqual([scanner.kind, audit.seq], ['absent', 1]);
  const [record] = await auditOf(world);
  assert.deepEqual([record.action, record.recordedLate, record.actor.host], ['engage_kill_switch', false, 'host1']);
});

test('activate takes a level and an operator, and stops without a reason too', async () => {
  const world = new World();
  const paused = await world.run(['killswitch', 'activate', '--level', 'pause', '--operator', 'desk-2']);
  assert.equal(paused.stdout, 'ENGAGED the kill switch at pause, by desk-2: no reason given\n');
  const drained = await world.json('killswitch activate --level drain', 'worse');
  assert.deepEqual([drained.document.changed, drained.document.level], [true, 'drain']);
  const milder = await world.json('killswitch activate --level pause', 'late');
  assert.deepEqual([milder.code, milder.document.changed, milder.document.level], [0, false, 'drain'], 'never demoted');
  assert.equal((await world.json('killswitch status')).document.reason, 'worse');
  assert.equal((await world.run(['killswitch', 'activate', '--level', 'kil'])).code, 2);
});

test('activate: the running scanner confirms, and how long it took is told', async () => {
  const world = new World();
  await world.act('switch off publish');
  scannerIn(world, true);
  const { code, stderr } = await world.act('killswitch activate');
  assert.equal(code, 0);
  assert.match(stderr, /^the scanner pid \d+ \(s1\) has confirmed it, after 20 ms\n/);
});

test('activate: a scanner that does not answer is named, and the exit code says so', async () => {
  const world = new World();
  await world.act('switch off publish');
  scannerIn(world);
  const { code, stdout, stderr } = await world.act('killswitch activate --timeout 500ms');
  assert.equal(code, 8);
  assert.match(stdout, /^ENGAGED/);
  assert.match(
    stderr,
    new RegExp(`engaged, but the scanner pid ${process.pid} \\(s1\\) has not confirmed it within 500 ms`),
  );
  assert.equal((await world.act('killswitch activate --no-wait')).code, 0);
  const odd = await world.act('killswitch activate --timeout soon');
  assert.match(
    odd.stderr,
    /--timeout: wanted a duration such as 90s, 30m, 2h or 1d, found "soon"; waited as long as usual/,
  );
});

test('touch KILL is enough: engaged, and recorded late by the next command that can', async () => {
  const world = new World();
  mkdirSync(world.stateDir, { recursive: true });
  writeFileSync(killFile(world), '');
  utimesSync(killFile(world), START_MS / 1000 - 60, START_MS / 1000 - 60);
  const { document } = await world.json('killswitch status');
  assert.deepEqual([document.active, document.level, document.source], [true, 'kill', 'file']);
  assert.equal(document.activated_at, '2026-03-01T11:59:00.000Z');
  await world.act('switch off publish');
  const records = await auditOf(world);
  assert.deepEqual(
    records.map(({ action, recordedLate }) => [action, recordedLate]),
    [
      ['engage_kill_switch', true],
      ['set_switch', false],
    ],
  );
  assert.deepEqual([records[0].ts, records[0].actor.via], ['2026-03-01T11:59:00.000Z', 'file']);
  await world.run(['killswitch', 'status']);
  assert.equal((await auditOf(world)).length, 2, 'once');
});

/** Each makes a day bad, after the state was set up; returns what ends it. */
const BAD_DAYS: Readonly<Record<string, { spoil: (world: World) => () => void; code: number; said: RegExp }>> = {
  'the database locked': {
    spoil: (world) => {
      const db = new Database(join(world.stateDir, 'control.db'));
      db.exec('BEGIN EXCLUSIVE');
      return () => {
        db.exec('ROLLBACK');
        db.close();
      };
    },
    code: 6,
    said: /another process holds it/,
  },
  'the state corrupt': {
    spoil: (world) => {
      writeFileSync(join(world.stateDir, 'control.db'), 'not a database, and long enough to be one'.repeat(100));
      return () => {};
    },
    code: 3,
    said: /state doctor/,
  },
  'the config broken': {
    spoil: (world) => {
      const path = world.writeConfig(/$/, '\nnonsense: [');
      return () => writeFileSync(path, '{}');
    },
    code: 2,
    said: /^config\/ops\.yaml:\d+/,
  },
};

for (const [day, { spoil, code, said }] of Object.entries(BAD_DAYS)) {
  test(`${day}: switch off fails within a second and names the way that works; activate and status work`, async () => {
    const world = new World();
    await world.act('switch off alerts');
    const mend = spoil(world);
    const startMs = performance.now();
    const off = await world.act('switch off publish');
    assert.ok(performance.now() - startMs < 1000, `${performance.now() - startMs} ms`);
    assert.equal(off.code, code, off.stderr);
    assert.match(off.stderr, said);
    assert.match(off.stderr, /nothing was changed; to stop everything all the same: cryptorun killswitch activate/);
    assert.equal(off.stdout, '');
    const activated = await world.act('killswitch activate');
    assert.equal(activated.code, 0, activated.stderr);
    assert.match(activated.stdout, /^ENGAGED the kill switch at kill, by alice: test\n/);
    const { code: told, document } = await world.json('killswitch status');
    assert.deepEqual([told, document.active, document.level, document.reason], [0, true, 'kill', 'test']);
    mend();
  });
}

test('activated beside a locked database: the next command that can writes the record, with the engagement’s own time', async () => {
  const world = new World();
  await world.act('switch off alerts');
  const mend = BAD_DAYS['the database locked']!.spoil(world);
  const { stderr } = await world.act('killswitch activate');
  assert.match(
    stderr,
    /the kill switch IS engaged, and the next command that can writes the audit record \(recordedLate\)/,
  );
  mend();
  world.nowMs += 60_000;
  await world.act('switch off publish');
  const [, late] = await auditOf(world);
  assert.deepEqual(
    [late.action, late.recordedLate, late.ts, late.actor.user, late.reason],
    ['engage_kill_switch', true, '2026-03-01T12:00:00.000Z', 'alice', 'test'],
  );
});

test('a state that was initialised and is gone counts as engaged: state_unreadable', async () => {
  const world = new World();
  await world.act('switch off alerts');
  writeFileSync(join(world.stateDir, 'control.db'), '');
  const { code, document } = await world.json('killswitch status');
  assert.equal(code, 0);
  assert.deepEqual([document.active, document.reason, document.source], [true, 'state_unreadable', 'state_unreadable']);
  assert.equal(document.activated_at, null, 'nobody knows since when');
  const shown = await world.run(['killswitch', 'status']);
  assert.match(shown.stdout, /^ENGAGED at kill\n {2}by unknown \(state_unreadable\): state_unreadable\n/);
  assert.match(shown.stderr, /next: cryptorun state doctor, then state restore/);
});

test('every release is refused with its reason, stays engaged, and is on record', async () => {
  const world = new World();
  const admin = await world.token('admin');
  const made = {
    viewer: await world.token('viewer', '8h', admin),
    operator: await world.token('operator', '8h', admin),
    expired: await world.token('admin', '1m', admin),
    revoked: await world.token('admin', '8h', admin),
  };
  const tokens = (await world.json('token list')).document.tokens as Json[];
  await world.act(`token revoke ${tokens.at(-1).id} --token ${admin}`);
  world.nowMs += 60_000;
  await world.act('killswitch activate');
  const RELEASE = 'killswitch deactivate --confirm release';
  for (const [line, code, said] of [
    ['killswitch deactivate', 4, /^refused: say --confirm release/],
    [`killswitch deactivate --confirm yes --token ${admin}`, 4, /^refused: say --confirm release/],
    [RELEASE, 4, /needs the role admin: no token came/],
    [`${RELEASE} --token nonsense`, 4, /the token that came is not known here/],
    [`${RELEASE} --token ${made.viewer}`, 4, /the token \w+ has the role viewer/],
    [`${RELEASE} --token ${made.operator}`, 4, /the token \w+ has the role operator/],
    [`${RELEASE} --token ${made.expired}`, 4, /the token \w+ expired at 2026-03-01T12:01:00\.000Z/],
    [`${RELEASE} --token ${made.revoked}`, 4, /the token \w+ was revoked at/],
  ] as const) {
    const answer = await world.act(line);
    assert.equal(answer.code, code, line);
    assert.match(answer.stderr, said, line);
    assert.equal(answer.stdout, '');
    assert.ok((await world.json('killswitch status')).document.active, line);
  }
  const refused = (await auditOf(world)).filter(({ result }) => result === 'refused');
  assert.equal(refused.length, 6, 'all but the two without a confirmation');
  assert.ok(existsSync(killFile(world)));
  const released = await world.act(`${RELEASE} --token ${admin}`);
  assert.equal(released.code, 0, released.stderr);
  assert.equal(released.stdout, 'released the kill switch; 8 checks passed\n');
  assert.ok(!existsSync(killFile(world)));
  assert.ok(existsSync(join(world.stateDir, 'KILL.reserve')), 'ready for the next');
  assert.equal((await world.json('killswitch status')).document.active, false);
  const again = await world.json(`${RELEASE} --token ${admin}`, 'x');
  assert.deepEqual([again.code, again.document.changed], [0, false]);
});

const grade = (value: string): StatusRow => statusRow({ category: 'health', name: 'grade', value, status: 'WARN' });

/** Each spoils one check of a state that would pass all of them. */
const FAILING: readonly (readonly [check: string, spoil: (world: World) => void, evidence: RegExp])[] = [
  ['health_grade', (world) => saveStatus(world, [grade('C')]), /grade C \(score 85\.0\), wanted B or better/],
  [
    'p1_alerts',
    (world) =>
      saveStatus(world, [statusRow({ category: 'kpi', name: 'active_p1_alert_count', value: 2, unit: 'count' })]),
    /2 active P1 alerts, wanted 0/,
  ],
  ['data_fresh', (world) => saveStatus(world, [], world.nowMs - 60_000), /newest data 60\.0 s old, limit < 30 s/],
  [
    'guards',
    (world) => saveStatus(world, [statusRow({ category: 'guard', name: 'budget', status: 'BLOCK' })]),
    /blocking: budget/,
  ],
  [
    'disk_free',
    (world) => {
      world.diskFreeBytes = 2 ** 29;
    },
    /0\.50 GiB free, limit >= 1\.00 GiB/,
  ],
  [
    'memory',
    (world) => {
      world.memoryUsedRatio = null;
    },
    /unknown: memory could not be measured/,
  ],
  [
    'clock',
    (world) =>
      saveStatus(
        world,
        ['binance', 'kraken'].map((name) =>
          statusRow({ category: 'venue', name, part: 'clock_skew_ms', value: 9000, unit: 'ms' }),
        ),
      ),
    /clock off by 9000 ms, limit <= 5000 ms/,
  ],
  [
    'audit_chain',
    (world) => {
      const path = join(world.stateDir, 'audit.ndjson');
      writeFileSync(path, readFileSync(path, 'utf8').replace('"test"', '"toast"'));
    },
    /the audit chain is broken/,
  ],
];

for (const [check, spoil, evidence] of FAILING) {
  test(`a release is refused while the check ${check} fails, named with its evidence`, async () => {
    const world = new World();
    const admin = await world.token('admin');
    await world.act('killswitch activate --level pause');
    const scanner = scannerIn(world);
    [scanner.killLevel, scanner.killSeenAtMs] = ['pause', world.nowMs];
    scanner.beat();
    saveStatus(world);
    assert.equal((await world.run(['killswitch', 'check'])).code, 0, 'passes before');
    spoil(world);
    const checked = await world.json('killswitch check');
    assert.equal(checked.code, 5);
    const failed = checked.document.checks.filter(({ passed }: Json) => !passed);
    assert.deepEqual(
      failed.map(({ name }: Json) => name),
      [check],
    );
    assert.match(failed[0].evidence, evidence);
    const refused = await world.act(`killswitch deactivate --confirm release --token ${admin}`);
    assert.equal(refused.code, 5);
    assert.match(refused.stderr, new RegExp(`^refused: kill switch: check ${check} failed: `));
    assert.ok(existsSync(killFile(world)));
  });
}

test('a release beside a scanner waits until it goes on, and says when it does not', async () => {
  const world = new World();
  const admin = await world.token('admin');
  await world.act('killswitch activate --level pause');
  const scanner = scannerIn(world, true);
  [scanner.killLevel, scanner.killSeenAtMs] = ['pause', world.nowMs];
  scanner.beat();
  saveStatus(world);
  const released = await world.json(`killswitch deactivate --confirm release --token ${admin}`, 'clear');
  assert.deepEqual([released.code, released.document.confirmation.kind], [0, 'confirmed']);
  await world.act('killswitch activate --level pause --no-wait');
  world.onSleep = () => scanner.beat();
  [scanner.killLevel, scanner.killSeenAtMs] = ['pause', world.nowMs];
  scanner.beat();
  saveStatus(world);
  const stuck = await world.act(`killswitch deactivate --confirm release --token ${admin}`);
  assert.equal(stuck.code, 8);
  assert.match(stuck.stderr, /^released, but the scanner pid/m);
});

test('a crash between release and the removal of KILL leaves it engaged; a second deactivate finishes', async () => {
  const world = new World();
  const admin = await world.token('admin');
  await world.act('killswitch activate');
  const content = readFileSync(killFile(world));
  const { mtime } = statSync(killFile(world));
  const release = `killswitch deactivate --confirm release --token ${admin}`;
  assert.equal((await world.act(release)).code, 0);
  // As if the process had died before it took the file away.
  writeFileSync(killFile(world), content);
  utimesSync(killFile(world), mtime, mtime);
  assert.equal((await world.json('killswitch status')).document.active, true);
  assert.equal((await auditOf(world)).filter(({ recordedLate }) => recordedLate).length, 0, 'it may be under way');
  world.nowMs += 11_000;
  await world.run(['killswitch', 'status']);
  assert.equal((await auditOf(world)).filter(({ recordedLate }) => recordedLate).length, 1, 'it was a crash');
  assert.equal((await world.act(release)).code, 0);
  assert.equal((await world.json('killswitch status')).document.active, false);
});

test('a release without any scanner is judged by the host and the audit alone', async () => {
  const world = new World();
  const admin = await world.token('admin');
  await world.act('killswitch activate');
  world.nowMs -= 3_600_000;
  const { document } = await world.json('killswitch check');
  const failed = document.checks.filter(({ passed }: Json) => !passed);
  assert.deepEqual(
    failed.map(({ name }: Json) => name),
    ['clock'],
    'the newest record is of the future',
  );
  assert.equal((await world.act(`killswitch deactivate --confirm release --token ${admin}`)).code, 5);
  world.nowMs += 3_600_000;
  assert.equal((await world.act(`killswitch deactivate --confirm release --token ${admin}`)).code, 0);
});

test('a token may come from a file', async () => {
  const world = new World();
  writeFileSync(join(world.home, 'token'), `${await world.token('admin')}\n`);
  await world.act('killswitch activate');
  const missing = await world.act('killswitch deactivate --confirm release --token-file none');
  assert.match(missing.stderr, /^--token-file: cannot read it: ENOENT/);
  assert.equal((await world.act('killswitch deactivate --confirm release --token-file token --token x')).code, 2);
  assert.equal((await world.act('killswitch deactivate --confirm release --token-file token')).code, 0);
});
