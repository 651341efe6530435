/**
 * Measures the CPU time a message of clients that are up at the same time, each on a server of its own, in turns: a shared machine is now
 * and then half as fast for minutes, and so it is for all of them. The others get nothing meanwhile.
 */

import { type LoadProcess, until, wait } from '../load/load-process.ts';
import type { LoadClient, RunningClient } from './clients.ts';
import type { LiveOptions } from './options.ts';

export interface Turn {
  /** Of the whole process: collector and compiler threads too. */
  readonly cpuUsPerMessage: number;
  readonly messagesPerSecond: number;
  /** The server had to wait for it. */
  readonly isHeldBack: boolean;
}

export interface ClientRun {
  readonly turns: readonly Turn[];
  /** What it takes while nothing comes. */
  readonly restMsPerSecond: number;
  /** What its best prices are beside the true ones, in words. */
  readonly evidence: string;
}

const READY_LIMIT_MS = 90_000;
/** A peer falls behind when messages begin to come, and needs seconds to catch up. */
const SETTLE_MS = 4_000;
/** In it everything sent has been read. */
const STILL_MS = 1_500;
const REST_MS = 4_000;

interface Up {
  readonly client: LoadClient;
  readonly running: RunningClient;
  readonly server: LoadProcess;
  readonly turns: Turn[];
}

/**
 * @param servers - at least as many as clients
 * @param address - of all clients: whose limits count
 * @returns a run each, in their order
 */
export async function measureInTurns(
  clients: readonly LoadClient[],
  servers: readonly LoadProcess[],
  { framesPerSecond, turns, warmMs, turnMs }: LiveOptions,
  address: string,
): Promise<ClientRun[]> {
  const all: Up[] = [];
  try {
    for (const [i, client] of clients.entries()) {
      const server = servers[i]!;
      await server.setAddress(`${address} ${client.name}`);
      await server.setRate(framesPerSecond);
      all.push({ client, running: client.start(server), server, turns: [] });
    }
    for (const { client, running } of all)
      await until(`${client.name} has all books`, () => running.isReady(), READY_LIMIT_MS);
    await wait(warmMs);
    for (const { server } of all) await server.setRate(0);
    for (let turn = 0; turn < turns; turn++) {
      for (const up of turn % 2 === 0 ? all : [...all].reverse())
        up.turns.push(await oneTurn(up, framesPerSecond, turnMs));
      process.stderr.write(`${address}, turn ${turn + 1}: ${all.map(wordsOf).join(', ')}\n`);
    }
    return await Promise.all(
      all.map(async ({ running, server, turns }) => ({
        turns,
        restMsPerSecond: await atRest(running),
        evidence: await evidence(running, server),
      })),
    );
  } finally {
    for (const { running } of all) await running.end();
  }
}

async function oneTurn({ running, server }: Up, framesPerSecond: number, turnMs: number): Promise<Turn> {
  await server.setRate(framesPerSecond);
  await wait(SETTLE_MS);
  const before = await snapshot(running, server);
  await wait(turnMs);
  const after = await snapshot(running, server);
  await server.setRate(0);
  await wait(STILL_MS);
  const frames = after.frames - before.frames;
  return {
    cpuUsPerMessage: (after.cpuUs - before.cpuUs) / frames,
    messagesPerSecond: frames / ((after.atMs - before.atMs) / 1000),
    isHeldBack: after.heldBack > before.heldBack,
  };
}

async function snapshot({ child }: RunningClient, server: LoadProcess) {
  const { cpuUs } = await child.sample();
  const { frames, heldBack } = await server.totals();
  return { cpuUs, frames, heldBack, atMs: performance.now() };
}

async function atRest({ child }: RunningClient): Promise<number> {
  const before = await child.sample();
  await wait(REST_MS);
  const after = await child.sample();
  return (after.cpuUs - before.cpuUs) / REST_MS;
}

async function evidence(running: RunningClient, server: LoadProcess): Promise<string> {
  const tops = await running.tops();
  if (tops === null) return 'keeps no books';
  let equal = 0;
  for (const [symbol, bid, ask] of tops) {
    const book = await server.book('binance', symbol);
    if (Number(book?.depth.bids[0]?.[0]) === bid && Number(book?.depth.asks[0]?.[0]) === ask) equal += 1;
  }
  return `${equal} of ${tops.length} books asked for are the venue's`;
}

function wordsOf({ client, turns }: Up): string {
  return `${client.name} ${turns.at(-1)!.cpuUsPerMessage.toFixed(2)}`;
}
