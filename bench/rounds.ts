/** Runs every case of a kind in turn, round after round, each time in a fresh process. Decides no figure. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { WorkerReport } from './worker.ts';

/** What came of one case in one round. */
export type Outcome = WorkerReport;

export interface RoundsOptions {
  readonly worker: string;
  readonly rounds: number;
  readonly warmMs: number;
  readonly timedMs: number;
  readonly profileDir: string | null;
  readonly onProgress: (text: string) => void;
}

/**
 * @param framesPath - what `writeFrames` wrote
 * @returns the outcomes of each case, one a round, in the order of the rounds
 */
export async function runRounds(
  framesPath: string,
  kind: string,
  cases: readonly string[],
  options: RoundsOptions,
): Promise<Map<string, Outcome[]>> {
  const outcomes = new Map<string, Outcome[]>(cases.map((name) => [name, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (const name of rotated(cases, round)) {
      const before = outcomes.get(name)!;
      if (before.length > 0 && 'unable' in before[0]!) continue;
      options.onProgress(`${kind}: round ${round + 1} of ${options.rounds}, ${name}`);
      before.push(await runCase(framesPath, kind, name, options));
    }
  }
  return outcomes;
}

/** The order changes each round, so that no case always follows the same one. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

async function runCase(framesPath: string, kind: string, name: string, options: RoundsOptions): Promise<Outcome> {
  const { worker, warmMs, timedMs, profileDir } = options;
  const profiling =
    profileDir === null
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=${kind}-${name}.cpuprofile`];
  const child = spawn(process.execPath, [...profiling, worker, framesPath, name, `${warmMs}`, `${timedMs}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Tells tardis-dev that this is history: its mappers ask the clock whether a message is live.
    env: { ...process.env, __NO_REAL_TIME__: '1' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  if (code === 0) return JSON.parse(stdout.slice(stdout.lastIndexOf('\n', stdout.length - 2) + 1));
  const why = stderr.split('\n').find((line) => line.includes('Error')) ?? `exit code ${code}`;
  return { unable: `failed: ${why.trim()}` };
}
