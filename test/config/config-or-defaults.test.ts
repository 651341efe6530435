/** What emergency commands read when the configuration is broken: never nothing, never an exception. */

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { configOrDefaults } from '../../src/shell/config/config-or-defaults.ts';
import { folderWith, loaded, PROJECT, requestIn } from './support.ts';

test('a good configuration is what the files say', () => {
  const { config, problems } = configOrDefaults(requestIn(PROJECT));
  assert.deepEqual(problems, []);
  assert.deepEqual(config, loaded(requestIn(PROJECT)));
});

const BROKEN: readonly [what: string, files: { readonly [path: string]: string }][] = [
  ['nothing there', {}],
  ['an emptied file', { 'config/ops.yaml': '' }],
  ['half a file', { 'config/ops.yaml': 'kill_switch: { poll_ms: 7, tri' }],
  ['a wrong value', { 'config/ops.yaml': 'kill_switch: { poll_ms: 7, heartbeat_ms: never }' }],
  ['a folder', { 'config/ops.yaml/x': '' }],
  ['a bad venues.yaml', { 'config/ops.yaml': 'kill_switch: { poll_ms: 7 }', 'config/venues.yaml': ']' }],
];

test('a broken one is the defaults, with its problems, and folders as ever', (t) => {
  for (const [what, files] of BROKEN) {
    const home = folderWith(t, files);
    const request = requestIn(PROJECT, { env: { CRYPTORUN_HOME: home }, flags: { output: join(home, 'out') } });
    const { config, problems } = configOrDefaults(request);
    assert.notEqual(problems.length, 0, what);
    assert.equal(config.ops.killSwitch.pollMs, 25, what);
    assert.equal(config.ops.killSwitch.triggers.diskFree.freeBytes, 1073741824, what);
    // Nothing that the defaults start.
    assert.deepEqual([config.ops.switches.providers, config.ops.switches.venues, config.venues], [{}, {}, {}], what);
    assert.deepEqual(
      [config.paths.stateDir, config.paths.statusDir],
      [join(home, 'artifacts/state'), join(home, 'out')],
    );
  }
});

test('a folder without permission, a path that no system has, a bad log level', (t) => {
  const locked = folderWith(t, {});
  mkdirSync(join(locked, 'config'));
  chmodSync(join(locked, 'config'), 0o000);
  const requests = [
    requestIn(locked),
    requestIn(locked, { flags: { config: 'a\0b' } }),
    requestIn(locked, { flags: { config: 'x'.repeat(5000) } }),
    requestIn(PROJECT, { env: { CRYPTORUN_LOG_LEVEL: 'loud' } }),
  ];
  for (const request of requests) {
    const { config, problems } = configOrDefaults(request);
    assert.notEqual(problems.length, 0);
    assert.equal(config.paths.stateDir, join(request.cwd, 'artifacts', 'state'));
  }
  chmodSync(join(locked, 'config'), 0o700);
});
