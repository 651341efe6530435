/** One product at simulated Coinbase Exchange: its trade ids and sequence, its channels and who listens to them. Knows no limits. */

import type { Prng } from '../../../../core/base/prng.ts';
import type { Side } from '../../book-truth.ts';
import { ChangedLevelSet } from '../../changed-levels.ts';
import { earlierPrint } from '../../earlier-print.ts';
import type { Market, MarketListener, TradePrint } from '../../market.ts';
import { Audience, type Subscriber } from '../audience.ts';
import { heartbeat, l2update, match, type NumberedMatch, type Sides, snapshot, ticker } from './coinbase-encoder.ts';

/** As they are confirmed: `level2_50` is what `level2_batch` is called there [seen 2026-08]. */
export const CHANNELS = ['level2', 'level2_50', 'matches', 'ticker', 'heartbeat'] as const;
export type Channel = (typeof CHANNELS)[number];

/** [docs] of `level2_batch`. */
const BATCH_US = 50_000;
const HEARTBEAT_US = 1_000_000;
const KEPT_TRADES = 1_000;
const EARLIER_TRADES = 20;
const EARLIER_TRADE_US = 900_000;

export class CoinbaseMarket implements MarketListener {
  readonly market: Market;
  readonly trades: NumberedMatch[] = [];
  readonly #audience: Audience<Channel>;
  readonly #prng: Prng;
  /** Changes since the last message of each of the two level 2 channels. */
  readonly #single = new ChangedLevelSet();
  readonly #batch = new ChangedLevelSet();
  #sequence: number;
  #tradeId: number;
  #aheadUs = 0;

  constructor(market: Market, prng: Prng, startUs: number) {
    this.market = market;
    this.#prng = prng;
    this.#sequence = 134_000_000_000 + prng.int(1_000_000_000);
    this.#tradeId = 1_081_000_000 + prng.int(1_000_000);
    const { symbol } = market.spec;
    this.#audience = new Audience({
      level2: { channel: 'depth', symbol },
      level2_50: { channel: 'depth', symbol },
      matches: { channel: 'trade', symbol },
      ticker: { channel: 'bbo', symbol },
      heartbeat: { channel: 'heartbeat', symbol },
    });
    for (let i = EARLIER_TRADES; i > 0; i--) this.#remember(earlierPrint(market, prng, startUs - i * EARLIER_TRADE_US));
  }

  /** Of the product, over all that happened to it. */
  get sequence(): number {
    return this.#sequence;
  }

  get lastTrade(): NumberedMatch {
    return this.trades.at(-1)!;
  }

  setClockAhead(us: number): void {
    this.#aheadUs = us;
  }

  /** Begins with the book, the last trade or the last ticker; heartbeats come by the second. */
  subscribe(subscriber: Subscriber, channel: Channel): void {
    this.#audience.add(channel, subscriber);
    const first = this.#firstText(channel);
    if (first !== null) this.#audience.tellOne(channel, subscriber, first);
  }

  unsubscribe(subscriber: Subscriber, channel: Channel): void {
    this.#audience.remove(channel, subscriber);
  }

  /** The book as it is now. @param levels - a side at most */
  top(levels: number): Sides {
    const { bid, ask } = this.market.book;
    return { bid: bid.top(levels), ask: ask.top(levels) };
  }

  step(stepUs: number, lengthUs: number): void {
    const endUs = stepUs + lengthUs;
    if (endUs % BATCH_US === 0) this.#flush('level2_50', this.#batch, endUs);
    if (endUs % HEARTBEAT_US !== 0) return;
    const { symbol } = this.market.spec;
    const timeUs = endUs + this.#aheadUs;
    this.#audience.tell('heartbeat', () => heartbeat(symbol, this.#sequence, this.#tradeId, timeUs));
  }

  changed(side: Side, price: number, size: number): void {
    this.#sequence += 1 + this.#prng.int(4);
    if (this.#audience.has('level2')) this.#single.set(side, price, size);
    if (this.#audience.has('level2_50')) this.#batch.set(side, price, size);
  }

  traded(prints: readonly TradePrint[]): void {
    for (const print of prints) {
      const one = this.#remember(print);
      this.#audience.tell('matches', () => match('match', this.market.spec, one, this.#timeOf(one)));
    }
    this.#audience.tell('ticker', () => this.#tickerText());
  }

  settled(timeUs: number): void {
    this.#flush('level2', this.#single, timeUs);
  }

  #flush(channel: Channel, changes: ChangedLevelSet, timeUs: number): void {
    if (changes.isEmpty) return;
    const sides = changes.drain();
    this.#audience.tell(channel, () => l2update(this.market.spec, timeUs + this.#aheadUs, sides));
  }

  #firstText(channel: Channel): string | null {
    const { spec } = this.market;
    switch (channel) {
      case 'level2':
      case 'level2_50':
        return snapshot(spec, this.top(Number.POSITIVE_INFINITY));
      case 'matches':
        return match('last_match', spec, this.lastTrade, this.#timeOf(this.lastTrade));
      case 'ticker':
        return this.#tickerText();
      case 'heartbeat':
        return null;
    }
  }

  #tickerText(): string {
    const { spec, book, day } = this.market;
    return ticker(spec, this.lastTrade, this.#timeOf(this.lastTrade), book.touch(), day);
  }

  #timeOf({ print }: NumberedMatch): number {
    return print.timeUs + this.#aheadUs;
  }

  #remember(print: TradePrint): NumberedMatch {
    this.#tradeId += 1;
    this.#sequence += 1 + this.#prng.int(4);
    const one = { id: this.#tradeId, sequence: this.#sequence, print };
    this.trades.push(one);
    if (this.trades.length > KEPT_TRADES) this.trades.shift();
    return one;
  }
}
