/** Compares what a codec decoded with what the plain reader finds: prices, sizes, sides and times as doubles, bit for bit. */

import assert from 'node:assert/strict';
import { POW10 } from '../../../src/core/base/decimal.ts';
import { TICK_KIND_NAMES, type Tick, type TickBatch, TickKind } from '../../../src/core/market/tick.ts';
import { providerOf } from '../../../src/core/market/venues/registry.ts';
import { PLAIN_READERS, type PlainTick } from './plain-readers.ts';

/** Throws unless the batch holds what the plain reader finds; returns the number of ticks. */
export function comparePlainly(venue: string, hint: string | null, frame: Uint8Array, batch: TickBatch): number {
  const text = Buffer.from(frame).toString('utf8');
  const expected = text === 'pong' ? [] : PLAIN_READERS[providerOf(venue)]!(JSON.parse(text), hint);
  const isEqual =
    batch.count === expected.length && expected.every((plain, i) => isSame(plain, batch.ticks[i]!, batch));
  if (isEqual) return batch.count;
  const found = batch.ticks
    .slice(0, batch.count)
    .map((tick) => `${TICK_KIND_NAMES[tick.kind]} ${numbersOf(tick, batch)} ${tick.eventTimeMs}`);
  assert.fail(
    `${text.slice(0, 2000)}\nexpected ${JSON.stringify(expected).slice(0, 2000)}\nfound ${found.join('\n').slice(0, 2000)}`,
  );
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
