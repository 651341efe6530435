/** `history metrics|alerts|gaps|bars|tickers|health`: asks the history and prints what it answers. Changes nothing. */

import type { JsonObject } from '../../../core/base/json.ts';
import { isoText } from '../../../core/base/time.ts';
import { knownIsoText } from '../../../core/render/value-text.ts';
import { ALERT_PRIORITIES } from '../../../core/signal/detect/alert-record.ts';
import { METRICS, type MetricName } from '../../../core/signal/surveillance/metric.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { HistoryPlace, HistoryRange, HistorySource, MetricRow } from '../../stores/history/history-store.ts';
import { countOf } from '../control/numbers.ts';
import type { Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import type { PlaceOptions } from '../shared-options.ts';
import type { AlertsOptions, BarsOptions, GapsOptions, HistoryOptions, MetricsOptions } from './history-command.ts';
import { type Listing, printListing } from './listing.ts';
import {
  ALERT_LISTING,
  BAR_LISTING,
  GAP_LISTING,
  groupListing,
  HEALTH_LISTING,
  METRIC_LISTING,
  type MetricValue,
  TICKER_LISTING,
} from './listings.ts';
import { rangeOf } from './time-range.ts';

type Query = HistoryRange & HistoryPlace & { readonly fromMs: number };

/** What a command was given. */
interface Asked {
  readonly options: HistoryOptions;
  readonly context: CliContext;
}

/** What a table shows of more than anybody wants to read. */
const TABLE_LIMIT = 100;
const ALERT_GROUPS = ['priority', 'type', 'venue', 'instrument'] as const;
const GAP_GROUPS = ['kind', 'venue', 'instrument'] as const;
const BAR_MINUTES = ['1', '15', '60'] as const;

export async function listMetrics(options: MetricsOptions, context: CliContext, outside: Outside): Promise<void> {
  const metrics = metricsOf(options.metric);
  const query = queryOf(options, outside, Math.ceil(TABLE_LIMIT / metrics.length));
  await withHistory(options, context, async (source) => {
    if (options.chart !== true) {
      const values = valuesOf(source.metrics({ ...query, metrics }), metrics);
      return await print(METRIC_LISTING, values, query, { options, context });
    }
    const { chartMetric } = await import('./chart-action.ts');
    const time = { fromMs: query.fromMs, toMs: query.toMs ?? outside.nowMs() };
    await chartMetric(source, { ...query, ...time, metrics, limit: null }, options, context);
  });
}

export async function listAlerts(options: AlertsOptions, context: CliContext, outside: Outside): Promise<void> {
  const priority = options.priority === undefined ? null : oneOf('--priority', options.priority, ALERT_PRIORITIES);
  const query = { ...queryOf(options, outside), type: options.type ?? null, priority };
  const by = options.groupBy === undefined ? null : oneOf('--group-by', options.groupBy, ALERT_GROUPS);
  await withHistory(options, context, async (source) => {
    if (options.response === true) {
      const { responseListing, responsesOf } = await import('./response-listing.ts');
      // Of all of them: what a table has room for is no measure.
      const all = source.alerts({ ...query, limit: null });
      const responses = await responsesOf(all, options, context, outside.nowMs());
      return await print(responseListing, each(responses), query, { options, context });
    }
    if (by === null) return await print(ALERT_LISTING, source.alerts(query), query, { options, context });
    const groups = each(await source.alertGroups(query, by));
    await print(groupListing('alerts', by), groups, query, { options, context });
  });
}

export async function listGaps(options: GapsOptions, context: CliContext, outside: Outside): Promise<void> {
  const query = { ...queryOf(options, outside), kind: options.type ?? null };
  const by = options.groupBy === undefined ? null : oneOf('--group-by', options.groupBy, GAP_GROUPS);
  await withHistory(options, context, async (source) => {
    if (by === null) return await print(GAP_LISTING, source.gaps(query), query, { options, context });
    await print(groupListing('gaps', by), each(await source.gapGroups(query, by)), query, { options, context });
  });
}

export async function listBars(options: BarsOptions, context: CliContext, outside: Outside): Promise<void> {
  const minutes = Number(oneOf('--minutes', options.minutes, BAR_MINUTES));
  const query = { ...queryOf(options, outside), minutes };
  await withHistory(options, context, (source) => print(BAR_LISTING, source.bars(query), query, { options, context }));
}

export async function listTickers(options: HistoryOptions, context: CliContext, outside: Outside): Promise<void> {
  const query = queryOf(options, outside);
  await withHistory(options, context, (source) =>
    print(TICKER_LISTING, source.tickers(query), query, { options, context }),
  );
}

export async function listHealth(options: HistoryOptions, context: CliContext, outside: Outside): Promise<void> {
  const query = queryOf(options, outside);
  await withHistory(options, context, (source) =>
    print(HEALTH_LISTING, source.health(query), query, { options, context }),
  );
}

/** Needs no configuration: what happened must be readable on the day when that is broken. */
async function withHistory(
  options: PlaceOptions,
  context: CliContext,
  action: (source: HistorySource) => Promise<void>,
): Promise<void> {
  const [{ resolveHome }, { SqliteHistorySource }] = await Promise.all([
    import('../../config/resolve-home.ts'),
    import('../../stores/history/sqlite-history-source.ts'),
  ]);
  const source = new SqliteHistorySource(resolveHome(configRequest(options, context)).stateDir);
  try {
    await action(source);
  } finally {
    source.close();
  }
}

/** @param tableLimit - rows of a table where none are asked for; of metrics, the seconds that they are of */
function queryOf(options: HistoryOptions, outside: Outside, tableLimit = TABLE_LIMIT): Query {
  const { venue = null, instrument = null, format, limit } = options;
  const otherwise = format === 'table' ? tableLimit : null;
  return {
    ...rangeOf(options, outside.nowMs()),
    venue,
    instrument,
    limit: limit === undefined ? otherwise : countOf('--limit', limit),
  };
}

async function print<Row>(listing: Listing<Row>, rows: AsyncIterable<Row>, query: Query, asked: Asked): Promise<void> {
  const { options, context } = asked;
  const head: JsonObject = { from: knownIsoText(query.fromMs), to: knownIsoText(query.toMs) };
  const emptiness = `nothing since ${isoText(query.fromMs)} that fits`;
  const { format, limit } = options;
  const count = await printListing(listing, rows, { format, head, emptiness }, context);
  if (format === 'table' && limit === undefined && count >= TABLE_LIMIT)
    context.stderr.write(`the newest ${count} of these; see more with --limit, or all with --format csv\n`);
}

/** All metrics where none is named. */
function metricsOf(names: string | undefined): readonly MetricName[] {
  if (names === undefined) return METRICS;
  return names.split(',').map((name) => oneOf('--metric', name.trim(), METRICS));
}

function oneOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  throw new CryptorunError('usage', `${option}: wanted one of ${names.join(', ')}; found "${text}"`);
}

async function* valuesOf(rows: AsyncIterable<MetricRow>, metrics: readonly MetricName[]): AsyncIterable<MetricValue> {
  for await (const { timeMs, venue, instrument, values, zscores } of rows) {
    for (const [i, metric] of metrics.entries()) {
      const value = values[i]!;
      if (value !== null) yield { timeMs, venue, instrument, metric, value, zscore: zscores[i]! };
    }
  }
}

async function* each<Row>(rows: readonly Row[]): AsyncIterable<Row> {
  yield* rows;
}
