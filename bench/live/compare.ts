/**
 * Compares CPU time a message of all clients, which run side by side and get the load in turns of a few seconds: what the machine does
 * to one turn it does to the next one, too. Prints medians.
 */

import { type LoadProcess, until, wait } from '../load/load-process.ts';
import { median } from '../median.ts';
import type { LoadClient, RunningClient, Tops } from './clients.ts';
import type { LiveOptions } from './options.ts';

/** What came of one client. */
interface Measured {
  /** Of the whole process, collector and compiler threads too: a turn each, of all rounds. */
  readonly cpuUsPerMessage: number[];
  readonly messagesPerSecond: number[];
  /** What it takes while nothing comes: a round each. */
  readonly restMsPerSecond: number[];
  /** What its best prices are beside the true ones, in words; of the last round. */
  evidence: string;
  isHeldBack: boolean;
}

/** A client on its own server, so that it can be left alone. */
interface Contender {
  readonly client: LoadClient;
  readonly running: RunningClient;
  readonly server: LoadProcess;
}

const READY_LIMIT_MS = 90_000;
/** At the load before a turn is measured. */
const SETTLE_MS = 400;
/** What others get meanwhile: enough that no market of theirs falls silent. */
const ASIDE_RATIO = 0.01;
/** In it everything sent has been read; then the client is watched while nothing comes. */
const STILL_MS = 1_500;
const REST_MS = 4_000;
/** Of the issue: so many times less, with the floor subtracted. */
const TARGETS: Readonly<Record<string, number>> = { 'tardis-dev': 8, 'ccxt pro': 20 };
const FLOOR = 'ws alone';
const OURS = 'cryptorun';

/** @param startServer - one of its own for each client */
export async function compare(
  clients: readonly LoadClient[],
  startServer: () => Promise<LoadProcess>,
  options: LiveOptions,
): Promise<void> {
  const all = new Map<string, Measured>(clients.map(({ name }) => [name, nothing()]));
  const present = clients.filter(({ missing }) => missing === null);
  for (let round = 0; round < options.rounds; round++) {
    await oneRound(
      [...present.slice(round % present.length), ...present.slice(0, round % present.length)],
      startServer,
      options,
      all,
    );
    process.stderr.write(`round ${round + 1} of ${options.rounds} is over\n`);
  }
  print(clients, all, options);
}

/** Every client in a fresh process. */
async function oneRound(
  clients: readonly LoadClient[],
  startServer: () => Promise<LoadProcess>,
  options: LiveOptions,
  all: ReadonlyMap<string, Measured>,
): Promise<void> {
  const contenders: Contender[] = [];
  try {
    for (const client of clients) contenders.push(await warm(client, await startServer(), options));
    for (let turn = 0; turn < options.turns; turn++) {
      for (const one of turn % 2 === 0 ? contenders : contenders.toReversed())
        await takeTurn(one, options, all.get(one.client.name)!);
    }
    for (const one of contenders) await rest(one, all.get(one.client.name)!);
  } finally {
    for (const { running, server } of contenders) {
      await running.end();
      await server.end();
    }
  }
}

async function warm(client: LoadClient, server: LoadProcess, options: LiveOptions): Promise<Contender> {
  const { framesPerSecond, warmMs } = options;
  await server.setRate(framesPerSecond);
  const running = client.start(server.port);
  await until(`${client.name} has all books`, () => running.isReady(), READY_LIMIT_MS);
  await wait(warmMs);
  await server.setRate(framesPerSecond * ASIDE_RATIO);
  return { client, running, server };
}

async function takeTurn({ running, server }: Contender, options: LiveOptions, into: Measured): Promise<void> {
  const { framesPerSecond, turnMs } = options;
  await server.setRate(framesPerSecond);
  await wait(SETTLE_MS);
  const before = await snapshot(running, server);
  await wait(turnMs);
  const after = await snapshot(running, server);
  await server.setRate(framesPerSecond * ASIDE_RATIO);
  const frames = after.frames - before.frames;
  into.cpuUsPerMessage.push((after.cpuUs - before.cpuUs) / frames);
  into.messagesPerSecond.push(frames / ((after.atMs - before.atMs) / 1000));
  into.isHeldBack ||= after.heldBack > before.heldBack;
}

async function rest({ running, server }: Contender, into: Measured): Promise<void> {
  await server.setRate(0);
  await wait(STILL_MS);
  into.restMsPerSecond.push(await atRest(running));
  into.evidence = await evidence(running, server);
}

function nothing(): Measured {
  return { cpuUsPerMessage: [], messagesPerSecond: [], restMsPerSecond: [], evidence: '', isHeldBack: false };
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

function print(clients: readonly LoadClient[], all: ReadonlyMap<string, Measured>, options: LiveOptions): void {
  const cpuOf = (name: string): number => median(all.get(name)!.cpuUsPerMessage);
  const floor = cpuOf(FLOOR);
  const ours = cpuOf(OURS);
  const { framesPerSecond, rounds, turns, turnMs } = options;
  console.log(
    `CPU microseconds a message at ${framesPerSecond} messages/s; medians of ${rounds} x ${turns} turns of ${turnMs / 1000} s`,
  );
  console.log(line('client', 'us/msg', 'min..max', 'less floor', 'x ours', 'messages/s', 'rest ms/s', 'at the end'));
  for (const { name, missing } of clients) {
    if (missing !== null) {
      console.log(line(name, '-', '-', '-', '-', '-', '-', missing));
      continue;
    }
    const { cpuUsPerMessage, messagesPerSecond, restMsPerSecond, evidence, isHeldBack } = all.get(name)!;
    const spread = `${Math.min(...cpuUsPerMessage).toFixed(1)}..${Math.max(...cpuUsPerMessage).toFixed(1)}`;
    const own = cpuOf(name) - floor;
    const ratio = name === FLOOR ? '-' : (own / (ours - floor)).toFixed(1);
    const rate = median(messagesPerSecond).toFixed(0);
    const atEnd = evidence + (isHeldBack ? '; DID NOT KEEP UP' : '');
    const still = median(restMsPerSecond).toFixed(1);
    console.log(line(name, cpuOf(name).toFixed(2), spread, own.toFixed(2), ratio, rate, still, atEnd));
  }
  // What a program does beside its messages (status, heartbeats, looking for orders) is in the figure, and shown without.
  const restOf = (name: string): number => (median(all.get(name)!.restMsPerSecond) * 1000) / framesPerSecond;
  for (const [name, target] of Object.entries(TARGETS)) {
    if (all.get(name)!.cpuUsPerMessage.length === 0) continue;
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
