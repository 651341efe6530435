// Runs the tests: `node test/run.js [filter…]`, a filter being part of a path. Finds files only; node:test does the rest.
// `FC_SEED=n` repeats the property tests of a run; with the `path` of a failure as `FC_PATH` and a filter, that failure alone.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const filters = process.argv.slice(2);

// `node --test` of Node 20 knows no globs, so the files are named one by one.
const tests = filesUnder(join(root, 'test'))
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => relative(root, path))
  .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
  .sort();
if (tests.length === 0) {
  process.stderr.write(`no test file under test/ has ${filters.join(' or ')} in its path\n`);
  process.exit(2);
}

// Printed first, so that a failure can be repeated whose own report was lost.
process.env['FC_SEED'] ??= String(randomInt(2 ** 31));
process.stdout.write(`FC_SEED=${process.env['FC_SEED']}\n`);

// The tests of the command line start the built program; an old one would be tested in place of the sources.
if (isStale()) run('bin/build.mjs');
run(
  '--import',
  'tsx',
  '--import',
  './test/support/seed.mjs',
  '--test',
  // Two at least: many tests mostly wait for a process that they started. More than four only fight for memory.
  `--test-concurrency=${Math.min(4, Math.max(2, availableParallelism()))}`,
  // A test that failed before it stopped what it had started would keep its file, and the whole run, from ever ending.
  `--test-timeout=${20 * 60_000}`,
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  ...tests,
);

/** Runs node with these arguments in the project's folder; ends with its exit code unless that is 0. */
function run(...args) {
  const { status, signal } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}

function isStale() {
  const built = join(root, 'dist/cryptorun.cjs');
  if (!existsSync(built)) return true;
  const builtMs = statSync(built).mtimeMs;
  const sources = ['src', 'bin', 'config/schema'].flatMap((folder) => filesUnder(join(root, folder)));
  return sources.some((path) => !path.includes('.generated.') && statSync(path).mtimeMs > builtMs);
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
