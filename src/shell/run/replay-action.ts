/** Runs `cryptorun replay` as the command line asked, and tells what came out. The only place that knows config, stores and screen together. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statusOfReplay } from '../../core/ops/replay-status.ts';
import type { StatusDocument } from '../../core/ops/status.ts';
import { grouped, replayTable, totalsLine } from '../../core/render/replay-view.ts';
import type { ReplayCommandRequest } from '../cli/replay-command.ts';
import { columnsOf, renderStatus, wantsColor } from '../cli/terminal.ts';
import { type EffectiveConfig, instrumentSpecs, marketConfig } from '../config/effective-config.ts';
import { loadConfig } from '../config/load-config.ts';
import { problemText } from '../config/problem.ts';
import type { CliContext } from '../context.ts';
import { CryptorunError, type EXIT_CODES } from '../errors.ts';
import { saveReplayStatus } from '../stores/saved-status.ts';
import { writeStatusSnapshot } from '../stores/status-snapshot.ts';
import { onInterrupt } from './interrupt.ts';
import { ProgressLine } from './progress-line.ts';
import { type ReplayRequest, type ReplayResult, replay } from './replay.ts';
import { readExpected, verifyDigest } from './verify-digest.ts';

/** @throws CryptorunError for everything that is not a result, `digest_differs` included */
export async function runReplay(command: ReplayCommandRequest, context: CliContext): Promise<void> {
  const config = configOf(command, context);
  const interrupt = onInterrupt();
  const progress = new ProgressLine(context.stderr, !command.quiet);
  try {
    const expected = command.verify === null ? null : readExpected(command.verify);
    const result = await replay(requestOf(command, config, context, interrupt.signal, progress));
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
    if (result.isInterrupted) context.setExitCode(interrupt.exitCode);
    else if (result.document.partial) context.setExitCode(PARTIAL);
  } catch (error) {
    if (!interrupt.signal.aborted || error instanceof CryptorunError) throw error;
    const code = interrupt.exitCode === 130 ? 'interrupted' : 'terminated';
    throw new CryptorunError(code, 'interrupted before anything was read', { cause: error });
  } finally {
    progress.clear();
    interrupt.release();
  }
}

const PARTIAL: keyof typeof EXIT_CODES = 10;

function configOf({ configPath }: ReplayCommandRequest, { env, cwd, packageRoot }: CliContext): EffectiveConfig {
  const loaded = loadConfig({ flags: configPath === null ? {} : { config: configPath }, env, cwd, packageRoot });
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  return loaded.config;
}

function requestOf(
  command: ReplayCommandRequest,
  config: EffectiveConfig,
  context: CliContext,
  signal: AbortSignal,
  progress: ProgressLine,
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
      restoredState: null,
    },
    signal,
    onProgress: (now) => progress.show(now),
  };
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
