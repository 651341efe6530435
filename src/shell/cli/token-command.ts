/** `cryptorun token`: makes, lists and revokes operators' tokens. A secret is shown once, when it is made. */

import type { Command } from 'commander';
import { ROLES, type Role } from '../../core/ops/control/control.ts';
import type { CliContext } from '../context.ts';
import type { Outside } from './outside.ts';
import {
  type ChangeOptions,
  changing,
  type FormatOptions,
  formatted,
  type PlaceOptions,
  placed,
} from './shared-options.ts';

export interface CreateTokenOptions extends ChangeOptions {
  readonly role: Role;
  readonly ttl: string;
}

export type ListTokenOptions = PlaceOptions & FormatOptions;

/** Adds the group. */
export function registerTokenCommand(program: Command, context: CliContext, outside: Outside): void {
  const group = program.command('token').description("operators' tokens: who may turn on, release and loosen");
  const create = group.command('create').description('make one; its secret is printed once, on stdout');
  changing(
    create
      .addOption(
        create
          .createOption('--role <role>', 'what it may do')
          .choices([...ROLES])
          .makeOptionMandatory(),
      )
      .requiredOption('--ttl <duration>', 'how long it is good for, such as 8h or 30d'),
  ).action(async (options: CreateTokenOptions) => (await actions()).createToken(options, context, outside));
  placed(formatted(group.command('list').description('all tokens, without their secrets'))).action(
    async (options: ListTokenOptions) => (await actions()).listTokens(options, context, outside),
  );
  changing(
    group.command('revoke').description('make one worthless, from now on').argument('<id>', 'as `token list` has it'),
  ).action(async (id: string, options: ChangeOptions) => (await actions()).revokeToken(id, options, context, outside));
  group.addHelpText('after', HELP);
}

function actions(): Promise<typeof import('./control/token-actions.ts')> {
  return import('./control/token-actions.ts');
}

const HELP = `
Roles: viewer (changes nothing), operator (turns on, loosens), admin (releases
the kill switch, makes tokens). A higher one may do what a lower one may.

An admin token needs no other while none is valid. Keep secrets private:
  umask 077
  cryptorun token create --role admin --ttl 8h --reason "first" > t
  cryptorun killswitch deactivate --token-file t --reason TEXT --confirm release
`;
