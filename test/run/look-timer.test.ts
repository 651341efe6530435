/** When a scanner looks at its state folder: as soon as an operator acts there, and every so often in any case. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LookTimer } from '../../src/shell/run/attached/look-timer.ts';

const NEVER_MS = 3_600_000;
const LIMIT_MS = 20_000;

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'cryptorun-look-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves with what is there at the first look. */
function firstLook(t: TestContext, dir: string, pollMs: number, restMs: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('nobody looked')), LIMIT_MS);
    const look = (): void => {
      clearTimeout(late);
      resolve(['heartbeat', 'KILL', 'control.db-wal'].filter((name) => existsSync(join(dir, name))));
    };
    const looks = new LookTimer({ stateDir: dir, pollMs, restMs, look });
    t.after(() => looks.stop());
  });
}

const onLinux = { skip: process.platform === 'linux' ? false : 'only Linux tells of writes in a folder' };

for (const name of ['KILL', 'control.db-wal']) {
  test(`a write to ${name} is looked at when it happens, one to the heartbeat is not`, onLinux, async (t) => {
    const dir = folder(t);
    const seen = firstLook(t, dir, 25, NEVER_MS);
    writeFileSync(join(dir, 'heartbeat'), 'beat');
    writeFileSync(join(dir, name), '');
    assert.deepEqual(await seen, ['heartbeat', name]);
  });
}

test('after a sign it looks again and again: what was written may not be readable yet', onLinux, async (t) => {
  const dir = folder(t);
  let looks = 0;
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`looked ${looks} times`)), LIMIT_MS);
    const look = (): void => {
      looks += 1;
      if (looks < 5) return;
      clearTimeout(late);
      resolve();
    };
    const timer = new LookTimer({ stateDir: dir, pollMs: 5, restMs: NEVER_MS, look });
    t.after(() => timer.stop());
    writeFileSync(join(dir, 'control.db'), '');
  });
});

/** How often it looks after `act`: at least once, and whatever follows in 300 ms. */
async function looksAfter(t: TestContext, act: (timer: LookTimer, dir: string) => void): Promise<number> {
  const dir = folder(t);
  let looks = 0;
  const look = (): void => {
    looks += 1;
  };
  // It is told at once of what was written, on this clock; on a busy machine that may take a while.
  const timer = new LookTimer({ stateDir: dir, pollMs: 10, restMs: NEVER_MS, look, nowMs: () => 0 });
  t.after(() => timer.stop());
  act(timer, dir);
  for (let waited = 0; looks === 0 && waited < LIMIT_MS; waited += 10) await pause(10);
  await pause(300);
  return looks;
}

test('asked to look soon, it looks once, however often it is asked', onLinux, async (t) => {
  const looks = await looksAfter(t, (timer) => {
    timer.soon();
    timer.soon();
  });
  assert.equal(looks, 1);
});

test('the own commit of a scanner is worth two looks: somebody else may have written with it', onLinux, async (t) => {
  const looks = await looksAfter(t, (timer, dir) => {
    timer.noteOwnWrite();
    writeFileSync(join(dir, 'control.db-wal'), 'a commit');
  });
  assert.equal(looks, 2);
});

test('a stop is looked at as ever, whatever the scanner has just committed', onLinux, async (t) => {
  const looks = await looksAfter(t, (timer, dir) => {
    timer.noteOwnWrite();
    writeFileSync(join(dir, 'KILL'), '');
  });
  assert.ok(looks > 3, `it looked ${looks} times`);
});

test('what the system forgets to tell is seen at the next look', async (t) => {
  const dir = folder(t);
  const seen = firstLook(t, dir, 5, 20);
  assert.deepEqual(await seen, []);
});

test('where nobody tells, it polls', async (t) => {
  const dir = join(folder(t), 'not-there');
  assert.deepEqual(await firstLook(t, dir, 5, NEVER_MS), []);
});

test('a folder that was moved tells of nothing more, so it polls what is there now', onLinux, async (t) => {
  const dir = join(folder(t), 'state');
  mkdirSync(dir);
  const seen = firstLook(t, dir, 5, NEVER_MS);
  renameSync(dir, `${dir}.old`);
  mkdirSync(dir);
  writeFileSync(join(dir, 'KILL'), '');
  assert.deepEqual(await seen, ['KILL']);
});

test('where writes may come from elsewhere without a word, it polls', onLinux, async (t) => {
  // As of the kernel itself: nobody is told of a process that comes or goes.
  const looks = new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('nobody looked')), LIMIT_MS);
    const look = (): void => {
      clearTimeout(late);
      resolve();
    };
    const timer = new LookTimer({ stateDir: '/proc', pollMs: 5, restMs: NEVER_MS, look });
    t.after(() => timer.stop());
  });
  await looks;
});
