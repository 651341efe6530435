/** Lets tests talk to a codec in text: frames in, readable ticks out, and mutated frames for fuzzing. No test of its own. */

import { mantissaText } from '../../src/core/base/decimal.ts';
import type { Prng } from '../../src/core/base/prng.ts';
import { Instrument, type InstrumentSpec } from '../../src/core/market/instrument.ts';
import { TICK_KIND_NAMES, type Tick, TickBatch, TickKind } from '../../src/core/market/tick.ts';
import type { CodecTools, DecodeOutcome, VenueCodec } from '../../src/core/market/venues/codec.ts';
import { discoveredSpec, VenueSymbols } from '../../src/core/market/venues/symbol-table.ts';

/** A level as text, at the instrument's decimals of the moment: `['61.50', '2.000']`. */
export type ReadableLevel = readonly [price: string, size: string];

/** A tick with the fields of its kind; absent numbers are null, prices and sizes are text. */
export type ReadableTick = Readonly<Record<string, unknown>> & {
  readonly kind: (typeof TICK_KIND_NAMES)[number];
  readonly symbol: string;
  readonly channel: string;
  readonly eventTimeMs: number | null;
};

export interface ReadableBatch {
  readonly outcome: DecodeOutcome;
  /** Only of the outcomes that have one: unknown, malformed and error. */
  readonly reason: string;
  readonly ticks: readonly ReadableTick[];
  readonly connectionSequence: number | null;
}

export interface HarnessOptions {
  readonly venue?: string;
  /** The symbols that exist; null (the default) discovers every one. */
  readonly symbols?: readonly string[] | null;
  /** What differs from a discovered instrument (decimals 0, contract `base`). */
  readonly spec?: Partial<InstrumentSpec>;
  /** Discovery ends at this many instruments. */
  readonly maxInstruments?: number;
}

/** One codec with its symbols and one batch. */
export class CodecHarness {
  codec: VenueCodec;
  readonly batch = new TickBatch();
  readonly instruments: Instrument[] = [];
  readonly tools: CodecTools;
  readonly #make: (tools: CodecTools) => VenueCodec;

  constructor(make: (tools: CodecTools) => VenueCodec, options: HarnessOptions = {}) {
    const { venue = 'test', symbols = null, spec = {}, maxInstruments = Number.POSITIVE_INFINITY } = options;
    const register = (symbol: string): Instrument | null => {
      if (this.instruments.length >= maxInstruments) return null;
      const instrument = new Instrument(discoveredSpec(venue, symbol, spec), this.instruments.length);
      this.instruments.push(instrument);
      return instrument;
    };
    const table = new VenueSymbols(symbols === null ? register : null);
    for (const symbol of symbols ?? []) table.add(register(symbol)!);
    this.tools = { symbols: table, decodeText };
    this.#make = make;
    this.codec = make(this.tools);
  }

  /** A new codec over the same instruments: it has learned no shape and no depth yet. */
  renew(): void {
    this.codec = this.#make(this.tools);
  }

  /** Decodes a frame given as text, bytes, or a value to print as JSON. */
  decode(frame: unknown, hint: Instrument | null = null): ReadableBatch {
    const bytes = bytesOf(frame);
    return readableBatch(this.codec.decode(bytes, 0, bytes.length, this.batch, hint), this.batch);
  }

  /** The same by the `JSON.parse` path. */
  decodeSlow(frame: unknown, hint: Instrument | null = null): ReadableBatch {
    const bytes = bytesOf(frame);
    return readableBatch(this.codec.decodeSlow(bytes, 0, bytes.length, this.batch, hint), this.batch);
  }

  /** The instrument of a symbol that was seen. */
  instrument(symbol: string): Instrument {
    const found = this.instruments.find((instrument) => instrument.symbol === symbol);
    if (found === undefined) throw new Error(`no instrument ${symbol}`);
    return found;
  }
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 bytes to text; null when they are not valid UTF-8. */
export function decodeText(bytes: Uint8Array, from: number, to: number): string | null {
  try {
    return strictDecoder.decode(bytes.subarray(from, to));
  } catch {
    return null;
  }
}

export function bytesOf(frame: unknown): Uint8Array {
  if (frame instanceof Uint8Array) return frame;
  return new TextEncoder().encode(typeof frame === 'string' ? frame : JSON.stringify(frame));
}

const OUTCOMES_WITH_REASON: readonly DecodeOutcome[] = ['unknown', 'malformed', 'error'];

export function readableBatch(outcome: DecodeOutcome, batch: TickBatch): ReadableBatch {
  return {
    outcome,
    reason: OUTCOMES_WITH_REASON.includes(outcome) ? batch.reason : '',
    ticks: batch.ticks.slice(0, batch.count).map((tick) => readableTick(tick, batch)),
    connectionSequence: orNull(batch.connectionSequence),
  };
}

function readableTick(tick: Tick, batch: TickBatch): ReadableTick {
  const head = {
    kind: TICK_KIND_NAMES[tick.kind],
    symbol: tick.instrument.symbol,
    channel: tick.channel,
    eventTimeMs: orNull(tick.eventTimeMs),
  };
  return { ...head, ...fieldsOf(tick, batch) };
}

function fieldsOf(tick: Tick, batch: TickBatch): Record<string, unknown> {
  const { priceDecimals, sizeDecimals } = tick.instrument;
  const price = (mantissa: number) => (Number.isNaN(mantissa) ? null : mantissaText(mantissa, priceDecimals));
  const size = (mantissa: number) => (Number.isNaN(mantissa) ? null : mantissaText(mantissa, sizeDecimals));
  switch (tick.kind) {
    case TickKind.trade: {
      const { takerSide, isIdSequential, isSnapshot, isOffMarket } = tick;
      const tradeId = orNull(tick.tradeId);
      return {
        price: price(tick.price),
        size: size(tick.size),
        takerSide,
        tradeId,
        isIdSequential,
        isSnapshot,
        isOffMarket,
      };
    }
    case TickKind.liquidation:
      return { price: price(tick.price), size: size(tick.size), takerSide: tick.takerSide };
    case TickKind.bbo:
      return {
        bid: [price(tick.bidPrice), size(tick.bidSize)],
        ask: [price(tick.askPrice), size(tick.askSize)],
        lastId: orNull(tick.lastId),
      };
    case TickKind.ticker:
      return {
        markPrice: orNull(tick.markPrice),
        indexPrice: orNull(tick.indexPrice),
        fundingRate: orNull(tick.fundingRate),
        nextFundingTimeMs: orNull(tick.nextFundingTimeMs),
        openInterest: orNull(tick.openInterest),
      };
    default:
      return {
        firstId: orNull(tick.firstId),
        lastId: orNull(tick.lastId),
        previousId: orNull(tick.previousId),
        checksum: orNull(tick.checksum),
        depthLimit: tick.depthLimit,
        bids: levelsOf(tick.instrument, batch, tick.bidFrom, tick.bidTo),
        asks: levelsOf(tick.instrument, batch, tick.askFrom, tick.askTo),
      };
  }
}

function levelsOf(instrument: Instrument, batch: TickBatch, from: number, to: number): ReadableLevel[] {
  const levels: ReadableLevel[] = [];
  for (let i = from; i < to; i++) {
    const odd = batch.oddSizes.find((entry) => entry.level === i);
    const size = odd?.text ?? mantissaText(batch.levelSizes[i]!, instrument.sizeDecimals);
    levels.push([mantissaText(batch.levelPrices[i]!, instrument.priceDecimals), size]);
  }
  return levels;
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** Texts that have broken decoders elsewhere, to be put in the place of a number. */
const NASTY = [
  '9007199254740993',
  '1e400',
  '-1',
  '""',
  'null',
  '[]',
  '{}',
  '"1.0000000000000000001"',
  '"NaN"',
  '\u0000',
];

/** A damaged copy of a frame: cut, flipped, spliced or with a nasty value in a number's place. */
export function mutateFrame(frame: Uint8Array, prng: Prng): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(frame);
  for (let round = 1 + prng.int(3); round > 0; round--) bytes = mutateOnce(bytes, prng);
  return bytes;
}

function mutateOnce(bytes: Uint8Array, prng: Prng): Uint8Array {
  const at = prng.int(bytes.length + 1);
  const length = prng.int(12);
  switch (prng.int(7)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return splice(bytes, at, length, new Uint8Array(0));
    case 2:
      return splice(bytes, at, 0, bytes.slice(at, at + length));
    case 3:
      return splice(bytes, at, 1, Uint8Array.of(prng.int(256)));
    case 4:
      return withOtherDigit(bytes, at, prng);
    case 5:
      return splice(bytes, at, length, bytesOf(prng.pick(NASTY)));
    default:
      return withNastyNumber(bytes, at, prng);
  }
}

function splice(bytes: Uint8Array, at: number, removed: number, inserted: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...bytes.subarray(0, at), ...inserted, ...bytes.subarray(at + removed)]);
}

/** Keeps the JSON whole: the first digit from `at` on becomes another. */
function withOtherDigit(bytes: Uint8Array, at: number, prng: Prng): Uint8Array {
  const digit = bytes.findIndex((byte, i) => i >= at && isDigit(byte));
  return digit < 0 ? bytes : splice(bytes, digit, 1, Uint8Array.of(48 + prng.int(10)));
}

/** Often keeps the JSON whole: the first number from `at` on, without its quotes, becomes a nasty value. */
function withNastyNumber(bytes: Uint8Array, at: number, prng: Prng): Uint8Array {
  const start = bytes.findIndex((byte, i) => i >= at && isDigit(byte));
  if (start < 0) return bytes;
  let end = start;
  while (end < bytes.length && (isDigit(bytes[end]!) || bytes[end] === 46)) end += 1;
  const isQuoted = bytes[start - 1] === 34 && bytes[end] === 34;
  const nasty = bytesOf(prng.pick(NASTY));
  return isQuoted ? splice(bytes, start - 1, end - start + 2, nasty) : splice(bytes, start, end - start, nasty);
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** What `fuzz` saw: frames by outcome, every reason, and how many frames did not take the fast path. */
export interface FuzzReport {
  readonly outcomes: Record<DecodeOutcome, number>;
  readonly reasons: ReadonlySet<string>;
  readonly slowFrames: number;
}

/**
 * Decodes mutated copies of real frames, each followed by an undamaged one so that the fast path keeps its grip, and checks
 * what must hold of every one: no throw; a malformed or unknown frame leaves nothing behind and moves no instrument's
 * decimals; ticks hold integers or NaN; and `decode` says the same as the `decodeSlow` of a second codec.
 *
 * @param make - gives two equal harnesses: the subject and its oracle
 * @param trips - how many mutated frames
 * @throws with the frame's text, for the first frame of which it does not hold
 */
export function fuzz(make: () => CodecHarness, frames: readonly Uint8Array[], trips: number, prng: Prng): FuzzReport {
  const [subject, oracle] = [make(), make()];
  const outcomes = { ticks: 0, heartbeat: 0, ack: 0, status: 0, error: 0, unknown: 0, malformed: 0 };
  const reasons = new Set<string>();
  for (let i = 0; i < trips; i++) {
    const frame = prng.pick(frames);
    const { outcome, reason } = checkFrame(subject, oracle, mutateFrame(frame, prng));
    outcomes[outcome] += 1;
    if (reason !== '') reasons.add(reason);
    checkFrame(subject, oracle, frame);
  }
  return { outcomes, reasons, slowFrames: subject.codec.slowFrames };
}

function checkFrame(subject: CodecHarness, oracle: CodecHarness, frame: Uint8Array): ReadableBatch {
  const decimalsBefore = decimalsOf(subject.instruments);
  const decoded = subject.decode(frame);
  const expected = oracle.decodeSlow(frame);
  const isSame = JSON.stringify(decoded) === JSON.stringify(expected);
  const fault = isSame ? faultOf(decoded.outcome, subject, decimalsBefore) : 'the fast path differs from the slow one';
  if (fault !== '') throw new Error(`${fault} after ${JSON.stringify(new TextDecoder().decode(frame))}`);
  return decoded;
}

function faultOf(outcome: DecodeOutcome, { batch, instruments }: CodecHarness, decimalsBefore: string): string {
  if (outcome === 'ticks') {
    if (batch.count === 0) return 'no tick';
    return batch.ticks.slice(0, batch.count).every((tick) => isWhole(tick, batch)) ? '' : 'a tick that is not whole';
  }
  if (batch.count + batch.levelCount + batch.oddSizes.length > 0) return `left something of ${outcome}`;
  if (OUTCOMES_WITH_REASON.includes(outcome) && !/^[a-z0-9_:-]{1,64}$/.test(batch.reason))
    return `bad reason ${batch.reason}`;
  return decimalsOf(instruments).startsWith(decimalsBefore) ? '' : 'decimals moved';
}

function decimalsOf(instruments: readonly Instrument[]): string {
  return instruments.map((instrument) => `${instrument.priceDecimals}/${instrument.sizeDecimals};`).join('');
}

/** All numbers of the tick's kind are integers >= 0 or absent; levels lie inside the batch; prices fit 2^53. */
function isWhole(tick: Tick, batch: TickBatch): boolean {
  const isId = (value: number) => Number.isNaN(value) || (Number.isSafeInteger(value) && value >= 0);
  const isSize = (value: number) => Number.isInteger(value) && value >= 0;
  if (!(Number.isNaN(tick.eventTimeMs) || Number.isFinite(tick.eventTimeMs))) return false;
  switch (tick.kind) {
    case TickKind.trade:
    case TickKind.liquidation:
      return isId(tick.price) && isSize(tick.size) && !Number.isNaN(tick.price) && isId(tick.tradeId);
    case TickKind.bbo:
      return (
        [tick.bidPrice, tick.askPrice].every(isId) &&
        [tick.bidSize, tick.askSize].every((s) => Number.isNaN(s) || isSize(s))
      );
    case TickKind.ticker:
      return (
        isId(tick.nextFundingTimeMs) &&
        [tick.markPrice, tick.fundingRate].every((n) => Number.isNaN(n) || Number.isFinite(n))
      );
    default:
      return (
        areLevels(batch, tick.bidFrom, tick.bidTo) && areLevels(batch, tick.askFrom, tick.askTo) && isId(tick.lastId)
      );
  }
}

function areLevels(batch: TickBatch, from: number, to: number): boolean {
  if (!(from >= 0 && from <= to && to <= batch.levelCount)) return false;
  for (let i = from; i < to; i++) {
    const [price, size] = [batch.levelPrices[i]!, batch.levelSizes[i]!];
    if (!Number.isSafeInteger(price) || price < 0 || !Number.isInteger(size) || size < 0) return false;
  }
  return true;
}
