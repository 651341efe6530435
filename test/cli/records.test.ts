/** `cryptorun token`, `audit`, `state` and `breaker`, as operators and scripts see them. */

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { statusRow } from '../../src/core/ops/status.ts';
import { writeSavedStatus } from '../../src/shell/stores/saved-status.ts';
import { FakeScanner, type Json, World } from './support/world.ts';

test('token: the secret is printed once, alone on stdout, and stored nowhere', async () => {
  const world = new World();
  const { code, stdout, stderr } = await world.act('token create --role admin --ttl 8h');
  assert.equal(code, 0);
  assert.match(stdout, /^crt_[\w-]{43}\n$/);
  assert.match(stderr, /^made token \w{12}, role admin, good until 2026-03-01 20:00:00 UTC\n/);
  const secret = stdout.trim();
  for (const name of ['control.db', 'audit.ndjson']) {
    assert.ok(!readFileSync(join(world.stateDir, name), 'latin1').includes(secret), name);
  }
  const listed = await world.json('token list');
  const [{ role, state, expiresAt, ...rest }] = listed.document.tokens;
  assert.deepEqual([role, state, expiresAt], ['admin', 'valid', '2026-03-01T20:00:00.000Z']);
  assert.deepEqual(Object.keys(rest).sort(), ['createdAt', 'id', 'revokedAt']);
});

test('token: only the first admin can be made without one; revoked and expired ones are listed as such', async () => {
  const world = new World();
  assert.equal((await world.act('token create --role operator --ttl 8h')).code, 4);
  const admin = await world.token('admin');
  assert.equal((await world.act('token create --role admin --ttl 8h')).code, 4);
  await world.token('viewer', '1m', admin);
  const tokens = (await world.json('token list')).document.tokens as Json[];
  const viewer = tokens.find(({ role }) => role === 'viewer').id;
  assert.equal((await world.act(`token revoke ${viewer}`)).code, 4);
  world.nowMs += 60_000;
  assert.match((await world.run(['token', 'list'])).stdout, /│ viewer +│ expired │/);
  assert.equal(
    (await world.act(`token revoke ${viewer} --token ${admin}`)).stdout,
    `revoked token ${viewer}, revision 3\n`,
  );
  assert.match((await world.run(['token', 'list'])).stdout, /│ viewer +│ revoked │/);
  assert.match((await world.act(`token revoke ${viewer} --token ${admin}`)).stdout, /^nothing changed/);
  assert.equal((await world.act(`token revoke none --token ${admin}`)).code, 2);
});

test('token: role and time to live are required', async () => {
  const world = new World();
  for (const line of ['token create --role admin', 'token create --ttl 8h', 'token create --role boss --ttl 8h']) {
    assert.equal((await world.act(line)).code, 2, line);
  }
  assert.match((await world.act('token create --role admin --ttl long')).stderr, /^--ttl: wanted a duration such as/);
});

/** A state with three records, and the path of its export. */
async function recorded(): Promise<{ world: World; path: string }> {
  const world = new World();
  for (const line of ['switch off publish', 'switch on publish', 'switch off alerts']) await world.act(line);
  return { world, path: join(world.stateDir, 'audit.ndjson') };
}

test('audit tail: the newest, newest last; none before anything was set up', async () => {
  const fresh = new World();
  assert.equal((await fresh.run(['audit', 'tail'])).stdout, 'nothing was recorded yet\n');
  assert.equal((await fresh.run(['audit', 'verify'])).stdout, 'nothing was recorded yet\n');
  assert.ok(!existsSync(fresh.stateDir));
  const { world } = await recorded();
  const { document } = await world.json('audit tail -n 2');
  assert.deepEqual(
    document.records.map(({ seq, target }: Json) => [seq, target]),
    [
      [2, 'publish'],
      [3, 'alerts'],
    ],
  );
  assert.equal(document.audit.seq, 3);
  assert.match(
    (await world.run(['audit', 'tail'])).stdout,
    /│ 3 +│ 2026-03-01 12:00:00 +│ alice@host1 +│ set_switch alerts: off +│ test/,
  );
  assert.equal((await world.run(['audit', 'tail', '-n', 'all'])).code, 2);
});

test('audit verify: 0 intact, 1 with what was found, an export that lags is said and is no error', async () => {
  const { world, path } = await recorded();
  const lines = readFileSync(path, 'utf8');
  const [first = '', second = '', third = ''] = lines.split('\n');
  const { document } = await world.json('audit verify');
  assert.deepEqual([document.store.verdict, document.export.verdict], ['intact', 'intact']);
  const { seq, hash } = document.store.head;
  for (const [what, content, code, said] of [
    ['as it is', lines, 0, /^store: intact, 3 records, head 3:\w{64}\nexport: intact, 3 records/],
    [
      'edited',
      lines.replace('"test"', '"toast"'),
      1,
      /^export: NOT as it was written, .*\nexport: edited, line 1, seq 1$/m,
    ],
    ['one deleted', `${first}\n${third}\n`, 1, /^export: missing, line 2, from seq 2, to seq 2$/m],
    ['behind', `${first}\n${second}\n`, 0, /^export: note: export behind, count 1$/m],
    ['a torn last line', `${first}\n${second}\n${third.slice(0, 40)}`, 0, /^export: note: torn tail, line 3$/m],
    ['gone', null, 0, /^store: intact, 3 records/],
  ] as const) {
    if (content === null) copyFileSync(path, `${path}.moved`);
    else writeFileSync(path, content);
    const answer = await world.run(['audit', 'verify', '--anchor', `${seq}:${hash}`]);
    assert.equal(answer.code, code, `${what}: ${answer.stdout}`);
    assert.match(answer.stdout, said, what);
  }
  writeFileSync(path, lines);
  const other = await world.run(['audit', 'verify', '--anchor', `2:${'0'.repeat(64)}`]);
  assert.equal(other.code, 1);
  assert.match(other.stdout, /^store: anchor differs, seq 2$/m);
  const later = await world.run(['audit', 'verify', '--anchor', `9:${hash}`]);
  assert.match(later.stdout, /^store: truncated, last seq 3, anchor seq 9$/m);
  assert.equal((await world.run(['audit', 'verify', '--anchor', '3'])).code, 2);
});

test('audit verify without a readable store: the export stands for it, and the exit code says so', async () => {
  const { world, path } = await recorded();
  writeFileSync(join(world.stateDir, 'control.db'), '');
  const intact = await world.run(['audit', 'verify']);
  assert.equal(intact.code, 3);
  assert.match(intact.stdout, /^export: intact, 3 records/);
  assert.match(intact.stderr, /state doctor/);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"test"', '"toast"'));
  assert.equal((await world.run(['audit', 'verify'])).code, 1);
});

test('state doctor: 0 well, 1 when something counts as engaged; needs no config', async () => {
  const { world } = await recorded();
  const well = await world.json('state doctor');
  assert.equal(well.code, 0, JSON.stringify(well.document));
  world.writeConfig(/^/, 'nonsense: [\n');
  assert.equal((await world.run(['state', 'doctor'])).code, 0);
  writeFileSync(join(world.stateDir, 'KILL'), '');
  assert.equal((await world.run(['state', 'doctor'])).code, 8, 'to be looked at');
  writeFileSync(join(world.stateDir, 'control.db'), '');
  const ill = await world.run(['state', 'doctor']);
  assert.equal(ill.code, 1);
  assert.match(ill.stdout, /│ document +│ 🔴CRITICAL/);
});

for (const [from, args] of [
  ['the audit', ['--from-audit']],
  ['a copy', ['--from', 'copy.db']],
] as const) {
  test(`state restore from ${from}: switches are back, it stays engaged, old tokens are void, a new admin can release`, async () => {
    const { world } = await recorded();
    const old = await world.token('admin');
    copyFileSync(join(world.stateDir, 'control.db'), join(world.home, 'copy.db'));
    if (existsSync(join(world.stateDir, 'control.db-wal')))
      copyFileSync(join(world.stateDir, 'control.db-wal'), join(world.home, 'copy.db-wal'));
    writeFileSync(join(world.stateDir, 'control.db'), 'gone');
    const restore = ['state', 'restore', ...args, '--reason', 'lost'];
    assert.equal((await world.run(restore)).code, 4, 'not confirmed');
    const { code, stdout, stderr } = await world.run([...restore, '--confirm', 'restore']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the kill switch stays ENGAGED, all earlier tokens are void/);
    assert.match(stderr, /kept aside: .*control\.db\.broken-/);
    assert.match((await world.run(['switch', 'get', 'alerts'])).stdout, /^off /);
    const { document } = await world.json('killswitch status');
    assert.deepEqual([document.active, document.level, document.source], [true, 'kill', 'state_unreadable']);
    const release = 'killswitch deactivate --confirm release --token';
    assert.equal((await world.act(`${release} ${old}`)).code, 4);
    assert.equal((await world.act(`${release} ${stdout.trim()}`)).code, 0);
    const actions = (await world.json('audit tail')).document.records.map(({ action }: Json) => action);
    assert.ok(actions.includes('break_glass'));
    assert.equal((await world.run(['audit', 'verify'])).code, 0);
  });
}

test('state restore wants exactly one source', async () => {
  const world = new World();
  for (const args of [[], ['--from-audit', '--from', 'x']]) {
    const { code, stderr } = await world.run(['state', 'restore', ...args, '--reason', 'x', '--confirm', 'restore']);
    assert.equal(code, 2);
    assert.match(stderr, /wanted one of --from-audit and --from FILE/);
  }
});

test('breaker: isolated without a token, released only with one; names are guessed, unknown states are unknown', async () => {
  const world = new World();
  const admin = await world.token('admin');
  assert.match(
    (await world.act('breaker isolate kraken.rst')).stderr,
    /no breaker is named kraken\.rst; did you mean kraken\.rest\?/,
  );
  assert.equal((await world.act('breaker isolate kraken.rest')).stdout, 'isolated kraken.rest, revision 2\n');
  assert.match(
    (await world.act('breaker isolate kraken.rest')).stdout,
    /^nothing changed: kraken\.rest is isolated already/,
  );
  const { stdout, stderr } = await world.run(['breaker', 'list']);
  assert.equal(stderr, 'unknown: no scanner is running that could tell\n');
  assert.match(stdout, /│ kraken\.rest +│ isolated +│ 12:00 +│ by alice: test +│/);
  assert.match(stdout, /│ okx\.websocket +│ unknown +│ - +│ +│/);
  assert.equal((await world.act('breaker release kraken.rest')).code, 4);
  assert.equal(
    (await world.act(`breaker release kraken.rest --token ${admin}`)).stdout,
    'released kraken.rest, revision 3\n',
  );
  const { document } = await world.json('breaker list');
  assert.deepEqual(
    document.breakers.find(({ name }: Json) => name === 'kraken.rest'),
    {
      name: 'kraken.rest',
      state: null,
      since: null,
      failures: null,
      next_probe: null,
      isolation: null,
    },
  );
});

test('breaker list: since when, how many failures and the next probe, as the running scanner says', async () => {
  const world = new World();
  await world.act('switch off alerts');
  const scanner = new FakeScanner(world);
  const at = (seconds: number) => world.nowMs + seconds * 1000;
  const rowsOf = (name: string, state: string, failures: number, sinceMs: number, probeMs: number | null) => {
    const own = { category: 'breaker', name } as const;
    return [
      statusRow({
        ...own,
        value: state,
        status: state === 'open' ? 'CRITICAL' : 'OK',
        message: state === 'open' ? 'five failures in a row' : '',
      }),
      statusRow({ ...own, part: 'since', value: sinceMs, unit: 'instant' }),
      statusRow({ ...own, part: 'failures', value: failures, unit: 'count', message: 'in a row' }),
      ...(probeMs === null ? [] : [statusRow({ ...own, part: 'next_probe', value: probeMs, unit: 'instant' })]),
    ];
  };
  const rows = [
    ...rowsOf('kraken.rest', 'open', 5, at(-60), at(30)),
    ...rowsOf('kraken.websocket', 'closed', 0, at(-3600), null),
  ];
  const source = { kind: 'live', name: 's1' } as const;
  writeSavedStatus(join(world.stateDir, 'status.json'), {
    source,
    savedAtMs: world.nowMs,
    dataTimeMs: world.nowMs,
    rows,
  });
  const { stdout } = await world.run(['breaker', 'list']);
  assert.match(stdout, /│ kraken\.rest +│ \S+open +│ 11:59 +│ +5 │ 12:00 +│ five +│/);
  assert.match(stdout, /│ kraken\.websocket +│ \S+closed +│ 11:00 +│ +0 │ - +│ +│/);
  const { document } = await world.json('breaker list');
  const open = document.breakers.find(({ name }: Json) => name === 'kraken.rest');
  assert.deepEqual(
    [open.state, open.since, open.failures, open.next_probe],
    ['open', '2026-03-01T11:59:00.000Z', 5, '2026-03-01T12:00:30.000Z'],
  );
  scanner.close();
});

test('breaker --wait asks the running scanner', async () => {
  const world = new World();
  await world.act('switch off publish');
  const scanner = new FakeScanner(world);
  scanner.revisionSeen = 2;
  scanner.beat();
  const { document } = await world.json('breaker isolate kraken.rest --wait', 'x');
  assert.equal(document.confirmation.kind, 'confirmed');
  scanner.close();
});
