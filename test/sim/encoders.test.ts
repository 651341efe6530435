/** The encoders against texts that exchanges sent or documented (facts of the protocol sheet). */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as binance from '../../src/shell/sim/binance-encoder.ts';
import { BINANCE_LISTINGS, KRAKEN_LISTINGS, OKX_LISTINGS } from '../../src/shell/sim/demo-markets.ts';
import * as kraken from '../../src/shell/sim/kraken-encoder.ts';
import * as okx from '../../src/shell/sim/okx-encoder.ts';
import { fixedText, rfc3339Text, strippedText, unixSecondsText } from '../../src/shell/sim/wire-text.ts';

const TIME_US = 1_793_610_890_123_456;
const [SPOT, , USDM] = BINANCE_LISTINGS as [binance.BinanceListing, unknown, binance.BinanceListing];
const PRINT = { timeUs: TIME_US, price: 784_123, size: 2_507, takerSide: 'sell', makers: 2 } as const;

describe('wire text', () => {
  test('prints units with all their zeros, or with none', () => {
    assert.equal(fixedText(618_002, 1, 2), '61800.20');
    assert.equal(fixedText(5_100, 8), '0.00005100');
    assert.equal(fixedText(7, 0), '7');
    assert.equal(strippedText(618_000, 1), '61800');
    assert.equal(strippedText(3_780, 5), '0.0378');
    assert.equal(strippedText(0, 2), '0');
    assert.equal(strippedText(120, 0), '120');
  });

  test('prints microseconds as UTC and as seconds', () => {
    assert.equal(rfc3339Text(TIME_US), '2026-11-02T09:14:50.123456Z');
    assert.equal(rfc3339Text(1_793_610_890_000_007), '2026-11-02T09:14:50.000007Z');
    assert.equal(unixSecondsText(TIME_US), '1793610890.123456');
  });
});

describe('Kraken', () => {
  const { spec } = KRAKEN_LISTINGS[0]!;
  const units = (text: string) =>
    text.split(' ').map((level) => {
      const [price = '', size = ''] = level.split('/');
      return { price: Number(price.replace('.', '')), size: Number(size.replace('.', '')) };
    });

  test('computes the checksum of the documented example', () => {
    const ask = units(
      '45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 ' +
        '45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827',
    );
    const bid = units(
      '45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 ' +
        '45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238',
    );
    assert.equal(kraken.bookChecksum({ bid, ask }), 3_310_070_434);
    const deeper = { bid: [...bid, { price: 1, size: 1 }], ask: [...ask, { price: 999_999, size: 1 }] };
    assert.equal(kraken.bookChecksum(deeper), 3_310_070_434, 'only the best ten count');
  });

  test('writes bare numbers with their zeros, changes in order', () => {
    const view = { bid: [{ price: 784_000, size: 5_100 }], ask: [{ price: 784_001, size: 100_000_000 }] };
    const changes = [
      { side: 'bid', price: 784_000, size: 0 },
      { side: 'bid', price: 784_000, size: 5_100 },
    ] as const;
    assert.equal(
      kraken.bookUpdate(spec, TIME_US, changes, view),
      '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":78400.0,"qty":0.00000000},' +
        '{"price":78400.0,"qty":0.00005100}],"asks":[],' +
        `"checksum":${kraken.bookChecksum(view)},"timestamp":"2026-11-02T09:14:50.123456Z"}]}`,
    );
  });

  test('acks one symbol at a time and tells the depth', () => {
    assert.equal(
      kraken.subscribeAck(kraken.books(25), 'ETH/USD', TIME_US, 7),
      '{"method":"subscribe","result":{"channel":"book","depth":25,"snapshot":true,"symbol":"ETH/USD"},"success":true,' +
        '"time_in":"2026-11-02T09:14:50.123398Z","time_out":"2026-11-02T09:14:50.123456Z","req_id":7}',
    );
  });
});

describe('Binance', () => {
  const ids = { firstId: 157, lastId: 160, previousId: 149 };
  const levels = { bid: [{ price: 7_841_229, size: 0 }], ask: [] };

  test('writes spot depth without pu and with eight decimals', () => {
    assert.equal(
      binance.depthUpdate(SPOT, TIME_US, ids, levels),
      '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1793610890123,"s":"BTCUSDT","U":157,"u":160,' +
        '"b":[["78412.29000000","0.00000000"]],"a":[]}}',
    );
  });

  test('writes USD-M depth with T, pu and the fields of 2026', () => {
    assert.equal(
      binance.depthUpdate(USDM, TIME_US, ids, { bid: [], ask: [{ price: 784_123, size: 2_507 }] }),
      '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1793610890123,"T":1793610890122,"s":"BTCUSDT",' +
        '"U":157,"u":160,"pu":149,"b":[],"a":[["78412.30","2.507"]],"st":1,"ps":"BTCUSDT"}}',
    );
  });

  test('says that the buyer was the maker when the taker sold', () => {
    assert.equal(
      binance.trade(USDM, 12_345, PRINT),
      '{"stream":"btcusdt@trade","data":{"e":"trade","E":1793610890123,"T":1793610890123,"s":"BTCUSDT","t":12345,' +
        '"p":"78412.30","q":"2.507","X":"MARKET","m":true,"st":1,"ps":"BTCUSDT"}}',
    );
    assert.match(binance.trade(SPOT, 1, { ...PRINT, takerSide: 'buy' }), /"m":false,"M":true}}$/);
  });

  test('gives spot book tickers no event type and no time', () => {
    const touch = { bid: { price: 7_841_229, size: 1 }, ask: { price: 7_841_230, size: 2 } };
    assert.equal(
      binance.bookTicker(SPOT, TIME_US, 99, touch),
      '{"stream":"btcusdt@bookTicker","data":{"u":99,"s":"BTCUSDT","b":"78412.29000000","B":"0.00001000",' +
        '"a":"78412.30000000","A":"0.00002000"}}',
    );
  });
});

describe('OKX', () => {
  const { spec } = OKX_LISTINGS[0]!;

  test('writes numbers as text without zeros at the end, and checksum 0', () => {
    const levels = { ask: [{ price: 847_700, size: 0 }], bid: [] };
    assert.equal(
      okx.books(spec, 'update', TIME_US, { previous: 123_456, current: 123_457 }, levels),
      '{"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"update","data":[{"asks":[["84770","0","0","0"]],' +
        '"bids":[],"ts":"1793610890123","checksum":0,"prevSeqId":123456,"seqId":123457}]}',
    );
  });

  test('writes the taker side of a trade', () => {
    assert.equal(
      okx.trades(spec, 130_639_474, 5, PRINT),
      '{"arg":{"channel":"trades","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP","tradeId":"130639474",' +
        '"px":"78412.3","sz":"25.07","side":"sell","ts":"1793610890123","count":"2","source":"0","seqId":5}]}',
    );
  });
});
