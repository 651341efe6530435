/** `killswitch deactivate`: token, checks and release in one transaction, then the `KILL` file. In between it stays engaged. */

import type { JsonObject } from '../../../core/base/json.ts';
import type { CheckResult } from '../../../core/ops/control/control.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { KillFileState } from '../../stores/control/kill-file-state.ts';
import { durationOr } from '../duration.ts';
import type { DeactivateOptions } from '../killswitch-command.ts';
import type { Outside } from '../outside.ts';
import { auditJudge, checksNow } from './check-facts.ts';
import { type Confirmation, confirmation, confirmationText, releaseSeen, STALE_AFTER_MS } from './confirmation.ts';
import { atDesk, type Desk, type Done, perform, requestOf } from './desk.ts';
import { anchorJson, checkJson, confirmationJson } from './json.ts';
import { printJson } from './print.ts';
import { lateRequest } from './record-late.ts';

const CONFIRMATION = 'release';
const DEFAULT_TIMEOUT_MS = 2000;

/**
 * Releases, or says everything that stands in the way.
 *
 * @throws CryptorunError `permission_denied` without confirmation or a valid admin's token; `precondition_failed` with every
 *   failed check; `unconfirmed` when a running scanner stays latched; whatever `atDesk` throws
 */
export async function deactivate(options: DeactivateOptions, context: CliContext, outside: Outside): Promise<void> {
  if (options.confirm !== CONFIRMATION) {
    throw new CryptorunError('permission_denied', `refused: say --confirm ${CONFIRMATION} to release the kill switch`);
  }
  const timeoutMs = durationOr('--timeout', options.timeout, DEFAULT_TIMEOUT_MS);
  await atDesk(options, context, outside, async (desk) => {
    const { readKillFile } = await import('../../stores/control/kill-file-state.ts');
    const file = readKillFile(desk.stateDir);
    if (file.kind === 'absent' && desk.store.read().document.kill.kind === 'released') {
      tell({ isChanged: false, checks: [], answer: null, desk }, options, context);
      return;
    }
    const { done, checks } = await release(desk, file, options, context);
    const { clear } = await import('../../stores/control/kill-file.ts');
    clear(desk.stateDir, file);
    const answer = await confirmation(desk.stateDir, releaseSeen(done.committedAtMs), timeoutMs, outside);
    tell({ isChanged: true, checks, answer, desk }, options, context);
    if (answer.kind === 'silent') throw new CryptorunError('unconfirmed', `released, but ${confirmationText(answer)}`);
  });
}

/** The checks are of this very moment; the reducer judges them together with the token. */
async function release(
  desk: Desk,
  file: KillFileState,
  options: DeactivateOptions,
  context: CliContext,
): Promise<{ readonly done: Done; readonly checks: readonly CheckResult[] }> {
  const { store, stateDir, config, outside, defaults } = desk;
  // What a crash after an earlier release left: engaged by the file alone.
  if (file.kind !== 'absent' && store.read().document.kill.kind === 'released') {
    store.change(lateRequest(file, desk.actor.host, outside.nowMs()), defaults);
  }
  const [{ readHeartbeat }, judge] = await Promise.all([
    import('../../stores/control/heartbeat-file.ts'),
    auditJudge(stateDir),
  ]);
  const heartbeat = readHeartbeat(stateDir, { nowMs: outside.nowMs(), staleAfterMs: STALE_AFTER_MS });
  const checks = await checksNow(config, heartbeat, judge(store), outside);
  const request = await requestOf(desk, { kind: 'release', checks }, options, context);
  return { done: perform(desk, request, 'kill switch', context), checks };
}

interface Result {
  readonly isChanged: boolean;
  readonly checks: readonly CheckResult[];
  readonly answer: Confirmation | null;
  readonly desk: Desk;
}

function tell(result: Result, options: DeactivateOptions, context: CliContext): void {
  const { isChanged, answer } = result;
  if (options.format === 'json') {
    printJson(resultJson(result), context);
    return;
  }
  if (!isChanged) {
    context.stdout.write('nothing changed: the kill switch is released already\n');
    return;
  }
  context.stdout.write(`released the kill switch; ${result.checks.length} checks passed\n`);
  if (answer !== null && answer.kind !== 'silent') context.stderr.write(`${confirmationText(answer)}\n`);
}

function resultJson({ isChanged, checks, answer, desk }: Result): JsonObject {
  return {
    schema: 'cryptorun.killswitch-change/v1',
    changed: isChanged,
    active: false,
    checks: checks.map(checkJson),
    confirmation: answer === null ? null : confirmationJson(answer),
    audit: anchorJson(desk.store.read().auditHead),
  };
}
