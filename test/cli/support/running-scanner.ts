/** A scanner as a process of its own, in a home folder of its own, and commands beside it. Looks only at what an operator can see. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Heartbeat, readHeartbeat } from '../../../src/shell/stores/control/heartbeat-file.ts';
import { readSavedStatus } from '../../../src/shell/stores/saved-status.ts';
import { cryptorun, demoRecording, type Ran, startCryptorun, tempFolder } from './cryptorun.ts';

/** How long a condition may take before the test fails; what is waited for takes well under a second on a quiet machine. */
const LIMIT_MS = 20_000;
const POLL_MS = 5;

export interface ScannerOptions {
  /** Default: a new folder without config, so that the packaged one holds. */
  readonly home?: string;
  /** What `replay` gets beside the recording. */
  readonly args?: readonly string[];
  /** Of the recording's time; default: more than any test here waits for. */
  readonly seconds?: number;
  /** How much faster than the recording: a minute at 60 takes a second. */
  readonly speed?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Waits until `look` gives something other than null or false. */
export async function until<T>(what: string, look: () => T | null | false, limitMs = LIMIT_MS): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    const found = look();
    if (found !== null && found !== false) return found;
    if (performance.now() - startMs > limitMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await pause(POLL_MS);
  }
}

export class RunningScanner {
  readonly home: string;
  readonly stateDir: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #stdout = '';
  #stderr = '';

  /** Starts `replay --speed` of the demo recording; it is stopped with the test file at the latest. */
  constructor({ home = tempFolder(), args = [], seconds, speed = 1, env = {} }: ScannerOptions = {}) {
    this.home = home;
    this.stateDir = join(home, 'artifacts/state');
    mkdirSync(home, { recursive: true });
    const recording = join(demoRecording(seconds), 'frames');
    this.#child = startCryptorun(['replay', recording, '--speed', String(speed), ...args], home, env);
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#ended = once(this.#child, 'close');
    running.add(this.#child);
  }

  /** One that has a heartbeat of its own: it holds the lock and obeys. */
  static async started(options: ScannerOptions = {}): Promise<RunningScanner> {
    const scanner = new RunningScanner(options);
    await scanner.untilBeat('it lives', () => true);
    return scanner;
  }

  /** One that gets data: it has a grade, so a release can be judged. */
  static async ready(options: ScannerOptions = {}): Promise<RunningScanner> {
    const scanner = await RunningScanner.started(options);
    await scanner.untilBeat('it is ready', ({ isReady }) => isReady);
    await until('it has a good grade', () => scanner.grade !== null && 'AB'.includes(scanner.grade));
    return scanner;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Its own heartbeat, as commands read it; null: none yet. */
  get beat(): Heartbeat | null {
    const reading = readHeartbeat(this.stateDir, { nowMs: Date.now(), staleAfterMs: Number.POSITIVE_INFINITY });
    return reading.kind === 'alive' && reading.beat.pid === this.pid ? reading.beat : null;
  }

  /** As it last saved its status; null: none yet. */
  get grade(): string | null {
    const status = readSavedStatus(join(this.stateDir, 'status.json'));
    const grade = status?.rows.find(({ name, part }) => name === 'grade' && part === null)?.value;
    return typeof grade === 'string' ? grade : null;
  }

  async untilBeat(what: string, isSo: (beat: Heartbeat) => boolean): Promise<Heartbeat> {
    return await until(`${what}\n${this.#stderr}`, () => {
      assert.ok(this.isRunning, `the scanner has ended: ${this.#stderr}`);
      const { beat } = this;
      return beat !== null && isSo(beat) ? beat : null;
    });
  }

  async untilSaid(pattern: RegExp): Promise<void> {
    await until(`stderr has ${pattern}`, () => pattern.test(this.#stderr));
  }

  /** Runs one command to its end, in the scanner's home. */
  run(...args: string[]): Ran {
    return cryptorun(args, { cwd: this.home });
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Its end, brought about by `signal` unless it comes by itself. */
  async end(signal: NodeJS.Signals | null = 'SIGTERM'): Promise<Ran> {
    if (signal !== null) this.#child.kill(signal);
    await this.#ended;
    running.delete(this.#child);
    return { code: this.#child.exitCode, stdout: this.#stdout, stderr: this.#stderr };
  }
}

const running = new Set<ChildProcess>();
after(async () => {
  for (const child of running) child.kill('SIGKILL');
  await Promise.all([...running].map((child) => child.exitCode ?? child.signalCode ?? once(child, 'close')));
});
