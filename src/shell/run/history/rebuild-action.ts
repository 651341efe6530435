/** `cryptorun state rebuild`: composes configuration, lock, recording and history, and tells what came of it. */

import { resolve } from 'node:path';
import { isoText } from '../../../core/base/time.ts';
import { grouped } from '../../../core/render/replay-view.ts';
import { printJson } from '../../cli/control/print.ts';
import { configRequest } from '../../cli/place.ts';
import type { RebuildOptions } from '../../cli/state-command.ts';
import { instrumentSpecs, marketConfig } from '../../config/effective-config.ts';
import type { FullConfig } from '../../config/full-config.ts';
import { loadFullConfig } from '../../config/load-full-config.ts';
import { problemText } from '../../config/problem.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError, type EXIT_CODES } from '../../errors.ts';
import { onInterrupt } from '../interrupt.ts';
import { ProgressLine } from '../progress-line.ts';
import { signalSettings } from '../scan/scan-start.ts';
import { lockedState } from './locked-state.ts';
import { type RebuildResult, rebuildHistory } from './rebuild-history.ts';

const PARTIAL: keyof typeof EXIT_CODES = 10;

/** @throws CryptorunError `lock_held` while a scanner runs there, and all that keeps the recording from being read or the rows from being written */
export async function rebuildState(options: RebuildOptions, context: CliContext): Promise<void> {
  const loaded = loadFullConfig(configRequest(options, context));
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  const { config } = loaded;
  const interrupt = onInterrupt();
  const progress = new ProgressLine(context.stderr, true);
  try {
    const result = await lockedState(config.paths.stateDir, 'rebuild', () =>
      rebuildHistory({
        stateDir: config.paths.stateDir,
        history: config.history,
        paths: options.from.map((path) => resolve(context.cwd, path)),
        format: 'auto',
        venues: new Map(),
        session: options.session ?? null,
        symbols: null,
        fromMs: null,
        start: startOf(config),
        signal: interrupt.signal,
        onProgress: (now) => progress.show(now),
      }),
    );
    progress.clear();
    report(result, options, context);
    if (result.isInterrupted) context.setExitCode(interrupt.exitCode);
    else if (!result.isWhole || result.problems.length > 0) context.setExitCode(PARTIAL);
  } finally {
    progress.clear();
    interrupt.release();
  }
}

/** For recordings; a journal brings its own. */
function startOf(config: FullConfig) {
  return {
    kind: 'start',
    config: marketConfig(config, true),
    configHash: config.configHash,
    // It is told to journals only, and none is written.
    codeVersion: '',
    instruments: instrumentSpecs(config),
    signal: { ...signalSettings(config), stored: { alerts: [], silences: [] } },
    restoredState: null,
  } as const;
}

function report(result: RebuildResult, { format }: RebuildOptions, context: CliContext): void {
  const { name, messages, writtenRows, droppedRows, firstMs, lastMs, problems, isInterrupted } = result;
  for (const problem of problems) context.stderr.write(`${problem}\n`);
  if (isInterrupted) context.stderr.write('interrupted: what was read so far is in the history\n');
  const [from, to] = [isoText(firstMs), isoText(lastMs)];
  if (format === 'json') {
    const read = { source: name, from, to, messages };
    printJson({ schema: 'cryptorun.state-rebuild/v1', ...read, writtenRows, droppedRows, isInterrupted }, context);
    return;
  }
  context.stdout.write(
    `${grouped(writtenRows)} rows from ${grouped(messages)} messages of ${name}, ${from} to ${to}\n`,
  );
  context.stderr.write('rows older than they are kept (scanner.yaml, history) go again with the next scan\n');
}
