/**
 * Coinbase's books as the messages that came make them, read by `JSON.parse` alone. Nothing on that wire shows what was lost, so
 * a book of ours may lack as much as these do; but it may lack no more. Knows no truth.
 */

import { POW10 } from '../../../src/core/base/decimal.ts';
import type { Book } from '../../../src/core/market/book/book.ts';
import type { BookSide } from '../../../src/core/market/book/book-side.ts';
import type { Effect } from '../../../src/core/scan/effect.ts';
import type { Input } from '../../../src/core/scan/input.ts';
import { SECOND_MS } from './invariant.ts';

/** As the channel is asked for. */
const DEPTH_CHANNEL = 'level2_batch';
/** A book that a message crossed is not believed for longer. */
const MOST_CROSSED_MS = 5 * SECOND_MS;
/** It came crossed. */
const AT_LOAD = Number.POSITIVE_INFINITY;
/** More levels a side than any simulated market has. */
const WHOLE = 1_000;

const prices = new Float64Array(WHOLE);
const sizes = new Float64Array(WHOLE);

type Pair = readonly [price: string, size: string];
type DepthMessage =
  | { readonly type: 'snapshot'; readonly product_id: string; readonly bids: Pair[]; readonly asks: Pair[] }
  | {
      readonly type: 'l2update';
      readonly product_id: string;
      readonly changes: (readonly ['buy' | 'sell', ...Pair])[];
      readonly time: string;
    };

export class ArrivedBook {
  /** Size by price. */
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  /** Of the last update; NaN: none came since the snapshot. */
  #timeMs = Number.NaN;
  #crossedSinceMs = Number.NaN;
  #outOfOrderMs: number[] = [];

  /** When updates came that were older than the one before, since the snapshot. */
  get outOfOrderMs(): readonly number[] {
    return this.#outOfOrderMs;
  }

  /** @param atMs - since the world began */
  apply(message: DepthMessage, atMs: number): void {
    if (message.type === 'snapshot') {
      this.#bids.clear();
      this.#asks.clear();
      for (const [price, size] of message.bids) set(this.#bids, price, size);
      for (const [price, size] of message.asks) set(this.#asks, price, size);
      this.#timeMs = Number.NaN;
      this.#crossedSinceMs = Number.NaN;
      this.#outOfOrderMs = [];
      return;
    }
    for (const [side, price, size] of message.changes) set(side === 'buy' ? this.#bids : this.#asks, price, size);
    const timeMs = timeOf(message.time);
    if (timeMs < this.#timeMs) this.#outOfOrderMs.push(atMs);
    this.#timeMs = timeMs;
  }

  /** Why a live book ought not to be, after each message of it; null: it is what came, and nothing of that shows a loss. */
  flawOf(book: Book): string | null {
    if (!isSide(this.#bids, book.bids, book) || !isSide(this.#asks, book.asks, book)) return 'live, and not what came';
    if (!(book.bids.bestPrice >= book.asks.bestPrice)) this.#crossedSinceMs = Number.NaN;
    else if (Number.isNaN(this.#timeMs)) this.#crossedSinceMs = AT_LOAD;
    else if (Number.isNaN(this.#crossedSinceMs)) this.#crossedSinceMs = this.#timeMs;
    return this.#timeMs - this.#crossedSinceMs >= MOST_CROSSED_MS ? 'live, though a message crossed it long ago' : null;
  }
}

export class ArrivedBooks {
  /** By connection, by symbol: of what depth was asked for on. */
  readonly #books = new Map<number, Map<string, ArrivedBook>>();

  of(connection: number, symbol: string): ArrivedBook | null {
    return this.#books.get(connection)?.get(symbol) ?? null;
  }

  /** @returns whose depth it asks Coinbase for: that is answered by a snapshot of the moment at which it is heard */
  onEffect(effect: Effect): readonly string[] {
    if (effect.kind === 'close_connection') this.#books.delete(effect.connection);
    if (effect.kind !== 'send_text' || !effect.text.includes(DEPTH_CHANNEL)) return [];
    const { type, channels } = JSON.parse(effect.text) as { type: string; channels: unknown };
    if (type !== 'subscribe') return [];
    const asked = channels as readonly { readonly name: string; readonly product_ids: readonly string[] }[];
    const symbols = asked.filter(({ name }) => name === DEPTH_CHANNEL).flatMap(({ product_ids: ids }) => ids);
    const books = this.#books.get(effect.connection) ?? new Map<string, ArrivedBook>();
    this.#books.set(effect.connection, books);
    for (const symbol of symbols) if (!books.has(symbol)) books.set(symbol, new ArrivedBook());
    return symbols;
  }

  onInput(input: Input, atMs: number): void {
    if (input.kind === 'link' && input.state === 'down') this.#books.delete(input.connection);
    if (input.kind !== 'frame') return;
    const books = this.#books.get(input.connection);
    if (books === undefined) return;
    const message = depthIn(
      Buffer.from(input.bytes.buffer, input.bytes.byteOffset + input.from, input.to - input.from),
    );
    if (message !== null) books.get(message.product_id)?.apply(message, atMs);
  }
}

/** @returns null: something else, or unreadable, after which no book of the connection is believed */
function depthIn(bytes: Buffer): DepthMessage | null {
  const head = bytes.toString('latin1', 0, 20);
  if (!head.startsWith('{"type":"l2update"') && !head.startsWith('{"type":"snapshot"')) return null;
  try {
    const message = JSON.parse(bytes.toString()) as DepthMessage;
    const lists = message.type === 'snapshot' ? [message.bids, message.asks] : [message.changes];
    return lists.every(Array.isArray) ? message : null;
  } catch {
    return null;
  }
}

function set(side: Map<number, number>, price: string, size: string): void {
  if (Number(size) === 0) side.delete(Number(price));
  else side.set(Number(price), Number(size));
}

/** The wire's microseconds, which `Date` cuts off. */
function timeOf(time: string): number {
  return Date.parse(time) + Number(time.slice(23, 26)) / 1_000;
}

function isSide(arrived: ReadonlyMap<number, number>, side: BookSide, book: Book): boolean {
  const count = side.top(WHOLE, prices, sizes);
  if (count !== arrived.size) return false;
  // Correctly rounded, as the text is by `Number`.
  const price = POW10[book.priceDecimals]!;
  const size = POW10[book.sizeDecimals]!;
  for (let i = 0; i < count; i++) if (arrived.get(prices[i]! / price) !== sizes[i]! / size) return false;
  return true;
}
