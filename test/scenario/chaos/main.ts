/** `npm run chaos -- --seeds N [--from S]`: as many seeds as asked for; `SIM_SEED=n` runs that one. Ends at the first failure. */

import { parseArgs } from 'node:util';
import { chaosSummary, runChaos } from './chaos-many.ts';
import { ChaosFailure } from './chaos-run.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string' } } });
const asked = process.env['SIM_SEED'];
const from = Number(asked ?? values.from ?? 1);
const count = asked === undefined ? Number(values.seeds ?? 200) : 1;

try {
  const startMs = performance.now();
  const reports = runChaos(Array.from({ length: count }, (_, i) => from + i));
  process.stdout.write(`${chaosSummary(reports, performance.now() - startMs)}\n`);
} catch (error) {
  if (!(error instanceof ChaosFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
