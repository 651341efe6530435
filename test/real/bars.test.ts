/** Minute bars of two recordings against bars made anew from the raw trades, with nothing but JSON.parse and sums. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cryptorun, linesOf, tempFolder } from '../cli/support/cryptorun.ts';
import { HFTBACKTEST } from './support/hftbacktest.ts';
import { payloadsOf, skip } from './support/payloads.ts';

const MINUTE_MS = 60_000;
/** `scanner.watermark_delay_ms` of the packaged config. */
const WATERMARK_DELAY_MS = 1500;

interface Trade {
  readonly timeMs: number;
  readonly id: number;
  readonly price: number;
  readonly base: number;
  readonly quote: number;
  readonly isBuy: boolean;
}

interface NaiveRecording {
  readonly trades: readonly Trade[];
  /** Exchange time of the very first and the very last message with a time, whatever its kind. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** @param contractUsd - what a contract is worth; null where sizes are base units */
function naiveRecording(path: string, contractUsd: number | null): NaiveRecording {
  const trades: Trade[] = [];
  const times: number[] = [];
  for (const { text } of payloadsOf(path)) {
    const { data } = JSON.parse(text);
    if (data?.E !== undefined) times.push(data.E);
    if (data?.e !== 'trade') continue;
    const [price, size] = [Number(data.p), Number(data.q)];
    const quote = contractUsd === null ? price * size : size * contractUsd;
    // `m`: the buyer was the maker, so the seller took.
    trades.push({ timeMs: data.T, id: data.t, price, base: quote / price, quote, isBuy: !data.m });
  }
  return { trades, firstMs: Math.min(...times.slice(0, 1)), lastMs: Math.max(...times.slice(-1000)) };
}

/** Every column of bars_1m.csv that trades decide, by the minute's close. */
function naiveBar(trades: readonly Trade[]): Record<string, number> {
  const inTime = [...trades].sort((a, b) => a.timeMs - b.timeMs || a.id - b.id);
  const prices = inTime.map(({ price }) => price);
  const sum = (some: readonly Trade[], of: 'base' | 'quote'): number => some.reduce((total, one) => total + one[of], 0);
  const [base, quote] = [sum(trades, 'base'), sum(trades, 'quote')];
  const buy = sum(
    trades.filter(({ isBuy }) => isBuy),
    'quote',
  );
  const sell = sum(
    trades.filter(({ isBuy }) => !isBuy),
    'quote',
  );
  return {
    open: prices[0]!,
    high: Math.max(...prices),
    low: Math.min(...prices),
    close: prices.at(-1)!,
    base_volume: base,
    quote_volume: quote,
    buy_quote_volume: buy,
    sell_quote_volume: sell,
    trade_count: trades.length,
    vwap: quote / base,
    cvd: buy - sell,
  };
}

/** The last revision of each minute bar. */
function csvBars(path: string): Map<number, Record<string, string>> {
  const [head, ...rows] = linesOf(path).map((line) => line.split(','));
  const bars = rows.map((row) => Object.fromEntries(head!.map((name, i) => [name, row[i]!])));
  return new Map(bars.map((bar) => [Date.parse(bar['close_time']!), bar]));
}

for (const [file, contractUsd] of [
  ['binance_spot/btcusdt', null],
  ['binance_usdm/ethusdt', null],
  ['binance_coinm/btcusd_perp', 100],
] as const) {
  test(`${file}: every minute bar`, { skip }, () => {
    const { path, venue, symbol } = HFTBACKTEST.find((one) => one.file === file)!;
    const out = join(tempFolder(), 'out');
    assert.equal(cryptorun(['replay', '-q', path, '--out', out]).code, 0);
    const bars = csvBars(join(out, 'bars_1m.csv'));
    const { trades, firstMs, lastMs } = naiveRecording(path, contractUsd);

    const firstCloseMs = (Math.floor(firstMs / MINUTE_MS) + 1) * MINUTE_MS;
    const closes: number[] = [];
    for (let ms = firstCloseMs; ms + WATERMARK_DELAY_MS <= lastMs; ms += MINUTE_MS) closes.push(ms);
    assert.ok(closes.length >= 4);
    assert.deepEqual([...bars.keys()], closes);

    for (const closeMs of closes) {
      const bar = bars.get(closeMs)!;
      const own = trades.filter(({ timeMs }) => timeMs >= closeMs - MINUTE_MS && timeMs < closeMs);
      const context = `${bar['close_time']}`;
      for (const [name, expected] of Object.entries(naiveBar(own)))
        assertClose(Number(bar[name]), expected, `${context} ${name}`);
      assert.deepEqual([bar['venue'], bar['symbol'], bar['price_source']], [venue, symbol, 'trade'], context);
      // The recording begins inside its first minute; every later one is whole, for no trade id is missing.
      assert.equal(bar['complete'], String(closeMs !== firstCloseMs), context);
      const coverageMs = Number(bar['coverage_ms']);
      if (closeMs === firstCloseMs) assert.ok(coverageMs > 0 && coverageMs <= closeMs - firstMs, context);
      else assert.equal(coverageMs, MINUTE_MS, context);
    }
    const ids = trades.map(({ id }) => id);
    assert.ok(
      ids.every((id, i) => i === 0 || id === ids[i - 1]! + 1),
      'the recording itself lacks trades',
    );
  });
}

/** Equal to 1e-9, relative; a difference of two sums, relative to 1. */
function assertClose(actual: number, expected: number, what: string): void {
  const tolerance = 1e-9 * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, naively ${expected}`);
}
