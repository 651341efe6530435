/** The hidden group `cryptorun ops`: status, health, mode, orders to feeds and old snapshots. Loads the work of each only when it runs. */

import type { Command } from 'commander';
import { RUN_MODES } from '../../core/ops/control/control.ts';
import type { CliContext } from '../context.ts';
import { registerFeedOrders } from './feed-command.ts';
import type { Outside } from './outside.ts';
import {
  type FormatOptions,
  formatted,
  type PlaceOptions,
  placed,
  type TokenOptions,
  tokened,
  type WaitOptions,
} from './shared-options.ts';
import type { ColorChoice } from './terminal.ts';

/** As in the core's `STATUS_FORMATS`, which is too much to load for a name; a test keeps the two equal. */
export const FORMATS = ['table', 'json', 'ndjson', 'csv', 'prom', 'nagios'] as const;

export interface OpsStatusOptions extends PlaceOptions {
  readonly output?: string;
  readonly format?: (typeof FORMATS)[number];
  readonly json?: boolean;
  /** A duration, or true for the default. */
  readonly watch?: string | true;
  readonly check?: boolean;
  readonly quiet?: boolean;
  /** False: `--no-headers`. */
  readonly headers: boolean;
  readonly color: ColorChoice;
}

export type HealthOptions = PlaceOptions & FormatOptions;

export interface ModeOptions extends PlaceOptions, FormatOptions, TokenOptions, WaitOptions {
  readonly reason?: string;
}

export interface PruneOptions extends PlaceOptions, FormatOptions {
  readonly output?: string;
  readonly dryRun?: boolean;
  readonly quiet?: boolean;
}

/** Adds the group. Exit codes of `status --check` are those of Nagios: 0, 1, 2, 3. */
export function registerOpsCommand(program: Command, context: CliContext, outside: Outside): void {
  const ops = program.command('ops', { hidden: true }).description('operations: what state is it in?');
  registerStatus(ops, context, outside);
  placed(formatted(ops.command('health').description('why the health grade is what it is'))).action(
    async (options: HealthOptions) => (await import('./status/health.ts')).showHealth(options, context, outside),
  );
  registerMode(ops, context, outside);
  registerFeedOrders(ops, context, outside);
  placed(formatted(ops.command('prune').description('remove snapshots older than artifacts.retention_days')))
    .option('--output <dir>', 'folder of the snapshots (default: artifacts.output_dir of the config)')
    .option('--dry-run', 'only say which')
    .option('-q, --quiet', 'print nothing when it went well, for cron')
    .action(async (options: PruneOptions) => (await import('./status/prune.ts')).prune(options, context, outside));
}

function registerStatus(ops: Command, context: CliContext, outside: Outside): void {
  const status = placed(
    ops.command('status').description('show the operational status and write it as a CSV snapshot'),
  );
  status
    .option('--output <dir>', 'folder of the snapshots (default: artifacts.output_dir of the config)')
    .addOption(status.createOption('-o, --format <name>', 'what to print (default: table)').choices([...FORMATS]))
    .option('--json', 'the same as --format json')
    .option('--watch [interval]', 'again and again (default: 2s), until Ctrl-C; NDJSON where it is no terminal')
    .option('--check', 'for monitoring: one line, figures, and exit code 0, 1, 2 or 3 as Nagios has them')
    .option('-q, --quiet', 'print only what is wrong: nothing when all is well, for cron')
    .option('--no-headers', 'rows alone, for scripts')
    .addOption(
      status.createOption('--color <when>', 'colour the tables').choices(['auto', 'always', 'never']).default('auto'),
    )
    .action(async (options: OpsStatusOptions) =>
      (await import('./status/show-status.ts')).showStatus(options, context, outside),
    );
}

function registerMode(ops: Command, context: CliContext, outside: Outside): void {
  const mode = ops.command('mode').description('show or set what a run may do: normal, observe (nothing out), halted');
  placed(formatted(tokened(mode)))
    .argument('[mode]', RUN_MODES.join(', '))
    .option('--reason <text>', 'why; required for a change, and kept in the audit')
    .option('--wait', 'until the running scanner has confirmed it')
    .option('--timeout <duration>', 'how long --wait waits (default: 2s)')
    .action(async (typed: string | undefined, options: ModeOptions) => {
      const { setMode, showMode } = await import('./control/mode-action.ts');
      return typed === undefined ? showMode(options, context) : setMode(typed, options, context, outside);
    });
}
