/** Clocks and the one header about time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaledClock, systemClock } from '../../src/shell/feeds/clocks.ts';
import { retryAfterMs } from '../../src/shell/feeds/retry-after.ts';

test('a clock begins at the wall clock, in whole microseconds, and never runs backwards', () => {
  const clock = systemClock();
  assert.ok(Math.abs(clock.nowMs() - Date.now()) < 50);
  let lastMs = 0;
  for (let i = 0; i < 10_000; i++) {
    const nowMs = clock.nowMs();
    assert.ok(nowMs >= lastMs);
    assert.equal(Math.round(nowMs * 1000) / 1000, nowMs);
    lastMs = nowMs;
  }
});

test('a clock of a demo goes faster, and so do its timers', async () => {
  const clock = scaledClock(100);
  const startMs = clock.nowMs();
  const startedMs = performance.now();
  const keepAsking = setInterval(() => clock.nowMs(), 1);
  await new Promise<void>((resolve) => clock.after(2000, resolve));
  clearInterval(keepAsking);
  assert.ok(clock.nowMs() - startMs >= 2000);
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs >= 19 && tookMs < 1000, `${tookMs}`);
  const cancel = clock.after(1, () => assert.fail('cancelled'));
  cancel();
  await new Promise<void>((resolve) => clock.after(500, resolve));
});

test('a clock of a demo stands still while the process does', () => {
  const clock = scaledClock(10);
  const startMs = clock.nowMs();
  const untilMs = performance.now() + 100;
  while (performance.now() < untilMs);
  const wentMs = clock.nowMs() - startMs;
  assert.ok(wentMs >= 100 && wentMs <= 210, `${wentMs}`);
});

test('Retry-After: seconds, dates, and what is neither', () => {
  const nowMs = Date.parse('2026-03-01T12:00:00Z');
  for (const [text, ms] of [
    ['7', 7000],
    ['0', 0],
    ['1.5', 1500],
    ['Sun, 01 Mar 2026 12:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
    ['soon', null],
    ['-1', null],
    ['2026', 2_026_000],
    ['', null],
    [undefined, null],
  ] as const) {
    assert.equal(retryAfterMs(text, nowMs), ms, `${text}`);
  }
});
