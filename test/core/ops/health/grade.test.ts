import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assess, type GradeState, gradeOfScore, pendingUpgrade } from '../../../../src/core/ops/health/grade.ts';
import type { HealthInput } from '../../../../src/core/ops/health/health-input.ts';
import { HEALTH_GRADES, isWorse } from '../../../../src/core/ops/kill-switch/health-grade.ts';
import { CONFIG, FULL, GradeRun, NOTHING, READING_OF, WELL } from './health-facts.ts';

test('the ranges begin at 90, 80, 70 and 60, themselves included', () => {
  const rows = [
    [100, 'A'],
    [90, 'A'],
    [89.9, 'B'],
    [80, 'B'],
    [79.9, 'C'],
    [70, 'C'],
    [69.9, 'D'],
    [60, 'D'],
    [59.9, 'F'],
    [0, 'F'],
  ] as const;
  for (const [score, grade] of rows) assert.equal(gradeOfScore(score), grade, `${score}`);
});

test('a score is cut to a tenth, but not below what it is exactly', () => {
  // (.25*80 + .2*100 + .15*100 + .05*96) / .65 is 92; as doubles add up, 91.99999999999999.
  assert.equal(assess({ ...WELL, liveBooks: 4, rateLimitViolations24h: 1 }, CONFIG, 0).score, 92);
  // .05*.6*100/150 of .65 are missing: 99.97, which must not read as 100.
  assert.equal(assess({ ...WELL, authAttempts24h: 150, authRefusals24h: 1 }, CONFIG, 0).score, 99.9);
});

test('the hard criteria cap the grade of a perfect score, and say by what', () => {
  const rows: readonly (readonly [Partial<HealthInput>, grade: string, cap: string])[] = [
    [{}, 'A', ''],
    [{ dataLagMs: 29_999 }, 'A', ''],
    [{ dataLagMs: 30_000 }, 'C', 'data_lag C: data 30.0 s old, wanted < 30 s'],
    [{ dataLagMs: 60_000 }, 'C', 'data_lag C: data 60.0 s old, wanted < 30 s'],
    [{ dataLagMs: 60_001 }, 'D', 'data_lag D: data 60.0 s old, wanted < 30 s'],
    [{ dataLagMs: null }, 'D', 'data_lag D: unknown: no market data'],
    [{ errorsPerHour: 4 }, 'A', ''],
    [{ errorsPerHour: 5 }, 'C', 'errors C: 5 errors/h, wanted < 5'],
    [{ errorsPerHour: 15 }, 'C', 'errors C: 15 errors/h, wanted < 5'],
    [{ errorsPerHour: 16 }, 'D', 'errors D: 16 errors/h, wanted < 5'],
    [{ errorsPerHour: null }, 'D', 'errors D: unknown: errors are not counted'],
    [{ criticalErrors24h: 1 }, 'B', 'critical_errors B: 1 critical errors in 24 h, wanted 0'],
    [{ criticalErrors24h: null }, 'B', 'critical_errors B: unknown: critical errors are not counted'],
    [{ healthyVenues: 3 }, 'B', 'venues B: 3 of 4 venues healthy'],
    [{ healthyVenues: null }, 'B', 'venues B: unknown: no venue is judged'],
    [
      { criticalErrors24h: 2, errorsPerHour: 16 },
      'D',
      'errors D: 16 errors/h, wanted < 5; critical_errors B: 2 critical errors in 24 h, wanted 0',
    ],
  ];
  for (const [input, grade, caps] of rows) {
    const assessed = assess({ ...WELL, ...input }, CONFIG, 0);
    assert.equal(assessed.grade, grade, JSON.stringify(input));
    assert.equal(assessed.caps.map((cap) => `${cap.name} ${cap.grade}: ${cap.evidence}`).join('; '), caps);
  }
});

test('the accuracy of predictions caps only where there are predictions', () => {
  const rows = [
    [0.76, 'A'],
    [0.75, 'B'],
    [0.71, 'B'],
    [0.7, 'C'],
    [0.65, 'C'],
    [0.64, 'D'],
    [null, 'D'],
  ] as const;
  const weights = { ...CONFIG.weights, model_performance: 0 };
  for (const [predictionAccuracyRatio, grade] of rows) {
    const input = { ...WELL, ...FULL, predictionAccuracyRatio };
    assert.equal(assess(input, { ...CONFIG, weights, profile: 'full' }, 0).grade, grade, `${predictionAccuracyRatio}`);
    assert.equal(assess(input, CONFIG, 0).grade, 'A');
  }
});

test('the readings that the stories below are told with have the grades they are named after', () => {
  for (const grade of HEALTH_GRADES) assert.equal(assess(READING_OF[grade]!, CONFIG, 0).grade, grade);
});

test('worse at once, better only after five minutes without a break', () => {
  const rows: readonly (readonly [what: string, run: (run: GradeRun) => GradeRun, changes: string])[] = [
    ['not ready: no grade, however bad', (run) => run.seconds(100, 'F', false), ''],
    ['the first grade is taken at once', (run) => run.seconds(9, 'F', false).seconds(1, 'A'), 'null>A @10'],
    ['and kept though it is no longer ready', (run) => run.seconds(1, 'A').seconds(50, 'A', false), 'null>A @1'],
    ['down at once', (run) => run.seconds(1, 'A').seconds(1, 'C').seconds(1, 'F'), 'null>A @1, A>C @2, C>F @3'],
    ['299 s of A', (run) => run.seconds(10, 'C').seconds(300, 'A'), 'null>C @1'],
    ['300 s of A', (run) => run.seconds(10, 'C').seconds(301, 'A'), 'null>C @1, C>A @311'],
    [
      'a break of one second',
      (run) => run.seconds(10, 'C').seconds(299, 'A').seconds(1, 'C').seconds(300, 'A'),
      'null>C @1',
    ],
    [
      'a fall during the wait',
      (run) => run.seconds(9, 'C').seconds(290, 'A').seconds(1, 'D').seconds(299, 'A'),
      'null>C @1, C>D @300',
    ],
    [
      'B and A together hold for B, A alone for A',
      (run) => run.seconds(1, 'D').seconds(100, 'B').seconds(400, 'A'),
      'null>D @1, D>B @302, B>A @402',
    ],
    [
      'A and B in turns hold for B',
      (run) => {
        run.seconds(1, 'D');
        for (let i = 0; i < 151; i++) run.seconds(1, 'A').seconds(1, 'B');
        return run;
      },
      'null>D @1, D>B @302',
    ],
    [
      'a gap of ten seconds is still watched',
      (run) => run.seconds(1, 'C').seconds(200, 'A').after(10, 'A').seconds(91, 'A'),
      'null>C @1, C>A @302',
    ],
    [
      'a longer one is a break',
      (run) => run.seconds(1, 'C').seconds(200, 'A').after(11, 'A').seconds(299, 'A'),
      'null>C @1',
    ],
  ];
  for (const [what, story, changes] of rows) assert.equal(story(new GradeRun()).story, changes, what);
});

test('a change says from what, to what, and why', () => {
  const run = new GradeRun().seconds(1, 'A').seconds(1, 'D');
  assert.deepEqual(run.changes.at(-1), {
    from: 'A',
    to: 'D',
    atMs: 2000,
    score: 100,
    reason: 'score 100.0; data_lag caps at D: data 61.0 s old, wanted < 30 s',
  });
});

test('the upgrade under way shows its grade and what is left', () => {
  const run = new GradeRun().seconds(1, 'D').seconds(60, 'B').seconds(30, 'A');
  assert.ok(run.state.kind === 'graded');
  assert.deepEqual(pendingUpgrade(run.state, CONFIG, run.nowMs), { grade: 'B', leftMs: 211_000 });
  run.seconds(1, 'D');
  assert.ok(run.state.kind === 'graded');
  assert.equal(pendingUpgrade(run.state, CONFIG, run.nowMs), null);
});

const anyStretch = fc.tuple(fc.integer({ min: 1, max: 120 }), fc.constantFrom('A', 'A', 'A', 'B', 'C', 'D', 'F'));

test('whatever happens: the grade is never better than the worst assessed in the last five minutes, nor worse than now', () => {
  let upgrades = 0;
  fc.assert(
    fc.property(fc.array(anyStretch, { maxLength: 15 }), (stretches) => {
      const run = new GradeRun();
      const assessed: string[] = [];
      for (const [count, letter] of stretches) {
        for (let i = 0; i < count; i++) {
          const before = run.state.kind === 'graded' ? run.state.grade : null;
          run.seconds(1, letter);
          assessed.push(letter);
          assert.ok(run.state.kind === 'graded');
          const { grade } = run.state;
          assert.ok(grade >= letter, 'better than it is now');
          if (before === null || !isWorse(before, grade)) continue;
          upgrades += 1;
          const worst = assessed.slice(-(CONFIG.upHoldSeconds + 1)).reduce((a, b) => (a > b ? a : b));
          assert.equal(grade, worst, 'as good as the last five minutes, no better and no worse');
          assert.ok(assessed.length > CONFIG.upHoldSeconds);
        }
      }
    }),
    { numRuns: 200 },
  );
  assert.ok(upgrades > 5, `the random stories upgrade often enough to test anything: ${upgrades}`);
});

test('saved as JSON in the middle, it goes on the same', () => {
  const straight = new GradeRun().seconds(10, 'C').seconds(200, 'A');
  const resumed = new GradeRun();
  resumed.state = JSON.parse(JSON.stringify(straight.state)) as GradeState;
  resumed.nowMs = straight.nowMs;
  for (const run of [straight, resumed]) run.seconds(101, 'A').seconds(3, 'B');
  assert.deepEqual(resumed.state, straight.state);
  assert.equal(resumed.story, 'C>A @311, A>B @312');
});

test('a scanner that measured nothing is F by its score, whatever the profile', () => {
  for (const profile of ['scanner', 'full'] as const) {
    const { score, grade } = assess(NOTHING, { ...CONFIG, profile }, 0);
    assert.equal(`${score} ${grade}`, '0 F');
  }
});
