/** Where config and artifacts are found: flag before variable before the current folder before the package. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import type { ConfigFlags, ConfigRequest } from '../../src/shell/config/resolve-home.ts';
import { configFiles, isPackageConfig, resolveHome } from '../../src/shell/config/resolve-home.ts';
import { folderWith, requestIn } from './support.ts';

test('an empty folder takes the config of the package, and its own artifacts', (t) => {
  const cwd = folderWith(t, {});
  const packageRoot = folderWith(t, { 'config/ops.yaml': '{}' });
  assert.deepEqual(resolveHome(requestIn(cwd, { packageRoot })), {
    home: cwd,
    configDir: join(packageRoot, 'config'),
    artifactsDir: join(cwd, 'artifacts'),
    stateDir: join(cwd, 'artifacts', 'state'),
  });
});

test('a folder with a config/ is a home', (t) => {
  const cwd = folderWith(t, { 'config/ops.yaml': '{}' });
  assert.equal(resolveHome(requestIn(cwd)).configDir, join(cwd, 'config'));
});

test('CRYPTORUN_HOME moves config and artifacts, also to a home without config', (t) => {
  const cwd = folderWith(t, { 'config/ops.yaml': '{}' });
  const home = folderWith(t, {});
  assert.deepEqual(resolveHome(requestIn(cwd, { env: { CRYPTORUN_HOME: home } })), {
    home,
    configDir: join(home, 'config'),
    artifactsDir: join(home, 'artifacts'),
    stateDir: join(home, 'artifacts', 'state'),
  });
  assert.equal(resolveHome(requestIn(cwd, { env: { CRYPTORUN_HOME: 'sub' } })).home, join(cwd, 'sub'));
  assert.equal(resolveHome(requestIn(cwd, { env: { CRYPTORUN_HOME: '' } })).home, cwd);
});

test('CRYPTORUN_CONFIG moves config alone, and --config wins over it', (t) => {
  const cwd = folderWith(t, { 'other/ops.yaml': '{}', 'third/ops.yaml': '{}' });
  const env = { CRYPTORUN_CONFIG: 'other' };
  assert.equal(resolveHome(requestIn(cwd, { env })).configDir, join(cwd, 'other'));
  const both = resolveHome(requestIn(cwd, { env, flags: { config: 'third' } }));
  assert.deepEqual([both.configDir, both.artifactsDir], [join(cwd, 'third'), join(cwd, 'artifacts')]);
});

test('--config takes an ops.yaml; the others lie beside it or come from the config folder', (t) => {
  const cwd = folderWith(t, { 'config/ops.yaml': '', 'custom/my.yaml': '{}', 'custom/venues.yaml': 'venues: {}' });
  assert.deepEqual(configFiles(requestIn(cwd, { flags: { config: 'custom/my.yaml' } })), {
    ops: join(cwd, 'custom/my.yaml'),
    venues: join(cwd, 'custom/venues.yaml'),
    instruments: join(cwd, 'config/instruments.yaml'),
  });
});

test('a --config that does not exist is a file if it looks like one', (t) => {
  const cwd = folderWith(t, {});
  assert.equal(configFiles(requestIn(cwd, { flags: { config: 'no/ops.yml' } })).ops, join(cwd, 'no/ops.yml'));
  assert.equal(configFiles(requestIn(cwd, { flags: { config: 'no' } })).ops, join(cwd, 'no/ops.yaml'));
});

test('--state moves the state alone; config has no say in it', (t) => {
  const cwd = folderWith(t, {});
  const { stateDir, artifactsDir } = resolveHome(requestIn(cwd, { flags: { state: 'elsewhere' } }));
  assert.deepEqual([stateDir, artifactsDir], [join(cwd, 'elsewhere'), join(cwd, 'artifacts')]);
});

const OWNERS: readonly [
  of: string,
  flags: ConfigFlags,
  env: ConfigRequest['env'],
  files: string[],
  isPackage: boolean,
][] = [
  ['an empty folder', {}, {}, [], true],
  ['a folder with a config/', {}, {}, ['config/ops.yaml'], false],
  ['a named home without config', {}, { CRYPTORUN_HOME: 'home' }, [], false],
  ['a named config folder', {}, { CRYPTORUN_CONFIG: 'mine' }, [], false],
  ['a named file', { config: 'my.yaml' }, {}, ['my.yaml'], false],
];

test('whose configuration it is', (t) => {
  for (const [of, flags, env, files, isPackage] of OWNERS) {
    const cwd = folderWith(t, Object.fromEntries(files.map((file) => [file, '{}'])));
    assert.equal(isPackageConfig(requestIn(cwd, { flags, env })), isPackage, of);
  }
});

test('a folder that cannot be looked at is no folder, and no exception', (t) => {
  const cwd = folderWith(t, {});
  const home = resolveHome(requestIn(cwd, { flags: { config: 'a\0b' } }));
  assert.equal(home.stateDir, join(cwd, 'artifacts', 'state'));
});
