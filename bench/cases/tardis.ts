/**
 * tardis-dev: its own mappers and computables, driven without its async generators, which is faster than any program that
 * uses it can be. Every frame is first parsed by `JSON.parse`, as its clients do.
 */

import type { FrameConnection, FrameSet } from '../frames.ts';
import type { BenchCase, Evidence, Pass } from './case.ts';
import { loadPeer } from './peer.ts';

// biome-ignore lint/suspicious/noExplicitAny: what JSON.parse gives, and a library loaded by name
type Json = any;

interface Mapper {
  canHandle(message: Json): boolean;
  map(message: Json, localTimestamp: Date): Iterable<Normalized> | undefined;
}

interface Normalized {
  readonly type: string;
  readonly symbol: string;
}

interface Computable {
  readonly sourceDataTypes: readonly string[];
  compute(message: Normalized): Iterable<{ readonly type: string }>;
}

/** tardis-dev's name of each venue of ours. */
const EXCHANGES: Readonly<Record<string, string>> = {
  binance: 'binance',
  binance_usdm: 'binance-futures',
  binance_coinm: 'binance-delivery',
  kraken: 'kraken',
  okx: 'okex',
  coinbase: 'coinbase',
  bybit: 'bybit',
  bybit_linear: 'bybit',
  bybit_spot: 'bybit-spot',
};

/** `normalizeTrades`, `normalizeBookChanges`, and `normalizeBookTickers` where it has one. */
export const tardisNormalize: BenchCase = async (frames) => {
  const tardis = loadPeer('tardis-dev');
  if (tardis === null) return 'not installed';
  return () => new TardisPass(frames, (connection) => mappersOf(tardis, frames, connection), null);
};

/**
 * The same messages, and of them trades into one-minute bars, book changes into books of which the top 20 levels are copied
 * once a second. Book tickers are normalised and go no further, as in ours, which compares them with the book.
 */
export const tardisBarsBook: BenchCase = async (frames) => {
  const tardis = loadPeer('tardis-dev');
  if (tardis === null) return 'not installed';
  const computables = [
    tardis.computeTradeBars({ kind: 'time', interval: 60_000 }),
    tardis.computeBookSnapshots({ depth: 20, interval: 1000 }),
  ];
  const makeComputables = (): Computable[] => computables.map((make) => make());
  return () => new TardisPass(frames, (connection) => mappersOf(tardis, frames, connection), makeComputables);
};

/** Looks at the frames for what tardis-dev's factories guess from dates and its own subscriptions. */
function mappersOf(tardis: Json, frames: FrameSet, connection: number): Mapper[] {
  const exchange = EXCHANGES[frames.connections[connection]!.venue]!;
  const first = new Date(frames.receiveTimesMs[0]!);
  const mappers = [tardis.normalizeTrades(exchange, first), bookMapper(tardis, frames, exchange, first)];
  try {
    return [...mappers, tardis.normalizeBookTickers(exchange, first)];
  } catch {
    return mappers; // it has none for this exchange
  }
}

/** Bybit's and OKX's book mappers take one channel only; they are made for the one that was recorded. */
function bookMapper(tardis: Json, frames: FrameSet, exchange: string, first: Date): Mapper {
  const sample = frames.bytes.toString('latin1', 0, 4_000_000);
  if (exchange.startsWith('bybit')) {
    const { BybitV5BookChangeMapper } = loadPeer('tardis-dev/dist/mappers/bybit.js') as Json;
    return new BybitV5BookChangeMapper(exchange, Number(/"orderbook\.(\d\d+)\./.exec(sample)?.[1]));
  }
  if (exchange === 'okex') {
    const { OkexV5BookChangeMapper } = loadPeer('tardis-dev/dist/mappers/okex.js') as Json;
    return new OkexV5BookChangeMapper(exchange, sample.includes('"channel":"books"'));
  }
  return tardis.normalizeBookChanges(exchange, first);
}

class TardisPass implements Pass {
  readonly #frames: FrameSet;
  readonly #mappers: readonly (readonly Mapper[])[];
  readonly #computables: ComputableTable | null;
  #trades = 0;
  #changes = 0;
  #tickers = 0;

  constructor(
    frames: FrameSet,
    makeMappers: (connection: number) => readonly Mapper[],
    makeComputables: (() => Computable[]) | null,
  ) {
    this.#frames = frames;
    // A REST snapshot reaches the mapper of the stream that it belongs to, as in tardis-dev's own recordings.
    const streams = new Map<string, readonly Mapper[]>();
    this.#mappers = frames.connections.map(({ venue }, index) => {
      const known = streams.get(venue) ?? makeMappers(index);
      streams.set(venue, known);
      return known;
    });
    this.#computables = makeComputables === null ? null : new ComputableTable(makeComputables);
  }

  run(count: number): void {
    const { bytes, ends, connectionOf, connections, receiveTimesMs } = this.#frames;
    let from = 0;
    for (let i = 0; i < count; i++) {
      const to = ends[i]!;
      const connection = connectionOf[i]!;
      let message = JSON.parse(bytes.toString('utf8', from, to));
      if (connections[connection]!.transport === 'rest') message = wrapped(message, connections[connection]!);
      this.#map(this.#mappers[connection]!, message, connection, new Date(receiveTimesMs[i]!));
      from = to + 1;
    }
  }

  #map(mappers: readonly Mapper[], message: Json, connection: number, localTimestamp: Date): void {
    for (let i = 0; i < mappers.length; i++) {
      const mapper = mappers[i]!;
      if (!mapper.canHandle(message)) continue;
      for (const normalized of mapper.map(message, localTimestamp) ?? []) this.#take(normalized, connection);
    }
  }

  #take(normalized: Normalized, connection: number): void {
    if (normalized.type === 'trade') this.#trades += 1;
    else if (normalized.type === 'book_change') this.#changes += 1;
    else this.#tickers += 1;
    if (this.#computables !== null) {
      this.#computables.compute(this.#frames.connections[connection]!.venue, normalized);
    }
  }

  evidence(): Evidence {
    const notes = this.#computables?.notes() ?? [`${this.#changes} book changes, ${this.#tickers} book tickers`];
    return { trades: this.#trades, tops: this.#computables?.tops() ?? null, notes };
  }
}

/** What tardis-dev's recorder makes of a depth snapshot: it stands in the stream that asked for it. */
function wrapped(data: Json, { symbol }: FrameConnection): Json {
  return { stream: `${symbol!.toLowerCase()}@depthSnapshot`, data };
}

/** One set of computables a symbol, as tardis-dev's `compute` keeps them. */
class ComputableTable {
  readonly #make: () => Computable[];
  readonly #byType = new Map<string, Record<string, Computable[]>>();
  #computed = 0;

  constructor(make: () => Computable[]) {
    this.#make = make;
  }

  compute(venue: string, normalized: Normalized): void {
    const computables = this.#of(`${venue}:${normalized.symbol}`)[normalized.type];
    if (computables === undefined) return;
    for (const computable of computables) for (const _ of computable.compute(normalized)) this.#computed += 1;
  }

  #of(key: string): Record<string, Computable[]> {
    const known = this.#byType.get(key);
    if (known !== undefined) return known;
    const byType: Record<string, Computable[]> = {};
    for (const computable of this.#make()) {
      for (const type of computable.sourceDataTypes) {
        byType[type] ??= [];
        byType[type].push(computable);
      }
    }
    this.#byType.set(key, byType);
    return byType;
  }

  tops(): Record<string, [number, number]> {
    const tops: Record<string, [number, number]> = {};
    for (const [key, { book_change: books }] of this.#byType) {
      const book = (books![0] as Json)._orderBook; // not public, and read after the clock was stopped
      const bid = book.bestBid();
      const ask = book.bestAsk();
      if (bid !== undefined && ask !== undefined) tops[key] = [bid.price, ask.price];
    }
    return tops;
  }

  notes(): string[] {
    return [`${this.#computed} bars and snapshots`];
  }
}
