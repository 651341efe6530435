import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { measureComponents, weightedScore } from '../../../../src/core/ops/health/components.ts';
import { assess } from '../../../../src/core/ops/health/grade.ts';
import type { HealthInput } from '../../../../src/core/ops/health/health-input.ts';
import { CONFIG, FULL, NOTHING, scoreOf, WELL } from './health-facts.ts';

const FULL_CONFIG = { ...CONFIG, profile: 'full' } as const;

function component(name: string, input: Partial<HealthInput>, config: typeof CONFIG = CONFIG) {
  return measureComponents({ ...WELL, ...input }, config).find((one) => one.name === name)!;
}

function pointsOf(name: string, reading: string, input: Partial<HealthInput>): number | null {
  return component(name, { ...FULL, ...input }, FULL_CONFIG).inputs.find((one) => one.name === reading)!.score;
}

/** By hand from the formulas: 100 at the good end, 0 at the bad one, half way between. */
test('each reading is worth what its formula says', () => {
  const rows: readonly (readonly [string, Partial<HealthInput>, number])[] = [
    ['data_quality.api_uptime', { apiUptimePercent: 97.5 }, 97.5],
    ['data_quality.api_uptime', { apiUptimePercent: 104 }, 100],
    ['data_quality.freshness', { dataLagMs: 5 * 60_000 }, 100],
    ['data_quality.freshness', { dataLagMs: 32.5 * 60_000 }, 50],
    ['data_quality.freshness', { dataLagMs: 60 * 60_000 }, 0],
    ['data_quality.completeness', { liveBooks: 30, books: 40 }, 75],
    ['data_quality.drift', { dataDriftRatio: 0.3 }, 50],
    ['system_performance.cpu', { cpuRatio: 0.5 }, 100],
    ['system_performance.cpu', { cpuRatio: 0.65 }, 50],
    ['system_performance.cpu', { cpuRatio: 0.8 }, 0],
    ['system_performance.memory', { memoryUsedRatio: 0.725 }, 50],
    ['system_performance.disk', { diskUsedRatio: 0.8 }, 50],
    ['system_performance.response', { processingLagMsP95: 550 }, 50],
    ['system_performance.response', { processingLagMsP95: null, eventLoopLagMs: 1000 }, 0],
    ['model_performance.accuracy', { predictionAccuracyRatio: 0.7 }, 70],
    ['model_performance.confidence', { predictionConfidenceRatio: 0.8 }, 100],
    ['model_performance.confidence', { predictionConfidenceRatio: 0.65 }, 50],
    ['model_performance.confidence', { predictionConfidenceRatio: 0.5 }, 0],
    ['model_performance.drift', { modelDriftRatio: 0.2 }, 50],
    ['api_health.response', { restResponseMs: 1100 }, 50],
    ['api_health.response', { restResponseMs: null, feedLatencyMs: 200 }, 100],
    ['api_health.error_rate', { callErrorPercent: 2.5 }, 50],
    ['api_health.error_rate', { callErrorPercent: 1, badFramePercent: 5 }, 0],
    ['api_health.error_rate', { callErrorPercent: null, badFramePercent: 2.5 }, 50],
    ['api_health.rate_limit_usage', { rateLimitUsagePercent: 80 }, 50],
    ['trading_system.execution_success', { executionSuccessRatio: 0.9 }, 90],
    ['trading_system.slippage', { slippageBps: 30 }, 50],
    ['trading_system.risk_violations_24h', { riskViolations24h: 5 }, 0],
    ['security.auth_success', { authAttempts24h: 0, authRefusals24h: 0 }, 100],
    ['security.auth_success', { authAttempts24h: 4, authRefusals24h: 1 }, 75],
    ['security.rate_limit_violations_24h', { rateLimitViolations24h: 5 }, 50],
  ];
  for (const [path, input, expected] of rows) {
    const [name, reading] = path.split('.') as [string, string];
    const points = pointsOf(name, reading, input)!;
    assert.ok(Math.abs(points - expected) < 1e-9, `${path} ${JSON.stringify(input)}: ${points}, not ${expected}`);
  }
});

test('inside a component each reading has its share', () => {
  // (.40 + .30 + .20 + .10 of data, and so on): one reading at 0 takes its share away.
  const rows: readonly (readonly [string, Partial<HealthInput>, number])[] = [
    ['data_quality', { apiUptimePercent: 0 }, 60],
    ['data_quality', { dataLagMs: 3_600_000 }, 70],
    ['data_quality', { liveBooks: 0 }, 80],
    ['data_quality', { dataDriftRatio: 1 }, 90],
    ['system_performance', { cpuRatio: 1 }, 75],
    ['system_performance', { memoryUsedRatio: 1 }, 75],
    ['system_performance', { diskUsedRatio: 1 }, 80],
    ['system_performance', { processingLagMsP95: 1000 }, 70],
    ['model_performance', { predictionAccuracyRatio: 0 }, 50],
    ['model_performance', { predictionConfidenceRatio: 0 }, 70],
    ['model_performance', { modelDriftRatio: 1 }, 80],
    ['api_health', { restResponseMs: 9000 }, 60],
    ['api_health', { callErrorPercent: 50 }, 60],
    ['api_health', { rateLimitUsagePercent: 95 }, 80],
    ['trading_system', { executionSuccessRatio: 0 }, 50],
    ['trading_system', { slippageBps: 60 }, 70],
    ['trading_system', { riskViolations24h: 9 }, 80],
    ['security', { authAttempts24h: 2, authRefusals24h: 2 }, 40],
    ['security', { rateLimitViolations24h: 10 }, 60],
  ];
  for (const [name, input, expected] of rows) {
    const { score } = component(name, { ...FULL, ...input }, FULL_CONFIG);
    assert.ok(Math.abs(score! - expected) < 1e-9, `${name} ${JSON.stringify(input)}: ${score}`);
  }
});

test('the score is the mean of the components that exist, by their weights', () => {
  // Of .25 + .20 + .15 + .05 = .65: a component at 0 takes weight / .65 of 100 away. Cut to a tenth.
  assert.equal(scoreOf({}), 100);
  assert.equal(scoreOf({ apiUptimePercent: null, dataLagMs: null, liveBooks: null }), 61.5);
  assert.equal(scoreOf({ authAttempts24h: null, rateLimitViolations24h: null }), 92.3);
  assert.equal(scoreOf(FULL, FULL_CONFIG), 100);
  assert.equal(
    scoreOf({ ...FULL, executionSuccessRatio: null, slippageBps: null, riskViolations24h: null }, FULL_CONFIG),
    85,
  );
});

test('what is missing scores 0 and says unknown; what cannot exist here is listed and left out', () => {
  const states = (input: HealthInput, config = CONFIG) =>
    measureComponents(input, config).map((one) => `${one.name} ${one.state} ${one.score}`);
  assert.deepEqual(states(NOTHING), [
    'data_quality unknown 0',
    'system_performance unknown 0',
    'model_performance not_applicable null',
    'api_health unknown 0',
    'trading_system not_applicable null',
    'security unknown 0',
  ]);
  assert.deepEqual(
    component('data_quality', { apiUptimePercent: null }).inputs.map((one) => `${one.name} ${one.state} ${one.score}`),
    ['api_uptime unknown 0', 'freshness measured 100', 'completeness measured 100', 'drift not_applicable null'],
  );
  assert.ok(states(NOTHING, FULL_CONFIG).every((line) => line.endsWith('unknown 0')));
  assert.equal(component('data_quality', { liveBooks: 0, books: 0 }).inputs[2]!.state, 'unknown', '0 of 0 is no share');
  assert.equal(component('system_performance', { cpuRatio: Number.NaN }).inputs[0]!.state, 'unknown');
});

const EMPTY_FEEDS = { dataLagMs: null, enabledVenues: null, healthyVenues: null };

test('while all venues are off, what only they could tell is left out; what is known of them still counts', () => {
  const off = { ...NOTHING, isDataOff: true };
  const states = (input: HealthInput) => measureComponents(input, CONFIG).map((one) => `${one.name} ${one.state}`);
  assert.deepEqual(states(off), [
    'data_quality not_applicable',
    'system_performance unknown',
    'model_performance not_applicable',
    'api_health unknown',
    'trading_system not_applicable',
    'security unknown',
  ]);
  const api = component('api_health', { ...off, callErrorPercent: 5, rateLimitUsagePercent: 0 });
  assert.deepEqual(
    api.inputs.map(({ name, state, score }) => `${name} ${state} ${score}`),
    ['response not_applicable null', 'error_rate measured 0', 'rate_limit_usage measured 100'],
  );
  const capped = (input: HealthInput) => assess(input, CONFIG, 0).caps.map(({ name }) => name);
  assert.deepEqual(capped({ ...WELL, ...EMPTY_FEEDS, isDataOff: true }), []);
  assert.deepEqual(capped({ ...WELL, ...EMPTY_FEEDS }), ['venues', 'data_lag']);
});

test('no weight at all is no health', () => {
  assert.equal(weightedScore([{ score: 100, weight: 0 }]), 0);
  assert.equal(weightedScore([]), 0);
});

const anyReading = fc.option(fc.double({ min: 0, max: 1e7, noDefaultInfinity: true }), { nil: null });
const READINGS = Object.keys(WELL).filter((key) => key !== 'isDataOff');
const anyInput = fc.record({
  ...Object.fromEntries(READINGS.map((key) => [key, anyReading])),
  isDataOff: fc.constant(false),
}) as unknown as fc.Arbitrary<HealthInput>;

test('whatever is read: every score is in 0 to 100, and losing a reading never improves score or grade', () => {
  fc.assert(
    fc.property(anyInput, fc.constantFrom(...READINGS), fc.constantFrom(CONFIG, FULL_CONFIG), (input, key, config) => {
      const whole = assess(input, config, 0);
      for (const { score } of whole.components) assert.ok(score === null || (score >= 0 && score <= 100));
      assert.ok(whole.score >= 0 && whole.score <= 100);
      // Where another reading stands in for a lost one, its own figure counts: not a loss.
      if (['processingLagMsP95', 'restResponseMs', 'callErrorPercent', 'badFramePercent'].includes(key)) return;
      const less = assess({ ...input, [key]: null }, config, 0);
      assert.ok(less.score <= whole.score, `${key}: ${whole.score} -> ${less.score}`);
      assert.ok(less.grade >= whole.grade, `${key}: ${whole.grade} -> ${less.grade}`);
    }),
    { numRuns: 500 },
  );
});
