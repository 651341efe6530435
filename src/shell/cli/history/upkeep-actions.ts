/** `state size|vacuum|reset`: how much is kept, and less of it. The audit, the switches and the journals are never touched. */

import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../core/base/json.ts';
import { cell, left, right } from '../../../core/render/cells.ts';
import { grouped } from '../../../core/render/replay-view.ts';
import { clockText, knownIsoText, sizeText } from '../../../core/render/value-text.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { TableSize } from '../../stores/history/sqlite-history-source.ts';
import { printJson, printTable } from '../control/print.ts';
import { actorOf, type Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import type { PlaceOptions } from '../shared-options.ts';
import type { ResetOptions, SizeOptions } from '../state-command.ts';

const CONFIRMATION = 'reset';
/** How long the audit's record waits for another writer. */
const BUSY_TIMEOUT_MS = 2000;

interface FileSize {
  readonly name: string;
  readonly bytes: number;
}

export async function showSize(options: SizeOptions, context: CliContext, outside: Outside): Promise<void> {
  const stateDir = await stateDirOf(options, context);
  const files = await filesOf(stateDir);
  const tables = await tablesOf(stateDir);
  if (options.format === 'json') {
    const rows = tables.map(
      ({ oldestMs, newestMs, ...table }): JsonObject => ({
        ...table,
        oldest: knownIsoText(oldestMs),
        newest: knownIsoText(newestMs),
      }),
    );
    printJson(
      { schema: 'cryptorun.state-size/v1', stateDir, files: files.map((file) => ({ ...file })), tables: rows },
      context,
    );
    return;
  }
  const fileRows = files.map(({ name, bytes }) => [cell(name), cell(sizeText(bytes))]);
  await printTable([left('File', 12), right('Size', 8)], fileRows, `${stateDir} holds nothing`, context);
  const rows = tables.map(({ table, rows: count, bytes, oldestMs, newestMs }) => [
    cell(table),
    cell(grouped(count)),
    cell(sizeText(bytes)),
    ...[oldestMs, newestMs].map((ms) => cell(ms === null ? '-' : clockText(ms, outside.nowMs()))),
  ]);
  const columns = [
    left('Table', 12),
    right('Rows', 6),
    right('Size', 8),
    left('Oldest (UTC)', 10),
    left('Newest (UTC)', 10),
  ];
  await printTable(columns, rows, 'there is no history yet', context);
}

/** What the guide's clean-up does by hand: old rows out by each table's own age, then the space given back. */
export async function vacuum(options: SizeOptions, context: CliContext, outside: Outside): Promise<void> {
  const [{ loadFullConfig }, { problemText }, { lockedState }, { SqliteHistorySink }] = await Promise.all([
    import('../../config/load-full-config.ts'),
    import('../../config/problem.ts'),
    import('../../run/history/locked-state.ts'),
    import('../../stores/history/sqlite-history-sink.ts'),
  ]);
  const loaded = loadFullConfig(configRequest(options, context));
  if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
  const { paths, history } = loaded.config;
  const before = await tablesOf(paths.stateDir, true);
  const beforeBytes = await historyBytes(paths.stateDir);
  await lockedState(paths.stateDir, 'vacuum', async () => {
    const sink = new SqliteHistorySink(paths.stateDir);
    while (sink.pruneSlice(outside.nowMs(), history.retentionDays));
    sink.vacuum();
    await sink.close();
  });
  const rowsOut = sumOf(before) - sumOf(await tablesOf(paths.stateDir));
  const afterBytes = await historyBytes(paths.stateDir);
  if (options.format === 'json') {
    printJson(
      { schema: 'cryptorun.state-vacuum/v1', removedRows: rowsOut, bytesBefore: beforeBytes, bytesAfter: afterBytes },
      context,
    );
    return;
  }
  const sizes = `${sizeText(beforeBytes)} before, ${sizeText(afterBytes)} after`;
  context.stdout.write(`${grouped(rowsOut)} rows were older than they are kept; history.db: ${sizes}\n`);
}

/** @throws CryptorunError `permission_denied` without the confirmation, `lock_held` while a scanner runs */
export async function reset(options: ResetOptions, context: CliContext, outside: Outside): Promise<void> {
  const stateDir = await stateDirOf(options, context);
  const present = await filesOf(stateDir);
  const wiped = WIPED.flatMap((name) => present.filter((file) => file.name === name));
  const kept = present.filter(({ name }) => !WIPED.includes(name));
  for (const line of planLines(wiped, kept)) context.stderr.write(`${line}\n`);
  if (options.confirm !== CONFIRMATION) {
    throw new CryptorunError('permission_denied', `refused: say --confirm ${CONFIRMATION}; nothing was wiped`);
  }
  if (present.length > 0) {
    const { lockedState } = await import('../../run/history/locked-state.ts');
    await lockedState(stateDir, 'reset', () => {
      for (const { name } of wiped) rmSync(join(stateDir, name), { force: true });
    });
    if (wiped.length > 0) await recordReset(options, wiped, context, outside);
  }
  if (options.format === 'json') {
    const names = (files: readonly FileSize[]): string[] => files.map(({ name }) => name);
    printJson(
      { schema: 'cryptorun.state-reset/v1', changed: wiped.length > 0, wiped: names(wiped), kept: names(kept) },
      context,
    );
    return;
  }
  const bytes = wiped.reduce((sum, file) => sum + file.bytes, 0);
  context.stdout.write(wiped.length === 0 ? 'there was nothing to wipe\n' : `wiped ${sizeText(bytes)}\n`);
}

/** What is only of the past, in the order in which it goes. All else is what operators decided and what they did, and stays. */
const WIPED: readonly string[] = ['history.db-wal', 'history.db-shm', 'history.db', 'status.json', 'health.json'];

/** Who wiped what, and when, in the audit; where that cannot be written now, it is told, and the reset stands. */
async function recordReset(
  { config, state, reason = '' }: ResetOptions,
  wiped: readonly FileSize[],
  context: CliContext,
  outside: Outside,
): Promise<void> {
  const [{ configOrDefaults }, { controlDefaults }, { openIfThere }] = await Promise.all([
    import('../../config/config-or-defaults.ts'),
    import('../control/control-defaults.ts'),
    import('../control/reading-desk.ts'),
  ]);
  const place = { ...(config && { config }), ...(state && { state }) };
  const { config: effective } = configOrDefaults(configRequest(place, context));
  const what = { from: wiped.map(({ name }) => name).join(' '), to: null };
  const command = { kind: 'record', action: 'state_reset', target: 'history', ...what } as const;
  const who = { actor: actorOf(context.env, outside), reason, atMs: outside.nowMs(), tokenHash: null };
  try {
    const store = await openIfThere(effective.paths.stateDir, BUSY_TIMEOUT_MS);
    store?.change({ command, ...who }, controlDefaults(effective));
    store?.close();
  } catch (error) {
    if (!(error instanceof CryptorunError)) throw error;
    context.stderr.write(`it is wiped, but not in the audit: ${error.message}\n`);
  }
}

function planLines(wiped: readonly FileSize[], kept: readonly FileSize[]): string[] {
  const list = (files: readonly FileSize[]): string =>
    files.length === 0 ? 'nothing' : files.map(({ name, bytes }) => `${name} (${sizeText(bytes)})`).join(', ');
  return [
    `wiped for good: ${list(wiped)}`,
    `kept: ${list(kept)}`,
    'kept: journals, recordings, logs and everything else outside of this folder',
  ];
}

async function stateDirOf(options: PlaceOptions, context: CliContext): Promise<string> {
  const { resolveHome } = await import('../../config/resolve-home.ts');
  return resolveHome(configRequest(options, context)).stateDir;
}

/** Plain files of the state folder, by name. */
async function filesOf(stateDir: string): Promise<FileSize[]> {
  const [{ statIfThere }, { storeError }] = await Promise.all([
    import('../../stores/control/state-folder.ts'),
    import('../../stores/atomic-file.ts'),
  ]);
  if (statIfThere(stateDir) === null) return [];
  try {
    const names = readdirSync(stateDir).sort();
    return names.flatMap((name) => {
      const found = statIfThere(join(stateDir, name));
      return found?.isFile() ? [{ name, bytes: found.size }] : [];
    });
  } catch (cause) {
    throw storeError(`cannot list ${stateDir}`, cause);
  }
}

async function historyBytes(stateDir: string): Promise<number> {
  const files = await filesOf(stateDir);
  return files.reduce((sum, { name, bytes }) => sum + (name.startsWith('history.db') ? bytes : 0), 0);
}

/** @param mustBe - without a history there is nothing to do */
async function tablesOf(stateDir: string, mustBe = false): Promise<readonly TableSize[]> {
  const { SqliteHistorySource } = await import('../../stores/history/sqlite-history-source.ts');
  try {
    const source = new SqliteHistorySource(stateDir);
    const sizes = source.sizes();
    source.close();
    return sizes;
  } catch (error) {
    if (!mustBe && error instanceof CryptorunError && error.code === 'history_unknown') return [];
    throw error;
  }
}

function sumOf(tables: readonly TableSize[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}
