// The newcomer's first run: about a minute of simulated exchanges on a fast clock, recorded, then replayed to the same digest.
// Options of `cryptorun scan` may follow, such as `npm run demo -- --no-screen --duration 5m`.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'bin/cryptorun.js');
const folder = 'artifacts/demo';
const journal = join(folder, 'journal');
// 54 s at the demo's 20x.
const DURATION = ['--duration', '18m'];
// The demo is of this folder, whatever else the shell is set up for.
const { CRYPTORUN_CONFIG: _, ...env } = { ...process.env, CRYPTORUN_HOME: root };

/** Runs one command as a person would type it; stops the demo where it fails. */
function run(...args) {
  process.stderr.write(`\n$ npx cryptorun ${args.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Where the scan left its files. */
function sessionFolder() {
  const session = readdirSync(join(root, folder)).find((name) => name.startsWith('demo-'));
  return join(folder, session);
}

/** What the run came to: the last line of its digest. */
function digestIn(path) {
  const lines = readFileSync(join(root, path), 'utf8').trimEnd().split('\n');
  return JSON.parse(lines.at(-1)).digest;
}

// Ctrl-C is the scan's to answer; by its exit code the demo ends too.
process.on('SIGINT', () => {});
const more = process.argv.slice(2);
rmSync(join(root, folder), { recursive: true, force: true });
run('scan', '--demo', ...(more.includes('--duration') ? [] : DURATION), '--record', journal, ...more);

const session = sessionFolder();
const digestFile = join(session, 'digest.ndjson');
run('replay', journal, '--verify', digestFile);
const files = readdirSync(join(root, session)).filter((name) => name.endsWith('.csv') || name.startsWith('alerts.'));
const paths = [...files.map((name) => join(session, name)), 'artifacts/ops/status_snapshot.csv'];
process.stderr.write(`\nThe replay came to what the live run had come to: ${digestIn(digestFile)}\n`);
process.stderr.write(`Files of the live run:\n${paths.map((path) => `  ${path}\n`).join('')}`);
