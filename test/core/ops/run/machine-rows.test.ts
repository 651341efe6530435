import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDocument } from '../../../../src/core/ops/control/decide.ts';
import type { HostFact } from '../../../../src/core/ops/facts.ts';
import { OpsRun } from '../../../../src/core/ops/run/ops-run.ts';
import { GUIDE_CONFIG } from '../facts.ts';
import { callFact, hostFact, START_MS } from '../kpi/ops-fixtures.ts';

const GIB = 1_073_741_824;

function newRun(): OpsRun {
  const parts = { seed: 'test', providers: ['kraken'], venues: ['kraken'], document: emptyDocument(), latch: null };
  return new OpsRun({ config: GUIDE_CONFIG, ...parts }, START_MS);
}

/** `WARN 81 limit: warn > 80%`. */
function shown(run: OpsRun, name: string, nowMs = START_MS): string {
  const row = run.rows(nowMs).find((one) => one.category === 'kpi' && one.name === name)!;
  return `${row.status} ${row.value} ${row.message}`.trimEnd();
}

/** A limit itself is still good. */
const ROWS: readonly (readonly [name: string, host: Partial<HostFact>, expected: string])[] = [
  ['cpu_percent', { cpuRatio: 0.8 }, 'OK 80'],
  ['cpu_percent', { cpuRatio: 0.81 }, 'WARN 81 limit: warn > 80%'],
  ['cpu_percent', { cpuRatio: null }, 'NO DATA null no data: the machine was not measured lately'],
  ['memory_used_percent', { memoryUsedRatio: 0.85 }, 'OK 85'],
  ['memory_used_percent', { memoryUsedRatio: 0.9 }, 'WARN 90 limit: warn > 85%, critical > 90%'],
  ['memory_used_percent', { memoryUsedRatio: 0.91 }, 'CRITICAL 91 limit: warn > 85%, critical > 90%'],
  ['disk_free_bytes', { diskFreeBytes: 5 * GIB }, `OK ${5 * GIB}`],
  ['disk_free_bytes', { diskFreeBytes: GIB }, `WARN ${GIB} limit: warn < ${5 * GIB}, critical < ${GIB}`],
  ['disk_free_bytes', { diskFreeBytes: 1 }, `CRITICAL 1 limit: warn < ${5 * GIB}, critical < ${GIB}`],
  ['event_loop_lag_ms', { eventLoopLagMs: 250 }, 'OK 250'],
  ['event_loop_lag_ms', { eventLoopLagMs: 251 }, 'WARN 251 limit: warn > 250'],
];

for (const [name, host, expected] of ROWS) {
  test(`${name} ${Object.values(host)[0]}: ${expected.split(' ')[0]}`, () => {
    const run = newRun();
    run.onHost(hostFact(START_MS, host));
    assert.equal(shown(run, name), expected);
  });
}

test('a reading is of now for as long as a saved status may be old, then there is none', () => {
  const run = newRun();
  assert.match(shown(run, 'cpu_percent'), /^NO DATA/);
  run.onHost(hostFact(START_MS));
  assert.equal(shown(run, 'cpu_percent', START_MS + 60_000), 'OK 10');
  assert.match(shown(run, 'cpu_percent', START_MS + 60_001), /^NO DATA/);
});

test('a recording shows only where it stopped', () => {
  const run = newRun();
  for (const [recording, expected] of [
    [{}, undefined],
    [{ recording: 'off' }, undefined],
    [{ recording: 'on' }, undefined],
    [{ recording: 'stopped' }, 'WARN'],
  ] as const) {
    run.onHost(hostFact(START_MS, recording));
    assert.equal(run.rows(START_MS).find(({ name }) => name === 'recording')?.status, expected);
  }
});

test('response times are the p95 of the REST calls of five minutes', () => {
  const run = newRun();
  assert.match(shown(run, 'response_p95_ms'), /^NO DATA null no data: no REST call was answered lately/);
  for (let i = 0; i < 19; i++) run.onCall(callFact(START_MS, { latencyMs: 5000 }));
  run.onCall(callFact(START_MS, { latencyMs: 60_000 }));
  run.onCall(callFact(START_MS, { latencyMs: 70_000, transport: 'websocket' }));
  assert.equal(shown(run, 'response_p95_ms'), 'OK 5000', 'the slowest of twenty is beyond it');
  run.onCall(callFact(START_MS, { latencyMs: 10_001 }));
  assert.equal(shown(run, 'response_p95_ms'), 'CRITICAL 10001 limit: warn > 5000, critical > 10000');
  assert.match(shown(run, 'response_p95_ms', START_MS + 300_000), /^NO DATA/);
});
