/** `cryptorun killswitch`: stops everything, and lets it go on again. Stopping needs nothing; releasing needs everything. */

import type { Command } from 'commander';
import { KILL_LEVELS, type KillLevel } from '../../core/ops/ops-config.ts';
import type { CliContext } from '../context.ts';
import type { Outside } from './outside.ts';
import {
  type FormatOptions,
  formatted,
  type PlaceOptions,
  placed,
  reasoned,
  type TokenOptions,
  tokened,
} from './shared-options.ts';

export type KillStatusOptions = PlaceOptions & FormatOptions;

export interface ActivateOptions extends KillStatusOptions {
  readonly reason?: string;
  readonly level: KillLevel;
  readonly operator?: string;
  /** False: `--no-wait`. */
  readonly wait: boolean;
  readonly timeout?: string;
}

export interface DeactivateOptions extends KillStatusOptions, TokenOptions {
  readonly timeout?: string;
  readonly reason: string;
  readonly confirm?: string;
}

/** Adds the group. Exit codes beside the usual: 8 a running scanner has not confirmed; 5 a check failed. */
export function registerKillswitchCommand(program: Command, context: CliContext, outside: Outside): void {
  const group = program.command('killswitch').description('stop everything at once, latched, and release it again');
  placed(
    formatted(
      group.command('status').description('is it engaged, by whom and why, and what stands in the way of a release'),
    ),
  ).action(async (options: KillStatusOptions) =>
    (await import('./control/kill-status.ts')).showKillStatus(options, context, outside),
  );
  registerActivate(group, context, outside);
  const deactivate = group.command('deactivate').description('release it: needs role admin, and every check passed');
  placed(formatted(tokened(reasoned(deactivate))))
    .option('--confirm <word>', 'the word `release`, so that nobody does this by mistake')
    .option('--timeout <duration>', 'how long to wait for the running scanner (default: 2s)')
    .action(async (options: DeactivateOptions) =>
      (await import('./control/kill-deactivate.ts')).deactivate(options, context, outside),
    );
  placed(formatted(group.command('check').description('the checks before a release; exit 5 when one fails'))).action(
    async (options: KillStatusOptions) =>
      (await import('./control/kill-status.ts')).showChecks(options, context, outside),
  );
  group.addHelpText('after', HELP);
}

function registerActivate(group: Command, context: CliContext, outside: Outside): void {
  const activate = group
    .command('activate')
    .description('stop everything now; needs no token, no config and no database');
  placed(formatted(activate))
    .option('--reason <text>', 'why; worth giving, but never asked for')
    .addOption(
      activate
        .createOption('--level <level>', 'how much stops')
        .choices([...KILL_LEVELS])
        .default('kill'),
    )
    .option('--operator <name>', 'who (default: you)')
    .option('--no-wait', 'do not wait for the running scanner to confirm')
    .option('--timeout <duration>', 'how long to wait for it (default: 2s)')
    .action(async (options: ActivateOptions) =>
      (await import('./control/kill-activate.ts')).activate(options, context, outside),
    );
}

const HELP = `
Levels:
  pause  no events and no candidates go out; books, bars and the journal go on
  drain  pause, then the open minute is finished and the sockets are closed
  kill   the sockets are closed at once

Where no command works: touch artifacts/state/KILL, or send the scanner SIGUSR2.
`;
