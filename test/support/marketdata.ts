/** Finds the folder of recorded exchange data, which is not part of the project. Reads nothing from it. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const MARKETDATA =
  process.env.CRYPTORUN_MARKETDATA ?? fileURLToPath(new URL('../../../shared/marketdata', import.meta.url));
export const hasMarketdata = existsSync(MARKETDATA);
