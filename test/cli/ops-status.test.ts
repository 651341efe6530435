import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { statusOfReplay } from '../../src/core/ops/replay/replay-status.ts';
import type { StatusDocument } from '../../src/core/ops/status.ts';
import { registerOpsCommand } from '../../src/shell/cli/ops-command.ts';
import { OUTSIDE } from '../../src/shell/cli/outside.ts';
import type { CliContext } from '../../src/shell/context.ts';
import { exitCodeOf } from '../../src/shell/errors.ts';
import { saveReplayStatus } from '../../src/shell/stores/saved-status.ts';
import { badRecording, END_MS, GUIDE_CONFIG } from '../core/ops/facts.ts';

const SAVED_MS = END_MS + 86_400_000;
const NOW_MS = SAVED_MS + 300_000;
const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));

const root = mkdtempSync(join(tmpdir(), 'cryptorun-ops-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** A fresh current folder without a config of its own: the package's holds, and artifacts are made here. */
function fresh(): { cwd: string; artifactsDir: string } {
  const cwd = mkdtempSync(join(root, 'home-'));
  return { cwd, artifactsDir: join(cwd, 'artifacts') };
}

/** The same, after a replay. */
function replayed(source: Partial<StatusDocument['source']> = {}): { cwd: string; artifactsDir: string } {
  const home = fresh();
  const rows = statusOfReplay(badRecording(), GUIDE_CONFIG);
  const document = {
    source: { kind: 'replay', name: 'r1', ...source },
    savedAtMs: SAVED_MS,
    dataTimeMs: END_MS,
    rows,
  } as const;
  saveReplayStatus({ artifactsDir: home.artifactsDir, id: 'r1' }, document);
  return home;
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: unknown;
}

/** Runs the command with the real config and stores, and a clock that stands still. */
async function run(cwd: string, args: string[], screen: { isTTY?: boolean; columns?: number } = {}): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const program = new Command('cryptorun').exitOverride();
  const context: CliContext = {
    env: {},
    cwd,
    packageRoot: PACKAGE_ROOT,
    stdout: { write: (text) => (stdout += text), ...screen },
    stderr: { write: (text) => (stderr += text) },
    setExitCode: () => {},
  };
  program.configureOutput({ writeOut: (text) => (stdout += text), writeErr: (text) => (stderr += text) });
  registerOpsCommand(program, context, { ...OUTSIDE, nowMs: () => NOW_MS });
  const error = await program.parseAsync(['ops', 'status', ...args], { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { stdout, stderr, error };
}

/** The package's ops.yaml with one text replaced, in a file of its own. */
function changedConfig(cwd: string, from: string, to: string): string {
  const text = readFileSync(join(PACKAGE_ROOT, 'config/ops.yaml'), 'utf8');
  assert.ok(text.includes(from), from);
  writeFileSync(join(cwd, 'mine.yaml'), text.replace(from, to));
  return 'mine.yaml';
}

test('shows the last replay as a replay, with its age, and writes the snapshot', async () => {
  const { cwd, artifactsDir } = replayed();
  const ran = await run(cwd, []);
  assert.equal(ran.error, null);
  assert.match(ran.stdout, /^=== CryptoRun Operational Status: REPLAY of r1 \(not live\) ===\n/);
  assert.match(ran.stdout, /Timestamp: 2024-08-10 00:05:00 UTC\nSaved: {5}2024-08-10 00:00:00 UTC \(5 min ago\)\n/);
  assert.match(ran.stdout, /│ Gaps\/hour {11}│ {6}1\.0 │ WARN/);
  assert.ok(!ran.stdout.includes('\x1b'), 'no colour when it is not a terminal');
  assert.match(ran.stderr, /Snapshot written to: .*status_snapshot_20240810_000500\.csv\n$/);
  const stamped = readFileSync(join(artifactsDir, 'ops/status_snapshot_20240810_000500.csv'), 'utf8');
  assert.equal(stamped, readFileSync(join(artifactsDir, 'ops/status_snapshot.csv'), 'utf8'));
  assert.match(stamped, /\n2024-08-10T00:05:00\.000Z,source,replay,r1,,not live;/);
  assert.ok(!existsSync(join(artifactsDir, 'state')));
});

test('with nothing saved it says what to do, exits 3 and writes nothing', async () => {
  const { cwd, artifactsDir } = fresh();
  const ran = await run(cwd, []);
  assert.equal(exitCodeOf(ran.error), 3);
  assert.match((ran.error as Error).message, /^no scanner and no replay yet: .*`cryptorun replay PATH` makes one$/);
  assert.equal(ran.stdout, '');
  assert.ok(!existsSync(artifactsDir));
});

test('--output takes the snapshots elsewhere, relative to the current folder', async () => {
  const { cwd, artifactsDir } = replayed();
  await run(cwd, ['--output', 'elsewhere']);
  const names = ['status_snapshot.csv', 'status_snapshot_20240810_000500.csv'];
  assert.deepEqual(readdirSync(join(cwd, 'elsewhere')), names);
  assert.ok(!existsSync(join(artifactsDir, 'ops')));
});

test('--config: switches are those of that file now, measurements those of the replay', async () => {
  const { cwd } = replayed();
  const config = changedConfig(cwd, 'disable_all_scanners: false', 'disable_all_scanners: true');
  const ran = await run(cwd, ['--config', config]);
  assert.match(ran.stdout, /🚨 EMERGENCY SWITCHES\n(?:.*\n){3}│ All scanners {8}│ ❌OFF/);
  assert.match(ran.stdout, /│ kraken {14}│ 🚫BLOCK/);
});

test('a bad config is one message with its problems, exit code 2, and nothing is written', async () => {
  const { cwd, artifactsDir } = replayed();
  const ran = await run(cwd, [
    '--config',
    changedConfig(cwd, 'disable_all_scanners: false', 'disable_all_scaners: no'),
  ]);
  assert.equal(exitCodeOf(ran.error), 2);
  assert.match((ran.error as Error).message, /^mine\.yaml:\d+:\d+ switches\.emergency/m);
  assert.ok(!existsSync(join(artifactsDir, 'ops')));
});

test('--json is one document with its schema, and no terminal can be made to obey it', async () => {
  const name = 'x\x9b2J\x1b[31m\u202e';
  const ran = await run(replayed({ name }).cwd, ['--json', '--color', 'always']);
  const json = JSON.parse(ran.stdout);
  assert.equal(json.schema, 'cryptorun.status/v1');
  assert.equal(json.source.name, name);
  assert.deepEqual([json.shownAt, json.savedAt], ['2024-08-10T00:05:00.000Z', '2024-08-10T00:00:00.000Z']);
  assert.doesNotMatch(ran.stdout, /[\x1b\x80-\x9f\u202e]/);
});

test('a terminal gets colour and its own width', async () => {
  const { stdout } = await run(replayed().cwd, [], { isTTY: true, columns: 120 });
  assert.ok(stdout.includes('\x1b[31m'));
  assert.match(stdout, /0\/3 venues healthy; coinbase: no books; kraken: 1 of 2 books live, uptime/);
});

test('when the snapshot cannot be written the tables are shown all the same, and the exit code says so', async () => {
  const { cwd, artifactsDir } = replayed();
  writeFileSync(join(artifactsDir, 'ops'), 'a file where the folder should be');
  const ran = await run(cwd, []);
  assert.match(ran.stdout, /OPERATIONAL GUARDS/);
  assert.equal(exitCodeOf(ran.error), 1);
  assert.match((ran.error as Error).message, /^cannot make the folder .*ops: /);
});

test('old snapshots go after the configured days, or never', async () => {
  const { cwd, artifactsDir } = replayed();
  const old = join(artifactsDir, 'ops/status_snapshot_20240101_000000.csv');
  mkdirSync(join(artifactsDir, 'ops'));
  writeFileSync(old, '');
  await run(cwd, ['--config', changedConfig(cwd, 'retention_days: 30', 'retention_days: 300')]);
  assert.ok(existsSync(old));
  await run(cwd, []);
  assert.ok(!existsSync(old));
});

test('the latest snapshot has the configured name', async () => {
  const { cwd, artifactsDir } = replayed();
  await run(cwd, [
    '--config',
    changedConfig(cwd, 'snapshot_filename: status_snapshot.csv', 'snapshot_filename: now.csv'),
  ]);
  assert.deepEqual(readdirSync(join(artifactsDir, 'ops')), ['now.csv', 'status_snapshot_20240810_000500.csv']);
});

test('a wrong --color is a usage error that names the choices', async () => {
  const ran = await run(replayed().cwd, ['--color', 'sometimes']);
  assert.match(ran.stderr, /Allowed choices are auto, always, never/);
});

test('the group is hidden from help', () => {
  const program = new Command('cryptorun');
  registerOpsCommand(program, {} as CliContext, OUTSIDE);
  assert.ok(!program.helpInformation().includes('ops'));
});
