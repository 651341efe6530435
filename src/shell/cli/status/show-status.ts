/** `ops status`: prints what is known in the format asked for, and writes its snapshot. Measures nothing and changes no state. */

import { isStopped } from '../../../core/ops/kill-switch/levels.ts';
import { nagiosExitCode, renderFormat, type StatusFormat } from '../../../core/render/status-formats.ts';
import { shownDocument } from '../../../core/render/view.ts';
import type { EffectiveConfig } from '../../config/effective-config.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import { strictConfig } from '../control/strict-config.ts';
import { durationMs } from '../duration.ts';
import type { OpsStatusOptions } from '../ops-command.ts';
import type { Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import { type Look, lookAtStatus } from './look.ts';

const DEFAULT_WATCH_MS = 2000;
/** Faster than the scanner saves would show nothing new. */
const LEAST_WATCH_MS = 100;
const EXIT_UNKNOWN = 3;

/** @throws CryptorunError; with `--check` never: then everything that goes wrong is UNKNOWN, on stdout, with exit code 3 */
export async function showStatus(options: OpsStatusOptions, context: CliContext, outside: Outside): Promise<void> {
  if (!options.check) return await show(options, context, outside);
  try {
    await show(options, context, outside);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    context.stdout.write(`CRYPTORUN UNKNOWN - ${said.replaceAll('|', '/')}\n`);
    context.setExitCode(EXIT_UNKNOWN);
  }
}

async function show(options: OpsStatusOptions, context: CliContext, outside: Outside): Promise<void> {
  const watchMs = watchInterval(options.watch);
  if (watchMs !== null && options.check)
    throw new CryptorunError('usage', '--check: looks once, and does not go with --watch');
  const { output } = options;
  const request = configRequest(options, context);
  const config = await strictConfig({ ...request, flags: { ...request.flags, ...(output && { output }) } });
  const print = await printer(options, context, outside, watchMs !== null);
  if (watchMs !== null) {
    const { watch } = await import('./watch.ts');
    await watch(async () => print(await lookAtStatus(config, outside)), watchMs, context, outside);
    return;
  }
  const look = await lookAtStatus(config, outside);
  context.stdout.write(print(look));
  // The tables have them at their head.
  const isTable = formatOf(options, context, false) === 'table' && options.headers && !options.quiet;
  if (!isTable) for (const note of look.view.notes) context.stderr.write(`${note}\n`);
  if (options.check) context.setExitCode(nagiosExitCode(look.view));
  // A check may run every few seconds, as a user who may not write.
  if (!options.check || output !== undefined) await writeSnapshot(look, config, options, context, outside);
}

function watchInterval(watch: OpsStatusOptions['watch']): number | null {
  if (watch === undefined) return null;
  const intervalMs = watch === true ? DEFAULT_WATCH_MS : durationMs('--watch', watch);
  if (intervalMs >= LEAST_WATCH_MS) return intervalMs;
  throw new CryptorunError('usage', `--watch: wanted ${LEAST_WATCH_MS}ms or more, found "${watch}"`);
}

/** The format that was asked for, or that fits: lines for a file that grows, one line for a monitoring system. */
function formatOf({ format, json, check }: OpsStatusOptions, { stdout }: CliContext, isWatched: boolean): StatusFormat {
  if (isWatched && stdout.isTTY !== true) return 'ndjson';
  return format ?? (json ? 'json' : check ? 'nagios' : 'table');
}

/** Loads what the format needs, once. */
async function printer(
  options: OpsStatusOptions,
  context: CliContext,
  outside: Outside,
  isWatched: boolean,
): Promise<(look: Look) => string> {
  const { env, stdout } = context;
  const format = formatOf(options, context, isWatched);
  const { columnsOf, drawBlocks, rowsOf, wantsColor } = await import('../terminal.ts');
  const csv = format === 'csv' ? (await import('csv-stringify/sync')).stringify : null;
  const color = wantsColor(options.color, env, stdout);
  const csvText = (records: readonly (readonly string[])[]) => csv!(records.map((record) => [...record]));
  const { headers, quiet = false } = options;
  return ({ view }) => {
    const columns = columnsOf(env, stdout);
    // What is redrawn in its place has to fit there; what scrolls has not.
    const rows = isWatched ? rowsOf(stdout) : undefined;
    const nowMs = outside.nowMs();
    const writers = { drawBlocks, csvText };
    return renderFormat(format, view, { columns, color, ...(rows && { rows }), headers, quiet, nowMs, writers });
  };
}

/** After the tables: with a full disk the operator has still seen them. */
async function writeSnapshot(
  { view, mayWrite }: Look,
  config: EffectiveConfig,
  { quiet }: OpsStatusOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const level = view.kill.kind === 'engaged' ? view.kill.level : null;
  const why = !mayWrite
    ? 'emergency.writes is off'
    : isStopped(level, 'snapshots')
      ? `the kill switch is at ${level}`
      : null;
  if (why !== null) {
    if (!quiet) context.stderr.write(`no snapshot: ${why}\n`);
    return;
  }
  const { pruneSnapshots, writeStatusSnapshot } = await import('../../stores/status-snapshot.ts');
  const { snapshotFilename, retentionDays } = config.ops.artifacts;
  const nowMs = outside.nowMs();
  const { stamped } = writeStatusSnapshot(config.paths.statusDir, shownDocument(view), nowMs, snapshotFilename);
  pruneSnapshots(config.paths.statusDir, { retentionDays, nowMs, isDryRun: false });
  if (!quiet) context.stderr.write(`📁 Snapshot written to: ${stamped}\n`);
}
