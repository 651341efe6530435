/** The real `main()` in this process, in a home folder of its own, with a clock that a test moves. Fakes only the outside port. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KillLevel } from '../../../src/core/ops/ops-config.ts';
import { main } from '../../../src/shell/cli/main.ts';
import type { Outside } from '../../../src/shell/cli/outside.ts';
import { type Heartbeat, HeartbeatWriter, readBootId } from '../../../src/shell/stores/control/heartbeat-file.ts';
import { tempFolder } from './cryptorun.ts';

export const PACKAGE_ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** 2026-03-01T12:00:00Z. */
export const START_MS = 1_772_366_400_000;

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export class World {
  readonly home = tempFolder();
  readonly stateDir = join(this.home, 'artifacts/state');
  nowMs = START_MS;
  env: Record<string, string> = { USER: 'alice' };
  memoryUsedRatio: number | null = 0.5;
  diskFreeBytes: number | null = 50 * 2 ** 30;
  /** Called whenever a command sleeps, after the clock has moved. */
  onSleep: () => void = () => {};
  /** Of the last command, in the order written. */
  #stdout = '';
  #stderr = '';

  readonly #outside: Outside = {
    nowMs: () => this.nowMs,
    sleep: async (ms) => {
      this.nowMs += ms;
      this.onSleep();
    },
    userName: () => 'system-user',
    hostName: () => 'host1',
    memoryUsedRatio: () => this.memoryUsedRatio,
    diskFreeBytes: () => this.diskFreeBytes,
  };

  /** What the running command has printed so far. */
  get stdout(): string {
    return this.#stdout;
  }

  async run(args: readonly string[], terminal: Terminal = {}): Promise<Answer> {
    let code = 0;
    this.#stdout = '';
    this.#stderr = '';
    await main(
      args,
      {
        env: this.env,
        cwd: this.home,
        packageRoot: PACKAGE_ROOT,
        stdout: { write: (text) => (this.#stdout += text), ...terminal },
        stderr: { write: (text) => (this.#stderr += text) },
        setExitCode: (given) => {
          code = given;
        },
      },
      this.#outside,
    );
    return { code, stdout: this.#stdout, stderr: this.#stderr };
  }

  /** Runs one command line, split at spaces; its reason is `test`. */
  async act(line: string): Promise<Answer> {
    return await this.run([...line.split(' '), '--reason', 'test']);
  }

  /** Its JSON document, and nothing else on stdout. */
  async json(line: string, reason?: string): Promise<{ readonly code: number; readonly document: Json }> {
    const args = [...line.split(' '), '-o', 'json', ...(reason === undefined ? [] : ['--reason', reason])];
    const { code, stdout } = await this.run(args);
    return { code, document: JSON.parse(stdout) as Json };
  }

  /** A config folder of its own, the package's with one text replaced in ops.yaml. */
  writeConfig(from: string | RegExp = '', to = ''): string {
    const config = join(this.home, 'config');
    mkdirSync(config, { recursive: true });
    for (const name of ['ops.yaml', 'venues.yaml', 'instruments.yaml']) {
      writeFileSync(join(config, name), readFileSync(join(PACKAGE_ROOT, 'config', name)));
    }
    const path = join(config, 'ops.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    return path;
  }

  /** Makes a token with the first admin's help where it needs one; returns its secret. */
  async token(role: 'viewer' | 'operator' | 'admin', ttl = '8h', by?: string): Promise<string> {
    const given = by === undefined ? [] : ['--token', by];
    const { code, stdout, stderr } = await this.run([
      ...['token', 'create', '--role', role, '--ttl', ttl, '--reason', 'test'],
      ...given,
    ]);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim();
  }
}

/** Loosely typed on purpose: the tests look at what a script would. */
// biome-ignore lint/suspicious/noExplicitAny: parsed JSON
export type Json = any;

/** A scanner as far as commands can see one: its heartbeat, written by this very process, which lives. */
export class FakeScanner {
  readonly #world: World;
  readonly #writer: HeartbeatWriter;
  killLevel: KillLevel | null = null;
  killSeenAtMs: number | null = null;
  revisionSeen = 0;
  pid = process.pid;
  source: Heartbeat['source'] = 'live';

  /** The state must be set up. */
  constructor(world: World) {
    this.#world = world;
    this.#writer = new HeartbeatWriter(world.stateDir);
    this.beat();
  }

  beat(): void {
    const { nowMs } = this.#world;
    const { pid, source, killLevel, killSeenAtMs, revisionSeen } = this;
    const seen = { killLevel, killSeenAtMs, revisionSeen, lastProgressMs: nowMs, writtenAtMs: nowMs };
    const own = { pid, bootId: readBootId(), startedAtMs: START_MS, session: 's1', source };
    this.#writer.write({ ...own, mode: 'normal', isReady: true, ...seen });
  }

  close(): void {
    this.#writer.close();
  }
}
