/** `cryptorun replay`: recordings or a journal in; tables, CSV, JSON and a digest out. Reads options and prints; replays nothing itself. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CryptorunError } from '../errors.ts';
import type { ColorChoice } from './terminal.ts';

const FORMATS = ['auto', 'hftbacktest', 'cryptofeed_raw', 'cryptofeed_jsonl', 'ndjson', 'json', 'journal'];

interface ReplayOptions {
  readonly format: string;
  readonly venue: readonly string[];
  readonly symbols?: string;
  readonly session?: string;
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
  readonly speed?: string;
  readonly record?: string;
  readonly segmentBytes?: string;
  readonly verify?: string;
  readonly alerts?: boolean;
  readonly config?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: ColorChoice;
}

/** Adds `replay`. Everything heavy is imported when it runs. */
export function registerReplayCommand(program: Command, context: CliContext): void {
  const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value];
  program
    .command('replay')
    .description('rebuild books and bars from recordings or a journal')
    .argument('<path...>', 'recording files, folders of them, or one journal')
    .addOption(program.createOption('--format <name>', 'what the files are').choices(FORMATS).default('auto'))
    .option('--venue <venue=path>', 'venue of a file whose content leaves it open (repeatable)', collect, [])
    .option('--symbols <list>', 'only these symbols, as the venue writes them, comma-separated')
    .option('--session <name>', 'which session of a journal that holds several')
    .option('--from <time>', 'outputs begin after this receive time (RFC 3339, or ms since the epoch)')
    .option('--to <time>', 'reading ends at this receive time')
    .option('--out <dir>', 'write the files here (default: artifacts/replay/<id>)')
    .option('--speed <n>', 'n times the speed of the recording (default: as fast as it goes)')
    .option('--record <dir>', 'also write the run as a journal')
    // For tests of checkpoints: small journals have only one segment otherwise.
    .addOption(program.createOption('--segment-bytes <n>', 'segment size of that journal').hideHelp())
    .option('--verify <digest>', 'compare with sha256:…, or with a digest.ndjson: exit 1 when it differs')
    .option('--alerts', 'judge recordings by alerts.yaml, into alerts.ndjson; the journal of a scan has its own')
    .option('--config <path>', 'config folder, or an ops.yaml')
    .option('--json', 'one JSON document on stdout instead of text')
    .option('-q, --quiet', 'print nothing on success')
    .addOption(
      program.createOption('--color <when>', 'colour the tables').choices(['auto', 'always', 'never']).default('auto'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  cryptorun replay recordings/\n  cryptorun replay --json btcusdt_20240808.gz > result.json\n',
    )
    .action(async (paths: string[], options: ReplayOptions) => {
      const { runReplay } = await import('../run/replay-action.ts');
      await runReplay(requestOf(paths, options, context), context);
    });
}

/** The command line, understood: what `runReplay` works from. */
export interface ReplayCommandRequest {
  readonly paths: readonly string[];
  readonly format: string;
  readonly venues: ReadonlyMap<string, string>;
  readonly symbols: readonly string[] | null;
  readonly session: string | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly outDir: string | null;
  readonly speed: number | null;
  readonly recordDir: string | null;
  readonly segmentBytes: number | null;
  readonly verify: string | null;
  readonly configPath: string | null;
  readonly hasAlerts: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: ColorChoice;
}

/** @throws CryptorunError `usage` with everything that is wrong */
function requestOf(paths: readonly string[], options: ReplayOptions, { cwd }: CliContext): ReplayCommandRequest {
  const faults: string[] = [];
  const path = (value: string | undefined): string | null => (value === undefined ? null : resolve(cwd, value));
  const request: ReplayCommandRequest = {
    paths: paths.map((one) => resolve(cwd, one)),
    format: options.format,
    venues: venuesOf(options.venue, cwd, faults),
    symbols: listOf(options.symbols, faults),
    session: options.session ?? null,
    fromMs: timeOf('--from', options.from, faults),
    toMs: timeOf('--to', options.to, faults),
    outDir: path(options.out),
    speed: speedOf(options.speed, faults),
    recordDir: path(options.record),
    segmentBytes: segmentBytesOf(options.segmentBytes, faults),
    verify: verifyOf(options.verify, cwd, faults),
    configPath: options.config ?? null,
    hasAlerts: options.alerts ?? false,
    json: options.json ?? false,
    quiet: options.quiet ?? false,
    color: options.color,
  };
  if (request.fromMs !== null && request.toMs !== null && request.fromMs >= request.toMs)
    faults.push('--from: not before --to');
  if (faults.length > 0) throw new CryptorunError('usage', faults.join('\n'));
  return request;
}

function venuesOf(given: readonly string[], cwd: string, faults: string[]): Map<string, string> {
  const venues = new Map<string, string>();
  for (const one of given) {
    const at = one.indexOf('=');
    if (at < 1 || at === one.length - 1) faults.push(`--venue ${one}: wanted venue=path, such as okx=day1.gz`);
    else venues.set(resolve(cwd, one.slice(at + 1)), one.slice(0, at));
  }
  return venues;
}

function listOf(text: string | undefined, faults: string[]): string[] | null {
  if (text === undefined) return null;
  const list = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (list.length === 0) faults.push('--symbols: wanted one symbol or more, found none');
  return list;
}

/** An ISO time or a number of ms. Parsed by hand: `Date` would take "2024" for a time too. */
function timeOf(flag: string, text: string | undefined, faults: string[]): number | null {
  if (text === undefined) return null;
  if (/^\d{1,15}(\.\d{1,3})?$/.test(text)) return Number(text);
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = isIso ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  faults.push(`${flag} ${text}: wanted a time such as 2026-11-02T09:15:00Z, or ms since the epoch`);
  return null;
}

function speedOf(text: string | undefined, faults: string[]): number | null {
  if (text === undefined) return null;
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  faults.push(`--speed ${text}: wanted a number over 0`);
  return null;
}

function segmentBytesOf(text: string | undefined, faults: string[]): number | null {
  if (text === undefined) return null;
  if (!/^[1-9]\d{0,11}$/.test(text)) faults.push(`--segment-bytes ${text}: wanted a whole number over 0`);
  return Number(text);
}

function verifyOf(text: string | undefined, cwd: string, faults: string[]): string | null {
  if (text === undefined) return null;
  if (!text.startsWith('sha256:')) return resolve(cwd, text);
  if (!/^sha256:[0-9a-f]{64}$/.test(text))
    faults.push(`--verify ${text}: wanted sha256: and 64 hex digits, or a digest.ndjson`);
  return text;
}
