import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallFact } from '../../../../src/core/ops/facts.ts';
import { Budget } from '../../../../src/core/ops/guards/budget.ts';
import type { BudgetConfig, ProviderBudgetConfig } from '../../../../src/core/ops/ops-config.ts';
import { callFact, GUARDS, START_MS } from '../kpi/ops-fixtures.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NONE: ProviderBudgetConfig = {
  hourlyLimit: null,
  weightLimit: null,
  weightWindowSeconds: 60,
  counterMax: null,
  counterDecayPerSecond: null,
};

function budget(config: Partial<BudgetConfig> = {}): Budget {
  return new Budget({ ...GUARDS.budget, ...config }, START_MS);
}

function shown(guard: Budget, atMs: number): string[] {
  return guard.results(START_MS + atMs).map(({ name, status, message }) => `${name} ${status}: ${message}`);
}

test('the total starts anew at the top of the UTC hour', () => {
  const guard = budget({ hourlyLimit: 100 });
  for (let i = 0; i < 95; i++) guard.onCall(callFact(START_MS + 59 * MINUTE, { provider: i % 2 ? 'okx' : 'kraken' }));
  assert.deepEqual(shown(guard, HOUR - 1), ['budget BLOCK: API budget exceeded: 95/100 calls (95.0%)']);
  assert.deepEqual(shown(guard, HOUR), ['budget OK: API budget OK: 0/100 calls (0.0%)']);
});

test("the guide's own figures", () => {
  const guard = budget();
  for (let i = 0; i < 1205; i++) guard.onCall(callFact(START_MS));
  assert.deepEqual(shown(guard, 0), ['budget OK: API budget OK: 1205/3600 calls (33.5%)']);
  const [total] = guard.results(START_MS);
  assert.equal(total!.metadata['current_calls'], 1205);
  assert.equal(total!.metadata['hourly_limit'], 3600);
});

test('a limit of nothing is used up before the first call', () => {
  assert.deepEqual(shown(budget({ hourlyLimit: 0 }), 0), ['budget BLOCK: API budget exceeded: 0/0 calls (100.0%)']);
});

test("a provider's own hour is counted apart", () => {
  const guard = budget({ providers: { okx: { ...NONE, hourlyLimit: 10 } } });
  for (let i = 0; i < 8; i++) guard.onCall(callFact(START_MS, { provider: 'okx' }));
  for (let i = 0; i < 50; i++) guard.onCall(callFact(START_MS, { provider: 'kraken' }));
  assert.deepEqual(shown(guard, 0), [
    'budget OK: API budget OK: 58/3600 calls (1.6%)',
    'budget_okx WARN: Provider okx budget warning: 8/10 calls this hour (80.0%)',
  ]);
});

test("Binance's weight: the server's word holds when it is higher, and only for its minute", () => {
  const guard = budget({ providers: { binance: { ...NONE, weightLimit: 6000 } } });
  const told = (atMs: number, weight: number, used: number | null, windowMs = MINUTE) => {
    const serverWeight = used === null ? null : { used, windowMs };
    guard.onCall(callFact(START_MS + atMs, { provider: 'binance', weight, serverWeight }));
    return shown(guard, atMs)[1];
  };
  const line = (verdict: string, figures: string) => `budget_binance ${verdict}: ${figures}`;
  // [when, our weight, the server's count, its window, expected]
  assert.equal(told(0, 250, null), line('OK', 'Provider binance budget OK: 250/6000 weight this minute (4.2%)'));
  assert.equal(
    told(1 * SECOND, 250, 200),
    line('OK', 'Provider binance budget OK: 500/6000 weight this minute (8.3%)'),
  );
  assert.equal(
    told(2 * SECOND, 1, 4799),
    line('OK', 'Provider binance budget OK: 4799/6000 weight this minute (80.0%)'),
  );
  assert.equal(
    told(3 * SECOND, 1, null),
    line('WARN', 'Provider binance budget warning: 4800/6000 weight this minute (80.0%)'),
  );
  assert.equal(
    told(4 * SECOND, 0, 9999, HOUR),
    line('WARN', 'Provider binance budget warning: 4800/6000 weight this minute (80.0%)'),
  );
  assert.equal(
    told(5 * SECOND, 1, 5700),
    line('BLOCK', 'Provider binance budget exceeded: 5700/6000 weight this minute (95.0%)'),
  );
  assert.equal(shown(guard, MINUTE - 1)[1]!.split(':')[0], 'budget_binance BLOCK');
  assert.equal(shown(guard, MINUTE)[1], line('OK', 'Provider binance budget OK: 0/6000 weight this minute (0.0%)'));
});

test("Kraken's counter: calls add their cost, time takes it away, never below zero", () => {
  const guard = budget({ providers: { kraken: { ...NONE, counterMax: 15, counterDecayPerSecond: 0.33 } } });
  const counterAt = (atMs: number) => {
    const [, result] = guard.results(START_MS + atMs);
    return `${result!.status} ${(result!.metadata['counter'] as number).toFixed(2)}`;
  };
  for (let i = 0; i < 7; i++) guard.onCall(callFact(START_MS, { weight: 2 }));
  // [ms, expected]
  assert.equal(counterAt(0), 'WARN 14.00');
  guard.onCall(callFact(START_MS + SECOND, { weight: 1 }));
  assert.equal(counterAt(SECOND), 'BLOCK 14.67');
  assert.match(shown(guard, SECOND)[1]!, /Provider kraken budget exceeded: 14\.7\/15 counter \(97\.8%\)/);
  assert.equal(counterAt(11 * SECOND), 'OK 11.37');
  assert.equal(counterAt(HOUR), 'OK 0.00');
});

test("the server's window is the config's: its count starts anew with it, and its word of another one is left out", () => {
  const guard = budget({ providers: { okx: { ...NONE, weightLimit: 100, weightWindowSeconds: 10 } } });
  const told = (atMs: number, used: number, windowMs: number | null) => {
    guard.onCall(callFact(START_MS + atMs, { provider: 'okx', serverWeight: { used, windowMs } }));
    return shown(guard, atMs)[1];
  };
  const line = (verdict: string, weight: string) => `budget_okx ${verdict} weight this 10 s (${weight})`;
  assert.equal(told(0, 85, 10 * SECOND), line('WARN: Provider okx budget warning: 85/100', '85.0%'));
  assert.equal(told(9999, 99, MINUTE), line('WARN: Provider okx budget warning: 86/100', '86.0%'));
  assert.equal(told(10 * SECOND, 99, null), line('OK: Provider okx budget OK: 1/100', '1.0%'));
  const [, result] = guard.results(START_MS + 10 * SECOND);
  assert.deepEqual(result!.metadata, { provider: 'okx', weight: 1, weight_limit: 100, banned_until: null });
});

test("a counter that the server reports holds when it is higher, and decays on; a window's count does not touch it", () => {
  const guard = budget({ providers: { kraken: { ...NONE, counterMax: 15, counterDecayPerSecond: 0.5 } } });
  const told = (atMs: number, serverWeight: CallFact['serverWeight']) => {
    guard.onCall(callFact(START_MS + atMs, { serverWeight }));
    return guard.results(START_MS + atMs)[1]!.metadata['counter'];
  };
  assert.equal(told(0, { used: 9, windowMs: null }), 9);
  assert.equal(told(0, { used: 14, windowMs: MINUTE }), 10, 'ours: one call more');
  assert.equal(told(2 * SECOND, { used: 4, windowMs: null }), 10, '10 less 1, and one more; lower is not believed');
  assert.equal(told(22 * SECOND, null), 1);
});

test('of several limits the one nearest to its end is judged', () => {
  const guard = budget({ providers: { okx: { ...NONE, hourlyLimit: 100, weightLimit: 10 } } });
  for (let i = 0; i < 8; i++) guard.onCall(callFact(START_MS, { provider: 'okx' }));
  assert.match(shown(guard, 0)[1]!, /WARN: .*8\/10 weight this minute/);
  assert.match(shown(guard, MINUTE)[1]!, /OK: .*8\/100 calls this hour/);
});

test('who was banned is blocked until the ban is over, also a provider without limits of its own', () => {
  const guard = budget();
  const line = (until: string) => [`budget_kraken BLOCK: Provider kraken banned until ${until}`];
  const bans = (atMs: number) => shown(guard, atMs).slice(1);
  guard.onCall(callFact(START_MS, { outcome: 'rate_limited' }));
  assert.deepEqual(bans(0), [], 'a 429 without a time is no ban');
  guard.onCall(callFact(START_MS, { outcome: 'rate_limited', retryAfterMs: 10_000 }));
  assert.deepEqual(bans(9999), line('2024-08-09T00:00:10.000Z'));
  assert.deepEqual(bans(10_000), []);
  guard.onCall(callFact(START_MS + MINUTE, { outcome: 'banned' }));
  assert.deepEqual(bans(2 * MINUTE), line('2024-08-09T00:03:00.000Z'));
  guard.onCall(callFact(START_MS + MINUTE, { outcome: 'banned', retryAfterMs: 600_000 }));
  guard.onCall(callFact(START_MS + MINUTE, { outcome: 'banned', retryAfterMs: 1000 }));
  assert.deepEqual(bans(10 * MINUTE), line('2024-08-09T00:11:00.000Z'), 'a shorter ban does not shorten it');
  guard.onCall(callFact(START_MS + MINUTE, { outcome: 'banned', retryAfterMs: 1e15 }));
  assert.deepEqual(bans(10 * MINUTE), line('2024-08-12T00:01:00.000Z'), 'nobody is banned for longer than three days');
});
