/** Which dialect speaks to which venue. The one list to extend for a new venue, beside the codecs. */

import type { Dialect } from '../dialect.ts';
import { binanceDialect } from './binance.ts';
import { bybitDialect } from './bybit.ts';
import { coinbaseDialect } from './coinbase.ts';
import { coinbaseAdvancedDialect } from './coinbase-advanced.ts';
import { krakenDialect } from './kraken.ts';
import { okxDialect } from './okx.ts';

const DIALECTS: Readonly<Record<string, Dialect>> = {
  binance: binanceDialect,
  binance_us: binanceDialect,
  binance_usdm: binanceDialect,
  binance_coinm: binanceDialect,
  kraken: krakenDialect,
  okx: okxDialect,
  coinbase: coinbaseDialect,
  coinbase_advanced: coinbaseAdvancedDialect,
  bybit_spot: bybitDialect,
  bybit_linear: bybitDialect,
  bybit_inverse: bybitDialect,
};

/** Null: a venue that is only read from recordings. */
export function dialectOf(venue: string): Dialect | null {
  return DIALECTS[venue] ?? null;
}
