/** Setting the state up, opening it again, and what is believed when it is gone, damaged, newer, older or locked. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import Database from 'libsql';
import { auditLine } from '../../../src/core/ops/audit/chain.ts';
import { HeartbeatWriter } from '../../../src/shell/stores/control/heartbeat-file.ts';
import { engage, prepareReserve } from '../../../src/shell/stores/control/kill-file.ts';
import { openControl, readControlOrEngaged } from '../../../src/shell/stores/control/open-control.ts';
import { lockScanner } from '../../../src/shell/stores/control/scanner-lock.ts';
import { CONTROL_SCHEMA } from '../../../src/shell/stores/control/sqlite/control-schema.ts';
import { change, DEFAULTS, madeStateFolder, NOW_MS, note, setSwitch, stateFolder } from './support/control-state.ts';
import { fillDisk, noSmallDisk, smallDisk } from './support/small-disk.ts';

const ENGAGEMENT = { level: 'kill', reason: 'x', operator: 'ana', source: 'command', timeMs: NOW_MS } as const;
const QUICK = { busyTimeoutMs: 0 };
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** A state that was set up and used, closed again; its WAL is written back, so that `control.db` alone is the state. */
function usedState(t: TestContext): string {
  const dir = stateFolder(t);
  const store = openControl(dir, QUICK);
  change(store, setSwitch('alerts', false));
  store.close();
  raw(dir, (db) => db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all());
  return dir;
}

function raw(dir: string, action: (db: Database.Database) => void): void {
  const db = new Database(join(dir, 'control.db'), { timeout: 1000 });
  action(db);
  db.close();
}

test('the first opening sets up a private folder with database and reserve', (t) => {
  const dir = stateFolder(t);
  openControl(dir, QUICK).close();
  assert.equal(modeOf(dir), '700');
  const files = readdirSync(dir).sort();
  assert.deepEqual(
    files.filter((name) => !/-(?:wal|shm)$/.test(name)),
    ['KILL.reserve', 'control.db'],
  );
  assert.deepEqual(new Set(files.map((name) => modeOf(join(dir, name)))), new Set(['600']));
  assert.equal(statSync(join(dir, 'KILL.reserve')).size, 4096);
});

test('what was changed is there when it is opened again', (t) => {
  const dir = usedState(t);
  const store = openControl(dir, QUICK);
  t.after(() => store.close());
  assert.equal(store.read().document.switches['alerts']?.isOn, false);
  assert.deepEqual(readControlOrEngaged(dir, QUICK), { kind: 'ok', snapshot: store.read() });
});

test('two stores of one folder see each other at once', (t) => {
  const dir = stateFolder(t);
  const [a, b] = [openControl(dir, QUICK), openControl(dir, QUICK)];
  assert.deepEqual([a.revision(), b.revision()], [0, 0]);
  change(a, setSwitch('alerts', false));
  assert.deepEqual([a.revision(), b.revision()], [1, 1]);
  change(b, setSwitch('alerts', true));
  assert.deepEqual(a.read(), b.read());
  a.close();
  b.close();
});

test('looking sets nothing up', (t) => {
  const dir = stateFolder(t);
  assert.deepEqual(readControlOrEngaged(dir, QUICK), { kind: 'never_initialised' });
  assert.equal(existsSync(dir), false);
  // As a first start leaves it that was killed at once.
  mkdirSync(dir);
  writeFileSync(join(dir, 'control.db'), '');
  assert.deepEqual(readControlOrEngaged(dir, QUICK), { kind: 'never_initialised' });
  openControl(dir, QUICK).close();
  assert.equal(readControlOrEngaged(dir, QUICK).kind, 'ok');
});

test('a scanner may take its lock and begin to beat before the state is set up', (t) => {
  const dir = stateFolder(t);
  const lock = lockScanner(dir);
  new HeartbeatWriter(dir).close();
  assert.deepEqual(readControlOrEngaged(dir, QUICK), { kind: 'never_initialised' });
  assert.equal(openControl(dir, QUICK).revision(), 0);
  lock.release();
});

test('a mistake of the program is not taken for damage of the state', (t) => {
  const store = openControl(stateFolder(t), QUICK);
  t.after(() => store.close());
  assert.throws(() => change(store, { ...note('x'), atMs: Number.NaN }), { name: /^(?!CryptorunError)/ });
  assert.equal(store.revision(), 0);
  assert.equal(change(store, note('x')).outcome.kind, 'changed');
});

test('KILL touched before the first start stays in force, and the state is set up beside it', (t) => {
  const dir = madeStateFolder(t);
  writeFileSync(join(dir, 'KILL'), '');
  assert.deepEqual(readControlOrEngaged(dir, QUICK), { kind: 'never_initialised' });
  openControl(dir, QUICK).close();
  assert.deepEqual([existsSync(join(dir, 'KILL')), existsSync(join(dir, 'KILL.reserve'))], [true, true]);
});

const DAMAGE: readonly (readonly [what: string, damage: (dir: string) => void, says: RegExp])[] = [
  ['removed', (dir) => rmSync(join(dir, 'control.db')), /it is gone/],
  [
    'removed after an engagement used the reserve',
    (dir) => {
      engage(dir, ENGAGEMENT);
      rmSync(join(dir, 'control.db'));
    },
    /it is gone/,
  ],
  ['emptied', (dir) => truncateSync(join(dir, 'control.db')), /it is empty/],
  ['cut in half', (dir) => truncateSync(join(dir, 'control.db'), 4096), /malformed|corrupt|not a database|disk I\/O/],
  ['overwritten', (dir) => writeFileSync(join(dir, 'control.db'), 'odd'.repeat(9000)), /not a database/],
  [
    'edited',
    (dir) => raw(dir, (db) => db.exec(`UPDATE document SET json = replace(json, 'false', 'true')`)),
    /checksum/,
  ],
  ['without its document', (dir) => raw(dir, (db) => db.exec('DELETE FROM document')), /no document/],
  ['of another revision', (dir) => raw(dir, (db) => db.exec('UPDATE document SET revision = 9')), /another revision/],
  [
    'with an edited audit',
    (dir) => raw(dir, (db) => db.exec(`UPDATE audit SET record = '{}'`)),
    /audit record .*damaged/,
  ],
  [
    'of a newer version',
    (dir) => raw(dir, (db) => db.exec(`PRAGMA user_version = ${CONTROL_SCHEMA.length + 1}`)),
    new RegExp(`version ${CONTROL_SCHEMA.length + 1}, .* up to ${CONTROL_SCHEMA.length}`),
  ],
];

for (const [what, damage, says] of DAMAGE) {
  test(`control.db ${what}: nobody opens it, and the kill switch counts as engaged`, (t) => {
    const dir = usedState(t);
    for (const end of ['-wal', '-shm']) rmSync(join(dir, `control.db${end}`), { force: true });
    damage(dir);
    assert.throws(
      () => openControl(dir, QUICK),
      (error: { code: string; exitCode: number; message: string }) => {
        assert.deepEqual([error.code, error.exitCode], ['state_unreadable', 3]);
        assert.match(error.message, says);
        assert.match(error.message, /counts as engaged.*state doctor/);
        return true;
      },
    );
    const belief = readControlOrEngaged(dir, QUICK);
    assert.equal(belief.kind, 'unreadable');
    assert.match(belief.kind === 'unreadable' ? belief.reason : '', says);
  });
}

test('an older version is migrated in one transaction, a step that fails leaves it as it was', (t) => {
  const dir = usedState(t);
  const older = [...CONTROL_SCHEMA];
  const next = [
    ...older,
    (db: Database.Database) => void db.exec('CREATE TABLE later (x); INSERT INTO later VALUES (7)'),
  ];
  const broken = [...next, (db: Database.Database) => void db.exec('CREATE TABLE half (x); SELECT nonsense')];
  assert.throws(() => openControl(dir, { ...QUICK, schema: broken }), { code: 'state_unreadable' });
  raw(dir, (db) => {
    assert.deepEqual(db.prepare('SELECT name FROM sqlite_master WHERE name IN (?, ?)').raw().all('later', 'half'), []);
  });
  const store = openControl(dir, { ...QUICK, schema: next });
  assert.equal(store.read().document.switches['alerts']?.isOn, false);
  store.close();
  raw(dir, (db) => assert.deepEqual(db.prepare('SELECT x FROM later').raw().all(), [[7]]));
  assert.throws(() => openControl(dir, { ...QUICK, schema: older }), {
    code: 'state_unreadable',
    message: new RegExp(`version ${next.length}`),
  });
});

test('a database that goes away or is exchanged under an open store is noticed, by readers and writers', (t) => {
  const dir = usedState(t);
  const path = join(dir, 'control.db');
  const store = openControl(dir, QUICK);
  renameSync(path, `${path}.gone`);
  const uses = [
    () => store.revision(),
    () => store.read(),
    () => change(store, note('x')),
    () => store.auditAfter(0, 1),
  ];
  for (const use of uses) assert.throws(use, { code: 'state_unreadable', message: /it is gone/ });
  copyFileSync(`${path}.gone`, path);
  for (const use of uses) assert.throws(use, { code: 'state_unreadable', message: /another file has taken its place/ });
  assert.equal(openControl(dir, QUICK).revision(), 1);
});

test('a WAL that has grown is written back by whoever changes something', (t) => {
  const dir = stateFolder(t);
  const store = openControl(dir, QUICK);
  t.after(() => store.close());
  const reason = 'x'.repeat(900);
  let largest = 0;
  for (let i = 0; i < 200; i++) {
    store.change({ ...note(`n${i}`), reason }, { switches: new Map(), breakers: [] });
    largest = Math.max(largest, statSync(join(dir, 'control.db-wal')).size);
  }
  assert.ok(largest < 300_000, `the WAL grew to ${largest} bytes`);
  assert.equal(store.auditAfter(0, 1000).length, 200);
});

/** Another process that holds the write lock until it is killed. */
async function lockFromOutside(t: TestContext, dir: string): Promise<void> {
  const library = createRequire(import.meta.url).resolve('libsql');
  const code = `const D = require(process.argv[1]); const db = new D(process.argv[2], { timeout: 1000 });
    db.exec('BEGIN IMMEDIATE'); console.log('held'); setInterval(() => db.inTransaction, 1000)`;
  const child = spawn(process.execPath, ['-e', code, library, join(dir, 'control.db')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  await once(child.stdout, 'data');
}

test('locked by another process: reading goes on, a change fails in its time, the kill file works', async (t) => {
  const dir = usedState(t);
  const [patient, hasty] = [openControl(dir, { busyTimeoutMs: 200 }), openControl(dir, QUICK)];
  await lockFromOutside(t, dir);
  assert.equal(hasty.revision(), 1);
  assert.equal(readControlOrEngaged(dir, QUICK).kind, 'ok');
  const refusal = { code: 'state_busy', exitCode: 6, isRetryable: true, message: /killswitch activate/ };
  const tookMs = (action: () => void): number => {
    const start = performance.now();
    action();
    return performance.now() - start;
  };
  assert.ok(tookMs(() => assert.throws(() => change(hasty, note('x')), refusal)) < 50);
  const waited = tookMs(() => assert.throws(() => change(patient, note('x')), refusal));
  assert.ok(waited >= 190 && waited < 900, `waited ${waited} ms`);
  assert.equal(hasty.read().auditHead?.seq, 1, 'nothing was changed');
  assert.equal(engage(dir, ENGAGEMENT).kind, 'engaged');
});

test('an export that cannot be written lags: the change stands, and the next change catches up', (t) => {
  const dir = stateFolder(t);
  const path = join(dir, 'audit.ndjson');
  const store = openControl(dir, QUICK);
  t.after(() => store.close());
  mkdirSync(path);
  const { outcome, exportProblem } = change(store, setSwitch('alerts', false));
  assert.equal(outcome.kind, 'changed');
  assert.match(exportProblem ?? '', /cannot append to .*audit\.ndjson: EISDIR/);
  rmSync(path, { recursive: true });
  assert.equal(change(store, note('later')).exportProblem, null);
  const lines = store.auditAfter(0, 10).map((record) => `${auditLine(record)}\n`);
  assert.equal(lines.length, 2);
  assert.equal(readFileSync(path, 'utf8'), lines.join(''));
});

test('full disk: a change fails and changes nothing, reading and engaging go on', { skip: noSmallDisk }, (t) => {
  const dir = smallDisk(t, 256);
  const store = openControl(dir, QUICK);
  t.after(() => store.close());
  change(store, setSwitch('alerts', false));
  const before = store.read();
  fillDisk(dir);
  const refusal = { code: 'disk_full', exitCode: 1, isRetryable: true };
  assert.throws(() => store.change({ ...note('x'), reason: 'x'.repeat(900) }, DEFAULTS), refusal);
  assert.deepEqual(store.read(), before);
  assert.equal(readControlOrEngaged(dir, QUICK).kind, 'ok');
  assert.equal(engage(dir, ENGAGEMENT).kind, 'engaged');
  rmSync(join(dir, 'fill'));
  assert.deepEqual(change(store, note('later')).snapshot.auditHead?.seq, 2);
});

test('the reserve comes back on the next opening', (t) => {
  const dir = usedState(t);
  rmSync(join(dir, 'KILL.reserve'));
  openControl(dir, QUICK).close();
  assert.equal(statSync(join(dir, 'KILL.reserve')).size, 4096);
  prepareReserve(dir);
});
