/** Days on which nothing works but the kill switch: the real commands against a real running scanner. */

import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ExitCode } from '../../src/shell/errors.ts';
import { type BadDay, CONFIG_BROKEN, DATABASE_LOCKED, DISK_FULL, STATE_CORRUPT } from './support/bad-day.ts';
import { assertNoTrace, assertRefused, linesOf, type Ran } from './support/cryptorun.ts';
import { RunningScanner, until } from './support/running-scanner.ts';

/** What `switch off` says and returns on each; the codes are those of docs/exit-codes.md. */
const DAYS: readonly (readonly [day: BadDay, code: ExitCode, message: RegExp])[] = [
  [DATABASE_LOCKED, 6, /^cannot change .*control\.db: another process holds it/],
  [DISK_FULL, 1, /^cannot \w+ .*control\.db: .*(?:full|disk)/i],
  [CONFIG_BROKEN, 2, /^config\/ops\.yaml:/],
  [STATE_CORRUPT, 3, /^cannot use .*control\.db: .*state doctor/],
];
const REFUSAL_LIMIT_MS = 1000;
const SWITCH = 'provider.kraken.rest';

for (const [day, code, message] of DAYS) {
  test(`${day.name}: switch off is refused within a second, activate and touch work`, async (t) => {
    const scanner = await scannerOf(day, t);
    if (scanner === null) return;
    const undo = await day.befall(scanner.home);
    const [before, revision] = [storedBytes(scanner), scanner.beat!.revisionSeen];

    const refused = refusedInTime(scanner);
    assertRefused(refused, code, message);
    assert.match(refused.stderr, /nothing was changed; to stop everything all the same: cryptorun killswitch activate/);
    assert.deepEqual(storedBytes(scanner), before);
    assert.equal(scanner.beat!.revisionSeen, revision);

    const paused = scanner.run('killswitch', 'activate', '--level', 'pause', '--reason', 'bad day');
    assert.equal(paused.code, 0, paused.stderr);
    assert.match(paused.stdout, /^ENGAGED the kill switch at pause, by .+: bad day\n$/);
    assert.match(paused.stderr, /^the scanner pid \d+ \(frames\) has confirmed it/m);
    assertNoTrace(paused);
    assert.equal(scanner.beat!.killLevel, 'pause');

    undo?.();
    if (undo !== null) await assertOnlyTheStopIsOnRecord(scanner);
    await scanner.end();
  });

  test(`${day.name}: touching KILL is enough`, async (t) => {
    const scanner = await scannerOf(day, t);
    if (scanner === null) return;
    const undo = await day.befall(scanner.home);
    closeSync(openSync(join(scanner.stateDir, 'KILL'), 'a'));
    await scanner.untilBeat('the touched file is obeyed', ({ killLevel }) => killLevel === 'kill');
    undo?.();
    const ended = await scanner.end();
    assert.equal(ended.code, 9, ended.stderr);
    assert.match(ended.stderr, /^kill switch: engaged at kill: KILL file touched$/m);
  });
}

/** Ready, so that it writes nothing of its own into the audit while the test looks; with one change made in good times. */
async function scannerOf(day: BadDay, t: TestContext): Promise<RunningScanner | null> {
  const home = day.home();
  if (home.path === null) {
    t.skip(`NOT TESTED: ${home.why}`);
    return null;
  }
  const scanner = await RunningScanner.ready({ home: home.path, speed: 4 });
  assert.equal(scanner.run('switch', 'off', 'publish', '--reason', 'before', '--wait').code, 0);
  return scanner;
}

/** The whole machine may be busy with other tests: one of three tries must be in time, as the program alone would be. */
function refusedInTime(scanner: RunningScanner): Ran {
  const took: number[] = [];
  for (let i = 0; i < 3; i++) {
    const startMs = performance.now();
    const ran = scanner.run('switch', 'off', SWITCH, '--reason', 'bad fills');
    took.push(performance.now() - startMs);
    if (took.at(-1)! < REFUSAL_LIMIT_MS) return ran;
  }
  assert.fail(`refused too late each time: ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`);
}

function storedBytes({ stateDir }: RunningScanner): Buffer[] {
  return ['control.db', 'audit.ndjson', 'KILL.reserve'].map((name) => readFileSync(join(stateDir, name)));
}

/** The scanner or the next command writes the engagement down, with its own time; the refused change is nowhere. */
async function assertOnlyTheStopIsOnRecord(scanner: RunningScanner): Promise<void> {
  assert.equal(scanner.run('switch', 'get', SWITCH).stdout, 'on\n');
  const newest = await until('the engagement is on record', () => {
    const record = JSON.parse(linesOf(join(scanner.stateDir, 'audit.ndjson')).at(-1)!);
    return record.action === 'engage_kill_switch' ? record : null;
  });
  assert.equal(newest.reason, 'bad day');
  assert.equal(newest.to.level, 'pause');
  assert.ok(!linesOf(join(scanner.stateDir, 'audit.ndjson')).some((line) => line.includes(SWITCH)));
  const verified = scanner.run('audit', 'verify');
  assert.equal(verified.code, 0, verified.stdout);
}
