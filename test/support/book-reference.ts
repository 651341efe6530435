/** Order books as plainly as they can be written, and ticks by hand: what the book room is compared with. No test of its own. */

import { crc32 } from 'node:zlib';
import { Instrument, type InstrumentSpec } from '../../src/core/market/instrument.ts';
import { type Tick, TickBatch, TickKind } from '../../src/core/market/tick.ts';
import { discoveredSpec } from '../../src/core/market/venues/symbol-table.ts';

/** A price and a size, both integer mantissas. */
export type Level = readonly [price: number, size: number];

/** One side as a Map that is sorted whenever someone looks. */
export class ReferenceSide {
  readonly levels = new Map<number, number>();
  readonly #order: 1 | -1;

  constructor(side: 'bid' | 'ask') {
    this.#order = side === 'bid' ? -1 : 1;
  }

  set(price: number, size: number): void {
    if (size === 0) this.levels.delete(price);
    else this.levels.set(price, size);
  }

  load(levels: readonly Level[]): void {
    this.levels.clear();
    for (const [price, size] of levels) this.set(price, size);
  }

  /** Best first. */
  sorted(): Level[] {
    return [...this.levels].sort(([a], [b]) => (a - b) * this.#order);
  }

  truncate(limit: number): void {
    for (const [price] of this.sorted().slice(limit)) this.levels.delete(price);
  }

  rescale(priceFactor: number, sizeFactor: number): void {
    this.load(this.sorted().map(([price, size]) => [price * priceFactor, size * sizeFactor]));
  }
}

/** A mantissa as text with all its decimals, by string operations alone. */
export function fixedText(mantissa: number, decimals: number): string {
  const digits = String(mantissa).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** As `fixedText` without the zeros at the end. */
export function shortText(mantissa: number, decimals: number): string {
  const text = fixedText(mantissa, decimals);
  return decimals === 0 ? text : text.replace(/\.?0+$/, '');
}

export interface BookDecimals {
  readonly price: number;
  readonly size: number;
}

/** Kraken's checksum by its description; sides best first, any length. `odd`: sizes by price that are known as text only. */
export function krakenChecksum(
  bids: readonly Level[],
  asks: readonly Level[],
  decimals: BookDecimals,
  odd: ReadonlyMap<number, string> = new Map(),
): number {
  const plain = (text: string): string => text.replace('.', '').replace(/^0+/, '');
  const levels = [...asks.slice(0, 10), ...bids.slice(0, 10)];
  const text = levels.map(
    ([price, size]) =>
      plain(fixedText(price, decimals.price)) + plain(odd.get(price) ?? fixedText(size, decimals.size)),
  );
  return crc32(text.join(''));
}

/** OKX's checksum by its description: a signed integer. */
export function okxChecksum(
  bids: readonly Level[],
  asks: readonly Level[],
  decimals: BookDecimals,
  odd: ReadonlyMap<number, string> = new Map(),
): number {
  const parts: string[] = [];
  for (let i = 0; i < 25; i++) {
    for (const level of [bids[i], asks[i]]) {
      if (level === undefined) continue;
      parts.push(shortText(level[0], decimals.price), odd.get(level[0]) ?? shortText(level[1], decimals.size));
    }
  }
  return crc32(parts.join(':')) | 0;
}

/** An instrument of a venue, outside any scanner. */
export function instrumentOf(venue: string, spec: Partial<InstrumentSpec> = {}): Instrument {
  return new Instrument(discoveredSpec(venue, 'TEST', spec), 0);
}

export interface DepthFields {
  readonly bids?: readonly Level[];
  readonly asks?: readonly Level[];
  readonly eventTimeMs?: number;
  readonly firstId?: number;
  readonly lastId?: number;
  readonly previousId?: number;
  readonly checksum?: number;
  readonly depthLimit?: number;
  readonly isRequested?: boolean;
  /** Sizes as text, by price: too large for a mantissa. */
  readonly odd?: ReadonlyMap<number, string>;
}

/** A depth message as a codec would hand it out. */
export function depthTick(
  kind: 'delta' | 'snapshot',
  instrument: Instrument,
  fields: DepthFields,
): { tick: Tick; batch: TickBatch } {
  const batch = new TickBatch(8);
  // Levels that belong to another tick of the batch: whoever reads from index 0 is found out.
  batch.pushLevel(1, 1);
  const tick = batch.next();
  tick.kind = kind === 'delta' ? TickKind.depthDelta : TickKind.depthSnapshot;
  tick.instrument = instrument;
  tick.channel = 'book';
  tick.eventTimeMs = fields.eventTimeMs ?? Number.NaN;
  tick.firstId = fields.firstId ?? Number.NaN;
  tick.lastId = fields.lastId ?? Number.NaN;
  tick.previousId = fields.previousId ?? Number.NaN;
  tick.checksum = fields.checksum ?? Number.NaN;
  tick.depthLimit = fields.depthLimit ?? 0;
  tick.isRequested = fields.isRequested ?? false;
  tick.bidFrom = batch.levelCount;
  pushLevels(batch, fields.bids ?? [], fields.odd);
  tick.bidTo = batch.levelCount;
  tick.askFrom = batch.levelCount;
  pushLevels(batch, fields.asks ?? [], fields.odd);
  tick.askTo = batch.levelCount;
  return { tick, batch };
}

function pushLevels(batch: TickBatch, levels: readonly Level[], odd: ReadonlyMap<number, string> | undefined): void {
  for (const [price, size] of levels) {
    const text = size === 0 ? undefined : odd?.get(price);
    if (text !== undefined) batch.oddSizes.push({ level: batch.levelCount, text });
    batch.pushLevel(price, size);
  }
}
