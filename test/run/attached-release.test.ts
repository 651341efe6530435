/** Releasing a scanner that runs, on the configuration as it is shipped: who may, what must hold, and what is said otherwise. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { ReplayDocument } from '../../src/shell/run/replay-summary.ts';
import { assertRefused, linesOf, type Ran, replayJson } from '../cli/support/cryptorun.ts';
import { RunningScanner, until } from '../cli/support/running-scanner.ts';

const ALL_CHECKS = 8;
/** Of the eight, those that ask the scanner; its clock is compared with the venues'. */
const SCANNER_CHECKS = ['health_grade', 'p1_alerts', 'data_fresh', 'guards', 'clock'];

let scanner: RunningScanner;
let admin: string;

before(async () => {
  // Slow enough that the triggers, which arm a minute after readiness, have no part in this.
  scanner = await RunningScanner.ready({ speed: 3, args: ['--json', '--record', 'journal'] });
  admin = tokenOf('admin', '1h');
  assert.equal(scanner.run('killswitch', 'activate', '--level', 'pause', '--reason', 'look').code, 0);
});

test('refused without an admin’s token that is good now, whatever the checks say', async () => {
  const viewer = tokenOf('viewer', '1h', admin);
  const operator = tokenOf('operator', '1h', admin);
  const revoked = tokenOf('admin', '1h', admin);
  const id = JSON.parse(scanner.run('token', 'list', '-o', 'json').stdout).tokens.at(-1).id;
  assert.equal(scanner.run('token', 'revoke', id, '--reason', 'lost', '--token', admin).code, 0);
  const expired = tokenOf('admin', '1s', admin);
  await until('the token has expired', () => /expired/.test(scanner.run('token', 'list').stdout));
  const refusal = /^refused: kill switch: releasing the kill switch needs the role admin: /;
  for (const [token, why] of [
    [null, /no token came/],
    ['x'.repeat(40), /unknown|no such|not known/],
    [viewer, /viewer/],
    [operator, /operator/],
    [expired, /expired/],
    [revoked, /revoked/],
  ] as const) {
    const refused = release(token);
    assertRefused(refused, 4, refusal);
    assert.match(refused.stderr, why);
  }
  assert.equal(scanner.beat!.killLevel, 'pause');
  const attempts = linesOf(join(scanner.stateDir, 'audit.ndjson')).map((line) => JSON.parse(line));
  const refusals = attempts.filter(({ action, result }) => action === 'release_kill_switch' && result === 'refused');
  assert.equal(refusals.length, 6, 'each attempt is on record');
});

test('refused with every failing check named: a scanner that hangs, and an export that was tampered with', async () => {
  const path = join(scanner.stateDir, 'audit.ndjson');
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, whole.replace('"look"', '"lock"'));
  scanner.signal('SIGSTOP');
  await until('its heartbeat is old', () => failedChecks().length > 1);
  const refused = release(admin);
  scanner.signal('SIGCONT');
  assertRefused(refused, 5, /^refused: kill switch: /);
  const named = [...refused.stderr.matchAll(/^\W*(?:refused: kill switch: )?check (\w+) failed: \S/gm)].map(
    ([, name]) => name,
  );
  assert.deepEqual(named, [...SCANNER_CHECKS, 'audit_chain']);

  const both = release(null);
  assert.equal(both.code, 4);
  assert.match(both.stderr, /no token came[\s\S]*check audit_chain failed/, 'what is missing is told at once');
  // What the refusals appended stands behind the line that is put right again.
  writeFileSync(path, readFileSync(path, 'utf8').replace('"lock"', '"look"'));
  assert.equal(scanner.beat!.killLevel, 'pause');
});

test('released when all checks pass, and the scanner goes on', async () => {
  await until('all checks pass again', () => failedChecks().length === 0);
  const released = release(admin);
  assert.equal(released.code, 0, released.stderr);
  assert.equal(released.stdout, `released the kill switch; ${ALL_CHECKS} checks passed\n`);
  assert.match(released.stderr, /the scanner pid \d+ \(frames\) has confirmed it/);
  assert.equal(scanner.beat!.killLevel, null);
  await scanner.untilSaid(/^kill switch: released \(was pause\)$/m);
  const { code } = scanner.run('audit', 'verify');
  assert.equal(code, 0);
});

test('stopped in the middle, its journal replays to the same digest, refusals and release included', async () => {
  const ended = await scanner.end();
  assert.equal(ended.code, 143, ended.stderr);
  const { digest } = JSON.parse(ended.stdout) as ReplayDocument;
  assert.equal(replayJson([join(scanner.home, 'journal')]).digest, digest);
  const commands = scanner.run('journal', 'cat', 'journal', '--kind', 'command').stdout;
  assert.match(commands, /"revision":/);
  assert.ok(!commands.includes(admin) && !commands.includes('"tokens"'), 'tokens stay out of it');
});

function release(token: string | null): Ran {
  const given = token === null ? [] : ['--token', token];
  return scanner.run('killswitch', 'deactivate', '--reason', 'sane again', '--confirm', 'release', ...given);
}

function tokenOf(role: string, ttl: string, by?: string): string {
  const given = by === undefined ? [] : ['--token', by];
  const made = scanner.run('token', 'create', '--role', role, '--ttl', ttl, '--reason', 'test', ...given);
  assert.equal(made.code, 0, made.stderr);
  return made.stdout.trim();
}

function failedChecks(): string[] {
  const { checks } = JSON.parse(scanner.run('killswitch', 'check', '-o', 'json').stdout);
  return checks.filter((check: { passed: boolean }) => !check.passed).map((check: { name: string }) => check.name);
}
