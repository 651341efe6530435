/** The real command as a process of its own, for tests that look at what an operator would see. Asserts only what holds for every run. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ReplayDocument } from '../../../src/shell/run/replay-summary.ts';

/** The program under test; another build of it (an installed package) can be named by CRYPTORUN_BIN. */
export const PROGRAM =
  process.env['CRYPTORUN_BIN'] ?? fileURLToPath(new URL('../../../bin/cryptorun.js', import.meta.url));

/** One run may take this long; the longest here takes a few seconds alone on a core. */
const LIMIT_MS = 120_000;

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Default: a folder of its own, without config, so that artifacts go there. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another Node. */
  readonly node?: string;
  /** No file that it writes may grow over this many blocks of 512 bytes. */
  readonly fileBlocks?: number;
  /** Its stdout goes to this file, and is not in the result. */
  readonly stdoutTo?: string;
}

/** Runs it to its end. */
export function cryptorun(args: readonly string[], options: RunOptions = {}): Ran {
  const { node = process.execPath, cwd = tempFolder(), fileBlocks, stdoutTo } = options;
  const limit = fileBlocks === undefined ? '' : `ulimit -f ${fileBlocks}; `;
  const redirect = stdoutTo === undefined ? '' : ` > ${stdoutTo}`;
  const isPlain = limit === '' && redirect === '';
  const command = isPlain ? [node] : ['/bin/sh', '-c', `${limit}exec "$0" "$@"${redirect}`, node];
  const ran = spawnSync(command[0]!, [...command.slice(1), PROGRAM, ...args], {
    cwd,
    env: environment(options.env),
    encoding: 'utf8',
    timeout: LIMIT_MS,
    // A hang must not outlive the test, and the program takes SIGTERM as a wish to end cleanly.
    killSignal: 'SIGKILL',
    maxBuffer: 256 * 1024 * 1024,
  });
  assert.equal(ran.error, undefined);
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

/** Starts it; the caller ends it. */
export function startCryptorun(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], { cwd, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Only what a program needs: nothing of the terminal or the configuration that the tests were started with. */
function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...more };
}

/** `replay --json`, which must succeed with this code and print one document and nothing else. */
export function replayJson(
  args: readonly string[],
  options: RunOptions & { readonly code?: number } = {},
): ReplayDocument {
  const ran = cryptorun(['replay', '--json', ...args], options);
  assert.equal(ran.code, options.code ?? 0, ran.stderr);
  return JSON.parse(ran.stdout) as ReplayDocument;
}

/** A failure as documented: this exit code, a message on stderr that matches, no stack trace, nothing on stdout. */
export function assertRefused(ran: Ran, code: number, message: RegExp): void {
  assert.equal(ran.code, code, ran.stderr);
  assert.match(ran.stderr, message);
  assertNoTrace(ran);
  assert.equal(ran.stdout, '');
}

/** No stack trace, and no sign of a mistake in the program. */
export function assertNoTrace({ stderr }: Ran): void {
  assert.doesNotMatch(stderr, /^\s+at |node:internal|a mistake in the program/m);
}

/** A folder that goes away when the test file is done. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cryptorun-test-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The project's own recording, made once a test file; returns its folder, which holds `frames/` and `truth.json`. */
export function demoRecording(seconds = 315): string {
  const known = demos.get(seconds);
  if (known !== undefined) return known;
  const folder = tempFolder();
  const ran = cryptorun(['demo-recording', 'demo', '--seconds', String(seconds)], { cwd: folder });
  assert.equal(ran.code, 0, ran.stderr);
  const demo = join(folder, 'demo');
  demos.set(seconds, demo);
  return demo;
}

const demos = new Map<number, string>();

/** Lines of a file, without the last empty one. */
export function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}
