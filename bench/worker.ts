/** Times one case over one set of frames in a process of its own: `node worker.js FRAMES CASE WARM_MS TIMED_MS`. Prints one JSON line. */

import type { Evidence, Pass } from './cases/case.ts';
import { CASES } from './cases/index.ts';
import { type FrameSet, readFrames } from './frames.ts';
import { median } from './median.ts';

/** Warming up begins with so many frames and takes twice as many each time: ccxt takes many seconds for a whole recording. */
const WARM_FRAMES = 30_000;

/** What a worker says; `unable` instead of figures where a case cannot run over these frames. */
export type WorkerReport =
  | { readonly unable: string }
  | {
      /** Elapsed, median of the passes. */
      readonly nsPerMessage: number;
      /** CPU time of all threads of the process, median of the passes: what another process on the machine distorts less. */
      readonly cpuNsPerMessage: number;
      readonly passes: number;
      /** CPU time over elapsed time of the timed passes: well under 1 on a machine that is busy otherwise. */
      readonly cpuShare: number;
      readonly evidence: Evidence;
    };

async function main(): Promise<WorkerReport> {
  const [path, name, warmMs, timedMs] = process.argv.slice(2);
  const frames = readFrames(path!);
  const make = await CASES[name!]!(frames);
  if (typeof make === 'string') return { unable: make };
  await warmUp(make, frames, Number(warmMs));
  return measure(make, frames, Number(timedMs));
}

/** The same time for all, in which the compiler is done: a long run's figure is wanted. */
async function warmUp(make: () => Pass, frames: FrameSet, warmMs: number): Promise<void> {
  let count = Math.min(WARM_FRAMES, frames.ends.length);
  const begin = performance.now();
  while (performance.now() - begin < warmMs) {
    await make().run(count);
    count = Math.min(2 * count, frames.ends.length);
  }
}

async function measure(make: () => Pass, frames: FrameSet, timedMs: number): Promise<WorkerReport> {
  const count = frames.ends.length;
  const elapsed: number[] = [];
  const cpu: number[] = [];
  let sumMs = 0;
  let evidence: Evidence;
  do {
    const pass = make();
    const cpuBegin = process.cpuUsage();
    const begin = performance.now();
    await pass.run(count);
    const passMs = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpuBegin);
    elapsed.push((passMs * 1e6) / count);
    cpu.push(((user + system) * 1000) / count);
    sumMs += passMs;
    evidence = pass.evidence();
  } while (sumMs < timedMs);
  const nsPerMessage = median(elapsed);
  const cpuNsPerMessage = median(cpu);
  const cpuShare = cpuNsPerMessage / nsPerMessage;
  return { nsPerMessage, cpuNsPerMessage, passes: elapsed.length, cpuShare, evidence };
}

process.stdout.write(`${JSON.stringify(await main())}\n`);
