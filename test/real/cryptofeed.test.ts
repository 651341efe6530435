/** Every cryptofeed recording of a supported venue replays: counts, checksums, live books. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { cryptorun } from '../cli/support/cryptorun.ts';
import { assertReplays } from './support/check.ts';
import { binanceCounter, bybitCounter, countCoinbase, countKraken, countOkx } from './support/naive-counts.ts';
import { at, filesIn, skip } from './support/payloads.ts';

const RAW = 'cryptofeed/raw';

/** Folder, what counts it, and its README's message count (WebSocket messages and HTTP bodies). */
const FOLDERS = [
  { folder: 'BINANCE', count: binanceCounter('binance', null), messages: 4716 + 3 + 11_357 + 10 },
  { folder: 'BINANCE_FUTURES', count: binanceCounter('binance_usdm', null), messages: 8421 + 5 },
  { folder: 'BINANCE_US', count: binanceCounter('binance_us', null), messages: 6008 + 10 },
  { folder: 'KRAKEN', count: countKraken, messages: 152 + 142 + 14_636 },
  { folder: 'OKX', count: countOkx, messages: 5 + 3777 },
  { folder: 'COINBASE', count: countCoinbase, messages: 1 + 9946 },
];

const CHECKSUMS: Readonly<Record<string, number>> = { KRAKEN: 14_496, OKX: 3679 };

for (const { folder, count, messages } of FOLDERS) {
  test(`cryptofeed ${folder}`, { skip }, () => {
    const { totals } = assertReplays([{ path: at(`${RAW}/${folder}`), count }]);
    assert.equal(totals.messages, messages);
    assert.equal(totals.checksumOk, CHECKSUMS[folder] ?? 0);
    if (folder.startsWith('BINANCE')) assert.ok(totals.bboMatches > 0);
  });
}

test('cryptofeed BINANCE: each of its two files alone', { skip }, () => {
  for (const path of filesIn(at(`${RAW}/BINANCE`))) assertReplays([{ path, count: binanceCounter('binance', null) }]);
});

test('cryptofeed BYBIT v3, whose two connections lie one after the other in the file', { skip }, () => {
  const count = bybitCounter((connection) => (connection.endsWith('.2') ? 'bybit_linear' : 'bybit_spot'));
  const { totals } = assertReplays([{ path: at('cryptofeed/v3_jsonl/BYBIT.jsonl.zst'), count }]);
  assert.equal(totals.messages, 3227 + 2);
  assert.equal(totals.depthUpdates + totals.depthSnapshots, 2148);
});

test('cryptofeed: every other venue is refused in one line a file, exit 2', { skip }, () => {
  const supported = FOLDERS.map(({ folder }) => folder);
  for (const folder of readdirSync(at(RAW)).filter((name) => !supported.includes(name))) {
    const files = filesIn(at(`${RAW}/${folder}`));
    const ran = cryptorun(['replay', at(`${RAW}/${folder}`)]);
    assert.equal(ran.code, 2, folder);
    assert.equal(ran.stdout, '');
    const lines = ran.stderr.trimEnd().split('\n');
    assert.equal(lines.length, files.length, ran.stderr);
    for (const line of lines)
      assert.match(line, new RegExp(`: unsupported venue ${folder}; supported: binance, .*, okx$`));
  }
});
