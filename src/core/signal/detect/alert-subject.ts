/** What an alert is about, in words: the same in rows, lines and messages. Judges nothing. */

import type { AlertRecord } from './alert-record.ts';

/** Stands before the limit. */
export const CONDITION_SIGNS: Readonly<Record<AlertRecord['condition'], string>> = {
  gt: '> ',
  lt: '< ',
  abs_gt: 'beyond +-',
  abs_lt: 'within +-',
};

/** `binance BTC-USDT`, `kraken`, `kraken.rest`; `scanner` where it is the whole run. */
export function alertSubject({ venue, instrument }: Pick<AlertRecord, 'venue' | 'instrument'>): string {
  const parts = [venue, instrument].filter((part) => part !== null);
  return parts.length === 0 ? 'scanner' : parts.join(' ');
}
