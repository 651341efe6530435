/** An operator's desk: a home of its own with a copy of `config/`, a shell in it, and a scanner beside it. Judges nothing. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAM = join(ROOT, 'bin/cryptorun.js');
/** Every command and every wait of these tests takes well under a second alone on a core. */
const LIMIT_MS = 20_000;
const POLL_MS = 10;

export interface Outcome {
  readonly code: number | null;
  /** Both streams: an operator reads them on one screen. */
  readonly printed: string;
}

/** A process whose output is kept. */
class Watched {
  readonly process: ChildProcess;
  printed = '';

  constructor(process: ChildProcess) {
    this.process = process;
    for (const stream of [process.stdout!, process.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.printed += text;
      });
  }

  /** Waits until it has printed this. @throws when it ends or takes too long before */
  async says(pattern: RegExp): Promise<void> {
    const endMs = Date.now() + LIMIT_MS;
    while (!pattern.test(this.printed)) {
      const { exitCode } = this.process;
      if (exitCode !== null || Date.now() > endMs)
        throw new Error(`did not say ${pattern} (exit code ${exitCode}):\n${this.printed}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async end(signal: NodeJS.Signals): Promise<Outcome> {
    this.process.kill(signal);
    return this.ended();
  }

  async ended(): Promise<Outcome> {
    const timer = setTimeout(() => this.process.kill('SIGKILL'), LIMIT_MS);
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'close');
    clearTimeout(timer);
    return { code: this.process.exitCode, printed: this.printed };
  }
}

export class Operator {
  readonly folder = mkdtempSync(join(tmpdir(), 'cryptorun-operator-'));
  readonly home = join(this.folder, 'home');
  readonly backup = join(this.folder, 'backup');
  #scanner: Watched | null = null;

  constructor() {
    mkdirSync(this.home);
    cpSync(join(ROOT, 'config'), join(this.home, 'config'), { recursive: true });
    // The real npx may ask the registry; this one starts what it would find.
    const npx = join(this.folder, 'npx');
    writeFileSync(npx, `#!/bin/sh\nshift\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
    chmodSync(npx, 0o755);
  }

  /** Types one line in the home. `PID` and `BACKUP` are filled in as an operator would. */
  async types(line: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return this.#start('sh', ['-c', this.filledIn(line)], env).ended();
  }

  /** The same for a line that goes on until Ctrl-C, pressed when it has printed this. */
  async watches(line: string, pattern: RegExp): Promise<Outcome> {
    const watched = this.#start('sh', ['-c', `exec ${this.filledIn(line).replace(/^exec /, '')}`]);
    await watched.says(pattern);
    return watched.end('SIGINT');
  }

  filledIn(line: string): string {
    return line.replace(/\bPID\b/g, String(this.scanner.process.pid)).replace(/\bBACKUP\b/g, this.backup);
  }

  get scanner(): Watched {
    if (this.#scanner === null) throw new Error('no scanner was started');
    return this.#scanner;
  }

  /** A replay at the recording's own pace, which runs as a scanner does; returns when it holds the state and saved a status. */
  async startScanner(frames: string): Promise<void> {
    this.#scanner = this.#start(process.execPath, [PROGRAM, 'replay', frames, '--speed', '1']);
    const { pid } = this.#scanner.process;
    const status = join(this.home, 'artifacts/state/status.json');
    rmSync(status, { force: true });
    const endMs = Date.now() + LIMIT_MS;
    while (!contains(join(this.home, 'artifacts/state/heartbeat'), `"pid":${pid},`) || !contains(status, '}')) {
      if (this.#scanner.process.exitCode !== null || Date.now() > endMs)
        throw new Error(`the scanner did not start:\n${this.#scanner.printed}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Ends the scanner, if one runs, and takes everything away. */
  async leaves(): Promise<void> {
    await this.#scanner?.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** With nothing of this machine's settings. */
  #start(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Watched {
    const path = [this.folder, dirname(process.execPath), process.env['PATH']].join(delimiter);
    const env = { PATH: path, HOME: this.folder, LANG: 'C.UTF-8', CRYPTORUN_HOME: this.home, ...more };
    return new Watched(spawn(command, args, { cwd: this.home, env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }
}

function contains(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'latin1').includes(text);
  } catch {
    return false;
  }
}
