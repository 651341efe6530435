/** The scanner's sign of life, written over in place and judged by whoever asks. */

import assert from 'node:assert/strict';
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type Heartbeat,
  HeartbeatWriter,
  readBootId,
  readHeartbeat,
} from '../../../src/shell/stores/control/heartbeat-file.ts';
import { madeStateFolder, NOW_MS } from './support/control-state.ts';
import { fillDisk, noSmallDisk, smallDisk } from './support/small-disk.ts';

const BEAT: Heartbeat = {
  pid: process.pid,
  bootId: readBootId(),
  startedAtMs: NOW_MS - 60_000,
  session: 'live-7',
  source: 'live',
  mode: 'normal',
  isReady: true,
  revisionSeen: 3,
  killLevel: null,
  killSeenAtMs: null,
  lastProgressMs: NOW_MS - 5,
  writtenAtMs: NOW_MS,
};

const AT = { nowMs: NOW_MS + 100, staleAfterMs: 1000 };

test('what was written last is read, from one block that stays where it is', (t) => {
  const dir = madeStateFolder(t);
  assert.deepEqual(readHeartbeat(dir, AT), { kind: 'absent' });
  const writer = new HeartbeatWriter(dir);
  t.after(() => writer.close());
  writer.write({ ...BEAT, session: 'a longer name than the next one' });
  writer.write({ ...BEAT, killLevel: 'drain', killSeenAtMs: NOW_MS - 1 });
  const beat = { counter: 2, ...BEAT, killLevel: 'drain', killSeenAtMs: NOW_MS - 1 };
  assert.deepEqual(readHeartbeat(dir, AT), { kind: 'alive', beat, ageMs: 100 });
  const { size, blocks, mode } = statSync(join(dir, 'heartbeat'));
  assert.deepEqual([size, blocks * 512 >= 4096, mode & 0o777], [4096, true, 0o600]);
});

test('a second scanner writes into the same block, not a new one', (t) => {
  const dir = madeStateFolder(t);
  const first = new HeartbeatWriter(dir);
  first.write(BEAT);
  first.close();
  const { ino } = statSync(join(dir, 'heartbeat'));
  const second = new HeartbeatWriter(dir);
  // Until it has written, the first one's word stands.
  assert.equal(readHeartbeat(dir, AT).kind, 'alive');
  second.write({ ...BEAT, session: 'live-8' });
  second.close();
  const reading = readHeartbeat(dir, AT);
  assert.equal(reading.kind === 'alive' && reading.beat.session, 'live-8');
  assert.equal(statSync(join(dir, 'heartbeat')).ino, ino);
});

/** A process that was there, and surely is no more. */
const GONE_PID = spawnSync(process.execPath, ['--version']).pid;

test('judged by process, boot and age', (t) => {
  const dir = madeStateFolder(t);
  const writer = new HeartbeatWriter(dir);
  t.after(() => writer.close());
  for (const [beat, nowMs, kind] of [
    [BEAT, NOW_MS, 'alive'],
    [BEAT, NOW_MS + 1000, 'alive'],
    [BEAT, NOW_MS + 1001, 'stale'],
    [BEAT, NOW_MS - 1001, 'stale'],
    [{ ...BEAT, pid: GONE_PID }, NOW_MS, 'dead'],
    [{ ...BEAT, pid: 1 }, NOW_MS, 'alive'],
    [{ ...BEAT, bootId: 'another' }, NOW_MS, readBootId() === null ? 'alive' : 'dead'],
    [{ ...BEAT, bootId: null }, NOW_MS, 'alive'],
  ] as const) {
    writer.write(beat);
    const reading = readHeartbeat(dir, { ...AT, nowMs });
    assert.deepEqual([reading.kind, 'ageMs' in reading && reading.ageMs], [kind, nowMs - NOW_MS]);
  }
});

test('killed, but nobody has asked how it ended: dead', { skip: process.platform !== 'linux' }, async (t) => {
  const dir = madeStateFolder(t);
  const writer = new HeartbeatWriter(dir);
  t.after(() => writer.close());
  // The parent becomes a program that never asks.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => parent.kill('SIGKILL'));
  const [said] = await once(parent.stdout, 'data');
  const pid = Number(said);
  writer.write({ ...BEAT, pid });
  assert.equal(readHeartbeat(dir, AT).kind, 'alive');
  process.kill(pid, 'SIGKILL');
  const untilMs = performance.now() + 5000;
  while (readHeartbeat(dir, AT).kind !== 'dead') assert.ok(performance.now() < untilMs, 'it passes for living');
  assert.ok(process.kill(pid, 0), 'signals reach it still');
});

test('damaged, cut, blank or odd: nothing is known, and nothing throws', (t) => {
  const dir = madeStateFolder(t);
  const path = join(dir, 'heartbeat');
  const writer = new HeartbeatWriter(dir);
  writer.write(BEAT);
  writer.close();
  const whole = readFileSync(path);
  const edited = Buffer.from(whole);
  edited.write('9', whole.indexOf('"revisionSeen":') + 15);
  for (const bytes of [edited, whole.subarray(0, 100), Buffer.alloc(4096), Buffer.alloc(0), Buffer.alloc(4096, '\n')]) {
    writeFileSync(path, bytes);
    assert.equal(readHeartbeat(dir, AT).kind, 'unreadable');
  }
  truncateSync(path);
  unlinkSync(path);
  assert.equal(readHeartbeat(dir, AT).kind, 'absent');
});

test('a writer that stops within a beat: the one before stands, whichever half it was', (t) => {
  const dir = madeStateFolder(t);
  const path = join(dir, 'heartbeat');
  const revisionRead = (): number | string => {
    const reading = readHeartbeat(dir, AT);
    return reading.kind === 'alive' ? reading.beat.revisionSeen : reading.kind;
  };
  for (const revisionSeen of [11, 12, 13, 14]) {
    const before = existsSync(path) ? readFileSync(path) : null;
    // One scanner after the other: the later beat is known whoever wrote it.
    const writer = new HeartbeatWriter(dir);
    writer.write({ ...BEAT, revisionSeen });
    writer.close();
    assert.equal(revisionRead(), revisionSeen);
    if (before === null) continue;
    const after = readFileSync(path);
    const from = after.findIndex((byte, i) => byte !== before[i]);
    for (const cut of [from + 4, from + 60]) {
      writeFileSync(path, Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
      assert.equal(revisionRead(), revisionSeen - 1);
    }
    writeFileSync(path, after);
  }
});

test('a reader never takes a half-written beat for a whole one', { timeout: 60_000 }, async (t) => {
  const dir = madeStateFolder(t);
  const script = fileURLToPath(new URL('./support/beat-fast.ts', import.meta.url));
  const child = fork(script, [dir], { execArgv: ['--import', 'tsx'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  const seen = new Set<number>();
  for (const end = performance.now() + 1000; performance.now() < end; ) {
    const reading = readHeartbeat(dir, AT);
    assert.equal(reading.kind, 'alive');
    if (reading.kind !== 'alive') return;
    const { session, revisionSeen } = reading.beat;
    // The writer makes the session of the revision, of changing length.
    assert.equal(session, 'x'.repeat(revisionSeen % 150));
    seen.add(revisionSeen);
  }
  assert.ok(seen.size > 10, `${seen.size} different beats were seen`);
});

test('full disk: the heart goes on beating', { skip: noSmallDisk }, (t) => {
  const dir = smallDisk(t, 64);
  const writer = new HeartbeatWriter(dir);
  t.after(() => writer.close());
  fillDisk(dir);
  writer.write(BEAT);
  assert.equal(readHeartbeat(dir, AT).kind, 'alive');
});
