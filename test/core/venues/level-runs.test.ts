/** Levels read apart from their frame: what is left and what was taken out make the same frame that `JSON.parse` reads. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mantissaOf, significantDecimalsOf } from '../../../src/core/base/decimal.ts';
import { LevelRuns } from '../../../src/core/market/venues/level-runs.ts';
import { VenueSymbols } from '../../../src/core/market/venues/symbol-table.ts';
import { Twins } from '../../fuzz/support/twins.ts';
import { bytesOf, decodeText } from '../../support/codec-harness.ts';

const tools = { symbols: new VenueSymbols(null), decodeText };
const PLAIN = { countsZeros: false, isTimed: false };
/** Longer than the least that is read apart. */
const MANY = 80;
const PAD = `"pad":"${'x'.repeat(1100)}"`;

/** Frame text among other bytes, so that reading on behind it would show. */
function takeOut(runs: LevelRuns, text: string): string | null {
  const bytes = bytesOf(`,["1","2${text},["1","2"`);
  return runs.takeOut(tools, bytes, 8, bytes.length - 9);
}

const number = fc
  .tuple(fc.nat(999_999_999), fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 6 }))
  .map(([whole, fraction]) => (fraction === '' ? `${whole}` : `${whole}.${fraction}`));
const row = fc.tuple(number, number, fc.array(fc.constantFrom('0', '', 'r', 'x y'), { maxLength: 2 }));
const rows = fc.array(row, { minLength: 1, maxLength: 300 });

test('what is left and what was taken out is the frame, number for number', () => {
  fc.assert(
    fc.property(rows, rows, (asks, bids) => {
      const text = JSON.stringify({
        ts: 'é',
        asks: asks.map(([a, b, c]) => [a, b, ...c]),
        deep: [{ bids: bids.map(([a, b, c]) => [a, b, ...c]), none: [] }],
        pad: 'x'.repeat(1100),
      }).replace('é', '');
      const runs = new LevelRuns(PLAIN);
      const left = takeOut(runs, text);
      assert.ok(left !== null);
      const message = JSON.parse(left) as { asks: unknown; deep: [{ bids: unknown; none: unknown }]; pad: string };
      assert.deepEqual(message.deep[0].none, []);
      assert.equal(runs.runs.length, 2);
      for (const [mark, expected] of [
        [message.asks, asks],
        [message.deep[0].bids, bids],
      ] as const) {
        const run = runs.find(mark)!;
        assert.equal(run.to - run.from, 2 * expected.length);
        assert.equal(run.decimals.price, Math.max(...expected.map(([price]) => significantDecimalsOf(price))));
        assert.equal(run.decimals.size, Math.max(...expected.map(([, size]) => significantDecimalsOf(size))));
        assert.equal(runs.number(run.largestPriceAt), Math.max(...expected.map(([price]) => Number(price))));
        assert.equal(run.largestSize, Math.max(...expected.map(([, size]) => Number(size))));
        expected.forEach(([price, size], i) => {
          assert.equal(runs.mantissa(run.from + 2 * i, run.decimals.price), mantissaOf(price, run.decimals.price));
          assert.equal(runs.mantissa(run.from + 2 * i + 1, 6), mantissaOf(size, 6));
        });
      }
    }),
    { numRuns: 300 },
  );
});

/** [why, the frame]: nothing is taken out of it. */
const WHOLE: readonly (readonly [string, string])[] = [
  ['a small frame', '{"a":[["1","2"]]}'],
  ['no levels', `{${PAD}}`],
  ['empty levels only', `{"a":[],"b":[[]],${PAD}}`],
  ['levels that are no value of a key', `[[["1","2"]],{${PAD}}]`],
  ['a backslash before', `{"x":"\\"","a":[["1","2"]],${PAD}}`],
  ['a backslash behind', `{"a":[["1","2"]],${PAD},"x":"\\u0001"}`],
  ['a backslash in a level', `{"a":[["1","2","\\n"]],${PAD}}`],
  ['levels that begin late', `{${PAD},"a":[["1","2"]]}`],
  ['a number without quotes', `{"a":[["1",2]],${PAD}}`],
  ['a number as a third element', `{"a":[["1","2",3]],${PAD}}`],
  ['a price alone', `{"a":[["1"]],${PAD}}`],
  ['a sign', `{"a":[["1","-2"]],${PAD}}`],
  ['an exponent', `{"a":[["1","2e3"]],${PAD}}`],
  ['no digit after the point', `{"a":[["1.","2"]],${PAD}}`],
  ['no digit before the point', `{"a":[[".5","2"]],${PAD}}`],
  ['2^53', `{"a":[["9007199254740992","2"]],${PAD}}`],
  ['2^53 with decimals', `{"a":[["1","90071992547409.92"]],${PAD}}`],
  ['a space', `{"a":[["1", "2"]],${PAD}}`],
  ['a control character in a level', `{"a":[["1","2","\u0001"]],${PAD}}`],
  ['cut behind a level', `{${'"a":[["1","2"]'.padEnd(1100, ' ')}]`],
];

for (const [why, text] of WHOLE) {
  test(`left to JSON.parse whole: ${why}`, () => {
    const runs = new LevelRuns(PLAIN);
    assert.equal(takeOut(runs, text), null);
    assert.deepEqual(runs.runs, []);
  });
}

test('times: the latest of all levels, and every level must have one', () => {
  const runs = new LevelRuns({ countsZeros: true, isTimed: true });
  const frame = (...times: readonly string[]) =>
    `{"as":[${times.map((time) => `["5.100","0.10",${time}]`).join()}],${PAD}}`;
  const left = takeOut(runs, frame('"1534614057.321597"', '"1534614058.000001","r"', '"0.500000"'));
  assert.ok(left !== null);
  const run = runs.find((JSON.parse(left) as { as: unknown }).as)!;
  assert.equal(run.latestMs, 1534614058000.001);
  assert.deepEqual(run.decimals, { price: 3, size: 2 });
  for (const time of ['"1534614057"', '"1534614057.32159"', '"01534614057.321597"', '""', '"r"'])
    assert.equal(takeOut(runs, frame('"1534614057.321597"', time)), null, time);
  assert.equal(takeOut(runs, `{"as":[["5.1","0.1"]],${PAD}}`), null);
});

const levels = (first: string, n = MANY) =>
  `[${[first, ...Array.from({ length: n }, (_, i) => `["${60_000 - i}.10","0.${i}25"]`)].join()}]`;
const timed = (first: string) =>
  levels(first).replaceAll(/\["(\d+\.10)","(0\.\d+)"\]/g, '["$1","$2","1534614057.321597"]');
const BINANCE = `{"lastUpdateId":7,"bids":${levels('["61800.10","2.5"]')},"asks":${levels('["61800.20","1"]')}}`;
const OKX = `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"snapshot","data":[{"asks":${levels('["61800.2","1","0","4"]')},"bids":${levels('["61800.1","1","0","4"]')},"ts":"1646003668243","checksum":-1931515903}]}`;
const KRAKEN = `[0,{"as":${timed('["61800.10","2.50000000","1534614057.321597"]')},"bs":${timed('["61800.00","2.5","1534614057.321598"]')}},"book-1000","XBT/USD"]`;
const BYBIT = `{"topic":"orderbook.200.BTCUSDT","type":"snapshot","ts":1786310818130,"data":{"s":"BTCUSDT","b":${levels('["65095.30","0.005"]')},"a":${levels('["65095.40","0.005"]')},"u":15,"seq":9},"cts":1786310818129}`;

/** [why, venue, frame]: big frames that a reading apart might take otherwise than `JSON.parse`. */
const BIG: readonly (readonly [string, string, string])[] = [
  ['a snapshot', 'binance', BINANCE],
  ['a snapshot', 'okx', OKX],
  ['a snapshot', 'kraken', KRAKEN],
  ['a snapshot', 'bybit_linear', BYBIT],
  ['a side twice', 'binance', BINANCE.replace('"asks"', '"bids"')],
  ['a side twice, then empty', 'okx', OKX.replace('"ts"', '"bids":[],"ts"')],
  ['levels where nobody looks', 'binance', BINANCE.replace('"bids"', '"x":[["1","2"]],"bids"')],
  ['levels in place of a symbol', 'okx', OKX.replace('"BTC-USDT"', '[["1","2"]]')],
  ['levels in place of an id', 'binance', BINANCE.replace('7', '[["1","2"]]')],
  ['levels in place of the channel', 'okx', OKX.replace('"books"', '[["1","2"]]')],
  ['a key of levels that is none', 'kraken', KRAKEN.replace('"as"', '"__proto__"')],
  ['a level without a time', 'kraken', KRAKEN.replace(',"1534614057.321598"', '')],
  ['a size over 2^53 at the decimals of another', 'binance', BINANCE.replace('"2.5"', '"90071992547409"')],
  ['a price over 2^53 at the decimals of another', 'okx', OKX.replace('"61800.2"', '"9007199254740991"')],
  ['a best level from many', 'bybit_spot', BYBIT.replace('orderbook.200', 'orderbook.1')],
  ['a best level from many', 'okx', OKX.replace('books', 'bbo-tbt')],
  ['invalid UTF-8 behind', 'okx', OKX.replace('"ts"', '"x":"\u00c3\u0028","ts"')],
  ['an array of events', 'binance', `[${BINANCE}]`],
  ['an unknown symbol channel', 'kraken', KRAKEN.replace('book-1000', 'book-x')],
  ['no JSON behind', 'bybit_linear', BYBIT.replace('"seq":9', '"seq":}')],
];

for (const [why, venue, text] of BIG) {
  test(`read apart as read whole: ${venue}, ${why}`, () => {
    const twins = new Twins(venue);
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    for (let times = 0; times < 2; times++) twins.check(bytes, 0, bytes.length, 'BTCUSDT');
  });
}
