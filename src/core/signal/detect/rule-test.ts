/** Runs rule tests: series in, what the alerts make of them beside what was expected. Reads no file, and never stops at a failure. */

import type { AlertChange, AlertEffect } from './alert-effect.ts';
import type { AlertPriority, ResolutionKind } from './alert-record.ts';
import type { AlertScope } from './alert-terms.ts';
import { Alerts } from './alerts.ts';
import type { AlertsConfig } from './alerts-config.ts';

/** One test: begins with no alert, at second 0. */
export interface RuleTest {
  readonly name: string;
  /** Between two values of a series. */
  readonly intervalMs: number;
  /** Observed in this order at each interval; one that has ended is missing. */
  readonly series: readonly TestSeries[];
  readonly orders: readonly TestOrder[];
  readonly expected: readonly ExpectedChange[];
}

export interface TestSeries extends AlertScope {
  readonly metric: string;
  /** NaN: missing. */
  readonly values: readonly number[];
  /** Beside the values; NaN, and what is beyond its end: none. */
  readonly zscores: readonly number[];
}

/** Of the alert of this type that is open; obeyed before the values of that time. */
export interface TestOrder {
  readonly atMs: number;
  readonly kind: 'acknowledge' | 'resolve';
  readonly type: string;
}

/** What is left out is not looked at. */
export interface ExpectedChange {
  readonly atMs: number;
  readonly type: string;
  readonly change: AlertChange;
  readonly priority?: AlertPriority;
  readonly resolution?: ResolutionKind;
  readonly peak?: number;
  readonly venue?: string;
  readonly instrument?: string;
}

/**
 * - `met`: it was expected, and it happened
 * - `missing`: it was expected, and did not happen
 * - `unexpected`: it happened, and was not expected
 * - `idle`: a series that no rule looks at, so that the test shows nothing
 */
export type RuleTestRow =
  | { readonly kind: 'met'; readonly expected: ExpectedChange; readonly seen: AlertEffect }
  | { readonly kind: 'missing'; readonly expected: ExpectedChange }
  | { readonly kind: 'unexpected'; readonly seen: AlertEffect }
  | { readonly kind: 'idle'; readonly series: TestSeries };

export interface RuleTestResult {
  readonly name: string;
  readonly isPassed: boolean;
  /** In order of time. */
  readonly rows: readonly RuleTestRow[];
}

/** All that happens must be expected, but for what is only stored (`updated`). */
export function runRuleTest(test: RuleTest, config: AlertsConfig): RuleTestResult {
  const seen: AlertEffect[] = [];
  const idle = play(test, config, (effect) => {
    if (effect.change !== 'updated') seen.push(effect);
  });
  const rows = [...idle, ...compared(test.expected, seen)];
  return { name: test.name, isPassed: rows.every(({ kind }) => kind === 'met'), rows };
}

function play(test: RuleTest, config: AlertsConfig, push: (effect: AlertEffect) => void): RuleTestRow[] {
  const alerts = new Alerts(config, push);
  const watched = test.series.map((series) => ({ series, handle: alerts.series(series.metric, scopeOf(series)) }));
  const orders = [...test.orders].sort((a, b) => a.atMs - b.atMs);
  const steps = test.series.reduce((most, { values }) => Math.max(most, values.length), 0);
  for (let step = 0; step < steps; step += 1) {
    const nowMs = step * test.intervalMs;
    while (orders.length > 0 && orders[0]!.atMs <= nowMs) obey(alerts, orders.shift()!, nowMs);
    for (const { series, handle } of watched) {
      const { values, zscores } = series;
      if (handle !== null)
        alerts.observe(handle, values[step] ?? Number.NaN, zscores[step] ?? Number.NaN, nowMs, nowMs);
    }
    alerts.onTime(nowMs);
  }
  return watched.flatMap(({ series, handle }) => (handle === null ? [{ kind: 'idle', series }] : []));
}

function obey(alerts: Alerts, { kind, type }: TestOrder, nowMs: number): void {
  const alert = alerts.open().find((open) => open.type === type);
  if (alert === undefined) return;
  const order = { alert: alert.id, actor: 'test', reason: 'the test says so' };
  alerts.onCommand({ kind: `alert_${kind}`, ...order }, nowMs);
}

/** Each expected change takes the first that fits and that no other has taken. */
function compared(expected: readonly ExpectedChange[], seen: readonly AlertEffect[]): RuleTestRow[] {
  const left = [...seen];
  const rows: RuleTestRow[] = expected.map((one) => {
    const at = left.findIndex((effect) => fits(one, effect));
    if (at < 0) return { kind: 'missing', expected: one };
    const [effect] = left.splice(at, 1);
    return { kind: 'met', expected: one, seen: effect! };
  });
  const unexpected = left.map((effect): RuleTestRow => ({ kind: 'unexpected', seen: effect }));
  return [...rows, ...unexpected].sort((a, b) => timeOf(a) - timeOf(b));
}

function fits(expected: ExpectedChange, { change, atMs, alert }: AlertEffect): boolean {
  const { priority, resolution, peak, venue, instrument } = expected;
  return (
    expected.atMs === atMs &&
    expected.type === alert.type &&
    expected.change === change &&
    (priority ?? alert.priority) === alert.priority &&
    (resolution === undefined || resolution === alert.resolution?.kind) &&
    (peak ?? alert.peakValue) === alert.peakValue &&
    (venue ?? alert.venue) === alert.venue &&
    (instrument ?? alert.instrument) === alert.instrument
  );
}

function scopeOf({ venue, instrument }: AlertScope): AlertScope {
  return { venue, instrument };
}

function timeOf(row: RuleTestRow): number {
  if (row.kind === 'idle') return 0;
  return row.kind === 'unexpected' ? row.seen.atMs : row.expected.atMs;
}
