/** One instrument at run time: its book, bars, counters and digest, and how ticks move them. Wires rooms; decides nothing new. */

import type { JsonObject } from '../base/json.ts';
import type { Bar } from '../market/bars/bar.ts';
import { BarBuilder, type SavedBarBuilder } from '../market/bars/bar-builder.ts';
import type { ExchangeClock } from '../market/bars/exchange-clock.ts';
import { RollUp, type SavedRollUp } from '../market/bars/roll-up.ts';
import { Book, type BookOutcome } from '../market/book/book.ts';
import { type Gap, type GapKind, isLoss, mismatchGap } from '../market/book/gap.ts';
import type { SequenceRule } from '../market/book/sequence.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Tick, TickBatch } from '../market/tick.ts';
import { BookLiveness } from './book-liveness.ts';
import { COUNTERS, type Counters } from './counters.ts';
import { barLine, bookLines, DigestChain, gapLine } from './digest.ts';
import type { Effect } from './effect.ts';
import { TradeIds } from './trade-ids.ts';

export type { Counters } from './counters.ts';

/**
 * What an instrument shares with its scanner and its venue. Times are read from here and not passed on, because V8
 * allocates for every double that is passed to a function.
 */
export interface InstrumentSurroundings {
  /** `receiveTimeMs`: of the Input that is being stepped. */
  readonly moment: { readonly receiveTimeMs: number };
  /** The venue's. */
  readonly clock: ExchangeClock;
  /** Trades of minutes that ended longer ago than this, in exchange time, come too late. */
  readonly lateGraceMs: number;
  /** Takes the instrument's effects. */
  push(effect: Effect): void;
}

export class InstrumentRun {
  readonly instrument: Instrument;
  book: Book;
  /** A newer snapshot is to take its place: whoever grows that book wants every delta, too. */
  isRefreshing = false;
  readonly counters: Counters = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Counters;
  readonly #rule: SequenceRule;
  readonly #bars = new BarBuilder();
  readonly #rollUps = [new RollUp(15), new RollUp(60)];
  readonly #digest = new DigestChain();
  readonly #around: InstrumentSurroundings;
  readonly #emitMinute: (bar: Bar) => void;
  readonly #emitRollUps: readonly ((bar: Bar) => void)[];
  /** Connections that its depth and its trades came from last: -1 none. */
  depthConnection = -1;
  tradeConnection = -1;
  #tradeChannel: string;
  readonly #tradeIds = new TradeIds();
  /** The last best bid and offer as mantissas, for comparing with the book at the same id. */
  #bboId = Number.NaN;
  #bboBid = Number.NaN;
  #bboAsk = Number.NaN;
  readonly #liveness = new BookLiveness();
  #isGapOpen = false;

  constructor(instrument: Instrument, rule: SequenceRule, around: InstrumentSurroundings) {
    this.instrument = instrument;
    this.book = new Book(instrument, rule);
    this.#rule = rule;
    this.#around = around;
    this.#tradeChannel = instrument.spec.tradeChannel ?? '';
    this.#emitMinute = (bar) => this.#onMinute(bar);
    this.#emitRollUps = [15, 60].map((minutes) => (bar: Bar) => this.#pushBar(minutes, bar));
  }

  /** The start of the next bar to close plus one minute: nothing closes before exchange time passes it. */
  isDue(watermarkMs: number): boolean {
    return this.#bars.isDue(watermarkMs);
  }

  /** Closes every bar whose minute is over; each closed minute ends a link of the digest chain. */
  closeBars(watermarkMs: number, lateHorizonMs: number): void {
    const { book } = this;
    // What a poll brought is older than the minute's end, and nobody knows by how much the price has moved since.
    const mid = book.state === 'live' ? book.mid : null;
    this.#bars.closeUpTo(watermarkMs, lateHorizonMs, mid, this.#emitMinute);
  }

  /** The venue spoke again after a silence too long for empty bars. */
  skipBars(exchangeNowMs: number, silentSinceMs: number): void {
    this.#bars.skipTo(exchangeNowMs, silentSinceMs);
    this.#tradeIds.forget();
  }

  /** Anything of this instrument came: its first minute is the one of exchange time now. */
  start(): void {
    if (this.#bars.isStarted) return;
    const { nowMs } = this.#around.clock;
    if (!Number.isNaN(nowMs)) this.#bars.start(nowMs);
  }

  /** Bars of closed minutes that late trades changed. */
  emitRevisions(): void {
    this.#bars.emitRevisions(this.#emitMinute);
  }

  /**
   * @param isPolled - it was asked for: it may come after its minute was closed, so it covers none
   * @returns true when a closed bar was revised and `emitRevisions` must follow
   */
  onTrade(tick: Tick, isPolled: boolean): boolean {
    const { counters } = this;
    counters.trades += 1;
    if (tick.isSnapshot) {
      counters.historyTrades += 1;
      return false;
    }
    if (this.#tradeChannel === '') this.#tradeChannel = tick.channel;
    if (tick.channel !== this.#tradeChannel) {
      counters.otherChannelTrades += 1;
      return false;
    }
    const { clock, lateGraceMs } = this.#around;
    // Minutes that end at or before this are closed for good.
    const lateHorizonMs = clock.nowMs - lateGraceMs;
    if (!Number.isNaN(lateHorizonMs)) this.#bars.forgetUpTo(lateHorizonMs);
    const isRevised = this.#followTradeId(tick, isPolled);
    if (isRevised === null) return false;
    if (tick.isOffMarket) {
      counters.offMarketTrades += 1;
      return isRevised;
    }
    return this.#fold(tick) || isRevised;
  }

  onBbo(tick: Tick): void {
    this.counters.bbo += 1;
    this.#bboId = tick.lastId;
    this.#bboBid = tick.bidPrice;
    this.#bboAsk = tick.askPrice;
    if (tick.lastId === this.book.lastId) this.#compareBbo();
  }

  onDepthDelta(tick: Tick, batch: TickBatch): void {
    this.counters.depthUpdates += 1;
    this.#liveness.watch(this.#around.moment.receiveTimeMs);
    const outcome = this.book.applyDelta(tick, batch);
    if (outcome !== 'applied') this.#onBookOutcome(outcome);
    else if (tick.lastId === this.#bboId) this.#compareBbo();
  }

  onDepthSnapshot(tick: Tick, batch: TickBatch): void {
    this.counters.depthSnapshots += 1;
    this.#liveness.watch(this.#around.moment.receiveTimeMs);
    this.#onBookOutcome(this.book.applySnapshot(tick, batch, this.#around.clock.nowMs));
  }

  /** The book as a poll found it, while no stream brings depth. */
  onDepthPoll(tick: Tick, batch: TickBatch): void {
    this.counters.depthSnapshots += 1;
    this.#liveness.watch(this.#around.moment.receiveTimeMs);
    this.book.applyPoll(tick, batch);
  }

  /** The book cannot be trusted any more, for a reason that its own messages do not show. */
  invalidateBook(kind: GapKind, reason: string): void {
    const outcome = this.book.invalidate(kind, reason, this.#around.clock.nowMs);
    if (outcome === 'gap') this.#onBookOutcome(outcome);
  }

  /** Another connection's book, live, takes the place of this one: what was live goes on, what was not is mended. */
  takeOver(book: Book): void {
    const gap = this.book.openGap;
    book.inheritCounts(this.book);
    this.book = book;
    this.#isGapOpen = false;
    this.#liveness.onLive(this.#around.moment.receiveTimeMs);
    if (gap !== null) this.#pushGap('gap_closed', { ...gap, endMs: this.#around.clock.nowMs });
  }

  /** A book of the same messages from a newer snapshot, at the same update, takes the place of this one. */
  refresh(book: Book): void {
    const { synced, lastId } = this.book;
    const isSame = book.agreesWith(this.book);
    book.ignoredDeltas = 0;
    book.crossedUpdates = 0;
    this.takeOver(book);
    book.refreshes += 1;
    this.#digest.note(`refreshed ${lastId} ${isSame ? 'same' : 'different'}`);
    if (isSame) return;
    book.refreshMismatches += 1;
    this.counters.gaps += 1;
    const gap = mismatchGap(synced, lastId, this.#around.clock.nowMs);
    this.#pushGap('gap_opened', { ...gap, endMs: null });
    this.#pushGap('gap_closed', gap);
  }

  /** From now on its trade channel is subscribed. */
  coverTrades(): void {
    const { nowMs } = this.#around.clock;
    if (Number.isNaN(nowMs)) return;
    this.#bars.coverFrom(nowMs);
    this.emitRevisions();
  }

  uncoverTrades(): void {
    const { nowMs } = this.#around.clock;
    if (!Number.isNaN(nowMs)) this.#bars.uncover(nowMs);
    this.emitRevisions();
    this.#tradeIds.uncover();
    this.tradeConnection = -1;
  }

  isTradeChannel(channel: string): boolean {
    return this.#tradeChannel === '' ? channel === 'trade' || channel === 'trades' : channel === this.#tradeChannel;
  }

  /** How long its book was watched, and live, up to now; null before its first depth message. */
  liveness(receiveTimeMs: number): { coveredMs: number; liveMs: number } | null {
    return this.#liveness.upTo(receiveTimeMs);
  }

  /** The digest's last word on this instrument: the chain so far, and what is open. Changes nothing. */
  closing(): { minuteMs: number; sha256: string } {
    const counts = COUNTERS.map((name) => `${name}=${this.counters[name]}`).join(' ');
    return {
      minuteMs: this.#bars.openCloseMs ?? 0,
      sha256: this.#digest.closing([...bookLines(this.book), `counts ${counts}`]),
    };
  }

  /** @returns null for a repeated trade, else whether a hole in the ids revised a closed bar */
  #followTradeId(tick: Tick, isPolled: boolean): boolean | null {
    const ids = this.#tradeIds;
    if (ids.isRepeat(tick)) {
      this.counters.repeatedTrades += 1;
      return null;
    }
    if (Number.isNaN(ids.lastId) && !isPolled) this.coverTrades();
    const isAfterHole = ids.isAfterHole(tick);
    if (isAfterHole) this.#onHole(tick);
    ids.take(tick);
    return isAfterHole;
  }

  #onHole({ tradeId, eventTimeMs }: Tick): void {
    const { lastId, lastMs } = this.#tradeIds;
    this.counters.tradeGaps += 1;
    this.#digest.note(`trade_gap ${lastId} ${tradeId}`);
    if (Number.isNaN(lastMs) || Number.isNaN(eventTimeMs)) return;
    if (this.#bars.hole(lastMs, eventTimeMs) === 'too_late') this.counters.lateTradeGaps += 1;
  }

  #fold(tick: Tick): boolean {
    const { instrument, counters } = this;
    if (!this.#bars.isStarted) {
      counters.tradesBeforeTime += 1;
      return false;
    }
    const price = instrument.priceNumber(tick.price);
    const size = instrument.sizeNumber(tick.size);
    const base = instrument.baseAmount(size, price);
    const quote = instrument.quoteAmount(size, price);
    const outcome = this.#bars.addTrade(tick.eventTimeMs, price, base, quote, tick.takerSide);
    if (outcome === 'too_late') counters.lateTrades += 1;
    else if (outcome === 'bad_event_time' || outcome === 'bad_price') counters.badTimeTrades += 1;
    return outcome === 'revised';
  }

  /** At the same update id, the venue's own best prices must be those of the rebuilt book. */
  #compareBbo(): void {
    const { book } = this;
    if (book.state !== 'live' || this.#rule.snapshotFrom !== 'request') return;
    if (book.priceDecimals !== this.instrument.priceDecimals) return;
    const isEqual = book.bids.bestPrice === this.#bboBid && book.asks.bestPrice === this.#bboAsk;
    if (isEqual) this.counters.bboMatches += 1;
    else this.counters.bboMismatches += 1;
  }

  #onBookOutcome(outcome: BookOutcome): void {
    switch (outcome) {
      case 'snapshot_wanted':
        if (this.book.openGap !== null) this.counters.resyncs += 1;
        this.#request(this.book.openGap === null ? 'initial' : this.book.staleReason);
        return;
      case 'snapshot_too_old':
        this.#request('snapshot_too_old');
        return;
      case 'synced': {
        // A stream may send a new snapshot of a live book: its live time goes on.
        this.#liveness.onLive(this.#around.moment.receiveTimeMs);
        const gap = this.book.takeClosedGap();
        this.#isGapOpen = false;
        if (gap !== null) this.#pushGap('gap_closed', gap);
        return;
      }
      case 'gap':
        this.#onGap();
        return;
      default:
    }
  }

  #onGap(): void {
    this.#liveness.onLost(this.#around.moment.receiveTimeMs);
    const gap = this.book.openGap!;
    // A new snapshot that fails its own checksum goes on with the same gap.
    if (!this.#isGapOpen) {
      this.counters.gaps += 1;
      this.#pushGap('gap_opened', gap);
    }
    this.#isGapOpen = true;
    // After a disconnect the feed subscribes anew by itself; a snapshot is asked for when deltas come again.
    if (isLoss(gap.kind)) return;
    this.counters.resyncs += 1;
    if (this.#rule.snapshotFrom === 'request') this.#request(gap.reason);
    else {
      this.#digest.note(`resubscribe ${gap.reason}`);
      this.#around.push({
        kind: 'resubscribe',
        venue: this.instrument.venue,
        symbol: this.instrument.symbol,
        reason: gap.reason,
      });
    }
  }

  #request(reason: string): void {
    this.counters.snapshotRequests += 1;
    this.#digest.note(`request_depth_snapshot ${reason}`);
    this.#around.push({
      kind: 'request_depth_snapshot',
      venue: this.instrument.venue,
      symbol: this.instrument.symbol,
      reason,
    });
  }

  #pushGap(kind: 'gap_opened' | 'gap_closed', gap: Gap): void {
    this.#digest.note(`${kind} ${gapLine(gap)}`);
    this.#around.push({ kind, venue: this.instrument.venue, symbol: this.instrument.symbol, gap });
  }

  #onMinute(bar: Bar): void {
    if (bar.revision === 0) this.counters.bars += 1;
    else this.counters.barRevisions += 1;
    this.#pushBar(1, bar);
    for (let i = 0; i < this.#rollUps.length; i++) this.#rollUps[i]!.add(bar, this.#emitRollUps[i]!);
    if (bar.revision > 0) return;
    const sha256 = this.#digest.close(bar.closeMs, bookLines(this.book));
    this.#around.push({
      kind: 'digest',
      venue: this.instrument.venue,
      symbol: this.instrument.symbol,
      minuteMs: bar.closeMs,
      sha256,
    });
  }

  #pushBar(minutes: number, bar: Bar): void {
    this.#digest.note(`bar ${minutes} ${barLine(bar)}`);
    this.#around.push({ kind: 'bar', venue: this.instrument.venue, symbol: this.instrument.symbol, minutes, bar });
  }

  save(): JsonObject {
    const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
    return {
      counters: { ...this.counters },
      priceDecimals: this.instrument.priceDecimals,
      sizeDecimals: this.instrument.sizeDecimals,
      largestPrice: this.instrument.largestPrice,
      book: this.book.save(),
      bars: this.#bars.save() as unknown as JsonObject,
      rollUps: this.#rollUps.map((rollUp) => rollUp.save() as unknown as JsonObject),
      digest: this.#digest.save(),
      depthConnection: this.depthConnection,
      tradeConnection: this.tradeConnection,
      tradeChannel: this.#tradeChannel,
      isGapOpen: this.#isGapOpen,
      ...this.#tradeIds.save(),
      bbo: [this.#bboId, this.#bboBid, this.#bboAsk].map(numberOrNull),
      liveness: this.#liveness.save(),
    };
  }

  restore(saved: JsonObject): void {
    const numberOf = (value: unknown): number => (value === null ? Number.NaN : (value as number));
    Object.assign(this.counters, saved['counters']);
    this.instrument.setDecimals(saved['priceDecimals'] as number, saved['sizeDecimals'] as number);
    this.instrument.notePrice(saved['largestPrice'] as number);
    this.book.restore(saved['book'] as JsonObject);
    this.#bars.restore(saved['bars'] as unknown as SavedBarBuilder);
    (saved['rollUps'] as unknown as SavedRollUp[]).forEach((rollUp, i) => {
      this.#rollUps[i]!.restore(rollUp);
    });
    this.#digest.restore(saved['digest'] as JsonObject);
    this.depthConnection = saved['depthConnection'] as number;
    this.tradeConnection = saved['tradeConnection'] as number;
    this.#tradeChannel = saved['tradeChannel'] as string;
    this.#isGapOpen = saved['isGapOpen'] as boolean;
    this.#tradeIds.restore(saved);
    [this.#bboId, this.#bboBid, this.#bboAsk] = (saved['bbo'] as unknown[]).map(numberOf) as [number, number, number];
    this.#liveness.restore(saved['liveness']!);
  }
}
