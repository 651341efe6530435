import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CALL_OUTCOMES, type VenueFact } from '../../../../src/core/ops/facts.ts';
import { Kpis } from '../../../../src/core/ops/kpi/kpis.ts';
import type { StatusRow } from '../../../../src/core/ops/status.ts';
import { callFact, hostFact, opsConfig, START_MS, venueFact } from './ops-fixtures.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function kpis(): Kpis {
  return new Kpis(opsConfig(), START_MS);
}

/** One row as an operator reads it: `status value`, `status value/total`. */
function shown(rows: readonly StatusRow[], name: string): string {
  const row = rows.find((one) => one.name === name);
  assert.ok(row, `a row ${name}`);
  const value = typeof row.value === 'number' ? Math.round(row.value * 100) / 100 : row.value;
  return `${row.status} ${row.total === null ? value : `${value}/${row.total}`}`;
}

function messageOf(rows: readonly StatusRow[], name: string): string {
  return rows.find((one) => one.name === name)!.message;
}

test('who was told nothing has no data anywhere, and every figure says what it would be judged by', () => {
  const rows = kpis().rows(START_MS + HOUR, null);
  assert.deepEqual(
    rows.map((row) => row.name),
    [
      'requests_per_minute',
      'error_rate_percent',
      'cache_hit_rate_percent',
      'open_breaker_count',
      'healthy_venue_count',
      'unhealthy_venue_count',
      'message_rate_per_second',
      'lag_p50_ms',
      'lag_p95_ms',
      'lag_p99_ms',
      'gaps_per_hour',
      'active_p1_alert_count',
    ],
  );
  for (const row of rows) {
    assert.equal(row.category, 'kpi');
    assert.equal(row.status, 'NO DATA', row.name);
    assert.equal(row.value, null, row.name);
    assert.match(row.message, /^no data: ./, row.name);
    if (row.name !== 'unhealthy_venue_count') assert.ok(row.limit, row.name);
  }
});

test('requests count what succeeded, the error rate what was tried, each over its own window', () => {
  const k = kpis();
  for (let i = 0; i < 90; i++) k.onCall(callFact(START_MS));
  for (const outcome of CALL_OUTCOMES) k.onCall(callFact(START_MS, { outcome }));
  // 91 succeeded, 6 failed one way or another
  assert.equal(
    messageOf(k.rows(START_MS, 0), 'error_rate_percent'),
    '6 of 97 calls failed; limit: warn >= 5%, critical >= 15%',
  );
  // [at, requests, error rate]
  for (const [atMs, requests, errors] of [
    [0, 'OK 91', 'WARN 6.19'],
    [59 * SECOND, 'OK 91', 'WARN 6.19'],
    [60 * SECOND, 'NO DATA null', 'WARN 6.19'],
    [299 * SECOND, 'NO DATA null', 'WARN 6.19'],
    [300 * SECOND, 'NO DATA null', 'NO DATA null'],
  ] as const) {
    const rows = k.rows(START_MS + atMs, 0);
    assert.equal(shown(rows, 'requests_per_minute'), requests, `${atMs} ms`);
    assert.equal(shown(rows, 'error_rate_percent'), errors, `${atMs} ms`);
  }
});

test('calls that all fail are traffic, and it says that none succeeded', () => {
  const k = kpis();
  for (let i = 0; i < 20; i++) k.onCall(callFact(START_MS, { outcome: 'timeout', latencyMs: null }));
  const rows = k.rows(START_MS, 0);
  assert.equal(shown(rows, 'requests_per_minute'), 'OK 0');
  assert.equal(messageOf(rows, 'requests_per_minute'), 'no call succeeded');
  assert.equal(shown(rows, 'error_rate_percent'), 'CRITICAL 100');
});

test('a cache that misses everything is critical, one that nobody asks has no data', () => {
  const k = kpis();
  for (let i = 0; i < 4; i++) k.onCache({ isHit: false, timeMs: START_MS });
  assert.equal(shown(k.rows(START_MS, 0), 'cache_hit_rate_percent'), 'CRITICAL 0');
  for (let i = 0; i < 12; i++) k.onCache({ isHit: true, timeMs: START_MS + MINUTE });
  assert.equal(shown(k.rows(START_MS + MINUTE, 0), 'cache_hit_rate_percent'), 'OK 75');
  // The misses left the window before the hits did.
  assert.equal(shown(k.rows(START_MS + 301 * SECOND, 0), 'cache_hit_rate_percent'), 'OK 100');
  assert.equal(shown(k.rows(START_MS + 360 * SECOND, 0), 'cache_hit_rate_percent'), 'NO DATA null');
});

test('messages per second: a start is no silence, silence is critical, and no news is no data', () => {
  const k = kpis();
  const told = (atMs: number, messages: number) => k.onVenues([venueFact('kraken', { messages })], START_MS + atMs);
  const rateAt = (atMs: number) => shown(k.rows(START_MS + atMs, 0), 'message_rate_per_second');
  told(500, 20);
  assert.equal(rateAt(999), 'NO DATA null', 'less than a second says nothing');
  told(1000, 40);
  assert.equal(rateAt(1000), 'OK 40');
  told(10 * SECOND, 400);
  assert.equal(rateAt(10 * SECOND), 'OK 40');
  told(70 * SECOND, 940); // 540 in the last minute
  assert.equal(rateAt(70 * SECOND), 'WARN 9');
  told(131 * SECOND, 940);
  assert.equal(rateAt(131 * SECOND), 'CRITICAL 0', 'told of, and silent');
  assert.equal(rateAt(192 * SECOND), 'NO DATA null', 'told nothing for longer than the window');
});

test('gaps per hour are what the totals gained, over the whole hour, also when a total began anew', () => {
  const k = kpis();
  const told = (atMs: number, kraken: number, okx: number) =>
    k.onVenues([venueFact('kraken', { gaps: kraken }), venueFact('okx', { gaps: okx })], START_MS + atMs);
  const gapsAt = (atMs: number) => shown(k.rows(START_MS + atMs, 0), 'gaps_per_hour');
  told(0, 0, 0);
  assert.equal(gapsAt(0), 'OK 0');
  told(MINUTE, 3, 2);
  assert.equal(gapsAt(MINUTE), 'OK 5');
  told(2 * MINUTE, 3, 3);
  assert.equal(gapsAt(2 * MINUTE), 'WARN 6');
  told(3 * MINUTE, 2, 15); // kraken's feed restarted and had 2 more
  assert.equal(gapsAt(3 * MINUTE), 'WARN 20');
  told(4 * MINUTE, 2, 16);
  assert.equal(gapsAt(4 * MINUTE), 'CRITICAL 21');
  told(HOUR + 5 * MINUTE, 2, 16);
  assert.equal(gapsAt(HOUR + 5 * MINUTE), 'OK 0');
  assert.equal(gapsAt(HOUR + 10 * MINUTE), 'OK 0');
  assert.equal(gapsAt(HOUR + 10 * MINUTE + 1), 'NO DATA null', 'told nothing for longer than five minutes');
});

test('lag is of the last minute, and judged at each percentile', () => {
  const k = kpis();
  k.onHost(hostFact(START_MS, { lagMsP50: 100, lagMsP95: 100.5, lagMsP99: 500.5 }));
  const lags = (rows: StatusRow[]) => ['lag_p50_ms', 'lag_p95_ms', 'lag_p99_ms'].map((name) => shown(rows, name));
  assert.deepEqual(lags(k.rows(START_MS + MINUTE, 0)), ['OK 100', 'WARN 100.5', 'CRITICAL 500.5']);
  assert.deepEqual(lags(k.rows(START_MS + MINUTE + 1, 0)), ['NO DATA null', 'NO DATA null', 'NO DATA null']);
});

test('alerts: none running is no data, none firing is OK', () => {
  const k = kpis();
  // [active, expected]
  for (const [activeP1, expected] of [
    [0, 'OK 0'],
    [1, 'WARN 1'],
    [5, 'WARN 5'],
    [6, 'CRITICAL 6'],
    [null, 'NO DATA null'],
  ] as const) {
    k.onAlerts(activeP1 === null ? null : { activeP1 });
    assert.equal(shown(k.rows(START_MS, 0), 'active_p1_alert_count'), expected);
  }
});

/** [what is told of it, what makes it so] */
const VENUES: readonly (readonly [Partial<VenueFact>, 'healthy' | 'unhealthy' | 'unknown', string])[] = [
  [{}, 'healthy', ''],
  [{ uptimeRatio: 0.95, latencyMs: 5000, depthUsd: 50_000, spreadBps: 100 }, 'healthy', ''],
  [{ uptimeRatio: 0.9499 }, 'unhealthy', 'uptime 94.99% < 95%'],
  [{ latencyMs: 5001 }, 'unhealthy', 'latency 5001 ms > 5000 ms'],
  [{ depthUsd: 49_999 }, 'unhealthy', 'depth 49999 USD < 50000 USD'],
  [{ spreadBps: 100.1 }, 'unhealthy', 'spread 100.1 bps > 100 bps'],
  [{ uptimeRatio: null }, 'unknown', 'uptime unknown'],
  [{ latencyMs: Number.NaN, depthUsd: null }, 'unknown', 'latency unknown, depth unknown'],
  [{ spreadBps: 150, depthUsd: null }, 'unhealthy', 'spread 150.0 bps > 100 bps, depth unknown'],
  [{ lastMessageMs: START_MS - 5 * MINUTE }, 'healthy', ''],
  [{ lastMessageMs: START_MS - 5 * MINUTE - 1 }, 'unhealthy', 'nothing heard for 300 s'],
];

for (const [parts, kind, reasons] of VENUES) {
  test(`a venue with ${JSON.stringify(parts)} is ${kind}`, () => {
    const k = kpis();
    k.onVenues([venueFact('okx', parts)], START_MS);
    const verdict = k.values(START_MS).venues![0]!;
    assert.equal(verdict.kind, kind);
    assert.equal(verdict.reasons.join(', '), reasons);
  });
}

test('a limit that is not set is not judged, and does not make a venue unknown', () => {
  const venueHealth = {
    enabled: true,
    minUptimePercent: 0.95,
    uptimeWindowSeconds: 3600,
    maxLatencyMs: 5000,
    minDepthUsd: null,
    maxSpreadBps: null,
  };
  const k = new Kpis(opsConfig({}, { venueHealth }), START_MS);
  k.onVenues([venueFact('okx', { depthUsd: null, spreadBps: 900 })], START_MS);
  assert.equal(k.values(START_MS).venues![0]!.kind, 'healthy');
});

test('healthy venues are a share of all, the others are named, and unknown is not healthy', () => {
  const k = kpis();
  const names = ['a', 'b', 'c', 'd', 'e'];
  const told = (bad: readonly string[], unknown: readonly string[]) => {
    const partsOf = (name: string) =>
      bad.includes(name) ? { spreadBps: 900 } : unknown.includes(name) ? { uptimeRatio: null } : {};
    k.onVenues(
      names.map((name) => venueFact(name, partsOf(name))),
      START_MS,
    );
    return k.rows(START_MS, 0);
  };
  const limit = 'healthy_venue_count';
  assert.equal(shown(told([], []), limit), 'OK 5/5');
  assert.equal(shown(told(['a'], []), limit), 'OK 4/5');
  assert.equal(shown(told(['a'], ['b']), limit), 'WARN 3/5');
  assert.equal(messageOf(told(['a'], ['b']), limit), 'unhealthy: a; unknown: b');
  assert.equal(shown(told(['a'], ['b']), 'unhealthy_venue_count'), 'null 1');
  assert.equal(shown(told(['a', 'b', 'c'], []), limit), 'CRITICAL 2/5');
  assert.equal(messageOf(told(names, []), limit), 'unhealthy: a, b, c and 2 more');
  assert.equal(shown(told([], names), limit), 'NO DATA null');
  assert.equal(
    messageOf(told([], ['a', 'b', 'c', 'd', 'e']), limit),
    'no data: too little is known of a, b, c and 2 more',
  );
});

type Kpi = Kpis;
const ACTION = fc.oneof(
  fc
    .constantFrom(...CALL_OUTCOMES)
    .map((outcome) => (k: Kpi, timeMs: number) => k.onCall(callFact(timeMs, { outcome }))),
  fc.boolean().map((isHit) => (k: Kpi, timeMs: number) => k.onCache({ isHit, timeMs })),
  fc.nat(900).map((lagMsP95) => (k: Kpi, timeMs: number) => k.onHost(hostFact(timeMs, { lagMsP95 }))),
  fc
    .record({ messages: fc.nat(5000), gaps: fc.nat(50), spreadBps: fc.option(fc.nat(200)) })
    .map((parts) => (k: Kpi, timeMs: number) => k.onVenues([venueFact('kraken', parts)], timeMs)),
  fc.option(fc.nat(9)).map((activeP1) => (k: Kpi) => k.onAlerts(activeP1 === null ? null : { activeP1 })),
);

test('step, save, restore, step on is the same as stepping on', () => {
  const steps = fc.array(fc.record({ waitMs: fc.nat(20_000), action: ACTION }), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.nat(60), (run, cut) => {
      const k = kpis();
      let other = kpis();
      let nowMs = START_MS;
      for (const [i, { waitMs, action }] of run.entries()) {
        if (i === cut) {
          const saved = JSON.parse(JSON.stringify(other.save()));
          other = new Kpis(opsConfig(), START_MS + 99);
          other.restore(saved);
        }
        nowMs += waitMs;
        action(k, nowMs);
        action(other, nowMs);
      }
      assert.deepEqual(other.rows(nowMs, 1), k.rows(nowMs, 1));
      assert.deepEqual(other.rows(nowMs + 40_000, 1), k.rows(nowMs + 40_000, 1));
      assert.deepEqual(other.save(), k.save());
    }),
    { numRuns: 100 },
  );
});
