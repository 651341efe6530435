/**
 * Has the live books of one venue told anew, where a requested snapshot is all that tells what has not changed since: before
 * the market walks out of what the last one reached, and now and then as a check. One at a time, after everything more
 * urgent and within what resyncs can spare. Knows no levels; what becomes of an answer is its ports' business.
 */

import type { Prng, SavedPrng } from '../base/prng.ts';
import { SEQUENCE_RULES } from '../market/book/sequence.ts';
import { type AskedRest, askRest, depthSnapshot } from './ask-rest.ts';
import type { FeedPorts, Followed } from './feed-ports.ts';
import type { VenueSide } from './venue-side.ts';
import type { WeightBudget } from './weight-budget.ts';

/**
 * - `asking`: the request is on its way
 * - `settling`: the answer came; the new book has until the deadline to catch up with the old one
 */
type Refresh =
  | ({ readonly kind: 'asking'; readonly index: number } & AskedRest)
  | { readonly kind: 'settling'; readonly index: number; readonly deadlineMs: number };

/** When a book may be asked for again, and when it must be though the market stands still. */
interface Turn {
  readonly fromMs: number;
  readonly dueMs: number;
}

/** Plain JSON. */
export type SavedRefresher = {
  underWay: Refresh | null;
  turns: [index: number, fromMs: number, dueMs: number | null][];
  nextLookMs: number;
  prng: SavedPrng;
};

/** What the refresher needs of the venue's other parts. */
export interface RefreshSide {
  readonly venue: VenueSide;
  readonly budget: WeightBudget;
  readonly ports: FeedPorts;
  isDepthUp(instrument: Followed): boolean;
}

/** A market does not walk away within less. */
const LOOK_MS = 1000;
/** A book that the market has left, whose very touch may be wrong, waits for no longer than this. */
const LEFT_INTERVAL_MS = 5000;

export class Refresher {
  readonly #side: RefreshSide;
  readonly #instruments: ReadonlyMap<number, Followed>;
  readonly #prng: Prng;
  /** False: its stream brings its snapshots, or no refresh is configured. */
  readonly #isOn: boolean;
  #underWay: Refresh | null = null;
  /** Of every book that is in sync. */
  readonly #turns = new Map<number, Turn>();
  #nextLookMs = Number.NEGATIVE_INFINITY;

  constructor(side: RefreshSide, instruments: ReadonlyMap<number, Followed>, prng: Prng) {
    this.#side = side;
    this.#instruments = instruments;
    this.#prng = prng;
    const { name, config } = side.venue;
    this.#isOn = config.refresh !== undefined && SEQUENCE_RULES[name]?.snapshotFrom === 'request';
  }

  /** Of all books together; null: none of them is ever refreshed. */
  get counts(): { readonly refreshes: number; readonly mismatches: number } | null {
    if (!this.#isOn) return null;
    const all = [...this.#instruments.keys()].map((index) => this.#side.ports.refreshesOf(index));
    return {
      refreshes: all.reduce((sum, one) => sum + one.refreshes, 0),
      mismatches: all.reduce((sum, one) => sum + one.refreshMismatches, 0),
    };
  }

  owns(request: number): boolean {
    return this.#underWay?.kind === 'asking' && this.#underWay.request === request;
  }

  /** How a request ended. @returns false: it is none of the refresher's */
  onCall(request: number, isOk: boolean, nowMs: number): boolean {
    const underWay = this.#underWay;
    if (underWay?.kind !== 'asking' || underWay.request !== request) return false;
    const { index } = underWay;
    const deadlineMs = nowMs + this.#side.venue.config.heartbeat.firstDataTimeoutMs;
    if (isOk) this.#underWay = { kind: 'settling', index, deadlineMs };
    else this.#giveUp(index, nowMs);
    return true;
  }

  /** What came on a request was no snapshot. */
  onBadReply(index: number, nowMs: number): void {
    if (this.#underWay?.kind === 'settling' && this.#underWay.index === index) this.#giveUp(index, nowMs);
  }

  /**
   * The book itself must be synced now: what grew beside it is of no use any more.
   *
   * @returns its request, where one is on its way: the resync waits for that and asks for no second one
   */
  release(index: number): AskedRest | null {
    const underWay = this.#underWay;
    if (underWay === null || underWay.index !== index) return null;
    this.#forget(index);
    return underWay.kind === 'asking' ? underWay : null;
  }

  /** Ends what is done or failed; once a second, asks for the book that is due and has waited longest. */
  review(nowMs: number): void {
    if (!this.#isOn) return;
    this.#reviewUnderWay(nowMs);
    if (nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs - (nowMs % LOOK_MS) + LOOK_MS;
    this.#followBooks(nowMs);
    if (this.#underWay !== null) return;
    const due = this.#mostDue(nowMs);
    if (due !== null) this.#ask(due, nowMs);
  }

  save(): SavedRefresher {
    return {
      underWay: this.#underWay,
      turns: Array.from(this.#turns, ([index, { fromMs, dueMs }]) => [
        index,
        fromMs,
        Number.isFinite(dueMs) ? dueMs : null,
      ]),
      nextLookMs: Number.isFinite(this.#nextLookMs) ? this.#nextLookMs : 0,
      prng: this.#prng.save(),
    };
  }

  restore(saved: SavedRefresher): void {
    this.#underWay = saved.underWay;
    this.#turns.clear();
    for (const [index, fromMs, dueMs] of saved.turns)
      this.#turns.set(index, { fromMs, dueMs: dueMs ?? Number.POSITIVE_INFINITY });
    this.#nextLookMs = saved.nextLookMs;
    this.#prng.restore(saved.prng);
  }

  #reviewUnderWay(nowMs: number): void {
    const underWay = this.#underWay;
    if (underWay === null) return;
    const { index } = underWay;
    if (!this.#isInSync(index)) this.#forget(index);
    else if (nowMs >= underWay.deadlineMs) this.#giveUp(index, nowMs);
    else if (!this.#side.ports.isRefreshing(index)) {
      // It has taken over, or it missed something: either way there was a try.
      this.#underWay = null;
      this.#turns.set(index, this.#turnFrom(nowMs));
    }
  }

  /** A book that has just come in sync has a snapshot that is as new. */
  #followBooks(nowMs: number): void {
    for (const index of this.#instruments.keys()) {
      if (!this.#isInSync(index)) this.#turns.delete(index);
      else if (!this.#turns.has(index)) this.#turns.set(index, this.#turnFrom(nowMs));
    }
  }

  /** Books that came in sync together are not all due together: the period is shortened by up to half of it. */
  #turnFrom(nowMs: number): Turn {
    const { minIntervalMs, periodMs } = this.#refresh;
    const share = 1 - this.#prng.next() / 2;
    const dueMs = periodMs === 0 ? Number.POSITIVE_INFINITY : nowMs + Math.round(periodMs * share);
    return { fromMs: nowMs + minIntervalMs, dueMs };
  }

  /** A book that the market has left goes before all that are due. */
  #mostDue(nowMs: number): Followed | null {
    const { reachBelowRatio, minIntervalMs } = this.#refresh;
    const { ports } = this.#side;
    const soonerMs = Math.max(0, minIntervalMs - LEFT_INTERVAL_MS);
    const isLeft = (index: number): boolean => reachBelowRatio > 0 && ports.reachLeftRatio(index) === 0;
    const isDue = (index: number, { dueMs }: Turn): boolean =>
      nowMs >= dueMs || ports.reachLeftRatio(index) < reachBelowRatio;
    return this.#longestWaiting(nowMs + soonerMs, isLeft) ?? this.#longestWaiting(nowMs, isDue);
  }

  /** Of the books whose turn has come by then. */
  #longestWaiting(byMs: number, isWanted: (index: number, turn: Turn) => boolean): Followed | null {
    let longest = Number.POSITIVE_INFINITY;
    let found: number | null = null;
    for (const [index, turn] of this.#turns) {
      if (turn.fromMs > byMs || turn.fromMs >= longest || !isWanted(index, turn)) continue;
      longest = turn.fromMs;
      found = index;
    }
    return found === null ? null : this.#instruments.get(found)!;
  }

  #ask(instrument: Followed, nowMs: number): void {
    const { venue, budget, ports } = this.#side;
    const { spec, index } = instrument;
    const snapshot = depthSnapshot(venue, instrument);
    if (snapshot === null || !budget.canSpare(snapshot.weight, this.#refresh.reserveRatio, nowMs)) return;
    if (!venue.permission.begin('call', spec, nowMs)) {
      // Of another quote it may be allowed: the others have their turn first.
      this.#giveUp(index, nowMs);
      return;
    }
    const asked = askRest(venue, budget, instrument, snapshot, nowMs);
    this.#underWay = { kind: 'asking', index, ...asked };
    ports.beginRefresh(index, asked.request);
  }

  #isInSync(index: number): boolean {
    return this.#side.isDepthUp(this.#instruments.get(index)!) && this.#side.ports.isBookSettled(index);
  }

  #forget(index: number): void {
    this.#underWay = null;
    this.#turns.delete(index);
    this.#side.ports.endRefresh(index);
  }

  /** To be tried again after the least interval; what was due is due still. */
  #giveUp(index: number, nowMs: number): void {
    const { dueMs } = this.#turns.get(index) ?? this.#turnFrom(nowMs);
    this.#forget(index);
    this.#turns.set(index, { fromMs: nowMs + this.#refresh.minIntervalMs, dueMs });
  }

  get #refresh() {
    return this.#side.venue.config.refresh!;
  }
}
