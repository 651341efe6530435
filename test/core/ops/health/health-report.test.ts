import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INITIAL_GRADE, stepGrade } from '../../../../src/core/ops/health/grade.ts';
import type { HealthInput } from '../../../../src/core/ops/health/health-input.ts';
import { healthReport, healthRows } from '../../../../src/core/ops/health/health-report.ts';
import { GRADE_POLICIES, policyOf } from '../../../../src/core/ops/health/policy.ts';
import { HEALTH_GRADES } from '../../../../src/core/ops/kill-switch/health-grade.ts';
import { CONFIG, GradeRun, WELL } from './health-facts.ts';

/** The runbook's table, as it stands there. */
test('the go/no-go matrix is the runbook, cell for cell', () => {
  const yes = (isSo: boolean) => (isSo ? 'yes' : 'no');
  const row = (cell: (policy: (typeof GRADE_POLICIES)['A']) => string) =>
    HEALTH_GRADES.map((grade) => cell(GRADE_POLICIES[grade])).join(' ');
  assert.equal(
    row((policy) => yes(policy.autoTrading)),
    'yes yes no no no',
  );
  assert.equal(
    row((policy) => `${policy.positionSizePercent}%`),
    '100% 75% 0% 0% 0%',
  );
  assert.equal(
    row((policy) => yes(policy.newEntries)),
    'yes yes no no no',
  );
  assert.equal(
    row((policy) => yes(policy.exitsOnly)),
    'no no yes yes yes',
  );
  assert.equal(
    row((policy) => yes(policy.killSwitch)),
    'no no no no yes',
  );
});

test('without a grade nothing is permitted, and the kill switch is not asked for', () => {
  const { autoTrading, newEntries, positionSizePercent, killSwitch } = policyOf(null);
  assert.deepEqual([autoTrading, newEntries, positionSizePercent, killSwitch], [false, false, 0, false]);
});

function rowsOf(state: GradeRun['state'], nowMs: number): string[] {
  return healthRows(state, CONFIG, nowMs).map(({ name, part, value, unit, status, message }) =>
    [part === null ? name : `${name}/${part}`, value ?? '-', unit ?? '', status ?? '', message].join(' | '),
  );
}

function stepped(input: Partial<HealthInput>): GradeRun['state'] {
  return stepGrade(INITIAL_GRADE, { ...WELL, ...input }, CONFIG, true, 1000).state;
}

test('the rows say the grade, what costs points, what is unknown, what does not exist, and the policy', () => {
  const input = {
    apiUptimePercent: 80,
    cpuRatio: 0.77,
    diskUsedRatio: null,
    authAttempts24h: null,
    rateLimitViolations24h: null,
  };
  // data (.4*80+.3*100+.2*100)/.9 = 91.1, system .25*10+.25*100+.2*0+.3*100 = 57.5, api 100, security 0:
  // (.25*91.1+.2*57.5+.15*100)/.65 = 75.81
  assert.deepEqual(rowsOf(stepped(input), 1000), [
    'grade | C |  | WARN | score 75.8',
    'grade/score | 75.8 | points | WARN | limit: warn < 80, critical < 60',
    'data_quality | 91.11111111111111 | points | OK | api_uptime 80.0 points',
    'system_performance | 57.5 | points | WARN | cpu 10.0 points; no reading: disk',
    'model_performance | not_applicable |  |  | ',
    'api_health | 100 | points | OK | ',
    'trading_system | not_applicable |  |  | ',
    'security | - | points | NO DATA | no data: no reading, counts as 0 points',
    'policy/auto_trading | NO |  |  | ',
    'policy/position_size_percent | 0 | percent |  | ',
    'policy/new_entries | NO |  |  | ',
    'policy/exits_only | YES |  |  | ',
    'policy/kill_switch | NO |  |  | ',
  ]);
});

test('before readiness there is no grade, and the row says what there is', () => {
  const before = rowsOf(INITIAL_GRADE, 0);
  assert.equal(before[0], 'grade | - |  | NO DATA | no data: not ready yet; nothing measured');
  assert.equal(before[1], 'grade/score | - | points | NO DATA | no data: nothing measured');
  const warm = new GradeRun().seconds(5, 'A', false);
  assert.equal(rowsOf(warm.state, warm.nowMs)[0], 'grade | - |  | NO DATA | no data: not ready yet; score 100.0');
});

test('a waiting upgrade is in the row and in the report', () => {
  const run = new GradeRun().seconds(1, 'C').seconds(89, 'A');
  assert.equal(rowsOf(run.state, run.nowMs)[0], 'grade | C |  | WARN | score 100.0; A in 212 s if it holds');
  const report = healthReport(run.state, CONFIG, run.nowMs);
  assert.deepEqual(report.pendingUpgrade, { grade: 'A', secondsLeft: 212 });
  assert.deepEqual([report.grade, report.assessedGrade, report.score, report.sinceMs], ['C', 'A', 100, 1000]);
  assert.equal(report.policy, GRADE_POLICIES.C, 'the policy goes by the held grade');
});

test('the letters are judged as the guide judges the score: below 80 a warning, below 60 critical', () => {
  const status = (letter: string) => healthRows(new GradeRun().seconds(1, letter).state, CONFIG, 1000)[0]!.status;
  assert.deepEqual(HEALTH_GRADES.map(status), ['OK', 'OK', 'WARN', 'WARN', 'CRITICAL']);
});
