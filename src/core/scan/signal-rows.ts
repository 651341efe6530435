/** Alerts and surveillance as status rows: what fires, how much of it, and which windows are not full yet. Judges by priority alone. */

import { type StatusGrade, type StatusRow, statusRow } from '../ops/status.ts';
import { ALERT_PRIORITIES, type AlertPriority, type AlertRecord } from '../signal/detect/alert-record.ts';
import { alertSubject, CONDITION_SIGNS } from '../signal/detect/alert-subject.ts';
import type { Alerts } from '../signal/detect/alerts.ts';
import type { MetricName } from '../signal/surveillance/metric.ts';
import type { Surveillance } from '../signal/surveillance/surveillance.ts';
import type { InstrumentRun } from './instrument-run.ts';

/** More are counted only: a status is no archive. */
const MOST_LISTED = 20;

const GRADES: Readonly<Record<AlertPriority, StatusGrade | null>> = { P1: 'CRITICAL', P2: 'WARN', P3: null };

/** One row a priority, one for the z-score windows, then what fires, the most urgent first. */
export function signalRows(
  alerts: Alerts,
  surveillance: Surveillance,
  instruments: readonly InstrumentRun[],
  scored: readonly MetricName[],
): StatusRow[] {
  const open = alerts.open();
  const firing = open.filter(({ state }) => state === 'firing');
  return [
    ...ALERT_PRIORITIES.map((priority) => priorityRow(priority, open)),
    windowsRow(surveillance, instruments, scored),
    ...firing.slice(0, MOST_LISTED).map(alertRow),
  ];
}

function priorityRow(priority: AlertPriority, open: readonly AlertRecord[]): StatusRow {
  const own = open.filter((alert) => alert.priority === priority);
  const firing = own.filter(({ state }) => state === 'firing');
  const counts = [
    [own.length - firing.length, 'pending'],
    [firing.filter(({ acknowledgement }) => acknowledgement !== null).length, 'acknowledged'],
    [firing.filter(({ silencedBy }) => silencedBy !== null).length, 'silenced'],
  ] as const;
  const message = counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])).join(', ');
  return statusRow({ category: 'alert', name: priority, value: firing.length, unit: 'count', message });
}

/** Somebody has taken what is acknowledged, and nobody wants to hear of what is silenced. */
function alertRow(alert: AlertRecord): StatusRow {
  const { type, priority, lastValue, acknowledgement, silencedBy, condition, threshold } = alert;
  const taken = acknowledgement === null ? '' : `, taken by ${acknowledgement.actor}`;
  const quiet = silencedBy === null ? '' : ', silenced';
  const grade = GRADES[priority];
  return statusRow({
    category: 'alert',
    name: type,
    part: alertSubject(alert),
    value: lastValue,
    status: silencedBy !== null ? null : acknowledgement !== null && grade !== null ? 'WARN' : grade,
    message: `${priority}, ${CONDITION_SIGNS[condition]}${threshold}${taken}${quiet}`,
  });
}

/** A metric that warms up begins no alert, which nobody would guess. */
function windowsRow(
  surveillance: Surveillance,
  instruments: readonly InstrumentRun[],
  scored: readonly MetricName[],
): StatusRow {
  let total = 0;
  let ready = 0;
  let warming = '';
  for (const { instrument } of instruments) {
    for (const metric of scored) {
      const state = surveillance.zscoreState(instrument.index, metric);
      if (state === null || (state.kind === 'warming' && state.samples === 0)) continue;
      total += 1;
      if (state.kind !== 'warming') ready += 1;
      else if (warming === '')
        warming = `warming ${state.samples}/${state.required}: ${metric} of ${instrument.venue} ${instrument.spec.id}`;
    }
  }
  const more = total - ready - 1;
  const message = more > 0 ? `${warming} and ${more} more` : warming;
  return statusRow({ category: 'alert', name: 'zscore_windows', value: ready, total, unit: 'count', message });
}
