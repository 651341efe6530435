/** What is wrong in a status, worst first, and what a monitoring system is to be told. Judges no row anew. */

import { isSwitchRow, type StatusRow } from '../ops/status.ts';
import { printable } from './printable.ts';
import { rowName } from './row-name.ts';
import { ageText, shownValue } from './value-text.ts';
import { isLive, type StatusView, scannerText, shownDocument } from './view.ts';

/** By exit code, as the plugin API has it (Nagios, Icinga, Naemon). */
export const VERDICTS = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One thing that is wrong. */
export interface Problem {
  readonly severity: 'CRITICAL' | 'WARNING';
  readonly row: StatusRow;
}

/**
 * What is wrong now, worst first, else as shown. Empty of rows whose figures are not known: those are nobody's fault yet.
 *
 * Besides everything judged worse than OK, an emergency switch that is off: somebody meant it, and nobody may forget it.
 */
export function problemsOf(view: StatusView): Problem[] {
  const rows = shownDocument(view).rows.filter(
    (row) => isLive(view) || row.category === 'killswitch' || isSwitchRow(row),
  );
  const problems = rows.flatMap((row): Problem[] => {
    const severity = severityOf(row);
    return severity === null ? [] : [{ severity, row }];
  });
  const of = (severity: Problem['severity']) => problems.filter((one) => one.severity === severity);
  const isKill = (one: Problem) => one.row.category === 'killswitch';
  const critical = of('CRITICAL');
  return [...critical.filter(isKill), ...critical.filter((one) => !isKill(one)), ...of('WARNING')];
}

function severityOf({ category, name, value, status }: StatusRow): Problem['severity'] | null {
  if (status === 'CRITICAL' || status === 'BLOCK') return 'CRITICAL';
  const isOff = category === 'switch' && name.startsWith('emergency_') && value === 'OFF';
  return status === 'WARN' || isOff ? 'WARNING' : null;
}

/**
 * The worst of it.
 *
 * CRITICAL, which a known engaged kill switch is without any scanner; then UNKNOWN, where no scanner runs, the status is a
 * replay's, or nothing that is judged was measured; then WARNING; else OK.
 */
export function verdictOf(view: StatusView): Verdict {
  const problems = problemsOf(view);
  if (problems.some((one) => one.severity === 'CRITICAL')) return 'CRITICAL';
  const isAnyKnown = countsOf(view).judged > 0;
  if (!isLive(view) || !isAnyKnown) return 'UNKNOWN';
  return problems.length > 0 ? 'WARNING' : 'OK';
}

/** Why it is not the state of a running scanner; null when it is. */
export function doubtOf(view: StatusView, nowMs: number): string | null {
  if (isLive(view)) return null;
  const { savedAtMs, source } = view.document;
  const { kind, name } = source;
  if (kind === 'live' && view.scanner.kind === 'alive')
    return `the scanner lives, but its status was saved ${ageText(nowMs - savedAtMs)}`;
  return kind === 'live' ? scannerText(view.scanner, nowMs) : `no live scanner, only a ${kind} (${printable(name)})`;
}

/** How many rows were measured and judged, and how many have no data. The kill switch is neither. */
export function countsOf(view: StatusView): { readonly judged: number; readonly unknown: number } {
  const rows = shownDocument(view).rows.filter((row) => row.status !== null && row.category !== 'killswitch');
  const unknown = rows.filter((row) => row.status === 'NO DATA').length;
  return { judged: rows.length - unknown, unknown };
}

/** `error_rate_percent 6.3% WARN`, `guard kraken BLOCK: burst limit exceeded`, `kill switch engaged: kill by alice`. */
export function problemText({ row }: Problem): string {
  const { category, name } = rowName(row);
  if (category === 'killswitch') return `kill switch ${row.value}: ${row.message}`;
  const place = category === 'kpi' ? name : `${category} ${name}`;
  const words = [place, shownValue(row, ''), row.status ?? ''].filter((word) => word !== '').join(' ');
  return row.message === '' ? words : `${words}: ${row.message}`;
}
