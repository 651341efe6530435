/** `cryptorun scan` as a whole, on simulated venues that speak the real protocols over loopback sockets. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listenWorld } from '../../src/shell/sim/serve/listen.ts';
import { SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { type Heartbeat, HeartbeatWriter, readBootId } from '../../src/shell/stores/control/heartbeat-file.ts';
import { ScanHome, until } from './scan-support.ts';

const world = new SimWorld({ seed: 5, startMs: Math.floor(Date.now() / 1000) * 1000, assets: 3 });
const server = await listenWorld(world);
after(() => server.close());

const home = () => new ScanHome((venue, scheme) => `${scheme}://127.0.0.1:${server.port}/${venue}`);
const digestIn = (text: string): string => /digest (sha256:[0-9a-f]{64})/.exec(text)![1]!;

test('follows its venues, shows a book, and ends whole at Ctrl-C; its journal replays to the same digest', async () => {
  const place = home();
  const scan = place.start('scan', '--venue', 'kraken,binance,binance_usdm,okx', '--top', '2', '--record', 'journal');
  for (const venue of ['kraken', 'binance', 'binance_usdm', 'okx'])
    await scan.said(new RegExp(`^\\d\\d:\\d\\d:\\d\\d {2}${venue} feed syncing -> live`, 'm'));
  await until(
    'a saved status with live feeds',
    () => place.status()?.rows.some((row) => row.part === 'feed' && row.value === 'live') ?? false,
  );
  assert.equal(place.status()!.source.kind, 'live');

  const book = await place.run('book', 'show', 'kraken', 'BTC-USD', '--depth', '3', '-o', 'json');
  const shown = JSON.parse(book.stdout);
  assert.deepEqual(
    [book.code, shown.state, shown.symbol, shown.bids.length, shown.asks.length],
    [0, 'live', 'BTC/USD', 3, 3],
  );
  assert.ok(Number(shown.bids[0][0]) < Number(shown.asks[0][0]));
  assert.match(
    (await place.run('book', 'show', 'kraken', 'NO/SUCH')).stderr,
    /has no NO\/SUCH on kraken: it has BTC\/USD, ETH\/USD/,
  );

  const second = await place.run('scan', '--venue', 'kraken');
  assert.equal(second.code, 6);
  assert.match(second.stderr, /another one runs there/);

  process.emit('SIGINT');
  const ended = await scan.ended;
  assert.equal(ended.code, 130, ended.stderr);
  const digest = digestIn(ended.stderr);
  assert.equal((await place.run('journal', 'verify', 'journal')).code, 0);
  const replayed = await place.run('replay', 'journal', '-q', '--verify', digest);
  assert.deepEqual([replayed.code, replayed.stderr], [0, '']);

  const [session] = readdirSync(join(place.home, 'artifacts/scan'));
  const lines = join(place.home, 'artifacts/scan', session!, 'digest.ndjson');
  assert.equal((await place.run('replay', 'journal', '-q', '--verify', lines)).code, 0);
  assert.match(readFileSync(lines, 'utf8'), /"venue":"feed"[\s\S]*"venue":"ops"/);
  assert.ok(existsSync(join(place.home, 'artifacts/ops/status_snapshot.csv')));
  assert.match((await place.run('book', 'show', 'kraken', 'BTC-USD')).stderr, /no scan answers in .*: none runs/);
});

test('a switch closes a venue, and opens it again; the kill switch ends the scan with 9 and leaves a whole journal', async () => {
  const place = home();
  const scan = place.start('scan', '--venue', 'kraken,okx', '--top', '1', '--json', '--record', 'journal');
  await scan.said(/"event":"feed_changed","venue":"kraken","from":"syncing","to":"live"/);
  await place.run('switch', 'set', 'provider.kraken.websocket', 'off', '--reason', 'test');
  await scan.said(/"event":"feed_changed","venue":"kraken","from":"live","to":"off"/);
  await place.run('switch', 'set', 'provider.kraken.websocket', 'on', '--reason', 'test');
  await scan.said(
    /"venue":"kraken","from":"connecting","to":"syncing"[\s\S]*"venue":"kraken","from":"connecting","to":"syncing"/,
  );

  const stopped = await place.run('killswitch', 'activate', '--reason', 'test');
  assert.equal(stopped.code, 0, stopped.stderr);
  const ended = await scan.ended;
  assert.equal(ended.code, 9, ended.stderr);
  assert.match(ended.stderr, /stopped by the kill switch at kill: test/);
  assert.match(ended.stdout, /"event":"kill_level_changed","from":null,"to":"kill","reason":"test"/);
  for (const line of ended.stdout.trimEnd().split('\n')) assert.match(JSON.parse(line).at, /^\d{4}-.*Z$/);
  assert.equal((await place.run('journal', 'verify', 'journal')).code, 0);
  assert.equal((await place.run('replay', 'journal', '-q', '--verify', digestIn(ended.stderr))).code, 0);

  // Latched: the next one does not even begin.
  const next = await place.run('scan', '--venue', 'okx');
  assert.equal(next.code, 9);
});

test('a venue that cannot be reached is told of once, and the others go on', async () => {
  const place = home();
  place.edit('venues.yaml', `ws://127.0.0.1:${server.port}/okx`, 'ws://127.0.0.2:1');
  const scan = place.start('scan', '--venue', 'kraken,okx', '--top', '1', '--duration', '4s');
  await scan.said(/kraken feed syncing -> live/);
  const { code, stderr } = await scan.ended;
  assert.equal(code, 0, stderr);
  assert.equal(
    stderr.match(/^okx: no connection: connection refused \(ECONNREFUSED\); trying again$/gm)?.length,
    1,
    stderr,
  );
  const feed = place.status()!.rows.find((row) => row.name === 'okx' && row.part === 'feed');
  assert.deepEqual([feed?.value, feed?.status], ['connecting', 'CRITICAL']);
});

test('venues probe: every stream of the simulated venues, and a venue that is not there', async () => {
  const place = home();
  place.edit('venues.yaml', `ws://127.0.0.1:${server.port}/okx`, 'ws://127.0.0.2:1');
  const probed = await place.run('venues', 'probe', 'kraken', 'okx', '--timeout', '5s', '-o', 'json');
  const { venues } = JSON.parse(probed.stdout);
  assert.equal(probed.code, 8);
  assert.deepEqual(
    venues.map((one: { venue: string; well: boolean; failure: string }) => [one.venue, one.well, one.failure]),
    [
      ['kraken', true, ''],
      ['okx', false, 'connection refused (ECONNREFUSED)'],
    ],
  );
  const alone = await place.run('venues', 'probe', 'kraken', '--timeout', '20s');
  assert.equal(alone.code, 0, alone.stdout);
  assert.match(alone.stdout, /kraken .*book.* live/);
});

test('what is asked for and is not there', async () => {
  const place = home();
  for (const [args, message] of [
    [['--venue', 'krakem'], /--venue krakem: wanted one of binance, /],
    [['--venue', 'kraken', '--symbols', 'BTC-USD,NO-SUCH'], /--symbols NO-SUCH: no instrument of kraken/],
    [['--top', '0'], /--top: wanted a whole number over 0, found "0"/],
    [['--every', '1ms'], /--every: wanted 100ms or more/],
    [['--segment-bytes', '1'], /only with --record/],
  ] as const) {
    const refused = await place.run('scan', ...args);
    assert.equal(refused.code, 2, refused.stderr);
    assert.match(refused.stderr, message);
  }
});

test('doctor: everything that a scan needs, and what to do about what is missing', async () => {
  const place = home();
  const well = await place.run('doctor', '-o', 'json');
  const { findings } = JSON.parse(well.stdout);
  const stateOf = (name: string) => findings.find((one: { name: string }) => one.name === name)?.state;
  assert.deepEqual(
    ['node', 'config', 'artifacts', 'disk', 'state', 'scanner', 'kraken', 'okx'].map((name) => [name, stateOf(name)]),
    ['node', 'config', 'artifacts', 'disk', 'state', 'scanner', 'kraken', 'okx'].map((name) => [name, 'ok']),
  );

  place.edit('ops.yaml', 'min_uptime_percent:', 'min_uptime_percnt:');
  await place.run('killswitch', 'activate', '--reason', 'test');
  const ill = await place.run('doctor');
  assert.equal(ill.code, 1, ill.stdout);
  assert.match(ill.stdout, /🔴 config: config\/ops\.yaml:\d+:\d+ [\s\S]*did you mean min_uptime_percent/);
  assert.match(ill.stdout, /🟡 kill switch: engaged at kill: test/);
  assert.match(ill.stdout, /^-> see `cryptorun killswitch check`$/m);
});

test('doctor: a scanner that ended without a word is nothing to pass over, one that said so is', async () => {
  const place = home();
  mkdirSync(place.stateDir, { recursive: true, mode: 0o700 });
  const writer = new HeartbeatWriter(place.stateDir);
  const writtenAtMs = Date.now();
  const beat: Heartbeat = {
    pid: spawnSync('true').pid,
    bootId: readBootId(),
    startedAtMs: writtenAtMs,
    session: 'live',
    source: 'live',
    mode: 'normal',
    isReady: true,
    revisionSeen: 0,
    killLevel: null,
    killSeenAtMs: null,
    lastProgressMs: null,
    writtenAtMs,
  };
  const found = async (): Promise<string> => /(.*) scanner: (\w+)/.exec((await place.run('doctor')).stdout)![0]!;
  writer.write(beat);
  assert.equal(await found(), '🟡 scanner: dead');
  writer.write({ ...beat, stoppedAtMs: writtenAtMs });
  assert.equal(await found(), '✅ scanner: stopped');
  writer.close();
});
