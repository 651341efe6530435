/**
 * `npm run chaos -- --seeds N [--from S]`: as many seeds as asked for, or one by `--seed S`. Ends with 1 when one failed.
 */

import { parseArgs } from 'node:util';
import { chaosSummary, runChaos } from './chaos-many.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' } },
});
const from = Number(values.seed ?? values.from ?? 1);
const count = values.seed === undefined ? Number(values.seeds ?? 200) : 1;

const startMs = performance.now();
const outcomes = await runChaos(Array.from({ length: count }, (_, i) => from + i));
const { user, system } = process.cpuUsage();
const reports = outcomes.flatMap((outcome) => (outcome.kind === 'passed' ? [outcome.report] : []));
process.stdout.write(`${chaosSummary(reports, performance.now() - startMs, (user + system) / 1000)}\n`);
for (const outcome of outcomes) {
  if (outcome.kind === 'passed') continue;
  process.stderr.write(`FAILED: ${outcome.message}\n`);
  process.exitCode = 1;
}
