/** `cryptorun state`: looks the state folder over, keeps it small, and makes it anew when it is lost. Stops and releases nothing. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Outside } from './outside.ts';
import { type FormatOptions, formatted, type PlaceOptions, placed, reasoned } from './shared-options.ts';

export type DoctorOptions = PlaceOptions & FormatOptions;

export interface RestoreOptions extends PlaceOptions, FormatOptions {
  readonly reason: string;
  readonly fromAudit?: boolean;
  readonly from?: string;
  readonly confirm?: string;
  readonly ttl: string;
}

export type SizeOptions = PlaceOptions & FormatOptions;

export interface ResetOptions extends PlaceOptions, FormatOptions {
  readonly confirm?: string;
  readonly reason?: string;
}

export interface RebuildOptions extends PlaceOptions, FormatOptions {
  readonly from: readonly string[];
  readonly session?: string;
}

/** Adds the group. Exit codes of `doctor`: 0 well, 1 something is critical, 8 something should be looked at. */
export function registerStateCommand(program: Command, context: CliContext, outside: Outside): void {
  const group = program.command('state').description('the files that operators and the scanner share');
  placed(
    formatted(
      group.command('doctor').description('what is wrong with them; exit 1: something is broken, 8: worth a look'),
    ),
  ).action(async (options: DoctorOptions) => (await actions()).examine(options, context, outside));
  placed(formatted(reasoned(group.command('restore').description('rebuild them; stays engaged, and voids all tokens'))))
    .option('--from-audit', 'from audit.ndjson in that folder')
    .option('--from <file>', 'from a copy of control.db; it, or --from-audit')
    .option('--confirm <word>', 'the word `restore`, so that nobody does this by mistake')
    .option('--ttl <duration>', 'how long the new admin token is good for', '8h')
    .action(async (options: RestoreOptions) => (await actions()).restore(options, context, outside));
  registerUpkeep(group, context, outside);
  group.addHelpText('after', HELP);
}

/** What there is to do about the history. */
function registerUpkeep(group: Command, context: CliContext, outside: Outside): void {
  placed(formatted(group.command('size').description('how much is kept: files, and the tables of the history'))).action(
    async (options: SizeOptions) => (await upkeep()).showSize(options, context, outside),
  );
  placed(
    formatted(group.command('vacuum').description('take out what is older than it is kept, and give back its space')),
  ).action(async (options: SizeOptions) => (await upkeep()).vacuum(options, context, outside));
  placed(
    formatted(group.command('reset').description('a fresh start: wipes the history; says first what goes and stays')),
  )
    .option('--confirm <word>', 'the word `reset`; without it nothing is wiped')
    .option('--reason <text>', 'why; kept in the audit')
    .action(async (options: ResetOptions) => (await upkeep()).reset(options, context, outside));
  placed(formatted(group.command('rebuild').description('fill the history again from a journal, or from recordings')))
    .requiredOption('--from <path...>', 'a journal; or recordings, and folders of them')
    .option('--session <name>', 'which session of a journal that holds several')
    .action(async (options: RebuildOptions) =>
      (await import('../run/history/rebuild-action.ts')).rebuildState(options, context),
    );
}

function upkeep(): Promise<typeof import('./history/upkeep-actions.ts')> {
  return import('./history/upkeep-actions.ts');
}

function actions(): Promise<typeof import('./control/state-actions.ts')> {
  return import('./control/state-actions.ts');
}

const HELP = `
Lost or damaged state counts as an engaged kill switch. Stop the scanner, then:
  cryptorun state restore --from-audit --confirm restore --reason TEXT
stdout is the secret of a new admin token; release with it as after any stop.

A fresh start, with the scanner stopped; audit, switches and journals stay:
  cryptorun state reset --confirm reset
`;
