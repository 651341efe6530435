/** `cryptorun venues`: what the exchanges really send, as far as we can see. Reads options; connects to nothing itself. */

import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError } from '../errors.ts';
import { durationOr } from './duration.ts';
import { type FormatOptions, formatted, type PlaceOptions, placed } from './shared-options.ts';

interface ProbeOptions extends PlaceOptions, FormatOptions {
  readonly symbols?: string;
  readonly timeout?: string;
}

export interface ProbeRequest {
  readonly place: PlaceOptions;
  /** Empty: all. */
  readonly venues: readonly string[];
  readonly symbols: readonly string[] | null;
  readonly timeoutMs: number;
  readonly format: FormatOptions['format'];
}

/** Longer than every deadline of a first acknowledgement and first data in config/venues.yaml. */
const DEFAULT_TIMEOUT_MS = 45_000;

/** Adds the group. */
export function registerVenuesCommand(program: Command, context: CliContext): void {
  const venues = program.command('venues').description('the exchanges, as we reach them');
  const probe = venues
    .command('probe')
    .argument('[venues...]', 'such as kraken binance; default: all that can be scanned')
    .description('connect, subscribe to one instrument each, and say what came; exit 8: something is missing');
  placed(formatted(probe))
    .option('--symbols <names>', 'these instruments instead of the first of each venue')
    .option('--timeout <time>', 'wait so long at most (default: 45s)')
    .action(async (names: string[], options: ProbeOptions) => {
      const request = requestOf(names, options);
      await (await import('../run/scan/probe-action.ts')).runProbe(request, context);
    });
}

function requestOf(venues: readonly string[], { config, state, symbols, timeout, format }: ProbeOptions): ProbeRequest {
  const names = symbols?.split(',').map((one) => one.trim()) ?? null;
  if (names?.some((name) => name === ''))
    throw new CryptorunError('usage', `--symbols: wanted names with commas between, found "${symbols}"`);
  const timeoutMs = durationOr('--timeout', timeout, DEFAULT_TIMEOUT_MS);
  return { place: { ...(config && { config }), ...(state && { state }) }, venues, symbols: names, timeoutMs, format };
}
