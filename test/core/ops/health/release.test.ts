import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INITIAL_GRADE, stepGrade } from '../../../../src/core/ops/health/grade.ts';
import type { HealthInput } from '../../../../src/core/ops/health/health-input.ts';
import { preActivationChecks, type ScannerFacts } from '../../../../src/core/ops/kill-switch/checks.ts';
import { loaded, PROJECT, requestIn } from '../../../config/support.ts';
import { WELL } from './health-facts.ts';

/** The shipped configuration, not a copy of it. */
const CONFIG = loaded(requestIn(PROJECT)).ops;

/** What a scanner of an ordinary busy host reads: sockets deliver, nobody calls REST, nobody showed a token. */
const ORDINARY: HealthInput = {
  ...WELL,
  apiUptimePercent: 99.2,
  liveBooks: 39,
  cpuRatio: 0.55,
  memoryUsedRatio: 0.7,
  diskUsedRatio: 0.72,
  processingLagMsP95: 40,
  restResponseMs: null,
  feedLatencyMs: 180,
  callErrorPercent: null,
  badFramePercent: 0.01,
  rateLimitUsagePercent: 0,
};

function failingChecks(input: HealthInput): string[] {
  const { state } = stepGrade(INITIAL_GRADE, input, CONFIG.health, true, 1000);
  assert.ok(state.kind === 'graded');
  const scanner: ScannerFacts = {
    kind: 'running',
    statusAgeMs: 500,
    grade: state.grade,
    score: state.assessment.score,
    activeP1: 'no_rules',
    dataAgeMs: input.dataLagMs,
    blockingGuards: [],
  };
  const { memoryUsedRatio } = input;
  const facts = { scanner, memoryUsedRatio, diskFreeBytes: 20e9, clockSkewMs: 30, auditChain: 'ok' } as const;
  return preActivationChecks(facts, CONFIG)
    .filter((check) => !check.isPassed)
    .map((check) => check.name);
}

test('on the default config an ordinary paused scanner can be released', () => {
  assert.deepEqual(failingChecks(ORDINARY), []);
});

test('and one that is not well cannot', () => {
  assert.deepEqual(failingChecks({ ...ORDINARY, dataLagMs: 31_000 }), ['health_grade', 'data_fresh']);
  assert.deepEqual(failingChecks({ ...ORDINARY, memoryUsedRatio: 0.95, cpuRatio: 1 }), ['memory']);
  assert.deepEqual(failingChecks({ ...ORDINARY, errorsPerHour: 7 }), ['health_grade']);
});
