/** `cryptorun history`: what was measured and what happened, by time. Reads options; imports its work only when it runs. */

import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import type { Outside } from '../outside.ts';
import { type PlaceOptions, placed } from '../shared-options.ts';

const FORMATS = ['table', 'csv', 'json', 'ndjson'] as const;
export type HistoryFormat = (typeof FORMATS)[number];

/** Of every listing; times, names and numbers as typed. */
export interface HistoryOptions extends PlaceOptions {
  readonly from: string;
  readonly to?: string;
  readonly venue?: string;
  readonly instrument?: string;
  readonly limit?: string;
  readonly format: HistoryFormat;
}

export interface MetricsOptions extends HistoryOptions {
  readonly metric?: string;
  readonly chart?: boolean;
  readonly ascii?: boolean;
  readonly threshold?: readonly string[];
}

export interface AlertsOptions extends HistoryOptions {
  readonly type?: string;
  readonly priority?: string;
  readonly groupBy?: string;
  readonly response?: boolean;
}

export interface GapsOptions extends HistoryOptions {
  readonly type?: string;
  readonly groupBy?: string;
}

export interface BarsOptions extends HistoryOptions {
  readonly minutes: string;
}

/** Adds the group. Exit codes: 3 when there is no history, or it cannot be read. */
export function registerHistoryCommand(program: Command, context: CliContext, outside: Outside): void {
  const group = program
    .command('history')
    .description('what was measured and what happened: metrics, alerts, gaps, bars');
  const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value];
  listing(group, 'metrics', 'market quality, second by second', '-15m')
    .option('--metric <names>', 'of these only, comma-separated, such as spread_bps,basis_bps')
    .option('--chart', 'one metric of one instrument as a chart')
    .option('--ascii', 'draw the chart with plain characters')
    .option('--threshold <value>', 'a line across the chart (repeatable)', collect)
    .action(async (options: MetricsOptions) => (await actions()).listMetrics(options, context, outside));
  addAlertHistory(group, 'alerts', context, outside);
  listing(group, 'gaps', 'times without a book that could be trusted', '-24h')
    .option('--type <kind>', 'of this kind only, such as sequence or disconnect')
    .option('--group-by <what>', 'count them by kind, venue or instrument')
    .action(async (options: GapsOptions) => (await actions()).listGaps(options, context, outside));
  listing(group, 'bars', 'bars of 1, 15 or 60 minutes', '-1h')
    .option('--minutes <n>', '1, 15 or 60', '1')
    .action(async (options: BarsOptions) => (await actions()).listBars(options, context, outside));
  listing(group, 'tickers', 'mark, index, funding and open interest', '-15m').action(async (options: HistoryOptions) =>
    (await actions()).listTickers(options, context, outside),
  );
  listing(group, 'health', 'grade of the run and state of its venues', '-1h').action(async (options: HistoryOptions) =>
    (await actions()).listHealth(options, context, outside),
  );
  group.addHelpText('after', EXAMPLES);
}

/** Here as `history alerts`, beside the alerts of now as `alerts history`. */
export function addAlertHistory(group: Command, name: string, context: CliContext, outside: Outside): void {
  listing(group, name, 'alerts that fired, and how they ended', '-24h')
    .option('--type <name>', 'of this type only')
    .option('--priority <P1|P2|P3>', 'of this priority only')
    .option('--group-by <what>', 'count them by priority, type, venue or instrument')
    .option('--response', 'how soon they were acknowledged and resolved, against the targets of alerts.yaml')
    .action(async (options: AlertsOptions) => (await actions()).listAlerts(options, context, outside));
}

function listing(group: Command, name: string, description: string, from: string): Command {
  const command = placed(group.command(name).description(description));
  return command
    .option('--from <time>', 'RFC 3339, or how long ago, such as -15m or 24h', from)
    .option('--to <time>', 'the same; rows at it are left out (default: now)')
    .option('--venue <name>', 'of this venue only')
    .option('--instrument <id>', 'of this instrument only, such as BTC-USDT-PERP')
    .option('-n, --limit <count>', 'the newest so many (default: 100 in a table, else all)')
    .addOption(command.createOption('-o, --format <name>', 'how to print it').choices(FORMATS).default('table'));
}

function actions(): Promise<typeof import('./history-actions.ts')> {
  return import('./history-actions.ts');
}

const EXAMPLES = `
Oldest first. Times are UTC; those of market rows are the exchange's.

Examples:
  cryptorun history metrics --metric spread_bps --instrument BTC-USDT-PERP -n 10
  cryptorun history metrics --metric spread_bps --venue binance \\
    --instrument BTC-USDT-PERP --from -1h --chart
  cryptorun history alerts --from -1h --group-by priority
  cryptorun history gaps --from -24h --group-by venue
  cryptorun history bars --minutes 15 --from 2026-03-01T00:00:00Z -o csv
`;
