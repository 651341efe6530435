/** One scanner a folder, and no lock that outlives its holder. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { HeartbeatWriter, readBootId } from '../../../src/shell/stores/control/heartbeat-file.ts';
import { lockScanner } from '../../../src/shell/stores/control/scanner-lock.ts';
import { NOW_MS, stateFolder } from './support/control-state.ts';

const HOLDER = fileURLToPath(new URL('./support/hold-lock.ts', import.meta.url));

test('a second scanner is told who holds the lock; released, it is free', (t) => {
  const dir = stateFolder(t);
  const lock = lockScanner(dir);
  const refusal = { code: 'lock_held', exitCode: 6, isRetryable: true };
  assert.throws(() => lockScanner(dir), {
    ...refusal,
    message: /another one runs there \(it has not said who it is\)$/,
  });
  const writer = new HeartbeatWriter(dir);
  t.after(() => writer.close());
  writer.write({
    pid: process.pid,
    bootId: readBootId(),
    startedAtMs: NOW_MS,
    session: 'live-7',
    source: 'live',
    mode: 'normal',
    isReady: true,
    revisionSeen: 0,
    killLevel: null,
    killSeenAtMs: null,
    lastProgressMs: null,
    writtenAtMs: NOW_MS,
  });
  const who = new RegExp(`another one runs there \\(pid ${process.pid}, since 2025-01-02T03:04:05.000Z\\)$`);
  assert.throws(() => lockScanner(dir), { ...refusal, message: who });
  lock.release();
  lock.release();
  lockScanner(dir).release();
});

test('a holder that is killed frees the lock, without anybody cleaning up', { timeout: 60_000 }, async (t) => {
  const dir = stateFolder(t);
  const child = fork(HOLDER, [dir], { execArgv: ['--import', 'tsx'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  assert.throws(() => lockScanner(dir), { code: 'lock_held' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  lockScanner(dir).release();
});
