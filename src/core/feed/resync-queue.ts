/**
 * Gets one venue's books back in sync, one attempt a symbol at a time and within the budget of its REST pool: by a depth
 * snapshot, or by subscribing anew where the stream brings one. Asks again until the book is live; knows no sockets.
 */

import type { Prng, SavedPrng } from '../base/prng.ts';
import { type AskedRest, askRest, depthSnapshot } from './ask-rest.ts';
import { backoffMs } from './backoff.ts';
import type { FeedPorts, Followed } from './feed-ports.ts';
import type { VenueSide } from './venue-side.ts';
import type { WeightBudget } from './weight-budget.ts';

export type ResyncWay = 'snapshot' | 'rejoin';

/**
 * - `queued`: its turn has not come, or the budget, the gate or a wait keep it back
 * - `asking`: a REST request is on its way
 * - `settling`: the answer came, or the stream was subscribed anew; the book has until the deadline to become live
 */
type Resync =
  | { readonly kind: 'queued'; readonly way: ResyncWay; readonly notBeforeMs: number; readonly tries: number }
  | { readonly kind: 'asking'; readonly request: number; readonly deadlineMs: number; readonly tries: number }
  | { readonly kind: 'settling'; readonly way: ResyncWay; readonly deadlineMs: number; readonly tries: number };

/** Plain JSON. */
export type SavedResyncQueue = {
  entries: [index: number, entry: Resync][];
  rejoins: [index: number, times: number[]][];
  prng: SavedPrng;
};

/** A book that is subscribed anew more often than this in ten minutes has more wrong than a lost message (Kraken's advice). */
const MAX_REJOINS = 3;
const REJOINS_WINDOW_MS = 600_000;

/** What the queue needs of the venue's lines. */
export interface ResyncSide {
  readonly venue: VenueSide;
  readonly budget: WeightBudget;
  readonly ports: FeedPorts;
  /** Is the stream of this instrument's depth up, so that a resync is of use? */
  isDepthUp(instrument: Followed): boolean;
  /** Unsubscribes and subscribes its depth. */
  rejoin(instrument: Followed): boolean;
  /** Gives up the connection that carries its depth. */
  reconnect(instrument: Followed, reason: string, nowMs: number): void;
}

export class ResyncQueue {
  readonly #side: ResyncSide;
  readonly #instruments: ReadonlyMap<number, Followed>;
  readonly #prng: Prng;
  /** By instrument, in the order wanted. */
  readonly #entries = new Map<number, Resync>();
  /** When each was subscribed anew of late, oldest first. */
  readonly #rejoins = new Map<number, number[]>();

  constructor(side: ResyncSide, instruments: ReadonlyMap<number, Followed>, prng: Prng) {
    this.#side = side;
    this.#instruments = instruments;
    this.#prng = prng;
  }

  get length(): number {
    return this.#entries.size;
  }

  has(index: number): boolean {
    return this.#entries.has(index);
  }

  /** A book wants to be synced. What is under way goes on; what was answered and did not help is asked for again, later. */
  want(index: number, way: ResyncWay, nowMs: number): void {
    const entry = this.#entries.get(index);
    if (entry === undefined) this.#entries.set(index, { kind: 'queued', way, notBeforeMs: nowMs, tries: 0 });
    else if (entry.kind === 'settling') this.#again(index, way, entry.tries, nowMs);
  }

  /** As `want`, while a snapshot that somebody else asked for is on its way: its answer is waited for. */
  wait(index: number, { request, deadlineMs }: AskedRest): void {
    this.#entries.set(index, { kind: 'asking', request, deadlineMs, tries: 0 });
  }

  /** The connection is gone: what comes next begins anew. A request on its way is forgotten; its answer does no harm. */
  forget(index: number): void {
    this.#entries.delete(index);
  }

  owns(request: number): boolean {
    return this.#asking(request) !== null;
  }

  /** How a request ended. @returns false: it is none of this queue's */
  onCall(request: number, isOk: boolean, nowMs: number): boolean {
    const found = this.#asking(request);
    if (found === null) return false;
    const [index, { tries }] = found;
    if (isOk) this.#settle(index, 'snapshot', tries, nowMs);
    else this.#again(index, 'snapshot', tries, nowMs);
    return true;
  }

  /** What came on a request was no snapshot. */
  onBadReply(index: number, nowMs: number): void {
    const entry = this.#entries.get(index);
    if (entry?.kind === 'settling') this.#again(index, 'snapshot', entry.tries, nowMs);
  }

  /** Ends what is done, notices what failed, and asks for what the budget and the gate allow now. */
  review(nowMs: number): void {
    let isBudgetFree = true;
    for (const [index, entry] of [...this.#entries]) {
      const instrument = this.#instruments.get(index)!;
      if (!this.#side.isDepthUp(instrument)) this.#entries.delete(index);
      else if (entry.kind === 'asking') {
        if (nowMs >= entry.deadlineMs) this.#again(index, 'snapshot', entry.tries, nowMs);
      } else if (this.#side.ports.isBookSettled(index)) this.#entries.delete(index);
      else if (entry.kind === 'settling') {
        if (nowMs >= entry.deadlineMs) this.#onUnsettled(instrument, entry, nowMs);
      } else if (nowMs >= entry.notBeforeMs) {
        if (entry.way === 'rejoin') this.#rejoin(instrument, entry.tries, nowMs);
        else if (isBudgetFree) isBudgetFree = this.#request(instrument, entry.tries, nowMs);
      }
    }
  }

  save(): SavedResyncQueue {
    return {
      entries: [...this.#entries],
      rejoins: Array.from(this.#rejoins, ([index, times]) => [index, [...times]]),
      prng: this.#prng.save(),
    };
  }

  restore(saved: SavedResyncQueue): void {
    this.#entries.clear();
    this.#rejoins.clear();
    for (const [index, entry] of saved.entries) this.#entries.set(index, entry);
    for (const [index, times] of saved.rejoins) this.#rejoins.set(index, [...times]);
    this.#prng.restore(saved.prng);
  }

  /** @returns false: the budget is used up, nobody else need ask */
  #request(instrument: Followed, tries: number, nowMs: number): boolean {
    const { venue, budget } = this.#side;
    const { spec, index } = instrument;
    const snapshot = depthSnapshot(venue, instrument);
    if (snapshot === null) {
      this.#entries.set(index, { kind: 'queued', way: 'rejoin', notBeforeMs: nowMs, tries });
      return true;
    }
    if (!budget.isFree(snapshot.weight, nowMs)) return false;
    if (!venue.permission.begin('call', spec, nowMs)) return true;
    this.#entries.set(index, { kind: 'asking', ...askRest(venue, budget, instrument, snapshot, nowMs), tries });
    return true;
  }

  #rejoin(instrument: Followed, tries: number, nowMs: number): void {
    const times = (this.#rejoins.get(instrument.index) ?? []).filter((ms) => ms > nowMs - REJOINS_WINDOW_MS);
    if (times.length >= MAX_REJOINS) {
      this.#rejoins.delete(instrument.index);
      this.#side.reconnect(instrument, `resyncs: ${instrument.spec.symbol}`, nowMs);
      return;
    }
    this.#rejoins.set(instrument.index, [...times, nowMs]);
    if (this.#side.rejoin(instrument)) this.#settle(instrument.index, 'rejoin', tries, nowMs);
    else this.#entries.delete(instrument.index);
  }

  #settle(index: number, way: ResyncWay, tries: number, nowMs: number): void {
    const { ackTimeoutMs, firstDataTimeoutMs } = this.#side.venue.config.heartbeat;
    const deadlineMs = nowMs + ackTimeoutMs + firstDataTimeoutMs;
    this.#entries.set(index, { kind: 'settling', way, deadlineMs, tries });
  }

  /** Where the stream should have sent a snapshot and did not, REST may have one (OKX announced that it will be so). */
  #onUnsettled({ index, spec }: Followed, { way, tries }: Extract<Resync, { kind: 'settling' }>, nowMs: number): void {
    const { config, dialect } = this.#side.venue;
    const hasUrl = dialect.depthUrl(config, spec) !== null;
    this.#again(index, way === 'rejoin' && hasUrl ? 'snapshot' : way, tries, nowMs);
  }

  #again(index: number, way: ResyncWay, tries: number, nowMs: number): void {
    const waitMs = backoffMs(tries, this.#side.venue.config.reconnect, this.#prng.next());
    // To the end of the queue: one symbol that never syncs must not keep the others waiting.
    this.#entries.delete(index);
    this.#entries.set(index, { kind: 'queued', way, notBeforeMs: nowMs + waitMs, tries: tries + 1 });
  }

  #asking(request: number): [number, Extract<Resync, { kind: 'asking' }>] | null {
    for (const [index, entry] of this.#entries) {
      if (entry.kind === 'asking' && entry.request === request) return [index, entry];
    }
    return null;
  }
}
