/** Runs one seed of chaos after the other, as they come in. The entry of a worker thread; prints nothing. */

import { parentPort, workerData } from 'node:worker_threads';
import type { FullConfig } from '../../../src/shell/config/full-config.ts';
import { type ChaosReport, ChaosRun } from './chaos-run.ts';
import { ChaosFailure } from './invariant.ts';

/** What becomes of a seed. */
export type ChaosOutcome =
  | { readonly kind: 'passed'; readonly report: ChaosReport }
  | { readonly kind: 'failed'; readonly seed: number; readonly message: string };

export interface ChaosWorkerStart {
  readonly config: FullConfig;
}

const { config } = workerData as ChaosWorkerStart;
const port = parentPort!;
port.on('message', (seed: number) => port.postMessage(outcomeOf(seed)));

function outcomeOf(seed: number): ChaosOutcome {
  try {
    return { kind: 'passed', report: new ChaosRun(seed, config).run() };
  } catch (error) {
    if (error instanceof ChaosFailure) return { kind: 'failed', seed, message: error.message };
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failed', seed, message: `seed ${seed}: ${what}` };
  }
}
