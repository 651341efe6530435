/** `cryptorun ops status`: shows the last saved status and writes its snapshot. Measures nothing and changes no state. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SwitchConfig } from '../../core/ops/ops-config.ts';
import type { StatusDocument } from '../../core/ops/status.ts';
import { withSwitches } from '../../core/ops/switch-rows.ts';
import type { CliContext } from '../context.ts';
import { CryptorunError } from '../errors.ts';
import type { ColorChoice } from './terminal.ts';

/** What the command reads of the effective configuration. Folders are absolute. */
export interface OpsSettings {
  readonly switches: SwitchConfig;
  readonly artifactsDir: string;
  /** Folder of the snapshots, and the name there of the latest. */
  readonly outputDir: string;
  readonly snapshotFilename: string;
  /** Days that stamped snapshots are kept; 0: for ever. */
  readonly retentionDays: number;
}

/** The two flags that config itself judges, as typed. */
export interface OpsFlags {
  readonly config?: string;
  readonly output?: string;
}

/** The outside world of `ops status`. Tests bring their own; `openOpsPorts` brings the config and the stores. */
export interface OpsPorts {
  /** @throws CryptorunError `bad_config` with all problems */
  loadSettings(flags: OpsFlags): OpsSettings;
  /** The running scanner's status (`stateDir`, null: the default folder), else the last replay's, else null. */
  readStatus(artifactsDir: string, stateDir: string | null): StatusDocument | null;
  writeSnapshot(settings: OpsSettings, document: StatusDocument, nowMs: number): { readonly stamped: string };
  removeOldSnapshots(directory: string, retentionDays: number, nowMs: number): readonly string[];
  /** Wall clock, ms since the epoch. */
  nowMs(): number;
}

interface OpsStatusOptions extends OpsFlags {
  readonly state?: string;
  readonly json?: boolean;
  readonly color: ColorChoice;
}

/**
 * Adds the hidden `ops` group.
 *
 * @param openPorts - called only when the command runs, so that other commands do not pay for its modules
 */
export function registerOpsCommand(program: Command, context: CliContext, openPorts = openOpsPorts): void {
  const ops = program.command('ops', { hidden: true }).description('operations: what state is it in?');
  ops
    .command('status')
    .description('show the operational status and write it as a CSV snapshot')
    .option('--config <path>', 'ops.yaml, or the folder that holds it')
    .option('--output <dir>', 'folder of the snapshots (default: artifacts.output_dir of the config)')
    .option('--state <dir>', "folder of the scanner's state (default: artifacts/state)")
    .option('--json', 'one JSON document on stdout instead of tables')
    .addOption(
      ops.createOption('--color <when>', 'colour the tables').choices(['auto', 'always', 'never']).default('auto'),
    )
    .action(async (options: OpsStatusOptions) => showStatus(options, context, await openPorts(context)));
}

/**
 * Prints the status, then writes the snapshot: with a full disk the operator has still seen the tables.
 *
 * @throws CryptorunError `status_unknown` when nothing was ever saved; else whatever the ports throw
 */
async function showStatus(options: OpsStatusOptions, context: CliContext, ports: OpsPorts): Promise<void> {
  const { config, output, state } = options;
  const settings = ports.loadSettings({ ...(config && { config }), ...(output && { output }) });
  const saved = ports.readStatus(settings.artifactsDir, state ? resolve(context.cwd, state) : null);
  if (saved === null) throw nothingYet(settings.artifactsDir);
  const document = withSwitches(saved, settings.switches);
  const nowMs = ports.nowMs();
  context.stdout.write(await statusText(document, nowMs, options, context));
  const { stamped } = ports.writeSnapshot(settings, document, nowMs);
  if (settings.retentionDays > 0) ports.removeOldSnapshots(settings.outputDir, settings.retentionDays, nowMs);
  context.stderr.write(`📁 Snapshot written to: ${stamped}\n`);
}

function nothingYet(artifactsDir: string): CryptorunError {
  const advice = '`cryptorun replay PATH` makes one';
  return new CryptorunError(
    'status_unknown',
    `no scanner and no replay yet: no status is saved under ${artifactsDir}; ${advice}`,
  );
}

async function statusText(
  document: StatusDocument,
  nowMs: number,
  options: OpsStatusOptions,
  { env, stdout }: CliContext,
): Promise<string> {
  if (options.json) return jsonText({ schema: 'cryptorun.status/v1', shownAtMs: nowMs, ...document });
  const { columnsOf, renderStatus, wantsColor } = await import('./terminal.ts');
  const color = wantsColor(options.color, env, stdout);
  return renderStatus(document, { columns: columnsOf(env, stdout), color, nowMs });
}

/** JSON that a terminal cannot obey: JSON itself leaves DEL, C1 and bidi controls as they are. */
function jsonText(value: object): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value, null, 2).replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, escaped)}\n`;
}

/** The real ports. What a scanner saves comes in here, before the replays, once there is a scanner. */
export async function openOpsPorts({ env, cwd, packageRoot }: CliContext): Promise<OpsPorts> {
  const [{ loadConfig }, { problemText }, { readLastReplayStatus }, snapshots] = await Promise.all([
    import('../config/load-config.ts'),
    import('../config/problem.ts'),
    import('../stores/saved-status.ts'),
    import('../stores/status-snapshot.ts'),
  ]);
  return {
    loadSettings(flags) {
      const loaded = loadConfig({ flags, env, cwd, packageRoot });
      if (!loaded.ok) throw new CryptorunError('bad_config', loaded.problems.map(problemText).join('\n'));
      const { ops, paths } = loaded.config;
      const { snapshotFilename, retentionDays } = ops.artifacts;
      const { artifactsDir, statusDir: outputDir } = paths;
      return { switches: ops.switches, artifactsDir, outputDir, snapshotFilename, retentionDays };
    },
    readStatus: (artifactsDir) => readLastReplayStatus(artifactsDir),
    writeSnapshot: ({ outputDir, snapshotFilename }, document, nowMs) =>
      snapshots.writeStatusSnapshot(outputDir, document, nowMs, snapshotFilename),
    removeOldSnapshots: snapshots.removeOldSnapshots,
    nowMs: Date.now,
  };
}
