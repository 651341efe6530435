/** The clients that are compared: each started on the same streams of Binance, asked whether it follows, asked for its books. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Child } from '../load/child.ts';
import type { LoadMarkets } from '../load/home.ts';
import { type LoadPaths, type LoadProcess, measuredChild, ScannerProcess } from '../load/load-process.ts';

/** Best prices by symbol; null of a client that keeps no books. */
export type Tops = readonly (readonly [symbol: string, bid: number, ask: number])[] | null;

export interface RunningClient {
  readonly child: Child;
  /** Whether every book is there. */
  isReady(): Promise<boolean>;
  tops(): Promise<Tops>;
  end(): Promise<void>;
}

export interface LoadClient {
  readonly name: string;
  /** Null: it can be run. */
  readonly missing: string | null;
  start(server: LoadProcess): RunningClient;
}

interface TopsAnswer {
  readonly kind: 'tops' | 'listens';
  readonly tops: Tops;
}

/** Books that the scanner is asked for at the end: each costs a process. */
const ASKED_BOOKS = 5;

/** The floor, ours, and who is compared. */
export function liveClients(
  paths: LoadPaths,
  markets: LoadMarkets,
  symbols: readonly string[],
  certPath: string | null,
): readonly LoadClient[] {
  const script = (name: string): string => join(paths.root, `bench/load/clients/${name}.mjs`);
  const start = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    peer(measuredChild(paths, name, [script(name), ...args], { ...process.env, ...env }));
  const missingTls = certPath === null ? 'there is no openssl to make a certificate with' : null;
  return [
    {
      name: 'ws alone',
      missing: null,
      start: ({ port }) => start('floor', [wsUrl(port), ...symbols]),
    },
    {
      name: 'cryptorun',
      missing: null,
      start: ({ port }) => scanner(new ScannerProcess(paths, markets, port), symbols),
    },
    {
      name: 'tardis-dev',
      missing: notInstalled(paths, 'tardis-dev') ?? missingTls,
      start: ({ port }) =>
        start('tardis', symbols, {
          // Its streams are told where to go; its requests know one host, which the proxy leads to us.
          WSS_URL_BINANCE: `${wsUrl(port)}/stream`,
          HTTP_PROXY: `http://127.0.0.1:${port}`,
          NODE_EXTRA_CA_CERTS: certPath ?? '',
        }),
    },
    {
      name: 'ccxt pro',
      missing: notInstalled(paths, 'ccxt'),
      start: ({ port }) => start('ccxt', [`http://127.0.0.1:${port}/binance`, wsUrl(port), ...symbols]),
    },
  ];
}

function wsUrl(port: number): string {
  return `ws://127.0.0.1:${port}/binance`;
}

function notInstalled({ root }: LoadPaths, name: string): string | null {
  const isThere = existsSync(join(root, 'bench/node_modules', name, 'package.json'));
  return isThere ? null : 'not installed (npm ci --prefix bench)';
}

function peer(child: Child): RunningClient {
  // What it is asked before that is lost.
  const listens = child.said<TopsAnswer>(({ kind }) => kind === 'listens');
  const tops = async (): Promise<Tops> => {
    await listens;
    const answer = await child.ask<TopsAnswer>({ kind: 'tops' }, ({ kind }) => kind === 'tops');
    return answer.tops;
  };
  const isReady = async (): Promise<boolean> => (await tops())?.every(([, bid, ask]) => bid < ask) ?? true;
  return { child, isReady, tops, end: () => child.end() };
}

function scanner(process: ScannerProcess, symbols: readonly string[]): RunningClient {
  return {
    child: process.child,
    isReady: () => Promise.resolve(process.isLive(['binance'])),
    tops: () =>
      Promise.all(
        symbols
          .slice(0, ASKED_BOOKS)
          .map(async (symbol) => [symbol, ...(await process.top('binance', symbol))] as const),
      ),
    end: () => process.end(),
  };
}
