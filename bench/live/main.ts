/**
 * The live bench: CPU time a message of a scanner and of two libraries on the same streams at the same rate over real sockets, the
 * `ws` library alone as the floor; then how many messages a second the scanner keeps up with.
 */

import { cpus, loadavg } from 'node:os';
import { makeCertificate } from '../../test/contract/tls-proxy.ts';
import { endChildren } from '../load/child.ts';
import { type LoadMarkets, symbolsOf } from '../load/home.ts';
import { type LoadPaths, LoadProcess, loadPaths, removeWork } from '../load/load-process.ts';
import { liveClients } from './clients.ts';
import { compare } from './compare.ts';
import { LIVE_USAGE, type LiveOptions, readLiveOptions } from './options.ts';
import { stepUp } from './step-up.ts';

/** Of market: more frames than a processor's cache holds. */
const ROUND_MS = 30_000;
/** Of liquid symbols: a third of the messages is depth of nine levels. BTCUSDT as recorded in 2024: a twelfth, of 45. */
const ACTIVITY = 10;

/** Clients that are up at the same time, each with a server of its own. */
const SERVERS = 2;

/** @returns the exit code */
export async function main(
  argv: readonly string[],
  { root, serverPath }: { readonly root: string; readonly serverPath: string },
): Promise<number> {
  let options: LiveOptions;
  try {
    options = readLiveOptions(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${LIVE_USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(LIVE_USAGE);
    return 0;
  }
  const paths = loadPaths(root, serverPath);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  process.on('exit', () => {
    endChildren();
    removeWork(paths);
  });
  try {
    await run(options, paths);
    return 0;
  } catch (error) {
    process.stderr.write(`not measured: ${(error as Error).message}\n`);
    return 1;
  } finally {
    endChildren();
  }
}

async function run(options: LiveOptions, paths: LoadPaths): Promise<void> {
  const [cpu] = cpus();
  console.log(`node ${process.version}, ${cpus().length} x ${cpu?.model}, load ${loadavg()[0]!.toFixed(2)}`);
  const markets: LoadMarkets = { venues: ['binance'], symbolsPerVenue: options.symbols, activity: ACTIVITY };
  const certificate = certificateIn(paths.work);
  const tls = certificate && { key: certificate.key, cert: certificate.cert };
  const start = (): Promise<LoadProcess> => LoadProcess.start(paths, { markets, roundMs: ROUND_MS, tls });
  const servers = await Promise.all(Array.from({ length: SERVERS }, start));
  const server = servers[0]!;
  const symbols = symbolsOf('binance', markets);
  console.log(
    `a ring of ${server.ringFrames} messages of ${symbols.length} symbols of Binance spot: depth, trades, best bid and ask\n`,
  );
  await compare(liveClients(paths, markets, symbols, certificate?.certPath ?? null), servers, options);
  if (options.steps.length > 0) await stepUp(server, options, paths, markets);
}

function certificateIn(folder: string): ReturnType<typeof makeCertificate> | null {
  try {
    return makeCertificate(folder);
  } catch {
    return null;
  }
}
