import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecondGrid } from '../../src/shell/run/scan/second-grid.ts';

/** @returns the times at which it said that a second was over */
function overAt(lookedAtMs: readonly number[]): number[] {
  const grid = new SecondGrid();
  return lookedAtMs.filter((ms) => grid.isOver(ms));
}

test('the first look says that a second is over', () => {
  assert.deepEqual(overAt([12_345]), [12_345]);
});

test('late looks lose no second: ten minutes have six hundred', () => {
  const looks = Array.from({ length: 6000 }, (_, i) => 100 * i + ((i * 37) % 60));
  assert.equal(overAt(looks).length, 600);
});

test('a look just before the second does not count, the next one does, and the grid stays', () => {
  assert.deepEqual(overAt([0, 999, 1099, 1999, 2000, 2999, 3001]), [0, 1099, 2000, 3001]);
});

test('after a pause nothing is made up for, and the grid begins anew', () => {
  assert.deepEqual(overAt([0, 1000, 61_500, 62_000, 62_499, 62_500]), [0, 1000, 61_500, 62_500]);
});
