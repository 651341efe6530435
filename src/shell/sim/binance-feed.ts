/** One Binance market's streams on one recorded socket, and its one REST snapshot. Numbers updates, writes no bytes itself. */

import type { Prng } from '../../core/base/prng.ts';
import { Agenda } from './agenda.ts';
import {
  type BinanceListing,
  bookTicker,
  depthSnapshot,
  depthUpdate,
  forceOrder,
  markPriceUpdate,
  priceText,
  sizeText,
  trade,
} from './binance-encoder.ts';
import { isSameTouch, type Side, type Touch } from './book-truth.ts';
import { ChangedLevelSet } from './changed-levels.ts';
import { nextFundingMs } from './funding.ts';
import type { Market, MarketListener, TradePrint } from './market.ts';
import { type Prices, STEP_US } from './price-process.ts';
import { ListingTally } from './truth.ts';
import type { Wire } from './wire.ts';

const DEPTH_INTERVAL_US = 100_000;
const MARK_INTERVAL_US = 1_000_000;
/** Binance sends one liquidation a symbol and second at most. */
const LIQUIDATION_INTERVAL_US = 1_000_000;
/** That a taker order which swept several levels was a liquidation. */
const LIQUIDATION_CHANCE = 0.02;
/** The recorder asks for the snapshot in the middle of a depth interval, so that a buffered event must bridge it. */
const SNAPSHOT_TAKEN_US = 450_000;
const SNAPSHOT_ARRIVES_US = 620_000;
/** USD-M numbers the updates of all symbols together: this is how far apart two of one symbol may be. */
const USDM_ID_STRIDE = 60;

export class BinanceFeed implements MarketListener {
  readonly tally: ListingTally;
  readonly #listing: BinanceListing;
  readonly #market: Market;
  readonly #wire: Wire;
  readonly #prng: Prng;
  readonly #agenda = new Agenda();
  readonly #changes = new ChangedLevelSet();
  #updateId: number;
  #tradeId: number;
  #firstId: number | null = null;
  #previousId: number;
  #lastTouch: Touch;
  #liquidationAllowedUs = 0;

  constructor(listing: BinanceListing, market: Market, wire: Wire, prng: Prng, startUs: number) {
    this.#listing = listing;
    this.#market = market;
    this.#wire = wire;
    this.#prng = prng;
    this.tally = new ListingTally(listing.spec.venue, listing.spec.symbol);
    this.#updateId = (listing.market === 'usdm' ? 9_100_000_000_000 : 84_000_000_000) + prng.int(1_000_000_000);
    this.#tradeId = 5_000_000_000 + prng.int(1_000_000_000);
    this.#previousId = this.#updateId;
    this.#lastTouch = market.book.touch();
    this.#agenda.at(startUs + SNAPSHOT_TAKEN_US, (atUs) => this.#takeSnapshot(atUs, startUs + SNAPSHOT_ARRIVES_US));
  }

  get tallies(): readonly ListingTally[] {
    return [this.tally];
  }

  step(stepUs: number, prices: Prices): void {
    this.#agenda.runDue(stepUs);
    if (this.#listing.market === 'usdm' && stepUs % MARK_INTERVAL_US === 0) this.#sendMarkPrice(stepUs, prices);
    this.#market.step(stepUs, prices, this);
    const endUs = stepUs + STEP_US;
    if (endUs % DEPTH_INTERVAL_US === 0) this.#flush(endUs - 1);
  }

  changed(side: Side, price: number, size: number): void {
    this.#updateId += this.#listing.market === 'usdm' ? 1 + this.#prng.int(USDM_ID_STRIDE) : 1;
    this.#firstId ??= this.#updateId;
    this.#changes.set(side, price, size);
  }

  traded(prints: readonly TradePrint[]): void {
    for (const print of prints) {
      this.#tradeId += 1;
      this.tally.trades += 1;
      this.#send('trade', print.timeUs, trade(this.#listing, this.#tradeId, print));
    }
    const last = prints[prints.length - 1]!;
    const isForced = this.#listing.market === 'usdm' && prints.length > 1 && this.#prng.chance(LIQUIDATION_CHANCE);
    if (isForced && last.timeUs >= this.#liquidationAllowedUs) this.#sendLiquidation(last);
  }

  settled(timeUs: number): void {
    const touch = this.#market.book.touch();
    if (isSameTouch(touch, this.#lastTouch)) return;
    this.#lastTouch = touch;
    this.tally.bbo += 1;
    this.#send('bookTicker', timeUs, bookTicker(this.#listing, timeUs, this.#updateId, touch));
  }

  #flush(timeUs: number): void {
    if (this.#firstId === null) return;
    const ids = { firstId: this.#firstId, lastId: this.#updateId, previousId: this.#previousId };
    this.#firstId = null;
    this.#previousId = this.#updateId;
    this.tally.depthUpdates += 1;
    this.#send('depth', timeUs, depthUpdate(this.#listing, timeUs, ids, this.#changes.drain()));
    this.#noteTouch();
  }

  #takeSnapshot(atUs: number, arrivesUs: number): void {
    const { bid, ask } = this.#market.book;
    const levels = { bid: bid.top(bid.count), ask: ask.top(ask.count) };
    const payload = depthSnapshot(this.#listing, atUs, this.#updateId, levels);
    this.#agenda.at(arrivesUs, (sentUs) => {
      this.tally.depthSnapshots += 1;
      this.#send('depthSnapshot', sentUs, payload);
    });
  }

  #sendMarkPrice(timeUs: number, prices: Prices): void {
    const index = this.#listing.spec.fairPrice(prices);
    const mark = index * (1 + (this.#prng.next() - 0.5) * 4e-5);
    const values = {
      mark,
      index,
      fundingRate: 0.000068 + this.#prng.int(9) * 1e-7,
      nextFundingMs: nextFundingMs(timeUs),
    };
    this.tally.derivativeTickers += 1;
    this.#send('markPrice', timeUs, markPriceUpdate(this.#listing, timeUs, values));
  }

  #sendLiquidation(print: TradePrint): void {
    this.#liquidationAllowedUs = print.timeUs + LIQUIDATION_INTERVAL_US;
    this.tally.liquidations += 1;
    this.#send('forceOrder', print.timeUs, forceOrder(this.#listing, print));
  }

  #noteTouch(): void {
    const { bid, ask } = this.#market.book.touch();
    const text = (price: number, size: number) => ({
      price: priceText(this.#listing, price),
      size: sizeText(this.#listing, size),
    });
    this.tally.bestBid = text(bid.price, bid.size);
    this.tally.bestAsk = text(ask.price, ask.size);
  }

  #send(channel: string, sentUs: number, payload: string): void {
    this.tally.frame(channel);
    this.#wire.receive(sentUs, payload);
  }
}
