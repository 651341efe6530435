import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationMs } from '../../src/shell/cli/duration.ts';
import { CryptorunError } from '../../src/shell/errors.ts';

test('durations: a number and a unit', () => {
  for (const [text, ms] of [
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['0s', 0],
    [' 2s ', 2000],
  ] as const) {
    assert.equal(durationMs('--for', text), ms, text);
  }
});

test('everything else is refused in one clear sentence', () => {
  for (const text of [
    '',
    '30',
    'm',
    '-5m',
    '1e3s',
    '1h30m',
    '5 m',
    '5M',
    'soon',
    '1.2345s',
    '９s',
    `${'9'.repeat(40)}s`,
  ]) {
    assert.throws(
      () => durationMs('--for', text),
      (error) =>
        error instanceof CryptorunError &&
        error.code === 'usage' &&
        error.message === `--for: wanted a duration such as 90s, 30m, 2h or 1d, found "${text}"`,
      text,
    );
  }
});
