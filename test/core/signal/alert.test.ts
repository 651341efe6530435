/** One alert's life, sample by sample: what begins it, what carries it, what ends it. */

import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertRule } from '../../../src/core/signal/detect/alerts-config.ts';
import { Bench, config, rule } from './alert-support.ts';

const NONE = Number.NaN;
type Sample = readonly [second: number, value: number, zscore: number, expected: string];

/** Each sample with what it makes happen. */
const LIVES: { readonly [name: string]: { readonly of: Partial<AlertRule>; readonly samples: readonly Sample[] } } = {
  'a level that is passed, strictly, and left': {
    of: {},
    samples: [
      [0, 3, NONE, ''],
      [1, 3.1, NONE, 'fired*'],
      [2, 4, NONE, ''],
      [3, 3, NONE, 'resolved auto*'],
      [4, 3, NONE, ''],
      [5, 4, NONE, 'fired*'],
    ],
  },
  'persistence is inclusive, and one value below ends it': {
    of: { persistenceMs: 2000 },
    samples: [
      [0, 4, NONE, 'pending'],
      [1, 4, NONE, ''],
      [2, 3, NONE, 'dropped'],
      [3, 4, NONE, 'pending'],
      [4, 4, NONE, ''],
      [5, 4, NONE, 'fired*'],
    ],
  },
  'the z-score is asked at onset only, up or down, strictly': {
    of: { requiresZscore: true, thresholds: { '*': { threshold: 3, zscore: 2 } } },
    samples: [
      [0, 4, NONE, ''], // it warms up
      [1, 4, 2, ''],
      [2, 4, -2.1, 'fired*'],
      [3, 4, 0, ''],
      [4, 4, NONE, ''],
      [5, 2, 9, 'resolved auto*'],
    ],
  },
  'a pending one needs no z-score either': {
    of: { persistenceMs: 2000, requiresZscore: true, thresholds: { '*': { threshold: 3, zscore: 2 } } },
    samples: [
      [0, 4, 3, 'pending'],
      [1, 4, 0, ''],
      [2, 4, NONE, 'fired*'],
    ],
  },
  'a missing value neither holds nor ends': {
    of: { persistenceMs: 3000 },
    samples: [
      [0, 4, NONE, 'pending'],
      [1, NONE, NONE, ''],
      [2, 4, NONE, ''], // a blip: it counts
      [3, 4, NONE, 'fired*'],
      [4, NONE, NONE, ''],
      [5, 2, NONE, 'resolved auto*'],
    ],
  },
  'a hole of five seconds counts for nothing, what was held before it does': {
    of: { persistenceMs: 3000 },
    samples: [
      [0, 4, NONE, 'pending'],
      [1, 4, NONE, ''],
      [6, 4, NONE, ''], // 5 s: a hole
      [7, 4, NONE, ''],
      [8, 4, NONE, 'fired*'],
    ],
  },
  'it goes on firing until the level has been over for long enough': {
    of: { keepFiringMs: 2000 },
    samples: [
      [0, 4, NONE, 'fired*'],
      [1, 3, NONE, ''],
      [2, 3, NONE, ''],
      [3, 4, NONE, ''], // back: it begins anew
      [4, 3, NONE, ''],
      [5, NONE, NONE, ''],
      [6, 3, NONE, 'resolved auto*'],
    ],
  },
  'hysteresis: over is further away than begun': {
    of: { hysteresisRatio: 0.1, keepFiringMs: 0 },
    samples: [
      [0, 3.1, NONE, 'fired*'],
      [1, 2.8, NONE, ''],
      [2, 2.7, NONE, 'resolved auto*'],
      [3, 2.8, NONE, ''], // not begun by what would carry it
    ],
  },
  'the band between over and held is no over: it begins anew': {
    of: { hysteresisRatio: 0.1, keepFiringMs: 2000 },
    samples: [
      [0, 4, NONE, 'fired*'],
      [1, 2, NONE, ''],
      [2, 2.9, NONE, ''],
      [3, 2, NONE, ''],
      [4, 2, NONE, ''],
      [5, 2, NONE, 'resolved auto*'],
    ],
  },
  'throttle: it waits, pending, until the last firing is long enough ago': {
    of: { throttleMs: 10_000 },
    samples: [
      [0, 4, NONE, 'fired*'],
      [1, 2, NONE, 'resolved auto*'],
      [8, 4, NONE, 'pending'],
      [9, 4, NONE, ''],
      [10, 4, NONE, 'fired*'],
    ],
  },
  'throttle outlives an episode that was dropped': {
    of: { throttleMs: 10_000 },
    samples: [
      [0, 4, NONE, 'fired*'],
      [1, 2, NONE, 'resolved auto*'],
      [2, 4, NONE, 'pending'],
      [3, 2, NONE, 'dropped'],
      [4, 4, NONE, 'pending'],
      [9, 4, NONE, ''],
      [10, 4, NONE, 'fired*'],
    ],
  },
  'cooldown: it does not even begin': {
    of: { cooldownMs: 10_000 },
    samples: [
      [0, 4, NONE, 'fired*'],
      [5, 2, NONE, 'resolved auto*'],
      [14, 4, NONE, ''],
      [15, 4, NONE, 'fired*'],
    ],
  },
  'without any value it times out; a pending one is dropped': {
    of: { timeoutMs: 4000, persistenceMs: 1000 },
    samples: [
      [0, 4, NONE, 'pending'],
      [1, 4, NONE, 'fired*'],
      [4, NONE, NONE, ''],
      [5, NONE, NONE, 'resolved timeout*'],
      [6, 4, NONE, 'pending'],
      [10, NONE, NONE, 'dropped'],
    ],
  },
  'P2 becomes P1 after 3 s, with or without values; once': {
    of: { escalateAfterMs: 3000 },
    samples: [
      [0, 4, NONE, 'fired*'],
      [2, 4, NONE, ''],
      [3, NONE, NONE, 'escalated*'],
      [6, 4, NONE, ''],
    ],
  },
  'P3 stays P3': {
    of: { escalateAfterMs: 3000, priority: 'P3' },
    samples: [
      [0, 4, NONE, 'fired*'],
      [4, 4, NONE, ''],
    ],
  },
};

for (const [name, { of, samples }] of Object.entries(LIVES)) {
  test(`an alert: ${name}`, () => {
    const bench = new Bench(config([rule(of)]));
    for (const [second, value, zscore, expected] of samples) {
      const told = bench.observe(second, value, zscore).filter((text) => !text.endsWith('updated'));
      assert.deepEqual(told, expected === '' ? [] : [`warning ${expected}`], `second ${second}`);
    }
  });
}

/** Condition, limit, values, and the worst of them with its sign. */
const PEAKS: readonly (readonly [AlertRule['condition'], number, readonly number[], number])[] = [
  ['gt', 3, [4, 9, 5], 9],
  ['gt', -3, [-2, -1, -2.5], -1],
  ['lt', 3, [2, 1, 2.5], 1],
  ['lt', -30, [-35, -50, -31], -50], // the original kept -31: it compared without the sign
  ['abs_gt', 3, [4, -9, 5], -9],
  ['abs_lt', 3, [-2, 1, -2.5], 1],
];

for (const [condition, threshold, values, worst] of PEAKS) {
  test(`the peak of ${condition} ${threshold} over ${values.join(', ')} is ${worst}`, () => {
    const bench = new Bench(config([rule({ condition, thresholds: { '*': { threshold, zscore: null } } })]));
    for (const [second, value] of values.entries()) bench.observe(second, value);
    const [alert] = bench.alerts.active();
    assert.deepEqual([alert?.value, alert?.lastValue, alert?.peakValue], [values[0], values.at(-1), worst]);
    assert.equal(alert?.peakAtMs, values.indexOf(worst) * 1000);
  });
}

/** Condition, limit, share, the nearest value that is over and the nearest that is not. */
const RETURNS: readonly (readonly [AlertRule['condition'], number, number, over: number, notOver: number])[] = [
  ['gt', 3, 0, 3, 3.1],
  ['gt', 3, 0.1, 2.7, 2.71],
  ['gt', -3, 0.1, -3.31, -3.29],
  ['lt', 200, 0.1, 221, 219],
  ['lt', -30, 0.1, -27, -27.1],
  ['abs_gt', 10, 0.1, -9, -9.1],
  ['abs_lt', 10, 0.1, -11.1, -10.9],
];

for (const [condition, threshold, hysteresisRatio, over, notOver] of RETURNS) {
  test(`${condition} ${threshold} with a hysteresis of ${hysteresisRatio} is over at ${over}, not at ${notOver}`, () => {
    const bench = new Bench(
      config([rule({ condition, hysteresisRatio, thresholds: { '*': { threshold, zscore: null } } })]),
    );
    const beyond = { gt: 1e6, lt: -1e6, abs_gt: 1e6, abs_lt: 0 }[condition];
    assert.deepEqual(bench.observe(0, beyond), ['warning fired*']);
    assert.deepEqual(bench.observe(1, notOver), []);
    assert.deepEqual(bench.observe(2, over), ['warning resolved auto*']);
  });
}
