/** One symbol at simulated Binance: its ids, its streams and who listens to them. Knows connections only as subscribers. */

import type { Prng } from '../../../../core/base/prng.ts';
import {
  aggTradeData,
  type BinanceListing,
  bookTickerData,
  depthData,
  forceOrderData,
  markPriceData,
  type TimeUnit,
  tradeData,
} from '../../binance-encoder.ts';
import { isSameTouch, type Side, type Touch } from '../../book-truth.ts';
import { nextFundingMs } from '../../funding.ts';
import type { Market, MarketListener, TradePrint } from '../../market.ts';
import type { Derivative } from '../derivative.ts';
import type { FrameTag } from '../sim-venue.ts';
import { DepthLine } from './depth-line.ts';
import type { StreamKind, StreamName } from './streams.ts';

/** A connection, to a market. */
export interface Subscriber {
  readonly unit: TimeUnit;
  /** Sends one event of a stream. @param data - without envelope */
  stream(name: string, data: string, tag: FrameTag): void;
}

interface Subscription {
  readonly subscriber: Subscriber;
  readonly name: StreamName;
  readonly line: DepthLine | null;
}

export interface NumberedTrade {
  readonly id: number;
  readonly print: TradePrint;
}

/** Trades that REST can still tell of. */
const KEPT_TRADES = 1_000;
/** USD-M numbers the updates of all symbols together: this is how far apart two of one symbol may be. */
const USDM_ID_STRIDE = 60;
/** That a USD-M connection gets an event before its interval is over. */
const EARLY_FLUSH_CHANCE = 0.02;
/** Binance sends one liquidation a symbol and second at most. */
const LIQUIDATION_INTERVAL_US = 1_000_000;
const LIQUIDATION_CHANCE = 0.1;

export class BinanceMarket implements MarketListener {
  readonly listing: BinanceListing;
  readonly market: Market;
  readonly derivative: Derivative | null;
  readonly trades: NumberedTrade[] = [];
  readonly #prng: Prng;
  readonly #subscriptions: Subscription[] = [];
  readonly #lines: DepthLine[] = [];
  readonly #tags: Readonly<Record<StreamKind, FrameTag>>;
  #updateId: number;
  #tradeId: number;
  #aggregateId: number;
  #touch: Touch;
  #liquidationAllowedUs = 0;
  #aheadUs = 0;

  constructor(listing: BinanceListing, market: Market, derivative: Derivative | null, prng: Prng) {
    this.listing = listing;
    this.market = market;
    this.derivative = derivative;
    this.#prng = prng;
    this.#updateId = (this.#isUsdm ? 9_100_000_000_000 : 84_000_000_000) + prng.int(1_000_000_000);
    this.#tradeId = 5_000_000_000 + prng.int(1_000_000_000);
    this.#aggregateId = 3_000_000_000 + prng.int(1_000_000_000);
    this.#touch = market.book.touch();
    const { symbol } = listing.spec;
    const derivativeTag = { channel: 'derivative', symbol } as const;
    const tradeTag = { channel: 'trade', symbol } as const;
    this.#tags = {
      depth: { channel: 'depth', symbol },
      bookTicker: { channel: 'bbo', symbol },
      trade: tradeTag,
      aggTrade: tradeTag,
      markPrice: derivativeTag,
      forceOrder: derivativeTag,
    };
  }

  get updateId(): number {
    return this.#updateId;
  }

  setClockAhead(us: number): void {
    this.#aheadUs = us;
  }

  subscribe(subscriber: Subscriber, name: StreamName): void {
    const line = name.kind === 'depth' ? this.#lineFor(name.intervalUs) : null;
    this.#subscriptions.push({ subscriber, name, line });
  }

  unsubscribe(subscriber: Subscriber, text: string): void {
    const index = this.#subscriptions.findIndex((one) => one.subscriber === subscriber && one.name.text === text);
    if (index < 0) return;
    const [gone] = this.#subscriptions.splice(index, 1);
    const line = gone!.line;
    if (line === null || this.#subscriptions.some((one) => one.line === line)) return;
    this.#lines.splice(this.#lines.indexOf(line), 1);
  }

  step(stepUs: number, lengthUs: number): void {
    const { derivative } = this;
    if (derivative !== null && stepUs % 1_000_000 === 0) this.#sendMarkPrice(stepUs, derivative);
    const endUs = stepUs + lengthUs;
    for (const line of this.#lines) {
      const isDue = endUs % line.intervalUs === 0 || (this.#isUsdm && this.#prng.chance(EARLY_FLUSH_CHANCE));
      if (isDue && !line.isEmpty) this.#flush(line, endUs - 1);
    }
  }

  changed(side: Side, price: number, size: number): void {
    this.#updateId += this.#isUsdm ? 1 + this.#prng.int(USDM_ID_STRIDE) : 1;
    for (const line of this.#lines) line.changed(side, price, size, this.#updateId);
  }

  traded(prints: readonly TradePrint[]): void {
    for (const print of prints) this.#sendTrade(print);
    const last = prints[prints.length - 1]!;
    const isForced = this.#isUsdm && prints.length > 1 && this.#prng.chance(LIQUIDATION_CHANCE);
    if (!isForced || last.timeUs < this.#liquidationAllowedUs) return;
    this.#liquidationAllowedUs = last.timeUs + LIQUIDATION_INTERVAL_US;
    this.#send('forceOrder', () => forceOrderData(this.listing, this.#shifted(last)));
  }

  settled(timeUs: number): void {
    const touch = this.market.book.touch();
    if (isSameTouch(touch, this.#touch)) return;
    this.#touch = touch;
    this.#send('bookTicker', () => bookTickerData(this.listing, timeUs + this.#aheadUs, this.#updateId, touch));
  }

  get #isUsdm(): boolean {
    return this.listing.market === 'usdm';
  }

  #lineFor(intervalUs: number): DepthLine {
    const shared = this.#isUsdm ? undefined : this.#lines.find((line) => line.intervalUs === intervalUs);
    if (shared !== undefined) return shared;
    const line = new DepthLine(intervalUs, this.#updateId);
    this.#lines.push(line);
    return line;
  }

  #flush(line: DepthLine, timeUs: number): void {
    const { ids, levels } = line.drain(this.#updateId);
    const encode = (unit: TimeUnit) => depthData(this.listing, timeUs + this.#aheadUs, ids, levels, unit);
    this.#send('depth', encode, (one) => one.line === line);
  }

  #sendTrade(print: TradePrint): void {
    this.#tradeId += 1;
    this.#aggregateId += 1;
    this.trades.push({ id: this.#tradeId, print });
    if (this.trades.length > KEPT_TRADES) this.trades.shift();
    const shown = this.#shifted(print);
    const ids = { id: this.#aggregateId, firstId: this.#tradeId, lastId: this.#tradeId };
    this.#send('trade', (unit) => tradeData(this.listing, this.#tradeId, shown, unit));
    this.#send('aggTrade', (unit) => aggTradeData(this.listing, ids, shown, unit));
  }

  #sendMarkPrice(timeUs: number, derivative: Derivative): void {
    const { mark, index, fundingRate } = derivative;
    const values = { mark, index, fundingRate, nextFundingMs: nextFundingMs(timeUs) };
    const encode = () => markPriceData(this.listing, timeUs + this.#aheadUs, values);
    this.#send('markPrice', encode, (one) => timeUs % one.name.intervalUs === 0);
  }

  /** Encodes once for each unit that somebody listens in, and not at all when nobody does. */
  #send(kind: StreamKind, encode: (unit: TimeUnit) => string, isMeant = (_: Subscription): boolean => true): void {
    let ms: string | null = null;
    let us: string | null = null;
    for (const one of this.#subscriptions) {
      if (one.name.kind !== kind || !isMeant(one)) continue;
      const { subscriber, name } = one;
      if (subscriber.unit === 'us') us ??= encode('us');
      else ms ??= encode('ms');
      subscriber.stream(name.text, (subscriber.unit === 'us' ? us : ms)!, this.#tags[kind]);
    }
  }

  #shifted(print: TradePrint): TradePrint {
    return this.#aheadUs === 0 ? print : { ...print, timeUs: print.timeUs + this.#aheadUs };
  }
}
