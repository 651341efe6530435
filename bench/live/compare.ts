/** Runs every client at the same rate, in rounds of changing order, and prints medians of CPU time a message. */

import { type LoadProcess, until, wait } from '../load/load-process.ts';
import { median } from '../median.ts';
import type { LoadClient, RunningClient, Tops } from './clients.ts';
import type { LiveOptions } from './options.ts';

export interface CpuRun {
  /** Of the whole process: collector and compiler threads too. */
  readonly cpuUsPerMessage: number;
  readonly messagesPerSecond: number;
  /** What it takes while nothing comes. */
  readonly restMsPerSecond: number;
  /** What its best prices are beside the true ones, in words. */
  readonly evidence: string;
}

const READY_LIMIT_MS = 90_000;
/** In it everything sent has been read; then the client is watched while nothing comes. */
const STILL_MS = 1_500;
const REST_MS = 4_000;
/** Of the issue: so many times less, with the floor subtracted. */
const TARGETS: Readonly<Record<string, number>> = { 'tardis-dev': 8, 'ccxt pro': 20 };
const FLOOR = 'ws alone';
const OURS = 'cryptorun';

export async function compare(
  clients: readonly LoadClient[],
  server: LoadProcess,
  options: LiveOptions,
): Promise<void> {
  const runs = new Map<string, CpuRun[]>(clients.map(({ name }) => [name, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (let i = 0; i < clients.length; i++) {
      const client = clients[(i + round) % clients.length]!;
      if (client.missing !== null) continue;
      const run = await measured(client, server, options, `${client.name} ${round}`);
      runs.get(client.name)!.push(run);
      process.stderr.write(`round ${round + 1}: ${client.name} ${run.cpuUsPerMessage.toFixed(2)} us\n`);
    }
  }
  print(clients, runs, options);
}

async function measured(
  client: LoadClient,
  server: LoadProcess,
  { framesPerSecond, warmMs, windowMs }: LiveOptions,
  address: string,
): Promise<CpuRun> {
  await server.setAddress(address);
  await server.setRate(framesPerSecond);
  const running = client.start();
  try {
    await until(`${client.name} has all books`, () => running.isReady(), READY_LIMIT_MS);
    await wait(warmMs);
    const before = await snapshot(running, server);
    await wait(windowMs);
    const after = await snapshot(running, server);
    await server.setRate(0);
    await wait(STILL_MS);
    const restMsPerSecond = await atRest(running);
    const frames = after.frames - before.frames;
    return {
      restMsPerSecond,
      cpuUsPerMessage: (after.cpuUs - before.cpuUs) / frames,
      messagesPerSecond: frames / ((after.atMs - before.atMs) / 1000),
      evidence: (await evidence(running, server)) + (after.heldBack > before.heldBack ? '; DID NOT KEEP UP' : ''),
    };
  } finally {
    await running.end();
  }
}

async function atRest({ child }: RunningClient): Promise<number> {
  const before = await child.sample();
  await wait(REST_MS);
  const after = await child.sample();
  return (after.cpuUs - before.cpuUs) / REST_MS;
}

async function snapshot(running: RunningClient, server: LoadProcess) {
  const { cpuUs } = await running.child.sample();
  const { frames, heldBack } = await server.totals();
  return { cpuUs, frames, heldBack, atMs: performance.now() };
}

async function evidence(running: RunningClient, server: LoadProcess): Promise<string> {
  const tops: Tops = await running.tops();
  if (tops === null) return 'keeps no books';
  let equal = 0;
  for (const [symbol, bid, ask] of tops) {
    const book = await server.book('binance', symbol);
    if (Number(book?.depth.bids[0]?.[0]) === bid && Number(book?.depth.asks[0]?.[0]) === ask) equal += 1;
  }
  return `${equal} of ${tops.length} books asked for are the venue's`;
}

function print(
  clients: readonly LoadClient[],
  runs: ReadonlyMap<string, readonly CpuRun[]>,
  options: LiveOptions,
): void {
  const cpuOf = (name: string): number => median(runs.get(name)!.map(({ cpuUsPerMessage }) => cpuUsPerMessage));
  const floor = cpuOf(FLOOR);
  const ours = cpuOf(OURS);
  const { framesPerSecond, rounds, windowMs } = options;
  console.log(
    `CPU microseconds a message at ${framesPerSecond} messages/s; medians of ${rounds} runs of ${windowMs / 1000} s`,
  );
  console.log(line('client', 'us/msg', 'min..max', 'less floor', 'x ours', 'messages/s', 'rest ms/s', 'at the end'));
  for (const { name, missing } of clients) {
    const all = runs.get(name)!;
    if (missing !== null || all.length === 0) {
      console.log(line(name, '-', '-', '-', '-', '-', '-', missing ?? 'no run'));
      continue;
    }
    const values = all.map(({ cpuUsPerMessage }) => cpuUsPerMessage);
    const spread = `${Math.min(...values).toFixed(1)}..${Math.max(...values).toFixed(1)}`;
    const own = cpuOf(name) - floor;
    const ratio = name === FLOOR ? '-' : (own / (ours - floor)).toFixed(1);
    const rate = median(all.map(({ messagesPerSecond }) => messagesPerSecond)).toFixed(0);
    const rest = median(all.map(({ restMsPerSecond }) => restMsPerSecond)).toFixed(1);
    console.log(line(name, cpuOf(name).toFixed(2), spread, own.toFixed(2), ratio, rate, rest, all.at(-1)!.evidence));
  }
  // What a program does beside its messages (status, heartbeats, looking for orders) is in the figure, and shown without.
  const restOf = (name: string): number =>
    (median(runs.get(name)!.map(({ restMsPerSecond }) => restMsPerSecond)) * 1000) / framesPerSecond;
  for (const [name, target] of Object.entries(TARGETS)) {
    if (runs.get(name)!.length === 0) continue;
    const ratio = (cpuOf(name) - floor) / (ours - floor);
    const alone = (cpuOf(name) - restOf(name) - floor) / (ours - restOf(OURS) - floor);
    const verdict = `target ${target}: ${ratio >= target ? 'met' : 'MISSED'}`;
    console.log(
      `${name}: ${ratio.toFixed(1)} times ours, ${verdict}; ${alone.toFixed(1)} times without what each takes at rest`,
    );
  }
}

function line(...cells: readonly string[]): string {
  const widths = [12, 9, 14, 11, 8, 11, 10];
  return cells
    .map((cell, index) =>
      index === 0 ? cell.padEnd(widths[0]!) : index < 7 ? cell.padStart(widths[index]!) : `  ${cell}`,
    )
    .join(' ');
}
