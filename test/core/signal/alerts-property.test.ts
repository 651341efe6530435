/** What holds of alerts whatever comes: no firing without its persistence, one alert a key, save and restore, replay, restarts. */

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { AlertEffect } from '../../../src/core/signal/detect/alert-effect.ts';
import type { AlertRule } from '../../../src/core/signal/detect/alerts-config.ts';
import { Bench, CRITICAL, config, rule } from './alert-support.ts';

/** One second of a series' life. */
type Step =
  | { readonly kind: 'sample'; readonly value: number; readonly zscore: number }
  | { readonly kind: 'order'; readonly order: 'alert_acknowledge' | 'alert_resolve'; readonly pick: number }
  | { readonly kind: 'silence'; readonly seconds: number }
  | { readonly kind: 'switch'; readonly isOn: boolean }
  | { readonly kind: 'idle'; readonly seconds: number };

const value = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 8, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(3, 5, 2.7, 4.5) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);
const zscore = fc.oneof(fc.double({ min: -5, max: 5, noNaN: true }), fc.constantFrom(Number.NaN, -0));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constant('sample' as const), value, zscore }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('order' as const),
      order: fc.constantFrom('alert_acknowledge' as const, 'alert_resolve' as const),
      pick: fc.nat(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('silence' as const), seconds: fc.integer({ min: 1, max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('switch' as const), isOn: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('idle' as const), seconds: fc.integer({ min: 1, max: 30 }) }) },
);
const steps = fc.array(step, { maxLength: 120 });

const settings = fc.record({
  persistenceMs: fc.constantFrom(0, 1000, 4000),
  keepFiringMs: fc.constantFrom(0, 2000),
  throttleMs: fc.constantFrom(0, 10_000),
  cooldownMs: fc.constantFrom(0, 5000),
  hysteresisRatio: fc.constantFrom(0, 0.1),
  escalateAfterMs: fc.constantFrom(null, 8000),
  timeoutMs: fc.constantFrom(6000, 60_000),
  requiresZscore: fc.boolean(),
});
const rules = fc
  .tuple(settings, settings)
  .map(([first, second]): AlertRule[] => [
    rule({ ...first, escalatesTo: 'critical', thresholds: { '*': { threshold: 3, zscore: 2 } } }),
    { ...CRITICAL, ...second, escalateAfterMs: null, thresholds: { '*': { threshold: 5, zscore: 3 } } },
  ]);

const LADDER = [0, 5000, 10_000].map((afterMs, i) => ({
  name: `${i}`,
  afterMs,
  priorities: ['P1' as const],
  receivers: [],
}));

function bench(of: readonly AlertRule[]): Bench {
  return new Bench(config(of, LADDER));
}

/** Does the step at this second; @returns the second after it. */
function act(on: Bench, one: Step, second: number): number {
  const nowMs = second * 1000;
  if (one.kind === 'sample') on.observe(second, one.value, one.zscore);
  if (one.kind === 'order') {
    const open = on.alerts.open();
    const alert = open[one.pick % Math.max(1, open.length)]?.id ?? 'none';
    on.alerts.onCommand({ kind: one.order, alert, actor: 'a', reason: 'r' }, nowMs);
  }
  if (one.kind === 'silence') {
    const matchers = [{ label: 'type', kind: 'equals', value: 'warning', isNegated: false }] as const;
    const endsAtMs = nowMs + one.seconds * 1000;
    on.alerts.onCommand(
      {
        kind: 'silence_add',
        silence: { id: `s${second}`, matchers, startsAtMs: nowMs, endsAtMs, actor: 'a', reason: 'r' },
      },
      nowMs,
    );
  }
  if (one.kind === 'switch') on.alerts.setEnabled((type) => one.isOn || type !== 'critical', nowMs);
  on.pass(second);
  return second + (one.kind === 'idle' ? one.seconds : 1);
}

function played(of: readonly AlertRule[], all: readonly Step[]): Bench {
  const on = bench(of);
  all.reduce((second, one) => act(on, one, second), 0);
  return on;
}

function firings(effects: readonly AlertEffect[]): AlertEffect[] {
  return effects.filter(({ change }) => change === 'fired');
}

test('nothing fires before its level has held for its persistence, unless it is handed back what has held', () => {
  fc.assert(
    fc.property(rules, steps, (of, all) => {
      const { effects } = played(of, all);
      for (const { alert } of firings(effects)) {
        const { persistenceMs } = of.find(({ type }) => type === alert.type)!;
        assert.ok(alert.heldMs >= persistenceMs);
        const isHandedBack = effects.some(
          ({ change, alert: other }) =>
            change === 'resolved' && other.type === 'critical' && other.resolution!.atMs === alert.pendingAtMs,
        );
        if (!isHandedBack) assert.ok(alert.firedAtMs! - alert.pendingAtMs >= persistenceMs);
      }
    }),
  );
});

/** What is open of each key, event by event; what fires of the one trouble. */
function assertOneLifeAtATime(effects: readonly AlertEffect[]): void {
  const open = new Map<string, string>();
  const fired = new Set<string>();
  const firing = new Set<string>();
  for (const { change, alert } of effects) {
    const { id, key, type } = alert;
    if (change === 'pending' || (change === 'fired' && !open.has(key))) {
      assert.equal(open.has(key), false, 'two open with one key');
      open.set(key, id);
    }
    assert.equal(open.get(key), id, `${change} of what is not open`);
    if (change === 'fired') {
      assert.equal(fired.has(id), false, 'fired twice');
      fired.add(id);
      firing.add(type);
    }
    if (change === 'resolved' || change === 'dropped') open.delete(key);
    if (change === 'resolved') firing.delete(type);
    // The critical one is told first, the end of the warning right after it.
    if (change !== 'fired') assert.ok(firing.size < 2, 'warning and critical at once');
  }
}

test('a key has one alert at a time, a trouble one type of alert, and each episode fires and ends at most once', () => {
  fc.assert(fc.property(rules, steps, (of, all) => assertOneLifeAtATime(played(of, all).effects)));
});

test('the level alone ends what fires: an automatic end has a value that is over', () => {
  fc.assert(
    fc.property(rules, steps, (of, all) => {
      for (const { change, alert } of played(of, all).effects) {
        if (change !== 'resolved' || alert.resolution!.kind !== 'auto') continue;
        const { hysteresisRatio } = of.find(({ type }) => type === alert.type)!;
        assert.ok(alert.resolution!.value! <= alert.threshold * (1 - hysteresisRatio));
        assert.ok(alert.peakValue > alert.threshold);
        assert.ok(alert.resolution!.atMs >= alert.firedAtMs!);
      }
    }),
  );
});

test('the same again gives the same again; saved and restored at any moment it goes on as if nothing had been', () => {
  fc.assert(
    fc.property(rules, steps, fc.nat(120), (of, all, cut) => {
      const whole = played(of, all);
      assert.deepEqual(played(of, all).effects, whole.effects);
      const cutOff = bench(of);
      all.reduce((second, one, i) => {
        if (i === cut % Math.max(1, all.length)) cutOff.saveAndRestore();
        return act(cutOff, one, second);
      }, 0);
      assert.deepEqual(cutOff.effects, whole.effects);
      assert.deepEqual(cutOff.alerts.save(), whole.alerts.save());
    }),
  );
});

test('killed at any moment: nothing fires twice, and nothing that is open stays open without end', () => {
  fc.assert(
    fc.property(rules, steps, fc.nat(120), (of, all, cut) => {
      const on = bench(of);
      const second = all.reduce((at, one, i) => {
        if (i === cut % Math.max(1, all.length)) on.restart(at);
        return act(on, one, at);
      }, 0);
      assertOneLifeAtATime(on.effects);
      for (let i = 0; i < 100; i += 1) on.pass(second + i);
      assert.deepEqual(on.alerts.open(), []);
    }),
  );
});
