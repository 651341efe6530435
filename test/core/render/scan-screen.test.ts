/** The screen of a running scan: fits every terminal, says what matters, and cuts nothing without saying so. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { statusRow } from '../../../src/core/ops/status.ts';
import {
  type ScanScreen,
  type ScreenInstrument,
  type ScreenVenue,
  scanScreen,
} from '../../../src/core/render/scan-screen.ts';
import { displayWidth } from '../../../src/core/render/width.ts';

const NOW_MS = Date.parse('2026-03-01T12:34:56Z');

const KRAKEN: ScreenVenue = {
  name: 'kraken',
  state: 'live',
  reason: 'ready',
  books: 6,
  liveBooks: 6,
  skewMs: -12.4,
  lagMs: 45.2,
  messagesPerSecond: 123.44,
  silentMs: 300,
};
const BINANCE: ScreenVenue = {
  ...KRAKEN,
  name: 'binance',
  state: 'connecting',
  reason: 'no such host (ENOTFOUND)',
  liveBooks: 0,
  skewMs: null,
  lagMs: null,
  messagesPerSecond: 0,
  silentMs: null,
};
const BTC: ScreenInstrument = {
  id: 'BTC-USD',
  venue: 'kraken',
  bookState: 'live',
  mid: '97123.45',
  spreadBps: 0.312,
  depthUsd: 1_234_567,
  lastBar: { closeMs: Date.parse('2026-03-01T12:34:00Z'), close: '97120.1', tradeCount: 12 },
};
const ETH: ScreenInstrument = {
  ...BTC,
  id: 'ETH-USD',
  bookState: 'gap',
  mid: null,
  spreadBps: null,
  depthUsd: null,
  lastBar: null,
};

const SCREEN: ScanScreen = {
  source: 'live',
  session: 'scan-20260301_120000',
  mode: 'normal',
  upMs: 754_000,
  nowMs: NOW_MS,
  kill: null,
  venues: [KRAKEN, BINANCE],
  instruments: [BTC, ETH],
  events: [{ atMs: NOW_MS - 5000, text: 'kraken ETH/USD gap: sequence', tone: 'warn' }],
  rows: [
    statusRow({ category: 'health', name: 'grade', value: 'A', status: 'OK' }),
    statusRow({ category: 'kpi', name: 'lag_p95_ms', value: 2.3, unit: 'ms', status: 'OK' }),
  ],
};

const texts = (screen: ScanScreen, columns = 80, rows = 24): string[] =>
  scanScreen(screen, { columns, rows }).map((line) =>
    line
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );

test('80x24: as an operator sees it', () => {
  assert.deepEqual(texts(SCREEN), [
    'cryptorun scan  live  scan-20260301_120000  up 12 min  12:34:56 UTC',
    '',
    'VENUE             FEED         BOOKS     SKEW      LAG    MSG/S    SILENT',
    'kraken            live           6/6   -12 ms    45 ms    123.4       0 s',
    'binance           connecting     0/6  no such host (ENOTFOUND)',
    '',
    'INSTRUMENT      VENUE                   MID    SPREAD   DEPTH           LAST BAR',
    'BTC-USD         kraken             97123.45   0.31 bp   $1.2M      12:34 97120.1',
    'ETH-USD         kraken                  gap         -       -                  -',
    '',
    '12:34:51  kraken ETH/USD gap: sequence',
    ...Array.from({ length: 12 }, () => ''),
    'grade A  healthy venues -  lag p95 2 ms  gaps/h -  req/min -  errors -  open br…',
  ]);
});

test('a polled price is about that, a price of no book is none', () => {
  const lines = texts({
    ...SCREEN,
    instruments: [
      { ...BTC, bookState: 'polled' },
      { ...BTC, bookState: 'stale' },
    ],
  });
  const shown = lines.filter((line) => line.startsWith('BTC-USD')).map((line) => line.split(/ +/)[2]);
  assert.deepEqual(shown, ['~97123.45', 'stale']);
});

test('the kill switch, the mode and a demo are on top', () => {
  const kill = { level: 'pause', reason: 'operator asked', engagedAtMs: NOW_MS - 60_000 };
  const [title, banner] = texts({ ...SCREEN, source: 'demo, 20x', mode: 'observe', kill });
  assert.match(title!, /demo, 20x {2}mode observe/);
  assert.match(banner!, /^██ KILL SWITCH ENGAGED: PAUSE since 12:33: operator asked █+$/);
  assert.equal(displayWidth(banner!), 80);
});

test('what there is no room for is said to be there', () => {
  const many = { ...SCREEN, instruments: Array.from({ length: 50 }, (_, i) => ({ ...BTC, id: `X${i}` })) };
  const lines = texts(many);
  const shown = lines.filter((line) => /^X\d/.test(line)).length;
  assert.ok(shown >= 5, `${shown}`);
  assert.ok(lines.includes(`  and ${50 - shown} more`));
  assert.ok(lines.some((line) => line.includes('gap: sequence')));
  assert.match(lines.at(-1)!, /^grade A/);
});

test('texts from venues and operators cannot move the cursor', () => {
  const evil = { ...SCREEN, events: [{ atMs: NOW_MS, text: 'a\u001b[2Jb\nc', tone: 'plain' as const }] };
  assert.ok(texts(evil).includes('12:34:56  a␛[2Jb c'));
});

test('any size, any amount: never more lines nor wider than the terminal', () => {
  const size = fc.record({ columns: fc.integer({ min: 20, max: 200 }), rows: fc.integer({ min: 3, max: 60 }) });
  const amount = fc.record({ venues: fc.nat(12), instruments: fc.nat(60), events: fc.nat(30) });
  fc.assert(
    fc.property(size, amount, fc.boolean(), ({ columns, rows }, counts, isKilled) => {
      const screen: ScanScreen = {
        ...SCREEN,
        kill: isKilled ? { level: 'kill', reason: 'x'.repeat(300), engagedAtMs: NOW_MS } : null,
        venues: Array.from({ length: counts.venues }, () => BINANCE),
        instruments: Array.from({ length: counts.instruments }, () => ETH),
        events: Array.from({ length: counts.events }, () => SCREEN.events[0]!),
      };
      const lines = texts(screen, columns, rows);
      assert.equal(lines.length, rows);
      for (const line of lines) assert.ok(displayWidth(line) <= columns, line);
      assert.match(lines.at(-1)!, /^grade/);
    }),
    { numRuns: 200 },
  );
});
