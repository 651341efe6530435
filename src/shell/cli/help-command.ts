/** `cryptorun help [command…] [--all]`, and `help exit-codes`. Prints only. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError, EXIT_CODES } from '../errors.ts';

export function registerHelpCommand(program: Command, context: CliContext): void {
  program.helpCommand(false);
  program
    .command('help')
    .description('print help of a command, of all (--all shows hidden ones), or `exit-codes`')
    .argument('[command...]', 'whose help')
    .option('--all', 'also show commands that the ordinary help hides')
    .action((path: string[], { all }: { all?: boolean }) => {
      if (path[0] === 'exit-codes') context.stdout.write(exitCodesText());
      else context.stdout.write(helpText(find(program, path), all ?? false));
    });
}

function exitCodesText(): string {
  const lines = Object.entries(EXIT_CODES).map(([code, meaning]) => `${code.padStart(4)}  ${meaning}`);
  return `Exit codes\n\n${lines.join('\n')}\n`;
}

function find(program: Command, path: readonly string[]): Command {
  let command = program;
  for (const name of path) {
    const next = command.commands.find((one) => one.name() === name);
    if (next === undefined)
      throw new CryptorunError('usage', `help: no command ${path.join(' ')}; see \`cryptorun help --all\``);
    command = next;
  }
  return command;
}

function helpText(command: Command, isAll: boolean): string {
  if (isAll) command.configureHelp({ visibleCommands: (one) => [...one.commands] });
  return command.helpInformation();
}
