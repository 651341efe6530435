/** What the doctor finds, and what it makes of what is left. */

import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import Database from 'libsql';
import { verifyChain } from '../../../src/core/ops/audit/verify-chain.ts';
import { diagnose } from '../../../src/shell/stores/control/doctor/diagnose.ts';
import { evidenceOf, exportLines, storedRecords } from '../../../src/shell/stores/control/doctor/read-audit.ts';
import { type RestoreSource, restoreState } from '../../../src/shell/stores/control/doctor/restore-state.ts';
import { engage } from '../../../src/shell/stores/control/kill-file.ts';
import { openControl } from '../../../src/shell/stores/control/open-control.ts';
import { hashOf, newToken } from '../../../src/shell/stores/control/tokens.ts';
import { change, DEFAULTS, NOW_MS, note, requestOf, setSwitch, stateFolder } from './support/control-state.ts';

const QUICK = { busyTimeoutMs: 0 };
const AUDIT: RestoreSource = { kind: 'audit' };

/** A state with a switch off, a token, and four records. */
function usedState(t: TestContext): string {
  const dir = stateFolder(t);
  const store = openControl(dir, QUICK);
  change(store, setSwitch('alerts', false));
  const { id, hash } = newToken();
  change(store, requestOf({ kind: 'create_token', id, role: 'admin', hash, ttlMs: 60_000 }));
  change(store, setSwitch('provider.kraken.enabled', false));
  change(store, note('x'));
  store.close();
  return dir;
}

function restored(dir: string, from: RestoreSource, nowMs = NOW_MS + 1000) {
  const actor = { user: 'eve', host: 'desk', via: 'doctor' };
  return restoreState(dir, { from, actor, reason: 'disk died', nowMs, tokenTtlMs: 3_600_000, defaults: DEFAULTS });
}

const grades = (dir: string): Record<string, string> =>
  Object.fromEntries(diagnose(dir, { nowMs: NOW_MS }).map(({ check, grade }) => [check, grade]));

const WELL = {
  folder: 'OK',
  database: 'OK',
  document: 'OK',
  audit_chain: 'OK',
  audit_export: 'OK',
  kill_file: 'OK',
  heartbeat: 'NO DATA',
  wal: 'OK',
};

test('a healthy state, and one that was never set up', (t) => {
  const dir = usedState(t);
  assert.deepEqual(grades(dir), WELL);
  assert.deepEqual(grades(join(dir, 'none')), { folder: 'NO DATA' });
  assert.equal(existsSync(join(dir, 'none')), false);
});

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8');
  assert.ok(text.includes(from));
  writeFileSync(path, text.replace(from, to));
}

function raw(dir: string, sql: string): void {
  const db = new Database(join(dir, 'control.db'), { timeout: 1000 });
  db.exec(sql);
  db.close();
}

const FINDINGS: readonly (readonly [what: string, damage: (dir: string) => void, found: object, says: RegExp])[] = [
  ['a readable folder', (dir) => chmodSync(dir, 0o755), { folder: 'WARN' }, /mode 755, not 700/],
  [
    'a readable file',
    (dir) => chmodSync(join(dir, 'KILL.reserve'), 0o644),
    { folder: 'WARN' },
    /KILL\.reserve has mode 644/,
  ],
  [
    'what a killed process left behind',
    (dir) => writeFileSync(join(dir, 'KILL.claim.7.abc.1'), ''),
    { folder: 'WARN' },
    /KILL\.claim\.7\.abc\.1 was left behind/,
  ],
  [
    'no database',
    (dir) => rmSync(join(dir, 'control.db')),
    { database: 'CRITICAL', document: 'CRITICAL', audit_chain: 'NO DATA' },
    /control\.db is gone/,
  ],
  [
    'a newer database',
    (dir) => raw(dir, 'PRAGMA user_version = 7'),
    { database: 'CRITICAL', document: 'CRITICAL', audit_chain: 'NO DATA' },
    /version 7, and this program knows 2/,
  ],
  [
    'an edited document',
    (dir) => raw(dir, `UPDATE document SET json = replace(json, 'false', 'true')`),
    { document: 'CRITICAL', audit_chain: 'NO DATA' },
    /checksum/,
  ],
  [
    'an edited record in the store',
    (dir) => raw(dir, `UPDATE audit SET record = replace(record, 'a test', 'b test') WHERE seq = 2`),
    { audit_chain: 'CRITICAL' },
    /edited \(line 2, seq 2\)/,
  ],
  [
    'a record missing from the store',
    (dir) => raw(dir, 'DELETE FROM audit WHERE seq = 2'),
    { audit_chain: 'CRITICAL' },
    /missing \(line 2, fromSeq 2, toSeq 2\)/,
  ],
  [
    'an edited export',
    (dir) => edit(join(dir, 'audit.ndjson'), '"target":"alerts"', '"target":"publish"'),
    { audit_export: 'CRITICAL' },
    /edited \(line 1, seq 1\)/,
  ],
  [
    'an export torn by a crash',
    (dir) => appendFileSync(join(dir, 'audit.ndjson'), '{"seq":5,"ts'),
    { audit_export: 'WARN' },
    /torn_tail/,
  ],
  [
    'no export',
    (dir) => rmSync(join(dir, 'audit.ndjson')),
    { audit_export: 'WARN' },
    /is gone; the next change writes/,
  ],
  ['no reserve', (dir) => rmSync(join(dir, 'KILL.reserve')), { kill_file: 'WARN' }, /KILL\.reserve is gone/],
  [
    'engaged',
    (dir) => engage(dir, { level: 'pause', reason: 'odd fills', operator: 'bob', source: 'command', timeMs: NOW_MS }),
    { kill_file: 'WARN' },
    /engaged \(pause\) by bob at 2025-01-02T03:04:05\.000Z: odd fills; KILL\.reserve is gone/,
  ],
  [
    'an odd KILL',
    (dir) => writeFileSync(join(dir, 'KILL'), 'x', { mode: 0o600 }),
    { kill_file: 'CRITICAL' },
    /counts as level kill/,
  ],
  [
    'an odd heartbeat',
    (dir) => writeFileSync(join(dir, 'heartbeat'), 'x', { mode: 0o600 }),
    { heartbeat: 'WARN' },
    /checksum/,
  ],
];

for (const [what, damage, found, says] of FINDINGS) {
  test(`found: ${what}`, (t) => {
    const dir = usedState(t);
    damage(dir);
    assert.deepEqual(grades(dir), { ...WELL, ...found });
    const evidence = diagnose(dir, { nowMs: NOW_MS }).map((finding) => finding.evidence);
    assert.ok(
      evidence.some((text) => says.test(text)),
      evidence.join('\n'),
    );
  });
}

test('restored from the audit: switches as they were, engaged, one new admin, the chain goes on', (t) => {
  const dir = usedState(t);
  writeFileSync(join(dir, 'control.db'), 'rubbish '.repeat(1000));
  const { token, snapshot, keptAside, notes } = restored(dir, AUDIT);
  assert.deepEqual(notes, []);
  const store = openControl(dir, QUICK);
  t.after(() => store.close());
  assert.deepEqual(store.read(), snapshot);
  const { document } = snapshot;
  assert.deepEqual(
    Object.entries(document.switches).map(([name, { isOn }]) => [name, isOn]),
    [
      ['alerts', false],
      ['provider.kraken.enabled', false],
    ],
  );
  assert.equal(
    document.kill.kind === 'engaged' && `${document.kill.level} ${document.kill.source}`,
    'kill state_unreadable',
  );
  assert.deepEqual(
    document.tokens.map(({ id, role, hash }) => ({ id, role, hash })),
    [{ id: token.id, role: 'admin', hash: hashOf(token.secret) }],
  );
  const records = [...storedRecords(store)];
  assert.deepEqual(
    records.slice(4).map(({ seq, action, actor }) => [seq, action, actor.user]),
    [
      [5, 'break_glass', 'eve'],
      [6, 'create_token', 'eve'],
    ],
  );
  const verdict = verifyChain(exportLines(join(dir, 'audit.ndjson')), evidenceOf(store));
  assert.deepEqual([verdict.kind, verdict.count, verdict.notes], ['intact', 6, []]);
  assert.ok(keptAside.some((path) => readFileSync(path, 'latin1').startsWith('rubbish')));
  assert.deepEqual(grades(dir), WELL);
  assert.ok(!readFileSync(join(dir, 'audit.ndjson'), 'utf8').includes(token.secret));
});

test('a store that is open during a restore notices, and never writes into the old file', (t) => {
  const dir = usedState(t);
  const store = openControl(dir, QUICK);
  restored(dir, AUDIT);
  assert.throws(() => change(store, note('lost')), { code: 'state_unreadable', message: /another file/ });
});

test('restored from a copy: its switches, its tokens void, a revision that nobody has seen', (t) => {
  const dir = usedState(t);
  const copy = join(dirname(dir), 'copy.db');
  for (const end of ['', '-wal']) copyFileSync(join(dir, `control.db${end}`), copy + end);
  const later = openControl(dir, QUICK);
  change(later, setSwitch('alerts', true));
  change(later, setSwitch('venue.kraken', false));
  const seen = later.revision();
  later.close();
  rmSync(join(dir, 'control.db'));
  const { snapshot, notes } = restored(dir, { kind: 'file', path: copy });
  assert.deepEqual(notes, []);
  const { document } = snapshot;
  assert.deepEqual([document.switches['alerts']?.isOn, document.switches['venue.kraken']], [false, undefined]);
  assert.equal(document.kill.kind, 'engaged');
  assert.equal(document.tokens.length, 1);
  assert.ok(document.revision > seen);
  const store = openControl(dir, QUICK);
  t.after(() => store.close());
  assert.deepEqual(
    [...storedRecords(store)].slice(6).map(({ seq, action }) => [seq, action]),
    [
      [7, 'engage_kill_switch'],
      [8, 'break_glass'],
      [9, 'create_token'],
    ],
    'the chain goes on from the export, which is longer than the copy',
  );
  assert.deepEqual(grades(dir), WELL);
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith('restore-')),
    [],
  );
});

test('an export that was tampered with: restored up to there, the file kept aside, said so', (t) => {
  const dir = usedState(t);
  edit(join(dir, 'audit.ndjson'), '"target":"provider.kraken.enabled"', '"target":"provider.kraken.rest"');
  rmSync(join(dir, 'control.db'));
  const { snapshot, keptAside, notes } = restored(dir, AUDIT);
  assert.match(notes.join(), /cannot be trusted from line 3 on/);
  assert.deepEqual(Object.keys(snapshot.document.switches), ['alerts']);
  assert.ok(keptAside.some((path) => readFileSync(path, 'utf8').includes('provider.kraken.rest')));
  assert.deepEqual(grades(dir), WELL);
});

test('a copy of another state: its own audit goes on, the other export is kept aside', (t) => {
  const [dir, other] = [usedState(t), usedState(t)];
  const { notes, keptAside } = restored(dir, { kind: 'file', path: join(other, 'control.db') });
  assert.match(notes.join(), /is not the audit of/);
  assert.ok(keptAside.some((path) => /audit\.ndjson\.broken-20250102_030406$/.test(path)));
  assert.deepEqual(grades(dir), WELL);
});

test('twice in one second: nothing that was kept aside is overwritten', (t) => {
  const dir = usedState(t);
  const first = restored(dir, AUDIT).keptAside;
  const second = restored(dir, AUDIT).keptAside;
  assert.deepEqual(
    first.filter((path) => second.includes(path)),
    [],
  );
  for (const path of [...first, ...second]) assert.ok(existsSync(path), path);
});

test('refused, with nothing moved: nothing to restore from, a bad copy, no reason', (t) => {
  const dir = usedState(t);
  const files = readdirSync(dir);
  const bad = join(dirname(dir), 'bad.db');
  writeFileSync(bad, 'rubbish '.repeat(1000));
  assert.throws(() => restored(dir, { kind: 'file', path: bad }), {
    code: 'bad_input',
    message: /bad\.db: it is no whole control\.db/,
  });
  assert.throws(() => restored(dir, { kind: 'file', path: `${bad}.none` }), {
    code: 'bad_input',
    message: /bad\.db\.none: there is no such file/,
  });
  const actor = { user: 'eve', host: 'desk', via: 'doctor' };
  const request = { from: AUDIT, actor, reason: ' ', nowMs: NOW_MS, tokenTtlMs: 1000, defaults: DEFAULTS };
  assert.throws(() => restoreState(dir, request), { code: 'usage', message: /a reason is needed/ });
  assert.deepEqual(readdirSync(dir), files);
  rmSync(join(dir, 'audit.ndjson'));
  assert.throws(() => restored(dir, AUDIT), { code: 'state_unreadable', message: /no whole record/ });
});
