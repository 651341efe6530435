/** A codec and its oracle, fed with the same frames; any difference between them ends the test. Makes no frames itself. */

import type { Instrument } from '../../../src/core/market/instrument.ts';
import { type Tick, type TickBatch, TickKind } from '../../../src/core/market/tick.ts';
import type { DecodeOutcome } from '../../../src/core/market/venues/codec.ts';
import { makeCodec } from '../../../src/core/market/venues/registry.ts';
import { CodecHarness, type HarnessOptions } from '../../support/codec-harness.ts';

/** Fields that mean something in a tick of each kind; levels and the instrument are compared apart. */
const FIELDS: readonly (readonly (keyof Tick)[])[] = [
  ['price', 'size', 'takerSide', 'tradeId', 'isIdSequential', 'isSnapshot', 'isOffMarket'],
  ['bidPrice', 'bidSize', 'askPrice', 'askSize', 'lastId'],
  ['firstId', 'lastId', 'previousId', 'checksum', 'depthLimit', 'isRequested'],
  ['firstId', 'lastId', 'previousId', 'checksum', 'depthLimit'],
  ['markPrice', 'indexPrice', 'fundingRate', 'nextFundingTimeMs', 'openInterest'],
  ['price', 'size', 'takerSide'],
];
const HAS_REASON: readonly DecodeOutcome[] = ['unknown', 'malformed', 'error'];
const NUMBERS = [...new Set(FIELDS.flat())].filter((name) => !name.startsWith('is'));

/** Thrown when the fast path and the slow one differ; `frame` is what they differ on. */
export class Difference extends Error {
  readonly frame: Uint8Array;

  constructor(what: string, frame: Uint8Array) {
    const text = Buffer.from(frame).toString('latin1');
    super(`${what}; frame (latin1): ${JSON.stringify(text.length > 2000 ? `${text.slice(0, 2000)}…` : text)}`);
    this.frame = frame;
  }
}

/** `fast` decodes, `slow` decodes slowly; each has its own instruments, which must stay equal too. */
export class Twins {
  readonly venue: string;
  readonly fast: CodecHarness;
  readonly slow: CodecHarness;

  constructor(venue: string, options: HarnessOptions = {}) {
    const make = () => new CodecHarness((tools) => makeCodec(venue, tools)!, { venue, ...options });
    this.venue = venue;
    this.fast = make();
    this.slow = make();
  }

  /** New codecs over the same instruments. */
  renew(): void {
    this.fast.renew();
    this.slow.renew();
  }

  /**
   * Decodes one frame both ways.
   *
   * @param bytes - where the subject reads it, in `bytes[from, to)`; the oracle reads a copy that stands alone
   * @param hint - the symbol a REST reply was asked for
   * @returns the common outcome; the ticks are in `slow.batch`
   * @throws Difference
   */
  check(bytes: Uint8Array, from: number, to: number, hint: string | null = null): DecodeOutcome {
    const alone = bytes.slice(from, to);
    const { fast, slow } = this;
    const before = decimalsOf(slow.instruments);
    poison(fast.batch, 111.25);
    poison(slow.batch, 222.75);
    const expected = slow.codec.decodeSlow(alone, 0, alone.length, slow.batch, hintOf(slow, hint));
    const found = fast.codec.decode(bytes, from, to, fast.batch, hintOf(fast, hint));
    const what = this.#difference(found, expected) || faultOf(expected, slow, before);
    if (what !== '') throw new Difference(`${this.venue}: ${what}`, alone);
    return expected;
  }

  #difference(found: DecodeOutcome, expected: DecodeOutcome): string {
    const [a, b] = [this.fast.batch, this.slow.batch];
    if (found !== expected) return `outcome ${found}, expected ${expected} ${b.reason}`;
    if (HAS_REASON.includes(found) && a.reason !== b.reason) return `reason ${a.reason}, expected ${b.reason}`;
    if (found === 'ack') {
      if (a.ackChannel !== b.ackChannel || a.ackSymbol !== b.ackSymbol || a.isAckSubscribe !== b.isAckSubscribe)
        return 'ack';
    }
    if (!Object.is(a.connectionSequence, b.connectionSequence)) return 'connectionSequence';
    if (a.count !== b.count || a.levelCount !== b.levelCount) return `${a.count} ticks, ${a.levelCount} levels`;
    for (let i = 0; i < a.count; i++) {
      const difference = tickDifference(a.ticks[i]!, b.ticks[i]!, a, b);
      if (difference !== '') return `tick ${i}: ${difference}`;
    }
    return instrumentDifference(this.fast.instruments, this.slow.instruments);
  }
}

function hintOf(harness: CodecHarness, symbol: string | null): Instrument | null {
  return symbol === null ? null : harness.tools.symbols.findText(symbol);
}

/** Leftovers differ between the two, so a field that one of them forgets to set shows. */
function poison(batch: TickBatch, value: number): void {
  for (const tick of batch.ticks) {
    const fields = tick as unknown as Record<string, number>;
    for (const name of NUMBERS) fields[name] = value;
    tick.eventTimeMs = value;
  }
}

function tickDifference(a: Tick, b: Tick, batchA: TickBatch, batchB: TickBatch): string {
  if (a.kind !== b.kind) return `kind ${a.kind}, expected ${b.kind}`;
  if (a.instrument.symbol !== b.instrument.symbol) return 'instrument';
  for (const name of ['channel', 'eventTimeMs', ...FIELDS[a.kind]!] as const) {
    if (!Object.is(a[name], b[name])) return `${name} ${String(a[name])}, expected ${String(b[name])}`;
  }
  if (a.kind !== TickKind.depthSnapshot && a.kind !== TickKind.depthDelta) return '';
  const bids = levelDifference(batchA, a.bidFrom, a.bidTo, batchB, b.bidFrom, b.bidTo);
  return bids === '' ? levelDifference(batchA, a.askFrom, a.askTo, batchB, b.askFrom, b.askTo) : bids;
}

function levelDifference(a: TickBatch, aFrom: number, aTo: number, b: TickBatch, bFrom: number, bTo: number): string {
  if (aTo - aFrom !== bTo - bFrom) return `${aTo - aFrom} levels, expected ${bTo - bFrom}`;
  for (let i = 0; i < aTo - aFrom; i++) {
    const [x, y] = [aFrom + i, bFrom + i];
    if (!Object.is(a.levelPrices[x], b.levelPrices[y])) return `level ${i}: price ${a.levelPrices[x]}`;
    if (!Object.is(a.levelSizes[x], b.levelSizes[y])) return `level ${i}: size ${a.levelSizes[x]}`;
    if (oddOf(a, x) !== oddOf(b, y)) return `level ${i}: odd size`;
  }
  return '';
}

function oddOf(batch: TickBatch, level: number): string {
  if (batch.oddSizes.length === 0) return '';
  return batch.oddSizes.find((entry) => entry.level === level)?.text ?? '';
}

/** Decimals, and the price that decides about later decimals: what the next frame's reading depends on. */
function instrumentDifference(a: readonly Instrument[], b: readonly Instrument[]): string {
  if (a.length !== b.length) return `${a.length} instruments, expected ${b.length}`;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x.priceDecimals !== y.priceDecimals || x.sizeDecimals !== y.sizeDecimals) return `decimals of ${x.symbol}`;
    if (x.largestPrice !== y.largestPrice) return `largest price of ${x.symbol}: ${x.largestPrice}, ${y.largestPrice}`;
  }
  return '';
}

/** What must hold of every frame: nothing is left of one that gave no ticks, and no instrument's decimals moved. */
function faultOf(outcome: DecodeOutcome, { batch, instruments }: CodecHarness, before: readonly number[]): string {
  if (outcome === 'ticks') return batch.count === 0 ? 'no tick' : ticksFault(batch);
  if (batch.count + batch.levelCount + batch.oddSizes.length > 0) return `left something of ${outcome}`;
  if (HAS_REASON.includes(outcome) && !/^[a-z0-9_:-]{1,64}$/.test(batch.reason)) return `bad reason ${batch.reason}`;
  return before.every((decimals, i) => decimals === decimalsOfOne(instruments[i]!)) ? '' : 'decimals moved';
}

function decimalsOf(instruments: readonly Instrument[]): number[] {
  return instruments.map(decimalsOfOne);
}

function decimalsOfOne(instrument: Instrument): number {
  return instrument.priceDecimals * 32 + instrument.sizeDecimals;
}

/** Prices are safe integers, sizes and ids integers, times numbers; NaN only where a field may be absent. */
function ticksFault(batch: TickBatch): string {
  for (let i = 0; i < batch.count; i++) {
    const tick = batch.ticks[i]!;
    const fault = tickFault(tick, batch);
    if (fault !== '') return `tick ${i} of kind ${tick.kind}: ${fault}`;
  }
  return '';
}

function tickFault(tick: Tick, batch: TickBatch): string {
  const isAbsent = (value: number) => Number.isNaN(value);
  const isId = (value: number) => isAbsent(value) || (Number.isSafeInteger(value) && value >= 0);
  const isSize = (value: number) => Number.isInteger(value) && value >= 0;
  if (!isAbsent(tick.eventTimeMs) && !Number.isFinite(tick.eventTimeMs)) return 'eventTimeMs';
  switch (tick.kind) {
    case TickKind.trade:
      return Number.isSafeInteger(tick.price) && isSize(tick.size) && isId(tick.tradeId) ? '' : 'trade';
    case TickKind.liquidation:
      return Number.isSafeInteger(tick.price) && isSize(tick.size) ? '' : 'liquidation';
    case TickKind.bbo:
      if (![tick.bidPrice, tick.askPrice, tick.lastId].every(isId)) return 'bbo';
      return [tick.bidSize, tick.askSize].every((size) => isAbsent(size) || isSize(size)) ? '' : 'bbo size';
    case TickKind.ticker:
      if (!isId(tick.nextFundingTimeMs)) return `nextFundingTimeMs ${tick.nextFundingTimeMs}`;
      return [tick.markPrice, tick.indexPrice, tick.fundingRate, tick.openInterest].every(
        (value) => isAbsent(value) || Number.isFinite(value),
      )
        ? ''
        : 'ticker';
    default:
      if (![tick.firstId, tick.lastId, tick.previousId].every(isId)) return 'ids';
      if (!(Number.isInteger(tick.depthLimit) && tick.depthLimit >= 0)) return `depthLimit ${tick.depthLimit}`;
      return levelsFault(batch, tick.bidFrom, tick.bidTo) || levelsFault(batch, tick.askFrom, tick.askTo);
  }
}

function levelsFault(batch: TickBatch, from: number, to: number): string {
  if (!(from >= 0 && from <= to && to <= batch.levelCount)) return `levels ${from} to ${to}`;
  for (let i = from; i < to; i++) {
    const [price, size] = [batch.levelPrices[i]!, batch.levelSizes[i]!];
    if (!Number.isSafeInteger(price) || price < 0 || !Number.isInteger(size) || size < 0) return `level ${i}`;
  }
  return '';
}
