import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Command } from 'commander';
import { statusOfReplay } from '../../src/core/ops/replay-status.ts';
import type { StatusDocument } from '../../src/core/ops/status.ts';
import type { CliContext } from '../../src/shell/cli/context.ts';
import { CryptorunError, exitCodeOf } from '../../src/shell/cli/errors.ts';
import { type OpsStatusPorts, registerOpsCommand } from '../../src/shell/cli/ops-command.ts';
import { readLastReplayStatus, saveReplayStatus } from '../../src/shell/stores/saved-status.ts';
import { removeOldSnapshots, writeStatusSnapshot } from '../../src/shell/stores/status-snapshot.ts';
import { badRecording, END_MS, GUIDE_CONFIG } from '../core/ops/facts.ts';

const SAVED_MS = END_MS + 86_400_000;
const NOW_MS = SAVED_MS + 300_000;

const root = mkdtempSync(join(tmpdir(), 'cryptorun-ops-'));
after(() => rmSync(root, { recursive: true, force: true }));

/** A fresh artifacts folder, the real stores, and a clock that stands still. */
function home(): { artifactsDir: string; ports: OpsStatusPorts } {
  const artifactsDir = join(mkdtempSync(join(root, 'home-')), 'artifacts');
  const ports: OpsStatusPorts = {
    loadSettings: () => ({
      switches: GUIDE_CONFIG.switches,
      artifactsDir,
      outputDir: join(artifactsDir, 'ops'),
      retentionDays: 30,
    }),
    readStatus: (dir) => readLastReplayStatus(dir),
    writeSnapshot: writeStatusSnapshot,
    removeOldSnapshots,
    nowMs: () => NOW_MS,
  };
  return { artifactsDir, ports };
}

function replayed(): StatusDocument {
  const rows = statusOfReplay(badRecording(), GUIDE_CONFIG);
  return { source: { kind: 'replay', name: 'r1' }, savedAtMs: SAVED_MS, dataTimeMs: END_MS, rows };
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly error: unknown;
}

async function run(ports: OpsStatusPorts, args: string[], context: Partial<CliContext> = {}): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const program = new Command('cryptorun').exitOverride();
  const full: CliContext = {
    env: {},
    cwd: root,
    packageRoot: root,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    setExitCode: () => {},
    ...context,
  };
  program.configureOutput({ writeOut: (text) => (stdout += text), writeErr: (text) => (stderr += text) });
  registerOpsCommand(program, full, async () => ports);
  const error = await program.parseAsync(['ops', 'status', ...args], { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { stdout, stderr, error };
}

test('shows the last replay as a replay, with its age, and writes the snapshot', async () => {
  const { artifactsDir, ports } = home();
  saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  const ran = await run(ports, []);
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
  const { artifactsDir, ports } = home();
  const ran = await run(ports, []);
  assert.ok(ran.error instanceof CryptorunError);
  assert.equal(exitCodeOf(ran.error), 3);
  assert.match(ran.error.message, /^no scanner and no replay yet: .*`cryptorun replay PATH` makes one$/);
  assert.equal(ran.stdout, '');
  assert.ok(!existsSync(artifactsDir));
});

test('--output takes the snapshots elsewhere, relative to the current folder', async () => {
  const { artifactsDir, ports } = home();
  saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  await run(ports, ['--output', 'elsewhere'], { cwd: artifactsDir });
  assert.deepEqual(readdirSync(join(artifactsDir, 'elsewhere')), [
    'status_snapshot.csv',
    'status_snapshot_20240810_000500.csv',
  ]);
  assert.ok(!existsSync(join(artifactsDir, 'ops')));
});

test('--config and --state reach the ports as absolute paths', async () => {
  const { ports } = home();
  const seen: unknown[] = [];
  const watched: OpsStatusPorts = {
    ...ports,
    loadSettings: (path) => {
      seen.push(path);
      return ports.loadSettings(path);
    },
    readStatus: (dir, stateDir) => {
      seen.push(stateDir);
      return ports.readStatus(dir, stateDir);
    },
  };
  await run(watched, ['--config', 'my/ops.yaml', '--state', 'st'], { cwd: root });
  assert.deepEqual(seen, [join(root, 'my/ops.yaml'), join(root, 'st')]);
});

test('switches are those of the config now, measurements those of the replay', async () => {
  const { artifactsDir, ports } = home();
  saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  const emergency = { disableAllScanners: true, disableLiveData: false, readOnlyMode: false };
  const settings = await ports.loadSettings(null);
  const changed = { ...ports, loadSettings: () => ({ ...settings, switches: { ...settings.switches, emergency } }) };
  const ran = await run(changed, []);
  assert.match(ran.stdout, /🚨 EMERGENCY SWITCHES\n(?:.*\n){3}│ All scanners {8}│ ❌OFF/);
});

test('--json is one document with its schema, and no terminal can be made to obey it', async () => {
  const { artifactsDir, ports } = home();
  saveReplayStatus(
    { artifactsDir, id: 'r1' },
    { ...replayed(), source: { kind: 'replay', name: 'x\x9b2J\x1b[31m\u202e' } },
  );
  const ran = await run(ports, ['--json', '--color', 'always']);
  const json = JSON.parse(ran.stdout);
  assert.equal(json.schema, 'cryptorun.status/v1');
  assert.equal(json.source.name, 'x\x9b2J\x1b[31m\u202e');
  assert.equal(json.shownAtMs, NOW_MS);
  assert.doesNotMatch(ran.stdout, /[\x1b\x80-\x9f\u202e]/);
});

test('a terminal gets colour and its own width', async () => {
  const { artifactsDir, ports } = home();
  saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  let stdout = '';
  const screen = { write: (text: string) => (stdout += text), isTTY: true, columns: 120 };
  await run(ports, [], { stdout: screen });
  assert.ok(stdout.includes('\x1b[31m'));
  assert.match(stdout, /not live: kraken XBT\/USD \(stale\)/);
});

test('when the snapshot cannot be written the tables are shown all the same, and the exit code says so', async () => {
  const { artifactsDir, ports } = home();
  saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  writeFileSync(join(artifactsDir, 'ops'), 'a file where the folder should be');
  const ran = await run(ports, []);
  assert.match(ran.stdout, /OPERATIONAL GUARDS/);
  assert.equal(exitCodeOf(ran.error), 1);
  assert.match((ran.error as Error).message, /^cannot make the folder .*ops: /);
});

test('old snapshots go after the configured days', async () => {
  const { artifactsDir, ports } = home();
  saveReplayStatus({ artifactsDir, id: 'r1' }, replayed());
  mkdirSync(join(artifactsDir, 'ops'));
  writeFileSync(join(artifactsDir, 'ops/status_snapshot_20240101_000000.csv'), '');
  await run(ports, []);
  assert.ok(!existsSync(join(artifactsDir, 'ops/status_snapshot_20240101_000000.csv')));
});

test('a wrong --color is a usage error that names the choices', async () => {
  const ran = await run(home().ports, ['--color', 'sometimes']);
  assert.match(ran.stderr, /Allowed choices are auto, always, never/);
});

test('the group is hidden from help', () => {
  const program = new Command('cryptorun');
  registerOpsCommand(program, {} as CliContext, async () => home().ports);
  assert.ok(!program.helpInformation().includes('ops'));
});
