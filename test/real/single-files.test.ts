/** The Kraken v2 fixture, the Bybit archive, and single messages of today's wire formats: each replays, or says why not. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { assertRefused, cryptorun, replayJson } from '../cli/support/cryptorun.ts';
import { at, filesIn, skip } from './support/payloads.ts';

test('Kraken v2: the four checksums of its fixture', { skip }, () => {
  const path = at('kraken_v2_fixture/tickvault_kraken_book_20260824.jsonl');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const { instruments, totals } = replayJson([path]);
  assert.equal(totals.messages, lines.length);
  const [book] = instruments;
  assert.deepEqual([book!.checksumOk, book!.checksumBad, book!.bookState], [4, 0, 'live']);
  assert.equal(book!.depthUpdates, lines.filter((line) => line.includes('"book","type":"update"')).length);
  assert.equal(book!.depthSnapshots, 1);
});

test('Bybit: a zip of a day’s order book', { skip }, () => {
  const { instruments, totals } = replayJson([at('nautilus/bybit/xrpusdt-ob500.data.zip')]);
  // Stored, not deflated: its lines can be counted as they lie there.
  const text = readFileSync(at('nautilus/bybit/xrpusdt-ob500.data.zip'), 'latin1');
  const snapshots = text.split('"type":"snapshot"').length - 1;
  const deltas = text.split('"type":"delta"').length - 1;
  assert.ok(snapshots > 0 && deltas > 0);
  assert.equal(totals.messages, snapshots + deltas);
  assert.deepEqual(
    instruments.map((one) => [one.venue, one.symbol, one.depthSnapshots, one.depthUpdates, one.gaps, one.bookState]),
    [['bybit', 'XRPUSDT', snapshots, deltas, 0, 'live']],
  );
});

/**
 * What one message of each kind is: counts of the only instrument, or the reason it is not read; nothing for acks and the like.
 *
 * The book snapshots of kraken and okx are examples with made-up checksums, so their books must not be believed.
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, number | string>>>> = {
  'kraken/ws_book_snapshot': { depthSnapshots: 1, checksumBad: 1, bookState: 'stale' },
  'kraken/ws_book_update': { depthUpdates: 1, checksumBad: 0, bookState: 'empty' },
  'kraken/ws_ohlc_update': { unknown: 'unknown_channel:ohlc' },
  'kraken/ws_pong': {},
  'kraken/ws_ticker_snapshot': { bbo: 1 },
  'kraken/ws_trade_update': { trades: 2 },
  'kraken/ws_l3_snapshot': { unknown: 'unknown_channel:level3' },
  'kraken/ws_l3_update_add': { unknown: 'unknown_channel:level3' },
  'kraken/ws_l3_update_delete': { unknown: 'unknown_channel:level3' },
  'kraken/ws_l3_update_modify_price': { unknown: 'unknown_channel:level3' },
  'kraken/ws_l3_update_modify_qty': { unknown: 'unknown_channel:level3' },
  'okx/ws_bbo_tbt': { bbo: 1 },
  'okx/ws_books_snapshot': { depthSnapshots: 1, checksumBad: 1, bookState: 'stale' },
  'okx/ws_books_update': { depthUpdates: 1, bookState: 'buffering' },
  'okx/ws_candle': { unknown: 'unknown_channel:candle1_d' },
  'okx/ws_funding_rate': { frames: 1 },
  'okx/ws_instruments': {},
  'okx/ws_tickers': { bbo: 1 },
  'okx/ws_trades': { trades: 1 },
  'bybit/ws_kline': { unknown: 'unknown_channel:kline' },
  'bybit/ws_orderbook_delta': { bbo: 1 }, // orderbook.1 is the best bid and offer
  'bybit/ws_orderbook_snapshot': { bbo: 1 },
  'bybit/ws_public_trade': { trades: 1 },
  'bybit/ws_subscription_ack': {},
  'bybit/ws_subscription_failure': { unknown: 'error:subscribe_refused' },
  'bybit/ws_ticker_linear': { bbo: 1 },
  'bybit/ws_ticker_option': { frames: 1 },
  'coinbase/ws_candles': { unknown: 'unknown_channel:candles' },
  'coinbase/ws_heartbeats': {},
  'coinbase/ws_l2_data_snapshot': { depthSnapshots: 1, bookState: 'live' },
  'coinbase/ws_l2_data_update': { depthUpdates: 1, bookState: 'empty' },
  'coinbase/ws_market_trades': { trades: 2 },
  'coinbase/ws_subscriptions': {},
  'coinbase/ws_ticker': { bbo: 1 },
  'coinbase/ws_user': { unknown: 'unknown_channel:user' },
};

for (const venue of ['kraken', 'okx', 'bybit', 'coinbase']) {
  test(`${venue}: single messages`, { skip }, () => {
    for (const path of filesIn(at(`nautilus/ws_fixtures/${venue}`))) {
      const name = `${venue}/${basename(path, '.json')}`;
      if (name.includes('futures')) assertRefused(cryptorun(['replay', path]), 2, /unsupported venue KRAKEN_FUTURES/);
      // An option summary has no channel that tells OKX from others: the operator may say so.
      else if (name === 'okx/ws_opt_summary') assertRefused(cryptorun(['replay', path]), 2, /say which by --venue/);
      else assertMessage(path, name);
    }
  });
}

function assertMessage(path: string, name: string): void {
  const expected = MESSAGES[name];
  assert.ok(expected !== undefined, `${name}: a message that this test does not know`);
  const { instruments, unknownFrames, totals, partial } = replayJson([path]);
  assert.deepEqual([totals.messages, partial], [1, false], name);
  const { unknown, ...counts } = expected;
  assert.deepEqual(unknownFrames, unknown === undefined ? {} : { [unknown]: 1 }, name);
  assert.equal(instruments.length, Object.keys(counts).length > 0 ? 1 : 0, name);
  const [one] = instruments as readonly unknown[] as readonly Record<string, unknown>[];
  for (const [key, value] of Object.entries(counts)) assert.equal(one![key], value, `${name}: ${key}`);
  const others = ['trades', 'bbo', 'depthUpdates', 'depthSnapshots'].filter((key) => !(key in counts));
  for (const key of others) assert.equal(one?.[key] ?? 0, 0, `${name}: ${key}`);
}
