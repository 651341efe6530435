/** Every recording of a supported venue gives what the data's own README counts, and its exact bytes. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { decompress } from 'fzstd';
import { openRecordings } from '../../src/shell/recording/open.ts';
import { hasMarketdata, MARKETDATA } from '../support/marketdata.ts';
import { forEachRecord, tempFolder, textOf, timeOf } from './read-all.ts';

const skip = hasMarketdata ? false : 'no recorded market data here';
const at = (path: string): string => join(MARKETDATA, path);

/** Path, format, venues, WebSocket frames, HTTP bodies. */
const COUNTS: readonly (readonly [string, string, string, number, number])[] = [
  ['hftbacktest/binance_coinm/btcusd_perp_20240808.gz', 'hftbacktest', 'binance_coinm', 48_269, 1],
  ['hftbacktest/binance_coinm/ethusd_perp_20240808.gz', 'hftbacktest', 'binance_coinm', 40_453, 1],
  ['hftbacktest/binance_spot/btcusdt_20240808.gz', 'hftbacktest', 'binance', 41_248, 1],
  ['hftbacktest/binance_spot/ethusdt_20240808.gz', 'hftbacktest', 'binance', 33_617, 1],
  ['hftbacktest/binance_usdm/btcusdt_20240808.gz', 'hftbacktest', 'binance_usdm', 93_953, 1],
  ['hftbacktest/binance_usdm/ethusdt_20240808.gz', 'hftbacktest', 'binance_usdm', 74_654, 1],
  ['cryptofeed/raw/BINANCE/20210404T200311Z__8980a803__BINANCE-ee25be.0.gz', 'cryptofeed_raw', 'binance', 4716, 3],
  ['cryptofeed/raw/BINANCE/20210405T183323Z__2df3a1e7__BINANCE-b38f7c.0.gz', 'cryptofeed_raw', 'binance', 11_357, 10],
  [
    'cryptofeed/raw/BINANCE_FUTURES/20210405T183637Z__6397a047__BINANCE_FUTURES-1125a2.0.gz',
    'cryptofeed_raw',
    'binance_usdm',
    8421,
    5,
  ],
  [
    'cryptofeed/raw/BINANCE_US/20210405T171812Z__4a3e37f9__BINANCE_US-63b290.0.gz',
    'cryptofeed_raw',
    'binance_us',
    6008,
    10,
  ],
  ['cryptofeed/v3_jsonl/BYBIT.jsonl.zst', 'cryptofeed_jsonl', 'bybit_linear,bybit_spot', 3227, 2],
  ['cryptofeed/raw/COINBASE/20210417T164336Z__92e91137__COINBASE.0.gz', 'cryptofeed_raw', 'coinbase', 0, 1],
  ['cryptofeed/raw/COINBASE/20210417T164337Z__974302da__COINBASE.ws.28.0.gz', 'cryptofeed_raw', 'coinbase', 9946, 0],
  ['cryptofeed/raw/KRAKEN/20210405T234703Z__1136b549__KRAKEN-4b7396.0.gz', 'cryptofeed_raw', 'kraken', 152, 0],
  ['cryptofeed/raw/KRAKEN/20210405T234703Z__7cc531f6__KRAKEN-82ac16.0.gz', 'cryptofeed_raw', 'kraken', 142, 0],
  ['cryptofeed/raw/KRAKEN/20210405T234703Z__ad8b9a20__KRAKEN-c197c0.0.gz', 'cryptofeed_raw', 'kraken', 14_636, 0],
  ['cryptofeed/raw/OKX/20220227T231424Z__daeff746__OKX.0.gz', 'cryptofeed_raw', 'okx', 0, 5],
  ['cryptofeed/raw/OKX/20220227T231427Z__22e61785__OKX.ws.1.0.gz', 'cryptofeed_raw', 'okx', 3777, 0],
  ['kraken_v2_fixture/tickvault_kraken_book_20260824.jsonl', 'ndjson', 'kraken', 8, 0],
  ['nautilus/bybit/xrpusdt-ob500.data.zip', 'ndjson', 'bybit', 50, 0],
];

for (const [path, format, venues, websocketFrames, restFrames] of COUNTS) {
  test(`${path}: counts, facts and records agree`, { skip }, async () => {
    const recordings = await openRecordings([at(path)]);
    assert.deepEqual(recordings.problems, []);
    const facts = recordings.files[0]!;
    assert.equal(facts.format, format);
    assert.equal(facts.venues.join(), venues);
    assert.equal(
      facts.sha256,
      createHash('sha256')
        .update(readFileSync(at(path)))
        .digest('hex'),
    );
    const seen = { websocket: 0, rest: 0 };
    let last = '';
    const up = new Set<string>();
    await forEachRecord(recordings, (record) => {
      if (record.kind === 'link_up') up.add(record.connection.key);
      assert.ok(up.has(record.connection.key), 'a frame before its connection is up');
      if (record.kind === 'frame') seen[record.connection.transport] += 1;
      assert.ok(timeOf(record) >= last, 'time runs backwards');
      last = timeOf(record);
    });
    assert.deepEqual(seen, { websocket: websocketFrames, rest: restFrames });
    assert.equal(facts.websocketFrames, websocketFrames);
    assert.equal(facts.restFrames, restFrames);
    assert.deepEqual(recordings.problems, []);
    const { readBytes, totalBytes } = recordings.progress();
    assert.equal(readBytes, totalBytes);
  });
}

test("the six hftbacktest files hold the README's 332,200 messages, one REST snapshot each that says its symbol", {
  skip,
}, async () => {
  const recordings = await openRecordings([at('hftbacktest')]);
  const asked: string[] = [];
  let frames = 0;
  await forEachRecord(recordings, (record) => {
    if (record.kind !== 'frame') return;
    frames += 1;
    if (record.connection.transport === 'rest') asked.push(`${record.connection.venue} ${record.connection.symbol}`);
  });
  assert.equal(frames, 332_200);
  assert.deepEqual(asked.sort(), [
    'binance BTCUSDT',
    'binance ETHUSDT',
    'binance_coinm BTCUSD_PERP',
    'binance_coinm ETHUSD_PERP',
    'binance_usdm BTCUSDT',
    'binance_usdm ETHUSDT',
  ]);
});

test('REST replies name the symbol of their URL', { skip }, async () => {
  const recordings = await openRecordings([
    at('cryptofeed/raw/BINANCE/20210404T200311Z__8980a803__BINANCE-ee25be.0.gz'),
  ]);
  const asked = recordings.connections.filter(({ transport }) => transport === 'rest').map(({ symbol }) => symbol);
  assert.deepEqual(asked.sort(), ['BTCUSDT', 'DOTUSDT', 'ETHUSDT']);
  await recordings.close();
});

test('a file with concatenated connections says so and comes out in order', { skip }, async () => {
  const recordings = await openRecordings([at('cryptofeed/v3_jsonl/BYBIT.jsonl.zst')]);
  const facts = recordings.files[0]!;
  assert.equal(facts.sorted, true);
  assert.equal(facts.sent, 24);
  assert.equal(facts.backwards, 676); // the README's 675 received lines, and the second connect
  await recordings.close();
});

/** Payloads in file order with their times, by a second, naive reading of each format. */
const NAIVE: readonly (readonly [string, () => string[]])[] = [
  [
    'hftbacktest/binance_spot/ethusdt_20240808.gz',
    () =>
      lines(gunzipSync(raw('hftbacktest/binance_spot/ethusdt_20240808.gz'))).map(
        (line) => `${line.slice(0, 10)}.${line.slice(10)}`,
      ),
  ],
  [
    'cryptofeed/raw/KRAKEN/20210405T234703Z__ad8b9a20__KRAKEN-c197c0.0.gz',
    () =>
      lines(gunzipSync(raw('cryptofeed/raw/KRAKEN/20210405T234703Z__ad8b9a20__KRAKEN-c197c0.0.gz'))).flatMap(naiveRaw),
  ],
  [
    'cryptofeed/raw/BINANCE/20210405T183323Z__2df3a1e7__BINANCE-b38f7c.0.gz',
    () =>
      lines(gunzipSync(raw('cryptofeed/raw/BINANCE/20210405T183323Z__2df3a1e7__BINANCE-b38f7c.0.gz'))).flatMap(
        naiveRaw,
      ),
  ],
  ['cryptofeed/v3_jsonl/BYBIT.jsonl.zst', naiveBybit],
];

for (const [path, naive] of NAIVE) {
  test(`${path}: the same bytes and times as a naive reading`, { skip }, async () => {
    const read: string[] = [];
    await forEachRecord(await openRecordings([at(path)]), (record) => {
      if (record.kind === 'frame') read.push(`${timeOf(record)} ${textOf(record)}`);
    });
    const expected = naive();
    assert.equal(read.length, expected.length);
    for (let i = 0; i < read.length; i++) if (read[i] !== expected[i]) assert.equal(read[i], expected[i]);
  });
}

test('a zip member comes out byte for byte', { skip }, async () => {
  const zip = raw('nautilus/bybit/xrpusdt-ob500.data.zip'); // stored, not deflated: its bytes lie there as they are
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  const expected = lines(zip.subarray(start, start + 80_382)).map((line) => line.replace(/\r$/, '')); // lines end in CR LF
  const read: string[] = [];
  await forEachRecord(await openRecordings([at('nautilus/bybit/xrpusdt-ob500.data.zip')]), (record) => {
    if (record.kind === 'frame') read.push(textOf(record));
  });
  assert.deepEqual(read, expected);
});

test('single-message documents of supported venues are one frame each, as they are', { skip }, async () => {
  const folder = at('nautilus/ws_fixtures/okx');
  const paths = readdirSync(folder)
    .filter((name) => name !== 'ws_opt_summary.json')
    .map((name) => join(folder, name));
  const recordings = await openRecordings(paths);
  assert.deepEqual(recordings.problems, []);
  const read = new Set<string>();
  await forEachRecord(recordings, (record) => {
    if (record.kind === 'frame') read.add(`${record.connection.venue} ${textOf(record)}`);
  });
  assert.deepEqual([...read].sort(), paths.map((path) => `okx ${readFileSync(path, 'utf8').trim()}`).sort());
});

test('all other venues in the folder are refused by name, one line each', { skip }, async () => {
  const raw = at('cryptofeed/raw');
  const supported = ['BINANCE', 'BINANCE_FUTURES', 'BINANCE_US', 'COINBASE', 'KRAKEN', 'OKX'];
  for (const name of readdirSync(raw).filter((folder) => !supported.includes(folder))) {
    const recordings = await openRecordings([join(raw, name)]);
    assert.equal(recordings.files.length, 0, name);
    for (const { kind, message } of recordings.problems) {
      assert.equal(kind, 'unsupported_venue', message);
      assert.match(message, new RegExp(`: unsupported venue ${name}; supported: binance, .*okx$`));
    }
    await recordings.close();
  }
});

test('reading the six files takes less than 120 MB of resident memory', { skip }, (t) => {
  const folder = tempFolder(t);
  const outfile = join(folder, 'read.mjs');
  const contents = `
    import { openRecordings } from './open.ts';
    const recordings = await openRecordings([process.argv[2]]);
    while (await recordings.ready()) while (recordings.next() !== null);
    await recordings.close();
    console.log(Math.round(process.resourceUsage().maxRSS / 1024));`;
  const resolveDir = fileURLToPath(new URL('../../src/shell/recording', import.meta.url));
  buildSync({ stdin: { contents, resolveDir, loader: 'ts' }, bundle: true, platform: 'node', format: 'esm', outfile });
  const peakMb = Number(execFileSync(process.execPath, [outfile, at('hftbacktest')], { encoding: 'utf8' }));
  assert.ok(peakMb < 120, `${peakMb} MB`);
});

function raw(path: string): Buffer {
  return readFileSync(at(path));
}

function lines(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

function naiveRaw(line: string): string[] {
  const match = /^(?:\S+ -> )?(\d+\.\d+): (.*)$/.exec(line);
  return match === null ? [] : [`${padded(match[1]!)} ${match[2]}`];
}

function naiveBybit(): string[] {
  const all = lines(Buffer.from(decompress(raw('cryptofeed/v3_jsonl/BYBIT.jsonl.zst'))));
  return all
    .map((line) => ({ line, fields: JSON.parse(line) as { t: string; data: string } }))
    .filter(({ fields }) => fields.t === 'recv' || fields.t === 'http')
    .map(({ line, fields }) => ({ time: padded(/"ts":([0-9.]+)/.exec(line)![1]!), data: fields.data }))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    .map(({ time, data }) => `${time} ${data}`);
}

function padded(time: string): string {
  const [whole, fraction = ''] = time.split('.');
  return `${whole}.${fraction.padEnd(9, '0').slice(0, 9)}`;
}
