/** `cryptorun ops status`: shows the last saved status and writes its snapshot. Measures nothing and changes no state. */

import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SwitchConfig } from '../../core/ops/ops-config.ts';
import { withSwitches } from '../../core/ops/replay-status.ts';
import type { StatusDocument } from '../../core/ops/status.ts';
import type { CliContext } from './context.ts';
import { CryptorunError } from './errors.ts';
import type { ColorChoice } from './terminal.ts';

/** What the command reads of the effective configuration. Folders are absolute. */
export interface OpsSettings {
  readonly switches: SwitchConfig;
  readonly artifactsDir: string;
  /** Where snapshots go unless `--output` says otherwise. */
  readonly outputDir: string;
  /** Null: snapshots are kept for ever. */
  readonly retentionDays: number | null;
}

/** The outside world of `ops status`; `shell/run` composes it from the config and the stores. */
export interface OpsStatusPorts {
  /** @throws CryptorunError `bad_config` with all problems */
  loadSettings(configPath: string | null): OpsSettings | Promise<OpsSettings>;
  /** The running scanner's status (`stateDir`, null: the default folder), else the last replay's, else null. */
  readStatus(artifactsDir: string, stateDir: string | null): StatusDocument | null;
  writeSnapshot(directory: string, document: StatusDocument, nowMs: number): { readonly stamped: string };
  removeOldSnapshots(directory: string, retentionDays: number, nowMs: number): readonly string[];
  /** Wall clock, ms since the epoch. */
  nowMs(): number;
}

interface OpsStatusOptions {
  readonly config?: string;
  readonly output?: string;
  readonly state?: string;
  readonly json?: boolean;
  readonly color: ColorChoice;
}

/**
 * Adds the hidden `ops` group.
 *
 * @param openPorts - called only when the command runs, so that other commands do not pay for its modules
 */
export function registerOpsCommand(
  program: Command,
  context: CliContext,
  openPorts: () => Promise<OpsStatusPorts>,
): void {
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
    .action(async (options: OpsStatusOptions) => showStatus(options, context, await openPorts()));
}

/**
 * Prints the status, then writes the snapshot: with a full disk the operator has still seen the tables.
 *
 * @throws CryptorunError `status_unknown` when nothing was ever saved; else whatever the ports throw
 */
async function showStatus(options: OpsStatusOptions, context: CliContext, ports: OpsStatusPorts): Promise<void> {
  const settings = await ports.loadSettings(options.config === undefined ? null : resolve(context.cwd, options.config));
  const saved = ports.readStatus(settings.artifactsDir, options.state ? resolve(context.cwd, options.state) : null);
  if (saved === null) throw nothingYet(settings.artifactsDir);
  const document = withSwitches(saved, settings.switches);
  const nowMs = ports.nowMs();
  context.stdout.write(await statusText(document, nowMs, options, context));
  const directory = options.output === undefined ? settings.outputDir : resolve(context.cwd, options.output);
  const { stamped } = ports.writeSnapshot(directory, document, nowMs);
  if (settings.retentionDays !== null) ports.removeOldSnapshots(directory, settings.retentionDays, nowMs);
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
