/** Rule tests themselves: the shorthand, what passes, what does not, and what is wrong with a file. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { type RuleTest, runRuleTest } from '../../../src/core/signal/detect/rule-test.ts';
import { readSeries } from '../../../src/core/signal/detect/series-shorthand.ts';
import { problemText } from '../../../src/shell/config/problem.ts';
import { readRuleTests } from '../../../src/shell/run/alerts/rule-test-file.ts';
import { config, rowWords, rule } from './alert-support.ts';

const SERIES: readonly (readonly [text: string, values: readonly number[]])[] = [
  ['2x3 5 _x2 10+0.5x3', [2, 2, 2, 5, Number.NaN, Number.NaN, 10, 10.5, 11]],
  ['5-2x3', [5, 3, 1]],
  ['-5-2x2', [-5, -7]],
  ['-0.5 +1 .5 1e3 -2e-3x2', [-0.5, 1, 0.5, 1000, -0.002, -0.002]],
  ['  _   1  ', [Number.NaN, 1]],
  ['7x0 1', [1]],
];

for (const [text, values] of SERIES) {
  test(`the series "${text}"`, () => assert.deepEqual(readSeries(text), { kind: 'values', values }));
}

test('what is no series is told with its place', () => {
  for (const [text, at] of [
    ['1 2y 3', 2],
    ['x3', 0],
    ['1x', 0],
    ['1+x3', 0],
    ['1 Infinity', 2],
    ['1x1000000', 0],
  ] as const) {
    const read = readSeries(text);
    assert.deepEqual([read.kind, read.kind === 'problem' && read.at], ['problem', at], text);
  }
});

const TEST: RuleTest = {
  name: 'a test',
  intervalMs: 1000,
  series: [{ metric: 'm', venue: 'okx', instrument: null, values: [2, 4, 4, 2], zscores: [] }],
  orders: [],
  expected: [
    { atMs: 1000, type: 'warning', change: 'fired' },
    { atMs: 3000, type: 'warning', change: 'resolved' },
  ],
};
const CONFIG = config([rule()]);

/** Each row of a test that is changed in some way, in words. */
function rowsOf(changes: Partial<RuleTest>): { isPassed: boolean; rows: string[] } {
  const { isPassed, rows } = runRuleTest({ ...TEST, ...changes }, CONFIG);
  return { isPassed, rows: rows.map(rowWords) };
}

test('what was expected and nothing else', () => {
  assert.deepEqual(rowsOf({}), {
    isPassed: true,
    rows: ['met: warning fired 1', 'met: warning resolved 3'],
  });
});

test('what did not happen, and what nobody expected, fail it', () => {
  const [fired, resolved] = TEST.expected as [RuleTest['expected'][number], RuleTest['expected'][number]];
  assert.deepEqual(rowsOf({ expected: [fired] }), {
    isPassed: false,
    rows: ['met: warning fired 1', 'unexpected: warning resolved 3'],
  });
  assert.deepEqual(rowsOf({ expected: [fired, { ...resolved, atMs: 2000 }] }), {
    isPassed: false,
    rows: ['met: warning fired 1', 'missing: warning resolved 2', 'unexpected: warning resolved 3'],
  });
});

test('each thing that is said is looked at', () => {
  const [fired, resolved] = TEST.expected as [RuleTest['expected'][number], RuleTest['expected'][number]];
  const right = { priority: 'P2', resolution: 'auto', peak: 4, venue: 'okx' } as const;
  assert.equal(rowsOf({ expected: [fired, { ...resolved, ...right }] }).isPassed, true);
  for (const wrong of [
    { priority: 'P1' },
    { resolution: 'manual' },
    { peak: 5 },
    { venue: 'kraken' },
    { instrument: 'x' },
    { type: 'other' },
    { change: 'dropped' },
  ] as const) {
    assert.equal(rowsOf({ expected: [fired, { ...resolved, ...wrong }] }).isPassed, false, JSON.stringify(wrong));
  }
});

test('a series that no rule looks at shows nothing, so it fails', () => {
  const series = [{ ...TEST.series[0]!, metric: 'n' }];
  assert.deepEqual(rowsOf({ series, expected: [] }), { isPassed: false, rows: ['idle: n'] });
});

test('orders are obeyed before the values of their time', () => {
  const { rows } = rowsOf({ orders: [{ atMs: 2000, kind: 'resolve', type: 'warning' }], expected: [] });
  assert.deepEqual(rows, [
    'unexpected: warning fired 1',
    'unexpected: warning resolved 2',
    'unexpected: warning fired 2',
    'unexpected: warning resolved 3',
  ]);
});

const FILE = `interval_seconds: 2
tests:
  - name: a test
    input_series:
      - { metric: m, venue: okx, values: "2 4x2 2", zscore: "_ 3x2" }
    orders:
      - { at_seconds: 4, order: acknowledge, alert: warning }
    expect:
      - { at_seconds: 2, alert: warning, change: fired, priority: P2 }
      - { at_seconds: 6, alert: warning, change: resolved, as: auto, peak: 4 }
`;

test('a file becomes its tests', () => {
  assert.deepEqual(readRuleTests(FILE, 'f.yaml'), {
    ok: true,
    tests: [
      {
        name: 'a test',
        intervalMs: 2000,
        series: [{ metric: 'm', venue: 'okx', instrument: null, values: [2, 4, 4, 2], zscores: [Number.NaN, 3, 3] }],
        orders: [{ atMs: 4000, kind: 'acknowledge', type: 'warning' }],
        expected: [
          { atMs: 2000, type: 'warning', change: 'fired', priority: 'P2' },
          { atMs: 6000, type: 'warning', change: 'resolved', resolution: 'auto', peak: 4 },
        ],
      },
    ],
  });
});

/** What is changed in the file, and the report. */
const FAULTS: readonly (readonly [what: string, by: string, report: string])[] = [
  [
    '4x2 2"',
    '4y2 2"',
    'f.yaml:5:42 tests[0].input_series[0].values: wanted a value, N times a value (5x9), N steps (10+0.5x20), or missing ones (_, _x3), found "4y2"',
  ],
  [
    'metric: m',
    'metrik: m',
    'f.yaml:5:9 tests[0].input_series[0]: wanted the key "metric", found no such key\nf.yaml:5:11 tests[0].input_series[0].metrik: wanted a known key, found "metrik" (did you mean metric?)',
  ],
  [
    'change: fired',
    'change: fire',
    'f.yaml:9:50 tests[0].expect[0].change: wanted one of pending, dropped, fired, escalated, acknowledged, ladder, unsilenced, resolved, found "fire" (did you mean fired?)',
  ],
  ['tests:', 'tests: 3\nx:', 'f.yaml:2:8 tests: wanted a list, found 3'],
];

for (const [what, by, report] of FAULTS) {
  test(`a fault in a file: ${by.split('\n')[0]}`, () => {
    const read = readRuleTests(FILE.replace(what, by), 'f.yaml');
    const lines = read.ok ? '' : read.problems.map(problemText).join('\n');
    assert.ok(lines.includes(report), lines);
  });
}

test('what is no mapping, and what is no YAML', () => {
  for (const text of ['', '- 1\n', 'tests: [\n', `${FILE}---\n${FILE}`, '\u0000']) {
    const read = readRuleTests(text, 'f.yaml');
    assert.equal(read.ok, false, text);
    assert.ok(!read.ok && read.problems.every(({ file }) => file === 'f.yaml'));
  }
});
