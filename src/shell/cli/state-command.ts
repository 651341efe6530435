/** `cryptorun state`: looks the control state over, and rebuilds it when it is lost. Both stop nothing and release nothing. */

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
  group.addHelpText('after', HELP);
}

function actions(): Promise<typeof import('./control/state-actions.ts')> {
  return import('./control/state-actions.ts');
}

const HELP = `
Lost or damaged state counts as an engaged kill switch. Stop the scanner, then:
  cryptorun state restore --from-audit --confirm restore --reason TEXT
stdout is the secret of a new admin token; release with it as after any stop.
`;
