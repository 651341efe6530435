/** `state doctor|restore`. A restore never releases anything: what was lost may have said "engaged". */

import { resolve } from 'node:path';
import { compareText } from '../../../core/ops/status.ts';
import { cell, gradeCell, left } from '../../../core/render/cells.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import { durationMs } from '../duration.ts';
import { actorOf, type Outside } from '../outside.ts';
import { configRequest } from '../place.ts';
import type { DoctorOptions, RestoreOptions } from '../state-command.ts';
import { controlDefaults } from './control-defaults.ts';
import { anchorJson } from './json.ts';
import { printJson, printTable } from './print.ts';

const CONFIRMATION = 'restore';
const EXIT_CRITICAL = 1;
const EXIT_WARN = 8;

export async function examine(options: DoctorOptions, context: CliContext, outside: Outside): Promise<void> {
  const [{ resolveHome }, { diagnose }] = await Promise.all([
    import('../../config/resolve-home.ts'),
    import('../../stores/control/doctor/diagnose.ts'),
  ]);
  const { stateDir } = resolveHome(configRequest(options, context));
  const findings = diagnose(stateDir, { nowMs: outside.nowMs() });
  if (options.format === 'json') {
    printJson({ schema: 'cryptorun.state-doctor/v1', findings: findings.map((finding) => ({ ...finding })) }, context);
  } else {
    const rows = findings.map(({ check, grade, evidence }) => [cell(check), gradeCell(grade), cell(evidence)]);
    await printTable([left('Check', 12), left('Grade', 10), left('Evidence', 0)], rows, 'nothing to look at', context);
  }
  const grades = findings.map((finding) => finding.grade);
  if (grades.includes('CRITICAL')) context.setExitCode(EXIT_CRITICAL);
  else if (grades.includes('WARN')) context.setExitCode(EXIT_WARN);
}

/** @throws CryptorunError `usage`, `permission_denied` without the confirmation, and what `restoreState` throws */
export async function restore(options: RestoreOptions, context: CliContext, outside: Outside): Promise<void> {
  const from = sourceOf(options, context.cwd);
  const tokenTtlMs = durationMs('--ttl', options.ttl);
  if (options.confirm !== CONFIRMATION) {
    throw new CryptorunError(
      'permission_denied',
      `refused: say --confirm ${CONFIRMATION}; all tokens become void by it`,
    );
  }
  const [{ configOrDefaults }, { restoreState }] = await Promise.all([
    import('../../config/config-or-defaults.ts'),
    import('../../stores/control/doctor/restore-state.ts'),
  ]);
  const { config } = configOrDefaults(configRequest(options, context));
  const actor = { ...actorOf(context.env, outside), via: 'doctor' };
  const { reason } = options;
  const request = { from, actor, reason, nowMs: outside.nowMs(), tokenTtlMs, defaults: controlDefaults(config) };
  const { token, snapshot, keptAside, notes } = restoreState(config.paths.stateDir, request);
  for (const note of notes) context.stderr.write(`note: ${note}\n`);
  if (options.format === 'json') {
    const [audit, made] = [anchorJson(snapshot.auditHead), { id: token.id, role: 'admin', secret: token.secret }];
    printJson(
      { schema: 'cryptorun.state-restore/v1', changed: true, token: made, keptAside: [...keptAside], audit },
      context,
    );
    return;
  }
  const kept = [...keptAside].sort(compareText).map((path) => `kept aside: ${path}\n`);
  context.stderr.write(
    `restored ${config.paths.stateDir}; the kill switch stays ENGAGED, all earlier tokens are void\n`,
  );
  for (const line of kept) context.stderr.write(line);
  context.stderr.write(`the secret of the new admin token ${token.id}, shown only this once, is on stdout\n`);
  context.stdout.write(`${token.secret}\n`);
}

function sourceOf({ fromAudit, from }: RestoreOptions, cwd: string) {
  if ((fromAudit === true) === (from !== undefined)) {
    throw new CryptorunError('usage', 'state restore: wanted one of --from-audit and --from FILE');
  }
  return from === undefined ? ({ kind: 'audit' } as const) : ({ kind: 'file', path: resolve(cwd, from) } as const);
}
