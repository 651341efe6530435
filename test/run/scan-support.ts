/** Scans in this process, in a home folder of their own, on simulated venues: over loopback sockets, or without any. */

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StatusDocument } from '../../src/core/ops/status.ts';
import { main } from '../../src/shell/cli/main.ts';
import { tempFolder } from '../cli/support/cryptorun.ts';

export const PACKAGE_ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 30_000;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Waits until `look` gives something other than null or false; a look costs little. */
export async function until<T>(what: string, look: () => T | null | false, limitMs = LIMIT_MS): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    const found = look();
    if (found !== null && found !== false) return found;
    if (performance.now() - startMs > limitMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** One command that runs while others do. */
export class Running {
  stdout = '';
  stderr = '';
  code = 0;
  isEnded = false;
  readonly ended: Promise<Ran>;

  constructor(home: string, args: readonly string[]) {
    const context = {
      env: { USER: 'alice' },
      cwd: home,
      packageRoot: PACKAGE_ROOT,
      stdout: { write: (text: string) => (this.stdout += text) },
      stderr: { write: (text: string) => (this.stderr += text) },
      setExitCode: (code: number) => {
        this.code = code;
      },
    };
    this.ended = main(args, context).then(() => {
      this.isEnded = true;
      return { code: this.code, stdout: this.stdout, stderr: this.stderr };
    });
  }

  async said(pattern: RegExp): Promise<void> {
    await until(`${pattern} in\n${this.stdout}${this.stderr}`, () => {
      assert.ok(!this.isEnded || pattern.test(this.stdout + this.stderr), `it has ended: ${this.stderr}`);
      return pattern.test(this.stdout + this.stderr);
    });
  }
}

export class ScanHome {
  readonly home = tempFolder();
  readonly stateDir = join(this.home, 'artifacts/state');

  /** @param venueUrl - where a venue is, in place of its own hosts; left out: as configured */
  constructor(venueUrl: ((venue: string, scheme: 'ws' | 'http') => string) | null = null) {
    const config = join(this.home, 'config');
    mkdirSync(config);
    for (const name of ['ops.yaml', 'venues.yaml', 'instruments.yaml']) {
      const text = readFileSync(join(PACKAGE_ROOT, 'config', name), 'utf8');
      const isMoved = name === 'venues.yaml' && venueUrl !== null;
      writeFileSync(join(config, name), isMoved ? moved(text, venueUrl!) : text);
    }
  }

  start(...args: string[]): Running {
    return new Running(this.home, args);
  }

  run(...args: string[]): Promise<Ran> {
    return this.start(...args).ended;
  }

  status(): StatusDocument | null {
    try {
      return JSON.parse(readFileSync(join(this.stateDir, 'status.json'), 'utf8'));
    } catch {
      return null;
    }
  }

  edit(file: string, from: string | RegExp, to: string): void {
    const path = join(this.home, 'config', file);
    const text = readFileSync(path, 'utf8');
    assert.notEqual(text.replace(from, to), text, `${file} has no ${from}`);
    writeFileSync(path, text.replace(from, to));
  }
}

const HOSTS: readonly (readonly [host: string, venue: string])[] = [
  ['stream.binance.com:9443', 'binance'],
  ['api.binance.com', 'binance'],
  ['fstream.binance.com', 'binance_usdm'],
  ['fapi.binance.com', 'binance_usdm'],
  ['ws.kraken.com', 'kraken'],
  ['api.kraken.com', 'kraken'],
  ['ws.okx.com:8443', 'okx'],
  ['www.okx.com', 'okx'],
  ['ws-feed.exchange.coinbase.com', 'coinbase'],
  ['api.exchange.coinbase.com', 'coinbase'],
  // Which of its products is meant stands in the rest of the URL.
  ['stream.bybit.com', 'bybit'],
  ['api.bybit.com', 'bybit'],
];

function moved(text: string, venueUrl: (venue: string, scheme: 'ws' | 'http') => string): string {
  return HOSTS.reduce(
    (now, [host, venue]) =>
      now.replaceAll(`wss://${host}`, venueUrl(venue, 'ws')).replaceAll(`https://${host}`, venueUrl(venue, 'http')),
    text,
  );
}

/** The sessions of a journal, by their files. */
export function listJournal(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.crj'));
  return [...new Set(files.map((name) => name.replace(/[-.]\d+\.crj$/, '')))].sort();
}
