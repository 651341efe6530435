/** `history metrics --chart`: one metric of one instrument, as wide as the screen. Reads the history and prints a picture. */

import { numberText } from '../../../core/base/decimal.ts';
import { SECOND_MS } from '../../../core/base/time.ts';
import { Chart } from '../../../core/render/chart.ts';
import { printable } from '../../../core/render/printable.ts';
import { wrapIndented } from '../../../core/render/width.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { HistorySource, MetricQuery } from '../../stores/history/history-store.ts';
import type { MetricsOptions } from './history-command.ts';

/** Lines of the plot; with its axis and its heading it fits a screen of 24. */
const LINES = 16;
/** Samples come once a second, or as seldom as configured; a hole of so many of the usual steps is one. */
const MAX_STEPS = 3;
/** Terminals that show no braille. */
const PLAIN_TERMS: ReadonlySet<string> = new Set(['dumb', 'linux']);

/** @throws CryptorunError `usage` for anything but one metric, one instrument and a table */
export async function chartMetric(
  source: HistorySource,
  query: MetricQuery & { readonly toMs: number; readonly fromMs: number | null },
  options: MetricsOptions,
  context: CliContext,
): Promise<void> {
  const [metric, another] = query.metrics;
  if (options.metric === undefined || another !== undefined)
    throw usage('--chart: wanted one metric, as with --metric spread_bps');
  if (options.format !== 'table') throw usage(`--chart: a picture is no ${options.format}`);
  const { columnsOf } = await import('../terminal.ts');
  const { env, stdout } = context;
  const points: Point[] = [];
  const places = new Set<string>();
  for await (const { timeMs, venue, instrument, values } of source.metrics(query)) {
    places.add(`${venue} ${instrument}`);
    if (places.size > 1)
      throw usage(`--chart: say which with --venue and --instrument: there are ${[...places].join(', ')}`);
    points.push({ timeMs, value: values[0]! });
  }
  if (points.length === 0) {
    stdout.write(`nothing to draw: no ${metric} in that time\n`);
    return;
  }
  const chart = new Chart({
    columns: columnsOf(env, stdout),
    lines: LINES,
    fromMs: query.fromMs ?? points[0]!.timeMs,
    toMs: query.toMs,
    maxStepMs: MAX_STEPS * usualStepMs(points),
    thresholds: (options.threshold ?? []).map(thresholdOf),
    style: options.ascii === true || PLAIN_TERMS.has(env['TERM'] ?? '') ? 'plain' : 'braille',
  });
  for (const { timeMs, value } of points) chart.add(timeMs, value);
  const heading = `${metric} ${printable([...places][0]!)}: ${summary(points)}`;
  const lines = [...wrapIndented(heading, columnsOf(env, stdout)), ...chart.text()];
  stdout.write(`${lines.join('\n')}\n`);
}

interface Point {
  readonly timeMs: number;
  readonly value: number;
}

/** The middle of the steps: what they mostly are, however many holes there are. */
function usualStepMs(points: readonly Point[]): number {
  const steps = points.slice(1).map(({ timeMs }, i) => timeMs - points[i]!.timeMs);
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? SECOND_MS;
}

function summary(points: readonly Point[]): string {
  const values = points.map(({ value }) => value);
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const text = (value: number): string => numberText(Number(value.toPrecision(7))) ?? 'unknown';
  return `last ${text(values.at(-1)!)}, lowest ${text(low)}, highest ${text(high)}, ${points.length} values`;
}

function thresholdOf(text: string): number {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw usage(`--threshold: wanted a number, found "${text}"`);
}

function usage(message: string): CryptorunError {
  return new CryptorunError('usage', message);
}
