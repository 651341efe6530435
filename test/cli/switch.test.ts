/** `cryptorun switch` as an operator and a script see it. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeScanner, type Json, START_MS, World } from './support/world.ts';

const NAME = 'provider.kraken.rest';

test('list shows every switch as config has it, and sets nothing up', async () => {
  const world = new World();
  const { code, stdout } = await world.run(['switch', 'list']);
  assert.equal(code, 0);
  assert.match(stdout, /│ emergency\.scanners +│ ✅ON +│ ON +│\n/);
  assert.match(stdout, /│ venue\.kraken +│ ✅ON +│ ON +│\n/);
  assert.ok(!existsSync(world.stateDir));
});

test('off, the same again, on: what changed is said, and the audit has each change once', async () => {
  const world = new World();
  const off = await world.json(`switch off ${NAME}`, 'bad fills');
  assert.deepEqual([off.code, off.document.changed, off.document.from, off.document.revision], [0, true, 'on', 1]);
  assert.equal(off.document.switch.setting.reason, 'bad fills');
  const again = await world.json(`switch off ${NAME}`, 'bad fills');
  assert.deepEqual([again.code, again.document.changed, again.document.revision], [0, false, 1]);
  const on = await world.act(`switch set ${NAME} on`);
  assert.match(on.stdout, /^turned on provider\.kraken\.rest \(was off\), revision 2\n$/);
  const { document } = await world.json(`switch history ${NAME}`);
  assert.deepEqual(
    document.records.map(({ to, reason }: { to: { isOn: boolean }; reason: string }) => [to.isOn, reason]),
    [
      [false, 'bad fills'],
      [true, 'test'],
    ],
  );
});

test('a reason is required, and there is no toggle', async () => {
  const world = new World();
  const bare = await world.run(['switch', 'off', NAME]);
  assert.equal(bare.code, 2);
  assert.match(bare.stderr, /--reason/);
  const blank = await world.run(['switch', 'off', NAME, '--reason', '  ']);
  assert.equal(blank.code, 2);
  assert.match(blank.stderr, /^refused: .*a reason is needed/);
  assert.equal((await world.act(`switch toggle ${NAME}`)).code, 2);
});

test('unknown names: what was probably meant, exit 2, nothing changed', async () => {
  const world = new World();
  for (const [typed, hint] of [
    ['provider.krakn.rest', /did you mean provider\.kraken\.rest\?/],
    ['nonsense', /see `cryptorun switch list`/],
    ['disable_all_scanners', /use emergency\.scanners, where on means allowed/],
  ] as const) {
    const { code, stderr } = await world.act(`switch off ${typed}`);
    assert.equal(code, 2, typed);
    assert.match(stderr, hint);
    assert.equal((await world.run(['switch', 'get', typed])).code, 2, typed);
  }
  assert.equal((await world.run(['switch', 'diff'])).stdout, 'no difference: all switches are as in ops.yaml\n');
});

test('--for: it is seen until it reverts by itself', async () => {
  const world = new World();
  const { stdout, stderr } = await world.act(`switch off ${NAME} --for 30m`);
  assert.match(stdout, /^turned off provider\.kraken\.rest until 2026-03-01 12:30:00 UTC \(was on\), revision 1\n$/);
  assert.match(stderr, /then it is on again, by itself/);
  world.nowMs = START_MS + 30 * 60_000 - 1;
  assert.match(
    (await world.run(['switch', 'get', NAME])).stdout,
    /^off {2}until 12:30 by alice: test \(29 min ago\)\n$/,
  );
  world.nowMs += 1;
  assert.equal((await world.run(['switch', 'get', NAME])).stdout, 'on\n');
  assert.equal((await world.json('switch diff')).document.switches.length, 0);
});

test('--dry-run changes nothing; with --detailed-exitcode its exit code says whether something would', async () => {
  const world = new World();
  for (const [line, code, stdout] of [
    [`switch off ${NAME} --dry-run`, 0, /^would turn off provider\.kraken\.rest \(was on\)\n$/],
    [`switch off ${NAME} --dry-run --detailed-exitcode`, 2, /^would turn off/],
    [
      `switch on ${NAME} --dry-run --detailed-exitcode`,
      0,
      /^nothing would change: provider\.kraken\.rest is on already\n$/,
    ],
    [`switch off ${NAME} --detailed-exitcode`, 2, /^$/],
  ] as const) {
    const answer = await world.act(line);
    assert.equal(answer.code, code, line);
    assert.match(answer.stdout, stdout, line);
  }
  // What is only tried needs no reason.
  assert.match((await world.run(['switch', 'off', NAME, '--dry-run'])).stdout, /^would turn off/);
  assert.equal((await world.run(['switch', 'save', '--dry-run'])).code, 0);
  const bare = await world.run(['switch', 'save']);
  assert.deepEqual([bare.code, bare.stdout], [2, '']);
  assert.match(bare.stderr, /required option '--reason <text>' not specified/);
  const { document } = await world.json(`switch off ${NAME} --dry-run`, 'x');
  assert.deepEqual(
    [document.dryRun, document.wouldChange, document.changed, document.revision],
    [true, true, false, 0],
  );
  assert.equal((await world.run(['switch', 'get', NAME])).stdout, 'on\n');
});

test('--expect and --if-revision: compare and set, exit 5 when it is not so', async () => {
  const world = new World();
  for (const [line, code] of [
    [`switch off ${NAME} --expect off`, 5],
    [`switch off ${NAME} --if-revision 1`, 5],
    [`switch off ${NAME} --expect on --if-revision 0`, 0],
    [`switch on ${NAME} --if-revision 0`, 5],
    [`switch on ${NAME} --if-revision 1`, 0],
    [`switch on ${NAME} --if-revision one`, 2],
  ] as const) {
    const answer = await world.act(line);
    assert.equal(answer.code, code, `${line}: ${answer.stderr}`);
    if (code === 5)
      assert.match(answer.stderr, /^refused: provider\.kraken\.rest is o(?:n|ff) at revision \d, expected/);
  }
});

test('turning off needs no token, turning an emergency switch on needs an operator', async () => {
  const world = new World();
  const admin = await world.token('admin');
  const [viewer, operator] = [await world.token('viewer', '8h', admin), await world.token('operator', '8h', admin)];
  assert.equal((await world.act('switch off emergency.scanners')).code, 0);
  const bare = await world.act('switch on emergency.scanners');
  assert.equal(bare.code, 4);
  assert.match(bare.stderr, /needs the role operator: no token came; give a token by --token-file or CRYPTORUN_TOKEN/);
  assert.equal((await world.act(`switch on emergency.scanners --token ${viewer}`)).code, 4);
  world.env = { ...world.env, CRYPTORUN_TOKEN: operator };
  assert.equal((await world.act('switch on emergency.scanners')).code, 0);
  assert.ok(!(await world.run(['audit', 'tail', '-o', 'json'])).stdout.includes(operator), 'no secret in the audit');
});

test('list --stale: lasting settings that are old, or that config has too', async () => {
  const world = new World();
  await world.act('switch off publish');
  await world.act('switch off alerts --for 30d');
  const names = async (line: string): Promise<string[]> =>
    (await world.json(line)).document.switches.map(({ name }: { name: string }) => name);
  assert.deepEqual(await names('switch list --stale'), []);
  assert.deepEqual(await names('switch list --stale 0s'), []);
  world.nowMs += 8 * 86_400_000;
  assert.deepEqual(await names('switch list --stale'), ['publish']);
  await world.act('switch on publish');
  assert.deepEqual(await names('switch list --stale'), ['publish'], 'set to what config says: of no use');
});

test('diff, then save: ops.yaml keeps its comments, and the control store lets go', async () => {
  const world = new World();
  const path = world.writeConfig();
  const before = readFileSync(path, 'utf8');
  await world.act('switch off publish');
  await world.act('switch off emergency.live_data');
  await world.act(`switch off ${NAME} --for 30m`);
  assert.match(
    (await world.run(['switch', 'diff'])).stdout,
    /│ publish +│ ❌OFF +│ ON +│ by alice: test \(0 s ago\) +│/,
  );
  const dry = await world.act('switch save --dry-run');
  assert.match(dry.stdout, /^-publish: true$|^- {2}publish: true$/m);
  assert.equal(readFileSync(path, 'utf8'), before);
  const save = await world.act('switch save');
  assert.equal(save.code, 0, save.stderr);
  assert.match(save.stderr, /^saved 2 in .*ops\.yaml; the control store has let go of them\n$/);
  const after = before
    .replace('disable_live_data: false', 'disable_live_data: true')
    .replace('publish: true', 'publish: false');
  assert.equal(readFileSync(path, 'utf8'), after);
  const { document } = await world.json('switch diff');
  assert.deepEqual(
    document.switches.map(({ name }: { name: string }) => name),
    [NAME],
    'a timed one is not saved',
  );
  assert.equal((await world.act('switch save')).stdout, 'nothing to save: no switch is set for good\n');
});

test('save beside a running scanner, which has read the old file, keeps the settings', async () => {
  const world = new World();
  world.writeConfig();
  await world.act('switch off publish');
  const scanner = new FakeScanner(world);
  const save = await world.act('switch save');
  assert.match(save.stderr, /they stay set too, because the running scanner has read the old file/);
  const { document } = await world.json('switch get publish');
  assert.deepEqual(
    [document.switch.state, document.switch.configured, document.switch.setting === null],
    ['off', 'off', false],
  );
  const again = await world.act('switch save');
  assert.match(again.stdout, /ops\.yaml has it all already\n$/);
  assert.match(again.stderr, /^nothing written; they stay set too/);
  scanner.close();
});

test('save without an ops.yaml of one’s own is refused with what to do', async () => {
  const world = new World();
  await world.act('switch off publish');
  const { code, stderr } = await world.act('switch save');
  assert.equal(code, 5);
  assert.match(stderr, /copy config\/ of the package here first/);
});

test('--wait: the running scanner confirms, or the wait ends with exit 7', async () => {
  const world = new World();
  assert.match((await world.act(`switch off ${NAME} --wait`)).stderr, /no scanner is running/);
  const scanner = new FakeScanner(world);
  world.onSleep = () => {
    scanner.revisionSeen = 2;
    scanner.beat();
  };
  const { document } = await world.json(`switch on ${NAME} --wait`, 'x');
  assert.deepEqual([document.confirmation.kind, document.confirmation.tookMs], ['confirmed', 5]);
  world.onSleep = () => scanner.beat();
  const late = await world.act(`switch off ${NAME} --wait --timeout 1s`);
  assert.equal(late.code, 7);
  assert.match(late.stdout, /^turned off/, 'the change stands');
  assert.match(late.stderr, /it is written down, but the scanner pid \d+ \(s1\) has not confirmed it within 1000 ms/);
  scanner.close();
});

test('a provider that is off stops its transports, and the list says so', async () => {
  const world = new World();
  await world.act('switch off provider.kraken.enabled');
  const { document } = await world.json(`switch get ${NAME}`);
  assert.deepEqual([document.switch.state, document.switch.allowed], ['on', false]);
  assert.match((await world.run(['switch', 'get', NAME])).stdout, /stopped: provider\.kraken\.enabled is off/);
});

test('a venue that is off stops its quotes, whichever of them config lists; on again is as before', async () => {
  const world = new World();
  const off = await world.act('switch off venue.okx');
  assert.equal(off.stdout, 'turned off venue.okx (was on), revision 1\n', 'config lists okx_usd and okx_usdt');
  for (const quote of ['venue.okx_usd', 'venue.okx_usdt']) {
    assert.match((await world.run(['switch', 'get', quote])).stdout, /^on {2}stopped: venue\.okx is off\n$/);
  }
  assert.match((await world.act('switch on venue.okx_usdt --for 1h')).stderr, /it stays stopped: venue\.okx is off/);
  assert.match((await world.run(['ops', 'status'])).stdout, /│ okx_usdt +│ ❌OFF/);
  await world.act('switch on venue.okx');
  const { document } = await world.json('switch list');
  const allowed = document.switches.filter(({ name }: Json) => name.startsWith('venue.okx'));
  assert.deepEqual(
    allowed.map((one: Json) => `${one.name} ${one.allowed}`),
    ['venue.okx true', 'venue.okx_usd true', 'venue.okx_usdt true'],
  );
  // The guide's ops.yaml lists quotes alone.
  world.writeConfig(/ {2}venues:[\s\S]*?(?= {2}detectors:)/, '  venues: {kraken_usd: true}\n');
  assert.equal((await world.run(['switch', 'get', 'venue.kraken_usd'])).stdout, 'on\n');
  assert.equal((await world.run(['switch', 'get', 'venue.kraken'])).stdout, 'on\n');
});

test('who: SUDO_USER, else USER, else the system', async () => {
  const world = new World();
  for (const [env, user] of [
    [{ SUDO_USER: 'bob', USER: 'root' }, 'bob'],
    [{ USER: 'carol' }, 'carol'],
    [{}, 'system-user'],
  ] as const) {
    world.env = { ...env };
    const state = (await world.json('switch get publish')).document.switch.state === 'on' ? 'off' : 'on';
    assert.equal((await world.json(`switch set publish ${state}`, 'x')).document.switch.setting.operator, user);
  }
  assert.ok(existsSync(join(world.stateDir, 'control.db')));
});
