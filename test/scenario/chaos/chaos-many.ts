/**
 * Many seeds of chaos on as many threads as the machine has room for, and what they come to. The threads run a bundle made for
 * the purpose: TypeScript that is compiled as it is loaded would be compiled once a thread.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import type { FullConfig } from '../../../src/shell/config/full-config.ts';
import { loadFullConfig } from '../../../src/shell/config/load-full-config.ts';
import type { ChaosReport } from './chaos-run.ts';
import { CHAOS_MS } from './chaos-script.ts';
import type { ChaosOutcome, ChaosWorkerStart } from './chaos-worker.ts';

/** More of them only fight for memory. */
const MOST_THREADS = 4;
const MINUTE_MS = 60_000;
/** CommonJS packages in the bundle ask for Node's own modules by it. */
const REQUIRE = "import{createRequire as requireFrom}from'node:module';const require=requireFrom(import.meta.url);";

/** The configuration that we ship. */
export function shippedConfig(): FullConfig {
  const packageRoot = fileURLToPath(new URL('../../..', import.meta.url));
  const loaded = loadFullConfig({ flags: {}, env: {}, cwd: packageRoot, packageRoot });
  if (!loaded.ok) throw new Error('the shipped configuration has problems');
  return loaded.config;
}

/** After a seed that failed no further one begins. @returns in no order */
export async function runChaos(seeds: readonly number[]): Promise<ChaosOutcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'cryptorun-chaos-'));
  try {
    const outfile = join(folder, 'chaos-worker.mjs');
    const entry = fileURLToPath(new URL('chaos-worker.ts', import.meta.url));
    const form = { bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning' } as const;
    await build({ entryPoints: [entry], outfile, ...form, banner: { js: REQUIRE } });
    const waiting = [...seeds];
    const threads = Math.min(MOST_THREADS, availableParallelism(), seeds.length);
    const all = await Promise.all(Array.from({ length: threads }, () => workOff(waiting, outfile)));
    return all.flat();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One thread, until nothing waits. @param waiting - shared with the other threads */
function workOff(waiting: number[], file: string): Promise<ChaosOutcome[]> {
  const workerData: ChaosWorkerStart = { config: shippedConfig() };
  // Loaders of this process are none of the bundle's business.
  const worker = new Worker(file, { workerData, execArgv: [] });
  const outcomes: ChaosOutcome[] = [];
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const seed = waiting.shift();
      if (seed !== undefined) worker.postMessage(seed);
      else void worker.terminate().then(() => resolve(outcomes));
    };
    worker.on('error', reject);
    worker.on('message', (outcome: ChaosOutcome) => {
      outcomes.push(outcome);
      if (outcome.kind === 'failed') waiting.length = 0;
      next();
    });
    next();
  });
}

/** For people, a few lines. @param cpuMs - of all threads */
export function chaosSummary(reports: readonly ChaosReport[], wallMs: number, cpuMs: number): string {
  const sum = (value: (report: ChaosReport) => number): number =>
    reports.reduce((total, report) => total + value(report), 0);
  const most = (value: (report: ChaosReport) => number): number => Math.max(0, ...reports.map(value));
  const recoveriesMs = reports.flatMap((report) => report.recoveriesMs).sort((a, b) => a - b);
  const quantile = (q: number): string => {
    const at = Math.min(recoveriesMs.length - 1, Math.floor(q * recoveriesMs.length));
    return seconds(recoveriesMs[at] ?? 0);
  };
  const faults = sum((report) => report.faults);
  const recovered = sum((report) => report.recovered);
  const killed = reports.filter(({ killedAtMs }) => killedAtMs !== null).length;
  const replayed = reports.filter(({ isReplayed }) => isReplayed).length;
  return [
    `${reports.length} seeds of ${CHAOS_MS / MINUTE_MS} virtual minutes, ${sum(({ steps }) => steps)} steps; ${killed} killed, ${replayed} replayed`,
    `faults injected ${faults}, which struck ${sum(({ struck }) => struck)} times; recovered ${recovered}, cut short by a kill ${faults - recovered}`,
    `time to recover p50 ${quantile(0.5)}, p99 ${quantile(0.99)}, of ${recoveriesMs.length} faults that no other followed at once`,
    `at most in a minute: ${most((one) => one.most.connects)} attempts a connection, ${most((one) => one.most.requests)} requests a venue`,
    `live books refreshed ${sum(({ refreshes }) => refreshes)} times`,
    `wall time ${seconds(wallMs)}, CPU ${seconds(cpuMs)}`,
  ].join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
