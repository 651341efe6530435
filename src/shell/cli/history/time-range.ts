/** Reads the times that a question about the past is asked with. */

import { parseIsoMs } from '../../../core/base/time.ts';
import { CryptorunError } from '../../errors.ts';
import { durationMs } from '../duration.ts';

const AGO = /^-?[\d.]+(?:ms|s|m|h|d)$/;
const EPOCH_MS = /^\d{11,15}$/;

/**
 * Ms since the epoch of RFC 3339 text, of ms since the epoch, or of so long ago: `15m` and `-15m` are the same.
 *
 * @throws CryptorunError `usage`
 */
export function instantOf(option: string, text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  if (AGO.test(text)) return nowMs - durationMs(option, text.replace('-', ''));
  const ms = EPOCH_MS.test(text) ? Number(text) : parseIsoMs(text);
  if (!Number.isNaN(ms)) return ms;
  const wanted = 'wanted a time such as 2026-11-02T09:15:00Z, or how long ago, such as -15m';
  throw new CryptorunError('usage', `${option}: ${wanted}, found "${text}"`);
}

/** @throws CryptorunError `usage`, also for a range that holds no time */
export function rangeOf(
  { from, to }: { readonly from: string; readonly to?: string },
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number | null } {
  const fromMs = instantOf('--from', from, nowMs);
  const toMs = to === undefined ? null : instantOf('--to', to, nowMs);
  if (fromMs < (toMs ?? Number.POSITIVE_INFINITY)) return { fromMs, toMs };
  throw new CryptorunError('usage', `--from ${from}: not before --to ${to}`);
}
