/** `cryptorun scan`: live market data of the venues, followed, judged and recorded. Reads options; scans nothing itself. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError } from '../errors.ts';
import { durationOr } from './duration.ts';
import { type PlaceOptions, placed } from './shared-options.ts';

interface ScanOptions extends PlaceOptions {
  readonly venue: readonly string[];
  readonly symbols?: string;
  readonly top?: string;
  readonly duration?: string;
  readonly record?: string;
  readonly segmentBytes?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly every?: string;
  /** False: `--no-screen`. */
  readonly screen: boolean;
  readonly demo?: boolean;
  readonly speed?: string;
  readonly seed?: string;
}

/** The command line, understood: what `runScan` works from. */
export interface ScanCommandRequest {
  readonly place: PlaceOptions;
  readonly choice: {
    readonly venues: readonly string[];
    readonly symbols: readonly string[] | null;
    readonly top: number | null;
  };
  readonly durationMs: number | null;
  readonly record: { readonly folder: string; readonly segmentBytes: number | null } | null;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  /** Lines also where a screen could be drawn. */
  readonly isPlain: boolean;
  /** Of the screen. */
  readonly everyMs: number;
  /** Simulated venues instead of the world's, on a clock that goes `speed` times as fast; null: the world's. */
  readonly demo: { readonly speed: number; readonly seed: string } | null;
}

const DEFAULT_EVERY_MS = 1000;
/** People see no more, and the core has better to do. */
const LEAST_EVERY_MS = 100;

/** Adds `scan`. Everything heavy is imported when it runs. */
export function registerScanCommand(program: Command, context: CliContext): void {
  const scan = placed(program.command('scan').description('follow live market data: books, bars, feeds, operations'));
  scan
    .option('--venue <names>', 'only these venues, such as kraken,okx (repeatable)', listed, [])
    .option('--symbols <names>', 'only these instruments: our ids (BTC-USD), or symbols as the venues write them')
    .option('--top <n>', 'only the first n instruments of each venue, as instruments.yaml lists them')
    .option('--duration <time>', 'stop after so long, such as 90s or 8h; otherwise it runs until Ctrl-C')
    .option('--record <dir>', 'write a journal, which `cryptorun replay` runs again to the same digest')
    .option('--segment-bytes <n>', 'raw bytes of one segment of the journal (default: 64 MiB)')
    .option('--json', 'one line of JSON an event (NDJSON)')
    .option('-q, --quiet', 'print nothing but what is wrong with the scan itself')
    .option('--no-screen', 'lines also on a terminal, one an event')
    .option('--every <time>', 'redraw the screen so often (default: 1s)')
    .option('--demo', 'on simulated venues in this process; no network is needed')
    .option('--speed <n>', 'how many times as fast the demo runs (default: 20)')
    .option('--seed <text>', 'another seed is another market in the demo (default: demo)')
    .addHelpText(
      'after',
      '\nExamples:\n  cryptorun scan --venue kraken,okx --top 3\n  cryptorun scan --record journal/\n  cryptorun scan --demo --no-screen\n',
    )
    .action(async (options: ScanOptions) => {
      const request = requestOf(options, context);
      const { runScan } = await import('../run/scan/scan-action.ts');
      await runScan(request, context);
    });
}

/** @throws CryptorunError `usage` */
function requestOf(options: ScanOptions, { cwd }: CliContext): ScanCommandRequest {
  const { config, state, venue, symbols, top, duration, record, segmentBytes, json, quiet, every } = options;
  const { demo = false, speed, seed } = options;
  if (!demo && (speed !== undefined || seed !== undefined))
    throw new CryptorunError('usage', '--speed, --seed: only with --demo');
  const everyMs = durationOr('--every', every, DEFAULT_EVERY_MS);
  if (everyMs < LEAST_EVERY_MS)
    throw new CryptorunError('usage', `--every: wanted ${LEAST_EVERY_MS}ms or more, found "${every}"`);
  if (segmentBytes !== undefined && record === undefined)
    throw new CryptorunError('usage', '--segment-bytes: only with --record');
  return {
    place: { ...(config && { config }), ...(state && { state }) },
    choice: {
      venues: venue,
      symbols: symbols === undefined ? null : listed(symbols, []),
      top: wholeOr('--top', top),
    },
    durationMs: durationOr('--duration', duration, null),
    record:
      record === undefined
        ? null
        : { folder: resolve(cwd, record), segmentBytes: wholeOr('--segment-bytes', segmentBytes) },
    isJson: json ?? false,
    isQuiet: quiet ?? false,
    isPlain: !options.screen,
    everyMs,
    demo: demo ? { speed: speedOr(speed), seed: seed ?? 'demo' } : null,
  };
}

/** Faster than this a timer of the system is too coarse for the feeds' deadlines. */
const MAX_SPEED = 100;
const DEFAULT_SPEED = 20;

function speedOr(text: string | undefined): number {
  const speed = text === undefined ? DEFAULT_SPEED : Number(text);
  if (speed >= 1 && speed <= MAX_SPEED) return speed;
  throw new CryptorunError('usage', `--speed: wanted 1 to ${MAX_SPEED}, found "${text}"`);
}

function listed(text: string, before: readonly string[]): readonly string[] {
  const names = text.split(',').map((one) => one.trim());
  if (names.some((name) => name === ''))
    throw new CryptorunError('usage', `wanted names with commas between, found "${text}"`);
  return [...new Set([...before, ...names])];
}

function wholeOr(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text);
  throw new CryptorunError('usage', `${option}: wanted a whole number over 0, found "${text}"`);
}
