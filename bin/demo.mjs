// The newcomer's first run: makes a small recording with the project's own generator, and replays it.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'bin/cryptorun.js');
const folder = join(root, 'artifacts/demo');

/** Runs one command as a person would type it; stops the demo where it fails. */
function run(...args) {
  process.stderr.write(`\n$ npx cryptorun ${args.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [program, ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(folder, { recursive: true, force: true });
run('demo-recording', relative(root, folder));
run('replay', join(relative(root, folder), 'frames'));
