/** A plain client of a simulated venue, made of our own codec and books. Recovers nothing by itself but Binance's first snapshot. */

import { shortestMantissaText } from '../../src/core/base/decimal.ts';
import { Book } from '../../src/core/market/book/book.ts';
import { SEQUENCE_RULES } from '../../src/core/market/book/sequence.ts';
import { Instrument } from '../../src/core/market/instrument.ts';
import { TICK_KIND_NAMES, type Tick, TickBatch, TickKind } from '../../src/core/market/tick.ts';
import type { VenueCodec } from '../../src/core/market/venues/codec.ts';
import { makeCodec } from '../../src/core/market/venues/registry.ts';
import { VenueSymbols } from '../../src/core/market/venues/symbol-table.ts';
import type {
  BookTruthText,
  FrameTag,
  LevelText,
  SimPeer,
  SimReply,
  SimSession,
  SimVenueName,
  SimWorld,
} from '../../src/shell/sim/world/sim-world.ts';
import { CLIENTS } from './venue-clients.ts';

const encoder = new TextEncoder();

export class CoreReader implements SimPeer {
  readonly world: SimWorld;
  readonly venue: SimVenueName;
  readonly session: SimSession;
  /** Every message as received, newest last. */
  readonly messages: string[] = [];
  /** How many of each: `ticks`, `ack`, `unknown:…`, `malformed:…`. */
  readonly outcomes: Record<string, number> = {};
  /** How many of each kind and symbol. */
  readonly ticks: Record<string, number> = {};
  readonly books = new Map<string, Book>();
  readonly gaps: string[] = [];
  readonly eventTimesMs: number[] = [];
  closedWith: string | null = null;
  pings = 0;
  readonly #codec: VenueCodec;
  readonly #batch = new TickBatch();
  readonly #instruments = new Map<string, Instrument>();
  readonly #wanted = new Set<string>();

  /** @throws when the handshake is refused */
  constructor(world: SimWorld, venue: SimVenueName, path: string, address?: string) {
    this.world = world;
    this.venue = venue;
    const symbols = new VenueSymbols((symbol) => this.#instrument(symbol));
    this.#codec = makeCodec(venue, {
      symbols,
      decodeText: (bytes, from, to) => new TextDecoder().decode(bytes.subarray(from, to)),
    })!;
    const answer = world.connect(venue, path, this, address);
    if (answer.kind === 'lost') throw new Error('nobody answers');
    if (answer.kind === 'refused') throw new Error(`refused with ${answer.reply.status}`);
    this.session = answer.session;
  }

  send(request: object | string): void {
    this.session.receive(typeof request === 'string' ? request : JSON.stringify(request));
  }

  message(text: string, _tag: FrameTag): void {
    this.messages.push(text);
    this.#decode(text, null);
  }

  ping(): void {
    this.pings += 1;
  }

  closed(code: number, reason: string): void {
    this.closedWith = `${code} ${reason}`;
  }

  /** Lets time pass; asks for the snapshots that books want, every 100 ms. */
  run(ms: number): void {
    const endUs = this.world.nowUs + ms * 1_000;
    while (this.world.nowUs < endUs) {
      this.world.advance(Math.min(endUs, this.world.nowUs + 100_000));
      this.serve();
    }
  }

  /** Asks for the snapshots that are wanted now. */
  serve(): void {
    for (const symbol of [...this.#wanted]) {
      this.#wanted.delete(symbol);
      this.#snapshot(symbol);
    }
  }

  /** The book as the truth writes it; null unless it is live. */
  top(symbol: string, depth: number): Pick<BookTruthText, 'bids' | 'asks'> | null {
    const book = this.books.get(symbol);
    if (book === undefined || book.state !== 'live') return null;
    const side = (which: 'bids' | 'asks'): LevelText[] => {
      const prices = new Float64Array(depth);
      const sizes = new Float64Array(depth);
      const count = book[which].top(depth, prices, sizes);
      return Array.from({ length: count }, (_, i) => [
        shortestMantissaText(prices[i]!, book.priceDecimals),
        shortestMantissaText(sizes[i]!, book.sizeDecimals),
      ]);
    };
    return { bids: side('bids'), asks: side('asks') };
  }

  truth(symbol: string, depth: number): Pick<BookTruthText, 'bids' | 'asks'> {
    const { bids, asks } = this.world.book(this.venue, symbol, depth)!;
    return { bids, asks };
  }

  get(path: string, address?: string): SimReply {
    let got: SimReply | null = null;
    this.world.request(
      this.venue,
      'GET',
      path,
      {},
      (outcome) => {
        if (outcome.kind === 'answered') got = outcome.reply;
      },
      address,
    );
    if (got === null) throw new Error(`no answer to ${path}`);
    return got;
  }

  #snapshot(symbol: string): void {
    const path = CLIENTS[this.venue].snapshotPath(symbol);
    if (path !== null) this.#decode(this.get(path).body, this.#instrument(symbol));
  }

  #decode(text: string, hint: Instrument | null): void {
    const bytes = encoder.encode(text);
    const outcome = this.#codec.decode(bytes, 0, bytes.length, this.#batch, hint);
    const isOdd = outcome === 'unknown' || outcome === 'malformed' || outcome === 'error';
    const name = isOdd ? `${outcome}:${this.#batch.reason}` : outcome;
    this.outcomes[name] = (this.outcomes[name] ?? 0) + 1;
    if (outcome !== 'ticks') return;
    for (let i = 0; i < this.#batch.count; i++) this.#take(this.#batch.ticks[i]!);
  }

  #take(tick: Tick): void {
    const { symbol } = tick.instrument;
    const key = `${TICK_KIND_NAMES[tick.kind]} ${symbol}`;
    this.ticks[key] = (this.ticks[key] ?? 0) + 1;
    this.eventTimesMs.push(tick.eventTimeMs);
    if (tick.kind !== TickKind.depthSnapshot && tick.kind !== TickKind.depthDelta) return;
    const book = this.#book(tick.instrument);
    const result =
      tick.kind === TickKind.depthSnapshot
        ? book.applySnapshot(tick, this.#batch, this.world.nowUs / 1_000)
        : book.applyDelta(tick, this.#batch);
    if (result === 'gap') this.gaps.push(`${symbol} ${book.staleReason}`);
    const isWanted = result === 'snapshot_wanted' || result === 'snapshot_too_old' || result === 'gap';
    if (isWanted) this.#wanted.add(symbol);
  }

  #book(instrument: Instrument): Book {
    let book = this.books.get(instrument.symbol);
    if (book === undefined) {
      book = new Book(instrument, SEQUENCE_RULES[this.venue]!);
      this.books.set(instrument.symbol, book);
    }
    return book;
  }

  #instrument(symbol: string): Instrument {
    let instrument = this.#instruments.get(symbol);
    if (instrument === undefined) {
      instrument = new Instrument(
        {
          id: `${this.venue}:${symbol}`,
          venue: this.venue,
          symbol,
          base: null,
          quote: null,
          type: 'unknown',
          priceDecimals: 0,
          sizeDecimals: 0,
          contract: { kind: 'base' },
          depth: null,
          tradeChannel: null,
        },
        this.#instruments.size,
      );
      this.#instruments.set(symbol, instrument);
    }
    return instrument;
  }
}
