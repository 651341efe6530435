/**
 * The operations oracle: independent numeric cases of what KPIs, breakers and guards must say.
 *
 * Each case is played as it stands. What another test owns, what we mean differently and what the original does wrong is
 * listed here by name, with the reason, so that nothing is left out in silence.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hasOracle,
  OPS_CASES,
  type OracleCase,
  type OracleExpectation,
  type OracleStep,
} from '../../support/oracle.ts';
import { OracleWorld } from './guards/oracle-world.ts';
import { START_MS } from './kpi/ops-fixtures.ts';

const skip = hasOracle ? false : 'no oracle here';

/** Cases of other rooms: covered elsewhere. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  it_emergency_scanners: 'switches',
  it_full_recovery: 'switches',
  switch_unknown_provider_and_venue_are_off: 'switches',
  switch_ws_off: 'switches',
  switch_set_on_unknown_provider_creates_it_enabled: 'switches: an unknown name is refused',
  switch_unknown_emergency_name_ignored: 'switches: an unknown name is refused',
  render_truncation: 'tables: long texts wrap, nothing is cut',
};

/** Steps and questions, within cases that are played, which other rooms answer. */
const ELSEWHERE_WITHIN = new Set(['write_snapshot', 'file_exists', 'other_csv_exists']);

/** `case get`: what we say where the case says something else. */
const DEPARTURES: Readonly<Record<string, { ours: unknown; why: string }>> = {
  'kpi_read_does_not_prune_in_go requests_per_minute': { ours: null, why: 'the 0 of no traffic is no data' },
  'seed_sample_kpi_table render.error_rate_text.go': { ours: '6.3', why: 'the guide prints 6.3' },
  'corr_empty_history guard.correlation.status': { ours: 'NO DATA', why: 'not measured is not OK' },
  'corr_empty_history guard.correlation.message': { ours: 'no data: no signals', why: 'as above' },
  'corr_all_older_than_lookback guard.correlation.max_correlation': { ours: undefined, why: 'no pair, no figure' },
  'corr_all_older_than_lookback guard.correlation.status': { ours: 'NO DATA', why: 'not measured is not OK' },
  'corr_80_82_81_block guard.correlation.message': {
    ours: 'Signal correlation too high: 0.988 >= 0.800, S1 and S0',
    why: 'the worst pair is named; S1 has the higher score',
  },
  'signal_history_cap_240 signal_history_length': {
    ours: undefined,
    why: 'no history is kept: whoever has the returns hands them over',
  },
  'venue_health_guard_is_placeholder guard.venue_health.status': { ours: 'NO DATA', why: 'no venue was told of' },
  'result_cache_expires_30s guard.budget.status': { ours: 'BLOCK', why: 'no guard lags behind the calls it counts' },
  'guard_status_names status_name': { ours: undefined, why: 'there is no fifth number: unknown is NO DATA' },
};

/** Where a departure holds for one of several equal questions only: the answers that the case has right. */
const AS_THE_CASE_SAYS: Readonly<Record<string, (expectation: OracleExpectation) => boolean>> = {
  'result_cache_expires_30s guard.budget.status': ({ t }) => t === 30,
  'guard_status_names status_name': ({ value }) => value! <= 3,
};

/** The case's own note: its ten calls at once contradict its burst limit of three; spread, they mean what it says. */
const SPREAD_SECONDS: Readonly<Record<string, number>> = { it_full_normal_10_calls_no_block: 6 };

function check(one: OracleCase, world: OracleWorld, expectation: OracleExpectation): void {
  const answer = world.see(expectation);
  const key = `${one.name} ${expectation.get}`;
  const departure = AS_THE_CASE_SAYS[key]?.(expectation) ? undefined : DEPARTURES[key];
  if (departure !== undefined) {
    assert.deepEqual(answer, departure.ours, `${key}: ${departure.why}`);
    return;
  }
  const { equals, not_equals, approx, contains, gte, lte, one_of, equals_set } = expectation;
  const wanted = [equals, not_equals, approx, contains, gte, lte, one_of, equals_set].filter((it) => it !== undefined);
  assert.ok(wanted.length > 0, `${key} asks something`);
  if (equals !== undefined) assert.equal(answer, equals, key);
  if (not_equals !== undefined) assert.notEqual(answer, not_equals, key);
  if (approx !== undefined) assert.ok(Math.abs(Number(answer) - approx) < 1e-6, `${key}: ${answer}`);
  if (contains !== undefined) assert.ok(String(answer).includes(contains), `${key}: ${answer}`);
  if (gte !== undefined) assert.ok(typeof answer === 'number' && answer >= gte, `${key}: ${answer}`);
  if (lte !== undefined) assert.ok(typeof answer === 'number' && answer <= lte, `${key}: ${answer}`);
  if (one_of !== undefined) assert.ok(one_of.includes(answer as string), `${key}: ${answer}`);
  if (equals_set !== undefined) assert.deepEqual([...(answer as string[])].sort(), [...equals_set].sort(), key);
}

function play(one: OracleCase, world: OracleWorld, step: OracleStep): void {
  if (ELSEWHERE_WITHIN.has(step.op)) return;
  if (step.op === 'check' || step.op === 'check_fresh') {
    check(one, world, step as unknown as OracleExpectation);
    return;
  }
  const seconds = SPREAD_SECONDS[one.name];
  assert.ok(world.play(seconds === undefined ? step : { ...step, interval_s: seconds, t: 0 }), `the step ${step.op}`);
}

for (const one of OPS_CASES.filter(({ name }) => ELSEWHERE[name] === undefined)) {
  test(`oracle: ${one.name}`, () => {
    const world = new OracleWorld(one);
    for (const step of one.steps) play(one, world, step);
    for (const expectation of one.expect) {
      // What the original does wrong stands beside what was intended.
      if (expectation.go_bug || ELSEWHERE_WITHIN.has(expectation.get)) continue;
      check(one, world, expectation);
    }
  });
}

test('every case is played or listed by name, and no list names what is not there', { skip }, () => {
  const names = OPS_CASES.map((one) => one.name);
  assert.equal(new Set(names).size, names.length);
  for (const name of Object.keys(ELSEWHERE)) assert.ok(names.includes(name), `covered elsewhere: ${name}`);
  const asked = new Set(OPS_CASES.flatMap((one) => one.expect.map((expectation) => `${one.name} ${expectation.get}`)));
  for (const key of Object.keys(DEPARTURES)) assert.ok(asked.has(key), `departure: ${key}`);
});

test('no traffic after some is no data, not a zero that looks measured', { skip }, () => {
  const one = OPS_CASES.find(({ name }) => name === 'kpi_read_does_not_prune_in_go')!;
  const world = new OracleWorld(one);
  for (const step of one.steps) play(one, world, step);
  const [requests] = world.kpiRows(START_MS + 3_600_000);
  assert.equal(requests!.status, 'NO DATA');
  assert.equal(requests!.message, 'no data: no calls in the last 60 s');
});
