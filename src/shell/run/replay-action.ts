/** Runs `cryptorun replay` as the command line asked, and tells what came out. The only place that knows config, stores and screen together. */

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { OpsConfig } from '../../core/ops/ops-config.ts';
import { statusOfReplay } from '../../core/ops/replay/replay-status.ts';
import type { OpsRun } from '../../core/ops/run/ops-run.ts';
import type { StatusDocument } from '../../core/ops/status.ts';
import { grouped, replayTable, totalsLine } from '../../core/render/replay-view.ts';
import { controlDefaults } from '../cli/control/control-defaults.ts';
import type { ReplayCommandRequest } from '../cli/replay-command.ts';
import { columnsOf, renderStatus, wantsColor } from '../cli/terminal.ts';
import { type EffectiveConfig, instrumentSpecs, marketConfig } from '../config/effective-config.ts';
import type { FullConfig } from '../config/full-config.ts';
import { loadConfig } from '../config/load-config.ts';
import { loadFullConfig } from '../config/load-full-config.ts';
import { problemText } from '../config/problem.ts';
import type { CliContext } from '../context.ts';
import { CryptorunError, type EXIT_CODES } from '../errors.ts';
import { type Log, SILENT_LOG } from '../log/log.ts';
import { saveReplayStatus, writeSavedStatus } from '../stores/saved-status.ts';
import { writeStatusSnapshot } from '../stores/status-snapshot.ts';
import type { AttachRequest } from './attached/attached-run.ts';
import { onInterrupt } from './interrupt.ts';
import { ProgressLine } from './progress-line.ts';
import { type ReplayRequest, type ReplayResult, replay } from './replay.ts';
import { signalSettings } from './scan/scan-start.ts';
import { readExpected, verifyDigest } from './verify-digest.ts';

/** @throws CryptorunError for everything that is not a result, `digest_differs` included */
export async function runReplay(command: ReplayCommandRequest, context: CliContext): Promise<void> {
  const config = configOf(command, context);
  const interrupt = onInterrupt();
  const progress = new ProgressLine(context.stderr, !command.quiet);
  let log = SILENT_LOG;
  try {
    if (command.speed !== null) log = await openRunLog(config, context, progress);
    const expected = command.verify === null ? null : readExpected(command.verify);
    const result = await replay(requestOf(command, config, context, interrupt.signal, { progress, log }));
    progress.clear();
    const document = statusDocument(result, config);
    if (!result.isInterrupted)
      saveReplayStatus({ artifactsDir: config.paths.artifactsDir, id: result.id, runDir: result.folder }, document);
    writeStatusSnapshot(result.folder, document, document.savedAtMs);
    report(command, result, document, context);
    if (expected !== null) {
      verifyDigest(expected, result.document.digest, join(result.folder, 'digest.ndjson'), command.fromMs);
      if (!command.quiet) context.stderr.write('digest: equal\n');
    }
    if (result.killLevel === 'drain') context.setExitCode(STOPPED_BY_KILL_SWITCH);
    else if (result.isInterrupted) context.setExitCode(interrupt.exitCode);
    else if (result.document.partial) context.setExitCode(PARTIAL);
  } catch (error) {
    if (!interrupt.signal.aborted || error instanceof CryptorunError) throw error;
    const code = interrupt.exitCode === 130 ? 'interrupted' : 'terminated';
    throw new CryptorunError(code, 'interrupted before anything was read', { cause: error });
  } finally {
    progress.clear();
    log.close();
    interrupt.release();
  }
}

const PARTIAL: keyof typeof EXIT_CODES = 10;
const STOPPED_BY_KILL_SWITCH: keyof typeof EXIT_CODES = 9;

/** What is said while it runs. */
interface Told {
  readonly progress: ProgressLine;
  readonly log: Log;
}

/** On a terminal, no line of it is written behind the progress. */
async function openRunLog({ ops, paths }: EffectiveConfig, { env, stderr }: CliContext, progress: ProgressLine) {
  const { logFolderFrom, openLog } = await import('../log/open-log.ts');
  const write = (text: string): void => {
    progress.clear();
    stderr.write(text);
  };
  const folder = logFolderFrom(env, paths.artifactsDir);
  return await openLog({ level: ops.log.level, folder, stderr: { write, isTTY: stderr.isTTY } });
}

/** With alerts only where they are wanted: a plain replay depends on the three files that it always did. */
function configOf(
  { configPath, hasAlerts }: ReplayCommandRequest,
  { env, cwd, packageRoot }: CliContext,
): EffectiveConfig | FullConfig {
  const request = { flags: configPath === null ? {} : { config: configPath }, env, cwd, packageRoot };
  const loaded = hasAlerts ? loadFullConfig(request) : loadConfig(request);
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  return loaded.config;
}

function signalOf(config: EffectiveConfig | FullConfig): Pick<ReplayRequest['start'], 'signal'> {
  if (!('surveillance' in config)) return {};
  return { signal: { ...signalSettings(config), stored: { alerts: [], silences: [] } } };
}

function requestOf(
  command: ReplayCommandRequest,
  config: EffectiveConfig | FullConfig,
  context: CliContext,
  signal: AbortSignal,
  told: Told,
): ReplayRequest {
  return {
    ...command,
    format: command.format as ReplayRequest['format'],
    replaysDir: join(config.paths.artifactsDir, 'replay'),
    start: {
      kind: 'start',
      config: marketConfig(config, true, command.symbols),
      configHash: config.configHash,
      codeVersion: versionOf(context.packageRoot),
      instruments: instrumentSpecs(config),
      ...signalOf(config),
      restoredState: null,
    },
    attach: command.speed === null ? null : attachRequest(command, config, context, told),
    signal,
    onProgress: (now) => told.progress.show(now),
  };
}

/** A replay that keeps a recording's pace runs as a scanner does: it can be switched, stopped and watched. */
function attachRequest(
  command: ReplayCommandRequest,
  config: EffectiveConfig,
  context: CliContext,
  { progress, log }: Told,
): AttachRequest {
  const { ops, venues, paths } = config;
  const name = command.paths.map((path) => basename(path)).join(', ');
  return {
    stateDir: paths.stateDir,
    config: opsCoreConfig(ops),
    defaults: controlDefaults(config),
    providers: [...new Set(Object.values(venues).map((venue) => venue.provider))].sort(),
    venues: Object.keys(venues).sort(),
    name,
    watermarkDelayMs: ops.scanner.watermarkDelayMs,
    log,
    onNotice: (text) => {
      progress.clear();
      context.stderr.write(`${text}\n`);
    },
    onStatus: (opsRun, nowMs) => saveRunning(paths.stateDir, name, opsRun, nowMs),
  };
}

/** The parts of the config that the operations core reads: what is journaled is what is obeyed, and nothing more. */
function opsCoreConfig({ kpi, guards, switches, breakers, killSwitch, health }: OpsConfig): OpsConfig {
  return { kpi, guards, switches, breakers, killSwitch, health };
}

/**
 * What `ops status` and the checks before a release read meanwhile. The document says that it is a replay's; the newest data's
 * time is told by our clock, as if it had come now: its age is what is judged.
 */
function saveRunning(stateDir: string, name: string, ops: OpsRun, nowMs: number): void {
  const savedAtMs = Date.now();
  const ageMs = ops.dataAgeMs(nowMs);
  const dataTimeMs = ageMs === null ? null : savedAtMs - ageMs;
  const rows = ops.rows(nowMs);
  writeSavedStatus(join(stateDir, 'status.json'), { source: { kind: 'replay', name }, savedAtMs, dataTimeMs, rows });
}

function versionOf(packageRoot: string): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

function statusDocument(result: ReplayResult, config: EffectiveConfig): StatusDocument {
  return {
    source: { kind: 'replay', name: result.name },
    savedAtMs: Date.now(),
    dataTimeMs: result.lastReceiveMs,
    rows: statusOfReplay(result.facts, config.ops),
  };
}

function report(
  command: ReplayCommandRequest,
  result: ReplayResult,
  status: StatusDocument,
  context: CliContext,
): void {
  const { document } = result;
  if (!command.quiet) for (const notice of result.notices) context.stderr.write(`${notice}\n`);
  for (const problem of document.problems) context.stderr.write(`${problem}\n`);
  if (result.isInterrupted) context.stderr.write('interrupted: what was read so far is kept, and is partial\n');
  if (command.json) context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  if (command.quiet || command.json) return;
  const color = wantsColor(command.color, context.env, context.stdout);
  const columns = columnsOf(context.env, context.stdout);
  context.stdout.write(`${summaryText(result, columns)}\n`);
  context.stdout.write(renderStatus(status, { columns, color }));
  context.stderr.write(`📁 Written to: ${result.folder}\n`);
}

function summaryText({ document, name }: ReplayResult, columns: number): string {
  const unknown = Object.entries(document.unknownFrames).map(([reason, count]) => `${grouped(count)} ${reason}`);
  return [
    `Replay of ${name}${document.partial ? ' (partial)' : ''}`,
    '',
    ...replayTable(document.instruments, document.totals, columns),
    '',
    totalsLine(document.totals),
    ...(unknown.length > 0 ? [`not read: ${unknown.join(', ')}`] : []),
    `digest ${document.digest}`,
    '',
  ].join('\n');
}
