/** The load server in its own process, and scanners and other clients in theirs: started, waited for, ended. Measures nothing. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimVenueName } from '../../src/shell/sim/world/sim-world.ts';
import { Child } from './child.ts';
import { type LoadMarkets, writeHome } from './home.ts';
import type { LoadTotals } from './load-server.ts';
import type { BookMoment } from './ring-player.ts';
import type { ServerOptions, ServerOrder } from './server-main.ts';

export interface LoadPaths {
  readonly root: string;
  /** The bundled server. */
  readonly server: string;
  /** Gone at the end. */
  readonly work: string;
}

export function loadPaths(root: string, server: string): LoadPaths {
  return { root, server, work: mkdtempSync(join(tmpdir(), 'cryptorun-load-')) };
}

export function removeWork({ work }: LoadPaths): void {
  rmSync(work, { recursive: true, force: true });
}

export class LoadProcess {
  readonly #child: Child;
  readonly port: number;
  /** Of one round of all rings. */
  readonly ringFrames: number;

  private constructor(child: Child, started: { readonly port: number; readonly frames: number }) {
    this.#child = child;
    this.port = started.port;
    this.ringFrames = started.frames;
  }

  static async start(paths: LoadPaths, options: Omit<ServerOptions, 'root'>): Promise<LoadProcess> {
    const args = [paths.server, JSON.stringify({ ...options, root: paths.root })];
    const child = new Child({ args, logPath: join(paths.work, 'server.log') });
    return new LoadProcess(child, await child.said());
  }

  /** @see LoadServer.setRate */
  setRate(framesPerSecond: number): Promise<null> {
    return this.#ask({ kind: 'rate', framesPerSecond });
  }

  /** Whose limits count from now on. */
  setAddress(address: string): Promise<null> {
    return this.#ask({ kind: 'address', address });
  }

  totals(): Promise<LoadTotals> {
    return this.#ask({ kind: 'totals' });
  }

  book(venue: SimVenueName, symbol: string): Promise<BookMoment | null> {
    return this.#ask({ kind: 'book', venue, symbol });
  }

  #ask<T>(order: ServerOrder): Promise<T> {
    return this.#child.ask<T>(order);
  }

  end(): Promise<void> {
    return this.#child.end();
  }
}

const PROBE = 'bench/load/probe.mjs';

/** A client of the load with the probe in it. @param args - of node, after the probe's */
export function measuredChild(paths: LoadPaths, name: string, args: readonly string[], env?: NodeJS.ProcessEnv): Child {
  const nodeArgs = ['--import', join(paths.root, PROBE)];
  const logPath = join(paths.work, `${name}.log`);
  return new Child({ nodeArgs, args, logPath, ...(env === undefined ? {} : { env }) });
}

export interface ScannerOptions {
  readonly nodeArgs?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** `cryptorun scan` of all of a load's markets, as it was built, in a home of its own. */
export class ScannerProcess {
  readonly child: Child;
  readonly #home: string;
  readonly #root: string;

  /** @throws when the program is not built */
  constructor(paths: LoadPaths, markets: LoadMarkets, port: number, more: ScannerOptions = {}) {
    const program = join(paths.root, 'bin/cryptorun.js');
    if (!existsSync(join(paths.root, 'dist/cryptorun.cjs'))) throw new Error('cryptorun is not built: npm run build');
    this.#root = paths.root;
    this.#home = mkdtempSync(join(paths.work, 'home-'));
    writeHome(this.#home, paths.root, markets, port);
    const { CRYPTORUN_TOKEN: _, ...env } = process.env;
    const args = [...(more.nodeArgs ?? []), program, 'scan', '-q', '--venue', markets.venues.join()];
    this.child = measuredChild(paths, 'scanner', args, { ...env, ...more.env, CRYPTORUN_HOME: this.#home });
  }

  /** A row of its last saved status; null: there is none yet. @param part - such as `feed`; any when left out */
  row(name: string, part?: string): { readonly value: unknown; readonly status: string } | null {
    return this.rows().find((row) => row.name === name && (part === undefined || row.part === part)) ?? null;
  }

  rows(): readonly {
    readonly name: string;
    readonly part: string;
    readonly value: unknown;
    readonly status: string;
  }[] {
    try {
      return JSON.parse(readFileSync(join(this.#home, 'artifacts/state/status.json'), 'utf8')).rows;
    } catch {
      return [];
    }
  }

  /** Whether its feeds are. @throws when it has ended */
  isLive(venues: readonly SimVenueName[]): boolean {
    this.child.expectRunning();
    return venues.every((venue) => this.row(venue, 'feed')?.value === 'live');
  }

  /** Asks the running scanner for books. @returns best bid and ask as numbers; NaN: it shows none */
  async top(venue: SimVenueName, symbol: string): Promise<readonly [bid: number, ask: number]> {
    const { spawnSync } = await import('node:child_process');
    const args = ['bin/cryptorun.js', 'book', 'show', venue, symbol, '--depth', '1', '-o', 'json'];
    const env = { ...process.env, CRYPTORUN_HOME: this.#home };
    const { stdout } = spawnSync(process.execPath, args, { cwd: this.#root, env, encoding: 'utf8', timeout: 20_000 });
    try {
      const { bids, asks } = JSON.parse(stdout);
      return [Number(bids[0]?.[0]), Number(asks[0]?.[0])];
    } catch {
      return [Number.NaN, Number.NaN];
    }
  }

  end(): Promise<void> {
    return this.child.end('SIGKILL');
  }
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks until it is so. @throws (rejects) after the limit */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > limitMs) throw new Error(`waited ${limitMs / 1000} s in vain: ${what}`);
    await wait(200);
  }
}
