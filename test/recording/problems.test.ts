/** What is wrong with a path is one clear line, and whatever can be read is read. */

import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { openRecordings } from '../../src/shell/recording/open.ts';
import { files, forEachRecord, hftLine, readAll, tempFolder } from './read-all.ts';

const T = 1_723_161_255;
const hft = (count: number, symbol = 'btcusdt'): string =>
  Array.from({ length: count }, (_, i) => hftLine(`${T}${String(i).padStart(9, '0')}`, symbol, i)).join('');
const RAW = 'wss://ws.kraken.com <-> 1617666422.5\n1617666423.1: {"event":"heartbeat"}\n';
const framesOf = (records: readonly string[]): number => records.filter((record) => record.includes(' frame ')).length;

/** Reads the paths and expects exactly these problems: kind, what is lost, and the message behind the path. */
async function expectProblems(
  paths: readonly string[],
  expected: readonly (readonly [string, string, RegExp])[],
  options: Parameters<typeof openRecordings>[1] = {},
): Promise<string[]> {
  const { recordings, records } = await readAll(paths, options);
  const found = recordings.problems.map(({ kind, lost }) => [kind, lost]);
  assert.deepEqual(
    found,
    expected.map(([kind, lost]) => [kind, lost]),
    recordings.problems.map(({ message }) => message).join('\n'),
  );
  for (const [index, [, , pattern]] of expected.entries()) {
    const { path, message } = recordings.problems[index]!;
    assert.ok(message.startsWith(`${path}: `) && !message.includes('\n'), message);
    assert.match(message.slice(path.length + 2), pattern);
  }
  return records;
}

test('missing, empty, a folder without files, a folder that is linked to itself', async (t) => {
  const folder = tempFolder(t);
  mkdirSync(join(folder, 'none'));
  mkdirSync(join(folder, 'circle'));
  symlinkSync(join(folder, 'circle'), join(folder, 'circle', 'again'));
  writeFileSync(join(folder, 'zero'), '');
  await expectProblems(
    ['gone', 'zero', 'none', 'circle'].map((name) => join(folder, name)),
    [
      ['missing', 'file', /^no such file; check the path$/],
      ['empty', 'file', /^an empty file; /],
      ['no_recordings', 'nothing', /^a folder without files; /],
      ['no_recordings', 'nothing', /^a folder without files; /],
    ],
  );
});

test('a folder stands for its files, recursively and sorted; hidden ones are left out', async (t) => {
  const paths = files(t, { 'b/x': hft(1, 'xusdt'), a: hft(1, 'ausdt'), '.hidden': 'no', 'b/.too': 'no' });
  const recordings = await openRecordings([dirname(paths[1]!)]);
  assert.deepEqual(
    recordings.files.map(({ path }) => path),
    [paths[1], paths[0]],
  );
  assert.deepEqual(recordings.problems, []);
  await recordings.close();
});

test('the same bytes twice are read once, by whatever path', async (t) => {
  const [a, b] = files(t, { a: hft(3), b: hft(3) });
  const link = join(tempFolder(t), 'link');
  symlinkSync(a!, link);
  const twice = ['duplicate', 'nothing', /^the same bytes as .*a; give it once$/] as const;
  const records = await expectProblems([a!, b!, link, a!], [twice, twice, twice]);
  assert.equal(framesOf(records), 3);
});

test('what is no recording is said to be none, with what it begins with', async (t) => {
  const [csv, binary, csvGz] = files(t, {
    'x.gz': 'timestamp,open\n1,2\n',
    bin: Buffer.from([0, 1, 27, 91, 255, 10, 7]),
    plain: gzipSync('a,b\n1,2\n'),
  });
  await expectProblems(
    [csv!, binary!, csvGz!],
    [
      [
        'wrong_format',
        'file',
        /^not a recording of frames \(it begins "timestamp,open"\); known formats: hftbacktest, /,
      ],
      ['wrong_format', 'file', /^not a recording of frames \(it begins "[^\u001b]*"\); /],
      ['wrong_format', 'file', /^not a recording of frames \(it begins "a,b"\); /],
    ],
  );
});

test('two formats in one file are refused, wherever the second begins', async (t) => {
  const paths = files(t, { a: hft(200) + RAW.repeat(2), b: RAW + hft(1), c: `${RAW}{"event":"heartbeat"}\n` });
  await expectProblems(paths, [
    ['mixed_formats', 'file', /^hftbacktest lines, but line 201 is cryptofeed_raw: two formats in one file; split it/],
    ['mixed_formats', 'file', /^cryptofeed_raw lines, but line 3 is hftbacktest: /],
    ['mixed_formats', 'file', /^cryptofeed_raw lines, but line 3 is ndjson: /],
  ]);
});

test('a few lines that do not fit are counted and skipped; most lines are a wrong format', async (t) => {
  const [few, most] = files(t, { few: `torn"}\n${hft(20)}\n\nx\u001b[2J\n`, most: `${hft(2)}a\nb\nc\n` });
  const records = await expectProblems(
    [few!, most!],
    [
      ['misfit_lines', 'part', /^2 lines do not fit hftbacktest, first line 1 \("torn\\"}"\); they are skipped/],
      ['wrong_format', 'file', /^not hftbacktest: 3 of 5 lines do not fit, first line 3 \("a"\); /],
    ],
  );
  assert.equal(framesOf(records), 20);
});

test('--format that does not fit says what the file looks like', async (t) => {
  const [path] = files(t, { a: RAW.repeat(20) });
  await expectProblems(
    [path!],
    [['wrong_format', 'file', /^not hftbacktest: 40 of 40 lines .*; it looks like cryptofeed_raw: drop --format$/]],
    { format: 'hftbacktest' },
  );
});

test('a gzip file cut anywhere gives all whole lines that are in it', async (t) => {
  const text = hft(3000);
  const packed = gzipSync(text);
  for (const share of [0.1, 0.5, 0.999]) {
    const [path] = files(t, { 'cut.gz': packed.subarray(0, Math.floor(packed.length * share)) });
    const { recordings, records } = await readAll([path!]);
    const [problem] = recordings.problems;
    assert.equal(problem!.kind, 'truncated');
    assert.equal(problem!.lost, 'part');
    const facts = recordings.files[0]!;
    assert.match(problem!.message, new RegExp(`ends early: only its first ${facts.lines} whole lines are read; `));
    assert.ok(facts.damaged && facts.lines > 0);
    assert.equal(framesOf(records), facts.lines);
    const read = records.filter((record) => record.includes(' frame ')).map((record) => /{.*/.exec(record)![0]);
    assert.deepEqual(
      read,
      text
        .split('\n')
        .slice(0, facts.lines)
        .map((line) => line.slice(20)),
    );
    assert.equal(recordings.problems.length, 1);
  }
});

test('a gzip file cut before its first line, and a damaged one', async (t) => {
  const packed = gzipSync(hft(3000));
  const damaged = Buffer.from(packed);
  damaged.fill(0xff, 40, 60);
  const paths = files(t, { 'cut.gz': packed.subarray(0, 20), 'bad.gz': damaged });
  await expectProblems(paths, [
    ['truncated', 'file', /^the compressed stream ends early before the first whole line; give a whole copy$/],
    ['corrupt', 'file', /^the compressed stream is damaged \(.*\) before the first whole line; /],
  ]);
});

test('a deflated zip is read; one of several members is not', async (t) => {
  const [one, two] = files(t, { one: zipOf(hft(50), 1), two: zipOf(hft(50), 2) });
  const records = await expectProblems(
    [one!, two!],
    [['unsupported_packing', 'file', /^the zip has 2 members; unpack it/]],
  );
  assert.equal(framesOf(records), 50);
});

test('venues: only where content leaves it open, and never against it', async (t) => {
  const kline = '{"e":"kline","E":1723161255343,"s":"BTCUSDT","k":{"t":1}}\n';
  const bybit = '{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1723161255343,"data":{}}\n';
  const names = {
    kline,
    bybit,
    spot: hft(3),
    kraken: RAW,
    nothing: '{"a":1}\n',
    both: hft(3) + hft(3).replaceAll('"M":true', '"X":"M"'),
  };
  const paths = files(t, names);
  const [klinePath, bybitPath, spotPath, krakenPath, nothingPath, bothPath] = paths as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  await expectProblems(paths, [
    ['open_venue', 'file', /^Binance frames that spot and futures send alike; say which by --venue binance=/],
    [
      'unsupported_venue',
      'file',
      /^unsupported venue unknown; supported: binance, .*; if it is one of them, say which by --venue/,
    ],
    ['mixed_venues', 'file', /^frames of binance and binance_usdm on one connection; /],
  ]);
  const venues = new Map([
    [klinePath, 'binance_usdm'],
    [bybitPath, 'bybit_linear'],
    [spotPath, 'binance_us'],
    [nothingPath, 'okx'],
  ]);
  const { recordings } = await readAll([klinePath, bybitPath, spotPath, nothingPath], { venues });
  assert.deepEqual(recordings.problems, []);
  assert.deepEqual(
    recordings.files.map((file) => file.venues.join()),
    ['binance_usdm', 'bybit_linear', 'binance_us', 'okx'],
  );
  await expectProblems(
    [krakenPath, spotPath],
    [
      ['venue_contradiction', 'file', /^--venue says okx, but its content is of kraken; drop that --venue$/],
      ['unsupported_venue', 'file', /^--venue says mtgox, an unsupported venue; supported: /],
      ['missing', 'nothing', /^--venue names it, but it is not read; /],
    ],
    {
      venues: new Map([
        [krakenPath, 'okx'],
        [spotPath, 'mtgox'],
        [bothPath, 'okx'],
      ]),
    },
  );
});

test('the rest of a mixed run goes on', async (t) => {
  const ftx = 'wss://ftx.us/ws/ <-> 1617666422.5\n1617666423.1: {"a":1}\n';
  const paths = files(t, { ftx, good: hft(4), both: RAW + ftx });
  const records = await expectProblems(paths, [
    ['unsupported_venue', 'file', /^unsupported venue FTX_US; supported: /],
    ['unsupported_venue', 'part', /^some connections are of the unsupported venue FTX_US; supported: /],
  ]);
  assert.equal(framesOf(records), 5);
});

test('our own journal is recognised and left to its reader', async (t) => {
  const [journal] = files(t, { a: 'cryptorun-journal 1 anything\n' });
  const { recordings, records } = await readAll([journal!]);
  assert.equal(recordings.files[0]!.format, 'journal');
  assert.deepEqual([records, recordings.problems], [[], []]);
});

test('a file that grows while it is read says so', async (t) => {
  const [path] = files(t, { a: hft(10) });
  const recordings = await openRecordings([path!]);
  writeFileSync(path!, hft(12));
  await forEachRecord(recordings, () => {});
  assert.deepEqual(
    recordings.problems.map(({ kind }) => kind),
    ['changed'],
  );
});

test('an abort stops looking and reading with its reason', async (t) => {
  const [path] = files(t, { a: hft(20_000) });
  await assert.rejects(openRecordings([path!], { signal: AbortSignal.abort(new Error('stop')) }), /stop/);
  const controller = new AbortController();
  const recordings = await openRecordings([path!], { signal: controller.signal });
  assert.equal(await recordings.ready(), true);
  controller.abort(new Error('stop'));
  await assert.rejects(recordings.ready(), /stop/);
});

/** A zip file with its member, `members` times in its directory's count. */
function zipOf(text: string, members: number): Buffer {
  const packed = deflateRawSync(text);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members, 10);
  end.writeUInt32LE(local.length + packed.length, 16);
  return Buffer.concat([local, packed, entry, end]);
}

test('a file that is taken away before it is read is a problem, not a crash', async (t) => {
  const [gone, good] = files(t, { a: hft(3), b: hft(4, 'ethusdt') });
  const seen: number[] = [];
  const recordings = await openRecordings([gone!, good!], { onInspect: ({ readBytes }) => seen.push(readBytes) });
  assert.equal(seen.at(-1), recordings.progress().totalBytes);
  rmSync(gone!);
  let frames = 0;
  await forEachRecord(recordings, ({ kind }) => {
    if (kind === 'frame') frames += 1;
  });
  assert.equal(frames, 4);
  assert.deepEqual(
    recordings.problems.map(({ kind }) => kind),
    ['missing'],
  );
});
