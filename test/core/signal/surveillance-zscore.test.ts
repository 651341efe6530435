/** Z-scores: the window before the value, what empties it, what it costs in accuracy, and that a save changes nothing. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject } from '../../../src/core/base/json.ts';
import { Prng } from '../../../src/core/base/prng.ts';
import { RollingMoments } from '../../../src/core/signal/surveillance/rolling-moments.ts';
import { RollingZscore, type ZscoreState } from '../../../src/core/signal/surveillance/rolling-zscore.ts';
import { SecondRing } from '../../../src/core/signal/surveillance/second-ring.ts';
import { CONFIG, isClose } from './surveillance-world.ts';

const SMALL = { ...CONFIG.zscore, windowSamples: 4, minSamples: 3, minStandardDeviation: 0.5 };

const warming = (samples: number): ZscoreState => ({ kind: 'warming', samples, required: 3 });

test('a value is scored against the window before it; short holes keep the window, long ones empty it', () => {
  const zscore = new RollingZscore(SMALL);
  // Second, value (null: none), score, state.
  const table: readonly (readonly [number, number | null, number | null, ZscoreState])[] = [
    [0, 10, null, warming(1)],
    [1, 12, null, warming(2)],
    [2, 14, null, warming(3)],
    // Of 10, 12, 14: mean 12, deviation 2. A step change scores in full at its first second.
    [3, 20, 4, { kind: 'ready', z: 4 }],
    [4, null, null, { kind: 'ready', z: 4 }],
    [7, null, null, { kind: 'ready', z: 4 }],
    // 4 s without a value: of 10, 12, 14, 20, mean 14, deviation sqrt(56 / 3).
    [7.999, 14, 0, { kind: 'ready', z: 0 }],
    [12.998, null, null, { kind: 'ready', z: 0 }],
    [12.999, null, null, warming(0)],
    [13, 10, null, warming(1)],
    [14, 10, null, warming(2)],
    [15, 10.1, null, warming(3)],
    [16, 99, null, { kind: 'flat' }],
    [21, 99, null, warming(1)],
  ];
  for (const [second, value, score, state] of table) {
    const found = zscore.observe(value ?? Number.NaN, second * 1000);
    assert.equal(found, score ?? Number.NaN, `score at ${second}`);
    assert.deepEqual(zscore.state, state, `state at ${second}`);
  }
});

test('warm-up takes as many samples as configured, and no fewer', () => {
  const zscore = new RollingZscore(CONFIG.zscore);
  for (let i = 0; i < 30; i++) assert.equal(zscore.observe(i % 2, i * 1000), Number.NaN);
  assert.deepEqual(zscore.state, { kind: 'warming', samples: 30, required: 30 });
  assert.ok(zscore.observe(1, 30_000) > 0.9, 'the 31st is scored');
});

test('a deviation at the floor is enough, one below it is not', () => {
  for (const [floor, kind] of [
    [2, 'ready'],
    [2.0001, 'flat'],
  ] as const) {
    const zscore = new RollingZscore({ ...SMALL, minStandardDeviation: floor });
    for (const [second, value] of [10, 12, 14, 20].entries()) zscore.observe(value, second * 1000);
    assert.equal(zscore.state.kind, kind);
  }
});

test('a score on a large offset has all its digits', () => {
  const zscore = new RollingZscore({ ...SMALL, minStandardDeviation: 0 });
  // Neighbouring doubles: the mean of 10, 11 and 13 of their steps lies between two of them.
  for (const [second, steps] of [10, 11, 13].entries()) zscore.observe(2 ** 30 + steps / 2 ** 22, second * 1000);
  const score = zscore.observe(2 ** 30 + 20 / 2 ** 22, 3000);
  assert.ok(isClose(score, 26 / 3 / Math.sqrt(7 / 3)), `${score}`);
});

test('a step that lasts is seen as long as the old level fills the window: the guide could never fire on one', () => {
  const zscore = new RollingZscore(CONFIG.zscore);
  const prng = new Prng(5);
  for (let i = 0; i < 300; i++) zscore.observe(2 + prng.next() * 0.1, i * 1000);
  const atOnset = zscore.observe(12, 300_000);
  assert.ok(atOnset > 100, `${atOnset}`);
});

test('what cannot be is refused', () => {
  assert.throws(() => new RollingZscore({ ...CONFIG.zscore, minSamples: 1 }), /two samples/);
  assert.throws(() => new RollingZscore({ ...CONFIG.zscore, windowSamples: 29 }), /window holds/);
});

/** Mean and deviation in two passes over the whole window, of differences from its first value. */
function twoPass(values: readonly number[]): { mean: number; deviation: number } {
  const first = values[0]!;
  const differences = values.map((value) => value - first);
  const mean = differences.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const rest = differences.reduce((sum, value) => sum + (value - mean), 0);
  return { mean: first + mean, deviation: Math.sqrt((squares - (rest * rest) / values.length) / (values.length - 1)) };
}

function assertSame(moments: RollingMoments, window: readonly number[], where: string): void {
  const { mean, deviation } = twoPass(window);
  assert.equal(moments.count, window.length);
  const scale = Math.max(...window.map(Math.abs));
  assert.ok(Math.abs(moments.mean - mean) <= 1e-13 * scale, `${where}: mean ${moments.mean}, wanted ${mean}`);
  if (window.length < 2) return;
  const found = moments.standardDeviation;
  assert.ok(
    Math.abs(found - deviation) <= 1e-9 * deviation + 1e-300,
    `${where}: deviation ${found}, wanted ${deviation}`,
  );
}

/** Markets that have spoilt running sums: offsets, noise on them, jumps, lone spikes. */
const series = fc
  .array(
    fc.record({
      length: fc.integer({ min: 1, max: 40 }),
      offset: fc.constantFrom(0, 1, -3, 1e-6, 1e9, -1e9, 1e12),
      noise: fc.constantFrom(0, 1e-4, 1, 1e3),
      seed: fc.nat(1e6),
    }),
    { minLength: 1, maxLength: 12, size: 'max' },
  )
  .map((parts) =>
    parts.flatMap(({ length, offset, noise, seed }) => {
      const prng = new Prng(seed);
      return Array.from({ length }, () => offset + noise * (prng.next() - 0.5));
    }),
  );

test('moments equal two passes over the window, at every step, however large the offset and whatever left it', () => {
  fc.assert(
    fc.property(series, fc.integer({ min: 2, max: 30 }), (values, capacity) => {
      const moments = new RollingMoments(capacity);
      for (let i = 0; i < values.length; i++) {
        moments.push(values[i]!);
        assertSame(moments, values.slice(Math.max(0, i + 1 - capacity), i + 1), `value ${i}`);
      }
    }),
    { numRuns: 300 },
  );
});

test('a million samples of noise on 1e9, and a spike of 1e15 now and then: no error is left behind', () => {
  const moments = new RollingMoments(300);
  const prng = new Prng(11);
  const values: number[] = [];
  for (let i = 0; i < 1_000_000; i++) {
    const value = i % 200_000 === 77 ? 1e15 : 1e9 + prng.next() * 1e-3;
    values.push(value);
    moments.push(value);
    if (i % 997 === 0 || i === 999_999) assertSame(moments, values.slice(-300), `sample ${i}`);
  }
});

test('step, save, restore, step on = step on, to the last bit, through JSON text', () => {
  // JSON text knows no -0, and to no figure does it matter.
  const steps = fc.array(
    fc.record({
      value: fc.oneof(
        { weight: 9, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0) },
        { weight: 1, arbitrary: fc.constant(Number.NaN) },
      ),
      wait: fc.oneof(
        { weight: 30, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 2, max: 7 }) },
      ),
    }),
    { maxLength: 60, size: 'max' },
  );
  fc.assert(
    fc.property(steps, fc.nat(60), (all, breakAt) => {
      const config = { ...SMALL, windowSamples: 7, minStandardDeviation: 1e-9 };
      const whole = new RollingZscore(config);
      let broken = new RollingZscore(config);
      let timeMs = 0;
      for (const [i, { value, wait }] of all.entries()) {
        if (i === breakAt) {
          const saved = JSON.parse(JSON.stringify(broken.save())) as JsonObject | null;
          broken = new RollingZscore(config);
          broken.restore(saved);
        }
        timeMs += wait * 1000;
        assert.equal(broken.observe(value, timeMs), whole.observe(value, timeMs));
        assert.deepEqual(broken.state, whole.state);
        assert.deepEqual(broken.save(), whole.save());
      }
    }),
    { numRuns: 300 },
  );
});

test('a window that was configured smaller keeps the newest values', () => {
  const before = new RollingMoments(8);
  for (let i = 0; i < 13; i++) before.push(i);
  const after = new RollingMoments(3);
  after.restore(before.save());
  assert.deepEqual([after.count, after.mean, after.standardDeviation], [3, 11, 1]);
});

test('a ring of seconds keeps what is missing missing', () => {
  const ring = new SecondRing(4000);
  assert.equal(ring.save(), null);
  ring.put(1000, 5);
  ring.put(2000, 7);
  ring.put(4000, 9);
  assert.deepEqual(
    [0, 1000, 2000, 3000, 4000, 5000].map((ms) => ring.at(ms)),
    [NaN, 5, 7, NaN, 9, NaN],
  );
  assert.deepEqual([ring.count, ring.mean, ring.standardDeviation], [3, 7, 2]);
  const other = new SecondRing(2000);
  other.restore(JSON.parse(JSON.stringify(ring.save())));
  assert.deepEqual(
    [2000, 3000, 4000].map((ms) => other.at(ms)),
    [NaN, NaN, 9],
  );
  ring.put(8000, 1);
  assert.deepEqual(
    [4000, 5000, 8000].map((ms) => ring.at(ms)),
    [NaN, NaN, 1],
  );
  assert.throws(() => new SecondRing(1500), /whole seconds/);
});
