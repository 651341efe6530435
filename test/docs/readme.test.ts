/**
 * Holds the README, docs/replay.md and docs/digest.md to what the program does: every shell block is run, the picture is
 * compared, the example is hashed. Needs no network: `npm ci` is taken as done, and `npx cryptorun` is the built program.
 * `runbooks.test.ts` does the same for the runbooks.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StatusDocument } from '../../src/core/ops/status.ts';
import { DEMO_VENUES } from '../../src/shell/run/scan/demo-world.ts';
import { demoScreen } from './support/demo-screen.ts';
import { blocksOf as blocks, typedLines as commands } from './support/markdown.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const REPLAY = readFileSync(join(ROOT, 'docs/replay.md'), 'utf8');
const DIGEST = readFileSync(join(ROOT, 'docs/digest.md'), 'utf8');
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const DEMO = 'npm run demo';
const SET_UP = 'npm ci && ';
/** The same, but faster and shorter: the first fault of the demo and its recovery. */
const SHORT_DEMO = `${DEMO} -- --speed 40 --duration 150s`;
/** Runs until it is stopped. */
const AS_SCANNER = /^npx cryptorun scan .*--state artifacts\/state$/;
const RECORDING = 'artifacts/recording';
const LIMIT_MS = 60_000;

/** A copy of the installed project, and what the commands of its README printed there. */
let clone = '';
let demo: Outcome;
let replayed: Outcome;
let scanner: ChildProcess | null = null;

before(() => {
  clone = mkdtempSync(join(tmpdir(), 'cryptorun-readme-'));
  for (const name of ['bin', 'config', 'dist', 'package.json'])
    cpSync(join(ROOT, name), join(clone, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
  // The real npx may ask the registry; this one starts what it would find.
  mkdirSync(join(clone, 'shim'));
  writeFileSync(
    join(clone, 'shim/npx'),
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${clone}/bin/cryptorun.js" "$@"\n`,
  );
  chmodSync(join(clone, 'shim/npx'), 0o755);
  demo = shell(SHORT_DEMO);
  assert.equal(shell(`npx cryptorun demo-recording ${RECORDING}`).status, 0);
  replayed = shell(`npx cryptorun replay ${RECORDING}/frames`);
  rmSync(join(clone, RECORDING), { recursive: true });
});

after(async () => {
  if (scanner !== null && scanner.exitCode === null) {
    scanner.kill('SIGKILL');
    await once(scanner, 'close');
  }
  rmSync(clone, { recursive: true, force: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one line as typed in the clone. */
function shell(line: string): Outcome {
  return spawnSync('sh', ['-c', line], { cwd: clone, encoding: 'utf8', env: environment(), timeout: LIMIT_MS });
}

/** Nothing of this machine's settings. */
function environment(): Record<string, string | undefined> {
  const own = /^(?:CRYPTORUN_|NO_COLOR$|FORCE_COLOR$|CLICOLOR|COLUMNS$|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  const path = `${join(clone, 'shim')}${delimiter}${env['PATH']}`;
  return { ...env, PATH: path };
}

/**
 * Starts a scanner in a shell of its own, as the README says; returns when all its feeds are live. It ends with the tests.
 */
async function startScanner(line: string): Promise<void> {
  scanner = spawn('sh', ['-c', `exec ${line}`], { cwd: clone, env: environment(), stdio: 'ignore' });
  const endMs = Date.now() + LIMIT_MS;
  while (liveFeeds() < DEMO_VENUES.length) {
    assert.ok(scanner.exitCode === null && Date.now() < endMs, `${line}: it did not start`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function liveFeeds(): number {
  const path = join(clone, 'artifacts/state/status.json');
  if (!existsSync(path)) return 0;
  const { rows } = JSON.parse(readFileSync(path, 'utf8')) as StatusDocument;
  return rows.filter((row) => row.part === 'feed' && row.value === 'live').length;
}

test('the two commands for a newcomer: each sets up, then runs a script that exists', () => {
  const setUps = commands(README).filter(({ line }) => line.startsWith(SET_UP));
  assert.deepEqual(
    setUps.map(({ line }) => line.slice(SET_UP.length)),
    [DEMO, 'npm test'],
  );
  assert.ok(PACKAGE.scripts['demo'] && PACKAGE.scripts['test'] && PACKAGE.scripts['prepare']);
  assert.equal(demo.status, 0, demo.stderr);
});

test('the demo shows a fault and its recovery, the tables, where the files are, and that its record replays', () => {
  assert.match(demo.stdout, /kraken feed live -> connecting[\s\S]*kraken BTC\/USD book live again after disconnect/);
  assert.match(demo.stdout, /KEY PERFORMANCE INDICATORS[\s\S]*FEED HEALTH/);
  const [, digest] = /digest (sha256:[0-9a-f]{64})/.exec(demo.stderr) ?? [];
  assert.ok(digest !== undefined && demo.stdout.includes(digest));
  assert.match(demo.stderr, /^digest: equal$/m);
  const paths = [...demo.stderr.matchAll(/^ {2}(artifacts\/.*\.csv)$/gm)].map(([, path = '']) => path);
  assert.ok(paths.length === 5, demo.stderr);
  for (const path of paths) assert.ok(existsSync(join(clone, path)), path);
});

for (const [name, markdown] of [
  ['README.md', README],
  ['docs/replay.md', REPLAY],
] as const) {
  test(`every command of ${name} exits as it says`, async () => {
    const typed = commands(markdown).filter(({ line }) => !line.startsWith(SET_UP));
    assert.ok(typed.length > 5);
    for (const { line, exitCode } of typed) {
      if (AS_SCANNER.test(line)) {
        await startScanner(line);
        continue;
      }
      const { status, stderr } = shell(line);
      assert.equal(status, exitCode, `${line}\n${stderr}`);
      assert.doesNotMatch(stderr, /^\s+at /m, 'a stack trace');
    }
  });
}

/** What no two runs have alike. */
const CHANGING = /^.* messages in .* per second$/gm;

/** What the replay of the recording prints above the status. */
function replayTable({ stdout }: Outcome): string {
  const [from, to] = [stdout.indexOf('Replay of '), stdout.indexOf('\n=== ')];
  assert.ok(from >= 0 && from < to);
  return stdout.slice(from, to);
}

test('the pictures are what the demo shows, and what the replay prints', () => {
  const shown = blocks(README, 'text');
  const made = [demoScreen(ROOT), replayTable(replayed)];
  if (process.env['UPDATE_GOLDEN'] === '1') {
    const text = made.reduce((now, picture, index) => now.replace(shown[index]!, () => picture), README);
    writeFileSync(join(ROOT, 'README.md'), text);
    return;
  }
  assert.deepEqual(
    shown.map((picture) => picture.replace(CHANGING, '…')),
    made.map((picture) => picture.replace(CHANGING, '…')),
  );
});

test('the rows without data after the replay are those of the table', () => {
  const folder = /Written to: (.*)/.exec(replayed.stderr)![1]!;
  const rows = readFileSync(join(folder, 'status_snapshot.csv'), 'utf8')
    .split('\n')
    .map((line) => line.split(','));
  const found = rows.filter((row) => row[4] === 'NO DATA').map((row) => row[2]!);
  const section = README.split('## Rows without data')[1]!.split('\n## ')[0]!;
  const firstCells = [...section.matchAll(/^\| (`.*?) \|/gm)].map((match) => match[1]!);
  const listed = firstCells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
  assert.deepEqual(listed.sort(), found.sort());
});

test('the example of docs/digest.md hashes to what a replay of it says', () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const [frames = ''] = blocks(DIGEST, 'json');
  writeFileSync(join(clone, 'example.ndjson'), frames);
  const { status, stderr } = shell('npx cryptorun replay example.ndjson --out example');
  assert.equal(status, 0, stderr);
  const lines = readFileSync(join(clone, 'example/digest.ndjson'), 'utf8').trim().split('\n');
  const parsed = lines.map((line) => JSON.parse(line) as { sha256?: string; digest?: string });
  const hashes = parsed.map((line) => line.sha256 ?? line.digest!.slice('sha256:'.length));
  assert.deepEqual(blocks(DIGEST, 'text').map(sha256), hashes);
  for (const hash of hashes) assert.ok(DIGEST.includes(hash));
});
