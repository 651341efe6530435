/** The two-sided book of one instrument: what state it is in, what moves it, and when its prices may be read. Does no I/O. */

import { assert } from '../../base/assert.ts';
import { POW10 } from '../../base/decimal.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Instrument } from '../instrument.ts';
import type { Tick, TickBatch } from '../tick.ts';
import type { BookSide } from './book-side.ts';
import { BookChecksum } from './checksum.ts';
import type { Gap, GapKind, UpdatePoint } from './gap.ts';
import { haveSameLevels } from './known-levels.ts';
import { PendingDeltas, scaleLevels } from './pending.ts';
import { judgeBridge, judgeDelta, type SequenceRule } from './sequence.ts';
import { SnapshotReach } from './snapshot-reach.ts';
import { SortedSide } from './sorted-side.ts';
import { WindowSide } from './window-side.ts';

/**
 * Where a book stands.
 *
 * - `empty`: nothing came yet
 * - `buffering`: deltas are kept aside until a requested snapshot comes
 * - `syncing`: the snapshot is loaded; the next delta must bridge it
 * - `live`: complete and in sequence
 * - `polled`: the newest answer to a poll, while no stream brings depth: as old as that answer, in no sequence, and so the gap
 *   stays open. Beside `live` the only state whose prices may be read
 * - `stale`: it was live and something was lost; its levels are gone, a new snapshot is wanted
 */
export type BookState = 'empty' | 'buffering' | 'syncing' | 'live' | 'polled' | 'stale';

/** What an update did, and so what is to be done next. */
export type BookOutcome =
  /** Nothing to do. */
  | 'applied'
  /** Older than what we have, or of no use in this state. */
  | 'ignored'
  /** The first delta of a book whose snapshot must be asked for. */
  | 'snapshot_wanted'
  /** The snapshot was too old to bridge to the deltas kept: ask again. */
  | 'snapshot_too_old'
  /** The book has just become live. */
  | 'synced'
  /** The book has just become stale: `openGap` says why. */
  | 'gap';

/**
 * A book that nothing numbers is believed for so long while an update has crossed it: it lacks a message that nobody will miss.
 * Ours; a venue's own crossing is over within a batch or two.
 */
const MOST_CROSSED_MS = 5000;
/** It was crossed as it came, as in an auction: that says nothing of what was lost. */
const CROSSED_AT_LOAD = -1;

const NO_ODD_SIZES: ReadonlyMap<number, string> = new Map();

export class Book {
  readonly bids: BookSide;
  readonly asks: BookSide;
  /** As far as it is known, where a requested snapshot is all that tells what has not changed since. */
  readonly reach: SnapshotReach;
  readonly #instrument: Instrument;
  readonly #rule: SequenceRule;
  /** Null where the venue has none. */
  readonly #checksum: BookChecksum | null;
  readonly #pending = new PendingDeltas();
  #state: BookState = 'empty';
  #staleReason = '';
  #priceDecimals: number;
  #sizeDecimals: number;
  #lastId = Number.NaN;
  #lastEventMs = Number.NaN;
  #depthLimit = 0;
  #oddSizes: Map<number, string> | null = null;
  #openGap: Gap | null = null;
  /** Of a blind book: since when an update has it crossed, exchange time; NaN: it is not. */
  #crossedSinceMs = Number.NaN;
  /** The update that made it live last: see `synced`. */
  #synced: UpdatePoint = { eventTimeMs: Number.NaN, id: Number.NaN };
  /** Messages whose checksum was right, and wrong. */
  checksumOk = 0;
  checksumBad = 0;
  /** Deltas ignored because they were older than the book, or came before any snapshot. */
  ignoredDeltas = 0;
  /** Updates after which the best bid was not below the best ask. */
  crossedUpdates = 0;
  /** Newer snapshots that took its place while it was live, and those of them in which a level was another. */
  refreshes = 0;
  refreshMismatches = 0;

  constructor(instrument: Instrument, rule: SequenceRule) {
    this.#instrument = instrument;
    this.#rule = rule;
    this.reach = new SnapshotReach(rule.snapshotFrom === 'request');
    if (rule.checksum === 'none') {
      this.bids = new WindowSide('bid');
      this.asks = new WindowSide('ask');
      this.#checksum = null;
    } else {
      const bids = new SortedSide('bid');
      const asks = new SortedSide('ask');
      this.bids = bids;
      this.asks = asks;
      this.#checksum = new BookChecksum(rule.checksum, bids, asks);
    }
    this.#priceDecimals = instrument.priceDecimals;
    this.#sizeDecimals = instrument.sizeDecimals;
  }

  get state(): BookState {
    return this.#state;
  }

  /** Why the book is stale, or was before it was polled; else empty. */
  get staleReason(): string {
    return this.#staleReason;
  }

  /** Id of the last update applied; NaN where the venue has none. */
  get lastId(): number {
    return this.#lastId;
  }

  /** The update that made it live last: up to there its snapshot vouches for it. */
  get synced(): UpdatePoint {
    return this.#synced;
  }

  /**
   * Share of the snapshot's reach that the market's walk has left, on the nearer side; 0 where all that was told of a side is gone;
   * NaN where nothing limits it, or without a mid.
   */
  get reachLeftRatio(): number {
    const { bids, asks, reach } = this;
    if (bids.count === 0 && Number.isFinite(reach.bid)) return 0;
    if (asks.count === 0 && Number.isFinite(reach.ask)) return 0;
    return this.reach.leftRatio(this.#twiceMid() / 2);
  }

  /** Decimals of the mantissas inside. */
  get priceDecimals(): number {
    return this.#priceDecimals;
  }

  get sizeDecimals(): number {
    return this.#sizeDecimals;
  }

  /** The gap since the book last was live; null while it is, or before it first was. */
  get openGap(): Gap | null {
    return this.#openGap;
  }

  /** Sizes over 2^53 as text, by price mantissa. */
  get oddSizes(): ReadonlyMap<number, string> {
    return this.#oddSizes ?? NO_ODD_SIZES;
  }

  /** Deltas that wait for a snapshot now, and how many were ever pushed out of that queue. */
  get pendingDeltas(): number {
    return this.#pending.count;
  }

  get droppedDeltas(): number {
    return this.#pending.dropped;
  }

  /** May its prices be read? Those of a `polled` one are as old as its answer, which whoever reads them has to say. */
  get isReadable(): boolean {
    return this.#state === 'live' || this.#state === 'polled';
  }

  /** The middle of best bid and ask, in quote units; null unless readable, two-sided and not crossed. */
  get mid(): number | null {
    const bid = this.isReadable ? this.bids.bestPrice : Number.NaN;
    const ask = this.asks.bestPrice;
    return bid < ask ? (bid + ask) / (2 * POW10[this.#priceDecimals]!) : null;
  }

  /** Best ask less best bid, in hundredths of a percent of their middle; null as `mid`. */
  get spreadBps(): number | null {
    const bid = this.isReadable ? this.bids.bestPrice : Number.NaN;
    const ask = this.asks.bestPrice;
    return bid < ask ? ((ask - bid) * 20_000) / (bid + ask) : null;
  }

  /**
   * Takes a full book. A venue whose snapshots are requested still has to bridge it to the deltas kept aside.
   *
   * @param exchangeNowMs - stands in for the snapshot's own time where the venue sends none (Coinbase): a gap that it
   *   closes must have an end
   */
  applySnapshot(tick: Tick, batch: TickBatch, exchangeNowMs: number): BookOutcome {
    // A live book of a numbered stream is newer than any answer to a request.
    if (tick.isRequested && this.#state === 'live') return 'ignored';
    const first = this.#pending.first;
    if (tick.isRequested && first !== undefined && judgeBridge(this.#rule, tick.lastId, first.tick) === 'gap') {
      return 'snapshot_too_old';
    }
    this.#load(tick, batch);
    if (tick.isRequested) {
      this.#state = 'syncing';
      return this.#drainPending();
    }
    this.#pending.clear();
    if (!this.#verify(tick)) return 'gap';
    return this.#becomeLive(Number.isNaN(tick.eventTimeMs) ? exchangeNowMs : tick.eventTimeMs);
  }

  /**
   * A snapshot of the very update that a live book of the same messages is at needs no further one to bridge it.
   *
   * @returns false: it is of another update
   */
  joins(live: Book): boolean {
    if (this.#state !== 'syncing' || live.state !== 'live' || this.#lastId !== live.lastId) return false;
    this.#becomeLive(live.#lastEventMs);
    return true;
  }

  /** Takes the answer to a poll for the book as it is. Nothing bridges it to a stream: one that comes back begins anew. */
  applyPoll(tick: Tick, batch: TickBatch): void {
    if (this.#state === 'live') return;
    this.#pending.clear();
    this.#load(tick, batch);
    this.#state = 'polled';
  }

  /** Takes a change: absolute sizes at prices, in the order sent. */
  applyDelta(tick: Tick, batch: TickBatch): BookOutcome {
    switch (this.#state) {
      case 'live':
        return this.#applyLive(tick, batch);
      case 'syncing':
        return this.#applyBridge(tick, batch);
      default:
        return this.#keepAside(tick, batch);
    }
  }

  /** Leaves `live` for a reason from outside (disconnect, command, unreadable frame): clears the levels, opens a gap. */
  invalidate(kind: GapKind, reason: string, eventTimeMs: number): BookOutcome {
    this.#pending.clear();
    if (this.#state !== 'live') {
      this.#clearLevels();
      this.#state = this.#openGap === null ? 'empty' : 'stale';
      return 'ignored';
    }
    this.#lastEventMs = !Number.isNaN(eventTimeMs) ? eventTimeMs : this.#lastEventMs;
    return this.#becomeStale(kind, reason, null);
  }

  #applyLive(tick: Tick, batch: TickBatch): BookOutcome {
    const verdict = judgeDelta(this.#rule, this.#lastId, tick);
    if (verdict === 'accept') {
      this.#applyLevels(tick, batch);
      if (this.#isCrossedForLong()) return this.#becomeStale('sequence', 'crossed_for_long', null);
      return this.#verify(tick) ? 'applied' : 'gap';
    }
    // Ids that go back while time goes on are no repeat: the last id was wrong, and would freeze the book for good.
    const isContradiction = verdict === 'stale' && tick.eventTimeMs > this.#lastEventMs;
    if (verdict === 'stale' && !isContradiction) {
      this.ignoredDeltas += 1;
      return 'ignored';
    }
    const idAfter = Number.isNaN(tick.firstId) ? tick.lastId : tick.firstId;
    const reason = isContradiction ? 'ids_against_time' : 'sequence_gap';
    const outcome = this.#becomeStale('sequence', reason, Number.isNaN(idAfter) ? null : idAfter);
    // What came after the gap is the beginning of what the next snapshot must bridge to.
    if (this.#rule.snapshotFrom !== 'stream') this.#pending.push(tick, batch);
    return outcome;
  }

  #applyBridge(tick: Tick, batch: TickBatch): BookOutcome {
    const verdict = judgeBridge(this.#rule, this.#lastId, tick);
    if (verdict === 'accept') {
      this.#applyLevels(tick, batch);
      return this.#verify(tick) ? this.#becomeLive(tick.eventTimeMs) : 'gap';
    }
    if (verdict === 'stale') {
      this.ignoredDeltas += 1;
      return 'ignored';
    }
    this.#pending.push(tick, batch);
    this.#clearLevels();
    this.#state = this.#openGap === null ? 'buffering' : 'stale';
    return 'snapshot_too_old';
  }

  #keepAside(tick: Tick, batch: TickBatch): BookOutcome {
    if (this.#rule.snapshotFrom === 'stream') {
      this.ignoredDeltas += 1;
      return 'ignored';
    }
    const isFirst = this.#pending.count === 0;
    if (this.#state === 'empty') this.#state = 'buffering';
    this.#pending.push(tick, batch);
    return isFirst ? 'snapshot_wanted' : 'ignored';
  }

  /** After a snapshot: applies what was kept aside; what comes behind a failure is kept on, in order. */
  #drainPending(): BookOutcome {
    let outcome: BookOutcome = 'applied';
    let isBroken = false;
    for (const delta of this.#pending.takeAll()) {
      if (isBroken) {
        this.#pending.push(delta.tick, delta.batch);
        continue;
      }
      scaleLevels(delta, this.#priceDecimals, this.#sizeDecimals);
      const apply =
        this.#state === 'syncing'
          ? this.#applyBridge(delta.tick, delta.batch)
          : this.#applyLive(delta.tick, delta.batch);
      if (apply === 'gap' || apply === 'snapshot_too_old') isBroken = true;
      if (apply !== 'applied' && apply !== 'ignored') outcome = apply;
    }
    return outcome;
  }

  #load(tick: Tick, batch: TickBatch): void {
    this.#oddSizes = null;
    this.#priceDecimals = this.#instrument.priceDecimals;
    this.#sizeDecimals = this.#instrument.sizeDecimals;
    this.bids.load(batch.levelPrices, batch.levelSizes, tick.bidFrom, tick.bidTo);
    this.asks.load(batch.levelPrices, batch.levelSizes, tick.askFrom, tick.askTo);
    this.#noteOddSizes(batch, tick.bidFrom, tick.askTo);
    this.reach.note(batch.levelPrices, tick, this.#twiceMid() / 2);
    this.#depthLimit = tick.depthLimit;
    this.#truncate();
    this.#lastId = tick.lastId;
    this.#lastEventMs = tick.eventTimeMs;
    this.#crossedSinceMs = this.bids.bestPrice >= this.asks.bestPrice ? CROSSED_AT_LOAD : Number.NaN;
  }

  #applyLevels(tick: Tick, batch: TickBatch): void {
    this.#useNewestDecimals();
    const { levelPrices, levelSizes } = batch;
    const { bids, asks } = this;
    if (this.#oddSizes !== null) this.#forgetOddSizes(levelPrices, tick);
    bids.setAll(levelPrices, levelSizes, tick.bidFrom, tick.bidTo);
    asks.setAll(levelPrices, levelSizes, tick.askFrom, tick.askTo);
    if (batch.oddSizes.length > 0) this.#noteOddSizes(batch, tick.bidFrom, tick.askTo);
    if (this.#depthLimit > 0) this.#truncate();
    if (!Number.isNaN(tick.lastId)) this.#lastId = tick.lastId;
    if (!Number.isNaN(tick.eventTimeMs)) this.#lastEventMs = tick.eventTimeMs;
    if (bids.bestPrice >= asks.bestPrice) {
      this.crossedUpdates += 1;
      if (Number.isNaN(this.#crossedSinceMs)) this.#crossedSinceMs = this.#lastEventMs;
    } else this.#crossedSinceMs = Number.NaN;
  }

  #isCrossedForLong(): boolean {
    const { isBlind } = this.#rule;
    const sinceMs = this.#crossedSinceMs;
    return isBlind && sinceMs !== CROSSED_AT_LOAD && this.#lastEventMs - sinceMs >= MOST_CROSSED_MS;
  }

  /** Kraken's step 3: no delete is sent for levels that fall out of the subscribed depth. */
  #truncate(): void {
    if (this.#depthLimit === 0) return;
    this.bids.truncate(this.#depthLimit);
    this.asks.truncate(this.#depthLimit);
  }

  /** Compares the venue's checksum, if the message has one; a wrong one makes the book stale. */
  #verify(tick: Tick): boolean {
    const sent = tick.checksum;
    if (Number.isNaN(sent) || this.#checksum === null) return true;
    // OKX has sent 0 for "none" since 2026-06-23.
    if (sent === 0 && this.#rule.checksum === 'okx') return true;
    const own = this.#checksum.compute(this.#priceDecimals, this.#sizeDecimals, this.oddSizes);
    if (own === sent) {
      this.checksumOk += 1;
      return true;
    }
    this.checksumBad += 1;
    this.#becomeStale('checksum', 'checksum_mismatch', Number.isNaN(tick.lastId) ? null : tick.lastId);
    return false;
  }

  /** NaN where there is no middle. */
  #twiceMid(): number {
    const bid = this.bids.bestPrice;
    const ask = this.asks.bestPrice;
    return bid < ask ? bid + ask : Number.NaN;
  }

  #becomeLive(eventTimeMs: number): BookOutcome {
    this.#state = 'live';
    this.#synced = { eventTimeMs, id: this.#lastId };
    this.#staleReason = '';
    if (this.#openGap !== null)
      this.#openGap = { ...this.#openGap, endMs: Number.isNaN(eventTimeMs) ? null : eventTimeMs };
    return 'synced';
  }

  /** Hands over the gap that has just been closed, once. */
  takeClosedGap(): Gap | null {
    if (this.#state !== 'live' || this.#openGap === null) return null;
    const closed = this.#openGap;
    this.#openGap = null;
    return closed;
  }

  #becomeStale(kind: GapKind, reason: string, idAfter: number | null): BookOutcome {
    // A snapshot that fails its own checksum extends the gap that was open; its beginning stays.
    const begun = this.#openGap;
    this.#state = 'stale';
    this.#staleReason = reason;
    this.#openGap = begun ?? {
      kind,
      startMs: this.#lastEventMs,
      endMs: null,
      idBefore: Number.isNaN(this.#lastId) ? null : this.#lastId,
      idAfter,
      reason,
    };
    this.#clearLevels();
    return 'gap';
  }

  #clearLevels(): void {
    this.bids.clear();
    this.asks.clear();
    this.#oddSizes = null;
    this.#lastId = Number.NaN;
  }

  #useNewestDecimals(): void {
    const { priceDecimals, sizeDecimals } = this.#instrument;
    if (priceDecimals !== this.#priceDecimals || sizeDecimals !== this.#sizeDecimals) this.#rescale();
  }

  #rescale(): void {
    const price = POW10[this.#instrument.priceDecimals - this.#priceDecimals];
    const size = POW10[this.#instrument.sizeDecimals - this.#sizeDecimals];
    assert(price !== undefined && size !== undefined, 'decimals only grow between snapshots');
    this.bids.rescale(price, size);
    this.asks.rescale(price, size);
    this.reach.rescale(price);
    if (this.#oddSizes !== null)
      this.#oddSizes = new Map(Array.from(this.#oddSizes, ([key, text]) => [key * price, text]));
    this.#priceDecimals = this.#instrument.priceDecimals;
    this.#sizeDecimals = this.#instrument.sizeDecimals;
  }

  #noteOddSizes(batch: TickBatch, from: number, to: number): void {
    for (const { level, text } of batch.oddSizes) {
      if (level < from || level >= to) continue;
      this.#oddSizes ??= new Map();
      this.#oddSizes.set(batch.levelPrices[level]!, text);
    }
  }

  #forgetOddSizes(prices: Float64Array, tick: Tick): void {
    for (let i = tick.bidFrom; i < tick.bidTo; i++) this.#oddSizes!.delete(prices[i]!);
    for (let i = tick.askFrom; i < tick.askTo; i++) this.#oddSizes!.delete(prices[i]!);
  }

  /**
   * Is it level by level the same as one of the same instrument that stands at the same update, as far as both are known?
   */
  agreesWith(other: Book): boolean {
    for (const book of [this, other]) book.#useNewestDecimals();
    return haveSameLevels(this, other);
  }

  /** It takes the place of another book of the same instrument: what was counted there goes on here. */
  inheritCounts(before: Book): void {
    this.refreshes += before.refreshes;
    this.refreshMismatches += before.refreshMismatches;
    this.checksumOk += before.checksumOk;
    this.checksumBad += before.checksumBad;
    this.ignoredDeltas += before.ignoredDeltas;
    this.crossedUpdates += before.crossedUpdates;
  }

  save(): JsonObject {
    return {
      state: this.#state,
      staleReason: this.#staleReason,
      priceDecimals: this.#priceDecimals,
      sizeDecimals: this.#sizeDecimals,
      lastId: numberOrNull(this.#lastId),
      lastEventMs: numberOrNull(this.#lastEventMs),
      depthLimit: this.#depthLimit,
      oddSizes: Array.from(this.oddSizes, ([key, text]) => [key, text]),
      openGap: this.#openGap === null ? null : saveGap(this.#openGap),
      crossedSinceMs: numberOrNull(this.#crossedSinceMs),
      reach: this.reach.save(),
      synced: [this.#synced.eventTimeMs, this.#synced.id].map(numberOrNull),
      refreshes: this.refreshes,
      refreshMismatches: this.refreshMismatches,
      checksumOk: this.checksumOk,
      checksumBad: this.checksumBad,
      ignoredDeltas: this.ignoredDeltas,
      crossedUpdates: this.crossedUpdates,
      bids: this.bids.save(),
      asks: this.asks.save(),
      pending: this.#pending.save(),
    };
  }

  restore(saved: JsonObject): void {
    this.#state = saved['state'] as BookState;
    this.#staleReason = saved['staleReason'] as string;
    this.#priceDecimals = saved['priceDecimals'] as number;
    this.#sizeDecimals = saved['sizeDecimals'] as number;
    this.#lastId = (saved['lastId'] as number | null) ?? Number.NaN;
    this.#lastEventMs = (saved['lastEventMs'] as number | null) ?? Number.NaN;
    this.#depthLimit = saved['depthLimit'] as number;
    const odd = saved['oddSizes'] as [number, string][];
    this.#oddSizes = odd.length > 0 ? new Map(odd) : null;
    this.#openGap = saved['openGap'] === null ? null : restoreGap(saved['openGap'] as JsonObject);
    this.#crossedSinceMs = (saved['crossedSinceMs'] as number | null) ?? Number.NaN;
    // Absent in checkpoints of older versions.
    this.reach.restore(saved['reach']);
    const [eventTimeMs, id] = (saved['synced'] ?? [null, null]) as (number | null)[];
    this.#synced = { eventTimeMs: eventTimeMs ?? Number.NaN, id: id ?? Number.NaN };
    this.refreshes = (saved['refreshes'] as number | undefined) ?? 0;
    this.refreshMismatches = (saved['refreshMismatches'] as number | undefined) ?? 0;
    this.checksumOk = saved['checksumOk'] as number;
    this.checksumBad = saved['checksumBad'] as number;
    this.ignoredDeltas = saved['ignoredDeltas'] as number;
    this.crossedUpdates = saved['crossedUpdates'] as number;
    this.bids.restore(saved['bids'] as JsonObject);
    this.asks.restore(saved['asks'] as JsonObject);
    this.#pending.restore(saved['pending'] as JsonObject, this.#instrument);
  }
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function saveGap(gap: Gap): JsonObject {
  return { ...gap, startMs: numberOrNull(gap.startMs) };
}

function restoreGap(saved: JsonObject): Gap {
  return { ...(saved as unknown as Gap), startMs: (saved['startMs'] as number | null) ?? Number.NaN };
}
