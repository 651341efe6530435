/**
 * Chaos in virtual time: as many seeds as fit in a minute, every invariant held. `npm run chaos -- --seeds N` runs more;
 * `SIM_SEED=n` repeats one.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Input } from '../../src/core/scan/input.ts';
import { chaosSummary, runChaos, shippedConfig } from './chaos/chaos-many.ts';
import { ChaosFailure, ChaosRun } from './chaos/chaos-run.ts';

const LIMIT_MS = 60_000;
const asked = process.env['SIM_SEED'];
const SEEDS = asked === undefined ? Array.from({ length: 200 }, (_, i) => i + 1) : [Number(asked)];

describe('chaos', () => {
  test('random faults for half an hour each: what is said of a book is true, and all comes back', (t) => {
    const startMs = performance.now();
    const reports = runChaos(SEEDS, LIMIT_MS);
    t.diagnostic(chaosSummary(reports, performance.now() - startMs));
    assert.ok(reports.length > 0);
    for (const { recovered, faults, killedAtMs, seed } of reports)
      if (killedAtMs === null) assert.equal(recovered, faults, `seed ${seed}: faults that were never recovered from`);
  });
});

describe('chaos would notice', () => {
  const config = shippedConfig();
  const SEED = 1;
  const SEED_WITH_BANS = 14;

  test('a venue that is never connected to again', () => {
    let opened = 0;
    const mayPerform = ({ kind }: { kind: string }) => kind !== 'open_connection' || opened++ < 4;
    assert.throws(() => new ChaosRun(SEED, config, { mayPerform }).run(), isFailure(/not the venue's|at the end/));
  });

  test('books that are never resynced', () => {
    const mayPerform = ({ kind }: { kind: string }, atMs: number) => atMs < 20_000 || kind !== 'rest_request';
    assert.throws(() => new ChaosRun(SEED, config, { mayPerform }).run(), isFailure(/at the end/));
  });

  test('a client that a ban does not impress', () => {
    const hear = (input: Input): Input =>
      input.kind === 'call' ? { ...input, call: { ...input.call, retryAfterMs: null } } : input;
    assert.throws(() => new ChaosRun(SEED_WITH_BANS, config, { hear }).run(), isFailure(/refused \d+ times in 1 bans/));
  });

  function isFailure(message: RegExp) {
    return (error: unknown): boolean => {
      assert.ok(error instanceof ChaosFailure);
      assert.match(error.message, /^seed \d+, step \d+ \(/);
      assert.match(error.message, message);
      return true;
    };
  }
});
