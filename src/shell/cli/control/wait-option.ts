/** `--wait` and `--timeout` of the commands that change the control document. */

import { CryptorunError } from '../../errors.ts';
import { durationOr } from '../duration.ts';
import type { WaitOptions } from '../shared-options.ts';
import { type Confirmation, confirmation, confirmationText, revisionSeen } from './confirmation.ts';
import type { Desk, Done } from './desk.ts';

const DEFAULT_TIMEOUT_MS = 2000;

/**
 * How long to wait; null: not at all.
 *
 * @throws CryptorunError `usage`
 */
export function waitLimit({ wait, timeout }: WaitOptions): number | null {
  const limitMs = durationOr('--timeout', timeout, DEFAULT_TIMEOUT_MS);
  return wait ? limitMs : null;
}

/** What the running scanner says to a change; null: it was not asked. */
export async function answerTo(done: Done, limitMs: number | null, desk: Desk): Promise<Confirmation | null> {
  if (limitMs === null) return null;
  return confirmation(desk.stateDir, revisionSeen(done.revision, done.committedAtMs), limitMs, desk.outside);
}

/** @throws CryptorunError `timed_out`: the change stands, but the scanner did not answer */
export function requireAnswer(answer: Confirmation | null): void {
  if (answer?.kind === 'silent')
    throw new CryptorunError('timed_out', `it is written down, but ${confirmationText(answer)}`);
}
