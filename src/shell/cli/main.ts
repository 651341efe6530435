/** The program's front door: arguments to commands, errors to one message and an exit code. Does no work of its own. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError, exitCodeOf } from '../errors.ts';
import { OUTSIDE, type Outside } from './outside.ts';

/**
 * Runs one command line.
 *
 * @param argv - without node and script
 * @param outside - clock, user and host; tests bring their own
 * @returns when the command is done; the exit code went to `context.setExitCode`
 */
export async function main(argv: readonly string[], context: CliContext, outside: Outside = OUTSIDE): Promise<void> {
  try {
    // Asked for by every script and every health check: answered before anything is loaded.
    if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V'))
      context.stdout.write(`${versionOf(context)}\n`);
    else await (await programFor(context, outside)).parseAsync(argv as string[], { from: 'user' });
  } catch (error) {
    const code = await report(error, context);
    context.setExitCode(code !== 0 && isCheck(argv) ? NAGIOS_UNKNOWN : code);
  }
}

/** To a monitoring system 1 and 2 are verdicts: a check that could not be made, even for a mistyped option, is UNKNOWN. */
const NAGIOS_UNKNOWN = 3;

function isCheck(argv: readonly string[]): boolean {
  return argv[0] === 'ops' && argv[1] === 'status' && argv.includes('--check');
}

function versionOf({ packageRoot }: CliContext): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

async function programFor(context: CliContext, outside: Outside): Promise<Command> {
  const [{ Command: Program }, { registerCommands }] = await Promise.all([
    import('commander'),
    import('./commands.ts'),
  ]);
  const program = new Program('cryptorun')
    .description('Runs and operates a streaming scanner of public crypto market data.')
    .version(versionOf(context), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showSuggestionAfterError()
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHelpWidth: () => Math.min(context.stdout.columns ?? 80, 100),
    });
  registerCommands(program, context, outside);
  return program;
}

/** Says what went wrong, once, and returns the exit code. */
async function report(error: unknown, { stderr, env }: CliContext): Promise<number> {
  const { logLevelFrom } = await import('../config/log-level.ts');
  const choice = logLevelFrom(env);
  const isDebug = choice.kind === 'level' && choice.level === 'debug';
  if (error instanceof CryptorunError) {
    stderr.write(`${error.message}\n`);
    if (isDebug) stderr.write(`${causes(error)}\n`);
    return error.exitCode;
  }
  // Commander has written its own message; help and version are its "errors" with exit code 0.
  const { code, exitCode } = error as { code?: unknown; exitCode?: unknown };
  if (typeof code === 'string' && code.startsWith('commander.')) return exitCode === 0 ? 0 : 2;
  stderr.write(`a mistake in the program: ${error instanceof Error ? error.message : String(error)}\n`);
  stderr.write(
    isDebug ? `${causes(error)}\n` : 'run with CRYPTORUN_LOG_LEVEL=debug for details, and please report it\n',
  );
  return exitCodeOf(error);
}

function causes(error: unknown): string {
  const lines: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) lines.push(cause.stack ?? cause.message);
  return lines.join('\ncaused by ');
}
