/** Which codec reads which venue. The one list to extend for a new venue, beside `SEQUENCE_RULES`. */

import { BinanceCodec } from './binance.ts';
import { BybitCodec } from './bybit.ts';
import type { CodecTools, VenueCodec } from './codec.ts';
import { CoinbaseCodec } from './coinbase.ts';
import { CoinbaseAdvancedCodec } from './coinbase-advanced.ts';
import { KrakenCodec } from './kraken.ts';
import { OkxCodec } from './okx.ts';

/** `bybit` is Bybit with its product unknown (a recording without URLs). */
const CODECS: Readonly<Record<string, new (tools: CodecTools) => VenueCodec>> = {
  binance: BinanceCodec,
  binance_us: BinanceCodec,
  binance_usdm: BinanceCodec,
  binance_coinm: BinanceCodec,
  kraken: KrakenCodec,
  okx: OkxCodec,
  coinbase: CoinbaseCodec,
  coinbase_advanced: CoinbaseAdvancedCodec,
  bybit: BybitCodec,
  bybit_spot: BybitCodec,
  bybit_linear: BybitCodec,
  bybit_inverse: BybitCodec,
};

/** All venue names, sorted. */
export const VENUES: readonly string[] = Object.keys(CODECS).sort();

/** A codec for the venue; null when we have none. */
export function makeCodec(venue: string, tools: CodecTools): VenueCodec | null {
  const Codec = CODECS[venue];
  return Codec === undefined ? null : new Codec(tools);
}

/** The exchange whose API a venue is: budgets, quotas and breakers are kept for it. */
export function providerOf(venue: string): string {
  if (venue === 'binance_us') return venue;
  return venue.split('_')[0]!;
}
