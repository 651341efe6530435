/** `cryptorun breaker`: looks at circuit breakers, takes one out by hand and lets it go again. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import type { Outside } from './outside.ts';
import {
  type ChangeOptions,
  changing,
  type FormatOptions,
  formatted,
  type PlaceOptions,
  placed,
  type WaitOptions,
} from './shared-options.ts';

export type ListBreakerOptions = PlaceOptions & FormatOptions;
export type IsolateOptions = ChangeOptions & WaitOptions;

/** Adds the group. */
export function registerBreakerCommand(program: Command, context: CliContext, outside: Outside): void {
  const group = program.command('breaker').description('circuit breakers, one a provider and transport: kraken.rest');
  placed(formatted(group.command('list').description('all breakers, as the running scanner last saved them'))).action(
    async (options: ListBreakerOptions) => (await actions()).listBreakers(options, context, outside),
  );
  for (const [verb, meaning] of [
    ['isolate', 'make no call through it until it is released (needs no token)'],
    ['release', 'give it back to its own judgement (needs role operator)'],
  ] as const) {
    changing(group.command(verb).description(meaning).argument('<name>', 'such as kraken.rest'))
      .option('--wait', 'until the running scanner has confirmed it')
      .option('--timeout <duration>', 'how long --wait waits (default: 2s)')
      .action(async (name: string, options: IsolateOptions) =>
        (await actions()).setIsolation(verb, name, options, context, outside),
      );
  }
  group.addHelpText('after', EXAMPLES);
}

function actions(): Promise<typeof import('./control/breaker-actions.ts')> {
  return import('./control/breaker-actions.ts');
}

const EXAMPLES = `
Examples:
  cryptorun breaker isolate kraken.rest --reason "answers nonsense" --wait
  cryptorun breaker release kraken.rest --reason "sane again" --token-file t
`;
