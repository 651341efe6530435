/** Records of several files come by time, and ties by content alone: neither paths nor their order enter. */

import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openRecordings } from '../../src/shell/recording/open.ts';
import { receiveTimeMsOf } from '../../src/shell/recording/record.ts';
import { hasMarketdata, MARKETDATA } from '../support/marketdata.ts';
import { digestOf, files, forEachRecord, hftLine, readAll, tempFolder, timeOf } from './read-all.ts';

const T = '1723161255000000000';
/** A USD-M trade, which sorts behind `binance` by venue. */
const USDM = `{"stream":"aaausdt@trade","data":{"e":"trade","E":1,"T":1,"s":"AAAUSDT","t":1,"p":"1","q":"1","X":"MARKET","m":false}}`;

const frames = (records: readonly string[]): string[] => records.filter((record) => record.includes(' frame '));

test('times differing by one nanosecond decide; the double that the core gets need not', async (t) => {
  const [later, earlier] = files(t, {
    a: hftLine('1723161255000000002'),
    b: hftLine('1723161255000000001', 'zzzusdt'),
  });
  const { records } = await readAll([later!, earlier!]);
  assert.match(frames(records)[0]!, /^1723161255\.000000001 .*ZZZUSDT/);
  assert.equal(receiveTimeMsOf(1723161255, 1), receiveTimeMsOf(1723161255, 2));
});

test('ties go by venue, then symbol, then content hash, then line', async (t) => {
  const twoLines = hftLine(T, 'bbbusdt', 1) + hftLine(T, 'bbbusdt', 2);
  const contents = {
    usdm: `${T} ${USDM}\n`,
    two: twoLines,
    other: hftLine(T, 'bbbusdt', 3),
    a: hftLine(T, 'aaausdt', 9),
  };
  const paths = files(t, contents);
  const { records } = await readAll(paths);
  const ids = frames(records).map(
    (record) => `${record.split(' ')[2]} ${/"s":"(\w+)","t":(\d+)/.exec(record)!.slice(1).join(' ')}`,
  );
  assert.deepEqual([ids[0], ids.at(-1)], ['binance AAAUSDT 9', 'binance_usdm AAAUSDT 1']);
  const middle = ids.slice(1, -1).join();
  const byHash = [
    'binance BBBUSDT 1,binance BBBUSDT 2,binance BBBUSDT 3',
    'binance BBBUSDT 3,binance BBBUSDT 1,binance BBBUSDT 2',
  ];
  assert.ok(byHash.includes(middle), middle);
  for (const order of [
    [3, 2, 1, 0],
    [1, 3, 0, 2],
  ]) {
    assert.deepEqual((await readAll(order.map((index) => paths[index]!))).records, records);
  }
});

test("every connection is introduced before its first frame, at the frame's time", async (t) => {
  const [path] = files(t, { a: hftLine(T) });
  const { records } = await readAll([path!]);
  assert.equal(records[0], '1723161255.000000000 link_up binance websocket - first_frame');
  assert.equal(records.length, 2);
});

test('a reconnect under the same name is a down and an up; another name is another connection', async (t) => {
  const content = [
    'wss://ws.kraken.com <-> 1617666422.5',
    '1617666423.1: {"event":"heartbeat"}',
    'wss://ws.kraken.com <-> 1617666424',
    '1617666425.25: {"event":"heartbeat"}',
    'https://api.kraken.com/0/public/Depth?pair=XBTUSD -> 1617666426.0000001: {"error":[]}',
    'wss://ws.kraken.com/beta <-> 1617666427.0',
    '1617666428.0: {"event":"heartbeat"}',
  ];
  const [path] = files(t, { raw: `${content.join('\n')}\n` });
  const { recordings, records } = await readAll([path!]);
  assert.deepEqual(records, [
    '1617666422.500000000 link_up kraken websocket - connected',
    '1617666423.100000000 frame kraken websocket - {"event":"heartbeat"}',
    '1617666424.000000000 link_down kraken websocket - reconnected',
    '1617666424.000000000 link_up kraken websocket - connected',
    '1617666425.250000000 frame kraken websocket - {"event":"heartbeat"}',
    '1617666426.000000100 link_up kraken rest XBTUSD first_frame',
    '1617666426.000000100 frame kraken rest XBTUSD {"error":[]}',
    '1617666427.000000000 link_up kraken websocket - connected',
    '1617666428.000000000 frame kraken websocket - {"event":"heartbeat"}',
  ]);
  assert.equal(recordings.connections.length, 3);
});

test('the six files: one order, however they are named and listed', {
  skip: hasMarketdata ? false : 'no recorded market data here',
}, async (t) => {
  const folder = join(MARKETDATA, 'hftbacktest');
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.gz'))
    .map((name) => join(folder, name));
  const copy = join(tempFolder(t), 'zzz');
  copyFileSync(paths[2]!, copy);
  const renamed = paths.map((path, index) => (index === 2 ? copy : path));
  const expected = await digestOf(paths);
  assert.equal(await digestOf(paths.toReversed()), expected);
  assert.equal(await digestOf([3, 0, 5, 1, 4, 2].map((index) => renamed[index]!)), expected);
  assert.equal(await tiesIn(paths), 146); // else this test would prove less than it says
});

/** Neighbours of equal time from different files. */
async function tiesIn(paths: readonly string[]): Promise<number> {
  let ties = 0;
  let last = '';
  let lastFile = '';
  await forEachRecord(await openRecordings(paths), (record) => {
    if (record.kind !== 'frame') return;
    const file = record.connection.key.slice(0, 12);
    if (timeOf(record) === last && file !== lastFile) ties += 1;
    last = timeOf(record);
    lastFile = file;
  });
  return ties;
}
