/**
 * Follows each runbook from top to bottom, as an operator would: every line of its shell blocks, in a home of its own, through
 * the built program, beside a real scanner. A line that cannot run here says so in `support/runbook-steps.ts`, with a reason.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { demoRecording } from '../cli/support/cryptorun.ts';
import { blocksOf, languagesOf, type TypedLine, typedLines } from './support/markdown.ts';
import { Operator, ROOT } from './support/operator.ts';
import { RUNBOOKS, type RunbookEvent, type Step } from './support/runbook-steps.ts';

const FOLDER = join(ROOT, 'docs/runbooks');
const textOf = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

let frames = '';
before(() => {
  frames = join(demoRecording(), 'frames');
});

const operators: Operator[] = [];
after(async () => {
  for (const operator of operators) await operator.leaves();
});

async function freshHome(): Promise<Operator> {
  const operator = new Operator();
  operators.push(operator);
  await operator.startScanner(frames);
  return operator;
}

test('every runbook is followed, and every block is of a kind that a test looks at', () => {
  assert.deepEqual(readdirSync(FOLDER).sort(), Object.keys(RUNBOOKS).sort());
  for (const name of Object.keys(RUNBOOKS)) {
    const others = languagesOf(textOf(name)).filter((language) => language !== 'sh');
    const known = name === 'cron-and-systemd.md' ? ['ini', 'crontab', 'ini', 'ini', 'ini', 'ini'] : [];
    assert.deepEqual(others, known, name);
    const fences = textOf(name).match(/^ *(?:```|~~~)/gm) ?? [];
    const read = ['sh', ...new Set(known)].flatMap((language) => blocksOf(textOf(name), language));
    assert.equal(fences.length, 2 * read.length, `${name}: a block that is not read`);
  }
});

for (const [name, steps] of Object.entries(RUNBOOKS)) {
  test(`${name}: every line does what it says`, async () => {
    const typed = typedLines(textOf(name));
    const lines = steps.flatMap((step) => (step.kind === 'event' ? [] : [step.line]));
    assert.deepEqual(
      typed.map(({ line }) => line),
      lines,
      'the runbook and its steps',
    );
    let operator: Operator | null = null;
    let done = 0;
    for (const step of steps) {
      if (step.kind === 'event') operator = await happens(step.event, operator);
      else await follow(step, typed[done++]!, operator!);
    }
  });
}

async function happens(event: RunbookEvent, operator: Operator | null): Promise<Operator> {
  if (event === 'fresh_home' || operator === null) return freshHome();
  if (event === 'scanner_started') await operator.startScanner(frames);
  else await loseControl(operator);
  return operator;
}

/** A state with a past: something was changed, a backup was made, then the store is gone. */
async function loseControl(operator: Operator): Promise<void> {
  const changed = await operator.types('npx cryptorun switch off alerts --reason "before the loss" --wait');
  assert.equal(changed.code, 0, changed.printed);
  const state = join(operator.home, 'artifacts/state');
  cpSync(state, operator.backup, { recursive: true });
  for (const end of ['-wal', '-shm']) rmSync(join(state, `control.db${end}`), { force: true });
  rmSync(join(state, 'control.db'));
  writeFileSync(join(state, 'control.db'), '', { mode: 0o600 });
  await operator.scanner.says(/^kill switch: engaged at kill: state_unreadable$/m);
}

async function follow(
  step: Exclude<Step, { kind: 'event' }>,
  { line, exitCode }: TypedLine,
  operator: Operator,
): Promise<void> {
  const parsed = await operator.types(`sh -n -c ${quoted(operator.filledIn(line))}`);
  assert.deepEqual(parsed, { code: 0, printed: '' }, line);
  if (step.kind === 'not_here') return;
  const isWatched = step.kind === 'until_ctrl_c';
  const { code, printed } = isWatched ? await operator.watches(line, step.prints) : await operator.types(line);
  assert.equal(code, isWatched ? 130 : exitCode, `${line}\n${printed}`);
  assert.match(printed, step.prints, line);
  assert.doesNotMatch(printed, /^\s+at |a mistake in the program/m, 'a stack trace');
  if (isWatched || step.scanner === undefined) return;
  if (step.scanner === 'ends') await operator.scanner.ended();
  else await operator.scanner.says(step.scanner);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Not run by a cron daemon or systemd, which a test must not touch: the commands are, as these would start them. */
const PLACES = { program: '/opt/cryptorun', home: '/var/lib/cryptorun' } as const;

function placed(text: string, { home }: Operator): string {
  return text.replaceAll(PLACES.program, ROOT.replace(/\/$/, '')).replaceAll(PLACES.home, home);
}

async function runsQuietly(command: string, variables: Readonly<Record<string, string>>, operator: Operator) {
  const outcome = await operator.types(command, variables);
  assert.deepEqual(outcome, { code: 0, printed: '' }, command);
}

test('crontab: each line has a time, a user and a command that runs without a word', async () => {
  const operator = await freshHome();
  const [block = ''] = blocksOf(textOf('cron-and-systemd.md'), 'crontab');
  const lines = placed(block, operator)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const variables: Record<string, string> = {};
  let jobs = 0;
  for (const line of lines) {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      if (name !== 'PATH') variables[name] = value!;
      continue;
    }
    const [, command = ''] = /^(?:[\d*]+ ){5}cryptorun ([^%]+)$/.exec(line) ?? [];
    assert.notEqual(command, '', line);
    await runsQuietly(command, variables, operator);
    jobs += 1;
  }
  assert.equal(jobs, 2);
  assert.ok(readdirSync(join(operator.home, 'artifacts/ops')).includes('status_snapshot.csv'));
});

const SCAN_UNIT = 'cryptorun-scan.service';

test('systemd: the units hold, and each service starts a command that runs', async (context) => {
  const operator = await freshHome();
  const folder = join(operator.folder, 'units');
  mkdirSync(folder);
  const units = blocksOf(textOf('cron-and-systemd.md'), 'ini').map((block) => placed(block, operator));
  const names = units.map((unit) => /^# \/etc\/systemd\/system\/(\S+)\n/.exec(unit)?.[1] ?? 'without a name');
  for (const [index, name] of names.entries()) writeFileSync(join(folder, name), units[index]!);
  const timers = names.filter((name) => name.endsWith('.timer'));
  const services = timers.map((name) => name.replace('.timer', '.service'));
  assert.deepEqual(
    [...names].sort(),
    [SCAN_UNIT, ...timers, ...services].sort(),
    'a timer starts the service of its name',
  );
  for (const unit of units.filter((_, index) => names[index] !== SCAN_UNIT)) {
    const [, command] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
    if (command === undefined) continue;
    assert.match(unit, new RegExp(`^Environment=CRYPTORUN_HOME=${operator.home}$`, 'm'));
    assert.match(unit, /^StandardOutput=null$/m);
    await runsQuietly(`${command} >/dev/null`, {}, operator);
  }
  const paths = names.map((name) => join(folder, name));
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], { encoding: 'utf8' });
  if (verified.error !== undefined) return context.skip('no systemd-analyze on this machine');
  const ours = verified.stderr.split('\n').filter((line) => names.some((name) => line.includes(name)));
  assert.deepEqual(ours, []);
});

test('systemd: the scanner of the unit says that it is ready and alive, and nothing else', async () => {
  const operator = await freshHome();
  const unit = blocksOf(textOf('cron-and-systemd.md'), 'ini').find((block) => block.includes(SCAN_UNIT))!;
  const [, command] = /^ExecStart=(.*)$/m.exec(placed(unit, operator))!;
  const told = join(operator.folder, 'told');
  writeFileSync(join(operator.folder, 'systemd-notify'), `#!/bin/sh\necho "$*" >> ${told}\n`, { mode: 0o755 });
  const environment = { NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '2000000' };
  // Exchanges are not to be had here, and it has to end.
  await runsQuietly(`${command} --demo --speed 20 --duration 40s`, environment, operator);
  const words = readFileSync(told, 'utf8');
  for (const said of [/^READY=1 STATUS=\d of 4 feeds live$/m, /^WATCHDOG=1$/m, /^STOPPING=1$/m])
    assert.match(words, said);
  assert.match(unit, /^NotifyAccess=all$/m);
  assert.equal((await operator.types('npx cryptorun journal verify artifacts/journal')).code, 0);
});
