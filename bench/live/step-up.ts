/** Sends the scanner more and more messages a second and prints how it fares, and who gave in when it could not go on. */

import type { LoadMarkets } from '../load/home.ts';
import { type LoadPaths, type LoadProcess, ScannerProcess, until, wait } from '../load/load-process.ts';
import { median } from '../median.ts';
import type { LiveOptions } from './options.ts';

interface Step {
  readonly asked: number;
  readonly sent: number;
  /** p99 of each second, ms. */
  readonly lagsMs: readonly number[];
  readonly cpuUsPerMessage: number;
  readonly scannerCpuRatio: number;
  readonly serverCpuRatio: number;
  readonly isKeptUp: boolean;
  /** Times that the scanner did not read fast enough. */
  readonly heldBack: number;
}

const READY_LIMIT_MS = 90_000;
const SETTLE_MS = 4_000;
const SECONDS = 8;
const LAG_LIMIT_MS = 10;
/** A step is kept up with when so much of it arrives. */
const KEPT_UP_RATIO = 0.98;

export async function stepUp(
  server: LoadProcess,
  { steps }: LiveOptions,
  paths: LoadPaths,
  markets: LoadMarkets,
): Promise<void> {
  await server.setAddress('steps');
  await server.setRate(steps[0]!);
  const scanner = new ScannerProcess(paths, markets, server.port);
  console.log('\nthe scanner alone; lag: from the socket to the end of the step, p99 of a second');
  console.log(line('messages/s', 'arrived/s', 'lag median', 'worst', 'us/msg', 'its CPU', 'sim CPU', ''));
  let best = 0;
  try {
    await until('the scanner is live', () => scanner.isLive(markets.venues), READY_LIMIT_MS);
    for (const rate of steps) {
      const step = await oneStep(scanner, server, rate);
      const isGood = step.isKeptUp && median(step.lagsMs) < LAG_LIMIT_MS;
      if (isGood) best = rate;
      show(step, isGood);
      if (!step.isKeptUp) break;
    }
  } finally {
    await scanner.end();
  }
  console.log(`highest rate with a p99 lag under ${LAG_LIMIT_MS} ms: ${best} messages/s`);
}

async function oneStep(scanner: ScannerProcess, server: LoadProcess, rate: number): Promise<Step> {
  await server.setRate(rate);
  await wait(SETTLE_MS);
  const before = { ...(await server.totals()), ...(await scanner.child.sample()), atMs: performance.now() };
  const lagsMs: number[] = [];
  for (let second = 0; second < SECONDS; second++) {
    await wait(1000);
    lagsMs.push(Number(scanner.row('lag_p99_ms')?.value ?? Number.NaN));
  }
  const after = { ...(await server.totals()), ...(await scanner.child.sample()), atMs: performance.now() };
  const elapsedMs = after.atMs - before.atMs;
  const frames = after.frames - before.frames;
  const cpuUs = after.cpuUs - before.cpuUs;
  const sent = frames / (elapsedMs / 1000);
  return {
    asked: rate,
    sent,
    lagsMs,
    cpuUsPerMessage: cpuUs / frames,
    scannerCpuRatio: cpuUs / 1000 / elapsedMs,
    serverCpuRatio: after.cpuRatio,
    isKeptUp: sent >= rate * KEPT_UP_RATIO,
    heldBack: after.heldBack - before.heldBack,
  };
}

function show(step: Step, isGood: boolean): void {
  const lag = median(step.lagsMs);
  const limit = step.heldBack > 0 ? 'the scanner was the limit' : 'the simulator was the limit';
  const verdict = isGood ? '' : step.isKeptUp ? 'late' : limit;
  console.log(
    line(
      String(step.asked),
      step.sent.toFixed(0),
      `${lag.toFixed(2)} ms`,
      `${Math.max(...step.lagsMs).toFixed(1)} ms`,
      step.cpuUsPerMessage.toFixed(2),
      percent(step.scannerCpuRatio),
      percent(step.serverCpuRatio),
      verdict,
    ),
  );
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(0)} %`;
}

function line(...cells: readonly string[]): string {
  return cells.map((cell, index) => (index < 7 ? cell.padStart(11) : `  ${cell}`)).join('');
}
