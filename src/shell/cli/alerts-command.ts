/** `cryptorun alerts`: what fires, who has taken it, what is kept quiet, and whether the rules do what they are meant to. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { addAlertHistory } from './history/history-command.ts';
import type { Outside } from './outside.ts';
import { type FormatOptions, formatted, type PlaceOptions, placed, reasoned } from './shared-options.ts';

export interface ListAlertsOptions extends PlaceOptions, FormatOptions {
  readonly all?: boolean;
  readonly priority?: string;
  readonly type?: string;
  readonly venue?: string;
}

export interface AlertOrderOptions extends PlaceOptions, FormatOptions {
  readonly reason: string;
}

export interface SilenceOptions extends AlertOrderOptions {
  readonly for: string;
}

/** Adds the group. Exit codes: 0; `test` 1 when an expectation is not met. */
export function registerAlertsCommand(program: Command, context: CliContext, outside: Outside): void {
  const group = program.command('alerts').description('what fires, who has taken it, and what is kept quiet');
  placed(formatted(group.command('list').description('pending and firing alerts, the worst first')))
    .option('-a, --all', 'resolved ones as well, newest first')
    .option('--priority <P1|P2|P3>', 'of this priority only')
    .option('--type <name>', 'of this type only')
    .option('--venue <name>', 'of this venue only')
    .action(async (options: ListAlertsOptions) => (await actions()).listAlerts(options, context, outside));
  placed(
    formatted(
      group.command('show').description('all that is known of one').argument('<id>', 'an id, or its beginning'),
    ),
  ).action(async (id: string, options: PlaceOptions & FormatOptions) =>
    (await actions()).showAlert(id, options, context, outside),
  );
  for (const [verb, meaning] of [
    ['ack', 'take it: nobody else is told; it goes on firing until it is over'],
    ['resolve', 'end it by hand; it begins anew if its condition does'],
  ] as const) {
    placed(
      formatted(reasoned(group.command(verb).description(meaning).argument('<id>', 'an id, or its beginning'))),
    ).action(async (id: string, options: AlertOrderOptions) =>
      (await actions()).orderAlert(verb, id, options, context, outside),
    );
  }
  placed(
    formatted(
      reasoned(
        group
          .command('silence')
          .description('tell nobody of the alerts that match all of these, for a while')
          .argument(
            '<matcher...>',
            'label=value, label!=value or label=begin*; labels: type priority severity venue instrument',
          ),
      ),
    ),
  )
    .requiredOption('--for <duration>', 'such as 30m or 2h; at most 30d')
    .action(async (matchers: string[], options: SilenceOptions) =>
      (await actions()).addSilence(matchers, options, context, outside),
    );
  placed(formatted(group.command('silences').description('the silences that hold now'))).action(
    async (options: PlaceOptions & FormatOptions) => (await actions()).listSilences(options, context, outside),
  );
  placed(
    formatted(group.command('unsilence').description('end a silence now; needs no reason').argument('<id>', 'its id')),
  ).action(async (id: string, options: PlaceOptions & FormatOptions) =>
    (await actions()).endSilence(id, options, context, outside),
  );
  placed(
    formatted(
      group
        .command('test')
        .description('play rule tests: series in, alerts at their second out; exit 1 when one is not as expected')
        .argument('<file...>', 'YAML, as in config/rule-tests'),
    ),
  ).action(async (files: string[], options: PlaceOptions & FormatOptions) =>
    (await import('../run/alerts/rule-test-action.ts')).testRules(files, options, context),
  );
  addAlertHistory(group, 'history', context, outside);
  group.addHelpText('after', EXAMPLES);
}

function actions(): Promise<typeof import('./alerts/alerts-actions.ts')> {
  return import('./alerts/alerts-actions.ts');
}

const EXAMPLES = `
Orders are kept and audited at once, and obeyed by the running scanner within a
second, or by the next one.

Examples:
  cryptorun alerts list
  cryptorun alerts ack 3f9a2c11 --reason "looking at it"
  cryptorun alerts silence type=depth_drop venue=okx --for 2h --reason "known"
  cryptorun alerts test config/rule-tests/market.yaml
`;
