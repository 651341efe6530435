/** One instrument on one simulated OKX connection: its sequence ids, and the messages of its channels. */

import type { Prng } from '../../core/base/prng.ts';
import { isSameTouch, type Level, type Side, type Touch } from './book-truth.ts';
import { ChangedLevelSet } from './changed-levels.ts';
import { nextFundingMs } from './funding.ts';
import type { Market, MarketListener, TradePrint } from './market.ts';
import {
  type BookAction,
  books,
  fundingRate,
  type OkxListing as Listing,
  markPrice,
  openInterest,
  priceText,
  type SequenceIds,
  sizeText,
  tickers,
  trades,
} from './okx-encoder.ts';
import { type Prices, STEP_US } from './price-process.ts';
import { ListingTally } from './truth.ts';

const BOOK_INTERVAL_US = 100_000;
/** At most one ticker in 100 ms; four times that keeps the recording small. */
const TICKER_INTERVAL_US = 400_000;
const MARK_INTERVAL_US = 1_000_000;
const OPEN_INTEREST_INTERVAL_US = 3_000_000;
const FUNDING_INTERVAL_US = 60_000_000;
/** Without a change for this long, the venue sends an empty update whose ids are equal. */
const KEEP_ALIVE_US = 60_000_000;
const EIGHT_HOURS_MS = 8 * 3_600_000;
const NO_LEVELS = { bid: [], ask: [] };

/** `off`: nobody is subscribed to the book. `losing`: the next update is numbered but never arrives. */
type BookFeed = 'off' | 'on' | 'losing';

export class OkxListing implements MarketListener {
  readonly market: Market;
  readonly tally: ListingTally;
  readonly #listing: Listing;
  readonly #prng: Prng;
  readonly #send: (sentUs: number, payload: string) => void;
  readonly #changes = new ChangedLevelSet();
  #isSubscribed = false;
  #bookFeed: BookFeed = 'off';
  #sequenceId: number;
  #tradeId: number;
  #bookSentUs = 0;
  #touch: Touch | null = null;
  #openContracts: number;

  constructor(market: Market, listing: Listing, prng: Prng, send: (sentUs: number, payload: string) => void) {
    this.market = market;
    this.#listing = listing;
    this.#prng = prng;
    this.#send = send;
    this.tally = new ListingTally(listing.spec.venue, listing.spec.symbol);
    this.#sequenceId = 340_000_000_000 + prng.int(1_000_000_000);
    this.#tradeId = 900_000_000 + prng.int(100_000_000);
    this.#openContracts = 2_400_000 + prng.int(900_000);
  }

  get symbol(): string {
    return this.#listing.spec.symbol;
  }

  /** The channels that a recorder subscribes to. */
  get channels(): readonly string[] {
    const derivative = ['mark-price', 'funding-rate', 'open-interest'];
    return ['books', 'trades', 'tickers', ...(this.#isSwap ? derivative : [])];
  }

  /** Everything but the book. */
  subscribe(): void {
    this.#isSubscribed = true;
  }

  /** Sends the book's snapshot, and from then on its updates. */
  subscribeBook(atUs: number): void {
    const { bid, ask } = this.market.book;
    if (!this.#changes.isEmpty) this.#advanceSequence();
    this.#changes.drain();
    this.#bookFeed = 'on';
    this.tally.depthSnapshots += 1;
    const levels = { bid: bid.top(bid.count), ask: ask.top(ask.count) };
    this.#sendBook('snapshot', atUs, { previous: -1, current: this.#sequenceId }, levels);
  }

  unsubscribeBook(): void {
    this.#bookFeed = 'off';
  }

  /** The next update will be missing. */
  loseUpdate(): void {
    this.#bookFeed = 'losing';
  }

  step(stepUs: number, prices: Prices): void {
    if (this.#isSubscribed && this.#isSwap) this.#sendDerivatives(stepUs, prices);
    this.market.step(stepUs, prices, this);
    const endUs = stepUs + STEP_US;
    if (endUs % BOOK_INTERVAL_US === 0) this.#flushBook(endUs - 1);
    if (endUs % TICKER_INTERVAL_US === 0) this.#flushTicker(endUs - 1);
  }

  changed(side: Side, price: number, size: number): void {
    this.#changes.set(side, price, size);
  }

  traded(prints: readonly TradePrint[]): void {
    for (const print of prints) {
      this.#tradeId += print.makers;
      if (!this.#isSubscribed) continue;
      this.tally.trades += 1;
      this.#sendFrame('trades', print.timeUs, trades(this.#listing.spec, this.#tradeId, this.#sequenceId, print));
    }
  }

  settled(): void {
    // Books go out on the 100 ms grid, not with each order.
  }

  get #isSwap(): boolean {
    return this.#listing.contractValue !== null;
  }

  #flushBook(timeUs: number): void {
    if (this.#changes.isEmpty) {
      if (this.#bookFeed === 'on' && timeUs - this.#bookSentUs >= KEEP_ALIVE_US) this.#sendKeepAlive(timeUs);
      return;
    }
    const levels = this.#changes.drain();
    const previous = this.#sequenceId;
    this.#advanceSequence();
    if (this.#bookFeed === 'off') return;
    if (this.#bookFeed === 'losing') {
      this.#bookFeed = 'on';
      this.tally.sequenceGaps += 1;
      return;
    }
    this.tally.depthUpdates += 1;
    this.#sendBook('update', timeUs, { previous, current: this.#sequenceId }, levels);
  }

  #advanceSequence(): void {
    this.#sequenceId += 1 + this.#prng.int(90);
  }

  #sendKeepAlive(timeUs: number): void {
    this.tally.depthUpdates += 1;
    this.#sendBook('update', timeUs, { previous: this.#sequenceId, current: this.#sequenceId }, NO_LEVELS);
  }

  #flushTicker(timeUs: number): void {
    const touch = this.market.book.touch();
    if (!this.#isSubscribed || (this.#touch !== null && isSameTouch(touch, this.#touch))) return;
    this.#touch = touch;
    this.tally.bbo += 1;
    const last = this.market.lastTrade ?? touch.bid;
    this.#sendFrame('tickers', timeUs, tickers(this.#listing, timeUs, touch, last, this.market.day));
  }

  #sendDerivatives(stepUs: number, prices: Prices): void {
    const { spec } = this.#listing;
    const fair = spec.fairPrice(prices);
    if (stepUs % MARK_INTERVAL_US === 0) {
      this.#sendDerivative(
        'mark-price',
        stepUs,
        markPrice(spec, stepUs, fair * (1 + (this.#prng.next() - 0.5) * 4e-5)),
      );
    }
    if (stepUs % OPEN_INTEREST_INTERVAL_US === 0) {
      this.#openContracts += this.#prng.int(401) - 200;
      this.#sendDerivative('open-interest', stepUs, openInterest(this.#listing, stepUs, this.#openContracts, fair));
    }
    if (stepUs % FUNDING_INTERVAL_US === 0) {
      const next = nextFundingMs(stepUs);
      const rate = 0.00007 + this.#prng.int(1000) * 1e-8;
      this.#sendDerivative('funding-rate', stepUs, fundingRate(spec, stepUs, rate, next, next + EIGHT_HOURS_MS));
    }
  }

  #sendDerivative(channel: string, sentUs: number, payload: string): void {
    this.tally.derivativeTickers += 1;
    this.#sendFrame(channel, sentUs, payload);
  }

  #sendBook(action: BookAction, timeUs: number, ids: SequenceIds, levels: Record<Side, Level[]>): void {
    const { bid, ask } = this.market.book.touch();
    const { spec } = this.#listing;
    this.tally.bestBid = { price: priceText(spec, bid.price), size: sizeText(spec, bid.size) };
    this.tally.bestAsk = { price: priceText(spec, ask.price), size: sizeText(spec, ask.size) };
    this.#bookSentUs = timeUs;
    this.#sendFrame('books', timeUs, books(spec, action, timeUs, ids, levels));
  }

  #sendFrame(channel: string, sentUs: number, payload: string): void {
    this.tally.frame(channel);
    this.#send(sentUs, payload);
  }
}
