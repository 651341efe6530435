/**
 * tardis-dev, unmodified, as a child process behind a proxy that leads the exchanges' own host names to the simulator: the books
 * that it builds over TLS equal the simulator's own.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listenWorld } from '../../src/shell/sim/serve/listen.ts';
import { type SimVenueName, SimWorld } from '../../src/shell/sim/world/sim-world.ts';
import { packageFolder, skipWithout } from './foreign-clients.ts';
import { caughtUp, type PlainBook, Pump, trueBook } from './pump.ts';
import { makeCertificate, proxyTo } from './tls-proxy.ts';

const CHILD = fileURLToPath(new URL('tardis-child.mjs', import.meta.url));
const DEPTH = 50;
const CHECKS = 8;
/** Market time between two checks. */
const BETWEEN_MS = 2_000;

for (const [exchange, venue, symbols, hosts] of [
  ['binance', 'binance', ['BTCUSDT', 'ETHUSDT'], ['stream.binance.com:443', 'api.binance.com:443']],
  ['binance-futures', 'binance_usdm', ['BTCUSDT', 'SOLUSDT'], ['fstream.binance.com:443', 'fapi.binance.com:443']],
  ['okex-swap', 'okx', ['BTC-USDT-SWAP', 'ETH-USDT-SWAP'], ['ws.okx.com:8443']],
  ['coinbase', 'coinbase', ['BTC-USD', 'SOL-USD'], ['ws-feed.exchange.coinbase.com:443']],
  ['bybit', 'bybit_linear', ['BTCUSDT', 'SOLUSDT'], ['stream.bybit.com:443']],
  ['bybit-spot', 'bybit_spot', ['BTCUSDT', 'ETHUSDT'], ['stream.bybit.com:443']],
] as const) {
  test(`tardis-dev ${exchange} keeps the simulator's books`, { skip: reasonToSkip(), timeout: 90_000 }, () =>
    run(exchange, venue, symbols, hosts),
  );
}

function reasonToSkip(): string | false {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return skipWithout('tardis-dev');
  } catch {
    return 'NOT PROVEN HERE: there is no openssl to make a certificate with';
  }
}

async function run(
  exchange: string,
  venue: SimVenueName,
  symbols: readonly string[],
  hosts: readonly string[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cryptorun-tls-'));
  const certificate = makeCertificate(folder);
  // The npm version of tardis-dev still connects to the paths of USD-M that were retired in April 2026.
  const world = new SimWorld({
    seed: 12,
    startMs: Date.now() - (Date.now() % 1_000),
    venues: [venue],
    assets: 3,
    servesUnrouted: true,
  });
  const listening = await listenWorld(world, { speed: 0, tls: certificate });
  const proxy = await proxyTo(listening.port);
  const env = { ...process.env, HTTP_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: certificate.certPath };
  const child = fork(CHILD, [packageFolder('tardis-dev')!, exchange, String(DEPTH), ...symbols], { env, execArgv: [] });
  const pump = new Pump(world);
  try {
    pump.go();
    for (const symbol of symbols) while ((await topOf(child, symbol)).bids.length === 0) await pump.passed(500);
    for (let check = 0; check < CHECKS; check++) {
      await pump.passed(BETWEEN_MS);
      pump.stop();
      for (const symbol of symbols) {
        const wanted = trueBook(world, venue, symbol, DEPTH);
        assert.deepEqual(await caughtUp(wanted, () => topOf(child, symbol)), wanted, `${symbol} at check ${check}`);
      }
      pump.go();
    }
    assert.deepEqual([...new Set(proxy.asked)].sort(), [...hosts].sort());
    assert.equal(world.venue(venue).counts.limitCloses, 0);
  } finally {
    pump.stop();
    await ended(child);
    await proxy.close();
    await listening.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function topOf(child: ChildProcess, symbol: string): Promise<PlainBook> {
  assert.equal(child.exitCode, null, 'tardis-dev is still running');
  child.send(symbol);
  return (await once(child, 'message'))[0];
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
