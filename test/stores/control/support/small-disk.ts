/** A real small disk (tmpfs) that a test can fill. Needs to be allowed to mount; says so where it is not. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'cryptorun-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', dir], { stdio: 'ignore' });
    execFileSync('umount', [dir]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** For a test's `skip`: false, or why it cannot run here. */
export const noSmallDisk: string | false = canMount() ? false : 'may not mount a tmpfs here';

/** A folder on a disk of its own. */
export function smallDisk(t: TestContext, kib: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'cryptorun-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0700`, 'tmpfs', dir]);
  t.after(() => {
    // Lazily: SQLite keeps its files open until they are garbage.
    execFileSync('umount', ['-l', dir]);
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}

/** Leaves not one byte free. */
export function fillDisk(dir: string): void {
  for (const bytes of [65_536, 4096, 1]) {
    try {
      for (;;) writeFileSync(join(dir, 'fill'), Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      // No room for so many.
    }
  }
}
