/**
 * Chaos in virtual time, the short run: a few seeds with every invariant held, and proof that it would notice if a piece of
 * the handling were missing. `npm run chaos -- --seeds 200` is the long one; `SIM_SEED=n` repeats one seed here.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { shippedConfig } from './chaos/chaos-many.ts';
import { ChaosRun } from './chaos/chaos-run.ts';
import { ChaosFailure } from './chaos/invariant.ts';
import { MUTATIONS, type Mutation } from './chaos/mutations.ts';

const asked = process.env['SIM_SEED'];
/**
 * Between them every venue that is simulated. Each eighth is replayed from its tape, too; in 16, 28 and 96 Binance's snapshots are
 * short, and in 96 depth is measured; in 12 messages of Coinbase are swapped; in 165 Kraken's polls round a level to nothing.
 */
const SEEDS = asked === undefined ? [8, 12, 16, 28, 53, 96, 165] : [Number(asked)];
/** Where the simulator has changed since a mutation's seeds were found. */
const MORE_SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

const config = shippedConfig();

describe('half an hour of random faults: what is said of a book is true, all comes back, and no budget is exceeded', () => {
  let refreshed = 0;
  for (const seed of SEEDS) {
    test(`seed ${seed}`, (t) => {
      const { steps, faults, recovered, killedAtMs, refreshes } = new ChaosRun(seed, config).run();
      refreshed += refreshes;
      t.diagnostic(
        `${steps} steps, ${recovered} of ${faults} faults recovered${killedAtMs === null ? '' : ', killed'}`,
      );
    });
  }

  test('and live books were refreshed in it', { skip: asked !== undefined }, () => assert.ok(refreshed > 100));
});

describe('chaos notices a scanner that does not', () => {
  for (const mutation of MUTATIONS) test(mutation.name, () => assert.match(failureOf(mutation), mutation.message));
});

/** What is said of it: by the seeds in which it shows, or by any of the first ones. */
function failureOf(mutation: Mutation): string {
  for (const seed of new Set([...mutation.seeds, ...MORE_SEEDS])) {
    const failure = failureIn(seed, mutation);
    if (failure === null) continue;
    assert.ok(failure.startsWith(`seed ${seed}, step `), failure);
    assert.ok(failure.endsWith(`npm run chaos -- --seed ${seed}`), failure);
    if (mutation.message.test(failure)) return failure;
  }
  return 'no seed noticed it';
}

function failureIn(seed: number, { sabotage, disable }: Mutation): string | null {
  const mend = disable?.();
  try {
    new ChaosRun(seed, config, sabotage?.()).run();
    return null;
  } catch (error) {
    if (!(error instanceof ChaosFailure)) throw error;
    return error.message;
  } finally {
    mend?.();
  }
}
