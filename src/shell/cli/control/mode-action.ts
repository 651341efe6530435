/** `ops mode`: shows what the run may do at all, or sets it. */

import { RUN_MODES, type RunMode } from '../../../core/ops/control/control.ts';
import type { CliContext } from '../../context.ts';
import { CryptorunError } from '../../errors.ts';
import type { ModeOptions } from '../ops-command.ts';
import type { Outside } from '../outside.ts';
import { confirmationText } from './confirmation.ts';
import { atDesk, perform, requestOf } from './desk.ts';
import { anchorJson, confirmationJson } from './json.ts';
import { printJson } from './print.ts';
import { atReadingDesk } from './reading-desk.ts';
import { answerTo, requireAnswer, waitLimit } from './wait-option.ts';

export async function showMode(options: ModeOptions, context: CliContext): Promise<void> {
  await atReadingDesk(options, context, ({ snapshot: { document, auditHead } }) => {
    const { mode, revision } = document;
    if (options.format === 'json') {
      printJson({ schema: 'cryptorun.mode/v1', mode, revision, audit: anchorJson(auditHead) }, context);
    } else context.stdout.write(`${mode}\n`);
  });
}

/** @throws CryptorunError `usage`, `permission_denied`, `timed_out`, and whatever `atDesk` throws */
export async function setMode(
  typed: string,
  options: ModeOptions,
  context: CliContext,
  outside: Outside,
): Promise<void> {
  if (!RUN_MODES.includes(typed as RunMode)) {
    throw new CryptorunError('usage', `ops mode: wanted one of ${RUN_MODES.join(', ')}, found "${typed}"`);
  }
  const mode = typed as RunMode;
  const limitMs = waitLimit(options);
  await atDesk(options, context, outside, async (desk) => {
    const before = desk.store.read().document.mode;
    const { reason = '' } = options;
    const request = await requestOf(desk, { kind: 'set_mode', mode }, { ...options, reason }, context);
    const done = perform(desk, request, 'mode', context);
    const answer = await answerTo(done, limitMs, desk);
    if (options.format === 'json') {
      const { isChanged: changed, revision } = done;
      const confirmation = answer === null ? null : confirmationJson(answer);
      const audit = anchorJson(done.snapshot.auditHead);
      printJson({ schema: 'cryptorun.mode/v1', changed, mode, revision, audit, confirmation }, context);
    } else {
      const changed = `changed the mode from ${before} to ${mode}, revision ${done.revision}`;
      context.stdout.write(`${done.isChanged ? changed : `nothing changed: the mode is ${mode} already`}\n`);
      if (answer !== null && answer.kind !== 'silent') context.stderr.write(`${confirmationText(answer)}\n`);
    }
    requireAnswer(answer);
  });
}
