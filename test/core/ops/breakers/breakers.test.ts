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
    rows.filter(({ part }) => part === null).map((row) => `${row.category} ${row.name} ${row.status} ${row.value}`),
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

test('a row says the state and why', () => {
  const all = breakers();
  fail(all, 2, START_MS);
  assert.equal(rowOf(all, NAME, START_MS), 'OK closed 2 of the last 2 calls failed');
  assert.equal(rowOf(all, NAME, START_MS + 61_000), 'OK closed ');
  all.onCall(callFact(START_MS + 1000, { outcome: 'banned', retryAfterMs: 120_000 }));
  assert.equal(rowOf(all, NAME, START_MS + 2000), 'CRITICAL open banned');
  assert.equal(rowOf(all, NAME, START_MS + 121_000), 'WARN half_open 0 of 1 probes under way, 0 succeeded');
  all.isolate(NAME, 'maintenance', START_MS + 130_000);
  assert.equal(rowOf(all, NAME, START_MS + 130_000), 'BLOCK isolated maintenance');
  assert.equal(all.openCount(START_MS + 130_000), 1);
});

test('its parts say since when, how many failures in a row, and when the next probe may go', () => {
  const all = breakers();
  const parts = (seconds: number) => {
    const rows = all.rows(START_MS + seconds * 1000).filter((row) => row.name === NAME && row.part !== null);
    const told = (value: unknown, unit: unknown) => (unit === 'instant' ? (Number(value) - START_MS) / 1000 : value);
    return Object.fromEntries(rows.map(({ part, value, unit }) => [part, told(value, unit)]));
  };
  assert.deepEqual(parts(0), { since: 0, failures: 0 });
  fail(all, 2, START_MS + 1000);
  assert.deepEqual(parts(1), { since: 0, failures: 2 });
  all.onCall(callFact(START_MS + 2000, { outcome: 'banned', retryAfterMs: 120_000 }));
  assert.deepEqual(parts(3), { since: 2, failures: 3, next_probe: 122 });
  assert.deepEqual(parts(130), { since: 122, failures: 3, next_probe: 122 });
  all.take(NAME, START_MS + 130_000);
  assert.deepEqual(parts(130), { since: 122, failures: 3, next_probe: 190 }, 'after its lease of 60 s');
  all.onCall(callFact(START_MS + 131_000, { outcome: 'banned', retryAfterMs: 60_000 }));
  assert.deepEqual(parts(131), { since: 131, failures: 4, next_probe: 191 });
  all.isolate(NAME, 'maintenance', START_MS + 140_000);
  assert.deepEqual(parts(140), { since: 140 });
  all.release(NAME, START_MS + 150_000);
  assert.deepEqual(parts(150), { since: 150, failures: 0 });
});

test('however many ask at once, and whatever else is answered, no more probes are under way than may be', () => {
  const step = fc.record({
    waitMs: fc.constantFrom(0, 0, 5, 700),
    /** `ask`: three that want to call at once; `answer`: the oldest probe's; `stray`: a call that nobody let go. */
    what: fc.constantFrom('ask' as const, 'ask' as const, 'answer' as const, 'stray' as const),
    beganAgoMs: fc.constantFrom(0, 3, 20_000),
  });
  let probes = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), (steps, halfOpenCalls) => {
      const all = new Breakers({ default: { ...BREAKER, halfOpenCalls }, providers: {} }, ['kraken'], 1, START_MS);
      all.onCall(callFact(START_MS, { outcome: 'banned', retryAfterMs: 30_000 }));
      let nowMs = START_MS + 31_000;
      let underWay: number[] = [];
      for (const { waitMs, what, beganAgoMs } of steps) {
        nowMs += waitMs;
        if (all.stateOf(NAME, nowMs)!.kind !== 'half_open') return;
        underWay = underWay.filter((beganMs) => nowMs - beganMs < 30_000);
        if (what === 'stray') {
          // Began while the breaker was open, and so before every lease.
          all.onCall(callFact(nowMs, { latencyMs: nowMs - START_MS - 30_000 + 500 + beganAgoMs }));
        } else if (what === 'answer' && underWay.length > 0) {
          const beganMs = underWay.shift()!;
          all.onCall(callFact(nowMs, { latencyMs: nowMs - beganMs }));
        } else {
          const looks = [1, 2, 3].map(() => all.permits(NAME, nowMs));
          for (const _ of looks.filter(Boolean)) if (all.take(NAME, nowMs)) underWay.push(nowMs);
          probes += underWay.length;
        }
        assert.ok(underWay.length <= halfOpenCalls, `${underWay.length} of ${halfOpenCalls}`);
        const state = all.stateOf(NAME, nowMs)!;
        if (state.kind === 'half_open') assert.equal(state.leases.length, underWay.length, 'as many leases as probes');
      }
    }),
    { numRuns: 300, seed: 11 },
  );
  assert.ok(probes > 300, `${probes} probes`);
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
