/** What systemd is told, by a `systemd-notify` that writes down what it was called with. */

import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Readiness } from '../../src/shell/run/scan/readiness.ts';
import type { ScanRun } from '../../src/shell/run/scan/scan-run.ts';
import { serviceManager } from '../../src/shell/run/scan/service-manager.ts';
import { tempFolder } from '../cli/support/cryptorun.ts';
import { until } from './scan-support.ts';

function notifier(more: Record<string, string> = {}) {
  const folder = tempFolder();
  const told = join(folder, 'told');
  writeFileSync(told, '');
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${told}\n`);
  chmodSync(join(folder, 'systemd-notify'), 0o755);
  const env = { PATH: `${folder}:/usr/bin:/bin`, NOTIFY_SOCKET: '/run/x', ...more };
  return { env, told: () => readFileSync(told, 'utf8') };
}

test('words reach systemd-notify; without a socket nobody is told', async () => {
  const { env, told } = notifier();
  const problems: string[] = [];
  serviceManager(env, 1, (text) => problems.push(text)).tell('READY=1', 'STATUS=two words');
  await until('it was told', () => told() === '/run/x READY=1 STATUS=two words\n');
  serviceManager({ ...env, NOTIFY_SOCKET: '' }, 1, assert.fail).tell('READY=1');
  serviceManager({ ...env, PATH: '/nowhere' }, 1, (text) => problems.push(text)).tell('READY=1');
  await until('its absence is told', () => problems.length === 1);
  assert.match(problems[0]!, /systemd cannot be told .*ENOENT/);
});

test('the watchdog: half of its time, and only if it is meant for us', () => {
  const ms = (env: Record<string, string>) => serviceManager(notifier(env).env, 7, assert.fail).watchdogMs;
  assert.equal(ms({ WATCHDOG_USEC: '10000000' }), 5000);
  assert.equal(ms({ WATCHDOG_USEC: '10000000', WATCHDOG_PID: '7' }), 5000);
  assert.equal(ms({ WATCHDOG_USEC: '10000000', WATCHDOG_PID: '8' }), null);
  assert.equal(ms({}), null);
});

test('ready with more than half of the wanted feeds; alive only while something is stepped', () => {
  const told: string[] = [];
  const feeds = { venues: [{ state: 'live' }, { state: 'connecting' }, { state: 'off' }] };
  const run = { scanner: { feeds }, progressMs: 1 as number | null };
  const manager = { watchdogMs: 0, tell: (...words: readonly string[]) => told.push(words.join(' ')) };
  const readiness = new Readiness(run as unknown as ScanRun, manager);
  readiness.look();
  assert.deepEqual(told.splice(0), [
    'EXTEND_TIMEOUT_USEC=30000000 STATUS=waiting for feeds: 1 of 2 live',
    'WATCHDOG=1',
  ]);
  readiness.look();
  assert.deepEqual(told.splice(0), [], 'nothing was stepped since');
  feeds.venues[1]!.state = 'live';
  run.progressMs = 2;
  readiness.look();
  readiness.look();
  readiness.close();
  assert.deepEqual(told, ['READY=1 STATUS=2 of 2 feeds live', 'WATCHDOG=1', 'STOPPING=1']);
});
