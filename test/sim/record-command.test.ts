/** `cryptorun demo-recording`: what it prints, and what it refuses. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { Command } from 'commander';
import { registerRecordCommand } from '../../src/shell/cli/record-command.ts';
import { CryptorunError } from '../../src/shell/errors.ts';

describe('demo-recording', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'cryptorun-record-command-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  async function run(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const out = { stdout: '', stderr: '' };
    const program = new Command().exitOverride();
    const write = (name: 'stdout' | 'stderr') => ({
      write: (text: string) => {
        out[name] += text;
      },
    });
    const streams = { stdout: write('stdout'), stderr: write('stderr') };
    registerRecordCommand(program, { env: {}, cwd, packageRoot: cwd, ...streams, setExitCode: () => {} });
    await program.parseAsync(['demo-recording', ...args], { from: 'user' });
    return out;
  }

  async function refusal(...args: string[]): Promise<CryptorunError> {
    const thrown: unknown = await run(...args).then(
      () => null,
      (error: unknown) => error,
    );
    assert.ok(thrown instanceof CryptorunError);
    return thrown;
  }

  test('prints the folder to replay on stdout, all else on stderr', async () => {
    const { stdout, stderr } = await run('demo', '--seconds', '30', '--seed', '9');
    assert.equal(stdout, `${join('demo', 'frames')}\n`);
    assert.match(stderr, /^6 files, \d+ messages; what is in them: demo.RECORDING\.txt\n$/);
    assert.equal(readdirSync(join(cwd, 'demo', 'frames')).length, 6);
    await run('demo', '--seconds', '30');
  });

  test('names every wrong value in one message and writes nothing', async () => {
    const error = await refusal('demo', '--seconds', '29', '--seed', '1.5');
    assert.equal(error.code, 'usage');
    assert.equal(
      error.message,
      'demo-recording: --seed: wanted a whole number from 0 to 4294967295, found "1.5"\n' +
        '--seconds: wanted a whole number from 30 to 1200, found "29"',
    );
    assert.equal(existsSync(join(cwd, 'demo')), false);
  });

  test('refuses a folder of other frames, which a replay would mix in', async () => {
    mkdirSync(join(cwd, 'demo', 'frames'), { recursive: true });
    writeFileSync(join(cwd, 'demo', 'frames', 'mine.gz'), '');
    const error = await refusal('demo', '--seconds', '30');
    assert.equal(error.code, 'usage');
    assert.match(error.message, /wanted a folder without other files in demo.frames, found mine\.gz$/);
  });

  test('says why it cannot write', async () => {
    writeFileSync(join(cwd, 'demo'), '');
    const error = await refusal('demo', '--seconds', '30');
    assert.equal(error.code, 'io_failed');
    assert.match(error.message, /^demo-recording: cannot write: ENOTDIR/);
  });
});
