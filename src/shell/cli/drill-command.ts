/** `cryptorun drill`: game days on simulated venues, in virtual time. Reads options; runs no drill itself. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError } from '../errors.ts';
import { type PlaceOptions, placed } from './shared-options.ts';

interface RunOptions extends PlaceOptions {
  readonly all?: boolean;
  readonly seed?: string;
  readonly json?: boolean;
}

interface ListOptions extends PlaceOptions {
  readonly json?: boolean;
}

/** The command line, understood. */
export interface DrillRequest {
  readonly place: PlaceOptions;
  /** Null: all of them. */
  readonly names: readonly string[] | null;
  /** Another one than each drill's own; null: its own. */
  readonly seed: number | null;
  readonly isJson: boolean;
}

const MAX_SEED = 4_294_967_295;

/** Adds the group. Everything heavy is imported when it runs. */
export function registerDrillCommand(program: Command, context: CliContext): void {
  const drill = program
    .command('drill')
    .description('break simulated venues on purpose, and see what the scanner makes of it');
  placed(drill.command('list').description('the drills there are, in config/drills'))
    .option('--json', 'one JSON document')
    .action(async ({ json, ...place }: ListOptions) => {
      const request = { place, names: null, seed: null, isJson: json ?? false };
      await (await import('../run/drill/drill-action.ts')).listDrills(request, context);
    });
  placed(drill.command('run').argument('[names...]', 'such as gap outage; see `drill list`'))
    .description('run drills in virtual time, expected against seen; exit 1: something was not as expected')
    .option('--all', 'every drill there is')
    .option('--seed <n>', "another market and other chances than the drill's own")
    .option('--json', 'one JSON document')
    .addHelpText('after', '\nExamples:\n  cryptorun drill run gap\n  cryptorun drill run outage half-open --seed 7\n')
    .action(async (names: string[], options: RunOptions) => {
      const request = requestOf(names, options);
      await (await import('../run/drill/drill-action.ts')).runDrills(request, context);
    });
}

/** @throws CryptorunError `usage` */
function requestOf(names: readonly string[], { all = false, seed, json, ...place }: RunOptions): DrillRequest {
  if (all === names.length > 0)
    throw new CryptorunError('usage', 'drill run: wanted names of drills, or --all; `cryptorun drill list` shows them');
  return { place, names: all ? null : names, seed: seedOr(seed), isJson: json ?? false };
}

function seedOr(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_SEED) return Number(text);
  throw new CryptorunError('usage', `--seed: wanted a whole number from 0 to ${MAX_SEED}, found "${text}"`);
}
