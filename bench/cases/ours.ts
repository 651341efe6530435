/** Our own cases: the codec alone, and `Scanner.step`, which is everything a run does to a frame. Loads no peer. */

import { POW10 } from '../../src/core/base/decimal.ts';
import { Instrument } from '../../src/core/market/instrument.ts';
import { TickBatch, TickKind } from '../../src/core/market/tick.ts';
import type { VenueCodec } from '../../src/core/market/venues/codec.ts';
import { makeCodec } from '../../src/core/market/venues/registry.ts';
import { discoveredSpec, VenueSymbols } from '../../src/core/market/venues/symbol-table.ts';
import type { Effect } from '../../src/core/scan/effect.ts';
import type { FrameInput, MarketConfig } from '../../src/core/scan/input.ts';
import { Scanner } from '../../src/core/scan/scanner.ts';
import type { SignalStart } from '../../src/core/scan/signal-wiring.ts';
import { decodeText } from '../../src/shell/run/decode-text.ts';
import { keepFunctionsWhole } from '../../src/shell/run/steady-code.ts';
import { type FrameSet, start } from '../frames.ts';
import type { BenchCase, Evidence, Pass } from './case.ts';
import { SURVEILLANCE_CONFIG } from './surveillance-config.ts';

const MARKET_CONFIG: MarketConfig = {
  watermarkDelayMs: 1500,
  lateGraceMs: 4500,
  maxEventTimeDeviationMs: 10_000,
  discoverInstruments: true,
  onlySymbols: null,
};

/** Bytes to ticks in a reused batch: nothing is applied to a book. */
export const decode: BenchCase = async (frames) => asRun(() => new DecodePass(frames));

/** Decode, sequence checks, books, checksums, bars, digest: one `Scanner.step` a frame. */
export const pipeline: BenchCase = async (frames) => asRun(() => new PipelinePass(frames));

/** The same, with every instrument measured once a second, and no alerts. */
export const pipelineSurveillance: BenchCase = async (frames) => asRun(() => new PipelinePass(frames, SIGNAL));

/** Frames to a call, as when they come in batches: a loop that is not left is not compiled. */
const BATCH = 4096;

/** In a process like that of a scanner. */
function asRun(make: () => Pass): () => Pass {
  keepFunctionsWhole();
  return make;
}

const SIGNAL: SignalStart = {
  surveillance: SURVEILLANCE_CONFIG,
  alerts: {
    rules: [],
    ladder: [],
    targets: {
      P1: { acknowledgeMs: null, resolveMs: null },
      P2: { acknowledgeMs: null, resolveMs: null },
      P3: { acknowledgeMs: null, resolveMs: null },
    },
  },
  stored: { alerts: [], silences: [] },
};

type OnSymbol = (venue: string, symbol: string) => void;

class DecodePass implements Pass {
  readonly #frames: FrameSet;
  readonly #codecs: readonly VenueCodec[];
  readonly #hints: readonly (Instrument | null)[];
  readonly #batch = new TickBatch();
  #trades = 0;
  #unread = 0;

  constructor(frames: FrameSet, onSymbol: OnSymbol = () => {}) {
    this.#frames = frames;
    const venues = new Map<string, { codec: VenueCodec; symbols: VenueSymbols }>();
    for (const { venue } of frames.connections) if (!venues.has(venue)) venues.set(venue, makeVenue(venue, onSymbol));
    this.#codecs = frames.connections.map(({ venue }) => venues.get(venue)!.codec);
    this.#hints = frames.connections.map(({ venue, symbol }) =>
      symbol === null ? null : venues.get(venue)!.symbols.findText(symbol),
    );
  }

  run(count: number): void {
    for (let begin = 0; begin < count; begin += BATCH) this.#batchOf(begin, Math.min(begin + BATCH, count));
  }

  #batchOf(begin: number, end: number): void {
    const { bytes, ends, connectionOf } = this.#frames;
    const codecs = this.#codecs;
    const hints = this.#hints;
    const batch = this.#batch;
    let from = start(this.#frames, begin);
    for (let i = begin; i < end; i++) {
      const to = ends[i]!;
      const connection = connectionOf[i]!;
      const outcome = codecs[connection]!.decode(bytes, from, to, batch, hints[connection]!);
      if (outcome === 'ticks') this.#count(batch);
      else if (outcome === 'malformed') this.#unread += 1;
      from = to + 1;
    }
  }

  #count(batch: TickBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const tick = batch.ticks[i]!;
      if (tick.kind === TickKind.trade && !tick.isSnapshot) this.#trades += 1;
    }
  }

  evidence(): Evidence {
    const slow = [...new Set(this.#codecs)].reduce((sum, codec) => sum + codec.slowFrames, 0);
    const notes: string[] = [];
    if (this.#unread > 0) notes.push(`${this.#unread} frames malformed`);
    if (slow > 0) notes.push(`${slow} frames by the slow path`);
    return { trades: this.#trades, tops: null, notes };
  }
}

function makeVenue(venue: string, onSymbol: OnSymbol): { codec: VenueCodec; symbols: VenueSymbols } {
  let instruments = 0;
  const symbols = new VenueSymbols((symbol) => {
    onSymbol(venue, symbol);
    return new Instrument(discoveredSpec(venue, symbol), instruments++);
  });
  const codec = makeCodec(venue, { symbols, decodeText });
  if (codec === null) throw new Error(`no codec for ${venue}`);
  return { codec, symbols };
}

/** Every symbol that the frames are about, for peers that must be told of their markets before. */
export function symbolsOf(frames: FrameSet): { venue: string; symbol: string }[] {
  const found: { venue: string; symbol: string }[] = [];
  const pass = new DecodePass(frames, (venue, symbol) => found.push({ venue, symbol }));
  pass.run(frames.ends.length);
  return found;
}

class PipelinePass implements Pass {
  readonly #frames: FrameSet;
  readonly #scanner = new Scanner({ decodeText });
  #bars = 0;
  #nextLink = 0;

  constructor(frames: FrameSet, signal: SignalStart | null = null) {
    this.#frames = frames;
    this.#scanner.step({
      kind: 'start',
      config: MARKET_CONFIG,
      configHash: '',
      codeVersion: '',
      instruments: [],
      restoredState: null,
      signal,
      receiveTimeMs: frames.receiveTimesMs[0] ?? 0,
    });
  }

  run(count: number): void {
    this.#nextLink = 0;
    for (let begin = 0; begin < count; begin += BATCH) this.#batchOf(begin, Math.min(begin + BATCH, count));
  }

  #batchOf(begin: number, end: number): void {
    const { bytes, ends, connectionOf, receiveTimesMs, links } = this.#frames;
    const scanner = this.#scanner;
    const input: Mutable<FrameInput> = { kind: 'frame', connection: 0, bytes, from: 0, to: 0, receiveTimeMs: 0 };
    let from = start(this.#frames, begin);
    for (let i = begin; i < end; i++) {
      while (this.#nextLink < links.length && links[this.#nextLink]!.before === i) this.#link(this.#nextLink++);
      const to = ends[i]!;
      input.connection = connectionOf[i]!;
      input.from = from;
      input.to = to;
      input.receiveTimeMs = receiveTimesMs[i]!;
      const effects = scanner.step(input);
      if (effects.length > 0) this.#take(effects);
      from = to + 1;
    }
  }

  #link(index: number): void {
    const { before: _before, ...link } = this.#frames.links[index]!;
    const { venue, transport, symbol } = this.#frames.connections[link.connection]!;
    this.#take(this.#scanner.step({ kind: 'link', venue, transport, symbol, ...link }));
  }

  #take(effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.kind === 'bar') this.#bars += 1;
  }

  evidence(): Evidence {
    const runs = this.#scanner.instruments.filter(({ counters }) => counters.frames > 0);
    const sum = (of: (run: (typeof runs)[number]) => number): number => runs.reduce((total, run) => total + of(run), 0);
    const tops: Record<string, [number, number]> = {};
    for (const { book, instrument } of runs) {
      if (book.mid === null) continue;
      const scale = POW10[book.priceDecimals]!;
      tops[`${instrument.venue}:${instrument.symbol}`] = [book.bids.bestPrice / scale, book.asks.bestPrice / scale];
    }
    const ok = sum(({ book }) => book.checksumOk);
    const bad = sum(({ book }) => book.checksumBad);
    const gaps = sum(({ counters }) => counters.gaps);
    const notes = [`${runs.length} instruments, ${this.#bars} bars`];
    if (ok + bad > 0) notes.push(`${ok} of ${ok + bad} checksums right`);
    if (gaps > 0) notes.push(`${gaps} gaps`);
    return { trades: sum(({ counters }) => counters.trades - counters.historyTrades), tops, notes };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
