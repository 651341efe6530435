import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CheckFacts,
  preActivationChecks,
  type ScannerFacts,
} from '../../../../src/core/ops/kill-switch/checks.ts';
import { GUIDE_CONFIG } from '../facts.ts';

const GIB = 1_073_741_824;
type Running = Extract<ScannerFacts, { kind: 'running' }>;

const RUNNING: Running = {
  kind: 'running',
  statusAgeMs: 400,
  grade: 'B',
  score: 84.2,
  activeP1: 0,
  dataAgeMs: 200,
  blockingGuards: [],
};
const GOOD: CheckFacts = {
  scanner: RUNNING,
  memoryUsedRatio: 0.5,
  diskFreeBytes: 40 * GIB,
  clockSkewMs: 12,
  auditChain: 'ok',
};
const check = (facts: Partial<CheckFacts> = {}) => preActivationChecks({ ...GOOD, ...facts }, GUIDE_CONFIG);
const running = (facts: Partial<Running>) => ({ scanner: { ...RUNNING, ...facts } });
const failing = (facts: Partial<CheckFacts>) =>
  check(facts)
    .filter((one) => !one.isPassed)
    .map((one) => `${one.name}: ${one.evidence}`);

test('beside a healthy scanner all pass, each with its figure, limit and age', () => {
  assert.deepEqual(
    check().map(({ name, isPassed, evidence }) => `${isPassed ? 'ok' : 'FAILED'} ${name}: ${evidence}`),
    [
      'ok health_grade: grade B (score 84.2), wanted B or better, 0.4 s ago',
      'ok p1_alerts: 0 active P1 alerts, wanted 0, 0.4 s ago',
      'ok data_fresh: newest data 0.6 s old, limit < 30 s',
      'ok guards: no guard blocks, 0.4 s ago',
      'ok disk_free: 40.00 GiB free, limit >= 1.00 GiB',
      'ok memory: 50.0% used, limit <= 90.0%',
      'ok clock: clock off by 12 ms, limit <= 5000 ms',
      'ok audit_chain: the audit chain verifies',
    ],
  );
});

const STOP_FIRST = 'where drain or kill closed its sockets, stop the scanner and check again';

test('each check fails by itself, says its figure, and passes at its limit', () => {
  const rows: readonly (readonly [Partial<CheckFacts>, string | null])[] = [
    [running({ grade: 'A' }), null],
    [running({ grade: 'C', score: 95 }), 'health_grade: grade C (score 95.0), wanted B or better, 0.4 s ago'],
    [running({ grade: 'F', score: null }), 'health_grade: grade F, wanted B or better, 0.4 s ago'],
    [running({ grade: null }), `health_grade: unknown: the scanner has no grade yet; ${STOP_FIRST}`],
    [running({ activeP1: 2 }), 'p1_alerts: 2 active P1 alerts, wanted 0, 0.4 s ago'],
    [running({ activeP1: null }), 'p1_alerts: unknown: the scanner does not know its alerts'],
    [running({ activeP1: 'no_rules' }), null],
    [running({ dataAgeMs: 29_599 }), null],
    [running({ dataAgeMs: 29_600 }), `data_fresh: newest data 30.0 s old, limit < 30 s; ${STOP_FIRST}`],
    [running({ dataAgeMs: null }), `data_fresh: unknown: the scanner has had no data; ${STOP_FIRST}`],
    [
      running({ blockingGuards: ['budget', 'kraken', 'okx', 'venue_health'] }),
      'guards: blocking: budget, kraken, okx and 1 more',
    ],
    [running({ blockingGuards: null }), 'guards: unknown: the scanner does not know its guards'],
    [{ diskFreeBytes: GIB }, null],
    [{ diskFreeBytes: GIB / 2 }, 'disk_free: 0.50 GiB free, limit >= 1.00 GiB'],
    [{ diskFreeBytes: null }, 'disk_free: unknown: free disk space could not be measured'],
    [{ memoryUsedRatio: 0.9 }, null],
    [{ memoryUsedRatio: 0.93 }, 'memory: 93.0% used, limit <= 90.0%'],
    [{ memoryUsedRatio: Number.NaN }, 'memory: unknown: memory could not be measured'],
    [{ clockSkewMs: -5000 }, null],
    [{ clockSkewMs: -5001 }, 'clock: clock off by 5001 ms, limit <= 5000 ms'],
    [{ clockSkewMs: null }, 'clock: unknown: nothing to compare the clock with'],
    [{ auditChain: 'broken' }, 'audit_chain: the audit chain is broken'],
    [{ auditChain: 'unknown' }, 'audit_chain: unknown: the audit could not be verified'],
  ];
  for (const [facts, expected] of rows) assert.deepEqual(failing(facts), expected === null ? [] : [expected]);
});

test('with no scanner running the host alone decides', () => {
  const none = { scanner: { kind: 'none' } } as const;
  assert.deepEqual(failing(none), []);
  const notApplicable = check(none).filter((one) => one.evidence === 'not applicable: no scanner is running');
  assert.deepEqual(
    notApplicable.map((one) => one.name),
    ['health_grade', 'p1_alerts', 'data_fresh', 'guards'],
  );
  assert.deepEqual(failing({ ...none, auditChain: 'broken', diskFreeBytes: null }).length, 2);
});

test('a scanner that does not answer, or whose figures are old, is unknown and fails all that asks about it', () => {
  const rows: readonly (readonly [ScannerFacts, RegExp])[] = [
    [
      { kind: 'silent', heartbeatAgeMs: 40_000 },
      /unknown: a scanner is there but does not answer, it last beat 40\.0 s ago/,
    ],
    [{ kind: 'silent', heartbeatAgeMs: null }, /does not answer, it has no heartbeat/],
    [{ ...RUNNING, statusAgeMs: 60_001 }, /unknown: the scanner's figures are 60\.0 s old, limit 60 s/],
    [{ ...RUNNING, statusAgeMs: Number.NaN }, /unknown/],
  ];
  for (const [scanner, expected] of rows) {
    const failed = failing({ scanner });
    assert.equal(failed.length, 4);
    for (const line of failed) assert.match(line, expected);
  }
  const stillFresh = failing({ scanner: { ...RUNNING, statusAgeMs: 60_000, dataAgeMs: 0 } });
  assert.deepEqual(
    stillFresh.map((line) => line.split(':')[0]),
    ['data_fresh'],
  );
});
