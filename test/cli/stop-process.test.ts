/** Stopping with the built program as a process of its own: what cron, a shell and a tired operator would start. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertNoTrace, assertRefused, cryptorun, tempFolder } from './support/cryptorun.ts';

test('activate, status, refused release, release: a whole incident in a fresh folder', () => {
  const cwd = tempFolder();
  const run = (...args: string[]) => cryptorun(args, { cwd });
  const made = run('token', 'create', '--role', 'admin', '--ttl', '1h', '--reason', 'first');
  assert.equal(made.code, 0, made.stderr);
  writeFileSync(join(cwd, 'token'), made.stdout, { mode: 0o600 });
  const stopped = run('killswitch', 'activate', '--reason', 'odd prices');
  assert.equal(stopped.code, 0, stopped.stderr);
  assert.match(stopped.stdout, /^ENGAGED the kill switch at kill, by .+: odd prices\n$/);
  const status = JSON.parse(run('killswitch', 'status', '-o', 'json').stdout);
  assert.deepEqual([status.active, status.level, status.reason], [true, 'kill', 'odd prices']);
  const release = ['killswitch', 'deactivate', '--reason', 'sane again', '--confirm', 'release'];
  assertRefused(
    run(...release),
    4,
    /^refused: kill switch: releasing the kill switch needs the role admin: no token came/,
  );
  const released = run(...release, '--token-file', 'token');
  assert.equal(released.code, 0, released.stderr);
  assert.equal(run('audit', 'verify').code, 0);
});

test('activate works with a broken config and a corrupt state, and nothing on stderr looks like a crash', () => {
  const cwd = tempFolder();
  mkdirSync(join(cwd, 'config'));
  writeFileSync(join(cwd, 'config/ops.yaml'), 'nonsense: [');
  mkdirSync(join(cwd, 'artifacts/state'), { recursive: true });
  for (const name of ['control.db', 'audit.ndjson', 'heartbeat']) {
    writeFileSync(join(cwd, 'artifacts/state', name), 'no such thing '.repeat(500));
  }
  const off = cryptorun(['switch', 'off', 'publish', '--reason', 'x'], { cwd });
  assertRefused(off, 2, /^config\/ops\.yaml:[\s\S]*to stop everything all the same: cryptorun killswitch activate/);
  const stopped = cryptorun(['killswitch', 'activate', '--reason', 'x', '--no-wait'], { cwd });
  assert.equal(stopped.code, 0, stopped.stderr);
  assertNoTrace(stopped);
  assert.match(readFileSync(join(cwd, 'artifacts/state/KILL'), 'utf8'), /^\{"level":"kill","reason":"x"/);
  const status = cryptorun(['killswitch', 'status'], { cwd });
  assert.equal(status.code, 0, status.stderr);
  assert.match(status.stdout, /^ENGAGED at kill since /);
});

test('activate on a file system that takes no more: overwriting the reserve needs no space', () => {
  const cwd = tempFolder();
  assert.equal(cryptorun(['switch', 'off', 'publish', '--reason', 'x'], { cwd }).code, 0);
  // No file may grow at all: every write that appends fails, as on a full disk.
  const off = cryptorun(['switch', 'on', 'publish', '--reason', 'x'], { cwd, fileBlocks: 0 });
  assert.notEqual(off.code, 0);
  const stopped = cryptorun(['killswitch', 'activate', '--reason', 'x'], { cwd, fileBlocks: 8 });
  assert.equal(stopped.code, 0, stopped.stderr);
  const status = JSON.parse(cryptorun(['killswitch', 'status', '-o', 'json'], { cwd }).stdout);
  assert.deepEqual([status.active, status.reason], [true, 'x']);
});
