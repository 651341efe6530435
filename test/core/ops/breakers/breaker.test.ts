import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Prng } from '../../../../src/core/base/prng.ts';
import {
  type BreakerInput,
  type BreakerState,
  closedBreaker,
  permitsCall,
  settle,
  stepBreaker,
} from '../../../../src/core/ops/breakers/breaker.ts';
import { WINDOW_BUCKETS } from '../../../../src/core/ops/breakers/call-window.ts';
import { CALL_OUTCOMES, type CallFact } from '../../../../src/core/ops/facts.ts';
import type { BreakerConfig } from '../../../../src/core/ops/ops-config.ts';
import { BREAKER, callFact, START_MS } from '../kpi/ops-fixtures.ts';

/** `s` seconds into the test: what happens, and how the breaker stands then (`open 30`: for 30 s from now). */
type Row = readonly [s: number, what: 'look' | 'take' | 'isolate' | 'release' | Partial<CallFact>, expected: string];

const OK = {};
const AT_ONCE = { latencyMs: 0 } as const;
const FAILED = { outcome: 'failed', latencyMs: null } as const;
const BANNED = { outcome: 'banned' } as const;

function inputOf(what: Row[1], timeMs: number): BreakerInput {
  if (typeof what === 'object') return { kind: 'call', call: callFact(timeMs, what), timeMs };
  if (what === 'isolate') return { kind: 'isolate', reason: 'maintenance', timeMs };
  return { kind: what === 'look' ? 'time' : what, timeMs };
}

function shown(state: BreakerState, nowMs: number): string {
  return state.kind === 'open' ? `open ${(state.untilMs - nowMs) / 1000}` : state.kind;
}

function runTable(rows: readonly Row[], config: Partial<BreakerConfig> = {}): void {
  let state = closedBreaker(START_MS);
  const rng = new Prng(1);
  for (const [i, [seconds, what, expected]] of rows.entries()) {
    const timeMs = START_MS + seconds * 1000;
    state = stepBreaker(state, inputOf(what, timeMs), { ...BREAKER, ...config }, rng);
    assert.equal(shown(state, timeMs), expected, `row ${i}, second ${seconds}`);
  }
}

function repeated(count: number, what: Row[1], fromSecond: number, expected: string): Row[] {
  return Array.from({ length: count }, (_, i): Row => [fromSecond + i, what, expected]);
}

test('failures in a row open it, a success between them starts the count anew', () => {
  runTable([
    ...repeated(4, FAILED, 0, 'closed'),
    [4, OK, 'closed'],
    ...repeated(4, FAILED, 5, 'closed'),
    [9, FAILED, 'open 30'],
    [38.999, 'look', 'open 0.001'],
    [39, 'look', 'half_open'],
  ]);
});

test('each kind of failure counts, and our own mistakes count neither way', () => {
  runTable(
    [
      [0, { outcome: 'failed' }, 'closed'],
      [1, { outcome: 'timeout' }, 'closed'],
      [2, { outcome: 'server_error' }, 'closed'],
      [3, { outcome: 'rate_limited' }, 'closed'],
      ...repeated(20, { outcome: 'client_error' }, 4, 'closed'),
      [24, { outcome: 'ok', latencyMs: 5000 }, 'closed'], // as slow as allowed: a success, so the count starts anew
      [25, { outcome: 'failed' }, 'closed'],
      [26, { outcome: 'client_error' }, 'closed'],
      [27, { outcome: 'failed' }, 'closed'],
      [28, { outcome: 'failed' }, 'closed'],
      [29, { outcome: 'ok', latencyMs: 5001 }, 'closed'],
      [30, { outcome: 'ok', latencyMs: 6000 }, 'open 30'], // the fifth in a row, answered but too late
    ],
    { maxErrorRatio: 1 },
  );
});

test('the share of failed calls opens it once there are enough calls, and only those of the window count', () => {
  runTable([
    [0, FAILED, 'closed'],
    [1, FAILED, 'closed'],
    ...repeated(7, OK, 2, 'closed'), // 2 of 9
    [9, FAILED, 'open 30'], // 3 of 10
  ]);
  runTable([
    [0, FAILED, 'closed'],
    [1, FAILED, 'closed'],
    ...repeated(7, OK, 60, 'closed'), // the two have left
    [67, FAILED, 'closed'],
    [68, FAILED, 'closed'],
    [69, FAILED, 'open 30'], // 3 of 10 again
  ]);
});

test('a window keeps no more than its buckets, however long calls go well', () => {
  let state = closedBreaker(START_MS);
  for (let s = 0; s < 600; s++) state = stepBreaker(state, inputOf(OK, START_MS + s * 1000), BREAKER, new Prng(1));
  assert.equal(state.kind === 'closed' && state.window.length, WINDOW_BUCKETS);
});

test('a ban opens it at once for as long as the server says, a 429 only when it says for how long', () => {
  runTable([
    [0, { ...BANNED, retryAfterMs: 120_000 }, 'open 120'],
    [10, { ...BANNED, retryAfterMs: 60_000 }, 'open 110'], // a shorter word does not shorten it
    [20, { outcome: 'rate_limited', retryAfterMs: 200_000 }, 'open 200'],
    [21, OK, 'open 199'],
    [220, 'look', 'half_open'],
    [220, { outcome: 'rate_limited', retryAfterMs: 5000 }, 'open 5'],
  ]);
  runTable([[0, BANNED, 'open 300']]);
  runTable([[0, { ...BANNED, retryAfterMs: 1e12 }, 'open 259200']]);
  runTable([[0, { outcome: 'rate_limited', retryAfterMs: 0 }, 'closed']]);
});

test('a probe decides: one failure opens it for longer, up to the cap, as many successes as probes close it', () => {
  runTable([
    ...repeated(4, FAILED, 0, 'closed'),
    [4, FAILED, 'open 30'],
    [34, 'take', 'half_open'],
    [35, FAILED, 'open 60'],
    [95, 'take', 'half_open'],
    [96, FAILED, 'open 120'],
    [216, 'take', 'half_open'],
    [226, { outcome: 'ok', latencyMs: 9000 }, 'open 240'],
    [466, 'take', 'half_open'],
    [467, FAILED, 'open 300'],
    [767, 'take', 'half_open'],
    [768, OK, 'closed'],
    ...repeated(4, FAILED, 769, 'closed'), // the past is forgiven
    [773, FAILED, 'open 30'],
  ]);
  runTable(
    [
      [0, { ...BANNED, retryAfterMs: 1000 }, 'open 1'],
      [1, 'take', 'half_open'],
      [2, OK, 'half_open'],
      [3, 'take', 'half_open'],
      [4, { outcome: 'client_error' }, 'half_open'], // says nothing; the next probe may go
      [5, 'take', 'half_open'],
      [6, OK, 'closed'],
    ],
    { halfOpenCalls: 2 },
  );
});

test('answers of calls from before it opened are no probes', () => {
  runTable([
    [0, { ...BANNED, retryAfterMs: 1000 }, 'open 1'],
    [1, OK, 'half_open'],
    [2, FAILED, 'half_open'],
  ]);
});

test('while a probe is under way, what began before it settles nothing, whatever it says', () => {
  runTable([
    [0, { ...BANNED, retryAfterMs: 1000 }, 'open 1'],
    [2, 'take', 'half_open'],
    [3, { outcome: 'ok', latencyMs: 1002 }, 'half_open'],
    [3, { outcome: 'server_error', latencyMs: 1500 }, 'half_open'],
    [3, { outcome: 'ok', latencyMs: 9000 }, 'half_open'],
    // Told in whole ms, it may seem to have begun a little early.
    [3, { outcome: 'ok', latencyMs: 1001 }, 'closed'],
  ]);
});

test('an answer settles the newest lease that it can belong to, one that took no known time the oldest', () => {
  const config = { halfOpenCalls: 3 };
  const leases = (rows: readonly Row[]): number[] => {
    const rng = new Prng(1);
    const last = rows.reduce<BreakerState>(
      (state, [s, what]) => stepBreaker(state, inputOf(what, START_MS + s * 1000), { ...BREAKER, ...config }, rng),
      closedBreaker(START_MS),
    );
    return last.kind === 'half_open' ? last.leases.map(({ takenMs }) => (takenMs - START_MS) / 1000) : [];
  };
  const taken: readonly Row[] = [
    [0, { ...BANNED, retryAfterMs: 1000 }, ''],
    [2, 'take', ''],
    [4, 'take', ''],
  ];
  assert.deepEqual(leases([...taken, [5, { latencyMs: 500 }, '']]), [2]);
  assert.deepEqual(leases([...taken, [5, { latencyMs: 2500 }, '']]), [4]);
  assert.deepEqual(leases([...taken, [5, { latencyMs: null }, '']]), [4]);
});

test('only release leads out of isolation, and release does nothing else', () => {
  runTable([
    [0, 'release', 'closed'],
    [1, 'isolate', 'isolated'],
    [2, OK, 'isolated'],
    [3, { ...BANNED, retryAfterMs: 9e6 }, 'isolated'],
    [9e6, 'take', 'isolated'],
    [9e6, 'release', 'closed'],
    [9e6 + 1, { ...BANNED, retryAfterMs: 9000 }, 'open 9'],
    [9e6 + 2, 'release', 'open 8'],
  ]);
});

test('a probe whose answer never comes frees its place after an open time', () => {
  const take = (state: BreakerState, s: number) =>
    stepBreaker(state, { kind: 'take', timeMs: START_MS + s * 1000 }, BREAKER, new Prng(1));
  const open: BreakerState = {
    kind: 'open',
    sinceMs: START_MS,
    untilMs: START_MS,
    openMs: 30_000,
    failures: 5,
    reason: '',
  };
  const taken = take(open, 0);
  assert.equal(permitsCall(taken, START_MS + 29_999, BREAKER), false);
  assert.equal(permitsCall(taken, START_MS + 30_000, BREAKER), true);
  assert.equal(permitsCall(take(taken, 30), START_MS + 30_000, BREAKER), false);
});

test('no more probes go than are still needed to close it', () => {
  const config = { ...BREAKER, halfOpenCalls: 2 };
  const step = (state: BreakerState, what: Row[1]) => stepBreaker(state, inputOf(what, START_MS), config, new Prng(1));
  const open: BreakerState = {
    kind: 'open',
    sinceMs: START_MS,
    untilMs: START_MS,
    openMs: 30_000,
    failures: 5,
    reason: '',
  };
  const mayGo = (state: BreakerState) => permitsCall(state, START_MS, config);
  const oneAway = step(open, 'take');
  assert.equal(mayGo(oneAway), true);
  const bothAway = step(oneAway, 'take');
  assert.equal(mayGo(bothAway), false);
  const oneBack = step(bothAway, AT_ONCE);
  assert.equal(mayGo(oneBack), false);
  assert.equal(step(oneBack, AT_ONCE).kind, 'closed');
});

test('that it is half open counts from when it became so, however late it is noticed', () => {
  const open: BreakerState = {
    kind: 'open',
    sinceMs: START_MS,
    untilMs: START_MS + 500,
    openMs: 1,
    failures: 5,
    reason: '',
  };
  assert.equal(settle(open, START_MS + 499), open);
  assert.equal(settle(open, START_MS + 9999).sinceMs, START_MS + 500);
});

const CONFIG = fc.record({
  windowSeconds: fc.constantFrom(5, 60),
  minCalls: fc.integer({ min: 1, max: 5 }),
  maxErrorRatio: fc.constantFrom(0.3, 1),
  maxConsecutiveFailures: fc.integer({ min: 1, max: 4 }),
  slowCallMs: fc.constant(1000),
  openSeconds: fc.integer({ min: 1, max: 10 }),
  maxOpenSeconds: fc.integer({ min: 10, max: 40 }),
  backoffFactor: fc.constantFrom(1, 1.5, 4),
  jitterRatio: fc.constantFrom(0, 0.2, 1),
  halfOpenCalls: fc.integer({ min: 1, max: 3 }),
}) satisfies fc.Arbitrary<BreakerConfig>;

const CALL = fc.record({
  outcome: fc.constantFrom(...CALL_OUTCOMES),
  latencyMs: fc.constantFrom(10, 2000),
  retryAfterMs: fc.constantFrom(null, null, 500, 60_000),
});
const STEPS = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.nat(50), fc.nat(8000)),
    what: fc.oneof(
      { weight: 6, arbitrary: CALL },
      { weight: 6, arbitrary: fc.constant('take' as const) },
      { weight: 1, arbitrary: fc.constantFrom('isolate' as const, 'release' as const, 'look' as const) },
    ),
  }),
  { maxLength: 80 },
);

test('whatever happens: probes and open times are bounded, and isolation ends by release alone', () => {
  fc.assert(
    fc.property(CONFIG, STEPS, fc.nat(1000), (config, steps, seed) => {
      const rng = new Prng(seed);
      let state = closedBreaker(START_MS);
      let nowMs = START_MS;
      for (const { waitMs, what } of steps) {
        nowMs += waitMs;
        const before = state;
        const mayGo = permitsCall(before, nowMs, config);
        state = stepBreaker(before, inputOf(what, nowMs), config, rng);
        if (state.kind === 'half_open') {
          assert.ok(state.leases.length + state.successes <= config.halfOpenCalls, 'too many probes');
          // A refused one may find the lease of another that was taken in the same millisecond.
          if (what === 'take' && mayGo) assert.equal(state.leases.at(-1)!.takenMs, nowMs);
        }
        if (state.kind === 'open' && state !== before && !/banned|rate limited/.test(state.reason)) {
          assert.ok(state.untilMs >= nowMs && state.untilMs - nowMs <= config.maxOpenSeconds * 1000, 'beyond the cap');
        }
        if (before.kind === 'isolated' && what !== 'release') assert.equal(state, before);
        if (state.kind === 'open' || state.kind === 'isolated') {
          assert.equal(permitsCall(state, nowMs, config), state.kind === 'open' && nowMs >= state.untilMs);
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('with nothing but time and good answers, whatever is not isolated closes again', () => {
  fc.assert(
    fc.property(CONFIG, STEPS, (config, steps) => {
      const rng = new Prng(7);
      let state = closedBreaker(START_MS);
      let nowMs = START_MS;
      for (const { waitMs, what } of steps) {
        nowMs += waitMs;
        state = stepBreaker(state, inputOf(what, nowMs), config, rng);
      }
      nowMs += 61_000; // beyond every open time, ban and lease
      for (let i = 0; i < config.halfOpenCalls && state.kind !== 'closed'; i++) {
        state = stepBreaker(state, inputOf('take', nowMs), config, rng);
        state = stepBreaker(state, inputOf({ latencyMs: 10 }, nowMs + 10), config, rng);
      }
      const kind = state.kind as BreakerState['kind'];
      assert.ok(kind === 'closed' || kind === 'isolated', kind);
    }),
    { numRuns: 200 },
  );
});
