/** Every frame of every recording: `decode` equals `decodeSlow`, and `decodeSlow` equals plain `JSON.parse` and `Number`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POW10 } from '../../src/core/base/decimal.ts';
import { TICK_KIND_NAMES, type Tick, type TickBatch, TickKind } from '../../src/core/market/tick.ts';
import { providerOf } from '../../src/core/market/venues/registry.ts';
import { hasMarketdata } from '../support/marketdata.ts';
import { PLAIN_READERS, type PlainTick } from './support/plain-readers.ts';
import { forEachFrame, RECORDINGS } from './support/recordings.ts';
import { Twins } from './support/twins.ts';

const skip = hasMarketdata ? false : 'no recorded market data here';

/** Share of each recording's frames that must take the fast path; what is below is told why. */
const FAST_SHARE: Readonly<Record<string, number>> = {
  'Kraken v2': 0,
  Bybit: 0.3, // tickers are always read slowly
  'Binance spot 2021': 0.85,
};

for (const [name, path] of Object.entries(RECORDINGS)) {
  test(`${name}: all three readings agree on every frame`, { skip }, async (t) => {
    const twins = new Map<string, Twins>();
    let frames = 0;
    let ticks = 0;
    await forEachFrame(path, ({ bytes, from, to, connection: { venue, symbol } }) => {
      let pair = twins.get(venue);
      if (pair === undefined) twins.set(venue, (pair = new Twins(venue)));
      const outcome = pair.check(bytes, from, to, symbol);
      assert.notEqual(outcome, 'malformed', pair.slow.batch.reason);
      ticks += comparePlainly(venue, symbol, bytes.subarray(from, to), pair.slow.batch);
      frames += 1;
      return true;
    });
    const slow = [...twins.values()].reduce((sum, pair) => sum + pair.fast.codec.slowFrames, 0);
    const unknownFields = [...twins.values()].reduce((sum, pair) => sum + pair.fast.codec.unknownFields, 0);
    t.diagnostic(`${frames} frames, ${ticks} ticks, fast ${(100 * (1 - slow / frames)).toFixed(1)} %, unknown fields ${unknownFields}`);
    assert.ok(1 - slow / frames >= (FAST_SHARE[name] ?? 0.9), 'too many frames went the slow path');
  });
}

/** Throws unless the batch holds what the plain reader finds; returns the number of ticks. */
function comparePlainly(venue: string, hint: string | null, frame: Uint8Array, batch: TickBatch): number {
  const text = Buffer.from(frame).toString('utf8');
  const expected = text === 'pong' ? [] : PLAIN_READERS[providerOf(venue)]!(JSON.parse(text), hint);
  const isEqual =
    batch.count === expected.length && expected.every((plain, i) => isSame(plain, batch.ticks[i]!, batch));
  if (isEqual) return batch.count;
  const found = batch.ticks.slice(0, batch.count).map((tick) => `${TICK_KIND_NAMES[tick.kind]} ${numbersOf(tick, batch)} ${tick.eventTimeMs}`);
  assert.fail(`${text.slice(0, 2000)}\nexpected ${JSON.stringify(expected).slice(0, 2000)}\nfound ${found.join('\n').slice(0, 2000)}`);
}

function isSame(plain: PlainTick, tick: Tick, batch: TickBatch): boolean {
  if (TICK_KIND_NAMES[tick.kind] !== plain.kind || tick.instrument.symbol !== plain.symbol) return false;
  if (!Object.is(plain.timeMs ?? Number.NaN, tick.eventTimeMs)) return false;
  const numbers = numbersOf(tick, batch);
  return numbers.length === plain.numbers.length && numbers.every((number, i) => Object.is(number, plain.numbers[i]));
}

/** Prices and sizes of the tick as doubles, in the order of `PlainTick`. */
function numbersOf(tick: Tick, batch: TickBatch): number[] {
  const price = (mantissa: number) => mantissa / POW10[tick.instrument.priceDecimals]!;
  const size = (mantissa: number) => mantissa / POW10[tick.instrument.sizeDecimals]!;
  switch (tick.kind) {
    case TickKind.trade:
      return [price(tick.price), size(tick.size), tick.takerSide];
    case TickKind.bbo:
      return [price(tick.bidPrice), size(tick.bidSize), price(tick.askPrice), size(tick.askSize)];
    case TickKind.ticker:
      return [];
    default: {
      const numbers: number[] = [];
      const push = (from: number, to: number) => {
        for (let i = from; i < to; i++) numbers.push(price(batch.levelPrices[i]!), size(batch.levelSizes[i]!));
      };
      push(tick.bidFrom, tick.bidTo);
      push(tick.askFrom, tick.askTo);
      return numbers;
    }
  }
}
