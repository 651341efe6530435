/** `cryptorun scan --demo`: the same scan without a network, in its own state, on a fast clock; and its configuration reloaded. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { demoClock } from '../../src/shell/run/scan/demo-clock.ts';
import { DEMO_FAULTS } from '../../src/shell/run/scan/demo-world.ts';
import { listJournal, ScanHome, until } from './scan-support.ts';

const DEMO = ['scan', '--demo', '--speed', '40', '--top', '1'];

test('a demo has a fault and a recovery, ends by itself, and says everywhere that it is none of the live ones', async () => {
  const place = new ScanHome();
  const demo = place.start(...DEMO, '--venue', 'kraken,okx', '--duration', '150s', '--record', 'journal');
  const { code, stdout, stderr } = await demo.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /kraken feed live -> connecting[\s\S]*kraken BTC\/USD book live again after disconnect/);
  assert.match(stdout, /okx BTC-USDT 1m bar/);
  assert.equal(existsSync(place.stateDir), false);
  // Before there is a replay, whose status comes first once nothing lives on that state any more.
  const status = await place.run('ops', 'status', '--state', join(place.home, 'artifacts/demo/state'), '--json');
  assert.equal(JSON.parse(status.stdout).source.kind, 'demo');
  const [session] = readdirSync(join(place.home, 'artifacts/demo')).filter((name) => name.startsWith('demo-'));
  const lines = join(place.home, 'artifacts/demo', session!, 'digest.ndjson');
  const replayed = await place.run('replay', 'journal', '-q', '--verify', lines);
  assert.deepEqual([replayed.code, replayed.stderr], [0, '']);
});

test('the venues of a demo are out long enough to be seen, one after the other', () => {
  const outages = DEMO_FAULTS.filter(({ kind }) => kind !== 'wrong_checksum' && kind !== 'shock');
  const ends = outages.map(({ atMs, forMs }) => [atMs, atMs + forMs] as const).filter(([from, to]) => to > from);
  for (const [from, to] of ends) assert.ok(to - from >= 10_000, `${from}`);
  assert.ok(
    Math.max(...ends.map(([, to]) => to)) < 18 * 60_000 - 60_000,
    'the last one is over when bin/demo.mjs ends',
  );
});

test('a process that is held up does not make the demo leap: its clock moves by bounded steps, between turns', async () => {
  const clock = demoClock(20, 1_000_000);
  try {
    const seen: number[] = [];
    const tick = (): void => {
      seen.push(clock.nowMs());
      clock.after(100, tick);
    };
    clock.after(100, tick);
    await until('it goes', () => seen.length > 3);
    const beforeMs = clock.nowMs();
    const startMs = performance.now();
    while (performance.now() - startMs < 100) assert.equal(clock.nowMs(), beforeMs);
    await new Promise((resolve) => setTimeout(resolve, 3));
    assert.ok(clock.nowMs() - beforeMs < 1000, `${clock.nowMs() - beforeMs} ms of 2000`);
    for (const [i, atMs] of seen.entries()) assert.equal(atMs, 1_000_000 + 100 * (i + 1));
  } finally {
    clock.stop();
  }
});

test('SIGHUP: a good configuration is taken up without losing a connection, a bad one is refused as a whole', async () => {
  const place = new ScanHome();
  const demo = place.start(...DEMO, '--venue', 'okx', '--duration', '200s', '--json', '--record', 'journal');
  await demo.said(/"from":"syncing","to":"live"/);

  place.edit('ops.yaml', /max_latency_ms: \d+/, 'max_latency_ms: -1');
  process.emit('SIGHUP');
  await demo.said(/ops\.yaml:\d+:\d+ guards\.venue_health\.max_latency_ms: .*\nconfig not reloaded/);
  place.edit('ops.yaml', 'max_latency_ms: -1', 'max_latency_ms: 4000');
  process.emit('SIGHUP');
  await demo.said(/config reloaded: [0-9a-f]{12}/);
  place.edit('instruments.yaml', 'BTC-USDT:', 'BTC-OTHER:');
  process.emit('SIGHUP');
  await demo.said(/instruments\.yaml has changed: that takes a restart\nconfig not reloaded/);

  await demo.said(/"event":"bar"/);
  process.emit('SIGINT');
  const { code, stdout, stderr } = await demo.ended;
  assert.equal(code, 130, stderr);
  assert.doesNotMatch(stdout, /"to":"connecting"/);
  const [first, second] = listJournal(join(place.home, 'journal'));
  assert.equal(second, `${first}-2`);
  const said = /^journal: .* \(cryptorun (replay .* --session \S+-2 --verify sha256:[0-9a-f]{64})\)$/m.exec(
    stderr,
  )![1]!;
  const replayed = await place.run(...said.split(' '), '-q');
  assert.deepEqual([replayed.code, replayed.stderr], [0, '']);
});
