/** `ops prune`: removes status snapshots that are older than the configuration keeps them. Removes nothing else. */

import { sizeText } from '../../../core/render/value-text.ts';
import type { CliContext } from '../../context.ts';
import { printJson } from '../control/print.ts';
import { strictConfig } from '../control/strict-config.ts';
import type { PruneOptions } from '../ops-command.ts';
import type { Outside } from '../outside.ts';
import { configRequest } from '../place.ts';

export async function prune(options: PruneOptions, context: CliContext, outside: Outside): Promise<void> {
  const { output, dryRun = false, quiet = false } = options;
  const request = configRequest(options, context);
  const config = await strictConfig({ ...request, flags: { ...request.flags, ...(output && { output }) } });
  const { pruneSnapshots } = await import('../../stores/status-snapshot.ts');
  const { retentionDays } = config.ops.artifacts;
  const { statusDir } = config.paths;
  const old = pruneSnapshots(statusDir, { retentionDays, nowMs: outside.nowMs(), isDryRun: dryRun });
  const bytes = old.reduce((sum, one) => sum + one.bytes, 0);
  if (options.format === 'json') {
    const snapshots = old.map((one) => ({ name: one.name, bytes: one.bytes }));
    printJson({ schema: 'cryptorun.prune/v1', dryRun, folder: statusDir, retentionDays, bytes, snapshots }, context);
    return;
  }
  if (quiet) return;
  for (const { name } of old) context.stdout.write(`${name}\n`);
  const kept = retentionDays > 0 ? `older than ${retentionDays} days` : 'none: retention_days 0 keeps them for ever';
  const verb = dryRun ? 'would remove' : 'removed';
  context.stderr.write(`${verb} ${old.length} snapshots (${sizeText(bytes)}) from ${statusDir}, ${kept}\n`);
}
