/** `cryptorun audit`: reads what was changed, and tells whether that record is whole. Changes nothing. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Outside } from './outside.ts';
import { type FormatOptions, formatted, type PlaceOptions, placed } from './shared-options.ts';

export interface TailOptions extends PlaceOptions, FormatOptions {
  readonly lines: string;
}

export interface VerifyOptions extends PlaceOptions, FormatOptions {
  readonly anchor?: string;
}

/** Adds the group. Exit codes of `verify`: 0 intact, 1 not. */
export function registerAuditCommand(program: Command, context: CliContext, _outside: Outside): void {
  const group = program.command('audit').description('who changed what, when and why');
  placed(formatted(group.command('tail').description('the newest records, newest last')))
    .option('-n, --lines <count>', 'how many', '20')
    .action(async (options: TailOptions) => (await actions()).tailAudit(options, context));
  placed(
    formatted(
      group.command('verify').description('is it as it was written? exit 1 when not, 3 when it cannot be read'),
    ),
  )
    .option('--anchor <seq:hash>', 'a head that you kept (`ops status -o json` has it): all up to it must be there')
    .action(async (options: VerifyOptions) => (await actions()).verifyAudit(options, context));
}

function actions(): Promise<typeof import('./control/audit-actions.ts')> {
  return import('./control/audit-actions.ts');
}
