/** Every venue, instrument and metric has a window of its own; and a saved surveillance goes on as if it had not stopped. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/base/json.ts';
import { Prng } from '../../../src/core/base/prng.ts';
import type { Sample } from '../../../src/core/signal/surveillance/metric.ts';
import { CONFIG, World } from './surveillance-world.ts';

const PAIR = [
  { venue: 'binance_usdm', type: 'perpetual' },
  { venue: 'binance' },
  { venue: 'okx', type: 'perpetual' },
] as const;

/** Quotes every market around `mid`; mids and spreads move a little, each for itself. */
function quoteAll(world: World, prng: Prng, mid: number): void {
  for (const [i, market] of world.markets.entries()) {
    const half = (i + 1) * (1 + prng.next() * 0.1);
    const own = mid + i + prng.next();
    market.quote((own - half).toFixed(4), (own + half).toFixed(4));
  }
}

test('a gap of 5 s costs its own instrument its windows, and nobody else', () => {
  const world = new World(PAIR);
  const prng = new Prng(1);
  let last: (Sample | null)[] = [];
  for (let second = 0; second < 100; second++) {
    quoteAll(world, prng, 50_000);
    if (second >= 60 && second < 65) world.markets[0]!.lose();
    last = world.markets.map((_, market) => world.sample(market, second));
  }
  // Second 65 begins anew: 35 samples, a score from the 31st on; the spot and the other venue never stopped.
  assert.deepEqual(world.surveillance.zscoreState(0, 'spread_bps')!.kind, 'ready');
  for (const market of [0, 1, 2]) assert.ok(Number.isFinite(last[market]!.zscores[0]!), `${market}`);
  const at94 = new World(PAIR);
  const again = new Prng(1);
  for (let second = 0; second < 95; second++) {
    quoteAll(at94, again, 50_000);
    if (second >= 60 && second < 65) at94.markets[0]!.lose();
    for (const market of [0, 1, 2]) at94.sample(market, second);
  }
  assert.deepEqual(at94.surveillance.zscoreState(0, 'spread_bps'), { kind: 'warming', samples: 30, required: 30 });
  assert.equal(at94.surveillance.zscoreState(1, 'spread_bps')!.kind, 'ready');
  assert.equal(at94.surveillance.zscoreState(2, 'spread_bps')!.kind, 'ready');
});

test('a lost spot costs the basis its window, not the spread; samples less than 5 s apart cost nothing', () => {
  for (const [lostSeconds, kind] of [
    [3, 'ready'],
    [4, 'warming'],
  ] as const) {
    const world = new World(PAIR);
    const prng = new Prng(2);
    for (let second = 0; second < 80; second++) {
      quoteAll(world, prng, 50_000);
      if (second >= 60 && second < 60 + lostSeconds) world.markets[1]!.lose();
      world.sample(0, second);
    }
    assert.equal(world.surveillance.zscoreState(0, 'basis_bps')!.kind, kind, `${lostSeconds} s`);
    assert.equal(world.surveillance.zscoreState(0, 'spread_bps')!.kind, 'ready');
  }
});

test('a market that is gone loses its windows when their time is over, not when it comes back', () => {
  const world = new World(PAIR);
  const prng = new Prng(6);
  for (let second = 0; second < 65; second++) {
    quoteAll(world, prng, 50_000);
    if (second >= 60) world.markets[0]!.lose();
    world.sample(0, second);
    const { kind } = world.surveillance.zscoreState(0, 'spread_bps')!;
    if (second > 30) assert.equal(kind, second < 64 ? 'ready' : 'warming', `second ${second}`);
  }
});

test('a step change on one venue is no news on another', () => {
  const world = new World(PAIR);
  const prng = new Prng(3);
  for (let second = 0; second < 200; second++) {
    quoteAll(world, prng, 50_000);
    if (second >= 100) world.markets[0]!.quote('49900', '50100');
    const [usdm, , okx] = world.markets.map((_, market) => world.sample(market, second)!.zscores[0]!);
    if (second === 100) assert.ok(usdm! > 100, `${usdm}`);
    if (second >= 100) assert.ok(Math.abs(okx!) < 5, `${okx}`);
  }
});

test('what is not scored has no state, and what was not added neither', () => {
  const world = new World(PAIR);
  assert.equal(world.surveillance.zscoreState(0, 'imbalance'), null);
  assert.equal(world.surveillance.zscoreState(7, 'spread_bps'), null);
  assert.equal(world.surveillance.terms(7), null);
  assert.throws(() => world.sample(7, 0), /only what was added/);
  assert.throws(() => world.surveillance.add(world.markets[0]!.instrument, world.markets[0]!), /once/);
});

interface Step {
  readonly market: number;
  readonly what: 'quote' | 'lose' | 'hear' | 'ticker' | 'wait';
  readonly size: number;
}

const steps = fc.array(
  fc.record({
    market: fc.nat(2),
    what: fc.constantFrom<Step['what'][]>('quote', 'quote', 'quote', 'lose', 'hear', 'ticker', 'wait'),
    size: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 120, size: 'max' },
);
/** Windows so short that a script of a hundred steps goes round them. */
const SHORT = {
  ...CONFIG,
  zscore: {
    ...CONFIG.zscore,
    windowSamples: 9,
    minSamples: 3,
    metrics: ['spread_bps', 'basis_bps', 'mark_mid_deviation_bps'],
  },
  depthChangeMs: 3000,
  spreadWindowMs: 4000,
} as const;

/** Plays a script, each step one second; before step `breakAt` everything is saved and taken up by a new surveillance. */
function play(script: readonly Step[], breakAt: number): { samples: unknown[]; saved: JsonObject } {
  const world = new World(PAIR, SHORT);
  const samples: unknown[] = [];
  let second = 0;
  for (const [i, { market, what, size }] of script.entries()) {
    if (i === breakAt) {
      const saved = JSON.parse(JSON.stringify(world.surveillance.save())) as JsonObject;
      world.surveillance = world.fresh();
      world.surveillance.restore(saved);
    }
    if (what === 'quote') world.markets[market]!.quote(`${1000 - size}`, `${1000 + market + size}`);
    else if (what === 'lose') world.markets[market]!.lose();
    else if (what === 'hear') world.markets[market]!.hear();
    else if (what === 'ticker')
      world.ticker(market, second, {
        markPrice: 1000 + size,
        indexPrice: 1000,
        fundingRate: size / 1e4,
        nextFundingTimeMs: size * 3.6e6,
      });
    second += what === 'wait' ? size : 1;
    for (const index of [0, 1, 2]) {
      const sample = world.sample(index, second);
      samples.push(sample === null ? null : { ...sample, values: [...sample.values], zscores: [...sample.zscores] });
    }
  }
  return { samples, saved: world.surveillance.save() };
}

test('step, save, restore, step on = step on', () => {
  fc.assert(
    fc.property(steps, fc.nat(120), (script, breakAt) => {
      assert.deepEqual(play(script, breakAt), play(script, -1));
    }),
    { numRuns: 100 },
  );
});

test('what is saved is found by venue and symbol, not by place; what is new stays new', () => {
  const world = new World(PAIR, SHORT);
  const prng = new Prng(4);
  for (let second = 0; second < 10; second++) {
    quoteAll(world, prng, 1000);
    for (const index of [0, 1, 2]) world.sample(index, second);
  }
  const other = new World([{ venue: 'coinbase' }, PAIR[2], PAIR[0]], SHORT);
  other.surveillance.restore(world.surveillance.save());
  const kinds = [0, 1, 2].map((index) => other.surveillance.zscoreState(index, 'spread_bps')!.kind);
  assert.deepEqual(kinds, ['warming', 'ready', 'ready']);
});
