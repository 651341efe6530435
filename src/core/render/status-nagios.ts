/** A status as one line for Nagios, Icinga and Naemon, with its figures behind it. Runs no check itself. */

import type { Limit, StatusRow, StatusUnit } from '../ops/status.ts';
import { printable } from './printable.ts';
import { rowName } from './row-name.ts';
import { valueText } from './value-text.ts';
import { countsOf, doubtOf, problemsOf, problemText, VERDICTS, type Verdict, verdictOf } from './verdict.ts';
import { isLive, type StatusView, shownDocument } from './view.ts';

/** How many problems the first line names; the others follow one a line, as the plugin API allows. */
const FIRST = 3;

/**
 * `CRYPTORUN CRITICAL - problems | perfdata`, then the other problems.
 *
 * @see the Monitoring Plugins guidelines: `'label'=value[UOM];[warn];[crit];[min];[max]`
 */
export function nagiosText(view: StatusView, nowMs: number): string {
  const verdict = verdictOf(view);
  const problems = problemsOf(view).map((one) => safe(problemText(one)));
  const rest = problems.slice(FIRST);
  const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
  const doubt = doubtOf(view, nowMs);
  const doubts = doubt === null ? [] : [safe(doubt)];
  const first = [...doubts, ...problems.slice(0, FIRST)].join('; ') + more;
  const text = first === '' ? summary(view, verdict) : first;
  const figures = perfdata(view);
  const line = `CRYPTORUN ${verdict} - ${text}${figures === '' ? '' : ` | ${figures}`}`;
  return `${[line, ...rest].join('\n')}\n`;
}

/** 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
export function nagiosExitCode(view: StatusView): 0 | 1 | 2 | 3 {
  return VERDICTS.indexOf(verdictOf(view)) as 0 | 1 | 2 | 3;
}

function summary(view: StatusView, verdict: Verdict): string {
  const { judged, unknown } = countsOf(view);
  const counts = `${judged} checked, ${unknown} without data`;
  const grade = view.document.rows.find(
    (row) => row.category === 'health' && row.name === 'grade' && row.part === null,
  );
  const letter = grade === undefined ? null : valueText(grade);
  return verdict === 'OK' && letter !== null ? `health grade ${safe(letter)}, ${counts}` : counts;
}

/** `|` would begin the figures. */
function safe(text: string): string {
  return printable(text).replaceAll('|', '/');
}

const UOM: Readonly<Partial<Record<StatusUnit, string>>> = { percent: '%', ms: 'ms', seconds: 's', bytes: 'B' };

/** What is drawn over time: the KPIs, the health score and the venues' figures. Nothing that is not known. */
function perfdata(view: StatusView): string {
  if (!isLive(view)) return '';
  const isFigure = ({ category, part }: StatusRow) =>
    category === 'kpi' || category === 'venue' || (category === 'health' && part === 'score');
  return shownDocument(view)
    .rows.filter(isFigure)
    .flatMap((row) => figureOf(row) ?? [])
    .join(' ');
}

const PLAIN_NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;

function figureOf(row: StatusRow): string | null {
  const text = typeof row.value === 'number' && row.unit !== 'instant' ? valueText(row) : null;
  if (text === null || !PLAIN_NUMBER.test(text)) return null;
  const { total, unit, limit } = row;
  const label = safe(rowName(row).name).replaceAll("'", "''").replaceAll('=', '_');
  const [warn, critical] = [limit?.warn ?? null, limit?.critical ?? null].map((step) => rangeText(step, limit, total));
  const most = total ?? (unit === 'percent' || unit === 'points' ? 100 : '');
  const least = unit === 'ms' && (row.value as number) < 0 ? '' : 0;
  return `'${label}'=${text}${unit === null ? '' : (UOM[unit] ?? '')};${warn};${critical};${least};${most}`;
}

/** `75:` alerts below 75, `100` above 100 (and for our `at_least`, which the format cannot say, at it too). */
function rangeText(step: number | null, limit: Limit | null, total: number | null): string {
  if (step === null || limit === null) return '';
  const text = String(total === null ? step : step * total);
  if (!PLAIN_NUMBER.test(text)) return '';
  return limit.kind === 'below' ? `${text}:` : text;
}
