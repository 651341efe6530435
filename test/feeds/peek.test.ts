/** Which frames a full queue may drop is told from the venues' own messages, and only depth is. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { depthSymbolOf } from '../../src/shell/feeds/driver/peek.ts';

const FRAMES: readonly (readonly [venue: string, frame: string, symbol: string | null])[] = [
  ['binance', '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate"}}', 'BTCUSDT'],
  ['binance_usdm', '{"stream":"ethusdt@depth@100ms","data":{}}', 'ETHUSDT'],
  ['binance', '{"stream":"btcusdt@trade","data":{"e":"trade"}}', null],
  ['binance', '{"stream":"btcusdt@bookTicker","data":{}}', null],
  ['kraken', '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[]}]}', 'BTC/USD'],
  ['kraken', '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD"}]}', null],
  ['okx', '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[]}', 'BTC-USDT'],
  ['okx', '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[]}', null],
  ['coinbase', '{"type":"l2update","product_id":"BTC-USD","changes":[]}', 'BTC-USD'],
  ['coinbase', '{"type":"snapshot","product_id":"BTC-USD","asks":[]}', 'BTC-USD'],
  ['coinbase', '{"type":"match","trade_id":1,"product_id":"BTC-USD"}', null],
  [
    'coinbase_advanced',
    '{"channel":"l2_data","client_id":"","timestamp":"","sequence_num":0,"events":[{"type":"update","product_id":"BTC-USD"}]}',
    'BTC-USD',
  ],
  ['bybit_linear', '{"topic":"orderbook.50.BTCUSDT","type":"delta"}', 'BTCUSDT'],
  ['bybit_spot', '{"topic":"publicTrade.BTCUSDT","type":"snapshot"}', null],
  ['kraken', 'no JSON at all', null],
  ['nobody', '{"stream":"btcusdt@depth"}', null],
];

test('depth and its symbol, by venue', () => {
  for (const [venue, frame, symbol] of FRAMES) {
    const bytes = Buffer.from(`__${frame}__`);
    assert.equal(depthSymbolOf(venue, bytes, 2, bytes.length - 2), symbol, `${venue} ${frame}`);
  }
});
