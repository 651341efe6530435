/** One symbol on one simulated Kraken connection: what its subscriber holds, and the messages that keep it so. */

import type { Prng } from '../../core/base/prng.ts';
import { isSameTouch, type Level, type Side, type Touch } from './book-truth.ts';
import { earlierPrint } from './earlier-print.ts';
import {
  type BookView,
  bookSnapshot,
  bookUpdate,
  type LevelChange,
  type NumberedPrint,
  priceText,
  sizeText,
  ticker,
  tradeSnapshot,
  tradeUpdate,
} from './kraken-encoder.ts';
import type { Market, MarketListener, TradePrint } from './market.ts';
import { ListingTally } from './truth.ts';

/** Kraken sends the last 50 trades at subscription. */
const HISTORY = 50;
const HISTORY_STEP_US = 900_000;

export class KrakenListing implements MarketListener {
  readonly market: Market;
  /** Levels a side that the subscriber asked for. */
  readonly depth: number;
  readonly tally: ListingTally;
  readonly #send: (sentUs: number, payload: string) => void;
  readonly #history: NumberedPrint[] = [];
  #tradeId: number;
  #changes: LevelChange[] = [];
  /** Null while nobody is subscribed: the market goes on, nothing is sent. */
  #view: BookView | null = null;
  #touch: Touch;

  constructor(
    market: Market,
    depth: number,
    prng: Prng,
    startUs: number,
    send: (sentUs: number, payload: string) => void,
  ) {
    this.market = market;
    this.depth = depth;
    this.#send = send;
    this.#touch = market.book.touch();
    this.#tradeId = 60_000_000 + prng.int(20_000_000);
    this.tally = new ListingTally(market.spec.venue, market.spec.symbol);
    for (let i = HISTORY; i > 0; i--) this.#remember(earlierPrint(market, prng, startUs - i * HISTORY_STEP_US));
  }

  /** Sends the ticker, book and trade snapshots and from then on every update. */
  subscribe(atUs: number): void {
    const { spec, book } = this.market;
    this.#changes = [];
    this.#view = { bid: book.bid.top(this.depth), ask: book.ask.top(this.depth) };
    this.#sendTicker('snapshot', atUs);
    this.tally.depthSnapshots += 1;
    this.#sendBook(atUs + 90, bookSnapshot(spec, atUs + 90, this.#view));
    this.tally.snapshotTrades += this.#history.length;
    this.tally.frame('trade');
    this.#send(atUs + 160, tradeSnapshot(spec, this.#history));
  }

  /** The connection is gone. */
  disconnect(): void {
    this.#view = null;
    this.tally.disconnects += 1;
  }

  changed(side: Side, price: number, size: number): void {
    if (this.#view !== null) this.#changes.push({ side, price, size });
  }

  traded(prints: readonly TradePrint[]): void {
    const numbered = prints.map((print) => this.#remember(print));
    if (this.#view === null) return;
    this.tally.trades += prints.length;
    this.tally.frame('trade');
    this.#send(prints[0]!.timeUs + 40, tradeUpdate(this.market.spec, numbered));
  }

  settled(timeUs: number): void {
    if (this.#view === null) return;
    const { book, spec } = this.market;
    const next = { bid: book.bid.top(this.depth), ask: book.ask.top(this.depth) };
    const changes = [
      ...visibleChanges(this.#changes, 'bid', this.#view.bid, next.bid),
      ...visibleChanges(this.#changes, 'ask', this.#view.ask, next.ask),
    ];
    this.#view = next;
    this.#changes = [];
    if (changes.length > 0) {
      this.tally.depthUpdates += 1;
      this.#sendBook(timeUs + 60, bookUpdate(spec, timeUs, changes, next));
    }
    if (!isSameTouch(book.touch(), this.#touch)) this.#sendTicker('update', timeUs + 80);
  }

  #sendBook(sentUs: number, payload: string): void {
    const { bid, ask } = this.market.book.touch();
    const text = ({ price, size }: Level) => ({
      price: priceText(this.market.spec, price),
      size: sizeText(this.market.spec, size),
    });
    this.tally.bestBid = text(bid);
    this.tally.bestAsk = text(ask);
    this.tally.checksumFrames += 1;
    this.tally.frame('book');
    this.#send(sentUs, payload);
  }

  #sendTicker(type: 'snapshot' | 'update', sentUs: number): void {
    this.#touch = this.market.book.touch();
    const last = this.market.lastTrade?.price ?? this.#touch.bid.price;
    this.tally.bbo += 1;
    this.tally.frame('ticker');
    this.#send(sentUs, ticker(this.market.spec, type, sentUs, this.#touch, last, this.market.day));
  }

  #remember(print: TradePrint): NumberedPrint {
    this.#tradeId += 1;
    const numbered = { id: this.#tradeId, print };
    this.#history.push(numbered);
    if (this.#history.length > HISTORY) this.#history.shift();
    return numbered;
  }
}

/**
 * What a subscriber of limited depth is told.
 *
 * A level pushed out of range gets no delete: the subscriber truncates. One that comes back into range is sent again.
 *
 * @param changes - of both sides, in the order they happened
 */
export function visibleChanges(
  changes: readonly LevelChange[],
  side: Side,
  before: readonly Level[],
  after: readonly Level[],
): LevelChange[] {
  const held = new Set(before.map((level) => level.price));
  const visible = new Set(after.map((level) => level.price));
  const told = changes.filter((c) => c.side === side && (held.has(c.price) || visible.has(c.price)));
  const toldPrices = new Set(told.map((change) => change.price));
  const returned = after.filter((level) => !held.has(level.price) && !toldPrices.has(level.price));
  return [...told, ...returned.map((level) => ({ side, ...level }))];
}
