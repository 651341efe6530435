/** The days on which the state folder of a running scanner is not what it should be: each made for real, and undone again. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { systemCodeOf } from '../../../src/shell/stores/atomic-file.ts';
import { tempFolder } from './cryptorun.ts';
import { PACKAGE_ROOT } from './world.ts';

export interface BadDay {
  readonly name: string;
  /** Where the scanner lives; null: this machine cannot have such a day, because of `why`. */
  home(): { readonly path: string } | { readonly path: null; readonly why: string };
  /** Makes it bad for the scanner of this home that runs already. @returns what undoes it; null: nothing can */
  befall(home: string): Promise<(() => void) | null>;
}

const HOLD_LOCK = `
  const db = new (require('libsql'))(process.argv[1]);
  db.exec('BEGIN IMMEDIATE');
  console.log('locked');
  setInterval(() => db, 1000);
`;

export const DATABASE_LOCKED: BadDay = {
  name: 'control.db locked by another writer',
  home: () => ({ path: tempFolder() }),
  async befall(home) {
    // A process of its own: this one may not even look at the file without losing its locks.
    const holder = spawn(process.execPath, ['-e', HOLD_LOCK, join(home, 'artifacts/state/control.db')], {
      cwd: PACKAGE_ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout!, 'data');
    holders.push(holder);
    return () => holder.kill('SIGKILL');
  },
};

export const DISK_FULL: BadDay = {
  name: 'disk full',
  home: mountedFolder,
  async befall(home) {
    const filler = join(home, 'filler');
    const file = openSync(filler, 'w');
    // By blocks, then by bytes: not even a short line is to fit.
    for (const bytes of [65_536, 4096, 1]) fill(file, Buffer.alloc(bytes));
    closeSync(file);
    return () => rmSync(filler, { force: true });
  },
};

export const CONFIG_BROKEN: BadDay = {
  name: 'config broken',
  home: () => ({ path: tempFolder() }),
  async befall(home) {
    mkdirSync(join(home, 'config'));
    writeFileSync(join(home, 'config/ops.yaml'), 'kill_switch: [\n\t\0garbage');
    return () => rmSync(join(home, 'config'), { recursive: true, force: true });
  },
};

export const STATE_CORRUPT: BadDay = {
  name: 'control.db overwritten by garbage',
  home: () => ({ path: tempFolder() }),
  async befall(home) {
    for (const name of ['control.db', 'control.db-wal'])
      writeFileSync(join(home, 'artifacts/state', name), 'no such thing '.repeat(5000));
    return null;
  },
};

/** A file system of its own, small enough to be filled: a tmpfs, where we may mount one. */
function mountedFolder(): ReturnType<BadDay['home']> {
  const path = mkdtempSync(join(tmpdir(), 'cryptorun-full-'));
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', path]);
  if (status !== 0) {
    rmSync(path, { recursive: true });
    return { path: null, why: `no tmpfs can be mounted: ${error?.message ?? String(stderr).trim()}` };
  }
  mounted.push(path);
  return { path };
}

function fill(file: number, bytes: Uint8Array): void {
  try {
    while (writeSync(file, bytes) > 0);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOSPC') throw error;
  }
}

const holders: ChildProcess[] = [];
const mounted: string[] = [];
after(() => {
  for (const holder of holders) holder.kill('SIGKILL');
  // Lazily: a scanner that is just ending may still be in it.
  for (const path of mounted) {
    spawnSync('umount', ['-l', path]);
    rmSync(path, { recursive: true });
  }
});
