// Writes V8's code cache of the built program to the path given, after running what is run most often. Called by bin/build.mjs.
'use strict';
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const root = dirname(__dirname);
const path = join(root, 'dist', 'cryptorun.cjs');
const script = new Script(readFileSync(path, 'utf8'), { filename: path });
const { main } = script.runInThisContext()(require, path);

const context = {
  env: process.env,
  cwd: process.env.CRYPTORUN_HOME,
  packageRoot: root,
  stdout: { write() {} },
  stderr: { write() {} },
  setExitCode() {},
};

/** A status as a replay saves it, so that the tables are drawn too. */
function saveSample() {
  const folder = join(process.env.CRYPTORUN_HOME, 'artifacts', 'replay', 'sample');
  mkdirSync(folder, { recursive: true });
  const row = {
    category: 'kpi',
    name: 'requests_per_minute',
    part: null,
    value: 1,
    unit: 'per_minute',
    total: null,
    status: 'OK',
    limit: null,
    message: '',
  };
  const status = {
    schema: 'cryptorun.status/v1',
    source: { kind: 'replay', name: 'sample' },
    savedAtMs: 0,
    dataTimeMs: 0,
    rows: [row],
  };
  writeFileSync(join(folder, 'status.json'), JSON.stringify(status));
  writeFileSync(
    join(folder, '..', 'last.json'),
    JSON.stringify({ id: 'sample', path: 'sample/status.json', savedAtMs: 0 }),
  );
}

/** A change makes a state folder, so that the status reads its database, too; where that cannot be, nothing is lost. */
const COMMANDS = [
  ['--version'],
  ['switch', 'off', 'alerts', '--reason', 'sample'],
  ['ops', 'status'],
  ['ops', 'status', '--check'],
];

async function run() {
  saveSample();
  for (const argv of COMMANDS) await main(argv, context);
  writeFileSync(process.argv[2], script.createCachedData());
}

run();
