/** One instrument at simulated Bybit: its book lines, its tickers and trades, and who listens to them. Knows no limits. */

import type { Prng } from '../../../../core/base/prng.ts';
import type { Side } from '../../book-truth.ts';
import type { Market, MarketListener, TradePrint } from '../../market.ts';
import { Audience, type Subscriber } from '../audience.ts';
import type { Derivative } from '../derivative.ts';
import { BookLine, type BookMessage } from './book-line.ts';
import { allLiquidation, type BybitListing, type Fill, orderbook, publicTrade, tickers } from './bybit-encoder.ts';
import { changedFields, type TickerFields, tickerFields } from './ticker-fields.ts';

/** [docs] of July 2026: depths, and how often each is pushed. */
const BOOK_INTERVALS_US = { 1: 10_000, 50: 20_000, 200: 100_000, 1000: 200_000 } as const;
export type Depth = keyof typeof BOOK_INTERVALS_US;
/** The one that instruments.yaml asks for: its id is the one that a book is compared by. */
const COMPARED_DEPTH = 200;

/** A topic without its symbol. */
export type Channel = `orderbook.${Depth}` | 'publicTrade' | 'tickers' | 'allLiquidation';
const OF_CONTRACTS: Channel = 'allLiquidation';
const CHANNELS: readonly string[] = [
  ...Object.keys(BOOK_INTERVALS_US).map((depth) => `orderbook.${depth}`),
  'publicTrade',
  'tickers',
  OF_CONTRACTS,
];

const TICKER_INTERVAL_US = 100_000;
/** Spot has nothing but an index that moves all the time: it is pushed once a second, or with a trade [seen]. */
const SECOND_US = 1_000_000;
const LIQUIDATION_INTERVAL_US = 500_000;
/** That a sweep of several levels was forced. */
const LIQUIDATION_CHANCE = 0.1;
const KEPT_FILLS = 1_000;

export class BybitMarket implements MarketListener {
  readonly listing: BybitListing;
  readonly market: Market;
  readonly derivative: Derivative | null;
  readonly fills: Fill[] = [];
  readonly #prng: Prng;
  readonly #audience: Audience<Channel>;
  readonly #lines: Readonly<Record<Depth, BookLine>>;
  readonly #allLines: readonly BookLine[];
  #liquidated: TradePrint[] = [];
  /** What the listeners of a contract's ticker know. */
  #told: TickerFields | null = null;
  #isTickerDue = false;
  #sequence: number;
  #fillNumber: number;
  #changedUs: number;
  #aheadUs = 0;

  constructor(listing: BybitListing, market: Market, derivative: Derivative | null, prng: Prng, startUs: number) {
    this.listing = listing;
    this.market = market;
    this.derivative = derivative;
    this.#prng = prng;
    this.#sequence = 112_000_000_000 + prng.int(1_000_000_000);
    this.#fillNumber = 1_000_000_000 + prng.int(100_000_000);
    this.#changedUs = startUs;
    const { symbol } = listing.spec;
    this.#audience = new Audience({
      'orderbook.1': { channel: 'bbo', symbol },
      'orderbook.50': { channel: 'depth', symbol },
      'orderbook.200': { channel: 'depth', symbol },
      'orderbook.1000': { channel: 'depth', symbol },
      publicTrade: { channel: 'trade', symbol },
      tickers: { channel: derivative === null ? 'bbo' : 'derivative', symbol },
      allLiquidation: { channel: 'derivative', symbol },
    });
    const line = (depth: Depth): BookLine =>
      new BookLine(depth, BOOK_INTERVALS_US[depth], market.book, 10_000_000 + prng.int(50_000_000));
    this.#lines = { 1: line(1), 50: line(50), 200: line(200), 1000: line(1000) };
    this.#allLines = Object.values(this.#lines);
  }

  /** `u` of the last message of the line that books are compared by. */
  get bookId(): number {
    return this.#lines[COMPARED_DEPTH].id;
  }

  /** `u` of the deepest line, and `seq`: what REST answers with. */
  get ids(): { readonly update: number; readonly sequence: number } {
    return { update: this.#lines[1000].id, sequence: this.#sequence };
  }

  /** When the book changed last, by the venue's clock. */
  get changedUs(): number {
    return this.#changedUs + this.#aheadUs;
  }

  /** Null: there is no such channel of this instrument. */
  channel(text: string): Channel | null {
    const isServed = CHANNELS.includes(text) && (text !== OF_CONTRACTS || this.derivative !== null);
    return isServed ? (text as Channel) : null;
  }

  setClockAhead(us: number): void {
    this.#aheadUs = us;
  }

  /** Books and tickers begin with a snapshot. */
  subscribe(subscriber: Subscriber, channel: Channel, nowUs: number): void {
    const line = this.#lineOf(channel);
    if (line !== null) this.#audience.tellOne(channel, subscriber, this.#bookText(line, line.join(nowUs), nowUs));
    if (channel === 'tickers') {
      const fields = this.#fields(nowUs);
      this.#told ??= fields;
      this.#audience.tellOne(channel, subscriber, this.#tickerText('snapshot', fields, nowUs));
    }
    this.#audience.add(channel, subscriber);
  }

  unsubscribe(subscriber: Subscriber, channel: Channel): void {
    this.#audience.remove(channel, subscriber);
    if (!this.#audience.has(channel)) this.#lineOf(channel)?.rest();
  }

  /** The service begins anew: the next push of every book is the whole of it, under the id 1. */
  restart(): void {
    for (const line of this.#allLines) line.restart();
  }

  step(stepUs: number, lengthUs: number): void {
    const endUs = stepUs + lengthUs;
    for (const line of this.#allLines) if (endUs % line.intervalUs === 0) this.#tellBook(line, endUs);
    if (endUs % SECOND_US === 0) {
      this.#isTickerDue = true;
      this.derivative?.move();
    }
    if (endUs % TICKER_INTERVAL_US === 0) this.#tellTicker(endUs);
    if (endUs % LIQUIDATION_INTERVAL_US === 0) this.#tellLiquidations(endUs);
  }

  changed(_side: Side, _price: number, _size: number): void {
    this.#sequence += 1 + this.#prng.int(3);
    for (const line of this.#allLines) line.touch();
  }

  traded(prints: readonly TradePrint[]): void {
    const { timeUs } = prints[0]!;
    this.#sequence += 1;
    const fills = prints.map((print) => this.#remember(print));
    this.#isTickerDue = true;
    const pushUs = timeUs + this.#aheadUs;
    this.#audience.tell('publicTrade', () => publicTrade(this.listing, pushUs, fills));
    const isForced = this.derivative !== null && prints.length > 1 && this.#prng.chance(LIQUIDATION_CHANCE);
    if (isForced) this.#liquidated.push(fills.at(-1)!.print);
  }

  settled(timeUs: number): void {
    this.#changedUs = timeUs;
  }

  #lineOf(channel: Channel): BookLine | null {
    if (!channel.startsWith('orderbook.')) return null;
    return this.#lines[Number(channel.slice('orderbook.'.length)) as Depth];
  }

  #tellBook(line: BookLine, nowUs: number): void {
    const message = line.next(nowUs);
    if (message === null) return;
    this.#audience.tell(`orderbook.${line.depth as Depth}`, () => this.#bookText(line, message, nowUs));
  }

  #bookText({ depth }: BookLine, { type, update, sides }: BookMessage, nowUs: number): string {
    const times = { pushUs: nowUs + this.#aheadUs, engineUs: this.changedUs };
    return orderbook(this.listing, depth, type, { update, sequence: this.#sequence }, times, sides);
  }

  /** Spot sends all of it each time; a contract what changed. */
  #tellTicker(nowUs: number): void {
    if (!this.#audience.has('tickers') || (this.derivative === null && !this.#isTickerDue)) return;
    this.#isTickerDue = false;
    const fields = this.#fields(nowUs);
    const shown = this.derivative === null ? fields : changedFields(this.#told ?? fields, fields);
    this.#told = fields;
    if (shown.size === 0) return;
    const type = this.derivative === null ? 'snapshot' : 'delta';
    this.#audience.tell('tickers', () => this.#tickerText(type, shown, nowUs));
  }

  #tellLiquidations(nowUs: number): void {
    if (this.#liquidated.length === 0) return;
    const prints = this.#liquidated;
    this.#liquidated = [];
    this.#audience.tell('allLiquidation', () => allLiquidation(this.listing, nowUs + this.#aheadUs, prints));
  }

  #fields(nowUs: number): TickerFields {
    return tickerFields(this.listing, this.market, this.derivative, nowUs + this.#aheadUs);
  }

  #tickerText(type: 'snapshot' | 'delta', fields: TickerFields, nowUs: number): string {
    return tickers(this.listing, type, this.#sequence, nowUs + this.#aheadUs, fields);
  }

  #remember(print: TradePrint): Fill {
    this.#fillNumber += 1;
    const shifted = { ...print, timeUs: print.timeUs + this.#aheadUs };
    const fill = { number: this.#fillNumber, sequence: this.#sequence, print: shifted };
    this.fills.push(fill);
    if (this.fills.length > KEPT_FILLS) this.fills.shift();
    return fill;
  }
}
