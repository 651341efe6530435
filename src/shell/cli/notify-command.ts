/** `cryptorun notify`: who would be told of alerts, and whether they can be told. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Outside } from './outside.ts';
import { type FormatOptions, formatted, type PlaceOptions, placed } from './shared-options.ts';

export type NotifyOptions = PlaceOptions & FormatOptions;

/** Adds the group. Exit codes of `test`: 0 everyone has it, 1 somebody has not. */
export function registerNotifyCommand(program: Command, context: CliContext, outside: Outside): void {
  const group = program.command('notify').description('who is told of alerts, and whether they can be told');
  placed(
    formatted(group.command('list').description('routes in their order, and the receivers with what waits')),
  ).action(async (options: NotifyOptions) => (await actions()).listReceivers(options, context, outside));
  placed(
    formatted(
      group
        .command('test')
        .description('tell them of an alert that is none; exit 1 when somebody could not be told')
        .argument('<route>', 'a route of alerts.yaml, or one receiver'),
    ),
  ).action(async (name: string, options: NotifyOptions) =>
    (await actions()).testRoute(name, options, context, outside),
  );
}

function actions(): Promise<typeof import('../run/alerts/notify-actions.ts')> {
  return import('../run/alerts/notify-actions.ts');
}
