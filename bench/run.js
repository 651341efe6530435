/** `npm run bench`: installs the peers when they are missing, builds the bench, and runs it. Measures nothing itself. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from '../bin/bundle.mjs';

const BENCH = fileURLToPath(new URL('.', import.meta.url));
/** Inside node_modules: git does not see it, and the peers' names resolve from it. */
const OUT = fileURLToPath(new URL('node_modules/.cache/cryptorun-bench/', import.meta.url));
const PEERS = ['ccxt', 'tardis-dev'];
const INSTALL_LIMIT_MS = 300_000;

function installPeers() {
  const missing = PEERS.filter((name) => !existsSync(`${BENCH}node_modules/${name}/package.json`));
  if (missing.length === 0) return;
  process.stderr.write(
    `bench: installing ${missing.join(' and ')} to compare with (80 MB, into bench/node_modules) …\n`,
  );
  // stdout is for figures: npm has none. No install scripts: neither peer needs one.
  const { status } = spawnSync(
    'npm',
    [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--fetch-retry-mintimeout=1000',
      '--fetch-retry-maxtimeout=5000',
      '--silent',
    ],
    {
      cwd: BENCH,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: INSTALL_LIMIT_MS,
    },
  );
  if (status !== 0)
    process.stderr.write(
      'bench: that failed (`npm ci` in bench/ says why); their rows say `not installed`, the rest runs\n',
    );
}

async function buildBench() {
  mkdirSync(OUT, { recursive: true });
  const files = await bundle({
    entryPoints: ['main.ts', 'worker.ts'].map((name) => BENCH + name),
    outdir: OUT,
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  for (const { path, text } of files) writeFileSync(path, text);
}

installPeers();
await buildBench();
const { main } = await import(`${OUT}main.js`);
process.exitCode = await main(process.argv.slice(2), { root: fileURLToPath(new URL('..', import.meta.url)), out: OUT });
