/** Reads durations such as `30m` from options. The one place that knows how they are written. */

import { CryptorunError } from '../errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;

/**
 * Whole ms of a text such as `90s`, `30m`, `2h` or `1d`.
 *
 * @param option - what the error calls it, such as `--for`
 * @throws CryptorunError `usage`
 */
export function durationMs(option: string, text: string): number {
  const parts = DURATION.exec(text.trim());
  if (parts === null) {
    throw new CryptorunError('usage', `${option}: wanted a duration such as 90s, 30m, 2h or 1d, found "${text}"`);
  }
  return Math.round(Number(parts[1]) * UNIT_MS[parts[2]!]!);
}

/** The same, or what holds when the option was not given. */
export function durationOr<T>(option: string, text: string | undefined, otherwise: T): number | T {
  return text === undefined ? otherwise : durationMs(option, text);
}
