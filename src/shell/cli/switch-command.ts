/** `cryptorun switch`: looks at switches and sets them, each to an explicit state. There is no toggle. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError } from '../errors.ts';
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

export type LookOptions = PlaceOptions & FormatOptions;

export interface ListOptions extends LookOptions {
  /** A duration, or true for the default. */
  readonly stale?: string | true;
}

export interface HistoryOptions extends LookOptions {
  readonly lines: string;
}

export interface SetOptions extends ReasonedUnlessDry, WaitOptions {
  readonly for?: string;
  readonly detailedExitcode?: boolean;
  readonly expect?: 'on' | 'off';
  readonly ifRevision?: string;
}

export type SaveOptions = ReasonedUnlessDry;

/** What is only tried needs no reason: nothing of it is kept. */
interface ReasonedUnlessDry extends Omit<ChangeOptions, 'reason'> {
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** @throws CryptorunError `usage` for a change without a reason */
export function reasonOf({ reason, dryRun }: ReasonedUnlessDry): string {
  if (reason === undefined && !dryRun)
    throw new CryptorunError('usage', "required option '--reason <text>' not specified");
  return reason ?? 'dry run';
}

/** Adds the group. Exit codes beside the usual: 5 the expected state does not hold, 7 `--wait` ran out. */
export function registerSwitchCommand(program: Command, context: CliContext, outside: Outside): void {
  const group = program
    .command('switch')
    .description('what may run: scanners, live data, writes, providers, venues ...');
  registerLooks(group, context, outside);
  registerChanges(group, context, outside);
  group.addHelpText('after', EXAMPLES);
}

function registerLooks(group: Command, context: CliContext, outside: Outside): void {
  placed(formatted(group.command('list').description('all switches, and what operators changed')))
    .option('--stale [age]', 'only settings for good that are older (default: 7d), or that config has too')
    .action(async (options: ListOptions) => (await looks()).listSwitches(options, context, outside));
  placed(
    formatted(group.command('get').description('one switch').argument('<name>', 'such as emergency.scanners')),
  ).action(async (name: string, options: LookOptions) => (await looks()).getSwitch(name, options, context, outside));
  placed(formatted(group.command('history').description('who changed a switch, when and why, newest last')))
    .argument('<name>', 'such as emergency.scanners')
    .option('-n, --lines <count>', 'how many changes', '20')
    .action(async (name: string, options: HistoryOptions) =>
      (await looks()).showHistory(name, options, context, outside),
    );
  placed(formatted(group.command('diff').description('how the switches differ from ops.yaml'))).action(
    async (options: LookOptions) => (await looks()).diffSwitches(options, context, outside),
  );
}

function registerChanges(group: Command, context: CliContext, outside: Outside): void {
  for (const state of ['on', 'off'] as const) {
    const meaning = state === 'on' ? 'allow it (an emergency switch needs role operator)' : 'stop it (needs no token)';
    setting(group.command(state).description(meaning).argument('<name>', 'such as provider.kraken.rest')).action(
      async (name: string, options: SetOptions) =>
        (await change()).setSwitch(name, state === 'on', options, context, outside),
    );
  }
  const set = group.command('set').description('the same, the state as an argument').argument('<name>', 'which switch');
  setting(set.addArgument(set.createArgument('<state>', 'on or off').choices(['on', 'off']))).action(
    async (name: string, state: string, options: SetOptions) =>
      (await change()).setSwitch(name, state === 'on', options, context, outside),
  );
  unlessDry(group.command('save').description('write the settings for good into ops.yaml, comments kept'))
    .option('--dry-run', 'only show what would change in the file')
    .action(async (options: SaveOptions) =>
      (await import('./control/switch-save.ts')).saveSwitches(options, context, outside),
    );
}

function setting(command: Command): Command {
  return unlessDry(command)
    .option('--for <duration>', 'for so long (90s, 30m, 2h, 1d); then it reverts by itself')
    .addOption(command.createOption('--expect <state>', 'only if it is so now').choices(['on', 'off']))
    .option('--if-revision <n>', 'only if its setting has this revision; 0: never set')
    .option('--dry-run', 'say what would happen, and change nothing')
    .option('--detailed-exitcode', 'with --dry-run: exit 2 when something would change')
    .option('--wait', 'until the running scanner has confirmed it')
    .option('--timeout <duration>', 'how long --wait waits (default: 2s)');
}

/** As `changing`, but that commander does not insist on the reason: `reasonOf` does, but for a dry run. */
function unlessDry(command: Command): Command {
  const changes = changing(command);
  changes.options.find(({ long }) => long === '--reason')?.makeOptionMandatory(false);
  return changes;
}

function looks(): Promise<typeof import('./control/switch-looks.ts')> {
  return import('./control/switch-looks.ts');
}

function change(): Promise<typeof import('./control/switch-change.ts')> {
  return import('./control/switch-change.ts');
}

const EXAMPLES = `
Examples:
  cryptorun switch off provider.kraken.rest --reason "bad fills" --for 30m
  cryptorun switch on emergency.scanners --reason "all clear" --token-file t
`;
