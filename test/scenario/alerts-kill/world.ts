/** A market in which every trouble is known beforehand: what each instrument's metric is at each second, and what must come of it. */

import type { AlertRule, AlertsConfig } from '../../../src/core/signal/detect/alerts-config.ts';
import type { RouteConfig } from '../../../src/core/signal/detect/notify-config.ts';

export const SECOND_MS = 1000;
export const START_MS = Date.UTC(2026, 2, 1);
export const INSTRUMENTS = ['A', 'B', 'C', 'D'] as const;

/** Seconds from one trouble of an instrument to its next; each instrument has its own phase. */
const PERIOD = 160;
const WARNING_FOR = 40;
const CRITICAL_FOR = 50;

export type Trouble = 'warning' | 'critical';

/** What the n-th period of an instrument is: every third only gets to the warning level. */
export function troubleOf(instrument: number, period: number): Trouble {
  return (instrument + period) % 3 === 0 ? 'warning' : 'critical';
}

/** The metric at a second; over 10 is a warning, over 20 critical. Quiet in the last period, so that everything ends. */
export function valueAt(instrument: number, second: number, periods: number): number {
  const shifted = second - 7 * instrument;
  const period = Math.floor(shifted / PERIOD);
  const at = shifted - period * PERIOD;
  if (period < 0 || period >= periods || at < 20 || at >= 20 + WARNING_FOR + CRITICAL_FOR) return 1;
  if (at < 20 + WARNING_FOR) return 11 + (at % 5);
  return troubleOf(instrument, period) === 'warning' ? 12 : 21 + (at % 7);
}

/** After so many seconds the last trouble is over, and has been told. */
export function lengthOf(periods: number): number {
  return (periods + 1) * PERIOD;
}

/** The period that a second of an instrument belongs to. */
export function periodAt(instrument: number, second: number): number {
  return Math.floor((second - 7 * instrument) / PERIOD);
}

const rule = (type: string, more: Partial<AlertRule>): AlertRule => ({
  type,
  description: type,
  metric: 'm',
  priority: 'P1',
  severity: 'critical',
  condition: 'gt',
  requiresZscore: false,
  persistenceMs: 5 * SECOND_MS,
  throttleMs: 0,
  cooldownMs: 0,
  maxGapMs: 10 * SECOND_MS,
  keepFiringMs: 3 * SECOND_MS,
  hysteresisRatio: 0.1,
  timeoutMs: 600 * SECOND_MS,
  escalatesTo: null,
  escalateAfterMs: null,
  isEnabled: true,
  thresholds: { '*': { threshold: 20, zscore: null } },
  source: 'test',
  ...more,
});

export const CONFIG: AlertsConfig = {
  rules: [
    rule('critical', {}),
    rule('warning', {
      priority: 'P2',
      severity: 'warning',
      thresholds: { '*': { threshold: 10, zscore: null } },
      escalatesTo: 'critical',
      escalateAfterMs: 10 * SECOND_MS,
    }),
  ],
  ladder: [
    { name: 'first', afterMs: 0, priorities: ['P1', 'P2'], receivers: [] },
    { name: 'second', afterMs: 15 * SECOND_MS, priorities: ['P1', 'P2'], receivers: ['pager'] },
  ],
  targets: {
    P1: { acknowledgeMs: null, resolveMs: null },
    P2: { acknowledgeMs: null, resolveMs: null },
    P3: { acknowledgeMs: null, resolveMs: null },
  },
};

const ANY = { venues: null, instruments: null, types: null };
export const ROUTES: readonly RouteConfig[] = [
  { ...ANY, name: 'urgent', priorities: ['P1'], receivers: ['pager'], isContinued: true },
  { ...ANY, name: 'all', priorities: null, receivers: ['log'], isContinued: false },
];
