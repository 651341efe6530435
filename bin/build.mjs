// Builds the command line into one file, so that it starts fast, V8's code cache beside it, and the thread that writes the
// history as a file of its own. Needs no dev dependency.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { compileSchemas } from './compile-schemas.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const nativeTarget = join(root, 'bin/libsql-target.cjs');

compileSchemas();
mkdirSync(join(root, 'dist'), { recursive: true });
// First, so that tests that look at the program's age find both new.
await put('src/shell/stores/history/history-worker.ts', 'dist/history-worker.cjs');
await put(
  'src/shell/cli/start.ts',
  'dist/cryptorun.cjs',
  {
    plugins: [standIns()],
    // A script that is run from V8's cache cannot load modules by import().
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__filename' },
  },
  // bin/cryptorun.js calls this function: it takes the place of Node's own CommonJS wrapper.
  {
    head: '(function(require,__filename){const module={exports:{}},exports=module.exports;',
    foot: 'return module.exports})',
  },
);
makeCache();

/** Written beside its place and then moved: a program that is started meanwhile finds the old one or the new one, never half. */
async function put(entry, outfile, options = {}, around = {}) {
  const target = 'node20.19';
  const [{ text }] = await bundle(
    {
      entryPoints: [join(root, entry)],
      outfile: join(root, outfile),
      target,
      format: 'cjs',
      legalComments: 'none',
      // The database engine is a native file for each platform, and few commands log: both stay where npm put them.
      external: ['@libsql/*', 'pino'],
      alias: { '@neon-rs/load': nativeTarget, 'detect-libc': nativeTarget },
      ...options,
    },
    { ...around, minify: true },
  );
  const draft = join(root, `${outfile}.${process.pid}.draft`);
  writeFileSync(draft, text);
  // A cache of another program than this one would be of no use.
  rmSync(join(root, 'dist/cryptorun.cache'), { force: true });
  renameSync(draft, join(root, outfile));
}

/** What a package loads at each start and never needs here: in its place, and in nobody else's, stands a file of ours. */
function standIns() {
  const inCommander = [/^node:child_process$/, /[\\/]node_modules[\\/]commander[\\/]/, 'lazy-child-process.cjs'];
  const inChalk = [/^#supports-color$/, /[\\/]node_modules[\\/]chalk[\\/]/, 'no-color-support.mjs'];
  return {
    name: 'stand-ins',
    setup(build) {
      for (const [filter, place, file] of [inCommander, inChalk]) {
        const path = join(root, 'bin', file);
        build.onResolve({ filter }, ({ importer }) => (place.test(importer) ? { path } : undefined));
      }
    },
  };
}

/** Runs what cron and scripts run most, so that what it compiles is in the cache. */
function makeCache() {
  const home = mkdtempSync(join(tmpdir(), 'cryptorun-build-'));
  const cache = join(root, `dist/.cryptorun-${process.pid}.cache`);
  const env = { ...process.env, CRYPTORUN_HOME: home, CRYPTORUN_CONFIG: join(root, 'config') };
  const made = spawnSync(process.execPath, [join(root, 'bin/make-cache.js'), cache], { env, stdio: 'ignore' });
  rmSync(home, { recursive: true, force: true });
  // Without a cache everything works, only slower.
  if (made.status === 0) renameSync(cache, join(root, 'dist/cryptorun.cache'));
}
