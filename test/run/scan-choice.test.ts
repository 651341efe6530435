/** Which instruments a scan is about, by what was typed; and what of its effects is told, in which words. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentSpec } from '../../src/core/market/instrument.ts';
import type { Effect } from '../../src/core/scan/effect.ts';
import { chooseInstruments } from '../../src/shell/run/scan/choose-instruments.ts';
import { questionOf } from '../../src/shell/run/scan/desk-protocol.ts';
import { ConnectionNews } from '../../src/shell/run/scan/show/connection-news.ts';
import { eventOf, ndjsonLine } from '../../src/shell/run/scan/show/event-text.ts';

const spec = (id: string, venue: string, symbol: string): InstrumentSpec =>
  ({ id, venue, symbol, aliases: symbol === 'XBT/USD' ? ['BTC/USD'] : [] }) as unknown as InstrumentSpec;
const SPECS = [
  spec('BTC-USD', 'kraken', 'XBT/USD'),
  spec('ETH-USD', 'kraken', 'ETH/USD'),
  spec('BTC-USD', 'coinbase', 'BTC-USD'),
  spec('BTC-USDT', 'okx', 'BTC-USDT'),
];

test('instruments by venue, name and number', () => {
  const all = ['coinbase', 'kraken', 'okx'];
  for (const [venues, symbols, top, chosen] of [
    [[], null, null, 'coinbase BTC-USD, kraken XBT/USD, kraken ETH/USD, okx BTC-USDT'],
    [['kraken'], null, null, 'kraken XBT/USD, kraken ETH/USD'],
    [['okx', 'kraken'], null, 1, 'okx BTC-USDT, kraken XBT/USD'],
    [[], ['BTC-USD'], null, 'coinbase BTC-USD, kraken XBT/USD'],
    [[], ['BTC/USD'], null, 'kraken XBT/USD'],
    [['okx'], ['BTC-USDT'], 5, 'okx BTC-USDT'],
    [['okx'], ['BTC-USD'], null, '--symbols BTC-USD: no instrument of okx has this id or symbol'],
    [
      ['oxk', 'x'],
      null,
      null,
      '--venue oxk: wanted one of coinbase, kraken, okx\n--venue x: wanted one of coinbase, kraken, okx',
    ],
  ] as const) {
    const found = (): string =>
      chooseInstruments(SPECS, all, { venues, symbols, top })
        .map(({ venue, symbol }) => `${venue} ${symbol}`)
        .join(', ');
    if (chosen.startsWith('--')) assert.throws(found, { code: 'usage', message: chosen });
    else assert.equal(found(), chosen);
  }
});

test('effects in words, and as facts whose times are text', () => {
  const atMs = Date.parse('2026-03-01T12:00:01Z');
  const gap = { kind: 'sequence', startMs: atMs, endMs: null, idBefore: 1, idAfter: 3, reason: 'hole' } as const;
  const told = (effect: Effect): readonly [string, string] | null => {
    const event = eventOf(effect);
    return event && [event.text, ndjsonLine(event, atMs).trim()];
  };
  assert.deepEqual(told({ kind: 'gap_opened', venue: 'okx', symbol: 'A', gap }), [
    'okx A book lost: sequence, hole',
    '{"at":"2026-03-01T12:00:01.000Z","event":"gap_opened","venue":"okx","symbol":"A","gap":"sequence","startTime":"2026-03-01T12:00:01.000Z","endMs":null,"idBefore":1,"idAfter":3,"reason":"hole"}',
  ]);
  assert.deepEqual(told({ kind: 'switch_changed', name: 'publish', isOn: false, atMs }), [
    'switch publish is OFF',
    '{"at":"2026-03-01T12:00:01.000Z","event":"switch_changed","name":"publish","isOn":false}',
  ]);
  assert.equal(told({ kind: 'send_text', connection: 1, text: 'secret' }), null);
});

test('a venue out of reach: once a reason, and anew when it was reached in between', () => {
  const news = new ConnectionNews();
  const link = (state: 'up' | 'down', reason: string) =>
    news.onLink({
      kind: 'link',
      connection: 1,
      venue: 'okx',
      transport: 'websocket',
      state,
      symbol: null,
      reason,
      receiveTimeMs: 0,
    });
  const line = 'okx: no connection: refused; trying again';
  assert.deepEqual(
    [link('down', 'refused'), link('down', 'refused'), link('down', 'no host'), link('up', '')],
    [line, null, 'okx: no connection: no host; trying again', null],
  );
  assert.deepEqual([link('down', 'going away'), link('down', 'refused')], [null, line]);
});

test('questions that are none', () => {
  const whole = { ask: 'book', venue: 'okx', symbol: 'A', depth: 3 };
  const order = { ask: 'resync', venue: 'okx', symbol: 'A', user: 'alice', host: 'desk', reason: 'odd' };
  const reconnect = { ...order, ask: 'reconnect', symbol: null };
  for (const one of [whole, order, reconnect]) assert.deepEqual(questionOf(JSON.stringify(one)), one);
  for (const wrong of [
    { ...whole, ask: 'kill' },
    { ...whole, depth: 0 },
    { ...whole, depth: 1e9 },
    { ...whole, venue: 1 },
    { ...order, symbol: null },
    { ...order, ask: 'reconnect' },
    { ...order, ask: 'engage' },
    { ...order, reason: ' ' },
    { ...order, reason: 'x'.repeat(1001) },
    { ...order, user: '' },
  ])
    assert.equal(questionOf(JSON.stringify(wrong)), null);
  assert.equal(questionOf('{'), null);
  assert.equal(questionOf('null'), null);
});
