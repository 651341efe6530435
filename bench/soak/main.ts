/**
 * The soak: 200 symbols on four venues at 20,000 messages a second for ten minutes, the scanner as it was built in a process of
 * its own, measured every few seconds. Decides by limits and says so in its exit code.
 */

import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { SimVenueName } from '../../src/shell/sim/world/sim-world.ts';
import { type Child, endChildren } from '../load/child.ts';
import type { LoadMarkets } from '../load/home.ts';
import {
  type LoadPaths,
  LoadProcess,
  loadPaths,
  measuredChild,
  removeWork,
  ScannerProcess,
  until,
  wait,
} from '../load/load-process.ts';
import { checksText, type SoakPoint, soakChecks } from './report.ts';

const USAGE = `npm run soak -- [options]
  --minutes N     how long (default 10)
  --rate N        messages a second, all venues together (default 20000)
  --symbols N     of each of the four venues (default 50)
`;

const VENUES: readonly SimVenueName[] = ['binance', 'binance_usdm', 'kraken', 'okx'];
/** Of market: 50,000 messages of 200 symbols. */
const ROUND_MS = 30_000;
const SAMPLE_EVERY_MS = 5_000;
/** Compilers and caches are done by then. */
const SETTLED_AFTER_MS = 180_000;
/** A short run has to do with less: half of it. */
const SETTLED_RATIO = 0.5;
const READY_LIMIT_MS = 120_000;
const LIMITS = { slopeMbPerMinute: 1, loopP99Ms: 20 };
const BROKEN = 1;
/** With a collector to call, and the delay of its event loop measured. */
const WATCHED = { nodeArgs: ['--expose-gc'], env: { CRYPTORUN_LOAD_LOOP: '1' } };
/** Does nothing: how late its event loop comes round is the machine's doing. */
const IDLE = 'setInterval(() => {}, 60_000)';

/** @returns the exit code */
export async function main(
  argv: readonly string[],
  { root, serverPath }: { readonly root: string; readonly serverPath: string },
): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      minutes: { type: 'string', default: '10' },
      rate: { type: 'string', default: '20000' },
      symbols: { type: 'string', default: '50' },
      help: { type: 'boolean', default: false },
    },
  });
  const [minutes, rate, symbols] = [Number(values.minutes), Number(values.rate), Number(values.symbols)];
  if (values.help || !(minutes > 0 && rate > 0 && symbols > 0)) {
    process.stderr.write(USAGE);
    return values.help ? 0 : 2;
  }
  const paths = loadPaths(root, serverPath);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(BROKEN));
  process.on('exit', () => {
    endChildren();
    removeWork(paths);
  });
  try {
    return (await soak(paths, { durationMs: minutes * 60_000, framesPerSecond: rate, symbols })) ? 0 : BROKEN;
  } catch (error) {
    process.stderr.write(`not measured: ${(error as Error).message}\n`);
    return BROKEN;
  } finally {
    endChildren();
  }
}

interface Soak {
  readonly durationMs: number;
  readonly framesPerSecond: number;
  /** Of each venue. */
  readonly symbols: number;
}

async function soak(paths: LoadPaths, { durationMs, framesPerSecond, symbols }: Soak): Promise<boolean> {
  const [cpu] = cpus();
  console.log(`node ${process.version}, ${cpus().length} x ${cpu?.model}, load ${loadavg()[0]!.toFixed(2)}`);
  const markets: LoadMarkets = { venues: VENUES, symbolsPerVenue: symbols, activity: 1 };
  const server = await LoadProcess.start(paths, { markets, roundMs: ROUND_MS, tls: null });
  await server.setRate(framesPerSecond);
  const scanner = new ScannerProcess(paths, markets, server.port, WATCHED);
  const idle = measuredChild(paths, 'idle', ['-e', IDLE], { ...process.env, ...WATCHED.env });
  await until('all venues are live', () => scanner.isLive(VENUES), READY_LIMIT_MS);
  const what = `${symbols * VENUES.length} symbols on ${VENUES.length} venues, ${framesPerSecond} messages/s`;
  console.log(`${what}, ${durationMs / 60_000} minutes; ring of ${server.ringFrames} messages`);
  console.log(
    '  minute  messages/s   RSS MB  heap MB  outside MB  loop p99 ms  most ms  idle p99 ms  CPU %  lag p99 ms',
  );
  const settledMs = Math.min(SETTLED_AFTER_MS, durationMs * SETTLED_RATIO);
  const points = await measured({ scanner, idle, server }, durationMs, settledMs);
  const counted = points.filter(({ atMs }) => atMs >= settledMs);
  const checks = [...soakChecks(counted, { ...LIMITS, framesPerSecond }), ...(await endChecks(scanner))];
  console.log(
    `\nfrom minute ${(settledMs / 60_000).toFixed(1)} on, ${counted.length} samples; slopes with their 95 % interval`,
  );
  console.log(checksText(checks));
  return checks.every(({ isMet }) => isMet);
}

interface Processes {
  readonly scanner: ScannerProcess;
  readonly idle: Child;
  readonly server: LoadProcess;
}

/** @param settledMs - from then on it counts */
async function measured(
  { scanner, idle, server }: Processes,
  durationMs: number,
  settledMs: number,
): Promise<SoakPoint[]> {
  const points: SoakPoint[] = [];
  let hasSettled = false;
  const startMs = performance.now();
  // The first sample begins the window of the event loop's delay.
  await Promise.all([scanner.child.sample(true), idle.sample()]);
  while (performance.now() - startMs < durationMs) {
    await wait(SAMPLE_EVERY_MS);
    const { frames } = await server.totals();
    const atMs = performance.now() - startMs;
    const isBeginning: boolean = !hasSettled && atMs >= settledMs;
    hasSettled ||= isBeginning;
    const idleSample = await idle.sample(false, isBeginning);
    points.push({ atMs, sample: await scanner.child.sample(true, isBeginning), idle: idleSample.loop!, frames });
    show(points, scanner);
  }
  return points;
}

function show(points: readonly SoakPoint[], scanner: ScannerProcess): void {
  const now = points.at(-1)!;
  const before = points.at(-2);
  const { rss, heapUsed, external, loop, cpuUs } = now.sample;
  const elapsedMs = before === undefined ? Number.NaN : now.atMs - before.atMs;
  const rate = before === undefined ? Number.NaN : (now.frames - before.frames) / (elapsedMs / 1000);
  const cpu = before === undefined ? Number.NaN : (cpuUs - before.sample.cpuUs) / 10 / elapsedMs;
  const lag = Number(scanner.row('lag_p99_ms')?.value ?? Number.NaN);
  const mb = (bytes: number): string => (bytes / 1_000_000).toFixed(1);
  const cells = [(now.atMs / 60_000).toFixed(2), rate.toFixed(0), mb(rss), mb(heapUsed), mb(external)];
  cells.push(
    loop!.p99Ms.toFixed(1),
    loop!.mostMs.toFixed(1),
    now.idle.p99Ms.toFixed(1),
    cpu.toFixed(0),
    lag.toFixed(2),
  );
  const widths = [8, 12, 9, 9, 12, 13, 9, 13, 7, 12];
  console.log(cells.map((cell, index) => cell.padStart(widths[index]!)).join(''));
}

/** What a load that is a legal stream must not have caused. */
async function endChecks(scanner: ScannerProcess) {
  const states = VENUES.map((venue) => String(scanner.row(venue, 'feed')?.value));
  const dropped = VENUES.flatMap((venue) =>
    ['dropped_depth_frames', 'dropped_other_frames', 'reconnects'].map((part) =>
      Number(scanner.row(venue, part)?.value),
    ),
  );
  return [
    { name: 'feeds', limit: 'all live', seen: states.join(), isMet: states.every((state) => state === 'live') },
    {
      name: 'dropped messages, reconnects',
      limit: 'none',
      seen: String(dropped.reduce((sum, count) => sum + count, 0)),
      isMet: dropped.every((count) => count === 0),
    },
  ];
}
