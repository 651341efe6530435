/** `cryptorun journal info|verify|cat`, as an operator meets it: what is printed where, and the exit code. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { registerJournalCommand } from '../../src/shell/cli/journal-command.ts';
import { frameInput, linkInput, someInputs, T0, temporaryFolder, writeJournal } from './support/journals.ts';

/** Runs `cryptorun journal ...args` with `cwd` as the current folder. */
async function journal(cwd: string, ...args: string[]): Promise<{ out: string; err: string; code: number }> {
  const result = { out: '', err: '', code: 0 };
  const program = new Command().exitOverride();
  registerJournalCommand(program, {
    env: {},
    cwd,
    packageRoot: cwd,
    stdout: { write: (text) => (result.out += text) },
    stderr: { write: (text) => (result.err += text) },
    setExitCode: (code) => {
      result.code = code;
    },
  });
  await program.parseAsync(['journal', ...args], { from: 'user' });
  return result;
}

test('info tells sessions, records, connections, times and sizes', async (t) => {
  const folder = temporaryFolder(t);
  writeJournal(folder, [linkInput(1, T0), frameInput('{"a":1}', T0 + 250, 1), frameInput('b\n', T0 + 1500.25, 2)]);
  const { out, err, code } = await journal(folder, 'info', '.');
  assert.deepEqual([err, code], ['', 0]);
  assert.equal(
    out.replace(/\d+ raw, \d+ stored \([\d.]+ to 1\)/, 'SIZES'),
    `${[
      'session      s',
      'segments     1 (number 0)',
      'state        complete',
      'first        2024-08-08T23:54:15.000Z',
      'last         2024-08-08T23:54:16.500Z',
      'records      4: frame 2, link 1, start 1',
      'connections  1: binance websocket, 1 frame',
      '             2: never introduced by a link, 1 frame',
      'bytes        SIZES',
    ].join('\n')}\n`,
  );
  const document = JSON.parse((await journal(folder, 'info', '--json', '.')).out);
  assert.deepEqual(document.sessions[0].recordsByKind, { frame: 2, link: 1, start: 1 });
  assert.equal(document.sessions[0].complete, true);
});

test('verify says ok, or each problem on stderr with exit code 1', async (t) => {
  const folder = temporaryFolder(t);
  writeJournal(folder, someInputs(20), { flushEvery: 5 });
  assert.deepEqual(await journal(folder, 'verify', '.'), {
    out: 'ok .: sessions 1, segments 1, records 20\n',
    err: '',
    code: 0,
  });
  const path = join(folder, 's-000000.crj');
  truncateSync(path, readFileSync(path).indexOf('CRJB records 3') + 60);
  const { out, err, code } = await journal(folder, 'verify', 's-000000.crj');
  assert.deepEqual([out, code], ['', 1]);
  assert.match(err, /^\S+s-000000\.crj: block 3 at byte \d+: torn_tail: .*; 10 whole records precede it\n$/);
  assert.match((await journal(folder, 'info', '.')).out, /^state {8}not complete$/m);
});

test('cat prints records by kind and time, and says what it could not read', async (t) => {
  const folder = temporaryFolder(t);
  writeJournal(folder, someInputs(30), { flushEvery: 5, maxSegmentBytes: 500 });
  const all = await journal(folder, 'cat', '.');
  assert.equal(all.out.split('\n').length, 32);
  assert.match(all.out, new RegExp(`^2 frame ${T0 + 10} 1 \\{"i":1,"p":"611\\.50"\\}$`, 'm'));
  const pulses = await journal(folder, 'cat', '--kind', 'pulse', '.');
  assert.deepEqual(
    pulses.out.split('\n').map((line) => line.split(' ')[0]),
    ['11', '21', ''],
  );
  const some = await journal(folder, 'cat', '--from', '2024-08-08T23:54:15.25Z', '--to', String(T0 + 270), '.');
  assert.deepEqual(
    some.out.split('\n').map((line) => line.split(' ')[0]),
    ['26', '27', ''],
  );
  const path = join(folder, 's-000001.crj');
  truncateSync(path, readFileSync(path).length - 1);
  const torn = await journal(folder, 'cat', '.');
  assert.equal(torn.code, 10);
  assert.match(torn.err, /s-000001\.crj: block \d+ at byte \d+: torn_tail/);
  assert.ok(all.out.startsWith(torn.out) && torn.out.length > 0);
});

test('what cannot be read is one clear line and exit code 2', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'notes.txt'), 'dear diary, today nothing happened\n');
  writeJournal(join(folder, 'good'), someInputs(3));
  const cases: [string[], RegExp][] = [
    [['info', 'absent'], /absent: no such file or folder$/],
    [['verify', 'empty'], /empty: holds no journal \(no \.crj file\)$/],
    [['cat', 'notes.txt'], /notes\.txt: not a cryptorun journal$/],
    [['cat', '--from', 'yesterday', 'good'], /^--from: wanted a time such as .*, found "yesterday"$/],
    [['cat', '--session', 'x', 'good'], /good: no session x; it holds s$/],
  ];
  for (const [args, wanted] of cases) {
    const { out, err, code } = await journal(folder, ...args);
    assert.deepEqual([out, code], ['', 2], args.join(' '));
    assert.match(err.trimEnd(), wanted);
    assert.equal(err.split('\n').length, 2, err);
  }
});

test('cat stops quietly when its reader leaves', { timeout: 60_000 }, async (t) => {
  const folder = temporaryFolder(t);
  writeJournal(
    folder,
    Array.from({ length: 20_000 }, (_, i) => frameInput('x'.repeat(200), T0 + i)),
  );
  const cli = fileURLToPath(new URL('./support/journal-cli.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', cli, 'journal', 'cat', folder]);
  t.after(() => child.kill('SIGKILL'));
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = await once(child, 'exit');
  assert.deepEqual([code, err], [0, '']);
});
