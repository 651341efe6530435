/** A scan is behind when it has had no pause for two looks in a row, and not while it catches up after a stop. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Saturation } from '../../src/shell/feeds/driver/saturation.ts';

/** @returns what each look says. @param windows - ms active and idle between two looks */
function looks(...windows: readonly (readonly [active: number, idle: number])[]): boolean[] {
  const total = { active: 5000, idle: 70_000, utilization: 0 };
  const saturation = new Saturation(() => ({ ...total }));
  return windows.map(([active, idle]) => {
    total.active += active;
    total.idle += idle;
    return saturation.look();
  });
}

test('two seconds without a pause, and none after the first with one', () => {
  assert.deepEqual(looks([999, 1], [1000, 0], [1000, 0], [985, 15], [1000, 0], [1000, 0]), [
    false,
    true,
    true,
    false,
    false,
    true,
  ]);
});

test('busy is not behind, and neither is one long stop', () => {
  assert.deepEqual(looks([900, 100], [985, 15], [980, 20], [2500, 5], [400, 600]), [false, false, false, false, false]);
});

test('a process that really spins has no pause, and one that waits has', async () => {
  const saturation = new Saturation();
  for (const expected of [false, true]) {
    const untilMs = performance.now() + 30;
    while (performance.now() < untilMs);
    assert.equal(saturation.look(), expected);
  }
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(saturation.look(), false);
});
