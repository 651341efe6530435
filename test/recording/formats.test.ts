/** Lines, times, escapes and shapes, each against a plain second way of doing it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineCutter } from '../../src/shell/recording/bytes/line-cutter.ts';
import { formatOfLine } from '../../src/shell/recording/format/detect.ts';
import { findEventTime } from '../../src/shell/recording/format/event-time.ts';
import { StringReader } from '../../src/shell/recording/format/json-string.ts';
import { parseUnixSeconds, SourceLine } from '../../src/shell/recording/format/source-line.ts';
import { shapeOfFrame } from '../../src/shell/recording/inspect/frame-shape.ts';
import { symbolOfUrl, venueOfUrl } from '../../src/shell/recording/inspect/venues.ts';
import { files, readAll } from './read-all.ts';

test('a file cut into chunks anywhere gives the same lines', () => {
  const content = fc
    .array(fc.constantFrom('a', 'bc', '\n', '\r\n', '\r'), { maxLength: 40 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(content, fc.array(fc.nat(60), { maxLength: 6 }), (text, cuts) => {
      const bytes = Buffer.from(text);
      const ends = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort((a, b) => a - b);
      const cutter = new LineCutter();
      const lines: string[] = [];
      const take = (): void => {
        while (cutter.next()) lines.push(`${cutter.line} ${cutter.bytes.toString('latin1', cutter.from, cutter.to)}`);
      };
      let from = 0;
      for (const end of ends) {
        cutter.push(bytes.subarray(from, end));
        take();
        from = end;
      }
      cutter.finish(true);
      take();
      const expected = text.split('\n').map((line) => line.replace(/\r$/, ''));
      if (text === '' || text.endsWith('\n')) expected.pop();
      assert.deepEqual(
        lines,
        expected.map((line, index) => `${index + 1} ${line}`),
      );
    }),
  );
});

test('an escaped string comes back as the exact bytes, wherever it stands', () => {
  const reader = new StringReader();
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', '\\', '/', '\n', 'é', '😀', 'a') }),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (value, isAscii) => {
      let json = JSON.stringify(value);
      if (isAscii)
        json = json.replace(/[^\u0000-\u007f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
      const source = Buffer.from(`xx${json},`);
      assert.equal(reader.read(source, 2, source.length), source.length - 1);
      assert.equal(reader.bytes.toString('utf8', reader.from, reader.to), Buffer.from(value).toString('utf8'));
    }),
  );
  for (const broken of ['"abc', '"a\\', '"a\\x"', '"\\u12"', '"\\u12g4"']) {
    assert.equal(reader.read(Buffer.from(broken), 0, broken.length), -1, broken);
  }
});

test('unix seconds keep every digit down to the nanosecond', () => {
  const into = new SourceLine();
  const cases: readonly (readonly [string, number, number, number])[] = [
    ['1617566592.1065369: {', 18, 1_617_566_592, 106_536_900],
    ['1646003667:', 10, 1_646_003_667, 0],
    ['1.1234567899x', 12, 1, 123_456_789],
    ['7.: ', 1, 7, 0],
    ['x', 0, 0, 0],
    ['123456789012', 0, 0, 0],
  ];
  for (const [text, end, seconds, nanoseconds] of cases) {
    into.seconds = into.nanoseconds = 0;
    assert.equal(parseUnixSeconds(Buffer.from(text), 0, text.length, into), end, text);
    assert.deepEqual([into.seconds, into.nanoseconds], [seconds, nanoseconds], text);
  }
});

test("a frame's own time is found by the names that venues use", () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['{"e":"trade","E":1723161255343,"T":1723161255342}', '1723161255.343000000'],
    ['{"data":[{"instId":"BTC-USDT","ts":"1597026383085"}]}', '1597026383.085000000'],
    ['{"type":"match","time":"2021-04-17T16:43:37.123456Z"}', '1618677817.123456000'],
    ['{"data":[{"timestamp": "2026-08-24T22:21:57.110183Z"}]}', '1787610117.110183000'],
    ['{"time_in":"2026-08-24T22:21:57Z","s":"T","stamp":1723161255343}', null],
    ['{"E":12,"T":"soon","ts":1723161255343}', '1723161255.343000000'],
    ['{"u":1,"s":"BTCUSDT","b":"1","B":"2"}', null],
  ];
  for (const [text, expected] of cases) {
    const found = { seconds: 0, nanoseconds: 0 };
    const isFound = findEventTime(Buffer.from(`xx${text}`), 2, text.length + 2, found);
    const time = `${found.seconds}.${String(found.nanoseconds).padStart(9, '0')}`;
    assert.equal(isFound ? time : null, expected, text);
  }
});

test('plain frames: event times never run backwards, and the first known one stands for those above it', async (t) => {
  const lines = [
    '{"channel":"heartbeat"}',
    '{"channel":"trade","type":"update","data":[{"timestamp":"2026-08-24T22:21:58.5Z"}]}',
    '{"channel":"trade","type":"update","data":[{"timestamp":"2026-08-24T22:21:57.5Z"}]}',
    '{"channel":"trade","type":"update","data":[{"timestamp":"2026-08-24T22:21:59.5Z"}]}',
  ];
  const [path] = files(t, { a: lines.join('\r\n') });
  const { recordings, records } = await readAll([path!]);
  assert.deepEqual(
    records.slice(1).map((record) => `${record.split(' ')[0]} ${/{.*/.exec(record)![0]}`),
    ['118.5', '118.5', '118.5', '119.5'].map((time, index) => `1787610${time}00000000 ${lines[index]}`),
  );
  const facts = recordings.files[0]!;
  assert.deepEqual([facts.timesFrom, facts.sorted, facts.venues], ['event', false, ['kraken']]);
});

test('a file without any time stands at the earliest time of the others', async (t) => {
  const ack = '{"success":true,"ret_msg":"","conn_id":"x","op":"subscribe"}\n';
  const [timeless, timed] = files(t, { a: ack, b: '1617666423.5: {"event":"heartbeat"}\n' });
  const { recordings, records } = await readAll([timeless!, timed!]);
  assert.deepEqual(
    recordings.files.map(({ timesFrom }) => timesFrom),
    ['none', 'receive'],
  );
  assert.ok(
    records.every((record) => record.startsWith('1617666423.500000000')),
    records.join('\n'),
  );
  assert.match((await readAll([timeless!])).records[0]!, /^0\.000000000 /);
});

test('a pretty-printed document is one frame, even when a line of it looks like one', async (t) => {
  const document = '{\n  "channel": "book",\n  "type": "update",\n  "data": [\n{"price": 1.50, "qty": 0.250}\n  ]\n}';
  const [path] = files(t, { a: `\n${document}\n` });
  const { recordings, records } = await readAll([path!]);
  assert.equal(recordings.files[0]!.format, 'json');
  assert.ok(records[1]!.endsWith(document), records[1]);
});

test('formats are told by a line', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['1723161256172216566 {"a":1}', 'hftbacktest'],
    ['1617566592.1065369: {}', 'cryptofeed_raw'],
    ['wss://x.y/z?a=b <-> 1617666422.653664', 'cryptofeed_raw'],
    ['configuration: {"a":1}', 'cryptofeed_raw'],
    ['{"t":"recv","conn":"a","ts":1,"data":""}', 'cryptofeed_jsonl'],
    ['{"t":"other"}', 'ndjson'],
    ['[1,"a"]', 'ndjson'],
    ['{}', null],
    ['{"a":', null],
    ['17231612561722165 {"a":1}', null],
  ];
  for (const [line, format] of cases) assert.equal(formatOfLine(line, true), format, line);
});

test('venues are told by URL', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['wss://stream.binance.com:9443/stream?streams=a@trade', 'binance', null],
    ['https://www.binance.com/api/v1/depth?symbol=DOTUSDT&limit=1000', 'binance', 'DOTUSDT'],
    ['https://api.binance.us/api/v1/depth?symbol=MANAUSD&limit=1000', 'binance_us', 'MANAUSD'],
    ['https://fapi.binance.com/fapi/v1/depth?symbol=BATUSDT&limit=1000', 'binance_usdm', 'BATUSDT'],
    ['wss://dstream.binance.com/stream?streams=x', 'binance_coinm', null],
    ['wss://ws.kraken.com', 'kraken', null],
    ['wss://ws.kraken.com/v2', 'kraken', null],
    ['wss://futures.kraken.com/ws/v1', 'KRAKEN_FUTURES', null],
    ['wss://ws.okx.com:8443/ws/v5/public', 'okx', null],
    ['https://www.okx.com/api/v5/market/books?instId=BTC-USDT&sz=400', 'okx', 'BTC-USDT'],
    ['wss://ws-feed.pro.coinbase.com', 'coinbase', null],
    ['https://api.exchange.coinbase.com/products/BTC-USD/book?level=2', 'coinbase', 'BTC-USD'],
    ['wss://advanced-trade-ws.coinbase.com', 'coinbase_advanced', null],
    ['wss://stream.bybit.com/v5/public/linear', 'bybit_linear', null],
    ['https://api.bybit.com/v5/market/orderbook?category=spot&symbol=BTCUSDT', 'bybit_spot', 'BTCUSDT'],
    ['wss://ftexchange.com/ws/', 'FTX', null],
    ['wss://notbinance.com.evil.org/', 'unknown (notbinance.com.evil.org)', null],
  ];
  for (const [url, venue, symbol] of cases) assert.deepEqual([venueOfUrl(url), symbolOfUrl(url)], [venue, symbol], url);
});

test('venues are told by shape where no URL is recorded', () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ['{"stream":"a@depth","data":{"e":"depthUpdate","E":1,"s":"AUSDT","U":1,"u":2,"b":[],"a":[]}}', 'binance'],
    ['{"e":"depthUpdate","E":1,"T":1,"s":"AUSDT","U":1,"u":2,"pu":0,"b":[],"a":[]}', 'binance_usdm'],
    [
      '{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSD_210625","ps":"BTCUSD","U":1,"u":2,"pu":0,"b":[],"a":[]}',
      'binance_coinm',
    ],
    ['{"e":"depthUpdate","E":1,"T":1,"s":"BTCUSDT_210625","U":1,"u":2,"pu":0,"b":[],"a":[]}', 'binance_usdm'],
    ['{"u":499822861,"s":"ZILUSDT","b":"0.2","B":"2","a":"0.3","A":"1"}', 'binance'],
    ['{"lastUpdateId":1,"bids":[],"asks":[]}', null],
    ['{"arg":{"channel":"books","instId":"BTC-USDT"},"data":[]}', 'okx'],
    ['{"event":"subscribe","arg":{"channel":"trades","instId":"A-B"}}', 'okx'],
    ['[560,{"b":[["1","2","3"]],"c":"1"},"book-1000","XBT/USD"]', 'kraken'],
    ['{"channel":"heartbeat"}', 'kraken'],
    ['{"channel":"ticker","client_id":"","timestamp":"x","sequence_num":0,"events":[]}', 'coinbase_advanced'],
    ['{"type":"l2update","product_id":"BTC-USD","changes":[]}', 'coinbase'],
    ['{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1,"data":[]}', 'bybit'],
    ['{"topic":"/market/level2:A-B","data":{}}', 'KUCOIN'],
    ['{"feed":"book","product_id":"PI_XBTUSD"}', 'KRAKEN_FUTURES'],
    ['[1751328000000,"107146.5","107359.7"]', null],
  ];
  for (const [frame, venue] of cases) {
    const shape = shapeOfFrame(Buffer.from(frame), 0, frame.length);
    assert.equal(shape?.kind === 'venue' ? shape.venue : null, venue, frame);
  }
});
