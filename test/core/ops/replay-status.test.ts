import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpsConfig } from '../../../src/core/ops/ops-config.ts';
import type { ReplayFacts } from '../../../src/core/ops/replay/replay-facts.ts';
import { statusOfReplay } from '../../../src/core/ops/replay/replay-status.ts';
import { withSwitches } from '../../../src/core/ops/replay/switch-rows.ts';
import type { StatusRow } from '../../../src/core/ops/status.ts';
import { badRecording, END_MS, GUIDE_CONFIG, instrument, recording, venue } from './facts.ts';

function rowOf(
  facts: ReplayFacts,
  name: string,
  part: string | null = null,
  config: OpsConfig = GUIDE_CONFIG,
): StatusRow {
  const row = statusOfReplay(facts, config).find((one) => one.name === name && one.part === part);
  assert.ok(row, `no row ${name}`);
  return row;
}

/** `value status`, or `value/total status`. */
function shortOf(row: StatusRow): string {
  return `${row.value}${row.total === null ? '' : `/${row.total}`} ${row.status}`;
}

test('a healthy recording shows its counts, and no data only where nothing measures', () => {
  const rows = statusOfReplay(recording(), GUIDE_CONFIG);
  const without = rows.filter((row) => row.status === 'NO DATA').map((row) => row.part ?? row.name);
  assert.deepEqual(without, [
    'requests_per_minute',
    'error_rate_percent',
    'cache_hit_rate_percent',
    'open_breaker_count',
    'checksum_mismatch_count',
    'budget',
    'kraken',
    'okx',
    'correlation',
    'depth_usd',
  ]);
  assert.ok(
    rows.every((row) => row.status !== 'NO DATA' || (row.value === null && row.message.startsWith('no data: '))),
  );
});

test('an empty recording has no row that is OK', () => {
  const nothing = recording({ firstReceiveMs: null, lastReceiveMs: null, messages: 0, venues: [], instruments: [] });
  for (const row of statusOfReplay(nothing, GUIDE_CONFIG)) {
    if (row.category === 'kpi' || row.category === 'guard') assert.equal(row.status, 'NO DATA', row.name);
  }
});

test('rates are of the recording clock', () => {
  assert.equal(rowOf(recording(), 'messages_per_second').value, 100);
  assert.equal(shortOf(rowOf(badRecording(), 'gaps_per_hour')), '1 WARN');
  const instant = recording({ firstReceiveMs: END_MS });
  assert.equal(rowOf(instant, 'messages_per_second').status, 'NO DATA');
});

test('requests per minute count recorded REST replies in the configured window, scaled to a minute', () => {
  const timesMs = [END_MS - 30_000, END_MS - 29_999, END_MS];
  const facts = recording({ restRequests: [{ provider: 'kraken', timesMs }] });
  const windows = { ...GUIDE_CONFIG.kpi.windows, requestsPerMin: 30 };
  const config = { ...GUIDE_CONFIG, kpi: { ...GUIDE_CONFIG.kpi, windows } };
  assert.equal(rowOf(facts, 'requests_per_minute', null, config).value, 4);
  assert.equal(rowOf(facts, 'requests_per_minute').value, 3);
});

test('books that are not live are counted and named', () => {
  const row = rowOf(badRecording(), 'live_book_count');
  assert.equal(shortOf(row), '2/3 WARN');
  assert.equal(row.message, 'not live: kraken XBT/USD (stale)');
});

test('a long list of names is cut to three and a count', () => {
  const instruments = ['A', 'B', 'C', 'D', 'E'].map((symbol) => instrument('kraken', symbol, { bookState: 'syncing' }));
  const row = rowOf(recording({ instruments }), 'live_book_count');
  assert.equal(row.message, 'not live: kraken A (syncing), kraken B (syncing), kraken C (syncing) and 2 more');
  assert.equal(row.status, 'CRITICAL');
});

test('a venue is healthy only if all its books are live and every limit of the guard holds', () => {
  const table: [string, Parameters<typeof instrument>[2], string, string][] = [
    ['all well', {}, 'healthy OK', ''],
    ['exactly at the uptime', { liveMs: 3_420_000 }, 'healthy OK', ''],
    ['under the uptime', { liveMs: 3_419_999 }, 'unhealthy WARN', 'uptime 95.0% < 95%'],
    ['exactly at the spread', { spreadBps: 100 }, 'healthy OK', ''],
    ['over the spread', { spreadBps: 101 }, 'unhealthy WARN', 'spread 101.0 bps > 100'],
    ['too thin', { depthUsd: 49_999 }, 'unhealthy WARN', 'depth 49999 USD < 50000'],
    ['stale', { bookState: 'stale', spreadBps: null }, 'unhealthy WARN', '0 of 1 books live'],
    ['uptime not measured', { coveredMs: null, liveMs: null }, 'healthy OK', ''],
    [
      'no depth channel',
      { bookState: 'empty', depthUpdates: 0, depthSnapshots: 0 },
      'null NO DATA',
      'no data: no books in this recording',
    ],
  ];
  for (const [name, facts, expected, message] of table) {
    const rows = statusOfReplay(recording({ instruments: [instrument('kraken', 'X', facts)] }), GUIDE_CONFIG);
    const row = rows.find((one) => one.category === 'venue' && one.part === 'health')!;
    assert.equal(shortOf(row), expected, name);
    assert.equal(row.message, message, name);
  }
});

test('with the venue guard disabled, or its limits left out, only the books are judged', () => {
  const unjudged = { enabled: false, minDepthUsd: null, maxSpreadBps: null };
  const venueHealth = { ...GUIDE_CONFIG.guards.venueHealth, ...unjudged };
  const config = { ...GUIDE_CONFIG, guards: { ...GUIDE_CONFIG.guards, venueHealth } };
  const poor = recording({ instruments: [instrument('kraken', 'X', { liveMs: 0, spreadBps: 900, depthUsd: 1 })] });
  assert.equal(shortOf(rowOf(poor, 'healthy_venue_count', null, config)), '1/1 OK');
  assert.equal(rowOf(poor, 'venue_health', null, config).message, 'disabled in config');
});

test('a venue that nothing is known of is not counted healthy', () => {
  const facts = recording({ venues: [venue('kraken'), venue('coinbase')] });
  assert.equal(shortOf(rowOf(facts, 'healthy_venue_count')), '1/2 WARN');
  assert.equal(rowOf(facts, 'healthy_venue_count').message, 'no data: coinbase');
  assert.equal(rowOf(facts, 'unhealthy_venue_count').value, 0);
  assert.equal(rowOf(facts, 'venue_health').status, 'WARN');
});

test('quotas judge the burst first, then the minute, as the guide does', () => {
  const kraken = GUIDE_CONFIG.guards.callQuota.providers['kraken']!;
  const table: [number, number, string][] = [
    [9, 9, 'OK Provider kraken rate OK: 9/60 calls/min'],
    [10, 10, 'BLOCK Provider kraken burst limit exceeded: 10/10 calls in 10s'],
    [0, 48, 'WARN Provider kraken rate limit warning: 48/60 calls/min'],
    [0, 60, 'CRITICAL Provider kraken rate limit exceeded: 60/60 calls/min'],
  ];
  assert.deepEqual(kraken, { callsPerMinute: 60, burstLimit: 10 });
  for (const [recent, all, expected] of table) {
    const timesMs = Array.from({ length: all }, (_, i) => END_MS - (i < recent ? 0 : 20_000));
    const rows = statusOfReplay(recording({ restRequests: [{ provider: 'kraken', timesMs }] }), GUIDE_CONFIG);
    const row = rows.find((one) => one.category === 'guard' && one.name === 'kraken')!;
    assert.equal(`${row.status} ${row.message}`, expected);
  }
});

test('the budget counts from the top of the hour and stops at 95 %', () => {
  const lastReceiveMs = END_MS + 1_800_000;
  const table: [number, number, string][] = [
    [79, 4, 'OK API budget OK: 79/100 calls (79.0%)'],
    [80, 0, 'WARN API budget warning: 80/100 calls (80.0%)'],
    [95, 0, 'BLOCK API budget exceeded: 95/100 calls (95.0%)'],
  ];
  const budget = { ...GUIDE_CONFIG.guards.budget, hourlyLimit: 100 };
  const config = { ...GUIDE_CONFIG, guards: { ...GUIDE_CONFIG.guards, budget } };
  for (const [thisHour, lastHour, expected] of table) {
    const timesMs = [...Array<number>(thisHour).fill(END_MS), ...Array<number>(lastHour).fill(END_MS - 1)];
    const row = rowOf(
      recording({ lastReceiveMs, restRequests: [{ provider: 'okx', timesMs }] }),
      'budget',
      null,
      config,
    );
    assert.equal(`${row.status} ${row.message}`, expected);
  }
});

test('a budget of nothing blocks', () => {
  const budget = { ...GUIDE_CONFIG.guards.budget, hourlyLimit: 0 };
  const config = { ...GUIDE_CONFIG, guards: { ...GUIDE_CONFIG.guards, budget } };
  const facts = recording({ restRequests: [{ provider: 'okx', timesMs: [] }] });
  assert.equal(rowOf(facts, 'budget', null, config).status, 'BLOCK');
});

test('switches show ON for what is allowed, also where the config says what is disabled', () => {
  const emergency = { disableAllScanners: true, disableLiveData: false, readOnlyMode: true };
  const providers = { kraken: { enabled: false, allowWebsocket: true, allowRest: true } };
  const switches = { ...GUIDE_CONFIG.switches, emergency, providers, venues: { b: true, a: false } };
  const document = {
    source: { kind: 'replay', name: 'r' },
    savedAtMs: 0,
    dataTimeMs: 0,
    rows: statusOfReplay(recording(), GUIDE_CONFIG),
  } as const;
  const shown = withSwitches(document, switches).rows;
  const isSwitch = (row: StatusRow) =>
    ['switch', 'provider'].includes(row.category) || (row.category === 'venue' && row.part === null);
  const rows = shown.filter(isSwitch);
  assert.deepEqual(
    shown.filter((row) => !isSwitch(row)),
    document.rows.filter((row) => !isSwitch(row)),
    'what was measured stays',
  );
  assert.deepEqual(
    rows.map((row) => `${row.name}${row.part === null ? '' : `.${row.part}`} ${row.value}`),
    [
      'emergency_scanners OFF',
      'emergency_live_data ON',
      'emergency_readonly OFF',
      'kraken OFF',
      'kraken.websocket OFF',
      'kraken.rest OFF',
      'a OFF',
      'b ON',
    ],
  );
});

test('the order of venues and instruments in the facts changes nothing', () => {
  const facts = badRecording();
  const reversed = { ...facts, venues: [...facts.venues].reverse() };
  assert.deepEqual(
    statusOfReplay(reversed, GUIDE_CONFIG).filter((row) => row.category === 'venue'),
    statusOfReplay(facts, GUIDE_CONFIG).filter((row) => row.category === 'venue'),
  );
});
