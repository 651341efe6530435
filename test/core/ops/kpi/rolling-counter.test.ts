import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RollingCounter } from '../../../../src/core/ops/kpi/rolling-counter.ts';

const START_MS = 1_723_161_600_000;

test('a count decays by itself, at the window and not before', () => {
  const counter = new RollingCounter(60_000, START_MS);
  counter.add(START_MS);
  counter.add(START_MS + 30_000, 4);
  // [ms after the start, expected count]
  for (const [atMs, expected] of [
    [30_000, 5],
    [59_999, 5],
    [60_000, 4],
    [89_999, 4],
    [90_000, 0],
    [1e9, 0],
  ] as const) {
    assert.equal(counter.total(START_MS + atMs), expected, `${atMs} ms`);
  }
});

test('a late time counts now, and reading an earlier time does not bring back what expired', () => {
  const counter = new RollingCounter(1000, START_MS);
  counter.add(START_MS + 5000);
  counter.add(START_MS + 10); // 5 s late: still a call that happened
  assert.equal(counter.total(START_MS + 5000), 2);
  assert.equal(counter.total(START_MS + 6020), 0);
  assert.equal(counter.total(START_MS + 5000), 0);
});

const RUN = fc.record({
  windowMs: fc.constantFrom(700, 1000, 10_000, 60_000),
  buckets: fc.constantFrom(1, 7, 60),
  steps: fc.array(
    fc.record({ waitMs: fc.oneof(fc.nat(20), fc.nat(3000), fc.nat(100_000)), amount: fc.integer({ min: 1, max: 9 }) }),
    { maxLength: 60 },
  ),
  restMs: fc.nat(100_000),
});

test('it never counts less than the window holds, nor more than one bucket beyond it', () => {
  fc.assert(
    fc.property(RUN, ({ windowMs, buckets, steps, restMs }) => {
      const counter = new RollingCounter(windowMs, START_MS, buckets);
      const events: { timeMs: number; amount: number }[] = [];
      const sumAfter = (timeMs: number) =>
        events.reduce((sum, event) => (event.timeMs > timeMs ? sum + event.amount : sum), 0);
      let nowMs = START_MS;
      for (const { waitMs, amount } of [...steps, { waitMs: restMs, amount: 0 }]) {
        nowMs += waitMs;
        counter.add(nowMs, amount);
        events.push({ timeMs: nowMs, amount });
        const total = counter.total(nowMs);
        // A hair of slack: a bucket of 1000 / 60 ms has no exact edge.
        assert.ok(total >= sumAfter(nowMs - windowMs + 0.001), 'under-counted');
        assert.ok(total <= sumAfter(nowMs - windowMs - windowMs / buckets - 0.001), 'over-counted');
      }
    }),
    { numRuns: 300 },
  );
});

test('step, save, restore, step on is the same as stepping on', () => {
  fc.assert(
    fc.property(RUN, fc.nat(60), ({ windowMs, buckets, steps, restMs }, cut) => {
      const counter = new RollingCounter(windowMs, START_MS, buckets);
      let other = new RollingCounter(windowMs, START_MS, buckets);
      let nowMs = START_MS;
      for (const [i, { waitMs, amount }] of steps.entries()) {
        if (i === cut) {
          const saved = JSON.parse(JSON.stringify(other.save()));
          other = new RollingCounter(windowMs, START_MS, buckets);
          other.restore(saved);
        }
        nowMs += waitMs;
        counter.add(nowMs, amount);
        other.add(nowMs, amount);
      }
      assert.equal(other.total(nowMs), counter.total(nowMs));
      assert.deepEqual(other.save(), counter.save());
      assert.equal(other.total(nowMs + restMs), counter.total(nowMs + restMs));
    }),
    { numRuns: 200 },
  );
});

test('what was saved for another window is left', () => {
  const minute = new RollingCounter(60_000, START_MS);
  minute.add(START_MS, 40);
  const burst = new RollingCounter(10_000, START_MS);
  burst.restore(minute.save());
  assert.equal(burst.total(START_MS), 0);
});
