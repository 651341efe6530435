/** One symbol at simulated Kraken: what each depth of its book was last told, its trades and tickers. Knows connections only as subscribers. */

import type { Prng } from '../../../../core/base/prng.ts';
import { isSameTouch, type Side, type Touch } from '../../book-truth.ts';
import { earlierPrint } from '../../earlier-print.ts';
import {
  type BookView,
  bookSnapshot,
  bookUpdate,
  type LevelChange,
  type NumberedPrint,
  ticker,
  tradeSnapshot,
  tradeUpdate,
} from '../../kraken-encoder.ts';
import { visibleChanges } from '../../kraken-listing.ts';
import type { Market, MarketListener, TradePrint } from '../../market.ts';
import type { Subscriber } from '../audience.ts';
import type { FrameTag } from '../sim-venue.ts';

/** What a client asks of one symbol. */
export type Want =
  | { readonly channel: 'book'; readonly depth: number }
  | { readonly channel: 'trade' }
  | { readonly channel: 'ticker'; readonly trigger: 'bbo' | 'trades' };

interface Subscription {
  readonly subscriber: Subscriber;
  readonly want: Want;
}

/** Kraken sends the last 50 trades at subscription; REST tells of up to 1000. */
const SNAPSHOT_TRADES = 50;
const KEPT_TRADES = 1_000;
const EARLIER_TRADE_US = 900_000;

export class KrakenMarket implements MarketListener {
  readonly market: Market;
  readonly trades: NumberedPrint[] = [];
  readonly #subscriptions: Subscription[] = [];
  /** By depth: the levels that its subscribers hold. */
  readonly #views = new Map<number, BookView>();
  readonly #tags: Readonly<Record<Want['channel'], FrameTag>>;
  #changes: LevelChange[] = [];
  #tradeId: number;
  #touch: Touch;
  #aheadUs = 0;

  constructor(market: Market, prng: Prng, startUs: number) {
    this.market = market;
    this.#touch = market.book.touch();
    this.#tradeId = 60_000_000 + prng.int(20_000_000);
    const { symbol } = market.spec;
    this.#tags = {
      book: { channel: 'depth', symbol },
      trade: { channel: 'trade', symbol },
      ticker: { channel: 'bbo', symbol },
    };
    for (let i = SNAPSHOT_TRADES; i > 0; i--)
      this.#remember(earlierPrint(market, prng, startUs - i * EARLIER_TRADE_US));
  }

  setClockAhead(us: number): void {
    this.#aheadUs = us;
  }

  has(subscriber: Subscriber, want: Want): boolean {
    return this.#find(subscriber, want) >= 0;
  }

  /** @param snapshot - whether it begins with what there is now */
  subscribe(subscriber: Subscriber, want: Want, snapshot: boolean, timeUs: number): void {
    this.#subscriptions.push({ subscriber, want });
    if (want.channel === 'book') {
      const view = this.#views.get(want.depth) ?? this.#viewNow(want.depth);
      this.#views.set(want.depth, view);
      if (snapshot) subscriber.send(bookSnapshot(this.market.spec, timeUs, view), this.#tags.book);
    } else if (want.channel === 'trade') {
      const prints = this.trades.slice(-SNAPSHOT_TRADES).map((one) => this.#shifted(one));
      if (snapshot) subscriber.send(tradeSnapshot(this.market.spec, prints), this.#tags.trade);
    } else if (snapshot) subscriber.send(this.#tickerText('snapshot', timeUs), this.#tags.ticker);
  }

  unsubscribe(subscriber: Subscriber, want: Want): void {
    const index = this.#find(subscriber, want);
    if (index < 0) return;
    this.#subscriptions.splice(index, 1);
    if (want.channel !== 'book') return;
    const isHeld = this.#subscriptions.some((one) => one.want.channel === 'book' && one.want.depth === want.depth);
    if (!isHeld) this.#views.delete(want.depth);
  }

  changed(side: Side, price: number, size: number): void {
    if (this.#views.size > 0) this.#changes.push({ side, price, size });
  }

  traded(prints: readonly TradePrint[]): void {
    const numbered = prints.map((print) => this.#remember(print)).map((one) => this.#shifted(one));
    this.#send('trade', () => tradeUpdate(this.market.spec, numbered));
    const timeUs = prints[0]!.timeUs + this.#aheadUs;
    const isMeant = ({ want }: Subscription): boolean => want.channel === 'ticker' && want.trigger === 'trades';
    this.#send('ticker', () => this.#tickerText('update', timeUs), isMeant);
  }

  settled(timeUs: number): void {
    for (const [depth, view] of this.#views) this.#tellBook(depth, view, timeUs + this.#aheadUs);
    this.#changes = [];
    if (isSameTouch(this.market.book.touch(), this.#touch)) return;
    this.#touch = this.market.book.touch();
    const isMeant = ({ want }: Subscription): boolean => want.channel === 'ticker' && want.trigger === 'bbo';
    this.#send('ticker', () => this.#tickerText('update', timeUs + this.#aheadUs), isMeant);
  }

  #tellBook(depth: number, view: BookView, timeUs: number): void {
    const next = this.#viewNow(depth);
    const changes = [
      ...visibleChanges(this.#changes, 'bid', view.bid, next.bid),
      ...visibleChanges(this.#changes, 'ask', view.ask, next.ask),
    ];
    this.#views.set(depth, next);
    if (changes.length === 0) return;
    const isMeant = ({ want }: Subscription): boolean => want.channel === 'book' && want.depth === depth;
    this.#send('book', () => bookUpdate(this.market.spec, timeUs, changes, next), isMeant);
  }

  #viewNow(depth: number): BookView {
    const { bid, ask } = this.market.book;
    return { bid: bid.top(depth), ask: ask.top(depth) };
  }

  #tickerText(type: 'snapshot' | 'update', timeUs: number): string {
    const { spec, day, book, lastTrade } = this.market;
    const touch = book.touch();
    return ticker(spec, type, timeUs, touch, lastTrade?.price ?? touch.bid.price, day);
  }

  #send(channel: Want['channel'], encode: () => string, isMeant = (_: Subscription): boolean => true): void {
    let text: string | null = null;
    for (const one of this.#subscriptions) {
      if (one.want.channel !== channel || !isMeant(one)) continue;
      text ??= encode();
      one.subscriber.send(text, this.#tags[channel]);
    }
  }

  #find(subscriber: Subscriber, want: Want): number {
    return this.#subscriptions.findIndex((one) => one.subscriber === subscriber && isSameWant(one.want, want));
  }

  #remember(print: TradePrint): NumberedPrint {
    this.#tradeId += 1;
    const numbered = { id: this.#tradeId, print };
    this.trades.push(numbered);
    if (this.trades.length > KEPT_TRADES) this.trades.shift();
    return numbered;
  }

  #shifted({ id, print }: NumberedPrint): NumberedPrint {
    return { id, print: { ...print, timeUs: print.timeUs + this.#aheadUs } };
  }
}

export function isSameWant(one: Want, other: Want): boolean {
  if (one.channel === 'book') return other.channel === 'book' && one.depth === other.depth;
  return one.channel === other.channel;
}
