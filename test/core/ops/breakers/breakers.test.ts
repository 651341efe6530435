import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Breakers, breakerNames } from '../../../../src/core/ops/breakers/breakers.ts';
import { CALL_OUTCOMES } from '../../../../src/core/ops/facts.ts';
import { BREAKER, callFact, START_MS } from '../kpi/ops-fixtures.ts';

const CONFIG = {
  default: { ...BREAKER, jitterRatio: 0.2 },
  providers: { kraken: { maxConsecutiveFailures: 3, openSeconds: 60 } },
};
const NAME = 'kraken.rest';

function breakers(seed: number | string = 'a run'): Breakers {
  return new Breakers(CONFIG, ['okx', 'kraken'], seed, START_MS);
}

function fail(all: Breakers, times: number, atMs: number, provider = 'kraken'): void {
  for (let i = 0; i < times; i++) all.onCall(callFact(atMs, { provider, outcome: 'failed' }));
}

function rowOf(all: Breakers, name: string, nowMs: number): string {
  const row = all.rows(nowMs).find((one) => one.name === name)!;
  return `${row.status} ${row.value} ${row.message}`;
}

test('every provider has a breaker for each transport from the start', () => {
  assert.deepEqual(breakerNames(['okx', 'kraken']), ['kraken.rest', 'kraken.websocket', 'okx.rest', 'okx.websocket']);
  const rows = breakers().rows(START_MS);
  assert.deepEqual(
    rows.map((row) => `${row.category} ${row.name} ${row.status} ${row.value}`),
    breakerNames(['okx', 'kraken']).map((name) => `breaker ${name} OK closed`),
  );
});

test('one transport of one provider opens, by its own limits, and the others stay as they are', () => {
  const all = breakers();
  fail(all, 2, START_MS);
  assert.equal(all.openCount(START_MS), 0);
  fail(all, 1, START_MS);
  fail(all, 3, START_MS, 'okx');
  assert.deepEqual(
    ['kraken.rest', 'kraken.websocket', 'okx.rest', 'okx.websocket'].map((name) => all.permits(name, START_MS)),
    [false, true, true, true],
  );
  assert.equal(all.openCount(START_MS), 1);
});

test('a name that nobody knows permits nothing', () => {
  assert.equal(breakers().permits('nobody.rest', START_MS), false);
  assert.equal(breakers().take('nobody.rest', START_MS), false);
  assert.equal(breakers().stateOf('nobody.rest', START_MS), null);
});

test('a provider that was not announced has a breaker from its first call on', () => {
  const all = breakers();
  fail(all, 5, START_MS, 'bybit');
  assert.equal(all.permits('bybit.rest', START_MS), false);
  assert.match(rowOf(all, 'bybit.rest', START_MS), /^CRITICAL open/);
});

test('take uses up the probe, permits only asks', () => {
  const all = breakers();
  fail(all, 3, START_MS);
  const laterMs = START_MS + 80_000;
  assert.deepEqual([all.permits(NAME, laterMs), all.permits(NAME, laterMs)], [true, true]);
  assert.deepEqual([all.take(NAME, laterMs), all.take(NAME, laterMs)], [true, false]);
});

test('a row says since when, why, and when the next probe goes', () => {
  const all = breakers();
  fail(all, 2, START_MS);
  assert.equal(
    rowOf(all, NAME, START_MS),
    'OK closed since 2024-08-09T00:00:00.000Z; 2 of the last 2 calls failed, 2 in a row',
  );
  assert.equal(rowOf(all, NAME, START_MS + 61_000), 'OK closed since 2024-08-09T00:00:00.000Z');
  all.onCall(callFact(START_MS + 1000, { outcome: 'banned', retryAfterMs: 120_000 }));
  assert.equal(
    rowOf(all, NAME, START_MS + 2000),
    'CRITICAL open since 2024-08-09T00:00:01.000Z: banned; next probe 2024-08-09T00:02:01.000Z',
  );
  assert.equal(
    rowOf(all, NAME, START_MS + 121_000),
    'WARN half_open since 2024-08-09T00:02:01.000Z; 0 of 1 probes under way, 0 succeeded',
  );
  all.isolate(NAME, 'maintenance', START_MS + 130_000);
  assert.equal(rowOf(all, NAME, START_MS + 130_000), 'BLOCK isolated since 2024-08-09T00:02:10.000Z: maintenance');
  assert.equal(all.openCount(START_MS + 130_000), 1);
});

test('changes tells each transition once, also those that time alone made', () => {
  const all = breakers();
  all.onCall(callFact(START_MS, { outcome: 'banned', retryAfterMs: 5000 }));
  all.onTime(START_MS + 9000);
  all.take(NAME, START_MS + 9000);
  all.onCall(callFact(START_MS + 9100));
  all.isolate(NAME, 'maintenance', START_MS + 9200);
  all.isolate(NAME, 'again', START_MS + 9300);
  all.release(NAME, START_MS + 9400);
  const told = all.changes().map(({ name, from, to, atMs, reason }) => [name, from, to, atMs - START_MS, reason]);
  assert.deepEqual(told, [
    [NAME, 'closed', 'open', 0, 'banned'],
    [NAME, 'open', 'half_open', 5000, ''],
    [NAME, 'half_open', 'closed', 9100, ''],
    [NAME, 'closed', 'isolated', 9200, 'maintenance'],
    [NAME, 'isolated', 'closed', 9400, ''],
  ]);
  assert.deepEqual(all.changes(), []);
});

test('a probe that fails in the same step as it became half open tells both', () => {
  const all = breakers();
  all.onCall(callFact(START_MS, { outcome: 'banned', retryAfterMs: 5000 }));
  all.onCall(callFact(START_MS + 6000, { outcome: 'banned', retryAfterMs: 5000 }));
  assert.deepEqual(
    all.changes().map(({ from, to }) => `${from} ${to}`),
    ['closed open', 'open half_open', 'half_open open'],
  );
});

test('the jitter comes from the seed: the same seed opens for the same time, breakers do not open in step', () => {
  const untilOf = (all: Breakers, provider: string) => {
    fail(all, 5, START_MS, provider);
    const state = all.stateOf(`${provider}.rest`, START_MS)!;
    return state.kind === 'open' ? state.untilMs - START_MS : 0;
  };
  const times = [untilOf(breakers(1), 'okx'), untilOf(breakers(1), 'okx'), untilOf(breakers(2), 'okx')];
  assert.equal(times[0], times[1]);
  assert.notEqual(times[0], times[2]);
  const all = breakers(1);
  assert.notEqual(untilOf(all, 'okx'), untilOf(all, 'bybit'));
  for (const time of times) assert.ok(time >= 24_000 && time <= 36_000, `${time} ms`);
});

const ACTION = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      provider: fc.constantFrom('kraken', 'okx', 'bybit'),
      transport: fc.constantFrom('rest' as const, 'websocket' as const),
      outcome: fc.constantFrom(...CALL_OUTCOMES),
      latencyMs: fc.constantFrom(10, 9000),
      retryAfterMs: fc.constantFrom(null, 500),
    }),
  },
  { weight: 3, arbitrary: fc.constantFrom('take' as const, 'time' as const) },
  { weight: 1, arbitrary: fc.constantFrom('isolate' as const, 'release' as const) },
);

test('step, save, restore, step on is the same as stepping on, jitter included', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat(20_000), action: ACTION }), { maxLength: 80 });
  fc.assert(
    fc.property(steps, fc.nat(80), (run, cut) => {
      const all = breakers();
      let other = breakers();
      let nowMs = START_MS;
      const apply = (one: Breakers, action: (typeof run)[number]['action']): unknown => {
        if (action === 'take') return one.take(NAME, nowMs);
        if (action === 'time') return one.onTime(nowMs);
        if (action === 'isolate') return one.isolate(NAME, 'maintenance', nowMs);
        if (action === 'release') return one.release(NAME, nowMs);
        return one.onCall(callFact(nowMs, action));
      };
      for (const [i, { waitMs, action }] of run.entries()) {
        if (i === cut) {
          const saved = JSON.parse(JSON.stringify(other.save()));
          other = breakers('another seed');
          other.restore(saved);
        }
        nowMs += waitMs;
        assert.equal(apply(other, action), apply(all, action));
      }
      assert.deepEqual(other.rows(nowMs), all.rows(nowMs));
      assert.deepEqual(other.save(), all.save());
    }),
    { numRuns: 100 },
  );
});
