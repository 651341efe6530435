/** Depth deltas kept aside while a book waits for its snapshot, in order, bounded. Judges nothing. */

import { POW10 } from '../../base/decimal.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import type { Instrument } from '../instrument.ts';
import { type Tick, TickBatch, TickKind } from '../tick.ts';

/** At 100 ms a message this waits over six minutes for a snapshot; at the fastest streams about one. */
export const MAX_PENDING_DELTAS = 4096;

/** A delta on its own: a batch of one tick whose levels it owns. */
export interface PendingDelta {
  readonly tick: Tick;
  readonly batch: TickBatch;
  priceDecimals: number;
  sizeDecimals: number;
}

export class PendingDeltas {
  #deltas: PendingDelta[] = [];
  /** Deltas pushed out because the queue was full; the bridge then fails and a new snapshot is asked for. */
  dropped = 0;

  get count(): number {
    return this.#deltas.length;
  }

  get first(): PendingDelta | undefined {
    return this.#deltas[0];
  }

  /** Copies a delta to the end; at capacity the oldest goes. */
  push(tick: Tick, batch: TickBatch): void {
    if (this.#deltas.length >= MAX_PENDING_DELTAS) {
      this.#deltas.shift();
      this.dropped += 1;
    }
    this.#deltas.push(copyDelta(tick, batch));
  }

  /** Removes and returns all, oldest first. */
  takeAll(): readonly PendingDelta[] {
    const all = this.#deltas;
    this.#deltas = [];
    return all;
  }

  clear(): void {
    this.#deltas = [];
  }

  save(): JsonObject {
    return { dropped: this.dropped, deltas: this.#deltas.map(saveDelta) };
  }

  restore(saved: JsonObject, instrument: Instrument): void {
    this.dropped = saved['dropped'] as number;
    this.#deltas = (saved['deltas'] as JsonObject[]).map((delta) => restoreDelta(delta, instrument));
  }
}

function copyDelta(tick: Tick, batch: TickBatch): PendingDelta {
  const own = new TickBatch(tick.bidTo - tick.bidFrom + tick.askTo - tick.askFrom);
  const copy = own.next();
  copy.kind = TickKind.depthDelta;
  copy.instrument = tick.instrument;
  copy.channel = tick.channel;
  copy.eventTimeMs = tick.eventTimeMs;
  copy.firstId = tick.firstId;
  copy.lastId = tick.lastId;
  copy.previousId = tick.previousId;
  copy.checksum = tick.checksum;
  copy.depthLimit = tick.depthLimit;
  copy.bidFrom = own.levelCount;
  copyLevels(batch, tick.bidFrom, tick.bidTo, own);
  copy.bidTo = own.levelCount;
  copy.askFrom = own.levelCount;
  copyLevels(batch, tick.askFrom, tick.askTo, own);
  copy.askTo = own.levelCount;
  return {
    tick: copy,
    batch: own,
    priceDecimals: tick.instrument.priceDecimals,
    sizeDecimals: tick.instrument.sizeDecimals,
  };
}

/** Brings a delta's mantissas to decimals that have grown since it was kept. */
export function scaleLevels(delta: PendingDelta, priceDecimals: number, sizeDecimals: number): void {
  if (delta.priceDecimals === priceDecimals && delta.sizeDecimals === sizeDecimals) return;
  const { batch } = delta;
  for (let i = 0; i < batch.levelCount; i++) {
    batch.levelPrices[i]! *= POW10[priceDecimals - delta.priceDecimals]!;
    batch.levelSizes[i]! *= POW10[sizeDecimals - delta.sizeDecimals]!;
  }
  delta.priceDecimals = priceDecimals;
  delta.sizeDecimals = sizeDecimals;
}

function copyLevels(batch: TickBatch, from: number, to: number, own: TickBatch): void {
  for (let i = from; i < to; i++) {
    const odd = batch.oddSizes.find((size) => size.level === i);
    if (odd !== undefined) own.oddSizes.push({ level: own.levelCount, text: odd.text });
    own.pushLevel(batch.levelPrices[i]!, batch.levelSizes[i]!);
  }
}

const NUMBERS = [
  'eventTimeMs',
  'firstId',
  'lastId',
  'previousId',
  'checksum',
  'depthLimit',
  'bidFrom',
  'bidTo',
  'askFrom',
  'askTo',
] as const;

function saveDelta(delta: PendingDelta): JsonObject {
  const saved: JsonObject = {
    priceDecimals: delta.priceDecimals,
    sizeDecimals: delta.sizeDecimals,
    channel: delta.tick.channel,
    prices: Array.from(delta.batch.levelPrices.subarray(0, delta.batch.levelCount)),
    sizes: Array.from(delta.batch.levelSizes.subarray(0, delta.batch.levelCount)),
    odd: delta.batch.oddSizes.map((size): Json => [size.level, size.text]),
  };
  for (const name of NUMBERS) saved[name] = Number.isNaN(delta.tick[name]) ? null : delta.tick[name];
  return saved;
}

function restoreDelta(saved: JsonObject, instrument: Instrument): PendingDelta {
  const prices = saved['prices'] as number[];
  const sizes = saved['sizes'] as number[];
  const batch = new TickBatch(prices.length);
  for (let i = 0; i < prices.length; i++) batch.pushLevel(prices[i]!, sizes[i]!);
  for (const [level, text] of saved['odd'] as [number, string][]) batch.oddSizes.push({ level, text });
  const tick = batch.next();
  tick.kind = TickKind.depthDelta;
  tick.instrument = instrument;
  tick.channel = saved['channel'] as string;
  for (const name of NUMBERS) tick[name] = saved[name] === null ? Number.NaN : (saved[name] as number);
  return {
    tick,
    batch,
    priceDecimals: saved['priceDecimals'] as number,
    sizeDecimals: saved['sizeDecimals'] as number,
  };
}
