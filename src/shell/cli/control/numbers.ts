/** Reads whole numbers from options. */

import { CryptorunError } from '../../errors.ts';

/** @throws CryptorunError `usage` for anything but a whole number from 1 to 999999999 */
export function countOf(option: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CryptorunError('usage', `${option}: wanted a whole number from 1, found "${text}"`);
}
