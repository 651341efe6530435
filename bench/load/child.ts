/** A process that answers over IPC, one answer a question, in order; each with a limit. Knows nothing of what is asked. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** What `probe.mjs` says. */
export interface Sample {
  readonly kind: 'sample';
  readonly cpuUs: number;
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  /** Null: not asked for by `CRYPTORUN_LOAD_LOOP`. */
  readonly loop: LoopDelay | null;
  readonly resources: Readonly<Record<string, number>>;
  readonly listeners: number;
}

/** How late the event loop came round, ms. */
export interface LoopDelay {
  /** Since the last sample. */
  readonly p99Ms: number;
  readonly mostMs: number;
  /** Since the sample that was a beginning. */
  readonly wholeP99Ms: number;
}

export interface ChildOptions {
  readonly nodeArgs?: readonly string[];
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Where its output goes. */
  readonly logPath: string;
}

const LIMIT_MS = 120_000;
const children = new Set<ChildProcess>();

/** Ends what is still running. */
export function endChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

export class Child {
  readonly process: ChildProcess;
  readonly #logPath: string;

  constructor({ nodeArgs = [], args, env, cwd, logPath }: ChildOptions) {
    const log = openSync(logPath, 'w');
    this.#logPath = logPath;
    this.process = spawn(process.execPath, [...nodeArgs, ...args], {
      stdio: ['ignore', log, log, 'ipc'],
      env: env ?? process.env,
      ...(cwd === undefined ? {} : { cwd }),
    });
    closeSync(log);
    children.add(this.process);
    this.process.on('exit', () => children.delete(this.process));
  }

  /** @param isAnswer - messages that are none are passed over */
  async ask<T>(question: unknown, isAnswer: (answer: T) => boolean = () => true): Promise<T> {
    const answer = this.said(isAnswer);
    this.process.send(question as object);
    return await answer;
  }

  /** @param isCollected - after a collection, where there is one to call */
  sample(isCollected = false, isBeginning = false): Promise<Sample> {
    return this.ask<Sample>({ kind: 'sample', isCollected, isBeginning }, ({ kind }) => kind === 'sample');
  }

  /** The next message that is wanted. @throws (rejects) with the end of its log when it ends or says nothing */
  said<T>(isWanted: (message: T) => boolean = () => true): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.process.off('message', onMessage);
        this.process.off('exit', onExit);
      };
      const fail = (why: string): void => {
        done();
        reject(new Error(`${why}\n${this.log()}`));
      };
      const onMessage = (message: unknown): void => {
        if (!isWanted(message as T)) return;
        done();
        resolve(message as T);
      };
      const onExit = (code: number | null): void => fail(`a process has ended with ${code}`);
      const timer = setTimeout(() => fail(`a process did not answer within ${LIMIT_MS / 1000} s`), LIMIT_MS);
      this.process.on('message', onMessage);
      this.process.on('exit', onExit);
    });
  }

  /** @throws with the end of its log when it is not running any more */
  expectRunning(): void {
    const { exitCode } = this.process;
    if (exitCode !== null) throw new Error(`a process has ended with ${exitCode}\n${this.log()}`);
  }

  log(): string {
    return readFileSync(this.#logPath, 'utf8').slice(-3000);
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exit = once(this.process, 'exit');
    this.process.kill(signal);
    await exit;
  }
}
