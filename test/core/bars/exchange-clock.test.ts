import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ExchangeClock, type ObserveOutcome } from '../../../src/core/market/bars/exchange-clock.ts';

const MAX_DEVIATION_MS = 10_000;
/** 2024-08-08T23:55:00Z: receive times below are ms after it. */
const T0 = 1_723_161_300_000;

/** A frame, `late` ms after it happened; or a pulse. */
type Step = { at: number; late: number | null };

/** The rule as the design page says it, from a list of everything that ever came. */
class NaiveClock {
  readonly #frames: { second: number; difference: number; isGood: boolean }[] = [];
  nowMs = Number.NaN;
  offsetMs = Number.NaN;

  step({ at, late }: Step): ObserveOutcome {
    const second = Math.floor((T0 + at) / 1000);
    let outcome: ObserveOutcome = 'ok';
    if (late !== null) {
      this.#frames.push({ second, difference: -late, isGood: true });
      const isGood = Math.abs(-late - this.#reference()) <= MAX_DEVIATION_MS;
      this.#frames.at(-1)!.isGood = isGood;
      if (!isGood) outcome = 'bad_event_time';
    }
    const inWindow = this.#frames.filter((frame) => frame.isGood && frame.second > second - 60);
    if (inWindow.length > 0) this.offsetMs = Math.max(...inWindow.map((frame) => frame.difference));
    const nowMs = T0 + at + this.offsetMs;
    if (outcome === 'ok' && !(nowMs <= this.nowMs)) this.nowMs = nowMs;
    return outcome;
  }

  #reference(): number {
    const firsts = this.#frames.filter((frame, i) => frame.second !== this.#frames[i - 1]?.second);
    const samples = firsts.slice(-60).map((frame) => frame.difference);
    samples.sort((a, b) => a - b);
    return samples.length < 3 ? 0 : samples[(samples.length - 1) >> 1]!;
  }
}

function stepClock(clock: ExchangeClock, { at, late }: Step): ObserveOutcome {
  if (late !== null) return clock.observe(T0 + at - late, T0 + at);
  clock.advance(T0 + at);
  return 'ok';
}

const steps = fc
  .array(
    fc.record({
      wait: fc.oneof(fc.nat(400), fc.nat(3_000), fc.nat(90_000)),
      late: fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: -2_000, max: 3_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: -40_000, max: 40_000 }) },
        { weight: 2, arbitrary: fc.constant(null) },
      ),
    }),
    { maxLength: 150, size: 'max' },
  )
  .map((list) => {
    let at = 0;
    return list.map(({ wait, late }): Step => {
      at += wait;
      return { at, late };
    });
  });

describe('exchange clock', () => {
  it('is NaN before the first frame, whatever time it is', () => {
    const clock = new ExchangeClock(MAX_DEVIATION_MS);
    clock.advance(T0);
    assert.ok(Number.isNaN(clock.nowMs));
    assert.ok(Number.isNaN(clock.offsetMs));
  });

  // at (ms of receive time), how late the frame is, what comes of it, exchange time after it (ms after T0)
  const tables: Record<string, readonly (readonly [number, number | null, ObserveOutcome, number])[]> = {
    'takes the fastest frame, and goes on in silence': [
      [0, 300, 'ok', -300],
      [100, 200, 'ok', -100],
      [200, 900, 'ok', 0],
      [1_200, null, 'ok', 1_000],
      [9_200, null, 'ok', 9_000],
    ],
    'works with a receive clock that runs behind': [
      [0, -1_270, 'ok', 1_270],
      [10, -1_260, 'ok', 1_280],
    ],
    'never goes back when the fast frame leaves the window': [
      [0, 0, 'ok', 0],
      [500, 2_000, 'ok', 500],
      [59_999, 2_000, 'ok', 59_999],
      [60_000, 2_000, 'ok', 59_999],
      [61_900, 2_000, 'ok', 59_999],
      [62_100, 2_000, 'ok', 60_100],
    ],
    'keeps the last offset of a venue that was silent for long, and takes the next frame as it is': [
      [0, 100, 'ok', -100],
      [600_000, null, 'ok', 599_900],
      [600_001, 500, 'ok', 599_900],
      [600_501, null, 'ok', 600_001],
    ],
    'refuses a frame far off, and believes no first frame against the receive clock': [
      [0, 1_800_000, 'bad_event_time', Number.NaN],
      [10, 100, 'ok', -90],
      [2_000, -20_000, 'bad_event_time', -90],
      [2_100, 100, 'ok', 2_000],
    ],
    'follows when our own clock is an hour off': [
      [0, 3_600_000, 'bad_event_time', Number.NaN],
      [500, 3_600_000, 'bad_event_time', Number.NaN],
      [1_000, 3_600_050, 'bad_event_time', Number.NaN],
      [2_000, 3_600_000, 'ok', -3_598_000],
      [2_100, 0, 'bad_event_time', -3_598_000],
    ],
    'takes NaN for a bad time': [
      [0, 0, 'ok', 0],
      [1_000, Number.NaN, 'bad_event_time', 0],
      [1_500, 0, 'ok', 1_500],
    ],
  };
  for (const [name, rows] of Object.entries(tables)) {
    it(name, () => {
      const clock = new ExchangeClock(MAX_DEVIATION_MS);
      for (const [at, late, outcome, now] of rows) {
        assert.equal(stepClock(clock, { at, late }), outcome, `at ${at}`);
        assert.equal(clock.nowMs - T0, now, `at ${at}`);
      }
    });
  }

  it('follows a venue whose clock was set, after half a minute', () => {
    const clock = new ExchangeClock(MAX_DEVIATION_MS);
    for (let s = 0; s < 100; s++) clock.observe(T0 + s * 1000, T0 + s * 1000);
    const outcomes: ObserveOutcome[] = [];
    for (let s = 100; s < 140; s++) outcomes.push(clock.observe(T0 + s * 1000 + 20_000, T0 + s * 1000));
    assert.equal(outcomes.indexOf('ok'), 30);
    assert.equal(clock.nowMs, T0 + 139_000 + 20_000);
  });

  it('is what the rule says, told naively', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const clock = new ExchangeClock(MAX_DEVIATION_MS);
        const naive = new NaiveClock();
        let lastNow = Number.NaN;
        for (const step of list) {
          assert.equal(stepClock(clock, step), naive.step(step));
          assert.equal(clock.nowMs, naive.nowMs);
          assert.ok(!(clock.nowMs < lastNow), 'time runs backwards');
          lastNow = clock.nowMs;
        }
      }),
    );
  });

  it('goes on from a saved state', () => {
    fc.assert(
      fc.property(steps, fc.nat(), (list, x) => {
        const cut = x % (list.length + 1);
        const clock = new ExchangeClock(MAX_DEVIATION_MS);
        for (const step of list.slice(0, cut)) stepClock(clock, step);
        const restored = new ExchangeClock(MAX_DEVIATION_MS);
        restored.restore(JSON.parse(JSON.stringify(clock.save())));
        for (const step of list.slice(cut)) assert.equal(stepClock(restored, step), stepClock(clock, step));
        assert.deepEqual(restored.save(), clock.save());
        assert.equal(restored.nowMs, clock.nowMs);
      }),
    );
  });
});
