/** The symbol table: exact by bytes and by text, whatever collides; nothing is created but by discovery. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Instrument } from '../../../src/core/market/instrument.ts';
import { discoveredSpec, VenueSymbols } from '../../../src/core/market/venues/symbol-table.ts';
import { bytesOf } from '../../support/codec-harness.ts';

const instrumentOf = (symbol: string, aliases: readonly string[] = [], index = 0) =>
  new Instrument(discoveredSpec('test', symbol, { aliases }), index);
const find = (table: VenueSymbols, symbol: string) => {
  const bytes = bytesOf(`"${symbol}"`);
  return table.findBytes(bytes, 1, bytes.length - 1);
};
const symbol = fc.string({ unit: fc.constantFrom(...'ABC-_/12'), minLength: 1, maxLength: 6 });

test('finds exactly what was added, by bytes and by text', () => {
  fc.assert(
    fc.property(fc.uniqueArray(symbol, { maxLength: 200 }), fc.array(symbol, { maxLength: 50 }), (known, asked) => {
      const table = new VenueSymbols(null);
      const added = new Map(known.map((name, index) => [name, instrumentOf(name, [], index)]));
      for (const instrument of added.values()) table.add(instrument);
      for (const name of [...known, ...asked]) {
        assert.equal(find(table, name), added.get(name) ?? null, name);
        assert.equal(table.findText(name), added.get(name) ?? null, name);
      }
    }),
  );
});

test('an alias finds its instrument; the first to take a name keeps it', () => {
  const table = new VenueSymbols(null);
  const bitcoin = instrumentOf('XBT/USD', ['BTC/USD']);
  table.add(bitcoin);
  table.add(instrumentOf('BTC/USD', [], 1));
  assert.equal(find(table, 'BTC/USD'), bitcoin);
  assert.equal(table.findText('BTC/USD'), bitcoin);
});

test('discovery asks once a symbol, never by bytes, and not for what is no symbol', () => {
  const asked: string[] = [];
  const table = new VenueSymbols((name) => {
    asked.push(name);
    return name === 'NO' ? null : instrumentOf(name);
  });
  assert.equal(find(table, 'BTC'), null);
  const found = table.findText('BTC');
  assert.equal(find(table, 'BTC'), found);
  assert.equal(table.findText('BTC'), found);
  assert.equal(table.findText(''), null);
  assert.equal(table.findText('X'.repeat(65)), null);
  assert.equal(table.findText('NO'), null);
  assert.deepEqual(asked, ['BTC', 'NO']);
});

test('what a symbol tells of its unit', () => {
  const kindOf = (venue: string, name: string) => discoveredSpec(venue, name).contract;
  assert.deepEqual(kindOf('binance', 'BTCUSDT'), { kind: 'base' });
  assert.deepEqual(kindOf('binance_coinm', 'BTCUSD_PERP'), { kind: 'inverse', multiplier: null });
  assert.deepEqual(kindOf('okx', 'BTC-USDT'), { kind: 'base' });
  assert.deepEqual(kindOf('okx', 'BTC-USDT-SWAP'), { kind: 'linear', multiplier: null });
  assert.deepEqual(kindOf('okx', 'BTC-USD-240927'), { kind: 'inverse', multiplier: null });
  assert.deepEqual(kindOf('bybit_inverse', 'BTCUSD'), { kind: 'inverse', multiplier: 1 });
});
