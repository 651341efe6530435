/** Single messages of the newest wire formats (nautilus fixtures): both readings agree, and the first tick says what it must. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readableBatch } from '../support/codec-harness.ts';
import { hasMarketdata, MARKETDATA } from '../support/marketdata.ts';
import { parseText, printText } from './support/json-text.ts';
import { Twins } from './support/twins.ts';

const skip = hasMarketdata ? false : 'no recorded market data here';

/** File, venue, outcome with its reason, ticks, and the first tick in a few words. */
const FIXTURES: readonly (readonly [string, string, string])[] = [
  ['bybit/ws_kline.json', 'bybit_linear', 'unknown unknown_channel:kline'],
  ['bybit/ws_orderbook_delta.json', 'bybit_linear', '1 bbo BTCUSDT 27450,0.4 , 123456790'],
  ['bybit/ws_orderbook_snapshot.json', 'bybit_linear', '1 bbo BTCUSDT 27450.0,0.50 27451.0,0.75 123456789'],
  ['bybit/ws_public_trade.json', 'bybit_linear', '1 trade BTCUSDT 27451 0.01 1'],
  ['bybit/ws_subscription_ack.json', 'bybit_linear', 'ack'],
  ['bybit/ws_subscription_failure.json', 'bybit_linear', 'error subscribe_refused'],
  ['bybit/ws_ticker_linear.json', 'bybit_linear', '2 ticker BTCUSDT 17217.33 -0.000212'],
  ['bybit/ws_ticker_option.json', 'bybit_linear', '1 ticker BTC-6JAN23-17500-C 7.86976724'],
  ['coinbase/ws_candles.json', 'coinbase_advanced', 'unknown unknown_channel:candles'],
  ['coinbase/ws_heartbeats.json', 'coinbase_advanced', 'heartbeat'],
  ['coinbase/ws_l2_data_snapshot.json', 'coinbase_advanced', '1 depth_snapshot BTC-USD 68900.0x1.50 68901.0x0.50'],
  ['coinbase/ws_l2_data_update.json', 'coinbase_advanced', '1 depth_delta BTC-USD 68900x2 68901x0'],
  ['coinbase/ws_market_trades.json', 'coinbase_advanced', '2 trade BTC-USD 68900.5 0.0015 -1'],
  ['coinbase/ws_subscriptions.json', 'coinbase_advanced', 'ack'],
  ['coinbase/ws_ticker.json', 'coinbase_advanced', '1 bbo BTC-USD 68900,1.5 68901,0.5'],
  ['coinbase/ws_user.json', 'coinbase_advanced', 'unknown unknown_channel:user'],
  ['kraken/ws_book_snapshot.json', 'kraken', '1 depth_snapshot BTC/USD 105944.20x0.136 105944.30x0.136 2439117997'],
  ['kraken/ws_book_update.json', 'kraken', '1 depth_delta BTC/USD 105944.20x0.250 2114181697'],
  ['kraken/ws_l3_snapshot.json', 'kraken', 'unknown unknown_channel:level3'],
  ['kraken/ws_l3_update_add.json', 'kraken', 'unknown unknown_channel:level3'],
  ['kraken/ws_l3_update_delete.json', 'kraken', 'unknown unknown_channel:level3'],
  ['kraken/ws_l3_update_modify_price.json', 'kraken', 'unknown unknown_channel:level3'],
  ['kraken/ws_l3_update_modify_qty.json', 'kraken', 'unknown unknown_channel:level3'],
  ['kraken/ws_ohlc_update.json', 'kraken', 'unknown unknown_channel:ohlc'],
  ['kraken/ws_pong.json', 'kraken', 'heartbeat'],
  ['kraken/ws_ticker_snapshot.json', 'kraken', '1 bbo BTC/USD 105944.20,2.5 105944.30,3.2'],
  ['kraken/ws_trade_update.json', 'kraken', '2 trade BTC/USD 105944.20 0.00027625 1'],
  ['okx/ws_bbo_tbt.json', 'okx', '1 bbo BTC-USDT 8476.97,256 8476.98,415 123456'],
  ['okx/ws_books_snapshot.json', 'okx', '1 depth_snapshot BTC-USDT 8476.97x256 8476.98x415 123456 -855196043'],
  ['okx/ws_books_update.json', 'okx', '1 depth_delta BTC-USDT 8476.97x256 8476.98x415 123457 -855196043'],
  ['okx/ws_candle.json', 'okx', 'unknown unknown_channel:candle1_d'],
  ['okx/ws_funding_rate.json', 'okx', '1 ticker BTC-USDT-SWAP 0.0001'],
  ['okx/ws_instruments.json', 'okx', 'status'],
  ['okx/ws_opt_summary.json', 'okx', 'malformed bad_shape'],
  ['okx/ws_tickers.json', 'okx', '1 bbo BTC-USDT 8888.88,5 9999.99,11'],
  ['okx/ws_trades.json', 'okx', '1 trade BTC-USD 42219.9 0.12060306 1'],
];

for (const [path, venue, expected] of FIXTURES) {
  test(`${path} is ${expected.slice(0, 60)}`, { skip }, () => {
    const text = readFileSync(join(MARKETDATA, 'nautilus/ws_fixtures', path), 'latin1');
    const twins = new Twins(venue);
    // As it lies there, then as venues send it: without spaces, twice, so that a shape may be learned and used.
    const compact = printText(parseText(text)!);
    for (const frame of [text, compact, compact]) {
      const bytes = Buffer.from(frame, 'latin1');
      const outcome = twins.check(bytes, 0, bytes.length);
      assert.equal(inWords(twins, outcome), expected);
    }
  });
}

function inWords({ slow: { batch } }: Twins, outcome: Parameters<typeof readableBatch>[0]): string {
  const { reason, ticks } = readableBatch(outcome, batch);
  const [first] = ticks;
  if (first === undefined) return `${outcome} ${reason}`.trim();
  const { kind, symbol, price, size, takerSide, bid, ask, bids, asks, lastId, checksum, markPrice, fundingRate } =
    first;
  const best = (side: unknown) => (side as string[][] | undefined)?.[0]?.join('x');
  const words = [
    kind,
    symbol,
    price,
    size,
    takerSide,
    bid,
    ask,
    best(bids),
    best(asks),
    lastId,
    checksum,
    markPrice,
    fundingRate,
  ];
  return [ticks.length, ...words.filter((word) => word !== undefined && word !== null)].join(' ');
}
