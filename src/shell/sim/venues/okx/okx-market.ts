/** One instrument at simulated OKX: its sequence ids, its channels and who listens to them. Knows connections only as subscribers. */

import type { Prng } from '../../../../core/base/prng.ts';
import { isSameTouch, type Level, type Side, type Touch } from '../../book-truth.ts';
import { ChangedLevelSet } from '../../changed-levels.ts';
import { nextFundingMs } from '../../funding.ts';
import type { Market, MarketListener, TradePrint } from '../../market.ts';
import {
  bestLevels,
  books,
  fundingRate,
  indexTicker,
  markPrice,
  type OkxListing,
  openInterest,
  type SequenceIds,
  tickers,
  trades,
} from '../../okx-encoder.ts';
import { Audience, type Subscriber } from '../audience.ts';
import type { Derivative } from '../derivative.ts';
import type { FrameTag } from '../sim-venue.ts';

export const CHANNELS = [
  'books',
  'trades',
  'tickers',
  'bbo-tbt',
  'mark-price',
  'funding-rate',
  'open-interest',
  'index-tickers',
] as const;
export type Channel = (typeof CHANNELS)[number];

export interface NumberedTrade {
  readonly id: number;
  readonly print: TradePrint;
}

const BOOK_LEVELS = 400;
const BOOK_INTERVAL_US = 100_000;
const MARK_INTERVAL_US = 200_000;
const INDEX_INTERVAL_US = 500_000;
const OPEN_INTEREST_INTERVAL_US = 3_000_000;
const FUNDING_INTERVAL_US = 60_000_000;
/** Without a change for so long, an empty update whose ids are equal is sent. */
const KEEP_ALIVE_US = 60_000_000;
const KEPT_TRADES = 500;
const EIGHT_HOURS_MS = 8 * 3_600_000;

export class OkxMarket implements MarketListener {
  readonly listing: OkxListing;
  readonly market: Market;
  readonly derivative: Derivative | null;
  readonly trades: NumberedTrade[] = [];
  readonly #prng: Prng;
  readonly #audience: Audience<Channel>;
  readonly #changes = new ChangedLevelSet();
  /** The newest id, and the one that the book channel has told. */
  #sequenceId: number;
  #bookId: number;
  #bookSentUs: number;
  #tradeId: number;
  #touch: Touch;
  #isTickerDue = false;
  #aheadUs = 0;

  constructor(listing: OkxListing, market: Market, derivative: Derivative | null, prng: Prng) {
    this.listing = listing;
    this.market = market;
    this.derivative = derivative;
    this.#prng = prng;
    this.#sequenceId = 340_000_000_000 + prng.int(1_000_000_000);
    this.#bookId = this.#sequenceId;
    this.#bookSentUs = 0;
    this.#tradeId = 900_000_000 + prng.int(100_000_000);
    this.#touch = market.book.touch();
    const { symbol } = listing.spec;
    const derivativeTag: FrameTag = { channel: 'derivative', symbol };
    this.#audience = new Audience({
      books: { channel: 'depth', symbol },
      trades: { channel: 'trade', symbol },
      tickers: { channel: 'bbo', symbol },
      'bbo-tbt': { channel: 'bbo', symbol },
      'mark-price': derivativeTag,
      'funding-rate': derivativeTag,
      'open-interest': derivativeTag,
      'index-tickers': derivativeTag,
    });
  }

  /** The last id that the book channel told. */
  get bookId(): number {
    return this.#bookId;
  }

  /** Its index is no instrument of its own: `BTC-USDT` of `BTC-USDT-SWAP`. */
  get index(): string {
    return this.listing.spec.symbol.replace(/-SWAP$/, '');
  }

  serves(channel: Channel): boolean {
    const isOfSwaps = ['mark-price', 'funding-rate', 'open-interest', 'index-tickers'].includes(channel);
    return !isOfSwaps || this.derivative !== null;
  }

  setClockAhead(us: number): void {
    this.#aheadUs = us;
  }

  /** @param snapshot - whether the book channel begins with one */
  subscribe(subscriber: Subscriber, channel: Channel, snapshot: boolean, timeUs: number): void {
    if (channel === 'books') {
      // Those who listen already are told what changed, so that the snapshot is of an id that the stream has.
      this.#flushBook(timeUs - this.#aheadUs);
      if (snapshot) this.#audience.tellOne(channel, subscriber, this.#snapshotText(timeUs));
      this.#bookSentUs = timeUs - this.#aheadUs;
    }
    this.#audience.add(channel, subscriber);
    const first = this.#firstText(channel, timeUs);
    if (first !== null) this.#audience.tellOne(channel, subscriber, first);
  }

  unsubscribe(subscriber: Subscriber, channel: Channel): void {
    this.#audience.remove(channel, subscriber);
  }

  step(stepUs: number, lengthUs: number): void {
    const endUs = stepUs + lengthUs;
    if (endUs % BOOK_INTERVAL_US === 0) {
      this.#flushBook(endUs - 1);
      if (this.#isTickerDue) this.#sendTicker(endUs - 1);
      if (endUs - 1 - this.#bookSentUs >= KEEP_ALIVE_US) this.#keepAlive(endUs - 1);
    }
    if (this.derivative !== null) this.#sendDerivatives(endUs, this.derivative);
  }

  changed(side: Side, price: number, size: number): void {
    this.#changes.set(side, price, size);
  }

  traded(prints: readonly TradePrint[]): void {
    this.#isTickerDue = true;
    for (const print of prints) {
      this.#tradeId += print.makers;
      this.trades.push({ id: this.#tradeId, print });
      if (this.trades.length > KEPT_TRADES) this.trades.shift();
      const shown = { ...print, timeUs: print.timeUs + this.#aheadUs };
      this.#audience.tell('trades', () => trades(this.listing.spec, this.#tradeId, this.#sequenceId, shown));
    }
  }

  settled(timeUs: number): void {
    const touch = this.market.book.touch();
    if (isSameTouch(touch, this.#touch)) return;
    this.#touch = touch;
    this.#isTickerDue = true;
    this.#advance();
    this.#audience.tell('bbo-tbt', () =>
      bestLevels(this.listing.spec, timeUs + this.#aheadUs, this.#sequenceId, touch),
    );
  }

  /** What REST answers: the book as it is, with an id between two of the stream's or equal to the last. */
  snapshotNow(levels: number): { readonly sequenceId: number; readonly sides: Record<Side, Level[]> } {
    if (!this.#changes.isEmpty) this.#advance();
    return { sequenceId: this.#changes.isEmpty ? this.#bookId : this.#sequenceId, sides: this.#top(levels) };
  }

  tickerText(timeUs: number): string {
    const last = this.market.lastTrade ?? this.market.book.touch().bid;
    return tickers(this.listing, timeUs, this.market.book.touch(), last, this.market.day);
  }

  #flushBook(timeUs: number): void {
    if (this.#changes.isEmpty) return;
    const levels = this.#changes.drain();
    const previous = this.#bookId;
    this.#advance();
    this.#bookId = this.#sequenceId;
    this.#sendBook({ previous, current: this.#bookId }, timeUs, levels);
  }

  #keepAlive(timeUs: number): void {
    this.#sendBook({ previous: this.#bookId, current: this.#bookId }, timeUs, { bid: [], ask: [] });
  }

  #sendBook(ids: SequenceIds, timeUs: number, levels: Readonly<Record<Side, readonly Level[]>>): void {
    this.#bookSentUs = timeUs;
    this.#audience.tell('books', () => books(this.listing.spec, 'update', timeUs + this.#aheadUs, ids, levels));
  }

  #snapshotText(timeUs: number): string {
    const ids = { previous: -1, current: this.#bookId };
    return books(this.listing.spec, 'snapshot', timeUs, ids, this.#top(BOOK_LEVELS));
  }

  #sendTicker(timeUs: number): void {
    this.#isTickerDue = false;
    this.#audience.tell('tickers', () => this.tickerText(timeUs + this.#aheadUs));
  }

  #sendDerivatives(timeUs: number, derivative: Derivative): void {
    const wireUs = timeUs + this.#aheadUs;
    if (timeUs % MARK_INTERVAL_US === 0)
      this.#audience.tell('mark-price', () => this.#derivativeText('mark-price', wireUs));
    if (timeUs % INDEX_INTERVAL_US === 0)
      this.#audience.tell('index-tickers', () => this.#derivativeText('index-tickers', wireUs));
    if (timeUs % FUNDING_INTERVAL_US === 0)
      this.#audience.tell('funding-rate', () => this.#derivativeText('funding-rate', wireUs));
    if (timeUs % OPEN_INTEREST_INTERVAL_US !== 0) return;
    derivative.move();
    this.#audience.tell('open-interest', () => this.#derivativeText('open-interest', wireUs));
  }

  #firstText(channel: Channel, timeUs: number): string | null {
    if (channel === 'tickers') return this.tickerText(timeUs);
    if (channel === 'bbo-tbt') return bestLevels(this.listing.spec, timeUs, this.#sequenceId, this.#touch);
    return this.derivative === null ? null : this.#derivativeText(channel, timeUs);
  }

  #derivativeText(channel: Channel, timeUs: number): string | null {
    const { listing, derivative } = this;
    if (derivative === null) return null;
    const next = nextFundingMs(timeUs);
    switch (channel) {
      case 'mark-price':
        return markPrice(listing.spec, timeUs, derivative.mark);
      case 'index-tickers':
        return indexTicker(this.index, timeUs, derivative.index, derivative.index * 0.994, listing.spec.priceDecimals);
      case 'funding-rate':
        return fundingRate(listing.spec, timeUs, derivative.fundingRate, next, next + EIGHT_HOURS_MS);
      case 'open-interest':
        return openInterest(listing, timeUs, derivative.openInterest, derivative.mark);
      default:
        return null;
    }
  }

  #top(levels: number): Record<Side, Level[]> {
    const { bid, ask } = this.market.book;
    return { bid: bid.top(levels), ask: ask.top(levels) };
  }

  #advance(): void {
    this.#sequenceId += 1 + this.#prng.int(90);
  }
}
