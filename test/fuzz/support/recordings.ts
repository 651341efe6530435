/** The recordings that the codec tests read, and one loop over their frames. Skips nothing quietly: a problem throws. */

import { join } from 'node:path';
import { openRecordings } from '../../../src/shell/recording/open.ts';
import type { RecordedRecord } from '../../../src/shell/recording/record.ts';
import { MARKETDATA } from '../../support/marketdata.ts';

/** Every recording of a supported venue, by what it is. */
export const RECORDINGS: Readonly<Record<string, string>> = {
  'Binance spot BTC': 'hftbacktest/binance_spot/btcusdt_20240808.gz',
  'Binance spot ETH': 'hftbacktest/binance_spot/ethusdt_20240808.gz',
  'Binance USD-M BTC': 'hftbacktest/binance_usdm/btcusdt_20240808.gz',
  'Binance USD-M ETH': 'hftbacktest/binance_usdm/ethusdt_20240808.gz',
  'Binance COIN-M BTC': 'hftbacktest/binance_coinm/btcusd_perp_20240808.gz',
  'Binance COIN-M ETH': 'hftbacktest/binance_coinm/ethusd_perp_20240808.gz',
  'Binance spot 2021': 'cryptofeed/raw/BINANCE',
  'Binance USD-M 2021': 'cryptofeed/raw/BINANCE_FUTURES',
  'Binance US 2021': 'cryptofeed/raw/BINANCE_US',
  'Kraken v1': 'cryptofeed/raw/KRAKEN',
  'Kraken v2': 'kraken_v2_fixture/tickvault_kraken_book_20260824.jsonl',
  OKX: 'cryptofeed/raw/OKX',
  Coinbase: 'cryptofeed/raw/COINBASE',
  Bybit: 'cryptofeed/v3_jsonl/BYBIT.jsonl.zst',
  'Bybit depth 500': 'nautilus/bybit/xrpusdt-ob500.data.zip',
};

/** Calls `visit` for each frame in merged order; it may answer false to stop. */
export async function forEachFrame(
  path: string,
  visit: (record: RecordedRecord) => boolean | undefined,
): Promise<void> {
  const recordings = await openRecordings([join(MARKETDATA, path)]);
  try {
    if (recordings.problems.length > 0) throw new Error(recordings.problems[0]!.message);
    while (await recordings.ready()) {
      for (let record = recordings.next(); record !== null; record = recordings.next()) {
        if (record.kind === 'frame' && visit(record) === false) return;
      }
    }
  } finally {
    await recordings.close();
  }
}
