/** Node 20, 22 and 24 come to the same digest and files: nothing depends on the engine's own arithmetic, order or zlib. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { tempFolder } from '../cli/support/cryptorun.ts';
import { filesOf, INPUTS, journalOf, type RunFiles } from './support.ts';

const MAJORS = [20, 22, 24];
/** npm's `node` package is 30 to 50 MB compressed. */
const INSTALL_LIMIT_MS = 180_000;
const ownMajor = Number(process.versions.node.split('.')[0]);

const baselines = new Map<string, RunFiles>();
const journals = new Map<string, string>();

describe('Node versions', () => {
  for (const major of MAJORS.filter((one) => one !== ownMajor)) {
    test(`Node ${major} equals Node ${ownMajor}`, (t) => {
      const node = installNode(major);
      if (typeof node !== 'string') {
        // Where it must run, not being able to is a failure.
        assert.equal(process.env['CI'], undefined, node.reason);
        t.skip(node.reason);
        return;
      }
      for (const { name, skip, paths } of INPUTS) {
        if (skip !== false) continue;
        const baseline = remembered(baselines, name, () => filesOf(paths()));
        assert.deepEqual(filesOf(paths(), { node }), baseline, name);
        const journal = remembered(journals, name, () => journalOf(paths()));
        assert.deepEqual(filesOf([journal], { node }), baseline, `the journal of ${name}`);
      }
    });
  }
});

function remembered<T>(known: Map<string, T>, name: string, make: () => T): T {
  const value = known.get(name) ?? make();
  known.set(name, value);
  return value;
}

/** The path of that Node from npm's `node` package, in a folder that goes away; or why there is none. */
function installNode(major: number): string | { readonly reason: string } {
  const folder = tempFolder();
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `node@${major}`];
  const ran = spawnSync('npm', args, { cwd: folder, encoding: 'utf8', timeout: INSTALL_LIMIT_MS });
  const node = join(folder, 'node_modules/node/bin/node');
  // An npm that runs no install scripts leaves the package without its binary; its own script fetches it.
  if (ran.status === 0 && !existsSync(node)) {
    const script = join(folder, 'node_modules/node/installArchSpecificPackage.js');
    spawnSync(process.execPath, [script], { cwd: join(folder, 'node_modules/node'), timeout: INSTALL_LIMIT_MS });
  }
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (version.stdout?.startsWith(`v${major}.`)) return node;
  return {
    reason: `npm could not install node@${major}: ${(ran.stderr ?? '').split('\n').at(-2) ?? ran.error?.message}`,
  };
}
