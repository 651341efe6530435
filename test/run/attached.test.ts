/** A paced replay as the scanner that it runs as: what operators do to it, and what it leaves behind. All processes are real. */

import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReplayDocument } from '../../src/shell/run/replay-summary.ts';
import {
  assertNoTrace,
  assertRefused,
  cryptorun,
  demoRecording,
  linesOf,
  replayJson,
} from '../cli/support/cryptorun.ts';
import { RunningScanner, until } from '../cli/support/running-scanner.ts';

/** Long enough for a whole minute of exchange time after everything has begun. */
const SECONDS = 90;

test('switches and a pause while it runs: obeyed, and its journal replays to the same digest', async () => {
  const journal = 'journal';
  const args = ['--json', '--record', journal];
  const scanner = await RunningScanner.ready({ seconds: SECONDS, speed: 15, args });
  const off = scanner.run('switch', 'off', 'provider.okx.enabled', '--reason', 'odd', '--wait', '-o', 'json');
  assert.equal(JSON.parse(off.stdout).confirmation.kind, 'confirmed', off.stderr);
  assert.equal(scanner.run('breaker', 'isolate', 'kraken.rest', '--reason', 'odd').code, 0);
  assert.equal(scanner.run('killswitch', 'activate', '--level', 'pause', '--reason', 'look').code, 0);
  const ended = await scanner.end(null);
  assert.equal(ended.code, 0, ended.stderr);
  assertNoTrace(ended);
  assert.match(ended.stderr, /^kill switch: engaged at pause: look$/m);

  const told = JSON.parse(ended.stdout) as ReplayDocument;
  const whole = replayJson([recording()]);
  assert.ok(framesOf(told, 'okx') < framesOf(whole, 'okx'), 'nothing is heard of a provider that is off');
  assert.equal(framesOf(told, 'kraken'), framesOf(whole, 'kraken'), 'books and bars go on at pause');
  const again = replayJson([join(scanner.home, journal)]);
  assert.equal(again.digest, told.digest);
  assert.notEqual(again.digest, whole.digest);
});

test('its log: grades and the kill switch as records, by the level that is set; a calm run says nothing', async () => {
  const told = async (env: Readonly<Record<string, string>>, isPaused: boolean) => {
    const scanner = await RunningScanner.ready({ speed: 15, args: ['--quiet'], env });
    if (isPaused) assert.equal(scanner.run('killswitch', 'activate', '--level', 'pause', '--reason', 'look').code, 0);
    const { stderr } = await scanner.end();
    return stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  };
  const [grade, ...others] = await told({ CRYPTORUN_LOG_LEVEL: 'info' }, false);
  assert.deepEqual(others, []);
  assert.deepEqual([grade.level, grade.event, grade.from], ['info', 'HEALTH_GRADE_CHANGE', null]);
  assert.match(grade.to, /^[AB]$/);
  assert.ok(grade.score >= 80, `${grade.score}`);

  assert.deepEqual(await told({}, false), [], 'nothing at the default level');
  const [kill] = await told({}, true);
  assert.deepEqual([kill.level, kill.event, kill.to, kill.reason], ['fatal', 'KILL_SWITCH_CHANGE', 'pause', 'look']);
});

test('stopped in order, its last heartbeat says so; killed by the system, it does not', async () => {
  const stopped = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const scanner = await RunningScanner.ready({ speed: 15 });
    await scanner.end(signal);
    assert.equal(scanner.run('ops', 'health').code, 3);
    return scanner.run('killswitch', 'status');
  };
  assert.match((await stopped('SIGTERM')).stdout, /scanner stopped in order at .*, \d+ s ago/);
  assert.match((await stopped('SIGKILL')).stdout, /scanner dead, last heartbeat/);
});

const WAYS: readonly (readonly [way: string, engage: (scanner: RunningScanner) => void, reason: string])[] = [
  [
    'killswitch activate',
    (scanner) => assert.equal(scanner.run('killswitch', 'activate', '--reason', 'odd prices').code, 0),
    'odd prices',
  ],
  ['touch KILL', ({ stateDir }) => closeSync(openSync(join(stateDir, 'KILL'), 'a')), 'KILL file touched'],
  ['SIGUSR2', (scanner) => scanner.signal('SIGUSR2'), 'SIGUSR2'],
];

for (const [way, engage, reason] of WAYS) {
  test(`killed by ${way}: it stays to answer, and leaves audit, heartbeat and a closed journal`, async () => {
    const scanner = await RunningScanner.ready({ speed: 15, args: ['--record', 'journal'] });
    engage(scanner);
    const { writtenAtMs } = await scanner.untilBeat('it is killed', ({ killLevel }) => killLevel === 'kill');
    await untilJournalIsClosed(scanner);
    await scanner.untilBeat('it beats on', (beat) => beat.writtenAtMs > writtenAtMs);
    await untilRecorded(scanner, reason);
    const status = JSON.parse(scanner.run('killswitch', 'status', '-o', 'json').stdout);
    assert.deepEqual([status.active, status.level, status.reason], [true, 'kill', reason]);
    assert.deepEqual([status.scanner.kind, status.scanner.level], ['alive', 'kill']);
    assert.equal(scanner.run('ops', 'status', '-o', 'json').code, 0);

    const ended = await scanner.end();
    assertRefused(ended, 9, new RegExp(`^stopped by the kill switch at kill: ${reason}; no files were written$`, 'm'));
    assert.deepEqual(
      filesUnder(join(scanner.home, 'artifacts')).filter((path) => !path.startsWith('state/')),
      [],
    );
    const [, lastKind] = scanner.run('journal', 'cat', 'journal').stdout.trim().split('\n').at(-1)!.split(' ');
    assert.equal(lastKind, 'command', 'nothing is heard after the order');
  });
}

test('drain finishes the open minute, closes the sockets, and stays answering', async () => {
  const scanner = await RunningScanner.ready({ seconds: SECONDS, speed: 15, args: ['--json', '--record', 'journal'] });
  assert.equal(scanner.run('killswitch', 'activate', '--level', 'drain', '--reason', 'deploy').code, 0);
  assert.equal(scanner.beat!.killLevel, 'drain');
  await untilJournalIsClosed(scanner);
  assert.ok(scanner.isRunning);
  const { writtenAtMs } = scanner.beat!;
  await scanner.untilBeat('it beats on', (beat) => beat.writtenAtMs > writtenAtMs);
  assert.equal(JSON.parse(scanner.run('killswitch', 'status', '-o', 'json').stdout).scanner.level, 'drain');

  const ended = await scanner.end();
  assert.equal(ended.code, 9, ended.stderr);
  const [engagedMs] = journalLines(scanner, 'command')
    .filter((line) => line.includes('"kill_file"'))
    .map(timeOf);
  const openMinuteEndMs = Math.floor(engagedMs! / 60_000) * 60_000 + 60_000;
  const closes = barTimes(scanner.home);
  assert.equal(closes.at(-1), new Date(openMinuteEndMs).toISOString());
  const closedMs = journalLines(scanner, 'link')
    .filter((line) => line.includes('"state":"down"') && line.includes('kill switch at drain'))
    .map(timeOf);
  assert.ok(closedMs.length > 0 && closedMs.every((ms) => ms >= openMinuteEndMs), 'the sockets outlive the minute');
  // It beat and judged on for a while after its journal had its trailer.
  const { digest } = JSON.parse(ended.stdout) as ReplayDocument;
  assert.equal(replayJson([join(scanner.home, 'journal')]).digest, digest);
});

test('a second run leaves the first one’s state alone, and names it', async () => {
  const first = await RunningScanner.started();
  const second = cryptorun(['replay', recording(), '--speed', '1000', '--quiet'], { cwd: first.home });
  assert.match(
    second.stderr,
    new RegExp(`^cannot start a scanner in .*: another one runs there \\(pid ${first.pid}, since `),
  );
  assert.equal(second.code, 0, second.stderr);
  const off = first.run('switch', 'off', 'publish', '--reason', 'x', '--wait', '-o', 'json');
  assert.equal(JSON.parse(off.stdout).confirmation.pid, first.pid, 'the first one still answers');
  await first.end();
});

test('a restart while latched starts in that state and says so first, whatever became of the file', async () => {
  const first = await RunningScanner.started();
  assert.equal(first.run('killswitch', 'activate', '--reason', 'odd prices').code, 0);
  await first.end('SIGKILL');
  rmSync(join(first.stateDir, 'KILL'));
  const second = await RunningScanner.started({ home: first.home });
  assert.equal(second.beat!.killLevel, 'kill', 'in its first heartbeat');
  const ended = await second.end();
  assertRefused(ended, 9, /^kill switch: engaged at kill: odd prices$/m);
  const [firstLine] = ended.stderr.split('\n');
  assert.match(firstLine!, /"event":"KILL_SWITCH_CHANGE".*"to":"kill"/, 'before anything else');
});

test('a release while no scanner runs is one: the next start says nothing of what was before', async () => {
  const first = await RunningScanner.started();
  assert.equal(first.run('killswitch', 'activate', '--reason', 'odd prices').code, 0);
  await first.end('SIGKILL');
  const token = first.run('token', 'create', '--role', 'admin', '--ttl', '1h', '--reason', 'x').stdout.trim();
  const released = first.run('killswitch', 'deactivate', '--reason', 'x', '--confirm', 'release', '--token', token);
  assert.equal(released.code, 0, released.stderr);
  const second = await RunningScanner.started({ home: first.home });
  assert.equal(second.beat!.killLevel, null);
  assert.doesNotMatch((await second.end()).stderr, /kill switch/);
});

test('a state that is lost while it runs stops it; one that is restored is obeyed without a restart', async () => {
  const scanner = await RunningScanner.started();
  assert.equal(scanner.run('switch', 'off', 'publish', '--reason', 'x', '--wait').code, 0);
  for (const name of ['control.db', 'control.db-wal', 'control.db-shm']) rmSync(join(scanner.stateDir, name));
  await scanner.untilBeat('it is killed', ({ killLevel }) => killLevel === 'kill');
  await scanner.untilSaid(/^kill switch: engaged at kill: state_unreadable$/m);
  const { revisionSeen } = scanner.beat!;
  const restored = scanner.run('state', 'restore', '--from-audit', '--confirm', 'restore', '--reason', 'rm by mistake');
  assert.equal(restored.code, 0, restored.stderr);
  const beat = await scanner.untilBeat('it obeys the new state', (now) => now.revisionSeen > revisionSeen);
  assert.equal(beat.killLevel, 'kill');
  assert.equal(scanner.run('switch', 'off', 'alerts', '--reason', 'x', '--wait').code, 0);
  assert.equal((await scanner.end()).code, 9);
});

function recording(): string {
  return join(demoRecording(SECONDS), 'frames');
}

function framesOf({ instruments }: ReplayDocument, venue: string): number {
  return instruments.filter((one) => one.venue === venue).reduce((sum, one) => sum + one.frames, 0);
}

async function untilJournalIsClosed(scanner: RunningScanner): Promise<void> {
  await until('the journal has its trailer', () => scanner.run('journal', 'verify', 'journal').code === 0);
}

async function untilRecorded({ stateDir }: RunningScanner, reason: string): Promise<void> {
  await until('the audit has the engagement', () =>
    linesOf(join(stateDir, 'audit.ndjson'))
      .map((line) => JSON.parse(line))
      .some((record) => record.action === 'engage_kill_switch' && record.reason === reason),
  );
}

function journalLines(scanner: RunningScanner, kind: string): string[] {
  return scanner.run('journal', 'cat', 'journal', '--kind', kind).stdout.trim().split('\n');
}

/** A journal line's receive time. */
function timeOf(line: string): number {
  return Number(line.split(' ')[2]);
}

function barTimes(home: string): string[] {
  const parent = join(home, 'artifacts/replay');
  const [run] = readdirSync(parent);
  const rows = linesOf(join(parent, run!, 'bars_1m.csv')).slice(1);
  return [...new Set(rows.map((row) => row.split(',')[0]!))].sort();
}

function filesUnder(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = `${prefix}${entry.name}`;
    return entry.isDirectory() ? filesUnder(join(folder, entry.name), `${name}/`) : [name];
  });
}
