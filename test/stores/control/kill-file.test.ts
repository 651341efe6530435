/** The kill switch as a file, on good days and bad ones. */

import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { KILL_LEVELS, type KillLevel } from '../../../src/core/ops/ops-config.ts';
import { clear, type Engagement, engage, prepareReserve } from '../../../src/shell/stores/control/kill-file.ts';
import { KillFileWatch, readKillFile } from '../../../src/shell/stores/control/kill-file-state.ts';
import { madeStateFolder, NOW_MS, stateFolder } from './support/control-state.ts';
import { fillDisk, noSmallDisk, smallDisk } from './support/small-disk.ts';

const isRoot = process.getuid?.() === 0;

function engagementOf(level: KillLevel, more: Partial<Engagement> = {}): Engagement {
  return { level, reason: `${level} it`, operator: 'ana', source: 'command', timeMs: NOW_MS, ...more };
}

/** What an operator sees of the state, without the stamp. */
function seen(dir: string): unknown {
  const { stamp: _, ...rest } = { stamp: null, ...readKillFile(dir) };
  return rest;
}

const ENGAGED = (level: KillLevel) => ({
  kind: 'engaged',
  level,
  reason: `${level} it`,
  operator: 'ana',
  source: 'command',
  engagedAtMs: NOW_MS,
});

test('engaging turns the reserve into KILL and leaves nothing else behind', (t) => {
  const dir = madeStateFolder(t);
  prepareReserve(dir);
  const { ino } = statSync(join(dir, 'KILL.reserve'));
  assert.deepEqual(seen(dir), { kind: 'absent' });
  assert.equal(engage(dir, engagementOf('drain')).kind, 'engaged');
  assert.deepEqual(seen(dir), ENGAGED('drain'));
  assert.deepEqual(readdirSync(dir), ['KILL']);
  const kill = statSync(join(dir, 'KILL'));
  assert.deepEqual([kill.ino, kill.size, kill.mode & 0o777], [ino, 4096, 0o600]);
  assert.match(readFileSync(join(dir, 'KILL'), 'utf8'), /^\{"level":"drain","reason":"drain it",.*\}\n +\n$/);
});

test('engaging needs no reserve and no folder', (t) => {
  const dir = stateFolder(t);
  assert.equal(engage(dir, engagementOf('kill')).kind, 'engaged');
  assert.deepEqual(seen(dir), ENGAGED('kill'));
  assert.equal(statSync(dir).mode & 0o777, 0o700);
});

test('a harsher level replaces, a milder or equal one never does', (t) => {
  for (const [standing, asked, stands] of [
    ['pause', 'drain', 'drain'],
    ['pause', 'kill', 'kill'],
    ['drain', 'kill', 'kill'],
    ['drain', 'pause', 'drain'],
    ['kill', 'pause', 'kill'],
    ['kill', 'drain', 'kill'],
    ['drain', 'drain', 'drain'],
  ] as const) {
    const dir = madeStateFolder(t);
    engage(dir, engagementOf(standing));
    const outcome = engage(dir, engagementOf(asked, { operator: stands === standing ? 'bob' : 'ana' }));
    assert.equal(outcome.kind, stands === standing ? 'already' : 'engaged', `${standing}, then ${asked}`);
    assert.deepEqual(seen(dir), ENGAGED(stands));
    assert.deepEqual(readdirSync(dir), ['KILL']);
  }
});

test('touch is enough, and says what it is', (t) => {
  const dir = madeStateFolder(t);
  execFileSync('touch', [join(dir, 'KILL')]);
  const { mtimeMs, uid } = statSync(join(dir, 'KILL'));
  const touched = { level: 'kill', reason: 'KILL file touched', operator: `uid ${uid}`, source: 'file' };
  assert.deepEqual(seen(dir), { kind: 'engaged', ...touched, engagedAtMs: mtimeMs });
  assert.equal(engage(dir, engagementOf('kill')).kind, 'already');
});

test('the reserve renamed by hand is as good as touch', (t) => {
  const dir = madeStateFolder(t);
  prepareReserve(dir);
  renameSync(join(dir, 'KILL.reserve'), join(dir, 'KILL'));
  const state = readKillFile(dir);
  assert.equal(state.kind === 'engaged' && `${state.level}: ${state.reason}`, 'kill: KILL file touched');
});

test('whatever else stands there counts, and is never opened where that could block', (t) => {
  const make: Readonly<Record<string, (path: string) => void>> = {
    'holds no engagement': (path) => writeFileSync(path, '{"level":"pause"}'),
    'holds no engagement of ours': (path) => writeFileSync(path, 'please stop'),
    'is not a plain file': (path) => mkdirSync(path),
    'not a plain file': (path) => symlinkSync('nowhere', path),
    'a plain file': (path) => execFileSync('mkfifo', [path]),
    'has 70000 bytes': (path) => writeFileSync(path, ' '.repeat(70_000)),
  };
  for (const [reason, place] of Object.entries(make)) {
    const dir = madeStateFolder(t);
    place(join(dir, 'KILL'));
    const state = readKillFile(dir);
    assert.equal(state.kind, 'unreadable');
    assert.ok(state.kind === 'unreadable' && state.reason.includes(reason), JSON.stringify(state));
    assert.equal(engage(dir, engagementOf('kill')).kind, 'already');
  }
});

test('property: no content of KILL reads as released, or as milder than it says', (t) => {
  const dir = madeStateFolder(t);
  engage(dir, engagementOf('pause'));
  const whole = readFileSync(join(dir, 'KILL'));
  const damaged = fc
    .tuple(fc.nat(whole.length), fc.uint8Array({ minLength: 1, maxLength: 40 }))
    .map(([at, bytes]) => Buffer.concat([whole.subarray(0, at), bytes]));
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 5000 })), (bytes) => {
      writeFileSync(join(dir, 'KILL'), bytes);
      const state = readKillFile(dir);
      assert.notEqual(state.kind, 'absent');
      if (state.kind === 'engaged' && state.level !== 'kill') assert.equal(state.level, 'pause');
    }),
    { numRuns: 300 },
  );
});

test('texts of any length and kind fit, and stay readable', (t) => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 900 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      (a, b) => {
        const dir = madeStateFolder(t);
        engage(dir, engagementOf('drain', { reason: `r${a}`, operator: `o${b}` }));
        const state = readKillFile(dir);
        assert.equal(state.kind === 'engaged' && state.level, 'drain');
        assert.equal(statSync(join(dir, 'KILL')).size, 4096);
      },
    ),
    { numRuns: 50, examples: [['\0'.repeat(899), '\0'.repeat(299)]] },
  );
});

test('a watch reads again only what changed, and every change', (t) => {
  const dir = madeStateFolder(t);
  const watch = new KillFileWatch(dir);
  assert.equal(watch.read().kind, 'absent');
  engage(dir, engagementOf('pause'));
  const paused = watch.read();
  assert.equal(paused.kind === 'engaged' && paused.level, 'pause');
  assert.equal(watch.read(), paused, 'the very same object');
  engage(dir, engagementOf('kill'));
  const killed = watch.read();
  assert.equal(killed.kind === 'engaged' && killed.level, 'kill');
  truncateSync(join(dir, 'KILL'));
  assert.notEqual(watch.read(), killed);
  unlinkSync(join(dir, 'KILL'));
  assert.equal(watch.read().kind, 'absent');
});

test('clearing removes KILL and leaves a fresh reserve', (t) => {
  const dir = madeStateFolder(t);
  prepareReserve(dir);
  engage(dir, engagementOf('kill'));
  clear(dir, readKillFile(dir));
  assert.deepEqual(readdirSync(dir), ['KILL.reserve']);
  assert.match(readFileSync(join(dir, 'KILL.reserve'), 'utf8'), /^ {4096}$/);
  clear(dir, { kind: 'absent' });
  truncateSync(join(dir, 'KILL.reserve'));
  prepareReserve(dir);
  assert.equal(statSync(join(dir, 'KILL.reserve')).size, 4096, 'a reserve without space reserves nothing');
});

test('what was engaged after the release was decided stays engaged', (t) => {
  const dir = madeStateFolder(t);
  engage(dir, engagementOf('pause'));
  const judged = readKillFile(dir);
  engage(dir, engagementOf('kill'));
  assert.throws(() => clear(dir, judged), { code: 'precondition_failed', message: /engaged anew/ });
  assert.deepEqual(seen(dir), ENGAGED('kill'));
  // Touched again is engaged again, too.
  const again = readKillFile(dir);
  utimesSync(join(dir, 'KILL'), new Date(), new Date());
  assert.throws(() => clear(dir, again), { code: 'precondition_failed' });
  assert.deepEqual(readdirSync(dir).sort(), ['KILL', 'KILL.reserve']);
});

test('a reserve that cannot be written: an empty KILL is made, and says why', (t) => {
  const dir = madeStateFolder(t);
  mkdirSync(join(dir, 'KILL.reserve'));
  const outcome = engage(dir, engagementOf('pause'));
  assert.equal(outcome.kind, 'bare');
  assert.match(outcome.kind === 'bare' ? outcome.cause : '', /EISDIR/);
  const state = readKillFile(dir);
  assert.equal(state.kind === 'engaged' && state.level, 'kill', 'harsher than asked, never milder');
});

test('full disk: the reserve works, without it an empty KILL does', { skip: noSmallDisk }, (t) => {
  const dir = smallDisk(t, 64);
  prepareReserve(dir);
  fillDisk(dir);
  assert.throws(() => writeFileSync(join(dir, 'probe'), 'x'), { code: 'ENOSPC' });
  rmSync(join(dir, 'probe'), { force: true });
  assert.equal(engage(dir, engagementOf('pause')).kind, 'engaged');
  assert.deepEqual(seen(dir), ENGAGED('pause'));
  const harsher = engage(dir, engagementOf('kill'));
  assert.equal(harsher.kind, 'bare');
  assert.match(harsher.kind === 'bare' ? harsher.cause : '', /ENOSPC/);
  const state = readKillFile(dir);
  assert.equal(state.kind === 'engaged' && state.level, 'kill');
  fillDisk(dir);
  assert.throws(() => clear(dir, state), { code: 'disk_full' });
  assert.equal(readKillFile(dir).kind, 'engaged', 'released is only what can be engaged again');
});

test('files of another owner: one message that says whose, and what to do', {
  skip: isRoot ? false : 'not root',
}, (t) => {
  const dir = madeStateFolder(t);
  chmodSync(dirname(dir), 0o755);
  chownSync(dir, 65_534, 65_534);
  const script = fileURLToPath(new URL('./support/engage-as.ts', import.meta.url));
  // tsx compiles into a cache that the other user cannot write: it needs a home of its own.
  const env = { ...process.env, TSX_DISABLE_CACHE: '1' };
  const said = execFileSync(process.execPath, ['--import', 'tsx', script, dir, '65533'], { encoding: 'utf8', env });
  assert.match(
    said,
    /^permission_denied: cannot make \S+KILL: EACCES.*NOT engaged: run this as the user .*\(\S+ belongs to uid 65534\).* SIGUSR2\n$/,
  );
  assert.equal(existsSync(join(dir, 'KILL')), false);
});

test('many at once, of all levels: one KILL stands, of the harshest level', async (t) => {
  const script = fileURLToPath(new URL('./support/engage-on-message.ts', import.meta.url));
  const children = Array.from({ length: 3 }, () => fork(script, { execArgv: ['--import', 'tsx'] }));
  t.after(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  await Promise.all(children.map((child) => once(child, 'message')));
  for (let round = 0; round < 40; round++) {
    const dir = madeStateFolder(t);
    prepareReserve(dir);
    const told = children.map((child) => once(child, 'message'));
    children.forEach((child, i) => {
      child.send({ dir, level: round % 2 === 0 ? KILL_LEVELS[i] : i === 0 ? 'kill' : 'pause' });
    });
    const kinds = (await Promise.all(told)).map(([kind]) => kind);
    assert.ok(kinds.includes('engaged'), `${kinds}`);
    const state = readKillFile(dir);
    assert.equal(state.kind === 'engaged' && state.level, 'kill', `round ${round}`);
    assert.deepEqual(
      readdirSync(dir).filter((name) => name.includes('claim')),
      [],
    );
  }
});
