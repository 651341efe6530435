/** `history metrics --chart`: one metric of one instrument, as wide as the screen. Reads the history and prints a picture. */

import { numberText } from '../../../core/base/decimal.ts';
import { SECOND_MS } from '../../../core/base/time.ts';
import { Chart } from '../../../core/render/chart.ts';
import { printable } from '../../../core/render/printable.ts';
import { wrapIndented } from '../../../core/render/width.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { HistorySource, MetricQuery, MetricRow } from '../../stores/history/history-store.ts';
import type { MetricsOptions } from './history-command.ts';

/** Lines of the plot; with its axis and its heading it fits a screen of 24. */
const LINES = 16;
/** Samples come once a second, or as seldom as configured; a hole of so many of the usual steps is one. */
const MAX_STEPS = 3;
/** Terminals that show no braille. */
const PLAIN_TERMS: ReadonlySet<string> = new Set(['dumb', 'linux']);

/** @throws CryptorunError `usage` for anything but one metric of one instrument, in a table's place */
export async function chartMetric(
  source: HistorySource,
  query: MetricQuery & { readonly fromMs: number; readonly toMs: number },
  options: MetricsOptions,
  context: CliContext,
): Promise<void> {
  if (options.metric === undefined || query.metrics.length !== 1)
    throw usage('--chart: wanted one metric, as with --metric spread_bps');
  if (options.format !== 'table') throw usage(`--chart: a picture is no ${options.format}`);
  const { columnsOf } = await import('../terminal.ts');
  const { env, stdout } = context;
  const columns = columnsOf(env, stdout);
  const isPlain = options.ascii === true || PLAIN_TERMS.has(env['TERM'] ?? '');
  const thresholds = (options.threshold ?? []).map(thresholdOf);
  const chart = new Chart({ ...query, columns, lines: LINES, thresholds, style: isPlain ? 'plain' : 'braille' });
  const series = new SeriesFacts();
  for await (const row of source.metrics(query)) {
    series.add(row);
    chart.add(row.timeMs, row.values[0]!);
  }
  const heading = `${options.metric} ${series.text()}`;
  const picture = series.count === 0 ? [] : chart.text(MAX_STEPS * series.usualStepMs());
  stdout.write(`${[...wrapIndented(heading, columns), ...picture].join('\n')}\n`);
}

/** What is told of a series beside its picture. Keeps no points: there may be millions. */
class SeriesFacts {
  count = 0;
  #place = '';
  #last = Number.NaN;
  #lastMs = Number.NaN;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  /** Of the first points. */
  readonly #steps: number[] = [];

  /** @throws CryptorunError `usage` when it is of another instrument */
  add({ venue, instrument, timeMs, values }: MetricRow): void {
    const place = `${venue} ${instrument}`;
    if (this.count > 0 && place !== this.#place)
      throw usage(`--chart: one series, say which with --venue and --instrument: ${this.#place}, or ${place}?`);
    if (this.count > 0 && this.#steps.length < STEPS) this.#steps.push(timeMs - this.#lastMs);
    this.#place = place;
    this.#last = values[0]!;
    this.#lastMs = timeMs;
    this.#low = Math.min(this.#low, this.#last);
    this.#high = Math.max(this.#high, this.#last);
    this.count += 1;
  }

  /** The middle of the steps: what they mostly are, however many holes there are. */
  usualStepMs(): number {
    const sorted = [...this.#steps].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? SECOND_MS;
  }

  text(): string {
    if (this.count === 0) return 'has no values in that time';
    const [last, low, high] = [this.#last, this.#low, this.#high].map((value) =>
      numberText(Number(value.toPrecision(7))),
    );
    return `${printable(this.#place)}: last ${last}, lowest ${low}, highest ${high}, ${this.count} values`;
  }
}

/** Enough to know how far apart samples are. */
const STEPS = 1000;

function thresholdOf(text: string): number {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw usage(`--threshold: wanted a number, found "${text}"`);
}

function usage(message: string): CryptorunError {
  return new CryptorunError('usage', message);
}
