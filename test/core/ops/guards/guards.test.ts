import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CALL_OUTCOMES } from '../../../../src/core/ops/facts.ts';
import type { Gate, Guard } from '../../../../src/core/ops/guards/guard.ts';
import { Guards } from '../../../../src/core/ops/guards/guards.ts';
import type { GuardsConfig } from '../../../../src/core/ops/ops-config.ts';
import { callFact, GUARDS, START_MS, venueFact } from '../kpi/ops-fixtures.ts';

const QUOTAS = { okx: { callsPerMinute: 600, burstLimit: 30 }, kraken: { callsPerMinute: 60, burstLimit: 10 } };
const CONFIG: GuardsConfig = { ...GUARDS, callQuota: { enabled: true, providers: QUOTAS } };
const ALONG = [1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1];
const ALIKE = [
  { symbol: 'A', score: 2, returns: ALONG },
  { symbol: 'B', score: 1, returns: ALONG },
];

function guards(config: Partial<GuardsConfig> = {}, more: readonly Guard[] = []): Guards {
  return new Guards({ ...CONFIG, ...config }, START_MS, more);
}

function call(all: Guards, times: number, atMs = 0, provider = 'kraken'): void {
  for (let i = 0; i < times; i++) all.onCall(callFact(START_MS + atMs, { provider }));
}

function shown(all: Guards, atMs = 0): string[] {
  return all.rows(START_MS + atMs).map((row) => `${row.name} ${row.status}: ${row.message}`);
}

test('an idle run: budget and quotas are known to be unused, the others know nothing', () => {
  assert.deepEqual(shown(guards()), [
    'budget OK: API budget OK: 0/3600 calls (0.0%)',
    'kraken OK: Provider kraken rate OK: 0/60 calls/min',
    'okx OK: Provider okx rate OK: 0/600 calls/min',
    'correlation NO DATA: no data: no signals',
    'venue_health NO DATA: no data: no venue is watched',
  ]);
});

test('a disabled guard says so, has no grade and refuses nothing, and still counts', () => {
  const off = { enabled: false } as const;
  const config: GuardsConfig = {
    budget: { ...GUARDS.budget, ...off, hourlyLimit: 1 },
    callQuota: { ...off, providers: QUOTAS },
    correlation: { ...GUARDS.correlation, ...off },
    venueHealth: { ...GUARDS.venueHealth, ...off },
  };
  const all = guards(config);
  call(all, 50);
  all.onSignals(ALIKE);
  const names = ['budget', 'kraken', 'okx', 'correlation', 'venue_health'];
  assert.deepEqual(
    shown(all),
    names.map((name) => `${name} null: disabled in config`),
  );
  assert.equal(all.firstBlock(START_MS, 'kraken'), null);
  assert.equal(all.firstBlock(START_MS, null), null);
  const enabled = guards({ budget: { ...GUARDS.budget, hourlyLimit: 1 } });
  enabled.restore(all.save());
  assert.match(shown(enabled)[0]!, /BLOCK: API budget exceeded: 50\/1 calls/);
});

test('no answer is older than the last fact: calls, signals and venues each change it at once', () => {
  const all = guards();
  assert.equal(all.evaluate(START_MS), all.evaluate(START_MS));
  assert.match(shown(all)[1]!, /^kraken OK/);
  call(all, 10);
  assert.match(shown(all)[1]!, /^kraken BLOCK: Provider kraken burst limit exceeded: 10\/10 calls in 10s/);
  all.onSignals(ALIKE);
  assert.match(shown(all)[3]!, /^correlation BLOCK/);
  all.onVenues([venueFact('kraken')], START_MS);
  assert.match(shown(all)[4]!, /^venue_health OK: 1\/1 venues healthy/);
  assert.match(
    shown(all, 20_000)[1]!,
    /^kraken OK: Provider kraken rate OK: 10\/60 calls\/min/,
    'time alone changes it',
  );
});

test('a block refuses what it gates: a quota its provider, the budget every call, a correlation no call at all', () => {
  const refusal = (all: Guards, provider: string | null) => all.firstBlock(START_MS, provider)?.name ?? null;
  const busy = guards();
  call(busy, 10);
  assert.deepEqual([refusal(busy, 'kraken'), refusal(busy, 'okx'), refusal(busy, null)], ['kraken', null, null]);

  const spent = guards({ budget: { ...GUARDS.budget, hourlyLimit: 4 } });
  call(spent, 4);
  assert.deepEqual([refusal(spent, 'kraken'), refusal(spent, 'okx'), refusal(spent, null)], ['budget', 'budget', null]);

  const alike = guards();
  alike.onSignals(ALIKE);
  assert.deepEqual([refusal(alike, 'kraken'), refusal(alike, null)], [null, 'correlation']);

  const banned = guards();
  banned.onCall(callFact(START_MS, { provider: 'okx', outcome: 'banned', retryAfterMs: 9000 }));
  assert.deepEqual([refusal(banned, 'okx'), refusal(banned, 'kraken')], ['budget_okx', null]);
});

test('a full minute is critical and refuses nothing; only a burst does', () => {
  const all = guards({ callQuota: { enabled: true, providers: { x: { callsPerMinute: 20, burstLimit: 5 } } } });
  for (let i = 0; i < 20; i++) call(all, 1, i * 2500, 'x');
  assert.match(shown(all, 47_500)[1]!, /^x CRITICAL: Provider x rate limit exceeded: 20\/20 calls\/min/);
  assert.equal(all.firstBlock(START_MS + 47_500, 'x'), null);
});

test('a guard that throws blocks what it gates, and says what was thrown', () => {
  const broken = (gate: Gate, thrown: unknown): Guard => ({
    name: 'custom',
    gate,
    results: () => {
      throw thrown;
    },
  });
  const calls = guards({}, [broken({ kind: 'calls', provider: null }, new Error('no such file'))]);
  assert.equal(shown(calls).at(-1), 'custom BLOCK: guard failed: no such file');
  assert.equal(calls.firstBlock(START_MS, 'okx')?.name, 'custom');
  assert.equal(calls.firstBlock(START_MS, null), null);
  const signals = guards({}, [broken({ kind: 'signals' }, 'a text')]);
  assert.equal(signals.firstBlock(START_MS, null)?.message, 'guard failed: a text');
  assert.equal(signals.firstBlock(START_MS, 'okx'), null);
});

test('venue health names each venue that is not healthy, and what it breaks', () => {
  const all = guards();
  const line = () => shown(all).at(-1);
  const told = (...venues: Parameters<typeof venueFact>[]) =>
    all.onVenues(
      venues.map((one) => venueFact(...one)),
      START_MS,
    );
  told(['okx'], ['kraken']);
  assert.equal(line(), 'venue_health OK: 2/2 venues healthy');
  told(['okx', { spreadBps: 250, depthUsd: 20_000 }], ['kraken']);
  assert.equal(
    line(),
    'venue_health WARN: 1/2 venues healthy; okx: depth 20000 USD < 50000 USD, spread 250.0 bps > 100 bps',
  );
  told(['okx', { uptimeRatio: 0.5 }], ['kraken', { latencyMs: null }], ['binance']);
  assert.equal(line(), 'venue_health CRITICAL: 1/3 venues healthy; kraken: latency unknown; okx: uptime 50.00% < 95%');
  told(['okx', { latencyMs: null }], ['kraken', { depthUsd: null }]);
  assert.equal(line(), 'venue_health NO DATA: no data: kraken: depth unknown; okx: latency unknown');
  told(['okx']);
  assert.match(shown(all, 300_000).at(-1)!, /^venue_health OK/);
  assert.equal(shown(all, 300_001).at(-1), 'venue_health CRITICAL: 0/1 venues healthy; okx: nothing heard for 300 s');
});

test('step, save, restore, step on is the same as stepping on', () => {
  const providers = {
    kraken: {
      hourlyLimit: 50,
      weightLimit: 40,
      weightWindowSeconds: 60,
      counterMax: 15,
      counterDecayPerSecond: 0.33,
    },
  };
  const config = { budget: { ...GUARDS.budget, providers } };
  const fact = fc.record({
    provider: fc.constantFrom('kraken', 'okx', 'bybit'),
    outcome: fc.constantFrom(...CALL_OUTCOMES),
    weight: fc.nat(5),
    serverWeight: fc.option(fc.record({ used: fc.nat(60), windowMs: fc.constantFrom(60_000, null) })),
    retryAfterMs: fc.option(fc.nat(90_000)),
  });
  const steps = fc.array(fc.record({ waitMs: fc.oneof(fc.nat(500), fc.nat(60_000)), fact }), { maxLength: 80 });
  fc.assert(
    fc.property(steps, fc.nat(80), (run, cut) => {
      const all = guards(config);
      let other = guards(config);
      for (const one of [all, other]) {
        one.onSignals(ALIKE);
        one.onVenues([venueFact('kraken', { spreadBps: null })], START_MS);
      }
      let nowMs = START_MS;
      for (const [i, { waitMs, fact }] of run.entries()) {
        if (i === cut) {
          const saved = JSON.parse(JSON.stringify(other.save()));
          other = guards(config);
          other.restore(saved);
        }
        nowMs += waitMs;
        all.onCall(callFact(nowMs, fact));
        other.onCall(callFact(nowMs, fact));
        assert.deepEqual(other.evaluate(nowMs), all.evaluate(nowMs));
      }
      assert.deepEqual(other.evaluate(nowMs + 7000), all.evaluate(nowMs + 7000));
      assert.deepEqual(other.save(), all.save());
    }),
    { numRuns: 100 },
  );
});
