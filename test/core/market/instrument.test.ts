import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_DECIMALS } from '../../../src/core/base/decimal.ts';
import { asciiBytes, type ContractUnit } from '../../../src/core/market/instrument.ts';
import { discoveredSpec } from '../../../src/core/market/venues/symbol-table.ts';
import { instrumentOf } from '../../support/book-reference.ts';

test("a venue's size becomes base and quote amounts by its contract, never by a guess", () => {
  for (const [contract, size, price, base, quote] of [
    [{ kind: 'base' }, 2, 50_000, 2, 100_000],
    // OKX BTC-USDT-SWAP: a contract is 0.01 BTC.
    [{ kind: 'linear', multiplier: 0.01 }, 300, 50_000, 3, 150_000],
    // OKX BTC-USD-SWAP, Binance COIN-M BTCUSD_PERP: a contract is 100 USD.
    [{ kind: 'inverse', multiplier: 100 }, 300, 50_000, 0.6, 30_000],
    [{ kind: 'linear', multiplier: null }, 300, 50_000, Number.NaN, Number.NaN],
    [{ kind: 'inverse', multiplier: null }, 300, 50_000, Number.NaN, Number.NaN],
  ] as readonly (readonly [ContractUnit, number, number, number, number])[]) {
    const instrument = instrumentOf('okx', { contract });
    assert.deepEqual([instrument.baseAmount(size, price), instrument.quoteAmount(size, price)], [base, quote]);
  }
});

test('decimals grow and never shrink, but for the wire that fixes them', () => {
  const instrument = instrumentOf('kraken', { priceDecimals: 1, sizeDecimals: 2 });
  const decimals = (): number[] => [instrument.priceDecimals, instrument.sizeDecimals];
  instrument.growDecimals(3, 1);
  assert.deepEqual(decimals(), [3, 2]);
  instrument.growDecimals(99, 99);
  assert.deepEqual(decimals(), [MAX_DECIMALS, MAX_DECIMALS]);
  instrument.setDecimals(2, 8);
  assert.deepEqual(decimals(), [2, 8]);
  assert.deepEqual([instrument.priceNumber(12_345), instrument.sizeNumber(50_000_000)], [123.45, 0.5]);
});

test('what a recording names tells its unit only where the symbol does', () => {
  for (const [venue, symbol, contract] of [
    ['binance', 'BTCUSDT', { kind: 'base' }],
    ['binance_usdm', 'BTCUSDT', { kind: 'base' }],
    ['binance_coinm', 'BTCUSD_PERP', { kind: 'inverse', multiplier: null }],
    ['bybit_linear', 'BTCUSDT', { kind: 'base' }],
    ['bybit_inverse', 'BTCUSD', { kind: 'inverse', multiplier: 1 }],
    ['okx', 'BTC-USDT', { kind: 'base' }],
    ['okx', 'BTC-USDT-SWAP', { kind: 'linear', multiplier: null }],
    ['okx', 'BTC-USD-SWAP', { kind: 'inverse', multiplier: null }],
    ['okx', 'BTC-USD-240927', { kind: 'inverse', multiplier: null }],
    ['kraken', 'XBT/USD', { kind: 'base' }],
  ] as const) {
    const spec = discoveredSpec(venue, symbol);
    assert.deepEqual([spec.id, spec.contract], [`${venue}:${symbol}`, contract]);
  }
});

test('symbols as bytes; what is not ASCII becomes a character no symbol has', () => {
  assert.deepEqual([...asciiBytes('A/é')], [65, 47, 63]);
});
