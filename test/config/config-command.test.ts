/** `cryptorun config check` as a script sees it: exit code, stdout, stderr. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { Command } from 'commander';
import { registerConfigCommand } from '../../src/shell/cli/config-command.ts';
import { folderWith, PROJECT } from './support.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(cwd: string, ...args: string[]): Promise<Outcome> {
  const outcome = { code: 0, stdout: '', stderr: '' };
  const program = new Command();
  registerConfigCommand(program, {
    env: {},
    cwd,
    packageRoot: PROJECT,
    stdout: { write: (text) => (outcome.stdout += text) },
    stderr: { write: (text) => (outcome.stderr += text) },
    setExitCode: (code) => (outcome.code = code),
  });
  await program.parseAsync(['config', 'check', ...args], { from: 'user' });
  return outcome;
}

test('a good configuration: a summary that starts with ok, exit 0', async () => {
  const { code, stdout, stderr } = await run(PROJECT);
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /^ok: 11 venues, \d+ instruments in \d+ listings, \d+ alert types, sha256:[0-9a-f]{64}\n/);
  assert.match(stdout, /providers {2}binance, bybit, coinbase, kraken, okx enabled/);
});

test('a bad one: problems on stderr, nothing on stdout, exit 2', async (t) => {
  const cwd = folderWith(t, { 'ops.yaml': 'kpis: {}\nlog: { level: 3 }\n' });
  const { code, stdout, stderr } = await run(cwd, '--config', 'ops.yaml');
  assert.deepEqual([code, stdout], [2, '']);
  assert.equal(
    stderr,
    'ops.yaml:1:1 kpis: wanted a known key, found "kpis" (did you mean kpi?)\n' +
      'ops.yaml:2:15 log.level: wanted one of fatal, error, warn, info, debug, found 3\n' +
      'config: 2 problems; nothing was loaded\n',
  );
});

test('--print-effective of one folder is the --config of another', async (t) => {
  const { stdout } = await run(PROJECT, '--print-effective');
  const cwd = folderWith(t, { 'all.yaml': stdout });
  assert.equal((await run(cwd, '--config', 'all.yaml', '--print-effective')).stdout, stdout);
});

test('--json is one document, good or bad', async (t) => {
  const good = JSON.parse((await run(PROJECT, '--json')).stdout);
  assert.deepEqual([good.schema, good.ok, good.configHash.length], ['cryptorun.config-check/v1', true, 64]);
  const full = JSON.parse((await run(PROJECT, '--json', '--print-effective')).stdout);
  assert.equal(full.config.ops.kpi.windows.errorRate, 300);
  const { code, stdout } = await run(folderWith(t, { 'ops.yaml': 'x: 1' }), '--json', '--config', 'ops.yaml');
  const bad = JSON.parse(stdout);
  assert.deepEqual([code, bad.ok, bad.problems[0].position], [2, false, { line: 1, column: 1 }]);
});
